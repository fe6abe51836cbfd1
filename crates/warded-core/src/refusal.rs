//! Why a token or a request is refused: one closed list, each reason with a stable code and a row in one table.
//!
//! [`Refusal`] is the caller's fault and says what was found; [`Entry`] is the row: what the caller is told,
//! which clause it stands on, what the operator should change. [`Fault`] is ours and is never a refusal.

use std::{fmt, sync::Arc};

use crate::{dpop::ProofFlaw, jose::Algorithm, scope::Scopes, time::UnixTime};

mod table;
mod unheld;

pub(crate) use table::sender;
use table::stdio;

pub use table::{Entry, OauthError};
pub use unheld::Unheld;

/// Text from a token, made fit to be shown: bounded, escaped, never a token itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown(Box<str>);

impl Shown {
    const MAX_CHARS: usize = 96;

    /// Makes a text from outside fit to be shown.
    pub fn new(text: &str) -> Self {
        if Self::is_plain(text) {
            return Self(text.into());
        }
        // Callers write what they like into `kid` or `iss`, and journals keep it.
        if is_like_a_token(text) {
            return Self("(what looks like a token)".into());
        }
        let mut shown: String = text.chars().take(Self::MAX_CHARS).flat_map(char::escape_debug).collect();
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            shown.push('…');
        }
        Self(shown.into())
    }

    /// Whether a text is shown as it is. Most are short and plain, and every call has one.
    pub fn is_plain(text: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/' | b':');
        text.len() <= Self::MAX_CHARS && text.bytes().all(is_plain)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a JSON object in base64 stands in the text with a dot behind it, as in every JWT.
fn is_like_a_token(text: &str) -> bool {
    text.split_once("eyJ").is_some_and(|(_, rest)| rest.contains('.'))
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// A rule of a policy, as its operator knows it. What it tells the caller is not in it: that may repeat arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever names a rule says all of it")]
pub struct PolicyRule {
    /// Its name, or `(hidden)`, `(default deny)` or `(undecided)`.
    pub name: Arc<str>,
    /// The file in which it stands.
    pub file: Arc<str>,
    /// On which line; zero of what is no rule.
    pub line: u32,
}

impl fmt::Display for PolicyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}", Shown::new(&self.name), self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        f.write_str(")")
    }
}

