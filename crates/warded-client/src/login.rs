//! How does a user say yes? In their own browser, at the issuer; the answer comes back to a listener on loopback that
//! exists for this one question (RFC 8252 §7.3).

mod browser;
mod callback;

pub use browser::Opener;
pub use callback::Callback;

use std::{sync::Arc, time::Duration};

use crate::obtain::ObtainFailed;

/// How long a person has to log in and agree.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Why a login came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginFailed {
    /// No port on loopback.
    #[error("cannot listen on 127.0.0.1:{port} for the answer of the login: {reason}")]
    Listen {
        /// The port; 0 for any.
        port: u16,
        /// Why not.
        reason: String,
    },
    /// Nobody answered.
    #[error("nobody finished the login within {} minutes", PATIENCE.as_secs() / 60)]
    Unanswered,
    /// The answer was no, or not from the issuer that was asked.
    #[error(transparent)]
    Obtain(#[from] ObtainFailed),
}

/// What a person should know while a program waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Visit this to log in.
    Visit {
        /// The authorization request. It holds no secret.
        url: String,
    },
    /// No browser could be started; the URL still works.
    NoBrowser {
        /// Why not.
        reason: String,
    },
    /// The server names itself by an identifier that covers more than itself.
    WideResource {
        /// The identifier.
        resource: String,
    },
    /// The server speaks no RFC 9728; its issuer was guessed as the revision of 2025-03-26 says.
    Legacy,
    /// The issuer gives no tokens for a named server, and is asked for one that is not bound to it, as the user wants.
    Unbound {
        /// The issuer.
        issuer: String,
    },
    /// The token is good, and will be gone with this process.
    NotKept {
        /// Why.
        reason: String,
    },
    /// A login is lost: an earlier renewal of it was cut off, and the issuer takes a refresh token once only.
    LoginLost {
        /// Which issuer.
        issuer: String,
    },
    /// Logged in.
    LoggedIn {
        /// At which issuer.
        issuer: String,
    },
}

/// Who tells people. It must not be slow, and standard output is not the place.
pub type Tell = Arc<dyn Fn(Notice) + Send + Sync>;
