//! A fix is one where it works: the text is looked at again, and what it mends is gone, and nothing new is there.

use std::{
    collections::BTreeSet,
    num::NonZero,
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::Duration,
};

use super::{
    apply::{applied, moved},
    around::Around,
};
use crate::{
    finding::{Edit, Finding, Unseen, Why},
    look::{Limits, Looked, Watch, look_within},
    rules::Chosen,
};

/// A finding by what stays while other lines of its file are written anew.
pub(super) type Name = (&'static str, Arc<str>, usize);

pub(super) fn name(finding: &Finding) -> Name {
    (finding.rule.id, Arc::clone(&finding.spot.path), finding.spot.span.start)
}

/// What a finding is called after edits; nothing where its place was written anew.
pub(super) fn name_after(finding: &Finding, edits: &[&Edit]) -> Option<Name> {
    let (rule, path, at) = name(finding);
    let here: Vec<_> = edits.iter().filter(|edit| edit.spot.path == path).copied().collect();
    Some((rule, path, moved(at, &here)?))
}

/// How a fix of a finding is proven: in the files that the finding is about, and where it holds there, in those beside them, too. What
/// does not come to the finding proves nothing about it, and is not asked.
pub(super) struct Proof<'w> {
    finding: &'w Finding,
    own: Option<Stage<'w>>,
    beside: LazyLock<Option<Stage<'w>>, Box<dyn FnOnce() -> Option<Stage<'w>> + 'w>>,
}

impl<'w> Proof<'w> {
    /// Nothing where none of them comes to the finding.
    pub(super) fn of(
        finding: &'w Finding,
        around: &'w Around<'w>,
        budget: Duration,
        watch: &'w Watch<'w>,
    ) -> Option<Self> {
        let own = around.own(finding);
        let beside = around.beside(&own);
        let stage = move |files| Some(Stage::of(files, budget, watch)).filter(|stage| stage.has(finding));
        let alone = stage(around.files(&own));
        let all = move || {
            if beside.is_empty() { None } else { stage(around.files(&own.union(&beside).copied().collect())) }
        };
        let proof = Self { finding, own: alone, beside: LazyLock::new(Box::new(all)) };
        (proof.own.is_some() || proof.beside.is_some()).then_some(proof)
    }

    /// Whether these edits of one file mend it, and do nothing else.
    pub(super) fn holds(&self, edits: &[Edit]) -> bool {
        let proves =
            |stage: &Option<Stage<'_>>| stage.as_ref().is_none_or(|stage| stage.proves(self.finding, edits));
        proves(&self.own) && proves(&self.beside)
    }
}

/// Some files, as they were looked at together.
struct Stage<'w> {
    files: Vec<(PathBuf, String)>,
    before: Looked,
    budget: Duration,
    watch: &'w Watch<'w>,
}

impl<'w> Stage<'w> {
    fn of(files: Vec<(PathBuf, String)>, budget: Duration, watch: &'w Watch<'w>) -> Self {
        let before = look(&files, budget, watch);
        Self { files, before, budget, watch }
    }

    /// Whether a finding of the whole is one here, too.
    fn has(&self, finding: &Finding) -> bool {
        self.before.findings.iter().any(|known| name(known) == name(finding))
    }

    /// Whether these edits of one file mend it, and do nothing else.
    fn proves(&self, finding: &Finding, edits: &[Edit]) -> bool {
        let edits: Vec<_> = edits.iter().collect();
        let mut files = self.files.clone();
        for (path, text) in &mut files {
            let here: Vec<_> =
                edits.iter().filter(|edit| *crate::look::shown(path) == *edit.spot.path).copied().collect();
            if here.is_empty() {
                continue;
            }
            let Some(new) = applied(text, &here) else { return false };
            *text = new;
        }
        let after = look(&files, self.budget, self.watch);
        let known: BTreeSet<_> =
            self.before.findings.iter().filter_map(|known| name_after(known, &edits)).collect();
        let goes = name_after(finding, &edits);
        let is_mended = |after: &Finding| Some(name(after)) != goes && known.contains(&name(after));
        after.findings.iter().all(is_mended) && gaps(&after.unseen) <= gaps(&self.before.unseen)
    }
}

/// How much could not be read.
pub(super) fn gaps(unseen: &[Unseen]) -> usize {
    unseen.iter().filter(|one| matches!(one.why, Why::Syntax | Why::Deep)).count()
}

fn look(files: &[(PathBuf, String)], budget: Duration, watch: &Watch<'_>) -> Looked {
    // Findings are worked on side by side already, and nobody is told how far each is.
    let limits = Limits { budget, threads: NonZero::<usize>::MIN };
    look_within(files.to_vec(), &Chosen::ALL, &limits, &Watch { clock: watch.clock, progress: &|_| {} })
}