/// Why a request goes no further. `Display` is the operator's message.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    // Form.
    /// More bytes than are looked at.
    #[error("the token is longer than {} bytes", crate::jose::MAX_TOKEN_BYTES)]
    TokenTooLarge,
    /// Not three parts.
    #[error("the token is not a signed JWT: it does not have three parts")]
    TokenParts,
    /// Five parts: a JWE.
    #[error("the token is encrypted (JWE); this server cannot read it")]
    TokenEncrypted,
    /// A part is not strict base64url.
    #[error("the token's {part} is not strict base64url")]
    TokenBase64 {
        /// header, claims or signature
        part: &'static str,
    },
    /// A part is not a JSON object.
    #[error("the token's {part} is not a JSON object")]
    TokenJson {
        /// header or claims
        part: &'static str,
    },
    /// A member stands twice.
    #[error("the token's {part} has a member twice")]
    TokenDuplicateMember {
        /// header or claims
        part: &'static str,
    },
    /// Too much nesting.
    #[error("the token's {part} is nested too deep")]
    TokenTooDeep {
        /// header or claims
        part: &'static str,
    },
    // Header.
    /// A header member is missing or has the wrong type.
    #[error("the token's header member `{member}` is missing or malformed")]
    HeaderMalformed {
        /// alg, typ or kid
        member: &'static str,
    },
    /// No such algorithm here: `none`, shared secrets, unknown names.
    #[error("the token's algorithm `{alg}` does not exist here")]
    AlgorithmUnsupported {
        /// What the header says.
        alg: Shown,
    },
    /// Known, but not on this issuer's list.
    #[error("the issuer is not expected to sign with {algorithm}")]
    AlgorithmNotAllowed {
        /// What the header says.
        algorithm: Algorithm,
    },
    /// `crit` or `b64`.
    #[error("the token's header demands an extension (`crit` or `b64`)")]
    HeaderCritical,
    /// Not an access token's `typ`.
    #[error("the token's type is {}, expected {expected}", typ.as_ref().map_or("absent".into(), |typ| format!("`{typ}`")))]
    TypeWrong {
        /// What the header says.
        typ: Option<Shown>,
        /// What this issuer's tokens should say.
        expected: String,
    },
    // Issuer and key.
    /// No `iss`.
    #[error("the token names no issuer")]
    IssuerMissing,
    /// An issuer that this server does not trust.
    #[error("the token's issuer `{issuer}` is not trusted by this server")]
    IssuerUnknown {
        /// What the token says.
        issuer: Shown,
    },
    /// No key of that name.
    #[error("the issuer publishes no key named {}", kid.as_ref().map_or("anything that fits".into(), |kid| format!("`{kid}`")))]
    KeyUnknown {
        /// The name in the header.
        kid: Option<Shown>,
    },
    /// A key of that name, for something else.
    #[error("the issuer's key {} is not for {algorithm}", kid.as_ref().map_or("set".into(), |kid| format!("`{kid}`")))]
    KeyUnfit {
        /// The algorithm in the header.
        algorithm: Algorithm,
        /// The name in the header.
        kid: Option<Shown>,
    },
    /// The signature is not the issuer's.
    #[error("the signature does not verify with the issuer's key")]
    SignatureInvalid,
    // Claims.
    /// A claim has the wrong type or form.
    #[error("the claim `{claim}` is malformed")]
    ClaimMalformed {
        /// Its name.
        claim: &'static str,
    },
    /// Two names for one client.
    #[error("the claims `client_id` and `azp` name two different clients")]
    ClientAmbiguous,
    /// An ID token, refresh token or logout token.
    #[error("this is not an access token: it has {sign}")]
    NotAccessToken {
        /// What gave it away.
        sign: &'static str,
    },
    /// No `exp`.
    #[error("the token never expires: it has no `exp`")]
    ExpiryMissing,
    /// `exp` has passed.
    #[error("the token expired at {at}")]
    Expired {
        /// When.
        at: UnixTime,
    },
    /// `nbf` lies ahead.
    #[error("the token is not valid before {from}")]
    NotYetValid {
        /// From when on.
        from: UnixTime,
    },
    /// `iat` lies ahead.
    #[error("the token says that it was issued at {at}, which lies ahead")]
    IssuedInFuture {
        /// When.
        at: UnixTime,
    },
    /// Valid for longer than this issuer's tokens may be.
    #[error("the token lives for {seconds} s, longer than the {limit} s that its issuer is allowed")]
    LifetimeTooLong {
        /// Its lifetime.
        seconds: i64,
        /// The limit.
        limit: u32,
    },
    // Audience.
    /// No `aud`.
    #[error("the token names no audience")]
    AudienceMissing,
    /// `aud` is not a string or a list of strings.
    #[error("the claim `aud` is not a non-empty string or a short list of them")]
    AudienceMalformed,
    /// Issued for a neighbour.
    #[error("the token was issued for the server `{server}`")]
    AudienceElsewhere {
        /// The neighbour's name.
        server: Box<str>,
    },
    /// Issued for somebody we do not know.
    #[error("the token was issued for `{audience}`, which names no configured server")]
    AudienceUnknown {
        /// The first value.
        audience: Shown,
    },
    /// Issued for this server and somebody else.
    #[error("the token was issued for this server and for `{other}`")]
    AudienceShared {
        /// The other recipient.
        other: Shown,
        /// The other recipient's name, where it is a configured server.
        server: Option<Box<str>>,
    },
    // Possession.
    /// Bound to a key, presented without proof.
    #[error("the token is bound to a key or certificate, and nothing proves that the caller holds it")]
    SenderUnproven,
    /// Bound to another key.
    #[error("the token is bound to another key or certificate than the caller proved")]
    SenderMismatch,
    /// Bound to no key, presented as if it were.
    #[error("the token is presented with the scheme `DPoP`, and it is bound to no key")]
    SenderUnbound,
    /// Presented as a bearer token where only bound tokens are accepted.
    #[error("the token is presented as a bearer token, and this server accepts tokens with a proof only")]
    SenderRequired,
    /// A proof of possession that proves nothing.
    #[error(transparent)]
    Proof(ProofFlaw),
    // Standing.
    /// The issuer does not call it active.
    #[error("the token's issuer was asked and does not call the token active")]
    TokenInactive,
    /// The issuer's answer names another issuer.
    #[error("the issuer that was asked about the token says that `{issuer}` issued it")]
    IssuerDiffers {
        /// What the answer says.
        issuer: Shown,
    },
    /// Revoked.
    #[error("the token has been revoked")]
    TokenRevoked,
    /// Suspended.
    #[error("the token is suspended")]
    TokenSuspended,
    /// A `status` of a kind that is not known.
    #[error("the token's `status` is of a kind that Warded does not know")]
    StatusUnsupported,
    /// A place behind the end of the list.
    #[error("the token's place {index} is behind the end of its issuer's status list")]
    StatusOutOfRange {
        /// The place.
        index: u64,
    },
    /// A value that means nothing to us.
    #[error("the status list says {value} of the token, which is neither valid, revoked nor suspended")]
    StatusUnknown {
        /// The value.
        value: u8,
    },
    // Permission.
    /// The token opens the server, but not this call.
    #[error("the call needs the scope `{needs}`, which the token does not carry")]
    ScopeMissing {
        /// Every scope that is missing.
        needs: Scopes,
    },
    // Policy.
    /// The server's policy denies the call.
    #[error("the policy denies the call, by its rule {rule}")]
    PolicyDenied {
        /// Which rule.
        rule: PolicyRule,
    },
    /// The server's policy hides the tool.
    #[error("the policy hides the tool that is called ({})", rule.file)]
    PolicyHidden {
        /// In which file.
        rule: PolicyRule,
    },
    /// The call waits for somebody to approve it.
    #[error("the call waits for approval, by the rule {rule}; see `warded approvals show {approval}`")]
    PolicyHeld {
        /// Which rule asks for it.
        rule: PolicyRule,
        /// What it is called where it is approved.
        approval: Box<str>,
    },
    /// The call would wait for somebody to approve it, and cannot.
    #[error("the call needs approval, by the rule {rule}, and cannot wait for it: {why}")]
    PolicyUnheld {
        /// Which rule asks for it.
        rule: PolicyRule,
        /// Why it does not wait.
        why: Unheld,
    },
    /// The call is more than the server's policy can judge.
    #[error("the policy cannot judge the call: {why}")]
    PolicyUndecidable {
        /// What is too much about it.
        why: &'static str,
    },
    // Request.
    /// Host missing, twice, or unlike the target.
    #[error("the request's Host is missing, stands twice or differs from its target")]
    HostInvalid,
    /// The connection was made for another host.
    #[error("the connection was made for another host or port than the request names")]
    Misdirected,
    /// Nothing is served there.
    #[error("no server is served at this host and path")]
    ServerUnknown,
    /// A web page of another origin.
    #[error("the request comes from the web page of another origin, `{origin}`")]
    OriginForeign {
        /// What the header says.
        origin: Shown,
    },
    /// No token.
    #[error("the request carries no access token")]
    TokenAbsent,
    /// Neither `Bearer` nor, where proofs are taken, `DPoP`.
    #[error("the scheme `{scheme}` is not one that is used here")]
    SchemeUnsupported {
        /// What the header says.
        scheme: Shown,
    },
    /// Not a scheme, a blank and a token.
    #[error("the `Authorization` header is not `Bearer` or `DPoP`, one blank and one token")]
    CredentialMalformed,
    /// Two credentials.
    #[error("the request carries more than one credential")]
    CredentialTwice,
    /// In the URL.
    #[error("the URL carries an access token")]
    TokenInQuery,
    /// In a cookie.
    #[error("a cookie carries an access token")]
    TokenInCookie,
    /// In a form.
    #[error("the body is a form that carries an access token")]
    TokenInBody,
    // Call.
    /// Not POST, GET or DELETE.
    #[error("the method is not POST, GET or DELETE")]
    MethodRefused,
    /// Not plain JSON.
    #[error("the body is not plain `application/json`")]
    MediaType,
    /// Too many bytes.
    #[error("the message is larger than {limit} bytes")]
    BodyTooLarge {
        /// The limit.
        limit: usize,
    },
    /// The body broke off.
    #[error("the body did not arrive whole")]
    BodyUnreadable,
    /// Not a JSON-RPC message.
    #[error("the message is not JSON-RPC: {why}")]
    CallMalformed {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A member stands twice.
    #[error("the message has a member twice")]
    CallDuplicateMember,
    /// A member that some parsers take for the protocol's.
    #[error("the message's member `{member}` differs from the protocol's only in case")]
    CallLookalikeMember {
        /// The member.
        member: Shown,
    },
    /// Too much nesting.
    #[error("the message is nested too deep")]
    CallTooDeep,
    /// A list of messages.
    #[error("the message is a batch, which this revision does not have")]
    CallBatch,
    /// A header and the body say two things.
    #[error("the header `{header}` is missing, stands twice or disagrees with the message")]
    HeaderDisagrees {
        /// The header.
        header: &'static str,
    },
    /// An unknown revision.
    #[error("the MCP revision `{revision}` is not supported")]
    RevisionUnsupported {
        /// What the header says.
        revision: Shown,
    },
    /// No session of this caller.
    #[error("the session id was not given out by this server to this caller")]
    SessionUnknown,
    /// No session where there must be one.
    #[error("the request belongs to no session")]
    SessionMissing,
    /// No event of this caller.
    #[error("the event id was not given out by this server to this caller in this session")]
    EventUnknown,
    /// The caller's token, on its way out.
    #[error("the request to the server behind would carry the caller's token, in its {place}")]
    TokenInMessage {
        /// URL, headers or body
        place: &'static str,
    },
}

