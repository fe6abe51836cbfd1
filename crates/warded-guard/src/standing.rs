//! Has the token been taken back since it was issued? Asked at every request: a verdict may be remembered, and its
//! revocation must not wait for that to end. No server waives any of it.

use std::{fmt, sync::Arc};

use serde_json::Value;
use warded_client::status::{StatusFailed, Statuses};
use warded_core::{Fault, Refusal, UnixTime, VerifiedToken, status::StatusValid};
use warded_store::{GRANT_CLAIM, GrantMark, ROOT_CLAIM, Revocations};

use crate::{answer::Stop, guard::Rules, log::Lines};

/// Where it is looked up whether tokens were taken back: the status lists that they name, and what our own issuer has
/// revoked.
///
/// ```
/// use std::sync::Arc;
/// use warded_client::status::Statuses;
/// use warded_guard::{Guard, GuardBuilder, Standings};
///
/// fn looked_up(builder: GuardBuilder, statuses: Arc<Statuses>) -> Guard {
///     builder.standings(Arc::new(Standings::none().statuses(statuses))).build()
/// }
/// # let _ = looked_up;
/// ```
#[derive(Clone, Default)]
pub struct Standings {
    statuses: Option<Arc<Statuses>>,
    revocations: Revocations,
    lines: Arc<Lines>,
}

impl Standings {
    /// Looks nothing up: a token that names a status list is answered with 503.
    ///
    /// ```
    /// let nothing = warded_guard::Standings::none();
    /// # let _ = nothing;
    /// ```
    pub fn none() -> Self {
        Self::default()
    }

    /// Looks tokens up in the status lists that they name.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_client::status::Statuses;
    /// use warded_guard::Standings;
    ///
    /// fn lists(statuses: Arc<Statuses>) -> Standings {
    ///     Standings::none().statuses(statuses)
    /// }
    /// # let _ = lists;
    /// ```
    #[must_use]
    pub fn statuses(mut self, statuses: Arc<Statuses>) -> Self {
        self.statuses = Some(statuses);
        self
    }

    /// Refuses the tokens of grants that an issuer of our own has revoked, from the moment in which it has. Whoever
    /// passes this on keeps it up to date ([`Revocations::look`]): what is older than a minute is answered with 503.
    ///
    /// ```
    /// use warded_guard::Standings;
    /// use warded_store::Revocations;
    ///
    /// let of_our_own_issuer = Revocations::default();
    /// let standings = Standings::none().revocations(of_our_own_issuer.clone());
    /// # let _ = standings;
    /// ```
    #[must_use]
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = revocations;
        self
    }
}

impl fmt::Debug for Standings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standings").field("statuses", &self.statuses).finish_non_exhaustive()
    }
}

/// Proof that nobody took the token back. Only [`settle`] makes one.
#[derive(Debug)]
pub(crate) struct StandingSettled {
    _kept: GrantKept,
    _listed: Listed,
}

/// Proof that our own issuer has not revoked the token's grant, nor the one that it was exchanged from, and has not lost a client
/// that it is nothing without.
#[derive(Debug)]
struct GrantKept {
    /// Whether it is a token of our own issuer's at all, and of a grant that is known by its mark.
    is_known: bool,
}

/// Proof that the token's issuer stands by it.
#[derive(Debug)]
enum Listed {
    /// Its list says so.
    Valid(StatusValid),
    /// It said so itself, when it was asked a moment ago.
    Asked,
    /// Its tokens name no list.
    Unlisted,
    /// It is our own, and the mark of the token's grant says it.
    Own,
}

/// Finds out whether a verified token was taken back.
pub(crate) async fn settle(
    token: &VerifiedToken,
    rules: &Rules,
    now: UnixTime,
) -> Result<StandingSettled, Stop> {
    let kept = keeps_grant(token, rules, now)?;
    // What our own issuer says in its lists, it has said here already, and sooner.
    let listed = if kept.is_known { Listed::Own } else { listed(token, rules).await? };
    Ok(StandingSettled { _kept: kept, _listed: listed })
}

/// The claims are our own issuers'; in the tokens of others they mean nothing, whatever they say.
fn keeps_grant(token: &VerifiedToken, rules: &Rules, now: UnixTime) -> Result<GrantKept, Stop> {
    let mark = |claim: &Value| claim.as_str().and_then(GrantMark::parse);
    let Some(grant) = token.claims().all().get(GRANT_CLAIM).and_then(mark) else {
        return Ok(GrantKept { is_known: false });
    };
    stands(token, &grant, rules, now)?;
    let is_ours = rules.standings.revocations.answers_for(token.issuer());
    if is_ours {
        for client in GrantMark::of_clients(token.issuer(), token.claims()) {
            stands(token, &client, rules, now)?;
        }
    }
    let Some(root) = token.claims().all().get(ROOT_CLAIM) else {
        return Ok(GrantKept { is_known: is_ours });
    };
    // What it came of can end before it. One that cannot be read is left to the list.
    let Some(root) = mark(root) else { return Ok(GrantKept { is_known: false }) };
    stands(token, &root, rules, now)?;
    Ok(GrantKept { is_known: is_ours })
}

fn stands(token: &VerifiedToken, grant: &GrantMark, rules: &Rules, now: UnixTime) -> Result<(), Stop> {
    match rules.standings.revocations.is_revoked(token.issuer(), grant, now) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Refusal::TokenRevoked.into()),
        Err(unknown) => {
            if rules.standings.lines.have_room(now) {
                tracing::error!(error = %unknown, "tokens of our own issuers are answered with 503");
            }
            Err(Fault::StatusUnavailable.into())
        }
    }
}

async fn listed(token: &VerifiedToken, rules: &Rules) -> Result<Listed, Stop> {
    if token.known_until().is_some() {
        return Ok(Listed::Asked);
    }
    let Some(reference) = token.claims().status() else {
        return Ok(Listed::Unlisted);
    };
    let unavailable = || Stop::from(Fault::StatusUnavailable);
    let issuer =
        rules.server.issuers().find(|issuer| issuer.url == *token.issuer()).ok_or_else(unavailable)?;
    let statuses = rules.standings.statuses.as_ref().ok_or_else(unavailable)?;
    match Box::pin(statuses.settle(issuer, reference)).await {
        Ok(valid) => Ok(Listed::Valid(valid)),
        Err(StatusFailed::Refused(refusal)) => Err(refusal.into()),
        Err(failure) => {
            tracing::debug!(issuer = %issuer.url, %failure, "a token's status cannot be looked up");
            Err(unavailable())
        }
    }
}
