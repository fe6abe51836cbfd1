//! Who asked for a token and did not say for which server? Told to the journal, whatever came of it: a client that sends
//! no `resource` (RFC 8707 §2) gets tokens for anybody wherever the issuer is not this one.

use std::net::SocketAddr;

use http::Extensions;
use warded_core::Shown;
use warded_store::journal::{Endpoint, Unbound};

use crate::{AuthorizationServer, form::Form};

/// From where, as whoever accepted the connection noted.
pub(crate) fn from(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get().copied()
}

impl AuthorizationServer {
    /// Looks at a request of a client that is known. Of one that is not, nothing is written down: anybody can make up
    /// any number of those.
    pub(crate) fn notes_unbound(
        &self,
        endpoint: Endpoint,
        client: &str,
        form: &Form,
        from: Option<SocketAddr>,
    ) {
        let Some(journal) = &self.journal else {
            return;
        };
        // An empty value is an omitted one (RFC 6749 §3.1).
        if form.resources().iter().all(|value| value.is_empty()) {
            journal.unbound(Unbound {
                issuer: self.issuer.as_str().into(),
                endpoint,
                client: Shown::new(client).as_str().into(),
                from: from.map(|from| from.ip().to_canonical()),
            });
        }
    }
}
