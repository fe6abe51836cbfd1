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
    is_seen: AtomicBool,
}

impl Unseen {
    pub(super) fn of(server: &Arc<AuthorizationServer>, said: &Arc<Said>) -> Self {
        Self { server: Arc::clone(server), said: Arc::clone(said), is_seen: AtomicBool::new(false) }
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
        let (server, said) = (Arc::clone(&self.server), Arc::clone(&self.said));
        runtime.spawn(async move {
            if let Err(refused) = notice(&server, &said).await {
                tracing::debug!(code = refused.code(), "a token request whose sender hung up was refused");
            }
        });
    }
}

/// Nothing is used up and nothing is given. What nobody proves to be the client's tells nothing, as ever.
async fn notice(server: &AuthorizationServer, said: &Said) -> Result<(), Refused> {
    let grant = named(&said.form)?;
    if !matches!(grant, GrantType::AuthorizationCode | GrantType::RefreshToken) {
        return Ok(());
    }
    let known = recognise(server, &said.headers, &said.form, said.peer, Desk::Token).await?;
    match grant {
        GrantType::AuthorizationCode => code::notice(server, &known.client, &said.form).await,
        _ => refresh::notice(server, &known.client, &said.form).await,
    }
}
