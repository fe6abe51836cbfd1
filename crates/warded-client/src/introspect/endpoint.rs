//! Where is an issuer asked? Where its operator says, or else where its metadata says (RFC 8414 §2).

use std::sync::Arc;

use tokio::sync::Mutex;
use warded_core::{Clock, Issuer, ResourceUri, UnixTime};

use super::IntrospectFailed;
use crate::{
    discover::{DiscoverFailed, issuer_metadata},
    fetch::{Fetch, Target},
};

/// For how many seconds metadata is good, and for how many its absence: whoever waits meanwhile is told at once.
const LASTS: i64 = 60 * 60;
const ABSENCE_LASTS: i64 = 5;
/// How old metadata must be to be doubted: an endpoint that is gone makes each question fetch it anew otherwise.
const DOUBTED_AFTER: i64 = 30;

/// One issuer's endpoint.
pub(super) struct Endpoint {
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    issuer: Issuer,
    configured: Option<ResourceUri>,
    found: Mutex<Option<(Result<Target, IntrospectFailed>, UnixTime)>>,
}

impl Endpoint {
    pub(super) fn new(
        fetch: Fetch,
        clock: Arc<dyn Clock>,
        issuer: Issuer,
        configured: Option<ResourceUri>,
    ) -> Self {
        Self { fetch, clock, issuer, configured, found: Mutex::default() }
    }

    /// Where to ask. One request looks for it, and the others wait.
    pub(super) async fn target(&self) -> Result<Target, IntrospectFailed> {
        if let Some(configured) = &self.configured {
            return Target::configured(configured.as_str()).map_err(|_| IntrospectFailed::NoEndpoint);
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
    pub(super) async fn forget(&self) {
        let mut found = self.found.lock().await;
        let now = self.clock.now();
        found.take_if(|(_, at)| !(0..DOUBTED_AFTER).contains(&now.since(*at)));
    }

    async fn look(&self) -> Result<Target, IntrospectFailed> {
        let silent = || DiscoverFailed::IssuerSilent { issuer: self.issuer.clone() };
        let configured = ResourceUri::parse(self.issuer.as_str()).map_err(|_| silent())?;
        let metadata = issuer_metadata(&self.fetch, &self.issuer, Some(&configured)).await?;
        let metadata = metadata.ok_or_else(silent)?;
        let url = metadata.introspection_endpoint.ok_or(IntrospectFailed::NoEndpoint)?;
        // The operator wrote the issuer down, so its origin may be private; an endpoint elsewhere is only its word.
        Target::beside(&url, &configured).map_err(|_| IntrospectFailed::NoEndpoint)
    }
}
