//! What if whoever presents something a second time does not wait to hear that it was noticed?
//!
//! A request whose sender hangs up is dropped where it stands, and that is right for what it would have used up. That it
//! was a theft must be noticed all the same (RFC 6749 §4.1.2, RFC 9700 §4.14.2): then the look goes on, and nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use http::HeaderMap;
use tokio::runtime::Handle;
use warded_core::UnixTime;
use warded_store::GrantType;

use super::{code, named, refresh};
use crate::{
    AuthorizationServer,
    client::{Desk, recognise},
    form::Form,
    refused::Refused,
    throttle::Peer,
};

/// What a request says.
pub(super) struct Said {
    pub(super) headers: HeaderMap,
    pub(super) form: Form,
    pub(super) peer: Peer,
}

/// Held for as long as nobody has looked whether what is presented was used before.
pub(super) struct Unseen {
    server: Arc<AuthorizationServer>,
    said: Arc<Said>,
    since: UnixTime,
    is_seen: AtomicBool,
}

impl Unseen {
    pub(super) fn of(server: &Arc<AuthorizationServer>, said: &Arc<Said>) -> Self {
        let (server, said, since) = (Arc::clone(server), Arc::clone(said), server.clock.now());
        Self { server, said, since, is_seen: AtomicBool::new(false) }
    }

    /// It was looked at, and was not used before. From here on it may be this very request that uses it: who hangs up now
    /// is no thief.
    pub(super) fn is_seen(&self) {
        self.is_seen.store(true, Ordering::Relaxed);
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if self.is_seen.load(Ordering::Relaxed) {
            return;
        }
        // None where the process ends, and the request with it.
        let Ok(runtime) = Handle::try_current() else { return };
        let Some(room) = self.server.aside.for_a_look() else {
            tracing::debug!(issuer = %self.server.issuer, "too many hung up to look what all of them presented");
            return;
        };
        let (server, said, since) = (Arc::clone(&self.server), Arc::clone(&self.said), self.since);
        runtime.spawn(async move {
            let _room = room;
            if let Err(refused) = notice(&server, &said, since).await {
                tracing::debug!(code = refused.code(), "a token request whose sender hung up was refused");
            }
        });
    }
}

/// Nothing is used up and nothing is given. What nobody proves to be the client's tells nothing, as ever. It counts only what
/// was used before the request came: a client that lost its connection asks again at once, and may be served before this.
async fn notice(server: &AuthorizationServer, said: &Said, since: UnixTime) -> Result<(), Refused> {
    let grant = named(&said.form)?;
    if !matches!(grant, GrantType::AuthorizationCode | GrantType::RefreshToken) {
        return Ok(());
    }
    let known = recognise(server, &said.headers, &said.form, said.peer, Desk::Token).await?;
    match grant {
        GrantType::AuthorizationCode => code::notice(server, &known.client, &said.form, since).await,
        _ => refresh::notice(server, &known.client, &said.form, since).await,
    }
}
