//! What becomes of a call? The order of the format: hidden, not listed, the rules of its name, of patterns, and for all;
//! what is counted comes last.

mod limit;
mod view;

use std::{collections::HashMap, sync::Arc};

use crate::{
    Action, Amount, Answer, Call, Counter, Decision, Denial, Hold, Policy, Taking, Target, Undecided,
    Verdict,
    explain::{Looked, Outcome, Seen},
    operators::compare,
    policy::{Condition, Counts, File, Increment, Rule, Section, Source},
    steps::Steps,
};
use view::View;

/// The counters that a call is judged by, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Where it stands, by file and by its place there.
    at: HashMap<(usize, usize), usize>,
    pub(crate) counters: Vec<Counter>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Judged {
    /// Only good for as long as nothing was asked for.
    pub(crate) decision: Decision,
    pub(crate) asked: Asked,
    pub(crate) steps: u64,
}

/// Judges a call: with the values of what was asked for, or to find out what to ask for.
pub(crate) fn judge(
    policy: &Policy,
    call: &Call<'_>,
    known: Option<(&Asked, &[Amount])>,
    looked: Option<&mut Vec<Looked>>,
) -> Result<Judged, Undecided> {
    let mut judge = Judge {
        call,
        known,
        looked,
        steps: Steps::new(),
        asked: Asked::default(),
        shadowed: Vec::new(),
        takings: Vec::new(),
        holds: Vec::new(),
    };
    let mut verdict = None;
    for (at, file) in policy.files.iter().enumerate() {
        if let Some(denial) = judge.file(at, file)? {
            if file.is_shadow {
                judge.shadowed.push(denial);
            } else {
                verdict = Some(Verdict::Deny(denial));
                break;
            }
        }
    }
    let verdict = verdict.unwrap_or_else(|| match hold(&judge.holds) {
        Some(hold) => Verdict::Hold(hold, judge.takings),
        None => Verdict::Allow(judge.takings),
    });
    Ok(Judged {
        decision: Decision { verdict, shadowed: judge.shadowed },
        steps: judge.steps.taken(),
        asked: judge.asked,
    })
}

struct Judge<'c, 'k> {
    call: &'c Call<'c>,
    known: Option<(&'k Asked, &'k [Amount])>,
    looked: Option<&'k mut Vec<Looked>>,
    steps: Steps,
    asked: Asked,
    shadowed: Vec<Denial>,
    takings: Vec<Taking>,
    holds: Vec<(Hold, [u8; 32])>,
}

/// What a rule says.
enum Ruled {
    Passes,
    Denies,
    Holds,
}

/// What a condition says; nothing where a counter is yet to be read.
type Said = Option<Answer>;

