//! Asking a policy: first which counters it takes, then what becomes of the call.

use crate::{
    Amount, Call, Counter, Decision, Policy, Undecided,
    judge::{Asked, judge},
};

/// What a policy says of a call.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks must know both")]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it was made, and a box would cost each call more"
)]
pub enum Plan<'p> {
    /// It needs no counter to decide.
    Decided(Decision),
    /// It needs some.
    Asks(Ask<'p>),
}

/// A call that waits for the values of counters.
#[derive(Debug)]
pub struct Ask<'p> {
    policy: &'p Policy,
    call: Call<'p>,
    asked: Asked<'p>,
}

impl Policy {
    /// Which counters it takes to judge a call, if any.
    pub fn plan<'p>(&'p self, call: &Call<'p>) -> Result<Plan<'p>, Undecided> {
        let judged = judge(self, call, None, None)?;
        Ok(if judged.asked.counters.is_empty() {
            Plan::Decided(judged.decision)
        } else {
            Plan::Asks(Ask { policy: self, call: *call, asked: judged.asked })
        })
    }
}

impl Ask<'_> {
    /// What is to be read, each once.
    pub fn counters(&self) -> &[Counter] {
        &self.asked.counters
    }

    /// Whether a rule waits for any of them that does not only look.
    pub fn is_needed(&self) -> bool {
        self.asked.is_needed
    }

    /// Decides by their values, in the order of [`Ask::counters`].
    pub fn decide(&self, values: &[Amount]) -> Result<Decision, Undecided> {
        if values.len() != self.asked.counters.len() {
            return Err(Undecided::CountersMissing);
        }
        Ok(judge(self.policy, &self.call, Some((&self.asked, values)), None)?.decision)
    }

    /// Decides where none of them can be read: what only looks has seen nothing, and whatever else needs one is undecided.
    pub fn decide_unread(&self) -> Result<Decision, Undecided> {
        Ok(judge(self.policy, &self.call, Some((&self.asked, &[])), None)?.decision)
    }
}
