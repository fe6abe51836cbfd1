//! What is written down on the way of one request, and told at its end.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use rustls::ProtocolVersion;
use tokio::time::Instant;

use super::{Head, Passage, Took, Watch};
use crate::fetch::{FetchFailed, Proxy, Target};

/// Notes on one request, where somebody looks on.
pub(in crate::fetch) struct Notes(Option<Box<Noted>>);

struct Noted {
    watch: Arc<dyn Watch>,
    began: Instant,
    passage: Passage,
}

impl Notes {
    pub(in crate::fetch) fn begin(watch: Option<&Arc<dyn Watch>>, method: &Method, target: &Target) -> Self {
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
                    took: Took::default(),
                    answer: None,
                    failure: None,
                },
            })
        }))
    }

    /// For what nobody looks at.
    pub(in crate::fetch) const fn none() -> Self {
        Self(None)
    }

    fn note(&mut self, write: impl FnOnce(&mut Passage, Duration)) {
        if let Some(noted) = &mut self.0 {
            let so_far = noted.began.elapsed();
            write(&mut noted.passage, so_far);
        }
    }

    pub(in crate::fetch) fn proxied(&mut self, proxy: &Proxy) {
        self.note(|passage, _| passage.proxy = Some(proxy.to_string()));
    }

    pub(in crate::fetch) fn resolved(&mut self, addresses: &[IpAddr]) {
        self.note(|passage, so_far| {
            passage.addresses = addresses.to_vec();
            passage.took.resolved = Some(so_far);
        });
    }

    pub(in crate::fetch) fn connected(&mut self, address: SocketAddr) {
        self.note(|passage, so_far| {
            passage.reached = Some(address);
            passage.took.connected = Some(so_far);
        });
    }

    pub(in crate::fetch) fn secured(&mut self, version: Option<ProtocolVersion>) {
        self.note(|passage, so_far| {
            passage.tls = Some(match version {
                Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
                Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
                _ => "TLS",
            });
            passage.took.secured = Some(so_far);
        });
    }

    pub(in crate::fetch) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
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
    pub(in crate::fetch) fn end(self, failure: Option<&FetchFailed>) {
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
