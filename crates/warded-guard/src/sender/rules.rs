//! What does this server demand of whoever presents a token?

use std::sync::Arc;

use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{CACHE_CONTROL, HeaderName},
};
use warded_core::{
    Clock, Fault, UnixTime,
    dpop::{Nonces, Proved},
    metadata::ProtectedResource,
};
use warded_store::{Replays, memory::Marks};

use super::{Offer, algorithms};
use crate::Body;

/// RFC 9449 §8.1.
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Whether tokens come with proofs of possession (RFC 9449).
///
/// ```
/// use warded_guard::Dpop;
///
/// assert_eq!(Dpop::default(), Dpop::Optional);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way")]
pub enum Dpop {
    /// The scheme `DPoP` is not used here. A token that is bound to a key opens nothing.
    Off,
    /// A bound token comes with a proof, any other one as a bearer token.
    #[default]
    Optional,
    /// Only bound tokens are accepted, each with a proof.
    Required,
}

/// The rules, and what remembers used proofs.
pub(crate) struct SenderRules {
    pub(crate) dpop: Dpop,
    pub(crate) nonces: Option<Nonces>,
    pub(crate) certificates: bool,
    pub(crate) replays: Arc<dyn Replays>,
}

impl Default for SenderRules {
    fn default() -> Self {
        Self { dpop: Dpop::default(), nonces: None, certificates: false, replays: Arc::new(Marks::default()) }
    }
}

impl SenderRules {
    /// How a token may be presented here. The scheme that the caller used comes first: what is said about its token
    /// is said there. Else `Bearer` does, since some clients look at the first scheme of a joined header only.
    pub(crate) fn offers(&self, is_dpop: bool) -> &'static [Offer] {
        match (self.dpop, is_dpop) {
            (Dpop::Off, _) => &[Offer::BEARER],
            (Dpop::Optional, false) => &[Offer::BEARER, Offer::DPOP],
            (Dpop::Optional, true) => &[Offer::DPOP, Offer::BEARER],
            (Dpop::Required, _) => &[Offer::DPOP],
        }
    }

    /// RFC 9728 §2: what a client should know before it asks for a token.
    pub(crate) fn introduce(&self, document: &mut ProtectedResource) {
        if self.dpop != Dpop::Off {
            document.dpop_signing_alg_values_supported = Some(algorithms().map(str::to_owned).collect());
        }
        document.dpop_bound_access_tokens_required = (self.dpop == Dpop::Required).then_some(true);
        if self.certificates {
            document.other.insert("tls_client_certificate_bound_access_tokens".to_owned(), true.into());
        }
    }

    /// RFC 9449 §8.2, §9: whoever sends proofs learns with every answer which nonce to use next, and whoever comes
    /// without a good one learns it with the challenge.
    pub(crate) fn renew(
        &self,
        answer: &mut Response<Body>,
        method: &Method,
        is_dpop: bool,
        clock: &dyn Clock,
    ) {
        let must_know = is_dpop || answer.status() == StatusCode::UNAUTHORIZED;
        let headers = answer.headers_mut();
        // The server behind has no say in it: its nonces would be refused here.
        headers.remove(DPOP_NONCE);
        let Some(nonces) = self.nonces().filter(|_| must_know) else {
            return;
        };
        if let Ok(nonce) = HeaderValue::try_from(nonces.current(clock.now())) {
            headers.insert(DPOP_NONCE, nonce);
            // A cache would hand out a nonce that is long over.
            if method == Method::GET {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
        }
    }

    pub(super) fn nonces(&self) -> Option<&Nonces> {
        self.nonces.as_ref().filter(|_| self.dpop != Dpop::Off)
    }

    /// Uses a proof up. What cannot be remembered could be used again, so it is not let through.
    pub(super) async fn is_first_use(&self, proof: &Proved, now: UnixTime) -> Result<bool, Fault> {
        let marked = self.replays.first_use(proof.mark(), proof.until(), now).await;
        marked.map_err(|failed| {
            // The fault has a line of its own, with a bound on how many; the reason is for whoever looks closer.
            tracing::debug!(error = %failed, "a used proof could not be remembered");
            Fault::StoreUnavailable
        })
    }
}
