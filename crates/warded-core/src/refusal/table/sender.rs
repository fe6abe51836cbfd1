//! Rows about the sender: what a proof of possession is refused for (RFC 9449).

use super::{Entry, OauthError};

pub(super) const ALL: &[&Entry] = &[
    &SENDER_REQUIRED,
    &PROOF_MISSING,
    &PROOF_TWICE,
    &PROOF_TOO_LARGE,
    &PROOF_MALFORMED,
    &PROOF_DUPLICATE_MEMBER,
    &PROOF_TYPE,
    &PROOF_ALGORITHM,
    &PROOF_CRITICAL,
    &PROOF_KEY,
    &PROOF_KEY_PRIVATE,
    &PROOF_SIGNATURE,
    &PROOF_CLAIM,
    &PROOF_METHOD,
    &PROOF_URL,
    &PROOF_STALE,
    &PROOF_AHEAD,
    &PROOF_TOKEN,
    &PROOF_NONCE_MISSING,
    &PROOF_NONCE_UNKNOWN,
    &PROOF_REPLAYED,
    &SENDER_UNBOUND,
];

pub(crate) static SENDER_REQUIRED: Entry = Entry {
    code: "sender-required",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9449 §5.1, RFC 9728 §2: dpop_bound_access_tokens_required",
    public: "This server accepts access tokens only together with a DPoP proof.",
    meaning: "The server demands proof of possession (`dpop: required`), and the token came with the scheme `Bearer`. A stolen token looks just like this.",
    advice: "The client must ask for a token that is bound to its key and present it with the scheme `DPoP`. For a mixed fleet of clients set `dpop: optional`.",
    example: "`Authorization: Bearer …` where `dpop: required`",
};

pub(crate) static PROOF_MISSING: Entry = Entry {
    code: "proof-missing",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 1",
    public: "A DPoP proof is needed.",
    meaning: "The token came with the scheme `DPoP` and without a `DPoP` header.",
    advice: "The client must send one proof with each request, also with GET and DELETE. A proxy may have dropped the header.",
    example: "`Authorization: DPoP …` alone",
};

pub(crate) static PROOF_TWICE: Entry = Entry {
    code: "proof-twice",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 1",
    public: "The request carries more than one DPoP proof.",
    meaning: "There are two `DPoP` headers, or a list in one. Whoever checks the first and whoever believes the last see two callers.",
    advice: "Look for a proxy or a library that adds a header where it should replace it.",
    example: "two `DPoP` headers",
};

pub(crate) static PROOF_TOO_LARGE: Entry = Entry {
    code: "proof-too-large",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "a limit of Warded",
    public: "The DPoP proof is too large.",
    meaning: "The proof is longer than 8192 bytes. Nothing in it was read.",
    advice: "Look at the client: a proof holds one public key and half a dozen short claims.",
    example: "a proof with a certificate chain in its header",
};

pub(crate) static PROOF_MALFORMED: Entry = Entry {
    code: "proof-malformed",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 2",
    public: "The DPoP proof is malformed.",
    meaning: "The proof is not one compact JWS: it does not have three parts of strict base64url, or what is in them are no JSON objects.",
    advice: "Look at the client that made it.",
    example: "a proof with padding (`=`)",
};

pub(crate) static PROOF_DUPLICATE_MEMBER: Entry = Entry {
    code: "proof-duplicate-member",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 7515 §4",
    public: "The DPoP proof is malformed.",
    meaning: "A member stands twice in the proof. Parsers disagree about which one counts.",
    advice: "Look at the client that made it: no honest library writes this.",
    example: "a proof with two `htu`",
};

pub(crate) static PROOF_TYPE: Entry = Entry {
    code: "proof-type",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 4",
    public: "The DPoP proof is not of the type dpop+jwt.",
    meaning: "The header's `typ` is not exactly `dpop+jwt`. Something else that the client once signed with this key must not serve as a proof.",
    advice: "Look at the client that made it.",
    example: "`{\"typ\":\"JWT\"}`",
};

pub(crate) static PROOF_ALGORITHM: Entry = Entry {
    code: "proof-algorithm",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 5",
    public: "The algorithm of the DPoP proof is not supported.",
    meaning: "The header's `alg` is missing, `none`, symmetric or unknown. The challenge lists what is accepted in `algs`.",
    advice: "Let the client use one of the listed algorithms; ES256 is known to all.",
    example: "`{\"alg\":\"HS256\"}`",
};

pub(crate) static PROOF_CRITICAL: Entry = Entry {
    code: "proof-critical",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 7515 §4.1.11, RFC 7797 §6",
    public: "The DPoP proof demands an extension.",
    meaning: "The header has `crit` or `b64`: it says that a reader who does not know some extension must refuse it. Warded knows none.",
    advice: "Let the client leave them out.",
    example: "`{\"crit\":[\"exp\"]}`",
};

pub(crate) static PROOF_KEY: Entry = Entry {
    code: "proof-key",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, checks 3 and 6",
    public: "The DPoP proof carries no usable public key.",
    meaning: "The header's `jwk` is missing, or not a public key that can verify the header's `alg`.",
    advice: "Look at the client: EC keys on P-256 or P-384, Ed25519, or RSA from 2048 to 4096 bits with the exponent 65537.",
    example: "a key named by `kid` or `jku` and not carried",
};

