//! From what the operator says about the way out to the way out: its files and variables are read here, once.

use std::{fs::File, io::Read as _, path::Path};

use warded_client::{
    fetch::{Network, Proxies, Proxy},
    tls::{self, CertificateDer, Identity, InvalidIdentity},
};

use super::secrets;
use crate::{
    config::{
        Located,
        serving::{Certified, Outward, ProxyChoice},
    },
    environment,
    finding::{Finding, table},
};

/// Largest file of certificates, in bytes; that of all public authorities has a quarter of a megabyte.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// The way out, or everything that is wrong with it.
pub(super) fn network(outward: &Outward, folder: &Path) -> Result<Network, Vec<Finding>> {
    let mut findings = Vec::new();
    let network = Network::default().believing(roots(outward, folder, &mut findings));
    let network = match identity(outward, folder) {
        Ok(Some(identity)) => network.showing(identity),
        Ok(None) => network,
        Err(finding) => {
            findings.push(finding);
            network
        }
    };
    match proxies(outward, folder) {
        Ok(proxies) if findings.is_empty() => Ok(network.through(proxies)),
        Ok(_) => Err(findings),
        Err(finding) => {
            findings.push(finding);
            Err(findings)
        }
    }
}

/// What is wrong with the files, as far as that can be seen where the secrets need not be.
pub(crate) fn flaws(outward: &Outward, folder: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    roots(outward, folder, &mut findings);
    let identity = identity(outward, folder).err();
    findings.extend(identity.filter(|finding| finding.rule != &table::SECRET_MISSING));
    findings
}

fn roots(outward: &Outward, folder: &Path, findings: &mut Vec<Finding>) -> Vec<CertificateDer<'static>> {
    let mut roots = Vec::new();
    for file in &outward.roots {
        let read = text(&file.value, folder).and_then(|text| {
            tls::roots(&text).map_err(|error| format!("is no file of root certificates: {error}"))
        });
        match read {
            Ok(read) => roots.extend(read),
            Err(why) => findings.push(wrong(file, &why)),
        }
    }
    roots
}

fn identity(outward: &Outward, folder: &Path) -> Result<Option<Identity>, Finding> {
    let Some(Certified { certificate, key }) = &outward.certified else { return Ok(None) };
    let chain = text(&certificate.value, folder).map_err(|why| wrong(certificate, &why))?;
    let missing = |message| Finding::new(&table::SECRET_MISSING, message).at(key.span, "not there");
    let secret = secrets::read(&key.value, folder).map_err(missing)?;
    Identity::read(&chain, secret.as_bytes()).map(Some).map_err(|error| match error {
        InvalidIdentity::Key(error) => {
            let message = format!("the private key cannot be used: {error}");
            Finding::new(&table::NETWORK_FILE_INVALID, message)
                .at(key.span, "this key")
                .at(certificate.span, "the certificate")
        }
        error => wrong(certificate, &format!("is no certificate to show: {error}")),
    })
}

fn proxies(outward: &Outward, folder: &Path) -> Result<Proxies, Finding> {
    let invalid =
        |message: String, at| Finding::new(&table::NETWORK_PROXY_INVALID, message).at(at, "this proxy");
    let proxies = match &outward.proxy {
        ProxyChoice::None => return Ok(Proxies::none()),
        ProxyChoice::Given(proxy) => Proxies::through(proxy.clone()),
        ProxyChoice::Environment(at) => {
            Proxies::of_environment(environment::secret).map_err(|error| invalid(error.to_string(), *at))?
        }
        ProxyChoice::Kept(place, at) => {
            let missing = |message| Finding::new(&table::SECRET_MISSING, message).at(*at, "not there");
            let url = secrets::read(place, folder).map_err(missing)?;
            let wrong =
                |error| invalid(format!("what is kept there is not the URL of a proxy: {error}"), *at);
            Proxies::through(Proxy::parse(&url).map_err(wrong)?)
        }
    };
    Ok(proxies.except(outward.no_proxy.iter().cloned()).listing(outward.proxied.iter().cloned()))
}

/// What is in a file of certificates, or why it cannot be had.
pub(super) fn text(path: &Path, folder: &Path) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let read = File::open(folder.join(path)).and_then(|open| open.take(MAX_FILE + 1).read_to_end(&mut text));
    match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(_) if text.len() as u64 > MAX_FILE => Err(format!("is larger than {MAX_FILE} bytes")),
        Ok(_) => Ok(text),
    }
}

