//! What does one rule say of a call?

use std::time::Duration;

use super::{Judge, View};
use crate::{
    Action, Amount, Answer, Counter, Undecided,
    explain::{Outcome, Seen},
    found::Found,
    operators::compare,
    policy::{Condition, Counts, File, Increment, Rule, Section, Source},
};

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruled {
    Passes,
    Denies,
    /// It asks for approval, within this time.
    Holds(Duration),
}

/// What a condition says; nothing where a counter is yet to be read.
type Said = Option<Answer>;

impl<'c> Judge<'c, '_> {
    pub(super) fn rule(
        &mut self,
        at: usize,
        file: &File,
        section: &Section,
        rule: &Rule,
        view: &View<'c>,
    ) -> Result<Ruled, Undecided> {
        self.steps.take(1)?;
        let mut seen = Vec::new();
        let mut ruled = match rule.action {
            Action::Evaluate => Ruled::Passes,
            Action::Deny => Ruled::Denies,
            Action::RequireApproval { timeout } => Ruled::Holds(timeout),
        };
        // A rule that denies asks for nothing.
        let conditions = if rule.action == Action::Deny { &[][..] } else { &*rule.conditions };
        for condition in conditions {
            let said = self.condition(at, file, condition, view, &mut seen)?;
            // What cannot be compared is against the call: it does not pass, and it does not escape being held.
            let ends = match (&rule.action, said) {
                (Action::Evaluate, Some(Answer::No | Answer::Incomparable)) => Some(Ruled::Denies),
                (Action::RequireApproval { .. }, Some(Answer::No)) => Some(Ruled::Passes),
                _ => None,
            };
            if let Some(ends) = ends {
                ruled = ends;
                break;
            }
        }
        let outcome = Outcome::of_rule(ruled, rule.is_shadow || file.is_shadow);
        self.look(file, Some(section), &rule.name, rule.line, outcome, seen);
        Ok(ruled)
    }

    fn condition(
        &mut self,
        at: usize,
        file: &File,
        condition: &Condition,
        view: &View<'c>,
        seen: &mut Vec<Seen>,
    ) -> Result<Said, Undecided> {
        self.steps.take(1)?;
        let found = match condition.source {
            Source::State(counter) => match self.counter(at, file, counter)? {
                Some(amount) => Some(Found::number(amount)),
                None => return Ok(None),
            },
            source => view.read(source, self.call, &mut self.steps)?,
        };
        let wanted = view.wanted(&condition.operand, self.call, &mut self.steps)?;
        let answer = match &wanted {
            Some(wanted) => compare(condition.op, found.as_ref(), wanted, &mut self.steps)?,
            None => Answer::Incomparable,
        };
        if self.looked.is_some() {
            seen.push(Seen::of(condition, found.as_ref(), wanted.as_ref(), answer));
        }
        Ok(Some(answer))
    }

    /// What a counter has come to; none where it is yet to be read.
    fn counter(&mut self, file_at: usize, file: &File, at: usize) -> Result<Option<Amount>, Undecided> {
        if let Some((asked, values)) = self.known {
            let value = asked.at.get(&(file_at, at)).and_then(|at| values.get(*at));
            return value.copied().map(Some).ok_or(Undecided::CountersMissing);
        }
        let Some(spec) = file.counters.get(at) else { return Err(Undecided::CountersMissing) };
        self.asked.is_needed |= !self.is_aside;
        let next = self.asked.counters.len();
        if *self.asked.at.entry((file_at, at)).or_insert(next) == next {
            self.asked.counters.push(Counter { key: spec.key(self.call), window: spec.window });
        }
        Ok(None)
    }

    /// How much the call is counted for; none where that cannot be told.
    pub(super) fn amount(&mut self, counts: &Counts, view: &View<'c>) -> Result<Option<Amount>, Undecided> {
        let source = match counts.increment {
            Increment::Fixed(amount) => return Ok(Some(amount)),
            Increment::Argument(slot) => Source::Argument(slot),
            Increment::Nothing => return Ok(None),
        };
        let found = view.read(source, self.call, &mut self.steps)?;
        Ok(found.as_ref().and_then(|found| found.as_number()).map(Amount::taken))
    }
}

impl Outcome {
    pub(super) fn of_denial(is_shadow: bool) -> Self {
        if is_shadow { Self::WouldDeny } else { Self::Denies }
    }

    fn of_rule(ruled: Ruled, is_shadow: bool) -> Self {
        match (ruled, is_shadow) {
            (Ruled::Passes, _) => Self::Passes,
            (Ruled::Denies, _) => Self::of_denial(is_shadow),
            (Ruled::Holds(_), false) => Self::Holds,
            (Ruled::Holds(_), true) => Self::WouldHold,
        }
    }
}
