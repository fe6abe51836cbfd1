//! How is the same place asked again and again? Over connections that were made for exactly this: they belong to one place,
//! reached in one way, with one certificate of ours, and there is nothing to say where else a request would go.

use std::sync::Arc;

use http::Method;

use super::{Fetch, FetchFailed, Outgoing, Streamed, Target, connect::end_of, kept::Kept, watch::Notes};

/// The way to one place.
#[derive(Debug)]
pub(crate) struct Road {
    fetch: Fetch,
    target: Target,
    kept: Arc<Kept>,
}

impl Road {
    /// The way to this place, as this fetches.
    pub(crate) fn new(fetch: Fetch, target: Target) -> Self {
        Self { fetch, target, kept: Arc::default() }
    }

    /// Sends a request and reads the head of the answer, as [`Fetch::stream`] does.
    pub(crate) async fn stream(&self, method: Method, outgoing: Outgoing) -> Result<Streamed, FetchFailed> {
        let Self { fetch, target, kept } = self;
        let mut notes = Notes::begin(fetch.watch.as_ref(), &method, target);
        // Whoever looks on wants to see the whole way each time.
        let kept = fetch.watch.is_none().then_some(kept);
        let until = end_of(fetch.limits.total);
        let outcome = fetch.open(method, target, outgoing, kept, until, &mut notes).await;
        notes.end(outcome.as_ref().err());
        outcome
    }
}

/// The same way with connections of its own: whoever has copied it may be somebody else at the other end.
impl Clone for Road {
    fn clone(&self) -> Self {
        Self::new(self.fetch.clone(), self.target.clone())
    }
}