impl Refusal {
    /// Its row in the table.
    pub const fn entry(&self) -> &'static Entry {
        match self {
            Self::TokenTooLarge => &table::TOKEN_TOO_LARGE,
            Self::TokenParts => &table::TOKEN_PARTS,
            Self::TokenEncrypted => &table::TOKEN_ENCRYPTED,
            Self::TokenBase64 { .. } => &table::TOKEN_BASE64,
            Self::TokenJson { .. } => &table::TOKEN_JSON,
            Self::TokenDuplicateMember { .. } => &table::TOKEN_DUPLICATE_MEMBER,
            Self::TokenTooDeep { .. } => &table::TOKEN_TOO_DEEP,
            Self::HeaderMalformed { .. } => &table::HEADER_MALFORMED,
            Self::AlgorithmUnsupported { .. } => &table::ALGORITHM_UNSUPPORTED,
            Self::AlgorithmNotAllowed { .. } => &table::ALGORITHM_NOT_ALLOWED,
            Self::HeaderCritical => &table::HEADER_CRITICAL,
            Self::TypeWrong { .. } => &table::TYPE_WRONG,
            Self::IssuerMissing => &table::ISSUER_MISSING,
            Self::IssuerUnknown { .. } => &table::ISSUER_UNKNOWN,
            Self::KeyUnknown { .. } => &table::KEY_UNKNOWN,
            Self::KeyUnfit { .. } => &table::KEY_UNFIT,
            Self::SignatureInvalid => &table::SIGNATURE_INVALID,
            Self::ClaimMalformed { .. } => &table::CLAIM_MALFORMED,
            Self::ClientAmbiguous => &table::CLIENT_AMBIGUOUS,
            Self::NotAccessToken { .. } => &table::NOT_ACCESS_TOKEN,
            Self::ExpiryMissing => &table::EXPIRY_MISSING,
            Self::Expired { .. } => &table::EXPIRED,
            Self::NotYetValid { .. } => &table::NOT_YET_VALID,
            Self::IssuedInFuture { .. } => &table::ISSUED_IN_FUTURE,
            Self::LifetimeTooLong { .. } => &table::LIFETIME_TOO_LONG,
            Self::AudienceMissing => &table::AUDIENCE_MISSING,
            Self::AudienceMalformed => &table::AUDIENCE_MALFORMED,
            Self::AudienceElsewhere { .. } => &table::AUDIENCE_ELSEWHERE,
            Self::AudienceUnknown { .. } => &table::AUDIENCE_UNKNOWN,
            Self::AudienceShared { .. } => &table::AUDIENCE_SHARED,
            Self::SenderUnproven => &table::SENDER_UNPROVEN,
            Self::SenderMismatch => &table::SENDER_MISMATCH,
            Self::SenderUnbound => &sender::SENDER_UNBOUND,
            Self::SenderRequired => &sender::SENDER_REQUIRED,
            Self::Proof(flaw) => flaw.entry(),
            Self::TokenInactive => &table::TOKEN_INACTIVE,
            Self::IssuerDiffers { .. } => &table::ISSUER_DIFFERS,
            Self::TokenRevoked => &table::TOKEN_REVOKED,
            Self::TokenSuspended => &table::TOKEN_SUSPENDED,
            Self::StatusUnsupported => &table::STATUS_UNSUPPORTED,
            Self::StatusOutOfRange { .. } => &table::STATUS_OUT_OF_RANGE,
            Self::StatusUnknown { .. } => &table::STATUS_UNKNOWN,
            Self::ScopeMissing { .. } => &table::SCOPE_MISSING,
            Self::PolicyDenied { .. } => &table::POLICY_DENIED,
            Self::PolicyHidden { .. } => &table::POLICY_HIDDEN,
            Self::PolicyHeld { .. } => &table::POLICY_HELD,
            Self::PolicyUnheld { why, .. } => why.entry(),
            Self::PolicyUndecidable { .. } => &table::POLICY_UNDECIDABLE,
            Self::HostInvalid => &table::HOST_INVALID,
            Self::Misdirected => &table::MISDIRECTED,
            Self::ServerUnknown => &table::SERVER_UNKNOWN,
            Self::OriginForeign { .. } => &table::ORIGIN_FOREIGN,
            Self::TokenAbsent => &table::TOKEN_ABSENT,
            Self::SchemeUnsupported { .. } => &table::SCHEME_UNSUPPORTED,
            Self::CredentialMalformed => &table::CREDENTIAL_MALFORMED,
            Self::CredentialTwice => &table::CREDENTIAL_TWICE,
            Self::TokenInQuery => &table::TOKEN_IN_QUERY,
            Self::TokenInCookie => &table::TOKEN_IN_COOKIE,
            Self::TokenInBody => &table::TOKEN_IN_BODY,
            Self::MethodRefused => &table::METHOD_REFUSED,
            Self::MediaType => &table::MEDIA_TYPE,
            Self::BodyTooLarge { .. } => &table::BODY_TOO_LARGE,
            Self::BodyUnreadable => &table::BODY_UNREADABLE,
            Self::CallMalformed { .. } => &table::CALL_MALFORMED,
            Self::CallDuplicateMember => &table::CALL_DUPLICATE_MEMBER,
            Self::CallLookalikeMember { .. } => &table::CALL_LOOKALIKE_MEMBER,
            Self::CallTooDeep => &table::CALL_TOO_DEEP,
            Self::CallBatch => &table::CALL_BATCH,
            Self::HeaderDisagrees { .. } => &table::HEADER_DISAGREES,
            Self::RevisionUnsupported { .. } => &table::REVISION_UNSUPPORTED,
            Self::SessionUnknown => &table::SESSION_UNKNOWN,
            Self::SessionMissing => &stdio::SESSION_MISSING,
            Self::EventUnknown => &table::EVENT_UNKNOWN,
            Self::TokenInMessage { .. } => &table::TOKEN_IN_MESSAGE,
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.entry().code
    }
}