impl<'c> Judge<'c, '_> {
    /// Why the file denies the call, if it does.
    fn file(&mut self, at: usize, file: &File) -> Result<Option<Denial>, Undecided> {
        let call = self.call;
        file.look(call.target, &mut self.steps)?;
        if let Some(denial) = unseen(file, call.target) {
            self.look(file, None, &denial.rule, 0, Outcome::of_denial(file.is_shadow), Vec::new());
            return Ok(Some(denial));
        }
        let sections: Vec<_> = file.sections(call.target).collect();
        let views = View::of(&sections, call, &mut self.steps)?;
        let taken = self.takings.len();
        let mut spared = Vec::new();
        for (section, view) in sections.iter().zip(&views) {
            for rule in &section.rules {
                match self.rule(at, file, section, rule, view)? {
                    Ruled::Passes => {}
                    Ruled::Holds if file.is_shadow || rule.is_shadow => self.shadowed.push(rule.asks()),
                    Ruled::Holds => self.holds.push((hold_of(rule), rule.hash)),
                    Ruled::Denies if rule.is_shadow => {
                        // Whoever is denied is counted nowhere.
                        spared.push(std::ptr::from_ref(rule));
                        self.shadowed.push(rule.denial());
                    }
                    Ruled::Denies => return Ok(Some(rule.denial())),
                }
            }
        }
        for (section, view) in sections.iter().zip(&views) {
            for rule in &section.rules {
                let Some(counts) = &rule.counts else { continue };
                if spared.contains(&std::ptr::from_ref(rule)) {
                    continue;
                }
                self.steps.take(1)?;
                let Some(amount) = self.amount(counts, view)? else {
                    if rule.is_shadow {
                        self.shadowed.push(rule.uncountable());
                        continue;
                    }
                    self.takings.truncate(taken);
                    return Ok(Some(rule.uncountable()));
                };
                let Some(limit) = limit::of(rule, counts, view, call, &mut self.steps)? else { continue };
                self.takings.push(Taking {
                    key: counts.spec.key(call),
                    window: counts.spec.window,
                    amount,
                    limit,
                    exceeded: rule.exceeded(),
                    shadow: rule.is_shadow || file.is_shadow,
                });
            }
        }
        Ok(None)
    }

    fn rule(
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
            Action::RequireApproval { .. } => Ruled::Holds,
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
        let outcome = Outcome::of_rule(&ruled, rule.is_shadow || file.is_shadow);
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
                Some(amount) => Some(crate::found::Found::number(amount)),
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
        let next = self.asked.counters.len();
        if *self.asked.at.entry((file_at, at)).or_insert(next) == next {
            self.asked.counters.push(Counter { key: spec.key(self.call), window: spec.window });
        }
        Ok(None)
    }

    /// How much the call is counted for; none where that cannot be told.
    fn amount(&mut self, counts: &Counts, view: &View<'c>) -> Result<Option<Amount>, Undecided> {
        let source = match counts.increment {
            Increment::Fixed(amount) => return Ok(Some(amount)),
            Increment::Argument(slot) => Source::Argument(slot),
            Increment::Nothing => return Ok(None),
        };
        let found = view.read(source, self.call, &mut self.steps)?;
        Ok(found.as_ref().and_then(|found| found.as_number()).map(Amount::taken))
    }

    fn look(
        &mut self,
        file: &File,
        section: Option<&Section>,
        rule: &Arc<str>,
        line: u32,
        outcome: Outcome,
        conditions: Vec<Seen>,
    ) {
        if let Some(looked) = &mut self.looked {
            looked.push(Looked {
                file: file.name.clone(),
                section: section.map(|section| section.name.clone()),
                rule: rule.clone(),
                line,
                outcome,
                conditions,
            });
        }
    }
}

impl Outcome {
    fn of_denial(is_shadow: bool) -> Self {
        if is_shadow { Self::WouldDeny } else { Self::Denies }
    }

    fn of_rule(ruled: &Ruled, is_shadow: bool) -> Self {
        match (ruled, is_shadow) {
            (Ruled::Passes, _) => Self::Passes,
            (Ruled::Denies, _) => Self::of_denial(is_shadow),
            (Ruled::Holds, false) => Self::Holds,
            (Ruled::Holds, true) => Self::WouldHold,
        }
    }
}

/// Why a call is denied before any rule is asked.
fn unseen(file: &File, target: Target<'_>) -> Option<Denial> {
    let denial = |rule: &str, message: String| Denial {
        rule: rule.into(),
        message: message.into(),
        file: file.name.clone(),
        line: 0,
    };
    if let Target::Tool(name) = target
        && file.hides(name)
    {
        return Some(denial("(hidden)", format!("Tool \"{name}\" is hidden by policy")));
    }
    if !file.denies_unlisted(target) {
        return None;
    }
    let (kind, spellings) = crate::policy::Kind::of(&target);
    let message = match spellings.and_then(<[_]>::first) {
        Some(name) => format!("{} \"{name}\" is not permitted by policy", kind.word()),
        None => format!("{} is not permitted by policy", kind.word()),
    };
    Some(denial("(default deny)", message))
}

fn hold_of(rule: &Rule) -> Hold {
    let Action::RequireApproval { timeout } = rule.action else {
        return Hold { denial: rule.asks(), timeout: std::time::Duration::ZERO, hash: rule.hash };
    };
    Hold { denial: rule.asks(), timeout, hash: rule.hash }
}

/// What several rules ask for at once: that all of them are approved, before the first of them lapses.
fn hold(holds: &[(Hold, [u8; 32])]) -> Option<Hold> {
    let (first, others) = holds.split_first()?;
    let mut hold = first.0.clone();
    if others.is_empty() {
        return Some(hold);
    }
    let hashes: Vec<u8> = holds.iter().flat_map(|(_, hash)| *hash).collect();
    hold.hash.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &hashes).as_ref());
    for (other, _) in others {
        hold.timeout = hold.timeout.min(other.timeout);
    }
    Some(hold)
}
