//! What is said of a call, of a stray token, of a request that names no server? Never a token and never an argument.

use std::{borrow::Cow, fmt, net::IpAddr, sync::Arc};

/// How a request is called: in its record, in the log, and toward its caller.
///
/// ```
/// assert_eq!(warded_store::journal::RequestId::new(255).to_string(), "00000000000000ff");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u64);

impl RequestId {
    /// Whoever gives names sees to it that none is given twice.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its bytes, of which each is two digits of the name.
    pub(super) const fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Somebody who is known, and what they ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Opening {
    /// The server's name.
    pub server: Arc<str>,
    /// The identifier that was addressed.
    pub resource: Arc<str>,
    /// How the request is called.
    pub request: Option<RequestId>,
    /// From where.
    pub from: Option<IpAddr>,
    /// The revision of MCP by which the message was read.
    pub revision: Option<&'static str>,
    /// The method of the message, or `GET` and `DELETE`.
    pub method: Option<Cow<'static, str>>,
    /// The tool, prompt or resource that is named; for several messages, all of them.
    pub names: Vec<Arc<str>>,
    /// The rule of a policy that did not let it through.
    pub denied: Option<Objection>,
    /// Rules that would not have let it through, and are only looked at.
    pub shadowed: Vec<Objection>,
    /// On whose behalf.
    pub whose: Arc<Whose>,
}

/// A rule of a policy that spoke against a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Objection {
    /// Its name.
    pub rule: Arc<str>,
    /// The file in which it stands.
    pub policy: Arc<str>,
    /// On which line; zero of what is no rule.
    pub line: u32,
}

/// What is said of a caller, which is the same for each call with one token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Whose {
    /// For whom the token was issued.
    pub subject: Option<Box<str>>,
    /// To which client it was issued.
    pub client: Option<Box<str>>,
    /// Who issued it.
    pub issuer: Box<str>,
    /// The token's name (`Fingerprint`).
    pub token: Box<str>,
    /// What a permissive server let pass.
    pub waived: Vec<&'static str>,
}

/// A token at a server that it does not open. Whom it was issued to is not said: the token was refused before that was
/// looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Stray {
    /// The name of the server at which it was presented.
    pub server: Arc<str>,
    /// The identifier that was addressed.
    pub resource: Box<str>,
    /// How the request is called.
    pub request: Option<RequestId>,
    /// From where.
    pub from: Option<IpAddr>,
    /// For whom it was issued: another server's name, or a recipient that nobody here knows; none where the token
    /// names nobody.
    pub meant: Option<Box<str>>,
    /// Whether it is known to be a genuine one: its signature was verified, or another server let it in. Any text can be
    /// presented as a token.
    pub is_genuine: bool,
    /// Who issued it; the signature was verified.
    pub issuer: Option<Box<str>>,
    /// The token's name (`Fingerprint`).
    pub token: Box<str>,
}

/// A client that asked an issuer for a token and did not say for which server (RFC 8707 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Unbound {
    /// Whom it asked.
    pub issuer: Arc<str>,
    /// Where.
    pub endpoint: Endpoint,
    /// Which client it says it is.
    pub client: Box<str>,
    /// From where.
    pub from: Option<IpAddr>,
}

/// Something that an operator does by hand. It is on record before it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Act {
    /// What, such as `users/remove`.
    pub action: &'static str,
    /// What is acted on, by name; never a secret.
    pub names: Vec<Box<str>>,
    /// At which issuer.
    pub issuer: Option<Box<str>>,
    /// Whom it concerns, by the `sub` of tokens.
    pub subject: Option<Box<str>>,
    /// Which client it concerns.
    pub client: Option<Box<str>>,
    /// Whether it was tried, and nothing came of it.
    pub has_failed: bool,
}

/// An endpoint of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Where a person is asked.
    Authorize,
    /// Where tokens are given out.
    Token,
}

impl Endpoint {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever records gives every field")]
pub struct Closing {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it was refused or failed.
    pub code: Option<&'static str>,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The bytes of the answer's body.
    pub bytes: u64,
    /// How long it took.
    pub duration_ms: u64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The answer went out whole.
    Answered,
    /// The caller went away before the answer ended.
    Abandoned,
    /// The answer broke off.
    Broken,
    /// It was refused, although the caller is known.
    Refused,
    /// It failed, and not by the caller's fault.
    Failed,
}

impl Outcome {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Abandoned => "abandoned",
            Self::Broken => "broken",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}
