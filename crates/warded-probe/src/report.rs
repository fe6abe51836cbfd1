//! What is told afterwards? Verdicts with what was sent and what came back, and no token in either.

use crate::{
    aim::Aim,
    case::{Attempt, Case, Severity},
    party::Side,
    verdict::{Judged, Verdict},
};

/// Everything that was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The two servers.
    pub servers: [Seen; 2],
    /// What the cases say, in the order of the table, first at A and then at B.
    pub outcomes: Vec<Outcome>,
}

/// A server, as the right token finds it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// Which one.
    pub side: Side,
    /// Where it is.
    pub url: String,
    /// The recipients that its token names; none where the token cannot be read.
    pub audience: Option<Vec<String>>,
    /// The revision that it speaks.
    pub revision: Option<String>,
    /// Whether it opens sessions.
    pub has_sessions: bool,
    /// Whether it answers GET with a stream.
    pub has_stream: bool,
    /// Why nothing can be said about it.
    pub trouble: Option<String>,
}

/// What one case says about one server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The case.
    pub case: &'static Case,
    /// At which server; none where it is about the issuer.
    pub at: Option<Side>,
    /// The verdict: the worst of what was tried.
    pub verdict: Verdict,
    /// How bad it is, where it failed.
    pub severity: Option<Severity>,
    /// Why.
    pub why: String,
    /// What was tried.
    pub tried: Vec<Tried>,
}

/// One attempt, and what came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tried {
    /// What was sent, with tokens by name.
    pub sent: String,
    /// Whether it rests on the other server's token: where that is admitted as it stands, this says nothing new.
    pub crosses: bool,
    /// What came back.
    pub came: Option<Came>,
    /// What that means.
    pub verdict: Verdict,
    /// How bad it is, where it failed.
    pub severity: Option<Severity>,
    /// Why.
    pub why: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Came {
    /// The status.
    pub status: u16,
    /// `WWW-Authenticate`, without what it repeats of a token. The server wrote it: escape it before it is shown.
    pub challenge: Option<String>,
}

impl Report {
    /// How bad the worst failure is.
    pub fn worst(&self) -> Option<Severity> {
        self.outcomes.iter().filter_map(|outcome| outcome.severity).max()
    }

    /// Whether everything that was asked was answered.
    pub fn is_conclusive(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.verdict != Verdict::Inconclusive)
    }

    /// How many cases have that verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
    }
}

impl Outcome {
    pub(crate) fn judged(case: &'static Case, at: Option<Side>, judged: Judged) -> Self {
        let Judged { verdict, severity, why } = judged;
        Self { case, at, verdict, severity, why, tried: Vec::new() }
    }

    /// The worst of what was tried.
    pub(crate) fn of(case: &'static Case, at: Side, tried: Vec<Tried>) -> Self {
        let worst = tried.iter().max_by(|one, other| {
            // Of equals the first: it is the plainest.
            (one.verdict, one.severity)
                .cmp(&(other.verdict, other.severity))
                .then(std::cmp::Ordering::Greater)
        });
        let (verdict, severity, why) = worst.map_or_else(
            || (Verdict::Skipped, None, "nothing was tried".to_owned()),
            |worst| (worst.verdict, worst.severity, worst.why.clone()),
        );
        Self { case, at: Some(at), verdict, severity, why, tried }
    }

    /// A control afterwards failed: what looked like a refusal may have been a server in trouble. What was admitted
    /// stays admitted.
    pub(crate) fn shaken(&mut self, why: &str) {
        let was_admitted = self.severity.is_some_and(|severity| severity > Severity::Note);
        if self.verdict == Verdict::Pass || (self.verdict == Verdict::Fail && !was_admitted) {
            self.verdict = Verdict::Inconclusive;
            self.severity = None;
            self.why = format!("afterwards {why}");
        }
    }
}

impl Tried {
    pub(crate) fn new(attempt: &Attempt, aim: &Aim<'_>, came: Option<Came>, judged: Judged) -> Self {
        let Judged { verdict, severity, why } = judged;
        Self { sent: aim.told(attempt), crosses: attempt.is_cross(), came, verdict, severity, why }
    }
}
