//! Which files are near those that something was found in? What is written there anew may come to something else in these.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::shown;
use crate::{
    finding::Finding,
    project::{FileId, Project},
    reach::Near,
};

/// How many are told of each.
const MOST: usize = 8;

pub(super) fn of(
    project: &Project<'_>,
    seen: &Near,
    findings: &[Finding],
) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    let spots = |finding: &Finding| {
        let steps = finding.steps.iter().map(|step| Arc::clone(&step.spot.path));
        steps.chain([Arc::clone(&finding.spot.path)]).collect::<Vec<_>>()
    };
    let meant: BTreeSet<_> = findings.iter().flat_map(spots).collect();
    if meant.is_empty() {
        return BTreeMap::new();
    }
    let named: BTreeMap<FileId, Arc<str>> = project
        .files()
        .map(|(id, file)| (id, shown(&file.path)))
        .filter(|(_, path)| meant.contains(path))
        .collect();
    let near = named.keys().map(|id| {
        let others = project.files().map(|(other, _)| other);
        let near = others
            .filter(move |other| other != id && (seen.is_seen(*id, *other) || seen.is_seen(*other, *id)));
        (*id, near)
    });
    let told = near.filter_map(|(id, near)| {
        let others = near.take(MOST).map(|other| shown(&project.file(other).path)).collect::<Vec<_>>();
        Some((Arc::clone(named.get(&id)?), others))
    });
    told.filter(|(_, near)| !near.is_empty()).collect()
}