pub(crate) static PROOF_KEY_PRIVATE: Entry = Entry {
    code: "proof-key-private",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 7",
    public: "The DPoP proof carries its private key.",
    meaning: "The header's `jwk` has private members, or is symmetric. Everybody who has seen the request can make proofs with it.",
    advice: "Replace the key, revoke the tokens that are bound to it, and look at the client.",
    example: "`{\"jwk\":{\"kty\":\"EC\",\"d\":\"…\"}}`",
};

pub(crate) static PROOF_SIGNATURE: Entry = Entry {
    code: "proof-signature",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 6",
    public: "The signature of the DPoP proof is invalid.",
    meaning: "The key in the header did not make the signature: the proof was changed, or put together by somebody who does not hold the key.",
    advice: "Look at the client. If it makes good proofs elsewhere, somebody on the way changes them.",
    example: "another key under the same signature",
};

pub(crate) static PROOF_CLAIM: Entry = Entry {
    code: "proof-claim",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 3",
    public: "The DPoP proof lacks a claim or has a malformed one.",
    meaning: "One of `jti`, `htm`, `htu`, `iat`, `ath` and `nonce` is missing where it is needed, is empty, too long or has the wrong type.",
    advice: "Look at the client that made it.",
    example: "a proof without `jti`",
};

pub(crate) static PROOF_METHOD: Entry = Entry {
    code: "proof-method",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 8",
    public: "The DPoP proof is for another method.",
    meaning: "`htm` is not the method of the request, byte for byte. A proof that was caught from a GET must not make a call.",
    advice: "Let the client make one proof for each request.",
    example: "`{\"htm\":\"GET\"}` in a POST",
};

pub(crate) static PROOF_URL: Entry = Entry {
    code: "proof-url",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 9",
    public: "The DPoP proof is for another URL.",
    meaning: "`htu` is not the server's own registered URL. It is never compared with a `Host` or a forwarded header: a server that received the proof could send it on to this one with any `Host`.",
    advice: "Compare `htu` in the log with the server's `resource` and `aliases`. Clients must use the URL that the metadata document names; list a second public URL as an alias.",
    example: "a proof for a neighbour's URL",
};

pub(crate) static PROOF_STALE: Entry = Entry {
    code: "proof-stale",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 11, and §11.1",
    public: "The DPoP proof is too old.",
    meaning: "`iat` lies more than 300 seconds back.",
    advice: "Let the client make a proof for each request, and look at its clock. With `dpop_nonce: true` proofs end sooner still.",
    example: "a proof from a log of yesterday",
};

pub(crate) static PROOF_AHEAD: Entry = Entry {
    code: "proof-ahead",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 11, and §11.1",
    public: "The DPoP proof says that it was made in the future.",
    meaning: "`iat` lies more than 60 seconds ahead. Whoever has a key for a moment could make proofs for later.",
    advice: "Look at the client's clock, then at ours.",
    example: "a proof for next week",
};

pub(crate) static PROOF_TOKEN: Entry = Entry {
    code: "proof-token",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 12, and §7",
    public: "The DPoP proof is not for this access token.",
    meaning: "`ath` is missing, or is not the hash of the token that came with it.",
    advice: "Let the client put the base64url of the token's SHA-256 into `ath`, for the token that it sends.",
    example: "a proof for the token before the last refresh",
};

pub(crate) static PROOF_NONCE_MISSING: Entry = Entry {
    code: "proof-nonce-missing",
    status: 401,
    error: Some(OauthError::UseDpopNonce),
    clause: "RFC 9449 §9",
    public: "The DPoP proof needs the nonce in the DPoP-Nonce header.",
    meaning: "The server demands nonces (`dpop_nonce: true`), and the proof has none. This is how every conversation begins: the answer carries one.",
    advice: "Nothing. If a client never comes back with the nonce, it does not know RFC 9449 §9.",
    example: "the first request of a client",
};

pub(crate) static PROOF_NONCE_UNKNOWN: Entry = Entry {
    code: "proof-nonce-unknown",
    status: 401,
    error: Some(OauthError::UseDpopNonce),
    clause: "RFC 9449 §9",
    public: "The DPoP proof needs the nonce in the DPoP-Nonce header.",
    meaning: "The proof's nonce is older than five minutes, another server's, or made up. The answer carries a new one.",
    advice: "Nothing, unless it happens all the time: then the client keeps a nonce for too long, or nodes do not share a store.",
    example: "a nonce of yesterday",
};

pub(crate) static PROOF_REPLAYED: Entry = Entry {
    code: "proof-replayed",
    status: 401,
    error: Some(OauthError::InvalidDpopProof),
    clause: "RFC 9449 §4.3, check 10, and §11.1",
    public: "The DPoP proof has been used before.",
    meaning: "A proof with this `jti` and this key was already used at this URL. Somebody sends a caught request again, or a library repeats one by itself.",
    advice: "Let the client make a new proof for each attempt. If it does, somebody reads the traffic between the client and here.",
    example: "the same request twice",
};

pub(crate) static SENDER_UNBOUND: Entry = Entry {
    code: "sender-unbound",
    status: 401,
    error: Some(OauthError::InvalidToken),
    clause: "RFC 9449 §7.1",
    public: "The access token is not bound to a key.",
    meaning: "The token came with the scheme `DPoP` and a good proof, and has no `cnf.jkt`. Everybody can make a proof with a key of one's own, so it proves nothing.",
    advice: "Let the client ask the issuer for a bound token (`token_type` `DPoP`), or present this one as `Bearer` where the server accepts that.",
    example: "a plain bearer token behind `DPoP`",
};
