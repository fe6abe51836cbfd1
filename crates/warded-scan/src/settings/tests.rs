use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Settings, SettingsError};
use crate::{
    finding::{Finding, Spot},
    look::Limits,
    rule::{Confidence, Rule, Severity},
    rules::{self, Chosen},
};

fn read(text: &str) -> Result<Settings, SettingsError> {
    Settings::read(text, Path::new("/project"))
}

fn refused(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

fn finding(id: &str, path: &str, confidence: Confidence) -> Finding {
    let rule = rules::rules().find(|rule| rule.id == id).unwrap();
    Finding {
        rule,
        severity: rule.severity,
        confidence,
        spot: Spot { path: path.into(), span: 0..1 },
        message: String::new(),
        steps: Vec::new(),
        fix: None,
    }
}

#[test]
fn paths_are_left_out_by_globs_of_gitignore() {
    let settings = read("exclude = ['tests/', '*_gen.go', '/third']").unwrap();
    let excludes = |path: &str, is_folder| settings.excludes(&Path::new("/project").join(path), is_folder);
    assert!(excludes("tests", true) && excludes("a/tests/b.py", false) && excludes("a/b_gen.go", false));
    assert!(excludes("third/x.py", false) && !excludes("a/third/x.py", false));
    assert!(!excludes("tests", false) && !excludes("src/a.py", false));
    // What lies elsewhere is nobody's.
    assert!(!settings.excludes(Path::new("/other/tests/a.py"), false));
    assert!(!settings.excludes(Path::new("/project"), true));
    assert!(!Settings::default().excludes(Path::new("/project/tests"), true));
}

#[test]
fn what_holds_for_a_path_holds_there_only() {
    let text = "min-confidence = 'medium'\nbudget = 5\n\
                [[path]]\nglob = 'examples/'\nignore = ['WRD101']\nseverity = 'medium'\n\
                [[path]]\nglob = '*.ts'\nseverity = 'note'";
    let settings = read(text).unwrap();
    let mut findings = vec![
        finding("WRD101", "examples/a.py", Confidence::High),
        finding("WRD201", "examples/a.py", Confidence::High),
        finding("WRD201", "examples/a.ts", Confidence::High),
        finding("WRD105", "examples/a.py", Confidence::Medium),
        finding("WRD101", "src/a.py", Confidence::Medium),
        finding("WRD101", "src/b.py", Confidence::Low),
    ];
    let places: Vec<_> =
        findings.iter().map(|finding| Path::new("/project").join(&*finding.spot.path)).collect();
    let place_of = |shown: &str| places.iter().find(|place| place.ends_with(shown)).map(PathBuf::as_path);
    settings.apply(&mut findings, place_of);
    let left: Vec<_> =
        findings.iter().map(|finding| (finding.rule.id, &*finding.spot.path, finding.severity)).collect();
    assert_eq!(
        left,
        [
            ("WRD201", "examples/a.py", Severity::Medium),
            ("WRD201", "examples/a.ts", Severity::Note),
            // No worse than that, and it was not as bad.
            ("WRD105", "examples/a.py", Severity::Note),
            ("WRD101", "src/a.py", Severity::High),
        ]
    );
    assert_eq!(settings.budget(), Duration::from_secs(5));
    assert_eq!(read("").unwrap().budget(), Limits::default().budget);
    settings.with_min_confidence(Some(Confidence::High)).apply(&mut findings, |_| None);
    assert_eq!(findings.len(), 2);
}

#[test]
fn whoever_mistypes_is_told_what_was_meant() {
    for (text, says) in [
        (
            "exlude = []",
            "line 1: unknown field `exlude`, expected one of `exclude`, `rules`, `min-confidence`, `budget`, `path`; did you mean `exclude`?",
        ),
        (
            "\n[[path]]\nglob = 'x'\nignores = []",
            "line 4: unknown field `ignores`, expected one of `glob`, `ignore`, `severity`; did you mean `ignore`?",
        ),
        ("[[path]]\nglob = 'x'\nignore = ['WRD1O1']", "there is no rule `WRD1O1`; did you mean `WRD101`?"),
        ("[[path]]\nglob = 'x'\nignore = ['no-such']", "there is no rule `no-such`"),
        ("min-confidence = 'hihg'", "did you mean `high`?"),
        ("[[path]]\nseverity = 'note'", "missing field `glob`"),
        ("exclude = 'tests'", "line 1: invalid type"),
        ("exclude = ['a{']", "`a{` is no glob: "),
        ("exclude = ['!a']", "`!a` is no glob: it matches nothing"),
        ("exclude = ['']", "`` is no glob"),
        ("rules = ['WRD1O1']", "there is no rule `WRD1O1`; did you mean `WRD101`?"),
        ("rules = []", "`rules` names no rule"),
        ("rules = 'WRD101'", "line 1: invalid type"),
        ("budget = 0", "at least 1"),
        ("budget = -1", "line 1: "),
        ("budget = 99999999999999999999", "line 1: "),
        ("exclude = [", "line 1: "),
        ("exclude = []\nexclude = []", "line 2: duplicate key"),
    ] {
        assert!(refused(text).contains(says), "{text}: {}", refused(text));
    }
    assert!(read("").is_ok() && read("# nothing").is_ok());
}

#[test]
fn some_rules_may_be_asked_alone() {
    let asked = |settings: &Settings| settings.rules().some().map(Iterator::collect::<Vec<_>>);
    assert_eq!(asked(&read("").unwrap()), None);
    let some = read("rules = ['token-passthrough', 'wrd101', 'WRD101']").unwrap();
    assert_eq!(asked(&some), Some(vec!["WRD101", "WRD207"]));
    let other = Chosen::only([Rule::named("WRD208").unwrap()]);
    assert_eq!(asked(&some.clone().with_rules(Some(other))), Some(vec!["WRD208"]));
    assert_eq!(asked(&some.with_rules(None)), Some(vec!["WRD101", "WRD207"]));
}
