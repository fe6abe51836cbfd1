//! What would mend a finding in code: edits of its file, worked out from the syntax around it and proven by looking again.
//!
//! How a construct is edited is said for each language in a table (`hand`), what a rule needs in a module for each matter;
//! neither has to be right about what the code means. Each draft is tried on a copy of the files that the finding is about,
//! and it is a fix only where the finding is gone then, nothing new is found, and as much can be read as before.

mod apply;
mod audience;
mod call;
mod chain;
mod condition;
mod csharp;
mod disabled;
mod draft;
mod go;
mod hand;
mod java;
mod javascript;
mod mend;
mod mends;
mod model;
mod proof;
mod propose;
mod python;
mod query;
mod requests;
mod rust;
mod source;
mod trust;
mod value;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use draft::Draft;
pub use mend::{Change, Left, Mended, Mending};
pub use mends::{Mends, mends};
use proof::Stage;
use rayon::prelude::*;
use source::Source;

use crate::{
    finding::{Finding, Fix},
    language::Language,
    look::Watch,
    rule::Confidence,
    scanned::Scanned,
};

/// How many drafts are tried for a finding: each is looked at anew.
const MOST_DRAFTS: usize = 24;

/// How large the files are together that are looked at anew for a finding.
const LARGEST: usize = 1 << 19;

/// How long a file may take each time, at most.
const LONGEST: Duration = Duration::from_secs(2);

/// How much is looked at anew for all findings together: a large file with many of them would take for ever. How often that
/// is for a finding is not known before; most are mended by the first drafts.
const MOST_LOOKED_AT: usize = 1 << 25;
const LOOKS: usize = 4;

/// How long all of it may take, and when nothing more is begun.
const LONGEST_OF_ALL: Duration = Duration::from_mins(1);

/// Gives the first findings in code their fixes, where there are any. `most` of them are worked on: each is looked at anew.
pub fn offer(scanned: &mut Scanned, most: usize, budget: Duration, watch: &Watch<'_>) {
    let texts = &scanned.texts;
    let end = (watch.clock)() + LONGEST_OF_ALL;
    let open = scanned.findings.iter_mut().filter(|finding| finding.fix.is_none() && may_have(finding));
    let open = in_reach(open.take(most), texts);
    let budget = budget.min(LONGEST);
    open.into_par_iter().for_each(|finding| {
        if (watch.clock)() < end {
            finding.fix = fix(finding, texts, budget, end, watch);
        }
    });
}

/// Those that there is time for, the first ones first.
fn in_reach<'f>(open: impl Iterator<Item = &'f mut Finding>, texts: &Texts) -> Vec<&'f mut Finding> {
    let mut left = MOST_LOOKED_AT;
    let size = |finding: &Finding| {
        named(finding).into_iter().filter_map(|path| texts.get(path)).map(|text| text.len()).sum::<usize>()
    };
    open.filter(|finding| {
        let rest = left.checked_sub(size(finding).saturating_mul(LOOKS));
        left = rest.unwrap_or(left);
        rest.is_some()
    })
    .collect()
}

/// The files that a finding is about.
fn named(finding: &Finding) -> BTreeSet<&Arc<str>> {
    finding.steps.iter().map(|step| &step.spot.path).chain([&finding.spot.path]).collect()
}

/// Whether there are fixes for findings like that at all. A request that may be a login of the server itself is left alone:
/// there, no MCP server would be named.
fn may_have(finding: &Finding) -> bool {
    let is_request = matches!(finding.rule.id, "WRD101" | "WRD102" | "WRD103" | "WRD105");
    let is_unsure = is_request && finding.confidence == Confidence::Low;
    !is_unsure && Language::of(Path::new(&*finding.spot.path)).is_some()
}

type Texts = BTreeMap<Arc<str>, Arc<str>>;

fn fix(finding: &Finding, texts: &Texts, budget: Duration, end: Duration, watch: &Watch<'_>) -> Option<Fix> {
    let path = &finding.spot.path;
    let language = Language::of(Path::new(&**path))?;
    let source = Source::of(path, texts.get(path)?, language)?.with(beside(path, language, texts));
    let drafts = propose::drafts(&source, finding);
    if drafts.is_empty() {
        return None;
    }
    let files: Vec<_> = named(finding)
        .into_iter()
        .filter_map(|path| Some((PathBuf::from(&**path), texts.get(path)?.to_string())))
        .collect();
    if files.iter().map(|(_, text)| text.len()).sum::<usize>() > LARGEST {
        return None;
    }
    let stage = Stage::of(files, budget, watch);
    if !stage.has(finding) {
        return None;
    }
    let in_time = |_: &Draft| (watch.clock)() < end;
    let mut tried = drafts.into_iter().take(MOST_DRAFTS).take_while(in_time).map(|draft| draft.fix(&source));
    tried.find(|fix| stage.proves(finding, &fix.edits))
}

/// The other files of a package of Go, which share their names.
fn beside<'t>(path: &str, language: Language, texts: &'t Texts) -> Vec<&'t str> {
    if language != Language::Go {
        return Vec::new();
    }
    let folder = Path::new(path).parent();
    let others =
        texts.iter().filter(|(other, _)| &***other != path && Path::new(&***other).parent() == folder);
    others.map(|(_, text)| &**text).collect()
}
