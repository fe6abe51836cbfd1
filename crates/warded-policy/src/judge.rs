//! What becomes of a call? The order of the format: hidden, not listed, the rules of its name, of patterns, and for all;
//! what is counted comes last.

mod hold;
mod limit;
mod rule;
mod unseen;
mod view;

use std::{collections::HashMap, sync::Arc};

use crate::{
    Amount, Call, Counter, Decision, Denial, Hold, Policy, Taking, Undecided, Verdict,
    explain::{Looked, Outcome, Seen},
    policy::{File, Rule, Section},
    steps::Steps,
};
use rule::Ruled;
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
    let verdict = verdict.unwrap_or_else(|| match hold::together(&judge.holds) {
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
    holds: Vec<Hold>,
}

impl<'c> Judge<'c, '_> {
    /// Why the file denies the call, if it does.
    fn file(&mut self, at: usize, file: &File) -> Result<Option<Denial>, Undecided> {
        let call = self.call;
        file.look(call.target, &mut self.steps)?;
        if let Some(denial) = unseen::denial(file, call.target) {
            self.look(file, None, &denial.rule, 0, Outcome::of_denial(file.is_shadow), Vec::new());
            return Ok(Some(denial));
        }
        let sections: Vec<_> = file.sections(call.target).collect();
        let views = View::of(&sections, call, &mut self.steps)?;
        let mut counting = Vec::new();
        for (section, view) in sections.iter().zip(&views) {
            for rule in &section.rules {
                match self.rule(at, file, section, rule, view)? {
                    Ruled::Denies if rule.is_shadow => {
                        // Whoever is denied is counted nowhere.
                        self.shadowed.push(rule.denial());
                        continue;
                    }
                    Ruled::Denies => return Ok(Some(rule.denial())),
                    Ruled::Holds(_) if file.is_shadow || rule.is_shadow => self.shadowed.push(rule.asks()),
                    Ruled::Holds(timeout) => {
                        self.holds.push(Hold { denial: rule.asks(), timeout, hash: rule.hash });
                    }
                    Ruled::Passes => {}
                }
                if rule.counts.is_some() {
                    counting.push((rule, view));
                }
            }
        }
        self.count(file, &counting)
    }

    /// Notes what is to be taken, or says why that cannot be told.
    fn count(&mut self, file: &File, counting: &[(&Rule, &View<'c>)]) -> Result<Option<Denial>, Undecided> {
        let taken = self.takings.len();
        for (rule, view) in counting {
            let Some(counts) = &rule.counts else { continue };
            self.steps.take(1)?;
            let Some(amount) = self.amount(counts, view)? else {
                if rule.is_shadow {
                    self.shadowed.push(rule.uncountable());
                    continue;
                }
                self.takings.truncate(taken);
                return Ok(Some(rule.uncountable()));
            };
            let Some(limit) = limit::of(rule, counts, view, self.call, &mut self.steps)? else { continue };
            self.takings.push(Taking {
                key: counts.spec.key(self.call),
                window: counts.spec.window,
                amount,
                limit,
                exceeded: rule.exceeded(),
                shadow: rule.is_shadow || file.is_shadow,
            });
        }
        Ok(None)
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
