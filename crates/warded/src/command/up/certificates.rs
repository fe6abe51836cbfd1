//! The certificates that Warded shows where it listens: read at the start, and again when their files change.
//!
//! Files are looked at by the clock and not by notifications, which network file systems and the links that Kubernetes
//! turns over do not send.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{
    task::{AbortHandle, spawn_blocking},
    time::{MissedTickBehavior, interval},
};
use warded_client::tls::{self, CertificateDer, Identity, InvalidIdentity};
use warded_core::{Clock, UnixTime};
use warded_gateway::ServerTls;
use zeroize::Zeroizing;

use super::{outward, secrets};
use crate::{
    config::{
        Located,
        serving::{Certified, TlsFiles},
    },
    finding::{Finding, table},
};

/// How often files are looked at.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// From when on it is said that a certificate is about to end, in days, and how often.
const SOON: i64 = 21;
const DAY: i64 = 24 * 60 * 60;

/// TLS as it is served, and the look-out for other files.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) tls: Arc<ServerTls>,
    watch: AbortHandle,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

/// What is wrong with the files, as far as that can be seen where the secrets need not be.
pub(crate) fn flaws(files: &TlsFiles, folder: &Path) -> Vec<Finding> {
    let found = Read::of(files, folder).and_then(Read::ready).err().unwrap_or_default();
    found.into_iter().filter(|finding| finding.rule != &table::SECRET_MISSING).collect()
}

/// TLS with what is in the files, now and from now on.
pub(super) fn hold(files: &TlsFiles, folder: &Path, clock: Arc<dyn Clock>) -> Result<Held, Vec<Finding>> {
    let read = Read::of(files, folder)?;
    let texts = read.texts.clone();
    let tls = Arc::new(read.ready()?);
    let mut looking = Looking {
        files: files.clone(),
        folder: folder.into(),
        tls: Arc::clone(&tls),
        seen: texts,
        clock,
        told: None,
    };
    looking.tell_end();
    let watch = tokio::spawn(async move {
        let mut ticks = interval(BETWEEN_LOOKS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let look = spawn_blocking(move || {
                looking.look();
                looking
            });
            let Ok(looked) = look.await else { return };
            looking = looked;
        }
    });
    Ok(Held { tls, watch: watch.abort_handle() })
}

/// Everything that the files hold.
struct Read {
    identities: Vec<Identity>,
    roots: Vec<CertificateDer<'static>>,
    /// By which it is seen that something has changed.
    texts: Vec<Zeroizing<Vec<u8>>>,
    first: Located<std::path::PathBuf>,
}

impl Read {
    /// Reads them, or says all that is wrong with them.
    fn of(files: &TlsFiles, folder: &Path) -> Result<Self, Vec<Finding>> {
        let (mut findings, mut texts) = (Vec::new(), Vec::new());
        let (mut identities, mut roots) = (Vec::new(), Vec::new());
        for certified in &files.certificates {
            match identity(certified, folder, &mut texts) {
                Ok(identity) => identities.push(identity),
                Err(finding) => findings.push(*finding),
            }
        }
        for file in &files.client_roots {
            let read = outward::text(&file.value, folder).and_then(|text| {
                let read =
                    tls::roots(&text).map_err(|error| format!("is no file of root certificates: {error}"));
                texts.push(Zeroizing::new(text));
                read
            });
            match read {
                Ok(read) => roots.extend(read),
                Err(why) => findings.push(wrong(file, &why)),
            }
        }
        // Where none could even be written down, that was said where it is written.
        let Some(first) = files.certificates.first() else { return Err(findings) };
        let first = first.certificate.clone();
        if findings.is_empty() { Ok(Self { identities, roots, texts, first }) } else { Err(findings) }
    }

    fn ready(self) -> Result<ServerTls, Vec<Finding>> {
        ServerTls::new(&self.identities, self.roots)
            .map_err(|error| vec![wrong(&self.first, &format!("cannot be used: {error}"))])
    }
}

fn identity(
    certified: &Certified,
    folder: &Path,
    texts: &mut Vec<Zeroizing<Vec<u8>>>,
) -> Result<Identity, Box<Finding>> {
    let Certified { certificate, key } = certified;
    let chain = outward::text(&certificate.value, folder).map_err(|why| wrong(certificate, &why))?;
    let missing = |message| Finding::new(&table::SECRET_MISSING, message).at(key.span, "not there");
    let secret = secrets::read(&key.value, folder).map_err(missing)?;
    let identity = Identity::read(&chain, secret.as_bytes()).map_err(|error| match error {
        InvalidIdentity::Key(error) => {
            let message = format!("the private key cannot be used: {error}");
            Finding::new(&table::TLS_FILE_INVALID, message)
                .at(key.span, "this key")
                .at(certificate.span, "the certificate")
        }
        error => wrong(certificate, &format!("is no certificate to show: {error}")),
    });
    texts.push(Zeroizing::new(chain));
    texts.push(Zeroizing::new(secret.as_bytes().to_vec()));
    Ok(identity?)
}