/// Why no answer could be given: our fault or that of a server behind us, never a pass and never a 401.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The issuer's keys are not at hand.
    #[error("the keys of the token's issuer are not at hand")]
    KeysMissing,
    /// The issuer cannot be asked about the token.
    #[error("the token's issuer cannot be asked about it")]
    IntrospectionUnavailable,
    /// The status list is not at hand.
    #[error("the status list that the token names is not to be had")]
    StatusUnavailable,
    /// The store fails.
    #[error("the store cannot be read or written")]
    StoreUnavailable,
    /// The journal fails.
    #[error("the journal cannot be written")]
    JournalUnavailable,
    /// The policy does not decide.
    #[error("the server's policy could not decide about the call")]
    PolicyUnavailable,
    /// The server behind cannot be reached.
    #[error("the server behind cannot be reached")]
    UpstreamUnreachable,
    /// The server behind does not answer.
    #[error("the server behind did not begin its answer in time")]
    UpstreamTimeout,
    /// The server behind does not accept our own credential.
    #[error("the server behind refused our own credential")]
    UpstreamRefused,
    /// As much is under way as the operator allows.
    #[error("no more processes, or requests before one, are allowed")]
    UpstreamFull,
    /// Whoever gives us tokens for the server behind cannot be reached.
    #[error("the issuer that gives tokens for the server behind cannot be asked for one")]
    UpstreamCredentialUnavailable,
    /// Whoever gives us tokens for the server behind gives none.
    #[error("the issuer that gives tokens for the server behind gives none for this call")]
    UpstreamCredentialRefused,
    /// The token that we got for the server behind is for somebody else, or no good.
    #[error("the token that was given for the server behind is not for it alone, or no good")]
    UpstreamCredentialMisdirected,
    /// The server behind did not prove who it is.
    #[error("the server behind showed no certificate that is believed")]
    UpstreamUnproven,
    /// The server behind broke off.
    #[error("the connection to the server behind ended before its answer did")]
    UpstreamBroke,
    /// The server behind answered with what must not be passed on.
    #[error("the answer of the server behind cannot be passed on")]
    UpstreamUnusable,
    /// What must be held to be looked at finds no room.
    #[error("too many answers that must be looked at whole wait to be read")]
    AnswersUnread,
    /// As much is at work as there is room for.
    #[error("too many requests are at work")]
    Busy,
    /// As much waits for one server behind as may.
    #[error("too many calls wait for the server behind")]
    ServerBusy,
    /// We are about to stop.
    #[error("shutting down")]
    ShuttingDown,
}

