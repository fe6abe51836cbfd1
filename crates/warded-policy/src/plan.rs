//! Asking a policy: first which counters it takes, then what becomes of the call.

use crate::{
    Amount, Call, Counter, Decision, Policy, Undecided, Work,
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
    left: Work,
}

impl Policy {
    /// Which counters it takes to judge a call, if any.
    pub fn plan<'p>(&'p self, call: &Call<'p>) -> Result<Plan<'p>, Undecided> {
        self.plan_within(call, &mut Work::default())
    }

    /// The same for one of several calls of one request, which share the work that is left.
    pub fn plan_within<'p>(&'p self, call: &Call<'p>, left: &mut Work) -> Result<Plan<'p>, Undecided> {
        let judged = judge(self, call, None, None, left)?;
        Ok(if judged.asked.counters.is_empty() {
            Plan::Decided(judged.decision)
        } else {
            Plan::Asks(Ask { policy: self, call: *call, asked: judged.asked, left: *left })
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
        self.decide_within(values, &mut { self.left })
    }

    /// The same for one of several calls of one request, which share the work that is left.
    pub fn decide_within(&self, values: &[Amount], left: &mut Work) -> Result<Decision, Undecided> {
        if values.len() != self.asked.counters.len() {
            return Err(Undecided::CountersMissing);
        }
        Ok(judge(self.policy, &self.call, Some((&self.asked, values)), None, left)?.decision)
    }

    /// Decides where none of them can be read: what only looks has seen nothing, and whatever else needs one is undecided.
    pub fn decide_unread(&self) -> Result<Decision, Undecided> {
        self.decide_unread_within(&mut { self.left })
    }

    /// The same for one of several calls of one request, which share the work that is left.
    pub fn decide_unread_within(&self, left: &mut Work) -> Result<Decision, Undecided> {
        Ok(judge(self.policy, &self.call, Some((&self.asked, &[])), None, left)?.decision)
    }
}