fn wrong(file: &Located<std::path::PathBuf>, what: &str) -> Finding {
    let message = format!("the file `{}` {what}", file.value.display());
    Finding::new(&table::TLS_FILE_INVALID, message).at(file.span, "this file")
}

/// Looks at the files now and then.
struct Looking {
    files: TlsFiles,
    folder: std::path::PathBuf,
    tls: Arc<ServerTls>,
    seen: Vec<Zeroizing<Vec<u8>>>,
    clock: Arc<dyn Clock>,
    /// What was last told: in how many days it ends, or what is wrong.
    told: Option<String>,
}

impl Looking {
    fn look(&mut self) {
        match Read::of(&self.files, &self.folder) {
            Ok(read) if read.texts == self.seen => {}
            Ok(read) => {
                let texts = read.texts.clone();
                match self.tls.replace(&read.identities, read.roots) {
                    Ok(()) => {
                        tracing::info!("the certificate was read again and is shown from now on");
                        (self.seen, self.told) = (texts, None);
                    }
                    Err(error) => self.tell_broken(&error.to_string()),
                }
            }
            Err(findings) => {
                let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
                return self.tell_broken(&messages.join("; "));
            }
        }
        self.tell_end();
    }

    /// Once for each thing that is wrong.
    fn tell_broken(&mut self, what: &str) {
        if self.told.as_deref() != Some(what) {
            tracing::error!("{what}; the certificate of before stays in use");
            self.told = Some(what.to_owned());
        }
    }

    /// Once for each day on which it is about to end.
    fn tell_end(&mut self) {
        let Some(days) =
            self.tls.expires().map(|end| days(self.clock.now(), end)).filter(|days| *days < SOON)
        else {
            self.told = None;
            return;
        };
        let told = days.to_string();
        if self.told.as_ref() == Some(&told) {
            return;
        }
        self.told = Some(told);
        if days < 0 {
            tracing::error!("the certificate has ended, and callers refuse it");
        } else {
            tracing::warn!(days, "the certificate is about to end");
        }
    }
}

fn days(now: UnixTime, end: UnixTime) -> i64 {
    (end.seconds() - now.seconds()).div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use tempfile::TempDir;

    use super::*;
    use crate::config::{fleet::assess, load};

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    fn write(folder: &Path, name: &str) {
        let made = rcgen::generate_simple_self_signed(["mcp.example.com".to_owned()]).unwrap();
        fs::write(folder.join(format!("{name}.crt")), pem("CERTIFICATE", made.cert.der())).unwrap();
        fs::write(folder.join(format!("{name}.key")), pem("PRIVATE KEY", &made.signing_key.serialize_der()))
            .unwrap();
    }

    fn folder() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "us");
        write(folder.path(), "other");
        let path = folder.path().to_owned();
        (folder, path)
    }

    fn files(tls: &str) -> TlsFiles {
        let source =
            format!("public_url: https://mcp.example.com\ntls: {{ {tls} }}\nservers: {{ notes: {{}} }}\n");
        assess(&load(&source).unwrap(), UnixTime::from_seconds(0)).serving.tls.unwrap()
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_before_it_is_served() {
        let (_held, folder) = folder();
        for (written, message) in [
            ("certificate: no.crt, key: file:us.key", "the file `no.crt` cannot be read"),
            ("certificate: us.key, key: file:us.key", "the file `us.key` is no certificate to show"),
            ("certificate: us.crt, key: file:other.key", "its key is not that of the certificate"),
            ("certificate: us.crt, key: file:us.crt", "it holds no private key"),
            (
                "certificate: us.crt, key: file:us.key, client_roots: [us.key]",
                "is no file of root certificates",
            ),
            (
                "certificate: us.crt, key: file:us.key, others: [{ certificate: no.crt, key: file:us.key }]",
                "the file `no.crt` cannot be read",
            ),
        ] {
            let said = flaws(&files(written), &folder);
            assert!(said.len() == 1 && said[0].message.contains(message), "{written}: {said:?}");
            assert_eq!(said[0].rule.code, "tls-file-invalid", "{written}");
        }
        assert!(flaws(&files("certificate: us.crt, key: file:us.key"), &folder).is_empty());
        let absent = files("certificate: us.crt, key: file:no.key");
        assert!(flaws(&absent, &folder).is_empty(), "secrets need not be there to check");
        assert_eq!(Read::of(&absent, &folder).err().unwrap()[0].rule.code, "secret-missing");
    }

    #[test]
    fn the_end_of_a_certificate_is_counted_in_whole_days() {
        let at = UnixTime::from_seconds;
        assert_eq!(days(at(0), at(DAY * 3)), 3);
        assert_eq!(days(at(1), at(DAY * 3)), 2);
        assert_eq!(days(at(DAY), at(DAY - 1)), -1);
    }
}
