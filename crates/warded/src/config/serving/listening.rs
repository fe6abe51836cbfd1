//! Where does Warded listen, and does it speak TLS there?

use std::net::SocketAddr;

use super::{Certified, DEFAULT_LISTEN, Serving, outward};
use crate::{
    config::{Config, Listen, ListenAt, Located, Span, Tls},
    finding::{Finding, table},
};

/// One place where Warded listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listening {
    /// The address and the port.
    pub address: SocketAddr,
    /// Whether it speaks TLS there.
    pub is_secured: bool,
    /// Where that is written, if anywhere.
    pub at: Option<Span>,
}

/// The files of TLS that ends here.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TlsFiles {
    /// The certificates that are shown, with their keys; the first one where no other fits.
    pub certificates: Vec<Certified>,
    /// By whom callers' certificates may be vouched for.
    pub client_roots: Vec<Located<std::path::PathBuf>>,
}

pub(super) fn places(config: &Config, findings: &mut Vec<Finding>) -> Vec<Listening> {
    let has_tls = config.tls.is_some();
    let mut places: Vec<Listening> = Vec::new();
    for written in config.listen.iter().flat_map(Listen::iter) {
        let Some(place) = place(written, has_tls, findings) else { continue };
        if places.iter().any(|other| other.address == place.address && place.address.port() != 0) {
            let message = format!("`{}` is listed twice", place.address);
            let finding = Finding::new(&table::LISTEN_INVALID, message);
            findings
                .push(finding.at(written.value.address.span, "a second time").help("Remove one of the two."));
            continue;
        }
        places.push(place);
    }
    if places.is_empty() {
        places.push(Listening { address: DEFAULT_LISTEN, is_secured: has_tls, at: None });
    }
    if let Some(tls) = config.tls.as_ref().filter(|_| !places.iter().any(|place| place.is_secured)) {
        let message = "`tls` has no effect: no place to listen at speaks it";
        findings
            .push(Finding::new(&table::TLS_UNUSED, message).at(tls.certificate.span, "is shown to nobody"));
    }
    places
}

fn place(written: &Located<ListenAt>, has_tls: bool, findings: &mut Vec<Finding>) -> Option<Listening> {
    let wants = written.value.tls.as_ref();
    if let Some(wants) = wants.filter(|wants| wants.value && !has_tls) {
        let message = "TLS is wanted here, and there is no certificate";
        findings.push(Finding::new(&table::TLS_MISSING, message).at(wants.span, "needs `tls`"));
    }
    let at = &written.value.address;
    let address = address(at, findings)?;
    Some(Listening { address, is_secured: wants.map_or(has_tls, |wants| wants.value), at: Some(at.span) })
}

fn address(written: &Located<String>, findings: &mut Vec<Finding>) -> Option<SocketAddr> {
    let text = &written.value;
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let message = format!("`{}` is not an address and a port", text.escape_debug());
    let finding = Finding::new(&table::LISTEN_INVALID, message).at(written.span, "this address");
    let (host, port) = text.rsplit_once(':').unwrap_or(("localhost", text));
    findings.push(match (host, port.parse::<u16>()) {
        ("localhost", Ok(port)) => finding.help(format!("Did you mean `127.0.0.1:{port}`?")),
        ("" | "*", Ok(port)) => {
            finding.help(format!("For every address of this machine, write `0.0.0.0:{port}`."))
        }
        _ => finding,
    });
    None
}

pub(super) fn files(written: &Tls, findings: &mut Vec<Finding>) -> TlsFiles {
    let mut certified = |certificate, key| {
        outward::pair(certificate, key, &table::TLS_FILE_INVALID)
            .map_err(|finding| findings.push(*finding))
            .ok()
    };
    let first = certified(&written.certificate, &written.key);
    let others = written.others.iter().map(|other| certified(&other.certificate, &other.key));
    let certificates = [first].into_iter().chain(others).flatten().collect();
    let file = |file: &Located<String>| Located { value: file.value.clone().into(), span: file.span };
    TlsFiles { certificates, client_roots: written.client_roots.iter().map(file).collect() }
}

impl Serving {
    /// Where other machines reach it in plain HTTP.
    pub(super) fn open(&self) -> impl Iterator<Item = (&Listening, Span)> {
        let open = self.listen.iter().filter(|place| !place.is_secured && !place.address.ip().is_loopback());
        open.filter_map(|place| Some((place, place.at?)))
    }

    /// Whether TLS ends here somewhere.
    pub(super) fn speaks_tls(&self) -> bool {
        self.listen.iter().any(|place| place.is_secured)
    }

    /// Whether callers may show certificates.
    pub fn asks_for_certificates(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| !tls.client_roots.is_empty())
    }

    /// Clients believe the URL that they were given: one in plain HTTP leads nowhere where only TLS is spoken.
    pub(super) fn plain_names(&self, public_url: Option<&Located<String>>) -> Option<Finding> {
        let url = public_url.filter(|url| url.value.starts_with("http://"))?;
        if !self.listen.iter().all(|place| place.is_secured) {
            return None;
        }
        let message = "the public URL is plain http, and only TLS is spoken";
        Some(Finding::new(&table::TLS_PLAIN_URL, message).at(url.span, "nobody gets through under this URL"))
    }
}