fn wrong(file: &Located<std::path::PathBuf>, what: &str) -> Finding {
    let message = format!("the file `{}` {what}", file.value.display());
    Finding::new(&table::NETWORK_FILE_INVALID, message).at(file.span, "this file")
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
    use tempfile::TempDir;
    use warded_core::UnixTime;

    use super::*;
    use crate::config::{fleet::assess, load};

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    fn folder() -> (TempDir, CertifiedKey<KeyPair>) {
        let (us, other) = (made(), made());
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let certificate = pem("CERTIFICATE", us.cert.der());
        write("us.crt", &certificate);
        write("us.key", &pem("PRIVATE KEY", &us.signing_key.serialize_der()));
        write("other.key", &pem("PRIVATE KEY", &other.signing_key.serialize_der()));
        write(
            "broken.pem",
            &format!("{certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        );
        write("empty.pem", "");
        write("proxy", "http://user:s3cret@proxy.example.com:3128\n");
        write("wrong-proxy", "socks5://user:s3cret@proxy.example.com:1080\n");
        (folder, us)
    }

    fn made() -> CertifiedKey<KeyPair> {
        generate_simple_self_signed(["warded".to_owned()]).unwrap()
    }

    fn outward(network: &str) -> Outward {
        let source = format!(
            "public_url: https://mcp.example.com\nnetwork: {{ {network} }}\nservers: {{ notes: {{}} }}\n"
        );
        assess(&load(&source).unwrap(), UnixTime::from_seconds(0)).serving.outward
    }

    fn said(findings: &[Finding]) -> Vec<(&str, &str)> {
        findings.iter().map(|finding| (finding.rule.code, finding.message.as_str())).collect()
    }

    #[test]
    fn what_is_right_is_a_way_out() {
        let (folder, _) = folder();
        let outward = outward(
            "proxy: file:proxy, proxied_hosts: [login.example.com], roots: [us.crt], client_certificate: { certificate: us.crt, key: file:us.key }",
        );
        let network = network(&outward, folder.path()).unwrap();
        assert_eq!(network.proxies().toward("a.example").unwrap().to_string(), "proxy.example.com:3128");
        assert!(!format!("{network:?}").contains("s3cret"));
        assert!(flaws(&outward, folder.path()).is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_file_names_it_and_the_line() {
        let (folder, _) = folder();
        for (written, code, message) in [
            ("roots: [no.pem]", "network-file-invalid", "the file `no.pem` cannot be read: No such file"),
            (
                "roots: [us.crt, broken.pem]",
                "network-file-invalid",
                "certificate that begins on line 4 cannot be read",
            ),
            ("roots: [us.key]", "network-file-invalid", "on line 1 something begins that is no certificate"),
            ("roots: [empty.pem]", "network-file-invalid", "it holds no certificate in PEM form"),
            (
                "client_certificate: { certificate: us.key, key: file:us.key }",
                "network-file-invalid",
                "the file `us.key` is no certificate to show: it holds no certificate",
            ),
            (
                "client_certificate: { certificate: us.crt, key: file:us.crt }",
                "network-file-invalid",
                "the private key cannot be used: it holds no private key",
            ),
            (
                "client_certificate: { certificate: us.crt, key: file:other.key }",
                "network-file-invalid",
                "the private key cannot be used: its key is not that of the certificate",
            ),
        ] {
            let outward = outward(written);
            for findings in [flaws(&outward, folder.path()), network(&outward, folder.path()).unwrap_err()] {
                let said = said(&findings);
                assert!(
                    said.len() == 1 && said[0].0 == code && said[0].1.contains(message),
                    "{written}: {said:?}"
                );
            }
        }
    }

    #[test]
    fn secrets_need_not_be_there_before_they_are_needed() {
        let (folder, _) = folder();
        for written in [
            "client_certificate: { certificate: us.crt, key: file:no.key }",
            "client_certificate: { certificate: us.crt, key: env:WARDED_NO_SUCH_VARIABLE }",
            "proxy: file:no-proxy",
        ] {
            let outward = outward(written);
            assert!(flaws(&outward, folder.path()).is_empty(), "{written}");
            let findings = network(&outward, folder.path()).unwrap_err();
            assert_eq!(
                said(&findings).iter().map(|said| said.0).collect::<Vec<_>>(),
                ["secret-missing"],
                "{written}"
            );
        }
        let findings = network(&outward("proxy: file:wrong-proxy"), folder.path()).unwrap_err();
        assert_eq!(findings[0].rule.code, "network-proxy-invalid");
        assert!(!format!("{findings:?}").contains("s3cret"));
    }
}
