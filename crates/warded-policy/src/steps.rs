//! How much work may one decision be?

/// More steps than this are taken for no request, however much it asks, and no more than as many again for what is only looked at. A step is a
/// rule, a condition or a name that is looked at, or at most 64 bytes of text: some 50 ns.
pub const MAX_STEPS: u64 = 1 << 19;

/// How many bytes are read in one step.
const BYTES: usize = 64;

/// Why no decision was made. Each is a fault and never a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecided {
    /// It takes more than [`MAX_STEPS`], with what was decided before for the same request.
    #[error("the policy takes more than {MAX_STEPS} steps to judge this request")]
    TooManySteps,
    /// What stands where a rule looks is not JSON that everybody reads alike.
    #[error("the policy cannot read what it is to judge")]
    NotJson,
    /// Other counters were read than those that were asked for.
    #[error("the policy was not given the counters that it asked for")]
    CountersMissing,
}

/// The work that is left for what one request asks: whoever asks many things at once must not take many times the work of one.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    pub(crate) steps: Steps,
    /// For what only looks: it makes no call one that cannot be judged.
    pub(crate) looking: Steps,
}

impl Work {
    /// How many steps were taken, those of what only looks among them.
    pub(crate) fn taken(self) -> u64 {
        self.steps.taken() + self.looking.taken()
    }
}

/// All of it.
impl Default for Work {
    fn default() -> Self {
        Self { steps: Steps::new(), looking: Steps::new() }
    }
}

/// The steps that are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps(u64);

impl Steps {
    pub(crate) fn new() -> Self {
        Self(MAX_STEPS)
    }

    /// How many were taken.
    pub(crate) fn taken(self) -> u64 {
        MAX_STEPS - self.0
    }

    pub(crate) fn take(&mut self, steps: usize) -> Result<(), Undecided> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.0 = self.0.checked_sub(steps).ok_or(Undecided::TooManySteps)?;
        Ok(())
    }

    /// Takes the steps for a look at so many bytes.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Undecided> {
        self.take(1 + bytes / BYTES)
    }
}
