//! What are the rules of an issuer?

use warded_core::jose::Algorithm;
use warded_store::Digest;

/// The rules of an issuer. Lifetimes are in seconds.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What tokens are signed with where their server does not say: `EdDSA`, `ES256` or `RS256`.
    pub algorithm: Algorithm,
    /// How long an access token lives where its server does not say. Guards that hear of a grant that is revoked refuse
    /// its tokens at once; at any others this is how long a revoked one still works.
    pub access_token: u32,
    /// How long a code may lie around.
    pub code: u32,
    /// How long a refresh token lives that nobody uses.
    pub refresh_token: u32,
    /// How long a grant lives, however often it is refreshed.
    pub grant: u32,
    /// How long a browser stays logged in.
    pub session: u32,
    /// How long a client that lost the answer to a refresh may ask again and gets the same one; 0: not at all.
    pub retry: u32,
    /// Whether clients may register themselves (RFC 7591).
    pub registration: Registration,
    /// Which clients may be the URL of their own description (client id metadata documents).
    pub client_documents: ClientDocuments,
    /// Private-use URL schemes that clients may name as theirs (RFC 8252 §7.1): any application of a computer can claim
    /// any of them, so there are none but those that the operator lists.
    pub app_schemes: Vec<String>,
    /// Whether tokens are bound to a key that their client proves to hold (RFC 9449).
    pub dpop: Dpop,
    /// How long a key signs before the next one does.
    pub rotate_keys: u32,
}

/// Whether clients may register themselves (RFC 7591).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever serves registration looks at each")]
pub enum Registration {
    /// Anybody's may.
    Open,
    /// Those may that present the initial access token of this digest (RFC 7591 §3).
    WithToken(Digest),
    /// None may.
    Off,
}

/// Which clients may be the URL of their own description.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "trust depends on it")]
pub enum ClientDocuments {
    /// None.
    Off,
    /// Those whose host the operator trusts.
    At(Domains),
}

/// Hosts, each by its name or, as `*.example.com`, all below a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains {
    /// Those that are trusted; where there are none, all are.
    pub allow: Vec<String>,
    /// Those that are not, whatever `allow` says.
    pub deny: Vec<String>,
}

/// Whether tokens are bound to a key that their client proves to hold (RFC 9449).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever issues tokens looks at each")]
pub enum Dpop {
    /// Proofs are not looked at, and not announced.
    Off,
    /// The tokens of clients that send a proof are.
    Optional,
    /// All are: without a proof there is no token.
    Required,
}

impl Default for Policy {
    fn default() -> Self {
        const DAY: u32 = 24 * 60 * 60;
        Self {
            algorithm: Algorithm::EdDsa,
            access_token: 10 * 60,
            code: 60,
            refresh_token: 30 * DAY,
            grant: 90 * DAY,
            session: DAY / 2,
            retry: 0,
            registration: Registration::Open,
            client_documents: ClientDocuments::At(Domains::default()),
            app_schemes: Vec::new(),
            dpop: Dpop::Optional,
            rotate_keys: 30 * DAY,
        }
    }
}
