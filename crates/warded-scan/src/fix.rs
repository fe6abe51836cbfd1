//! What would mend a finding in code: edits of its file, worked out from the syntax around it and proven by looking again.
//!
//! How a construct is edited is said for each language in a table (`hand`), what a rule needs in a module for each matter;
//! neither has to be right about what the code means. Each draft is tried on a copy of the files that the finding is about
//! and of some beside them, and it is a fix only where the finding is gone then, nothing new is found, and as much can be read as before.

mod about;
mod apply;
mod around;
mod audience;
mod call;
mod chain;
mod compare;
mod condition;
mod csharp;
mod disabled;
mod draft;
mod go;
mod hand;
mod java;
mod javascript;
mod keys;
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

use std::{collections::BTreeSet, path::Path, time::Duration};

use around::{Around, Texts};
pub use mend::{Change, Left, Mended, Mending};
pub use mends::{Mends, mends};
use proof::{Name, Proof, name};
use rayon::prelude::*;
use source::Source;

use crate::{
    configs::blanked_code,
    finding::{Edit, Finding, Fix},
    language::Language,
    look::Watch,
    rule::Confidence,
    scanned::Scanned,
};

/// How many drafts are tried for a finding: each is looked at anew.
const MOST_DRAFTS: usize = 24;

/// How large the files are together that a finding is about, where they are looked at anew for it.
const LARGEST: usize = 1 << 19;

/// How long a file may take each time, at most.
const LONGEST: Duration = Duration::from_secs(2);

/// How much is looked at anew for all findings together: a large file with many of them would take for ever. How often that
/// is for a finding is not known before; most are mended by the first drafts. What is beside is looked at before and after.
const MOST_LOOKED_AT: usize = 1 << 26;
const LOOKS: usize = 4;
const LOOKS_BESIDE: usize = 2;

/// How long all of it may take, and when nothing more is begun.
const LONGEST_OF_ALL: Duration = Duration::from_mins(1);

/// Gives the first findings in code their fixes, where there are any. `most` of them are worked on: each is looked at anew.
pub fn offer(scanned: &mut Scanned, most: usize, budget: Duration, watch: &Watch<'_>) {
    work_out(scanned, most, budget, watch);
}

/// The same, and which of them nobody had the time for.
fn work_out(scanned: &mut Scanned, most: usize, budget: Duration, watch: &Watch<'_>) -> BTreeSet<Name> {
    let around = Around { texts: &scanned.texts, near: &scanned.near };
    let end = (watch.clock)() + LONGEST_OF_ALL;
    let open = scanned.findings.iter_mut().filter(|finding| finding.fix.is_none() && may_have(finding));
    let (open, mut late) = in_reach(open.take(most), &around);
    let budget = budget.min(LONGEST);
    let too_late =
        open.into_par_iter().filter_map(|finding| match fix(finding, &around, budget, end, watch) {
            Ok(fix) => {
                finding.fix = fix;
                None
            }
            Err(TooLong) => Some(name(finding)),
        });
    late.par_extend(too_late);
    late
}

/// Those that there is time for, the first ones first, and the names of the others.
fn in_reach<'f>(
    open: impl Iterator<Item = &'f mut Finding>,
    around: &Around<'_>,
) -> (Vec<&'f mut Finding>, BTreeSet<Name>) {
    let mut left = MOST_LOOKED_AT;
    let (near, far): (Vec<_>, Vec<_>) = open.partition(|finding| {
        let own = around.own(finding);
        let looks = around.size(&own).saturating_mul(LOOKS);
        let beside = around.size(&own).saturating_add(around.size(&around.beside(&own)));
        let rest = left.checked_sub(looks.saturating_add(beside.saturating_mul(LOOKS_BESIDE)));
        left = rest.unwrap_or(left);
        rest.is_some()
    });
    (near, far.into_iter().map(|finding| name(finding)).collect())
}

/// Whether there are fixes for findings like that at all. A request that may be a login of the server itself is left alone:
/// there, no MCP server would be named.
fn may_have(finding: &Finding) -> bool {
    let is_request = matches!(finding.rule.id, "WRD101" | "WRD102" | "WRD103" | "WRD105");
    let is_unsure = is_request && finding.confidence == Confidence::Low;
    !is_unsure && Language::of(Path::new(&*finding.spot.path)).is_some()
}

/// It would take longer than anybody waits.
struct TooLong;

fn fix(
    finding: &Finding,
    around: &Around<'_>,
    budget: Duration,
    end: Duration,
    watch: &Watch<'_>,
) -> Result<Option<Fix>, TooLong> {
    let path = &finding.spot.path;
    let source = Language::of(Path::new(&**path)).zip(around.texts.get(path)).and_then(|(language, text)| {
        Some(Source::of(path, text, language)?.with(beside(path, language, around.texts)))
    });
    let Some(source) = source else { return Ok(None) };
    // A line that holds a secret is not written anew: whoever tells what a fix writes would tell that.
    let fixes = propose::drafts(&source, finding).into_iter().map(|draft| draft.fix(&source));
    let fixes: Vec<_> = fixes.filter(|fix| fix.edits.iter().all(tells_nothing)).take(MOST_DRAFTS).collect();
    if fixes.is_empty() {
        return Ok(None);
    }
    let own = around.own(finding);
    if (watch.clock)() >= end || around.size(&own) > LARGEST {
        return Err(TooLong);
    }
    let Some(proof) = Proof::of(finding, around, budget, watch) else { return Ok(None) };
    for fix in fixes {
        if (watch.clock)() >= end {
            return Err(TooLong);
        }
        if proof.holds(&fix.edits) {
            return Ok(Some(fix));
        }
    }
    Ok(None)
}

fn tells_nothing(edit: &Edit) -> bool {
    blanked_code(&edit.text) == edit.text
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
