//! How does a user say yes? In their own browser, at the issuer; the answer comes back to a listener on loopback that
//! exists for this one question (RFC 8252 §7.3), or in the user's own hands.

mod browser;
mod callback;
mod pasted;

pub use browser::Opener;
pub use callback::Callback;
pub use pasted::{Line, Pasted};

use std::{sync::Arc, time::Duration};

use crate::obtain::ObtainFailed;

/// How long a person has to log in and agree.
pub const PATIENCE: Duration = Duration::from_mins(5);
/// How often a person may paste something.
const TRIES: u8 = 3;

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
    /// Whoever was asked in another process has said no, or nothing.
    #[error("the login was refused or left unanswered in another process, which was waited for")]
    RefusedElsewhere,
    /// The user was to bring the answer, and cannot.
    #[error(
        "nobody can paste the answer of the login here ({reason}): log in at a terminal first, with `warded token login`"
    )]
    NoTerminal {
        /// Why not.
        reason: String,
    },
    /// What the user brought was not the answer.
    #[error("what was pasted is not the answer to this login, {TRIES} times")]
    NotPasted,
    /// The issuer gives no codes to type, or shows a page that nobody should visit.
    #[error(
        "the issuer's `device_authorization_endpoint` is missing, or sends people where they should not go"
    )]
    Device,
    /// The answer was no, or not from the issuer that was asked.
    #[error(transparent)]
    Obtain(#[from] ObtainFailed),
}

impl LoginFailed {
    /// Whether a person was asked and has said no, or nothing.
    pub(crate) fn is_of_person(&self) -> bool {
        match self {
            Self::Unanswered | Self::NotPasted | Self::Obtain(ObtainFailed::DeviceExpired) => true,
            Self::Obtain(ObtainFailed::Denied { error, .. } | ObtainFailed::Refused { error, .. }) => {
                error.as_str() == "access_denied"
            }
            _ => false,
        }
    }
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
    /// Paste the URL that the browser was sent to.
    Paste {
        /// How that begins. The browser cannot show it.
        redirect_uri: String,
    },
    /// What was pasted is not the answer.
    NotPasted,
    /// Enter this code.
    Enter {
        /// Where.
        url: String,
        /// The code. It is of use to the person who logs in.
        code: String,
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
    /// Another process has a login open for the same server, and what comes of it will do.
    Waiting {
        /// Which server, without the query of its URL.
        server: String,
    },
    /// The server does not answer, and is asked again.
    Away {
        /// What was the matter.
        reason: String,
    },
    /// It does again.
    Back,
    /// The server had ended the session, and a new one is open.
    OpenedAgain,
    /// The client and the server have no revision of the protocol in common so far.
    OtherRevision {
        /// In which the client asks.
        client: Option<String>,
        /// Those that the server speaks, where it says so.
        server: Vec<String>,
    },
    /// The server refused a message that nobody waits for an answer to, such as that the client is ready.
    NotTaken {
        /// What it was told.
        method: String,
        /// Why it did not take that.
        reason: String,
    },
    /// What the server says of its own accord is larger than any message, so it is not listened to any more.
    TooMuch,
    /// A step that only those want to see who look for a fault: a token was at hand.
    Kept,
    /// Another such step: a token was renewed.
    Refreshed {
        /// At which issuer.
        issuer: String,
    },
    /// Another such step: the server has answered.
    Answered {
        /// What it was asked.
        method: String,
        /// With which status.
        status: u16,
    },
    /// Another such step: a stream that broke off goes on.
    Resumed,
    /// Logged in.
    LoggedIn {
        /// At which issuer.
        issuer: String,
    },
}

/// Who tells people. It must not be slow, and standard output is not the place.
pub type Tell = Arc<dyn Fn(Notice) + Send + Sync>;
