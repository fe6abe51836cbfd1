//! What a call does otherwise in some versions of its library.

use serde::Deserialize;

use super::{Accepts, Call};
use crate::versions::{Range, Said, Version};

/// In which versions, and what differs there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Otherwise {
    /// From this version on.
    #[serde(default)]
    since: Option<String>,
    /// Up to this one, and not in it.
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    audience: Option<Vec<String>>,
    #[serde(default)]
    off: Option<Vec<String>>,
    #[serde(default)]
    closed: Option<bool>,
    #[serde(default)]
    lenient: Option<bool>,
    #[serde(default)]
    accepts: Option<Accepts>,
    #[serde(default)]
    measured: Option<String>,
}

/// The call as it is in these versions.
#[derive(Clone, Debug)]
pub(super) struct InVersion {
    range: Range,
    call: Box<Call>,
}

impl Otherwise {
    /// Nothing where it does not say in which versions.
    fn of(self, call: &Call) -> Option<InVersion> {
        let version =
            |text: Option<String>| text.map(|text| Version::parse(&text).ok_or(())).transpose().ok();
        let (since, before) = (version(self.since)?, version(self.before)?);
        if since.is_none() && before.is_none() {
            return None;
        }
        let call = Call {
            audience: self.audience.unwrap_or_else(|| call.audience.clone()),
            off: self.off.unwrap_or_else(|| call.off.clone()),
            closed: self.closed.unwrap_or(call.closed),
            lenient: self.lenient.unwrap_or(call.lenient),
            accepts: self.accepts.unwrap_or(call.accepts),
            measured: self.measured.or_else(|| call.measured.clone()),
            ..call.clone()
        };
        Some(InVersion { range: Range::between(since, before), call: Box::new(call) })
    }
}

impl Call {
    /// With what it does in other versions of its package.
    pub(super) fn with_versions(mut self, package: Option<&str>) -> Self {
        let otherwise = std::mem::take(&mut self.otherwise);
        if otherwise.is_empty() {
            return self;
        }
        self.package = package.map(str::to_owned);
        self.in_versions = otherwise.into_iter().filter_map(|one| one.of(&self)).collect();
        let worst = self.in_versions.iter().fold(self.clone(), |worst, one| worst.at_worst(&one.call));
        self.at_worst = Some(Box::new(worst));
        self
    }

    /// What it does in the version that is used. Where that is not known, or a range has several that differ, it is what it does in the
    /// newest. Where it may be one of several versions, what tells most counts: see [`Said`].
    pub(crate) fn in_version(&self, said: impl FnOnce(&str) -> Option<Said>) -> &Self {
        if self.in_versions.is_empty() {
            return self;
        }
        let Some(said) = self.package.as_deref().and_then(said) else { return self };
        let may_be: Vec<_> = said.ranges().map(|range| self.in_range(range)).collect();
        let tells_most = |one: &&Self| may_be.iter().all(|other| one.tells_all_of(other));
        may_be.iter().copied().find(tells_most).unwrap_or_else(|| self.at_worst.as_deref().unwrap_or(self))
    }

    fn in_range(&self, range: &Range) -> &Self {
        let found = self.in_versions.iter().find(|version| version.range.has(range));
        found.map_or(self, |found| &found.call)
    }

    /// Whether all that is told of another version is told of this one, too.
    fn tells_all_of(&self, other: &Self) -> bool {
        (self.accepts == Accepts::Any || other.accepts == Accepts::Absent)
            && (self.lenient || !other.lenient)
            && (!self.closed || other.closed)
            && self.audience.iter().all(|place| other.audience.contains(place))
            && other.off.iter().all(|place| self.off.contains(place))
    }

    /// As bad as two versions together. Both were measured.
    fn at_worst(mut self, other: &Self) -> Self {
        if other.accepts == Accepts::Any {
            self.accepts = Accepts::Any;
        }
        self.lenient |= other.lenient;
        self.closed &= other.closed;
        self.audience.retain(|place| other.audience.contains(place));
        self.off
            .extend(other.off.iter().filter(|place| !self.off.contains(place)).cloned().collect::<Vec<_>>());
        let measured: Vec<_> = [&self.measured, &other.measured].into_iter().flatten().cloned().collect();
        self.measured = (!measured.is_empty()).then(|| measured.join(" and "));
        self
    }
}

#[cfg(test)]
mod tests;
