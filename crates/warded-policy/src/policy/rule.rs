//! One rule, ready to be asked.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};

use super::{Bound, condition::Condition, counter::Spec, refer::Refer, section::Kind, shared::Shared};
use crate::{Action, Amount, Denial, Finding, Op, decision::UNDECIDED, finding::table};

/// A rule that is ready to be asked.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: Arc<str>,
    pub(crate) file: Arc<str>,
    pub(crate) line: u32,
    pub(crate) action: Action,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) on_deny: Option<Box<str>>,
    pub(crate) counts: Option<Counts>,
    pub(crate) is_shadow: bool,
    /// Of all that it says. An approval is good for nothing else.
    pub(crate) hash: [u8; 32],
    pub(crate) bound: Bound,
}

/// What a rule counts.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) spec: Spec,
    pub(crate) increment: Increment,
    /// Which of its conditions say how much there may be.
    pub(crate) limits: Vec<usize>,
}

/// How much a call is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Increment {
    Fixed(Amount),
    /// What stands in this slot of the arguments.
    Argument(usize),
    /// What stands nowhere.
    Nothing,
}

impl Rule {
    /// `own` is the counter that it keeps.
    pub(crate) fn of(
        rule: &crate::Rule,
        file: &Arc<str>,
        own: Option<(usize, &Spec)>,
        refer: &mut Refer<'_>,
        shared: &mut Shared,
    ) -> Result<Self, Finding> {
        let mut conditions = Vec::with_capacity(rule.conditions.len());
        let name = rule.state.as_ref().map(|state| &*state.counter);
        let own_name = name.zip(own.map(|(at, _)| at));
        for condition in &rule.conditions {
            conditions.push(Condition::of(condition, own_name, refer, shared)?);
        }
        let counts = match (&rule.state, own) {
            (Some(state), Some((at, spec))) if rule.action == Action::Evaluate => {
                let is_limit = |condition: &Condition| {
                    condition.source == super::Source::State(at) && matches!(condition.op, Op::Lt | Op::Lte)
                };
                let limits = conditions
                    .iter()
                    .enumerate()
                    .filter(|(_, condition)| is_limit(condition))
                    .map(|(at, _)| at);
                let increment = match &state.increment_from {
                    None => Increment::Fixed(Amount::taken(&state.increment)),
                    Some(path) => match refer.source(path, None) {
                        Some(super::Source::Argument(slot)) => Increment::Argument(slot),
                        Some(_) => Increment::Nothing,
                        None => return Err(too_deep(rule, &path.text)),
                    },
                };
                Some(Counts { spec: spec.clone(), increment, limits: limits.collect() })
            }
            _ => None,
        };
        // Looked at for its conditions, and once more for what it counts; and what it reads is read.
        let mut bound = Bound::new(12, 8);
        for condition in &conditions {
            bound += condition.bound;
            bound += Bound::new(4, 4);
        }
        Ok(Self {
            name: (*rule.name).into(),
            file: file.clone(),
            line: rule.line,
            action: rule.action.clone(),
            conditions,
            on_deny: rule.on_deny.clone(),
            counts,
            is_shadow: rule.shadow,
            hash: [0; 32],
            bound,
        })
    }

    /// Makes it the rule of a section.
    pub(crate) fn in_section(mut self, kind: Kind, section: &str, rule: &crate::Rule, place: &str) -> Self {
        self.hash = hash(kind, section, rule, place);
        self
    }

    pub(crate) fn denial(&self) -> Denial {
        self.says(|| format!("Denied by rule \"{}\"", self.name))
    }

    pub(crate) fn exceeded(&self) -> Denial {
        self.says(|| format!("Rate limit exceeded for {}", self.name))
    }

    pub(crate) fn asks(&self) -> Denial {
        self.says(|| format!("Approval required by rule \"{}\"", self.name))
    }

    /// Where what is to be counted is no number.
    pub(crate) fn uncountable(&self) -> Denial {
        Denial { message: "Internal policy error".into(), ..self.denial() }
    }

    /// Where it only looks, and cannot. By its line, and not by its name: it would not have denied the call.
    pub(crate) fn undecided(&self, why: crate::Undecided) -> Denial {
        Denial { rule: UNDECIDED.into(), message: why.to_string().into(), ..self.denial() }
    }

    fn says(&self, otherwise: impl FnOnce() -> String) -> Denial {
        Denial {
            rule: self.name.clone(),
            message: self.on_deny.clone().unwrap_or_else(|| otherwise().into()),
            file: self.file.clone(),
            line: self.line,
        }
    }
}

fn too_deep(rule: &crate::Rule, path: &str) -> Finding {
    Finding::new(&table::PATH, rule.span.clone(), format!("the path `{path}` goes too deep"), "in this rule")
}

/// Of what a rule says and where it holds, but not of where it stands in its file: to add a line above it lets no approval
/// lapse.
fn hash(kind: Kind, section: &str, rule: &crate::Rule, place: &str) -> [u8; 32] {
    // Each part with its length, so that no two rules are written alike.
    let mut text = String::new();
    let mut say = |part: &str| text.push_str(&format!("{}:{part}", part.len()));
    say(kind.word());
    say(section);
    say(place);
    say(&rule.name);
    say(&format!("{:?}", rule.action));
    for condition in &rule.conditions {
        say(&condition.path.text);
        say(&format!("{:?} {:?}", condition.op, condition.value));
    }
    say(rule.on_deny.as_deref().unwrap_or_default());
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}
