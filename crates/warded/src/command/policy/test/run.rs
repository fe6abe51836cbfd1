//! Is every call decided as expected?

use anyhow::Context as _;
use serde_json::{Map, Value};
use warded_core::UnixTime;
use warded_policy::{Decision, Denial, Explanation, Plan, Verdict};
use warded_store::Settled;

use super::{
    beside::Suite,
    clocked::BEGIN,
    counted::{Counted, Taken},
    said::{Ends, Expected, Said, Step},
};
use crate::{
    command::policy::{
        facts::{Facts, REVISION, Reached, Token, arguments},
        scopes,
    },
    report,
};

/// What came of a file of tests.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) suite: String,
    pub(super) tests: Vec<Tested>,
}

impl Outcome {
    pub(super) fn has_failed(&self) -> bool {
        self.tests.iter().any(|test| test.failed.is_some())
    }
}

/// What came of a test. The first call that is decided otherwise ends it: those behind it count on what it does.
#[derive(Debug)]
pub(super) struct Tested {
    pub(super) name: String,
    pub(super) failed: Option<Failed>,
}

/// A call that was decided otherwise.
#[derive(Debug)]
pub(super) struct Failed {
    /// On which line it stands.
    pub(super) line: usize,
    /// The how manieth call of the test it is.
    pub(super) number: usize,
    pub(super) reached: Reached,
    /// What was expected, and what was otherwise.
    pub(super) differs: String,
    /// What was decided, once what it counts for was taken.
    pub(super) decision: Decision,
    pub(super) explanation: Explanation,
}

/// Runs a file of tests.
pub(super) async fn suite(suite: &Suite) -> anyhow::Result<Outcome> {
    let mut tests = Vec::with_capacity(suite.said.tests.len());
    for (at, test) in suite.said.tests.iter().enumerate() {
        let name = test.name.as_ref().map_or_else(|| format!("test {}", at + 1), |name| name.value.clone());
        let place = || format!("{}: \"{}\"", suite.name, report::escaped(&name));
        let failed = run(suite, test).await.with_context(place)?;
        tests.push(Tested { name, failed });
    }
    Ok(Outcome { suite: suite.name.clone(), tests })
}

/// Makes the calls of a test, one after the other.
async fn run(suite: &Suite, test: &Step) -> anyhow::Result<Option<Failed>> {
    let counted = Counted::default();
    let mut now = test.at.or(suite.said.at).map_or(BEGIN, |at| at.0);
    let alone = std::slice::from_ref(test);
    let mut number = 0;
    for call in test.calls.as_deref().unwrap_or(alone) {
        now = call.at.map_or(now, |at| at.0).plus(call.after.map_or(0, |after| after.0));
        let (reached, at) = call.reached().context("a call reaches for something")?;
        let facts = facts(suite, test, call, reached, now)?;
        for _ in 0..call.times.unwrap_or(1) {
            number += 1;
            let (decision, explanation) = decide(suite, &facts, call, &counted).await?;
            if let Some(differs) = differs(call, &decision) {
                let line = suite.source.get(..at).unwrap_or_default().matches('\n').count() + 1;
                let reached = facts.reached.clone();
                return Ok(Some(Failed { line, number, reached, differs, decision, explanation }));
            }
        }
    }
    Ok(None)
}

/// What is said of the call itself, of its test, and of all of them.
fn facts(suite: &Suite, test: &Step, call: &Step, reached: Reached, now: UnixTime) -> anyhow::Result<Facts> {
    let Said { token, waived, passthrough, address, revision, .. } = &suite.said;
    let claims = [test.token.as_ref(), call.token.as_ref()].into_iter().flatten().fold(token.clone(), merged);
    let waived = call.waived.or(test.waived).or(*waived).unwrap_or(false);
    let either = |of: fn(&Step) -> &Option<String>, all: &Option<String>| {
        of(call).clone().or_else(|| of(test).clone()).or_else(|| all.clone())
    };
    let arguments = match &call.arguments {
        None => None,
        Some(Value::String(json)) => Some(arguments(json)?),
        Some(value) => Some(arguments(&value.to_string())?),
    };
    Ok(Facts {
        reached,
        arguments,
        method: call.method.clone(),
        revision: either(|step| &step.revision, revision).unwrap_or_else(|| REVISION.to_owned()),
        token: Token::of(&claims).reaching(&suite.scopes.implies).waived(waived),
        passthrough: call.passthrough.or(test.passthrough).or(*passthrough).unwrap_or(false),
        server: suite.server.clone(),
        address: either(|step| &step.address, address),
        now,
    })
}

/// Member by member; `null` takes one away.
fn merged(mut all: Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    for (name, value) in over {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    all
}

/// Decides as a gateway does: by the counters' values, and then by whether all of it can be taken.
async fn decide(
    suite: &Suite,
    facts: &Facts,
    call: &Step,
    counted: &Counted,
) -> anyhow::Result<(Decision, Explanation)> {
    let asked = facts.look(|call| {
        Ok::<_, warded_policy::Undecided>(match suite.policy.plan(call)? {
            Plan::Decided(_) => Vec::new(),
            Plan::Asks(ask) => ask.counters().to_vec(),
        })
    })?;
    let values = counted.read(&asked, facts.now).await?;
    let mut explanation = facts.look(|call| suite.policy.explain(call, &values))?;
    scopes::judge(&mut explanation, facts, &suite.scopes);
    let mut decision = explanation.decision.clone();
    let takings = match &decision.verdict {
        Verdict::Allow(takings) => takings.clone(),
        Verdict::Hold(_, takings) if call.approved => takings.clone(),
        Verdict::Hold(..) | Verdict::Deny(_) => return Ok((decision, explanation)),
    };
    decision.verdict = Verdict::Allow(takings.clone());
    if !takings.is_empty() {
        match counted.take(&takings, &mut decision.shadowed, facts.now).await? {
            Taken::All(id) => {
                let end = if call.ends == Ends::Error { Settled::RolledBack } else { Settled::Committed };
                counted.settle(id, end).await?;
            }
            Taken::Exceeded(denial) => decision.verdict = Verdict::Deny(denial),
        }
    }
    Ok((decision, explanation))
}

/// What is otherwise than expected, in one line.
fn differs(call: &Step, decision: &Decision) -> Option<String> {
    let (was, denial) = match &decision.verdict {
        Verdict::Allow(_) => (Expected::Allow, None),
        Verdict::Deny(denial) => (Expected::Deny, Some(denial)),
        Verdict::Hold(hold, _) => (Expected::Hold, Some(&hold.denial)),
    };
    let expected = call.expect.unwrap_or(was);
    if was != expected {
        return Some(format!("expected that it is {}, and it is {}", expected.word(), was.word()));
    }
    let other = |what: &str, wanted: &Option<String>, of: fn(&Denial) -> &str| {
        let is = of(denial?);
        let wanted = wanted.as_deref().filter(|wanted| *wanted != is)?;
        Some(format!("expected the {what} \"{wanted}\", and it is \"{is}\""))
    };
    let shadowed = || {
        let wanted = call.shadowed.as_ref()?;
        let are: Vec<_> = decision.shadowed.iter().map(|denial| denial.rule.as_ref()).collect();
        (*wanted != are).then(|| format!("expected {wanted:?} to be only looked at, and it is {are:?}"))
    };
    other("rule", &call.rule, |denial| &denial.rule)
        .or_else(|| other("message", &call.message, |denial| &denial.message))
        .or_else(shadowed)
}
