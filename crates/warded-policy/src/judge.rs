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
    steps::{Steps, Work},
};
use rule::Ruled;
use view::{View, Views};

/// The counters that a call is judged by, each once; and how far it was judged without them.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'c> {
    /// Where it stands, by file and by its place there.
    at: HashMap<(usize, usize), usize>,
    pub(crate) counters: Vec<Counter>,
    /// Whether any of them is asked for by a rule that does not only look.
    pub(crate) is_needed: bool,
    /// What the files see, by their place, so that the call is looked through once.
    views: HashMap<usize, Views<'c>>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Judged<'c> {
    /// Only good for as long as nothing was asked for.
    pub(crate) decision: Decision,
    pub(crate) asked: Asked<'c>,
}

/// Judges a call: with the values of what was asked for, or to find out what to ask for. What it takes is taken from what is left.
pub(crate) fn judge<'c>(
    policy: &Policy,
    call: &Call<'c>,
    known: Option<(&Asked<'c>, &[Amount])>,
    looked: Option<&mut Vec<Looked>>,
    left: &mut Work,
) -> Result<Judged<'c>, Undecided> {
    let mut judge = Judge {
        call,
        known,
        looked,
        steps: left.steps,
        looking: left.looking,
        is_aside: false,
        asked: Asked { at: HashMap::new(), counters: Vec::new(), is_needed: false, views: HashMap::new() },
        shadowed: Vec::new(),
        takings: Vec::new(),
        holds: Vec::new(),
    };
    let mut verdict = None;
    for (at, file) in policy.files.iter().enumerate() {
        if file.is_shadow {
            judge.look_at(at, file);
        } else if let Some(denial) = judge.file(at, file)? {
            verdict = Some(Verdict::Deny(denial));
            break;
        }
    }
    let verdict = verdict.unwrap_or_else(|| match hold::together(&judge.holds) {
        Some(hold) => Verdict::Hold(hold, judge.takings),
        None => Verdict::Allow(judge.takings),
    });
    *left = Work { steps: judge.steps, looking: judge.looking };
    Ok(Judged { decision: Decision { verdict, shadowed: judge.shadowed }, asked: judge.asked })
}

/// What a rule counts.
enum Counted {
    Taken(Box<Taking>),
    /// Nothing, since it has no limit.
    Unlimited,
    /// How much cannot be told.
    Uncountable,
}

struct Judge<'c, 'k> {
    call: &'k Call<'c>,
    known: Option<(&'k Asked<'c>, &'k [Amount])>,
    looked: Option<&'k mut Vec<Looked>>,
    steps: Steps,
    /// The steps for what only looks.
    looking: Steps,
    /// Whether something is only looked at just now: then the two are exchanged.
    is_aside: bool,
    asked: Asked<'c>,
    shadowed: Vec<Denial>,
    takings: Vec<Taking>,
    holds: Vec<Hold>,
}

impl<'c> Judge<'c, '_> {
    /// Notes why the file would deny the call, or that it cannot tell.
    fn look_at(&mut self, at: usize, file: &File) {
        let taken = self.takings.len();
        match self.aside(|judge| judge.file(at, file)) {
            Ok(denial) => self.shadowed.extend(denial),
            Err(why) => {
                self.takings.truncate(taken);
                self.shadowed.push(unseen::undecided(file, why));
            }
        }
    }

    /// Looks at something on the steps that there are for looking; a rule that only looks in a file that only looks, on the same.
    fn aside<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        if self.is_aside {
            return look(self);
        }
        std::mem::swap(&mut self.steps, &mut self.looking);
        self.is_aside = true;
        let looked = look(self);
        self.is_aside = false;
        std::mem::swap(&mut self.steps, &mut self.looking);
        looked
    }

    /// Why the file denies the call, if it does.
    fn file(&mut self, at: usize, file: &File) -> Result<Option<Denial>, Undecided> {
        let call = self.call;
        file.look(call.target, &mut self.steps)?;
        if let Some(denial) = unseen::denial(file, call.target) {
            self.look(file, None, &denial.rule, 0, Outcome::of_denial(file.is_shadow), Vec::new());
            return Ok(Some(denial));
        }
        let sections: Vec<_> = file.sections(call.target).collect();
        if let Some(views) = self.known.and_then(|(asked, _)| asked.views.get(&at)) {
            return self.sections(at, file, &sections, views);
        }
        let judged = View::of(&sections, |section| &section.judged, call, &mut self.steps)?;
        let looked =
            self.aside(|judge| View::of(&sections, |section| &section.looked, call, &mut judge.steps));
        let views = Views { judged, looked };
        let denial = self.sections(at, file, &sections, &views)?;
        self.asked.views.insert(at, views);
        Ok(denial)
    }

    fn sections(
        &mut self,
        at: usize,
        file: &File,
        sections: &[&Section],
        views: &Views<'c>,
    ) -> Result<Option<Denial>, Undecided> {
        let mut counting = Vec::new();
        for (place, section) in sections.iter().enumerate() {
            for rule in &section.rules {
                let view = match &views.looked {
                    Ok(looked) if rule.is_shadow => looked.get(place),
                    Err(why) if rule.is_shadow => {
                        self.shadowed.push(rule.undecided(*why));
                        continue;
                    }
                    _ => views.judged.get(place),
                };
                let Some(view) = view else { continue };
                let ruled = if rule.is_shadow {
                    match self.aside(|judge| judge.rule(at, file, section, rule, view)) {
                        Ok(ruled) => ruled,
                        Err(why) => {
                            self.shadowed.push(rule.undecided(why));
                            continue;
                        }
                    }
                } else {
                    self.rule(at, file, section, rule, view)?
                };
                match ruled {
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
            let counted = if rule.is_shadow {
                self.aside(|judge| judge.taking(file, rule, view))
            } else {
                self.taking(file, rule, view)
            };
            match counted {
                Ok(Counted::Taken(taking)) => self.takings.push(*taking),
                Ok(Counted::Unlimited) => {}
                Ok(Counted::Uncountable) if rule.is_shadow => self.shadowed.push(rule.uncountable()),
                Ok(Counted::Uncountable) => {
                    self.takings.truncate(taken);
                    return Ok(Some(rule.uncountable()));
                }
                Err(why) if rule.is_shadow => self.shadowed.push(rule.undecided(why)),
                Err(why) => return Err(why),
            }
        }
        Ok(None)
    }

    fn taking(&mut self, file: &File, rule: &Rule, view: &View<'c>) -> Result<Counted, Undecided> {
        let Some(counts) = &rule.counts else { return Ok(Counted::Unlimited) };
        self.steps.take(1)?;
        let Some(amount) = self.amount(counts, view)? else { return Ok(Counted::Uncountable) };
        let limit = limit::of(rule, counts, view, self.call, &mut self.steps)?;
        Ok(limit.map_or(Counted::Unlimited, |limit| {
            Counted::Taken(Box::new(Taking {
                key: counts.spec.key(self.call),
                window: counts.spec.window,
                amount,
                limit,
                exceeded: rule.exceeded(),
                shadow: rule.is_shadow || file.is_shadow,
            }))
        }))
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
