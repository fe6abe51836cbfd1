//! What was seen, step by step, and what is wrong with it.

use super::{Diagnosis, Party, Whose};
use crate::finding::Severity;

/// Everything that was seen on the way to one server.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    pub(crate) steps: Vec<Step>,
    /// The sentence at the end.
    pub(crate) verdict: String,
}

/// One step of the way.
#[derive(Debug)]
pub(crate) struct Step {
    /// Its stable name.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) seen: Vec<Sight>,
    pub(crate) found: Vec<Found>,
    /// Why it was not taken, where it was not.
    pub(crate) skipped: Option<String>,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Good,
    Noted,
    Broken,
    Skipped,
}

impl Outcome {
    /// The word for people.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Noted => "worth a look",
            Self::Broken => "broken",
            Self::Skipped => "not taken",
        }
    }

    /// The word for programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Noted => "noted",
            Self::Broken => "broken",
            Self::Skipped => "skipped",
        }
    }
}

/// What somebody did, and the clause that it follows or breaks.
#[derive(Debug)]
pub(crate) struct Sight {
    pub(crate) who: Party,
    pub(crate) did: String,
    pub(crate) clause: Option<&'static str>,
    pub(crate) follows: bool,
}

/// Something that is wrong.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) diagnosis: &'static Diagnosis,
    /// At whom.
    pub(crate) at: Party,
    /// What exactly.
    pub(crate) message: String,
}

impl Found {
    /// What to change, and who can.
    pub(crate) fn advice(&self) -> impl Iterator<Item = (Party, &'static str)> {
        self.diagnosis.advice.iter().map(|(whose, change)| match whose {
            Whose::There => (self.at, *change),
            Whose::Of(party) => (*party, *change),
        })
    }
}

impl Step {
    fn begin(name: &'static str, title: &'static str) -> Self {
        Self { name, title, seen: Vec::new(), found: Vec::new(), skipped: None }
    }

    /// Writes down what somebody did.
    pub(crate) fn saw(&mut self, who: Party, did: impl Into<String>) {
        self.seen.push(Sight { who, did: did.into(), clause: None, follows: true });
    }

    /// Writes down what somebody did as a clause says.
    pub(crate) fn follows(&mut self, who: Party, did: impl Into<String>, clause: &'static str) {
        self.seen.push(Sight { who, did: did.into(), clause: Some(clause), follows: true });
    }

    /// Writes down what somebody did against a clause.
    pub(crate) fn breaks(&mut self, who: Party, did: impl Into<String>, clause: &'static str) {
        self.seen.push(Sight { who, did: did.into(), clause: Some(clause), follows: false });
    }

    /// Writes down what is wrong.
    pub(crate) fn find(&mut self, diagnosis: &'static Diagnosis, at: Party, message: impl Into<String>) {
        self.found.push(Found { diagnosis, at, message: message.into() });
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let worst = self.found.iter().map(|found| found.diagnosis.severity).max();
        match worst {
            _ if self.skipped.is_some() => Outcome::Skipped,
            Some(Severity::High | Severity::Critical) => Outcome::Broken,
            Some(Severity::Note | Severity::Medium) => Outcome::Noted,
            None => Outcome::Good,
        }
    }
}

impl Chart {
    /// Begins a step; what is written down goes there until the next begins.
    pub(crate) fn step(&mut self, name: &'static str, title: &'static str) -> &mut Step {
        self.steps.push(Step::begin(name, title));
        let last = self.steps.len() - 1;
        // The step that was pushed just now; a vector cannot say so by type.
        #[expect(clippy::indexing_slicing, reason = "it was pushed above")]
        &mut self.steps[last]
    }

    /// Puts something else in the place of each sentence that nobody may see.
    pub(crate) fn withhold(&mut self, is_secret: impl Fn(&str) -> bool, instead: &str) {
        for step in &mut self.steps {
            let seen = step.seen.iter_mut().map(|sight| &mut sight.did);
            let found = step.found.iter_mut().map(|found| &mut found.message);
            for text in seen.chain(found).chain(&mut step.skipped).filter(|text| is_secret(text)) {
                instead.clone_into(text);
            }
        }
    }

    /// Everything that is wrong, in the order in which it was met.
    pub(crate) fn found(&self) -> impl Iterator<Item = &Found> {
        self.steps.iter().flat_map(|step| &step.found)
    }

    /// The exit code: that of the worst that was found.
    pub(crate) fn exit_code(&self) -> u8 {
        self.found().map(|found| found.diagnosis.severity.exit_code()).max().unwrap_or(0)
    }
}
