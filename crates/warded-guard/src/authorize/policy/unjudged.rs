//! What becomes of a call that a policy cannot judge? It goes no further. What a caller brings about at will is refused and no
//! fault of ours; what is our own fault is told so many times a minute, however many calls meet it.

use warded_core::{Fault, Refusal, UnixTime};
use warded_policy::Undecided;
use warded_store::StoreFailed;

use super::Policing;
use crate::{
    answer::{Asked, Stop, policy::Said},
    call::Call,
};

/// The refusal of a call that asks for more than is judged, of which this message is told so.
pub(super) fn too_much(at: usize, why: &'static str, call: &Call, asked: &mut Asked) -> Stop {
    asked.says(call, &[(at, Said::Undecidable)]);
    Refusal::PolicyUndecidable { why }.into()
}

impl Policing {
    /// Why there is no decision about this message.
    pub(super) fn undecided(
        &self,
        why: Undecided,
        at: usize,
        call: &Call,
        asked: &mut Asked,
        now: UnixTime,
    ) -> Stop {
        // A policy that takes too many steps for every call is not taken up, so it is what a call brings along that takes them.
        let why = match why {
            Undecided::TooManySteps => "it takes more steps than any call may take",
            Undecided::NotJson => "a value that rules read is not what everybody reads alike",
            why => {
                if self.lines.have_room(now) {
                    tracing::warn!(request = %asked.request, "the policy did not decide: {why}");
                }
                return Fault::PolicyUnavailable.into();
            }
        };
        too_much(at, why, call, asked)
    }

    /// Why a call is not made that cannot be counted or held.
    pub(super) fn uncounted(&self, why: &StoreFailed, now: UnixTime) -> Stop {
        if self.lines.have_room(now) {
            tracing::warn!(request = %crate::request::current(), "a call that is counted was not made: {why}");
        }
        Fault::StoreUnavailable.into()
    }

    /// Tells why what only looks at calls could not.
    pub(super) fn unlooked(&self, why: &StoreFailed, now: UnixTime) {
        if self.lines.have_room(now) {
            tracing::warn!(request = %crate::request::current(), "a rule that only looks could not tell: {why}");
        }
    }
}