impl Fault {
    /// Its row in the table.
    pub const fn entry(&self) -> &'static Entry {
        match self {
            Self::KeysMissing => &table::KEYS_MISSING,
            Self::IntrospectionUnavailable => &table::INTROSPECTION_UNAVAILABLE,
            Self::StatusUnavailable => &table::STATUS_UNAVAILABLE,
            Self::StoreUnavailable => &table::STORE_UNAVAILABLE,
            Self::JournalUnavailable => &table::JOURNAL_UNAVAILABLE,
            Self::PolicyUnavailable => &table::POLICY_UNAVAILABLE,
            Self::UpstreamUnreachable => &table::UPSTREAM_UNREACHABLE,
            Self::UpstreamTimeout => &table::UPSTREAM_TIMEOUT,
            Self::UpstreamRefused => &table::UPSTREAM_REFUSED,
            Self::UpstreamFull => &stdio::UPSTREAM_FULL,
            Self::UpstreamCredentialUnavailable => &table::UPSTREAM_CREDENTIAL_UNAVAILABLE,
            Self::UpstreamCredentialRefused => &table::UPSTREAM_CREDENTIAL_REFUSED,
            Self::UpstreamCredentialMisdirected => &table::UPSTREAM_CREDENTIAL_MISDIRECTED,
            Self::UpstreamUnproven => &table::UPSTREAM_UNPROVEN,
            Self::UpstreamBroke => &table::UPSTREAM_BROKE,
            Self::UpstreamUnusable => &table::UPSTREAM_UNUSABLE,
            Self::AnswersUnread => &table::ANSWERS_UNREAD,
            Self::Busy => &table::BUSY,
            Self::ServerBusy => &table::SERVER_BUSY,
            Self::ShuttingDown => &table::SHUTTING_DOWN,
        }
    }

    /// The stable code.
    pub const fn code(self) -> &'static str {
        self.entry().code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_shown_whatever_it_calls_itself() {
        for text in [
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln",
            "https://a.example/?token=eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln",
            "Bearer eyJhbGciOiJFUzI1NiJ9.e",
        ] {
            assert_eq!(Shown::new(text).as_str(), "(what looks like a token)");
        }
        for text in ["", "2019-key", "https://a.example.com/eyJ", "eyJhbGciOiJFUzI1NiJ9"] {
            assert_eq!(Shown::new(text).as_str(), text);
        }
        assert_eq!(Shown::new("a\u{202e}\n").as_str(), "a\\u{202e}\\n");
    }
}
