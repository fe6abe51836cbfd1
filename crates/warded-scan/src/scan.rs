//! From what was found beneath some paths to what a scan came to.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::once,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    configs,
    finding::{Finding, Spot, sort},
    language::Language,
    look::{Limits, Looked, Watch, look_within, shown},
    scanned::Scanned,
    settings::Settings,
    suppress::may_ignore,
    walk::Walked,
};

/// Everything that is wrong in what was found. What somebody does not want to know of it goes afterwards, by
/// [`crate::suppress`], [`Settings::apply`] and others, in this order.
pub fn scan(walked: Walked, settings: &Settings, watch: &Watch<'_>) -> Scanned {
    let Walked { sources, configs, mut unseen, .. } = walked;
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
    let looked = looked(sources, settings, watch);
    let near = looked.near;
    let mut findings = looked.findings;
    findings.extend(judged.findings.into_iter().filter(|finding| settings.rules().has(finding.rule)));
    unseen.extend(looked.unseen);
    unseen.extend(judged.unseen);
    sort(&mut findings, &mut unseen);
    let mut named: BTreeSet<_> = findings.iter().flat_map(spots).map(|spot| Arc::clone(&spot.path)).collect();
    // Whoever shows a part that was not looked at tells its line.
    named.extend(unseen.iter().filter(|unseen| unseen.span.is_some()).map(|unseen| shown(&unseen.path)));
    named.extend(near.values().flatten().cloned());
    texts.retain(|path, text| named.contains(path) || may_ignore(text));
    Scanned { findings, unseen, texts, near, files, lines, rules: settings.rules().clone() }
}

/// The one place where code is looked at.
fn looked(sources: Vec<(PathBuf, String)>, settings: &Settings, watch: &Watch<'_>) -> Looked {
    look_within(sources, settings.rules(), &Limits { budget: settings.budget(), ..Limits::default() }, watch)
}

fn spots(finding: &Finding) -> impl Iterator<Item = &Spot> {
    once(&finding.spot).chain(finding.steps.iter().map(|step| &step.spot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{configs::is_config, finding::Unseen};

    const BAD: &str =
        "import jwt\n\ndef read(token, key):\n    return jwt.decode(token, key, algorithms=['RS256'])\n";

    #[test]
    fn what_is_needed_to_show_a_finding_is_kept_without_secrets() {
        let secret = "ghp_0123456789abcdefABCDEF0123456789abcd";
        let config = format!(
            r#"{{"mcpServers": {{"a": {{"url": "https://a.example/mcp", "headers": {{"Authorization": "Bearer {secret}"}}}}}}}}"#
        );
        let sources = [
            ("bad.py", BAD),
            ("good.py", "x = 1\ny = 2\n"),
            ("spoken.py", "x = 1  # warded: ignore[WRD101] nothing\n"),
            ("go.mod", "module x\n"),
            ("package-lock.json", "{}"),
            ("broken.py", "import jwt\njwt.decode(:\n"),
        ];
        let config = configs::File {
            path: ".mcp.json".into(),
            product: is_config(Path::new(".mcp.json")).unwrap(),
            bytes: config.into_bytes(),
            mode: None,
        };
        let walked = Walked {
            sources: sources.map(|(path, text)| (path.into(), text.to_owned())).into(),
            configs: vec![config],
            unseen: vec![Unseen { path: "z.py".into(), span: None, why: crate::Why::Large }],
            ..Walked::default()
        };
        let scanned = scan(walked, &Settings::default(), &Watch::NOBODY);
        let found: Vec<_> =
            scanned.findings.iter().map(|finding| (&*finding.spot.path, finding.rule.id)).collect();
        assert_eq!(found, [(".mcp.json", "WRD401"), ("bad.py", "WRD201")]);
        let texts: Vec<_> = scanned.texts.keys().map(|path| &**path).collect();
        assert_eq!(texts, [".mcp.json", "bad.py", "broken.py", "spoken.py"]);
        assert!(!format!("{scanned:?}").contains(secret));
        assert_eq!((scanned.files, scanned.lines, scanned.unseen.len()), (5, 10, 2));
    }

    #[test]
    fn nothing_comes_to_nothing() {
        let scanned = scan(Walked::default(), &Settings::default(), &Watch::NOBODY);
        assert_eq!((scanned.files, scanned.lines, scanned.findings.len()), (0, 0, 0));
    }
}
