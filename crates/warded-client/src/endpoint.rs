//! Where is an issuer asked for something? Where its operator says, or else where its metadata says (RFC 8414 §2).

use std::sync::Arc;

use tokio::sync::Mutex;
use warded_core::{Clock, Issuer, ResourceUri, UnixTime, metadata::AuthorizationServer};

use crate::{
    discover::{DiscoverFailed, issuer_metadata},
    fetch::{Fetch, Target},
};

/// For how many seconds metadata is good, and for how many its absence: whoever waits meanwhile is told at once.
const LASTS: i64 = 60 * 60;
const ABSENCE_LASTS: i64 = 5;
/// How old metadata must be to be doubted: an endpoint that is gone makes each question fetch it anew otherwise.
const DOUBTED_AFTER: i64 = 30;

/// Which of an issuer's endpoints.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    Introspection,
    Token,
}

impl Which {
    fn of(self, metadata: AuthorizationServer) -> Option<String> {
        match self {
            Self::Introspection => metadata.introspection_endpoint,
            Self::Token => metadata.token_endpoint,
        }
    }
}

/// Why it is not known where to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EndpointFailed {
    /// The metadata could not be had.
    Metadata(DiscoverFailed),
    /// The metadata names no such endpoint that can be used.
    NotNamed,
}

/// One endpoint of one issuer.
pub(crate) struct Endpoint {
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    issuer: Issuer,
    which: Which,
    configured: Option<ResourceUri>,
    found: Mutex<Option<(Result<Target, EndpointFailed>, UnixTime)>>,
}

impl Endpoint {
    pub(crate) fn new(fetch: Fetch, clock: Arc<dyn Clock>, issuer: Issuer, which: Which) -> Self {
        Self { fetch, clock, issuer, which, configured: None, found: Mutex::default() }
    }

    /// The same, where the operator has said where it is.
    pub(crate) fn at(mut self, configured: Option<ResourceUri>) -> Self {
        self.configured = configured;
        self
    }

    /// Where to ask. One request looks for it, and the others wait.
    pub(crate) async fn target(&self) -> Result<Target, EndpointFailed> {
        if let Some(configured) = &self.configured {
            return Target::configured(configured.as_str()).map_err(|_| EndpointFailed::NotNamed);
        }
        let mut found = self.found.lock().await;
        if let Some((target, at)) = &*found {
            let lasts = if target.is_ok() { LASTS } else { ABSENCE_LASTS };
            if (0..lasts).contains(&self.clock.now().since(*at)) {
                return target.clone();
            }
        }
        let target = self.look().await;
        *found = Some((target.clone(), self.clock.now()));
        target
    }

    /// What was found is no longer where it was, unless it was found just now.
    pub(crate) async fn forget(&self) {
        let mut found = self.found.lock().await;
        let now = self.clock.now();
        found.take_if(|(_, at)| !(0..DOUBTED_AFTER).contains(&now.since(*at)));
    }

    async fn look(&self) -> Result<Target, EndpointFailed> {
        let silent =
            || EndpointFailed::Metadata(DiscoverFailed::IssuerSilent { issuer: self.issuer.clone() });
        let configured = ResourceUri::parse(self.issuer.as_str()).map_err(|_| silent())?;
        let metadata = issuer_metadata(&self.fetch, &self.issuer, Some(&configured)).await;
        let metadata = metadata.map_err(EndpointFailed::Metadata)?.ok_or_else(silent)?;
        let url = self.which.of(metadata).ok_or(EndpointFailed::NotNamed)?;
        // The operator wrote the issuer down, so its origin may be private; an endpoint elsewhere is only its word.
        Target::beside(&url, &configured).map_err(|_| EndpointFailed::NotNamed)
    }
}
