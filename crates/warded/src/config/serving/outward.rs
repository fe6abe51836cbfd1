//! How do requests leave this machine? What the operator wrote, read as far as that is possible without its files.

use std::path::PathBuf;

use warded_client::fetch::{HostPattern, InvalidHostPattern, InvalidProxy, Proxy, ProxyException};

use super::{
    super::{ClientCertificate, Located, Network, Span},
    SecretPlace,
    upstream::place,
};
use crate::finding::{Finding, Rule, table};

/// How requests leave this machine.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Outward {
    /// Through which proxy.
    pub proxy: ProxyChoice,
    /// Who is reached without it.
    pub no_proxy: Vec<ProxyException>,
    /// Whom learned URLs may lead to through it.
    pub proxied: Vec<HostPattern>,
    /// Files with further roots.
    pub roots: Vec<Located<PathBuf>>,
    /// As whom Warded shows itself.
    pub certified: Option<Certified>,
}

/// Which proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyChoice {
    /// None.
    #[default]
    None,
    /// That of the environment.
    Environment(Span),
    /// This one.
    Given(Proxy),
    /// The one whose URL is there.
    Kept(SecretPlace, Span),
}

/// The files of a certificate of ours.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Certified {
    /// Where the certificate is.
    pub certificate: Located<PathBuf>,
    /// Where its key is.
    pub key: Located<SecretPlace>,
}

impl Outward {
    pub(super) fn draft(written: &Network, findings: &mut Vec<Finding>) -> Self {
        let proxy = written.proxy.as_ref().and_then(|written| proxy(written, findings));
        unused(written, findings);
        let file = |file: &Located<String>| Located { value: file.value.clone().into(), span: file.span };
        Self {
            proxy: proxy.unwrap_or_default(),
            no_proxy: written.no_proxy.iter().filter_map(|host| excepted(host, findings)).collect(),
            proxied: written.proxied_hosts.iter().filter_map(|host| pattern(host, findings)).collect(),
            roots: written.roots.iter().map(file).collect(),
            certified: written.client_certificate.as_ref().and_then(|written| certified(written, findings)),
        }
    }
}

fn proxy(written: &Located<String>, findings: &mut Vec<Finding>) -> Option<ProxyChoice> {
    let (text, at) = (written.value.as_str(), written.span);
    match text {
        "none" => return Some(ProxyChoice::None),
        "environment" => return Some(ProxyChoice::Environment(at)),
        _ => {}
    }
    if let Some(place) = place(text) {
        return Some(ProxyChoice::Kept(place, at));
    }
    // Without a scheme, a word of its own that is misspelt would become a host.
    let read = if text.contains("://") { Proxy::parse(text) } else { Err(InvalidProxy::Scheme) };
    let error = match read {
        // YAML has more spellings of a URL than the look-out for secrets knows.
        Ok(proxy) if proxy.has_credentials() => {
            let message = "the file contains the user or password of a proxy";
            findings.push(Finding::new(&table::SECRET_LITERAL, message).at(at, "here (not shown)"));
            return None;
        }
        Ok(proxy) => return Some(ProxyChoice::Given(proxy)),
        Err(error) => error,
    };
    // Not repeated where it may hold a password.
    let is_shown = !text.contains('@');
    let shown = if is_shown { format!("`{}`", text.escape_debug()) } else { "the URL".to_owned() };
    let message = format!("{shown} is not a proxy: {error}");
    let finding = Finding::new(&table::NETWORK_PROXY_INVALID, message).at(at, "this proxy");
    let with_scheme = format!("http://{text}");
    findings.push(match error {
        InvalidProxy::Scheme
            if is_shown
                && text.contains([':', '.'])
                && !text.contains("://")
                && Proxy::parse(text).is_ok() =>
        {
            finding.help(format!("Did you mean `{with_scheme}`?"))
        }
        _ => finding,
    });
    None
}

fn pattern(written: &Located<String>, findings: &mut Vec<Finding>) -> Option<HostPattern> {
    let error = match HostPattern::parse(&written.value) {
        Ok(pattern) => return Some(pattern),
        Err(error) => error,
    };
    let message = format!("`{}` cannot be listed: {error}", written.value.escape_debug());
    let finding = Finding::new(&table::NETWORK_HOST_INVALID, message).at(written.span, "these hosts");
    findings.push(match (error, host_of(&written.value)) {
        (InvalidHostPattern::Host, Some(host)) => finding.help(format!("Did you mean `{host}`?")),
        _ => finding,
    });
    None
}

/// The host that somebody meant who wrote a URL.
fn host_of(text: &str) -> Option<&str> {
    let rest = text.split_once("://")?.1;
    let host = rest.split(['/', ':', '?', '#']).next()?;
    HostPattern::parse(host).is_ok().then_some(host)
}

fn excepted(written: &Located<String>, findings: &mut Vec<Finding>) -> Option<ProxyException> {
    let read = ProxyException::parse(&written.value);
    if read.is_none() {
        let message = format!("`{}` excepts nobody from the proxy", written.value.escape_debug());
        let finding = Finding::new(&table::NETWORK_HOST_INVALID, message).at(written.span, "these hosts");
        findings.push(match host_of(&written.value) {
            Some(host) => finding.help(format!("Did you mean `{host}`?")),
            None => finding.help("Write a host, an address, or a block of them such as `10.0.0.0/8`."),
        });
    }
    read
}

fn unused(written: &Network, findings: &mut Vec<Finding>) {
    let is_there = written.proxy.as_ref().is_some_and(|proxy| proxy.value != "none");
    if is_there {
        return;
    }
    for (name, list) in [("proxied_hosts", &written.proxied_hosts), ("no_proxy", &written.no_proxy)] {
        if let Some(first) = list.first() {
            let message = format!("`{name}` has no effect without a proxy");
            findings.push(Finding::new(&table::NETWORK_UNUSED, message).at(first.span, "has no effect"));
        }
    }
}

fn certified(written: &ClientCertificate, findings: &mut Vec<Finding>) -> Option<Certified> {
    let pair = pair(&written.certificate, &written.key, &table::NETWORK_FILE_INVALID);
    pair.map_err(|finding| findings.push(*finding)).ok()
}

/// A certificate and where its key is.
pub(super) fn pair(
    certificate: &Located<String>,
    key: &Located<String>,
    rule: &'static Rule,
) -> Result<Certified, Box<Finding>> {
    let Some(kept) = place(&key.value) else {
        // The value is not repeated: it may be the key itself.
        let message = "the key of a certificate is given as a reference";
        let finding = Finding::new(rule, message).at(key.span, "not a reference");
        return Err(Box::new(finding.help("Write `file:PATH` or `env:NAME`.")));
    };
    Ok(Certified {
        certificate: Located { value: certificate.value.clone().into(), span: certificate.span },
        key: Located { value: kept, span: key.span },
    })
}
