//! From what was found beneath some paths to what a scan came to.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use crate::{
    configs,
    finding::{Finding, Unseen},
    language::Language,
    look::{Looked, look, shown},
    scanned::Scanned,
    settings::Settings,
    walk::Walked,
};

/// A comment that speaks to a scan. What has one is kept, to see whether something listened.
const ADDRESSED: &str = "warded: ignore";

/// Everything that is wrong in what was found, but for what the settings do not want to know.
pub fn scan(walked: Walked, settings: &Settings) -> Scanned {
    let Walked { sources, configs, mut unseen, places, .. } = walked;
    let is_code = |path: &Path| Language::of(path).is_some();
    let code: Vec<_> = sources.iter().filter(|(path, _)| is_code(path)).collect();
    let mut texts: BTreeMap<Arc<str>, Arc<str>> =
        code.iter().map(|(path, text)| (shown(path), Arc::from(text.as_str()))).collect();
    let judged = configs::judge(&configs);
    for config in &configs {
        let text = String::from_utf8_lossy(&config.bytes);
        texts.insert(Arc::clone(&config.path), configs::blanked(&config.path, &text, &judged.secrets).into());
    }
    let (files, lines) = (texts.len(), texts.values().map(|text| text.lines().count()).sum());
    let looked = looked(sources, settings);
    let mut findings = looked.findings;
    findings.extend(judged.findings);
    unseen.extend(looked.unseen);
    unseen.extend(judged.unseen);
    settings.apply(&mut findings, |path| places.get(path).map(AsRef::as_ref));
    sort(&mut findings, &mut unseen);
    let named: std::collections::BTreeSet<_> =
        findings.iter().flat_map(spots).map(|spot| Arc::clone(&spot.path)).collect();
    texts.retain(|path, text| named.contains(path) || text.contains(ADDRESSED));
    Scanned { findings, unseen, texts, files, lines }
}

/// The one place where code is looked at.
fn looked(sources: Vec<(std::path::PathBuf, String)>, _settings: &Settings) -> Looked {
    look(sources)
}

fn spots(finding: &Finding) -> impl Iterator<Item = &crate::finding::Spot> {
    std::iter::once(&finding.spot).chain(finding.steps.iter().map(|step| &step.spot))
}

fn sort(findings: &mut [Finding], unseen: &mut [Unseen]) {
    findings.sort_by(|one, other| {
        let place = |of: &Finding| (Arc::clone(&of.spot.path), of.spot.span.start, of.rule.id);
        place(one).cmp(&place(other))
    });
    unseen.sort_by(|one, other| {
        let place =
            |of: &Unseen| (of.path.clone(), of.span.as_ref().map(|span| (span.start, span.end)), of.why);
        place(one).cmp(&place(other))
    });
}
