//! What is in a PEM file (RFC 7468), and on which line is it wrong?

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// Why a file does not hold what it should. No variant repeats any of it: it may be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPem {
    /// No certificate at all.
    #[error(
        "it holds no certificate in PEM form, which begins with `-----BEGIN CERTIFICATE-----`; `openssl x509 -inform der` makes it of DER"
    )]
    NoCertificate,
    /// Something else where only certificates belong.
    #[error("on line {line} something begins that is no certificate")]
    NotCertificate {
        /// Where.
        line: usize,
    },
    /// A certificate that is none.
    #[error("the certificate that begins on line {line} cannot be read")]
    Certificate {
        /// Where.
        line: usize,
    },
    /// No key at all.
    #[error("it holds no private key in PEM form, which begins with `-----BEGIN PRIVATE KEY-----`")]
    NoKey,
    /// A key that nobody can read.
    #[error("the private key that begins on line {line} cannot be read or used")]
    Key {
        /// Where.
        line: usize,
    },
    /// A key behind a password.
    #[error("the private key that begins on line {line} is encrypted; `openssl pkey` decrypts it")]
    Encrypted {
        /// Where.
        line: usize,
    },
    /// More than one key.
    #[error("a second private key begins on line {line}; which one counts?")]
    SecondKey {
        /// Where.
        line: usize,
    },
    /// A key of somebody else.
    #[error("its key is not that of the certificate")]
    Mismatch,
}

/// The certificates of a file of roots, each fit to be one.
pub fn roots(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, InvalidPem> {
    let mut roots = Vec::new();
    for Block { line, label, text } in blocks(text) {
        if label != b"CERTIFICATE" {
            return Err(InvalidPem::NotCertificate { line });
        }
        let unfit = InvalidPem::Certificate { line };
        let certificate = CertificateDer::from_pem_slice(text).map_err(|_| unfit)?;
        RootCertStore::empty().add(certificate.clone()).map_err(|_| unfit)?;
        roots.push(certificate);
    }
    if roots.is_empty() { Err(InvalidPem::NoCertificate) } else { Ok(roots) }
}

/// The certificates of a file, the first one first, and the line on which that begins. A key may stand beside them.
pub(super) fn chain(text: &[u8]) -> Result<(Vec<CertificateDer<'static>>, usize), InvalidPem> {
    let mut certificates = blocks(text).filter(|block| block.label == b"CERTIFICATE").peekable();
    let line = certificates.peek().ok_or(InvalidPem::NoCertificate)?.line;
    let read = |block: Block<'_>| {
        CertificateDer::from_pem_slice(block.text).map_err(|_| InvalidPem::Certificate { line: block.line })
    };
    Ok((certificates.map(read).collect::<Result<_, _>>()?, line))
}

/// The one private key of a file, and the line on which it begins. Certificates and parameters may stand beside it.
pub(super) fn key(text: &[u8]) -> Result<(PrivateKeyDer<'static>, usize), InvalidPem> {
    let mut keys = blocks(text).filter(|block| block.label.ends_with(b"PRIVATE KEY"));
    let Block { line, label, text } = keys.next().ok_or(InvalidPem::NoKey)?;
    if let Some(second) = keys.next() {
        return Err(InvalidPem::SecondKey { line: second.line });
    }
    // The older form says so in a header of the block (RFC 1421 §4.6.1.1).
    if label == b"ENCRYPTED PRIVATE KEY" || text.windows(9).any(|window| window == b"ENCRYPTED") {
        return Err(InvalidPem::Encrypted { line });
    }
    Ok((PrivateKeyDer::from_pem_slice(text).map_err(|_| InvalidPem::Key { line })?, line))
}

/// From one `-----BEGIN` to the next.
struct Block<'a> {
    line: usize,
    label: &'a [u8],
    text: &'a [u8],
}

fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if let Some(label) = line.strip_prefix(b"-----BEGIN ") {
            let label = label.trim_ascii_end();
            starts.push((number + 1, label.strip_suffix(b"-----").unwrap_or(label), at));
        }
        at += line.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|start| start.2).chain([text.len()]).collect();
    let block = move |((line, label, start), end)| Block {
        line,
        label,
        text: text.get(start..end).unwrap_or_default(),
    };
    starts.into_iter().zip(ends).map(block)
}

/// Bytes as a file holds them.
#[cfg(test)]
pub(super) fn armoured(label: &str, der: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    fn certificate() -> String {
        let made = generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        armoured("CERTIFICATE", made.cert.der())
    }

    #[test]
    fn a_bundle_may_say_in_between_what_it_is() {
        let bundle =
            format!("# Corp\n{}\nsubject=/CN=x\n{}", certificate(), certificate().replace('\n', "\r\n"));
        assert_eq!(roots(bundle.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn what_is_wrong_with_a_bundle_has_a_line() {
        let good = certificate();
        let lines = good.lines().count();
        let damaged = good.replacen("MII", "!!!", 1);
        let no_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for (text, expected) in [
            (String::new(), InvalidPem::NoCertificate),
            ("\u{30}\u{82}".to_owned(), InvalidPem::NoCertificate),
            (format!("{good}{damaged}"), InvalidPem::Certificate { line: lines + 1 }),
            (format!("\n{no_der}"), InvalidPem::Certificate { line: 2 }),
            (good.lines().next().unwrap().to_owned(), InvalidPem::Certificate { line: 1 }),
            (format!("{good}{key}"), InvalidPem::NotCertificate { line: lines + 1 }),
            (good.replace("BEGIN CERT", "BEGIN TRUSTED CERT"), InvalidPem::NotCertificate { line: 1 }),
        ] {
            assert_eq!(roots(text.as_bytes()), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_file_has_one_key_that_can_be_read() {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let (certificate, good) =
            (armoured("CERTIFICATE", cert.der()), armoured("PRIVATE KEY", signing_key.serialized_der()));
        assert!(key(format!("{certificate}{good}").as_bytes()).is_ok());
        let lines = good.lines().count();
        for (text, expected) in [
            (certificate, InvalidPem::NoKey),
            (format!("{good}{good}"), InvalidPem::SecondKey { line: lines + 1 }),
            (good.replace("PRIVATE", "ENCRYPTED PRIVATE"), InvalidPem::Encrypted { line: 1 }),
            (
                "\n-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n".to_owned(),
                InvalidPem::Encrypted { line: 2 },
            ),
            (good.replace("MI", "!!"), InvalidPem::Key { line: 1 }),
        ] {
            assert_eq!(key(text.as_bytes()).map(drop), Err(expected), "{text}");
        }
    }
}
