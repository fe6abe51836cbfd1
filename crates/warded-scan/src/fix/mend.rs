//! All files with their fixes, as far as these hold together: applied, looked at again, and left out where they do not.

mod chosen;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{
    LONGEST_OF_ALL,
    around::Texts,
    proof::{Name, gaps, name, name_after},
    work_out,
};
use crate::{
    configs,
    finding::Finding,
    look::{Watch, shown},
    scanned::Scanned,
    walk::Walked,
};
use chosen::{Chosen, distinct, edited, texts};

/// How often the rest is looked at: a fix may have to wait for another one that is about the same lines.
const ROUNDS: usize = 8;

/// How often fixes are left out that do not hold together with others.
const TRIES: usize = 4;

/// What was done, and what is left.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Mended {
    /// What the files come to now; findings that nobody asked for are not among it.
    pub scanned: Scanned,
    /// The files that have another text or mode now, in the order of their names.
    pub changed: Vec<Change>,
    /// How many findings were mended.
    pub fixed: usize,
    /// How many were not, and why, in the order of the reasons.
    pub left: BTreeMap<Left, usize>,
}

/// A file that has another text or mode than before.
#[derive(Clone)]
#[non_exhaustive]
pub struct Change {
    /// What reports call it.
    pub path: Arc<str>,
    /// What is in it, as it was read.
    pub before: Arc<str>,
    /// What is to be in it.
    pub after: Arc<str>,
    /// Both as anybody may see them, without the secrets in them.
    pub shown: (Arc<str>, Arc<str>),
    /// Who may read it then, as Unix writes it.
    pub mode: Option<u32>,
}

/// Texts may hold secrets.
impl std::fmt::Debug for Change {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Change").field("path", &self.path).field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// Why a finding was not mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Left {
    /// Somebody has to look at what its fix does, and only safe ones were asked for.
    Unsafe,
    /// Its fix does not hold together with others, or with the rest of the code.
    Apart,
    /// Nobody knows: it was not worked on, or not applied, since it would have taken too long.
    Late,
    /// There is no fix that is known to work.
    None,
}

/// What is mended, and how the result is looked at.
pub struct Mending<'m> {
    /// Everything that was found to look at.
    pub walked: &'m Walked,
    /// Whether fixes count that somebody has to look at.
    pub with_unsafe: bool,
    /// How long a file may take.
    pub budget: Duration,
    /// Who has the time.
    pub watch: &'m Watch<'m>,
    /// Looks at it all once more; everything that is found, but for what is ignored.
    pub scan: &'m dyn Fn(Walked) -> Scanned,
}

impl std::fmt::Debug for Mending<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Mending").field("with_unsafe", &self.with_unsafe).finish_non_exhaustive()
    }
}

