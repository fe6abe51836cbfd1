//! What is said of the token: by its issuer's keys, and by each configured server.

use serde_json::Value;
use warded_core::{
    InboundToken, Issuer, Keyring, Possession, Refusal, Server, UnixTime, Verdict,
    danger::Unverified,
    jose::{KeySet, SkippedKey},
};

use crate::config::{fleet::Assessment, serving::Served};

/// What is known of the signature.
pub(super) enum Signature {
    NotChecked,
    Checked { outcome: Result<(), Refusal>, keys: Keyring, skipped: Vec<SkippedKey> },
}

impl Signature {
    pub(super) fn check(token: &Unverified, keys: KeySet) -> Self {
        let (outcome, skipped) = (token.signature_by(&keys), keys.skipped().to_vec());
        let mut ring = Keyring::default();
        let issuer =
            token.claims().get("iss").and_then(Value::as_str).and_then(|iss| Issuer::parse(iss).ok());
        if let Some(issuer) = issuer {
            ring.hold(&issuer, keys);
        }
        Self::Checked { outcome, keys: ring, skipped }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::NotChecked => {
                "NOT checked: anybody could have written this token (--jwks FILE checks it)".to_owned()
            }
            Self::Checked { outcome: Ok(()), .. } => "verified with the given keys".to_owned(),
            Self::Checked { outcome: Err(refusal), .. } => format!("NOT good: {refusal}"),
        }
    }
}

/// What a server says to the token.
pub(super) struct Answered {
    pub(super) server: Server,
    /// What was waived, or why it is refused.
    pub(super) outcome: Result<Vec<Refusal>, Refusal>,
    /// The scopes that every call needs and the token lacks.
    pub(super) lacks: Option<Refusal>,
}

impl Answered {
    pub(super) fn is_open(&self) -> bool {
        self.outcome.is_ok() && self.lacks.is_none()
    }

    pub(super) fn words(&self) -> (String, String) {
        let codes = |refusals: &[Refusal]| refusals.iter().map(Refusal::code).collect::<Vec<_>>().join(", ");
        match (&self.outcome, &self.lacks) {
            (Err(refusal), _) => (refusal.code().to_owned(), refusal.to_string()),
            (Ok(_), Some(refusal)) => {
                (refusal.code().to_owned(), format!("the server is opened, but {refusal}"))
            }
            (Ok(waived), None) if waived.is_empty() => ("admitted".to_owned(), String::new()),
            (Ok(waived), None) => {
                ("admitted".to_owned(), format!("only because it is permissive: {}", codes(waived)))
            }
        }
    }
}

/// Asks every server.
pub(super) fn judge(
    fleet: &Assessment,
    text: &str,
    token: &Unverified,
    signature: &Signature,
    now: UnixTime,
) -> Vec<Answered> {
    let servers = fleet.fleet.iter().flat_map(warded_core::Fleet::servers);
    let ask = |(server, served): (Server, &Served)| {
        let (required, implies) = (&served.scopes.required, &served.scopes.implies);
        let (outcome, permits) = match signature {
            Signature::NotChecked => (token.would_open(&server, now), token.would_permit(required, implies)),
            Signature::Checked { keys, .. } => {
                match InboundToken::new(text.to_owned()).judge(&server, keys, &Possession::default(), now) {
                    Verdict::Admit(token, _) => {
                        (Ok(token.waived().to_vec()), token.permits(required, implies))
                    }
                    Verdict::Refuse(refusal) => (Err(refusal), Ok(())),
                    // Only an issuer without an identifier of its own has no keys here, and no server trusts it.
                    Verdict::Unable(_) => (Err(Refusal::IssuerMissing), Ok(())),
                }
            }
        };
        Answered { server, lacks: permits.err().filter(|_| outcome.is_ok()), outcome }
    };
    servers.zip(&fleet.serving.servers).map(ask).collect()
}
