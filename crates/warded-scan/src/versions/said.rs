//! What statements say of the version of a library, and what follows from all of them. Where they differ, the behaviour that tells
//! counts, never the one that silences: nobody knows which of them was followed where the code runs, and whoever may write one
//! beside the code must not hush what is told of it. So nothing that was said is dropped, but for what another one makes more exact.

use std::{collections::BTreeSet, fmt};

use super::{Range, Version};

/// What was said: each statement is kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Of each who has settled on one: that one. A lock has several where others need them, too.
    locked: Vec<Vec<Range>>,
    /// It may be any of one of these.
    allowed: Vec<Range>,
    /// More was said than anybody means: then it may be any of them, and nothing else is kept.
    is_too_much: bool,
}

/// More statements than an honest project makes of one library.
const MOST: usize = 64;

impl Said {
    const TOO_MUCH: Self = Self { locked: Vec::new(), allowed: Vec::new(), is_too_much: true };

    pub(super) fn locked(version: Version) -> Self {
        Self { locked: vec![vec![Range::exact(version)]], ..Self::default() }
    }

    /// By one lock. Nothing where it has none.
    pub(super) fn listed(versions: impl Iterator<Item = Version>) -> Option<Self> {
        let all: BTreeSet<_> = versions.collect();
        if all.len() > MOST {
            return Some(Self::TOO_MUCH);
        }
        let all: Vec<_> = all.into_iter().map(Range::exact).collect();
        (!all.is_empty()).then(|| Self { locked: vec![all], ..Self::default() })
    }

    pub(super) fn allowed(range: Range) -> Self {
        Self { allowed: vec![range], ..Self::default() }
    }

    /// The same, by somebody who has not settled on it.
    pub(super) fn wanted(self) -> Self {
        Self { allowed: self.ranges().cloned().collect(), locked: Vec::new(), ..self }
    }

    /// Both.
    pub(super) fn or(mut self, other: Self) -> Self {
        if self.is_too_much || other.is_too_much {
            return Self::TOO_MUCH;
        }
        self.locked
            .extend(other.locked.into_iter().filter(|one| !self.locked.contains(one)).collect::<Vec<_>>());
        self.allowed
            .extend(other.allowed.into_iter().filter(|one| !self.allowed.contains(one)).collect::<Vec<_>>());
        if self.ranges().count() > MOST { Self::TOO_MUCH } else { self }
    }

    /// Without what something else makes more exact. Of a lock that has several, those that somebody here allows are meant; the others
    /// are there for others. A range in which one lies that somebody has settled on says no more than that one. A lock that has
    /// none that is allowed is stale, or of another project: both stay.
    pub(super) fn settled(self) -> Self {
        let Self { mut locked, mut allowed, is_too_much } = self;
        for all in &mut locked {
            let is_meant = |one: &Range| allowed.iter().any(|range| range.has(one));
            if all.iter().any(is_meant) {
                all.retain(is_meant);
            }
        }
        allowed.retain(|range| !locked.iter().flatten().any(|one| range.has(one)));
        let mut settled = Self { is_too_much, ..Self::default() };
        for one in locked.into_iter().flatten() {
            if !settled.ranges().any(|other| *other == one) {
                settled.locked.push(vec![one]);
            }
        }
        for range in allowed {
            if !settled.ranges().any(|other| *other == range) {
                settled.allowed.push(range);
            }
        }
        settled
    }

    /// What it may be: one of these. Where that is none, it may be anything that was ever said.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = &Range> {
        self.locked.iter().flatten().chain(&self.allowed)
    }

    /// Whether nobody leaves it open.
    #[cfg(test)]
    pub(super) fn is_settled(&self) -> bool {
        self.allowed.is_empty() && !self.is_too_much
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_too_much {
            return f.write_str("one of many");
        }
        let ranges: Vec<_> = self.ranges().map(Range::to_string).collect();
        f.write_str(&ranges.join(", or "))
    }
}
