//! Are the tokens of a server to be bound to a key? Wherever the server takes such tokens and the issuer gives them.

use http::HeaderMap;

use super::SessionFailed;
use crate::{
    challenge::{Challenge, InvalidChallenge, Scheme},
    discover::Discovered,
};

/// The one algorithm that proofs are made with; every issuer and server that knows DPoP knows it.
const ALGORITHM: &str = "ES256";

/// What a server says about tokens that are bound to a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Proofs {
    /// Nothing.
    #[default]
    Unmentioned,
    /// It takes them.
    Taken,
    /// It takes no others.
    Demanded,
    /// It takes no others, and none that are made here.
    Unmakeable,
}

impl Proofs {
    /// What the challenges of an answer say (RFC 9449 §7.1).
    pub(super) fn of(answer: &HeaderMap) -> Result<Self, InvalidChallenge> {
        let all = Challenge::all(answer)?;
        let has = |scheme| all.iter().any(|challenge| challenge.scheme == scheme);
        let is_makeable = |challenge: &Challenge| {
            let algs = challenge.algs.as_deref();
            challenge.scheme == Scheme::Dpop
                && algs.is_none_or(|algs| algs.split_whitespace().any(|name| name == ALGORITHM))
        };
        Ok(match (has(Scheme::Bearer), all.iter().any(is_makeable), has(Scheme::Dpop)) {
            (true, true, _) => Self::Taken,
            (false, true, _) => Self::Demanded,
            (false, false, true) => Self::Unmakeable,
            (_, false, _) => Self::Unmentioned,
        })
    }

    /// The same with what the server's metadata says (RFC 9728 §2), and with what its issuer can do. A server that
    /// demands what its issuer cannot give, or what cannot be made here, gets nothing: a token that anybody can use would
    /// be refused there, and is good for a thief meanwhile.
    pub(super) fn settle(self, discovered: &Discovered) -> Result<Self, SessionFailed> {
        let described = discovered.resource.as_ref();
        let algorithms = described.and_then(|server| server.dpop_signing_alg_values_supported.as_deref());
        let demands = described.is_some_and(|server| server.dpop_bound_access_tokens_required == Some(true));
        let can_issue = is_offered(discovered.server.dpop_signing_alg_values_supported.as_deref());
        let can_take = algorithms.is_none() || is_offered(algorithms);
        let issuer = || (!can_issue).then(|| discovered.issuer.clone());
        match (self, demands) {
            (Self::Unmakeable, _) => Err(SessionFailed::PossessionWanted { issuer: None }),
            (Self::Demanded, _) | (_, true) if can_issue && can_take => Ok(Self::Demanded),
            (Self::Demanded, _) | (_, true) => Err(SessionFailed::PossessionWanted { issuer: issuer() }),
            (Self::Unmentioned, false) if algorithms.is_none() => Ok(Self::Unmentioned),
            (Self::Taken | Self::Unmentioned, false) if can_issue && can_take => Ok(Self::Taken),
            (Self::Taken | Self::Unmentioned, false) => Ok(Self::Unmentioned),
        }
    }
}

/// Whether who lists these algorithms takes proofs that are made here.
fn is_offered(algorithms: Option<&[String]>) -> bool {
    algorithms.is_some_and(|list| list.iter().any(|name| name == ALGORITHM))
}
