//! What went on the wire? For somebody who looks on while requests are made, and explains afterwards what happened.
//!
//! A witness learns where a request went, how long each part took and what became of it, and nothing of what was in it:
//! no header that was sent, no query, no body. A code or a token is in none of these notes.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use rustls::{CertificateError, ProtocolVersion};
use tokio::time::Instant;

use super::{FetchFailed, Proxy, Target};

/// Looks on. It must not be slow: the request waits for it.
pub trait Watch: Send + Sync + fmt::Debug {
    /// A request has ended, one way or the other. One that nobody waits for any more is not told of.
    fn saw(&self, passage: Passage);
}

/// One request, as whoever looks on may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passage {
    /// How it was asked.
    pub method: Method,
    /// Where, without the query, which may hold what must not be seen.
    pub url: String,
    /// The proxy on the way, by its host and port.
    pub proxy: Option<String>,
    /// What the name led to; empty where a proxy looks it up.
    pub addresses: Vec<IpAddr>,
    /// Which address accepted the connection.
    pub reached: Option<SocketAddr>,
    /// The version of TLS that was settled on.
    pub tls: Option<&'static str>,
    /// Why the other end is not believed to be who it should be.
    pub distrust: Option<Distrust>,
    /// How long it took.
    pub took: Took,
    /// The head of the answer.
    pub answer: Option<Head>,
    /// Why there is no usable answer.
    pub failure: Option<FetchFailed>,
}

/// How long it took from the beginning until each part was done; none for what did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Took {
    /// Until the name had addresses.
    pub resolved: Option<Duration>,
    /// Until somebody accepted the connection.
    pub connected: Option<Duration>,
    /// Until both ends had shaken hands.
    pub secured: Option<Duration>,
    /// Until the answer began.
    pub answered: Option<Duration>,
}

/// The head of an answer, as far as it says what kind of answer it is. Written by somebody else: escape it before you
/// show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// Its status.
    pub status: u16,
    /// `Content-Type`
    pub kind: Option<String>,
    /// `Location`, without its query.
    pub location: Option<String>,
    /// `Date`: what time it is at the other end (RFC 9110 §6.6.1).
    pub date: Option<String>,
    /// Whether it came with a nonce for proofs of possession (RFC 9449 §8).
    pub has_nonce: bool,
}

/// Why the other end of a connection is not believed to be who it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// The certificate is too old, or the clock here is ahead.
    #[error("its certificate has expired (or the clock here is ahead)")]
    Expired,
    /// The certificate is not valid yet, or the clock here is behind.
    #[error("its certificate is not valid yet (or the clock here is behind)")]
    NotYet,
    /// Nobody whom this machine believes vouches for the certificate.
    #[error("nobody whom this machine believes vouches for its certificate")]
    Stranger,
    /// The certificate is for somebody else.
    #[error("its certificate is for another name")]
    OtherName,
    /// The certificate was taken back.
    #[error("its certificate was revoked")]
    Revoked,
    /// What answers speaks something else.
    #[error("what answers there does not speak TLS")]
    NoTls,
    /// The other end refused us.
    #[error("it ended the handshake; it may want a client certificate")]
    RefusedUs,
    /// Anything else.
    #[error("its certificate is not acceptable")]
    Other,
}

impl Distrust {
    fn of(error: &io::Error) -> Self {
        let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
            return Self::NoTls;
        };
        match error {
            rustls::Error::InvalidCertificate(flaw) => match flaw {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYet,
                CertificateError::UnknownIssuer => Self::Stranger,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::OtherName
                }
                CertificateError::Revoked => Self::Revoked,
                _ => Self::Other,
            },
            rustls::Error::InvalidMessage(_) => Self::NoTls,
            rustls::Error::AlertReceived(_) => Self::RefusedUs,
            _ => Self::Other,
        }
    }
}

/// Notes on one request, where somebody looks on.
pub(super) struct Notes(Option<Box<Noted>>);

struct Noted {
    watch: Arc<dyn Watch>,
    began: Instant,
    passage: Passage,
}

impl Notes {
    pub(super) fn begin(watch: Option<&Arc<dyn Watch>>, method: &Method, target: &Target) -> Self {
        Self(watch.map(|watch| {
            Box::new(Noted {
                watch: Arc::clone(watch),
                began: Instant::now(),
                passage: Passage {
                    method: method.clone(),
                    url: without_query(target.as_str()),
                    proxy: None,
                    addresses: Vec::new(),
                    reached: None,
                    tls: None,
                    distrust: None,
                    took: Took::default(),
                    answer: None,
                    failure: None,
                },
            })
        }))
    }

    /// For what nobody looks at.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    fn note(&mut self, write: impl FnOnce(&mut Passage, Duration)) {
        if let Some(noted) = &mut self.0 {
            let so_far = noted.began.elapsed();
            write(&mut noted.passage, so_far);
        }
    }

    pub(super) fn proxied(&mut self, proxy: &Proxy) {
        self.note(|passage, _| passage.proxy = Some(proxy.to_string()));
    }

    pub(super) fn resolved(&mut self, addresses: &[IpAddr]) {
        self.note(|passage, so_far| {
            passage.addresses = addresses.to_vec();
            passage.took.resolved = Some(so_far);
        });
    }

    pub(super) fn connected(&mut self, address: SocketAddr) {
        self.note(|passage, so_far| {
            passage.reached = Some(address);
            passage.took.connected = Some(so_far);
        });
    }

    pub(super) fn secured(&mut self, version: Option<ProtocolVersion>) {
        self.note(|passage, so_far| {
            passage.tls = Some(match version {
                Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
                Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
                _ => "TLS",
            });
            passage.took.secured = Some(so_far);
        });
    }

    pub(super) fn distrusted(&mut self, error: &io::Error) {
        self.note(|passage, _| passage.distrust = Some(Distrust::of(error)));
    }

    pub(super) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        self.note(|passage, so_far| {
            passage.took.answered = Some(so_far);
            passage.answer = Some(Head {
                status: status.as_u16(),
                kind: text(header::CONTENT_TYPE),
                location: text(header::LOCATION).map(|url| without_query(&url)),
                date: text(header::DATE),
                has_nonce: headers.contains_key("dpop-nonce"),
            });
        });
    }

    /// Tells whoever looks on.
    pub(super) fn end(self, failure: Option<&FetchFailed>) {
        if let Some(noted) = self.0 {
            let Noted { watch, mut passage, .. } = *noted;
            passage.failure = failure.cloned();
            watch.saw(passage);
        }
    }
}

/// RFC 6749 §4.1.2: codes stand in the query of a URL, and RFC 6749 §4.2.2 had tokens in the fragment.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
