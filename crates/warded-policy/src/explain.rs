//! Why did a policy decide so? Every rule that was looked at, what each of its conditions saw, and which line decided.

use std::sync::Arc;

use crate::{
    Amount, Answer, Call, Counter, Decision, Op, Policy, Undecided,
    found::{Found, Precision},
    judge::{Asked, Judged, judge},
    operators::Wanted,
    policy::{Condition, Operand},
    steps::{Steps, Work},
};

/// No more of a value than this is shown.
const MAX_SHOWN: usize = 200;

/// How a decision came about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever shows it must know all of it")]
pub struct Explanation {
    /// What was decided.
    pub decision: Decision,
    /// What was looked at, in order. Where a call was denied, the last of them denied it.
    pub looked: Vec<Looked>,
    /// Which counters it was judged by, and what they had come to.
    pub counters: Vec<(Counter, Amount)>,
    /// How many steps it took.
    pub steps: u64,
}

/// A rule that was looked at; or that a tool is hidden or not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever shows it must know all of it")]
pub struct Looked {
    /// In which file.
    pub file: Arc<str>,
    /// In the section of which name or pattern; none of what is no rule.
    pub section: Option<Arc<str>>,
    /// Its name, or `(hidden)`, or `(default deny)`.
    pub rule: Arc<str>,
    /// On which line; zero of what is no rule.
    pub line: u32,
    /// What it said.
    pub outcome: Outcome,
    /// The conditions that were looked at, up to the one that settled it.
    pub conditions: Vec<Seen>,
}

/// What a rule said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever shows it must know each")]
pub enum Outcome {
    /// Nothing against the call.
    Passes,
    /// It denies.
    Denies,
    /// It asks for approval.
    Holds,
    /// It would deny, and is only looked at.
    WouldDeny,
    /// It would ask for approval, and is only looked at.
    WouldHold,
}

/// What a condition saw.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever shows it must know all of it")]
pub struct Seen {
    /// On which line it stands.
    pub line: u32,
    /// What it compares.
    pub path: Box<str>,
    /// How.
    pub op: Op,
    /// What was there; none where nothing was. Long values are cut.
    pub value: Option<Box<str>>,
    /// With what it was compared; none where that is read from the call and was not there.
    pub wanted: Option<Box<str>>,
    /// What came of it.
    pub answer: Answer,
}

impl Policy {
    /// Judges a call as [`Policy::plan`] and [`crate::Ask::decide`] do, and says how. Of the counters that it takes, those that
    /// have no value here are zero.
    pub fn explain(&self, call: &Call<'_>, values: &[Amount]) -> Result<Explanation, Undecided> {
        let mut looked = Vec::new();
        let mut left = Work::default();
        let Judged { decision, asked } = judge(self, call, None, Some(&mut looked), &mut left)?;
        if asked.counters.is_empty() {
            return Ok(Explanation { decision, looked, counters: Vec::new(), steps: left.taken() });
        }
        looked.clear();
        let values: Vec<_> =
            (0..asked.counters.len()).map(|at| values.get(at).copied().unwrap_or_default()).collect();
        let judged = judge(self, call, Some((&asked, &values)), Some(&mut looked), &mut left)?;
        let Asked { counters, .. } = asked;
        Ok(Explanation {
            decision: judged.decision,
            looked,
            counters: counters.into_iter().zip(values).collect(),
            steps: left.taken(),
        })
    }
}

impl Seen {
    pub(crate) fn of(
        condition: &Condition,
        found: Option<&Found<'_>>,
        wanted: Option<&Wanted<'_>>,
        answer: Answer,
    ) -> Self {
        let wanted = match (&condition.operand, wanted) {
            (Operand::Expression(_, text), _) => Some(cut(text)),
            (_, Some(Wanted::Literal(literal) | Wanted::List(literal, _))) => {
                Some(shown(&Found::value(&literal.value)))
            }
            (_, Some(Wanted::Read(found))) => Some(shown(found)),
            (_, Some(Wanted::Several(items))) => {
                let items: Vec<_> = items.iter().map(shown).collect();
                Some(cut(&format!("[{}]", items.join(", "))))
            }
            (_, Some(Wanted::Expression(_)) | None) => None,
        };
        Self {
            line: condition.line,
            path: condition.path.clone(),
            op: condition.op,
            value: found.map(shown),
            wanted,
            answer,
        }
    }
}

/// As JSON has it, so that a text is told from what looks like it.
fn shown(found: &Found<'_>) -> Box<str> {
    match found {
        Found::Null => "null".into(),
        Found::Bool(value) => value.to_string().into(),
        Found::Number(number) => cut(&number.to_string()),
        Found::Sent(number) => cut(&number.to_string()),
        // What follows is cut off again, so that no long text is written out.
        Found::Text(text) => cut(&serde_json::Value::from(&*cut(text)).to_string()),
        Found::JsonList(json) | Found::JsonMap(json) => cut(json),
        Found::Texts(texts) => {
            let texts: Vec<_> = texts.iter().take(MAX_SHOWN).map(|text| &**text).collect();
            cut(&serde_json::Value::from(texts).to_string())
        }
        Found::List(_) | Found::Map(_) => found
            .go_text(Precision::Exact, &mut Steps::new())
            .map_or_else(|_| "...".into(), |text| cut(&text)),
    }
}

fn cut(text: &str) -> Box<str> {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()).into(),
        None => text.into(),
    }
}
