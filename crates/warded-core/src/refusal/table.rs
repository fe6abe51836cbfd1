//! The table of refusals: one row per code. The reference page and `warded explain` are made from it.

mod behind;
mod onward;
mod ours;
mod policy;
mod request;
pub(crate) mod sender;
mod standing;
pub(super) mod stdio;

pub(super) use behind::*;
pub(super) use onward::*;
pub(super) use ours::*;
pub(super) use policy::*;
pub(super) use request::*;
pub(super) use standing::*;

/// The `error` of a challenge (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OauthError {
    /// `invalid_token`
    InvalidToken,
    /// `insufficient_scope`
    InsufficientScope,
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_dpop_proof` (RFC 9449 §7.1)
    InvalidDpopProof,
    /// `use_dpop_nonce` (RFC 9449 §9)
    UseDpopNonce,
}

impl OauthError {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
        }
    }
}

/// One row: everything that is said about one code.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The stable name.
    pub code: &'static str,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The `error` of the challenge; none where there is nothing to tell, as for a fault of our own.
    pub error: Option<OauthError>,
    /// The text that it stands on.
    pub clause: &'static str,
    /// What the caller is told. Helps an honest client and no attacker.
    pub public: &'static str,
    /// What happened, for the operator.
    pub meaning: &'static str,
    /// What the operator should do.
    pub advice: &'static str,
    /// What such a token or situation looks like.
    pub example: &'static str,
}

impl Entry {
    /// What a token is refused for, in the order in which it meets these reasons.
    pub const OF_TOKENS: &'static [&'static Self] = &[
        &TOKEN_TOO_LARGE,
        &TOKEN_PARTS,
        &TOKEN_ENCRYPTED,
        &TOKEN_BASE64,
        &TOKEN_JSON,
        &TOKEN_DUPLICATE_MEMBER,
        &TOKEN_TOO_DEEP,
        &HEADER_MALFORMED,
        &ALGORITHM_UNSUPPORTED,
        &ALGORITHM_NOT_ALLOWED,
        &HEADER_CRITICAL,
        &TYPE_WRONG,
        &ISSUER_MISSING,
        &ISSUER_UNKNOWN,
        &KEY_UNKNOWN,
        &KEY_UNFIT,
        &SIGNATURE_INVALID,
        &CLAIM_MALFORMED,
        &CLIENT_AMBIGUOUS,
        &NOT_ACCESS_TOKEN,
        &EXPIRY_MISSING,
        &EXPIRED,
        &NOT_YET_VALID,
        &ISSUED_IN_FUTURE,
        &LIFETIME_TOO_LONG,
        &AUDIENCE_MISSING,
        &AUDIENCE_MALFORMED,
        &AUDIENCE_ELSEWHERE,
        &AUDIENCE_UNKNOWN,
        &AUDIENCE_SHARED,
        &SENDER_UNPROVEN,
        &SENDER_MISMATCH,
        &SCOPE_MISSING,
    ];
    /// What a token is refused for although everything in it is right: by its issuer's own word.
    pub const OF_STANDING: &'static [&'static Self] = standing::ALL;
    /// What a call is refused for although its token is good: by the policy of the server.
    pub const OF_POLICIES: &'static [&'static Self] = policy::ALL;
    /// What a request is refused for before its token is looked at, or although its token is good.
    pub const OF_REQUESTS: &'static [&'static Self] = request::ALL;
    /// What the caller's proof that it holds the token is refused for (RFC 9449).
    pub const OF_SENDERS: &'static [&'static Self] = sender::ALL;
    /// What is our fault, and never the caller's.
    pub const OF_OURS: &'static [&'static Self] = ours::ALL;
    /// What is the fault of a server behind, or of how much is asked for at once.
    pub const OF_BEHIND: &'static [&'static Self] = behind::ALL;

    /// Every row, in the order in which a request meets them.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        [
            Self::OF_REQUESTS,
            Self::OF_SENDERS,
            Self::OF_TOKENS,
            Self::OF_STANDING,
            Self::OF_POLICIES,
            Self::OF_OURS,
            Self::OF_BEHIND,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

    /// The row of that code.
    pub fn find(code: &str) -> Option<&'static Self> {
        Self::all().find(|entry| entry.code == code)
    }
}

pub(super) static TOKEN_TOO_LARGE: Entry = Entry {
    code: "token-too-large",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "a limit of Warded",
    public: "The access token is too large.",
    meaning: "The token is longer than 16384 bytes. Nothing in it was read.",
    advice: "Let the issuer put less into its tokens: group and role lists are the usual cause.",
    example: "a token with 4,000 group names",
};

pub(super) static TOKEN_PARTS: Entry = Entry {
    code: "token-parts",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7515 §3.1",
    public: "The access token is malformed.",
    meaning: "A signed JWT has exactly three parts between dots; this text does not. It may be an opaque token.",
    advice: "Check which token the client sends. If the issuer gives opaque tokens, switch it to JWT access tokens for this server.",
    example: "opaque-5f3c9",
};

pub(super) static TOKEN_ENCRYPTED: Entry = Entry {
    code: "token-encrypted",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7516 §3.1",
    public: "The access token is malformed.",
    meaning: "Five parts: the token is encrypted. Auth0 does this when the client names no audience.",
    advice: "Configure the issuer to sign access tokens for this server instead of encrypting them.",
    example: "header.key.iv.ciphertext.tag",
};

pub(super) static TOKEN_BASE64: Entry = Entry {
    code: "token-base64",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7515 §2",
    public: "The access token is malformed.",
    meaning: "A part is not base64url in its one strict form: padding, blanks, another alphabet or stray bits at the end.",
    advice: "Look for a proxy or script that changes the token on its way. Each part has one spelling; others are refused, so that nobody can give a token a second name.",
    example: "a part that ends in `=`",
};

pub(super) static TOKEN_JSON: Entry = Entry {
    code: "token-json",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7515 §4",
    public: "The access token is malformed.",
    meaning: "The header or the claims are not one JSON object in UTF-8.",
    advice: "Check which token the client sends, and the issuer's claim mappings.",
    example: "a payload that is a JSON array",
};

pub(super) static TOKEN_DUPLICATE_MEMBER: Entry = Entry {
    code: "token-duplicate-member",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7515 §4, RFC 7519 §4",
    public: "The access token is malformed.",
    meaning: "A member stands twice in one object. Parsers disagree which one counts, so the token could mean two things.",
    advice: "Find the claim mapping that writes the member a second time.",
    example: "{\"aud\":\"a\",\"aud\":\"b\"}",
};

pub(super) static TOKEN_TOO_DEEP: Entry = Entry {
    code: "token-too-deep",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "a limit of Warded",
    public: "The access token is malformed.",
    meaning: "The token nests objects or lists deeper than 16 levels.",
    advice: "Let the issuer flatten what it puts into its tokens.",
    example: "sixteen lists, one in the other",
};

pub(super) static HEADER_MALFORMED: Entry = Entry {
    code: "header-malformed",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7515 §4.1",
    public: "The access token is malformed.",
    meaning: "`alg` is missing, or `alg`, `typ` or `kid` is not a string, or `kid` is longer than 256 bytes.",
    advice: "Check which token the client sends.",
    example: "{\"alg\":[\"ES256\"]}",
};

pub(super) static ALGORITHM_UNSUPPORTED: Entry = Entry {
    code: "algorithm-unsupported",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 8725 §3.1",
    public: "The access token is not acceptable.",
    meaning: "The header names an algorithm that Warded does not have: `none`, a shared-secret algorithm, or an unknown name.",
    advice: "Let the issuer sign with EdDSA, ES256, ES384, PS256 to PS512 or RS256 to RS512. If nobody configured such a thing, somebody is trying.",
    example: "{\"alg\":\"none\"}",
};

pub(super) static ALGORITHM_NOT_ALLOWED: Entry = Entry {
    code: "algorithm-not-allowed",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 8725 §3.1",
    public: "The access token is not acceptable.",
    meaning: "The algorithm exists, but is not on the list for this issuer.",
    advice: "If the issuer really signs with it, add it to `issuers.NAME.algorithms`.",
    example: "`algorithms: [ES256]` and a token signed with RS256",
};

pub(super) static HEADER_CRITICAL: Entry = Entry {
    code: "header-critical",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7515 §4.1.11, RFC 7797 §6",
    public: "The access token is not acceptable.",
    meaning: "The header says that an extension must be understood (`crit`), or changes what is signed (`b64`). Warded understands none.",
    advice: "Configure the issuer to leave the extension out of access tokens.",
    example: "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}",
};

pub(super) static TYPE_WRONG: Entry = Entry {
    code: "type-wrong",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §4, RFC 8725 §3.11",
    public: "The access token is not acceptable.",
    meaning: "The header's `typ` is not that of an access token. An ID token or a logout token of the same issuer would otherwise pass.",
    advice: "If this issuer's access tokens carry another type, set `provider:` or `types:` for it; ID tokens stay refused.",
    example: "{\"typ\":\"JWT\"} from an issuer without a preset",
};

pub(super) static ISSUER_MISSING: Entry = Entry {
    code: "issuer-missing",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §4",
    public: "The access token is not acceptable.",
    meaning: "The token has no `iss` claim, so nobody vouches for it.",
    advice: "Check which token the client sends.",
    example: "{\"sub\":\"alice\"}",
};

pub(super) static ISSUER_UNKNOWN: Entry = Entry {
    code: "issuer-unknown",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §4",
    public: "The access token is not acceptable.",
    meaning: "The token's `iss` is not, byte for byte, the URL of an issuer that this server trusts.",
    advice: "Compare it with `issuers.NAME.url`: a trailing slash or another host is another issuer. Do not trust an issuer merely because tokens of it arrive.",
    example: "https://login.example.com/ instead of https://login.example.com",
};

pub(super) static KEY_UNKNOWN: Entry = Entry {
    code: "key-unknown",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7515 §4.1.4",
    public: "The access token is not acceptable.",
    meaning: "None of the issuer's published keys has the name that the token gives.",
    advice: "If the issuer has just rotated its keys, the next request finds the new ones. If it persists, the token was signed by somebody else.",
    example: "{\"kid\":\"2019-key\"}",
};

pub(super) static KEY_UNFIT: Entry = Entry {
    code: "key-unfit",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 8725 §3.1",
    public: "The access token is not acceptable.",
    meaning: "The issuer's key of that name is not made for the token's algorithm: its type, `alg`, `use` or `key_ops` say otherwise.",
    advice: "Look at the issuer's key set. A mismatch that nobody configured is an attack.",
    example: "an RSA key and `alg: ES256`",
};

pub(super) static SIGNATURE_INVALID: Entry = Entry {
    code: "signature-invalid",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §4, RFC 7515 §5.2",
    public: "The access token is not acceptable.",
    meaning: "The issuer's key does not confirm the signature: the token was changed, or signed by somebody else.",
    advice: "If it happens to real users, check that the issuer's URL and its keys belong together (another realm or tenant has other keys).",
    example: "a token with one bit flipped",
};

pub(super) static CLAIM_MALFORMED: Entry = Entry {
    code: "claim-malformed",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7519 §4, RFC 9068 §2.2",
    public: "The access token is malformed.",
    meaning: "A claim that Warded reads has the wrong type or form. A claim that cannot be read is never taken as absent.",
    advice: "Correct the issuer's claim mapping.",
    example: "{\"exp\":\"1767225600\"}",
};

pub(super) static CLIENT_AMBIGUOUS: Entry = Entry {
    code: "client-ambiguous",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §2.2",
    public: "The access token is not acceptable.",
    meaning: "`client_id` and `azp` both stand in the token and differ, so it cannot be said who the client is.",
    advice: "Correct the issuer's claim mapping so that both name the client that asked for the token.",
    example: "{\"client_id\":\"a\",\"azp\":\"b\"}",
};

pub(super) static NOT_ACCESS_TOKEN: Entry = Entry {
    code: "not-access-token",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §4, RFC 8725 §3.11",
    public: "The access token is not acceptable.",
    meaning: "The issuer's types are relaxed, and the token carries the marks of an ID token, refresh token or logout token.",
    advice: "Let the client send its access token. If the issuer puts such a claim into access tokens, let it issue RFC 9068 tokens (`typ: at+jwt`).",
    example: "{\"nonce\":\"n-0S6\"}",
};

pub(super) static EXPIRY_MISSING: Entry = Entry {
    code: "expiry-missing",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §2.2",
    public: "The access token is not acceptable.",
    meaning: "The token has no `exp`, so it would be good for ever.",
    advice: "Configure a lifetime at the issuer.",
    example: "{\"iss\":\"…\",\"aud\":\"…\"}",
};

pub(super) static EXPIRED: Entry = Entry {
    code: "expired",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §4",
    public: "The access token expired.",
    meaning: "The token's `exp` has passed, leeway included.",
    advice: "The client should refresh. If it happens at once after login, compare the clocks of issuer and gateway.",
    example: "{\"exp\":1700000000}",
};

pub(super) static NOT_YET_VALID: Entry = Entry {
    code: "not-yet-valid",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7519 §4.1.5",
    public: "The access token is not valid yet.",
    meaning: "The token's `nbf` lies ahead, leeway included.",
    advice: "Compare the clocks of issuer and gateway; set `leeway` only as far as they really differ.",
    example: "{\"nbf\":4102444800}",
};

pub(super) static ISSUED_IN_FUTURE: Entry = Entry {
    code: "issued-in-future",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7519 §4.1.6",
    public: "The access token is not valid yet.",
    meaning: "The token's `iat` lies ahead, leeway included.",
    advice: "Compare the clocks of issuer and gateway.",
    example: "{\"iat\":4102444800}",
};

pub(super) static LIFETIME_TOO_LONG: Entry = Entry {
    code: "lifetime-too-long",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 6750 §5.3",
    public: "The access token is not acceptable.",
    meaning: "The token lives longer than `max_lifetime` allows for its issuer. A stolen token stays dangerous as long as it lives.",
    advice: "Shorten the lifetime at the issuer, or raise `issuers.NAME.max_lifetime` knowingly.",
    example: "a token for ten years",
};

pub(super) static AUDIENCE_MISSING: Entry = Entry {
    code: "audience-missing",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9068 §4, MCP authorization: Access Token Privilege Restriction",
    public: "The access token was not issued for this server.",
    meaning: "The token has no `aud`: it could be presented at every server of its issuer.",
    advice: "Let the issuer bind tokens: see the page of your provider, or put Warded's own issuer in front of it.",
    example: "{\"iss\":\"…\",\"sub\":\"alice\"}",
};

pub(super) static AUDIENCE_MALFORMED: Entry = Entry {
    code: "audience-malformed",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 7519 §4.1.3",
    public: "The access token is malformed.",
    meaning: "`aud` is neither a non-empty string nor a list of 1 to 32 of them.",
    advice: "Correct the issuer's claim mapping.",
    example: "{\"aud\":[]}",
};

pub(super) static AUDIENCE_ELSEWHERE: Entry = Entry {
    code: "audience-elsewhere",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 8707 §2, RFC 9068 §4, MCP authorization: Access Token Privilege Restriction",
    public: "The access token was not issued for this server.",
    meaning: "The token was issued for another configured server and has been presented here: token mis-redemption. It is what Warded exists to stop.",
    advice: "Find out who presented it: a client that mixes up its tokens, or somebody who obtained it at the other server. Nothing needs to be configured.",
    example: "a token for `search` presented at `payments`",
};

pub(super) static AUDIENCE_UNKNOWN: Entry = Entry {
    code: "audience-unknown",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 8707 §2, RFC 9068 §4",
    public: "The access token was not issued for this server.",
    meaning: "The token's `aud` is no identifier of any configured server. The nearest cause is a spelling: a trailing slash, another host or port, an application id.",
    advice: "Compare the value with the server's `resource` (`warded inspect --config`). If it is another name of this very server, list it under `aliases`, or under `issuers.NAME.audiences` for a value that only this issuer uses.",
    example: "https://notes.example.com/mcp/ instead of …/mcp",
};

pub(super) static AUDIENCE_SHARED: Entry = Entry {
    code: "audience-shared",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 8707 §3, MCP authorization: Access Token Privilege Restriction",
    public: "The access token was not issued for this server alone.",
    meaning: "The token names this server and another recipient. Whoever receives it there can present it here.",
    advice: "Let the issuer issue one token for each server. If the other value is something the issuer always adds and no server ever accepts, list it under `issuers.NAME.companions`.",
    example: "{\"aud\":[\"https://notes.example.com/mcp\",\"https://files.example.com/mcp\"]}",
};

pub(super) static SENDER_UNPROVEN: Entry = Entry {
    code: "sender-unproven",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9449 §7.1, RFC 8705 §3",
    public: "The access token must be presented with proof of possession.",
    meaning: "The token is bound to a key or certificate (`cnf`), and the caller showed no proof. A stolen token looks just like this.",
    advice: "The client must send a DPoP proof or use its certificate. A bound token is never accepted as a plain bearer token.",
    example: "{\"cnf\":{\"jkt\":\"…\"}} sent as `Bearer`",
};

pub(super) static SENDER_MISMATCH: Entry = Entry {
    code: "sender-mismatch",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9449 §7.1, RFC 8705 §3",
    public: "The access token is bound to another key.",
    meaning: "The caller proved possession of a key, but not of the one that the token is bound to.",
    advice: "The client must use the key that it had when it asked for the token.",
    example: "a DPoP proof with a fresh key and an old token",
};

pub(super) static SCOPE_MISSING: Entry = Entry {
    code: "scope-missing",
    status: 403,
    error: Some(OauthError::InsufficientScope),
    clause: "RFC 6750 §3.1",
    public: "The access token does not carry the scope that this call needs.",
    meaning: "The token opens this server, but this call needs more scopes than it carries.",
    advice: "Nothing, if the caller should not do this. Otherwise the client asks for the scopes in the challenge and comes back.",
    example: "`delete_note` with a token for `notes:read`",
};
