//! What is known of a call when it is judged?

use warded_core::UnixTime;

use crate::Value;

/// A call, as the guard has read it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks must say all of it")]
pub struct Call<'a> {
    /// What it reaches for.
    pub target: Target<'a>,
    /// The arguments, as JSON: an object that was looked at already, so that nothing stands in it twice.
    pub arguments: Option<&'a str>,
    /// The method, such as `tools/call`.
    pub method: &'a str,
    /// The revision of MCP by which it was read.
    pub revision: &'a str,
    /// By which token.
    pub auth: Auth<'a>,
    /// At which server.
    pub server: Server<'a>,
    /// The address that it came from; none of a pipe.
    pub client_address: Option<&'a str>,
    /// When.
    pub now: UnixTime,
}

/// What a call reaches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "policies have these three sections")]
pub enum Target<'a> {
    /// A tool.
    Tool(&'a str),
    /// A resource, in every spelling that its server may take it for; the first is the one that was sent.
    Resource(&'a [&'a str]),
    /// A resource that is spelled in no way that tells what is read: every rule of resources holds for it.
    AnyResource,
    /// A prompt.
    Prompt(&'a str),
}

/// What is known of the token.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks must say all of it")]
pub struct Auth<'a> {
    /// The canonical identifier of the server that it was admitted for, or what it says where that was waived.
    pub aud: Option<&'a Value>,
    /// Its claims, verified, as JSON.
    pub claims: Option<&'a str>,
    /// Who it was issued to.
    pub caller: Caller<'a>,
    /// The scopes that it has, with everything that is implied.
    pub scopes: &'a [&'a str],
    /// Whether it is bound to a key of its sender.
    pub bound: bool,
    /// Whether the request carries the caller's own credential towards the server.
    pub passthrough: bool,
}

/// Who makes the call.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks must say all of it")]
pub struct Caller<'a> {
    /// Who vouches.
    pub issuer: &'a str,
    /// For whom.
    pub subject: Option<&'a str>,
    /// By which program.
    pub client: Option<&'a str>,
    /// The name of the token: a fingerprint, never the token.
    pub token: &'a str,
}

/// At which server a call is made.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks must say all of it")]
pub struct Server<'a> {
    /// Its canonical identifier.
    pub identity: &'a str,
    /// Its name in the configuration.
    pub name: &'a str,
    /// Its tier.
    pub tier: &'a str,
}