impl Mending<'_> {
    /// Mends what is wanted. `all` is what was found before anybody left anything of it out, and `wanted` the rest of it.
    /// Nothing is written.
    pub fn run(&self, all: Scanned, wanted: &[Finding]) -> Mended {
        let before = texts(self.walked);
        let (mut now, mut scanned) = (before.clone(), all);
        let mut modes: BTreeMap<Arc<str>, u32> = BTreeMap::new();
        let mut names: BTreeSet<Name> = wanted.iter().map(name).collect();
        let mut apart = BTreeSet::new();
        let end = (self.watch.clock)() + LONGEST_OF_ALL;
        let mut rounds = 0;
        loop {
            let (open, late) = self.open(&scanned, &now, &names);
            let goes_on = rounds < ROUNDS && (self.watch.clock)() < end;
            let round = if goes_on { self.round(&scanned, &now, &modes, &open, &mut apart) } else { None };
            let Some((next, texts, chosen)) = round else {
                let left = self.left(&open, &apart, &late, goes_on);
                let changed = self.changed(&before, &now, &modes);
                let fixed = wanted.len().saturating_sub(open.len());
                return Mended { scanned: Scanned { findings: open, ..scanned }, changed, fixed, left };
            };
            let new = chosen::modes(&chosen);
            let edits = distinct(&chosen);
            let gone: BTreeSet<_> = chosen.iter().map(|one| name(one.finding)).collect();
            let rest = open.iter().filter(|one| !gone.contains(&name(one)));
            let rest: BTreeSet<_> = rest.filter_map(|one| name_after(one, &edits)).collect();
            let was_apart = scanned.findings.iter().filter(|one| apart.contains(&name(one)));
            apart = was_apart.filter_map(|one| name_after(one, &edits)).collect();
            // What an edit has mended by the way is mended, too.
            names = next.findings.iter().map(name).filter(|one| rest.contains(one)).collect();
            modes.extend(new);
            now = texts;
            scanned = next;
            rounds += 1;
        }
    }

    /// What is not mended yet, with what would mend it; and which of it there was no time for.
    fn open(&self, scanned: &Scanned, now: &Texts, names: &BTreeSet<Name>) -> (Vec<Finding>, BTreeSet<Name>) {
        let mut open = Scanned { texts: now.clone(), near: scanned.near.clone(), ..Scanned::default() };
        open.findings = scanned.findings.iter().filter(|one| names.contains(&name(one))).cloned().collect();
        let late = work_out(&mut open, usize::MAX, self.budget, self.watch);
        (open.findings, late)
    }

    fn left(
        &self,
        open: &[Finding],
        apart: &BTreeSet<Name>,
        late: &BTreeSet<Name>,
        went_on: bool,
    ) -> BTreeMap<Left, usize> {
        let mut left = BTreeMap::new();
        for one in open {
            let why = match &one.fix {
                None if late.contains(&name(one)) => Left::Late,
                None => Left::None,
                Some(_) if apart.contains(&name(one)) => Left::Apart,
                Some(fix) if !fix.safe && !self.with_unsafe => Left::Unsafe,
                Some(_) if !went_on => Left::Late,
                Some(_) => Left::Apart,
            };
            *left.entry(why).or_default() += 1;
        }
        left
    }

    fn changed(&self, before: &Texts, now: &Texts, modes: &BTreeMap<Arc<str>, u32>) -> Vec<Change> {
        let changes = now.iter().filter_map(|(path, after)| {
            let (before, mode) = (before.get(path)?, modes.get(path).copied());
            let shown = (self.blanked(path, before), self.blanked(path, after));
            let (path, before, after) = (Arc::clone(path), Arc::clone(before), Arc::clone(after));
            (before != after || mode.is_some()).then_some(Change { path, before, after, shown, mode })
        });
        changes.collect()
    }

    /// The text without the secrets in it.
    fn blanked(&self, path: &Arc<str>, text: &Arc<str>) -> Arc<str> {
        let known = self.walked.configs.iter().find(|config| config.path == *path);
        let Some(product) = known.map(|config| config.product) else {
            return configs::blanked_code(text).into();
        };
        let file =
            configs::File { path: Arc::clone(path), product, bytes: text.as_bytes().to_vec(), mode: None };
        configs::blanked(path, text, &configs::judge(&[file]).secrets).into()
    }

    /// Applies what can be applied at once; nothing where that is nothing.
    fn round<'f>(
        &self,
        scanned: &Scanned,
        now: &Texts,
        before: &BTreeMap<Arc<str>, u32>,
        open: &'f [Finding],
        apart: &mut BTreeSet<Name>,
    ) -> Option<(Scanned, Texts, Vec<Chosen<'f>>)> {
        let mut chosen = chosen::chosen(open, apart, self.with_unsafe);
        for _ in 0..TRIES {
            if chosen.is_empty() {
                return None;
            }
            let edits = distinct(&chosen);
            let texts = edited(now, &edits)?;
            let mut with = before.clone();
            with.extend(chosen::modes(&chosen));
            let walked = self.walked.with(&texts, &with);
            let next = (self.scan)(walked);
            let known: BTreeSet<_> =
                scanned.findings.iter().filter_map(|known| name_after(known, &edits)).collect();
            let meant: BTreeMap<_, _> = chosen
                .iter()
                .filter_map(|one| {
                    Some((name_after(one.finding, &edits)?, Arc::clone(&one.finding.spot.path)))
                })
                .collect();
            let bad = next
                .findings
                .iter()
                .filter(|one| meant.contains_key(&name(one)) || !known.contains(&name(one)));
            let mut bad: BTreeSet<_> = bad.map(|one| Arc::clone(&one.spot.path)).collect();
            if gaps(&next.unseen) > gaps(&scanned.unseen) {
                bad.extend(next.unseen.iter().map(|one| shown(&one.path)));
            }
            // What goes wrong in one file may come from another one.
            let touches = |one: &Chosen<'_>| one.fix.edits.iter().any(|edit| bad.contains(&edit.spot.path));
            if bad.is_empty() {
                return Some((next, texts, chosen));
            }
            let (gone, kept): (Vec<_>, Vec<_>) = chosen.into_iter().partition(touches);
            let is_elsewhere = gone.is_empty();
            apart.extend(gone.iter().map(|one| name(one.finding)));
            if is_elsewhere {
                apart.extend(kept.iter().map(|one| name(one.finding)));
                return None;
            }
            chosen = kept;
        }
        apart.extend(chosen.iter().map(|one| name(one.finding)));
        None
    }
}

#[cfg(test)]
mod tests;
