//! Does the caller hold what its token is bound to? (RFC 9449 §7, RFC 8705 §3)

use warded_core::{Possession, UnixTime, VerifiedToken};

use crate::{answer::Stop, guard::Rules, intake::Presented};

/// What the caller has shown to hold, checked as far as it can be without the token's claims. Only [`prove`] makes one.
pub(crate) struct Shown {
    possession: Possession,
}

impl Shown {
    /// What a token may be bound to.
    pub(crate) fn possession(&self) -> &Possession {
        &self.possession
    }
}

/// Proof that the token came from whoever may present it. Only [`settle`] makes one.
#[derive(Debug)]
pub(crate) struct SenderSettled(());

/// What is shown beside the token.
#[expect(clippy::unnecessary_wraps, reason = "a proof can be bad")]
pub(crate) fn prove<B>(_: &Presented<B>, _: &Rules, _: UnixTime) -> Result<Shown, Stop> {
    Ok(Shown { possession: Possession::default() })
}

/// Whether that is enough for this token. The core has compared it with what the token is bound to.
#[expect(clippy::unused_async, reason = "a proof is good once, and a store knows whether it was used")]
pub(crate) async fn settle(
    _: Shown,
    _: &VerifiedToken,
    _: &Rules,
    _: UnixTime,
) -> Result<SenderSettled, Stop> {
    Ok(SenderSettled(()))
}
