use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{
    finding::Why,
    look::Watch,
    rule::Rule,
    rules::{ABOUT_IGNORES, Chosen, rules},
    scanned::{Scanned, tests::scanned},
};

const HEAD: &str = "import requests\n\ndef redeem(code):\n";
const CALL: &str = "    return requests.post(URL, data={\"grant_type\": \"authorization_code\"})";

/// Where no time goes by.
fn suppress(scanned: &mut Scanned, nosem: bool) -> usize {
    super::suppress(scanned, nosem, Duration::ZERO, &Watch::NOBODY)
}

/// What is left, a line each, and how much was ignored.
fn left(files: &[(&str, &str)], nosem: bool) -> (Vec<String>, usize) {
    let mut scanned = scanned(files);
    let ignored = suppress(&mut scanned, nosem);
    (shown(&scanned), ignored)
}

fn shown(scanned: &Scanned) -> Vec<String> {
    let findings = scanned.findings.iter();
    findings
        .map(|finding| {
            let text = &scanned.texts[&finding.spot.path];
            let at = text.get(finding.spot.span.clone()).unwrap();
            format!("{} {}", finding.rule.id, at.lines().next().unwrap_or_default())
        })
        .collect()
}

fn python(text: &str) -> (Vec<String>, usize) {
    left(&[("a.py", text)], false)
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn every_rule_keeps_its_own_examples() {
    for rule in ABOUT_IGNORES {
        for example in rule.examples {
            let path = format!("example.{}", example.language.unwrap().extension());
            let mut scanned = scanned(&[(&path, example.source)]);
            suppress(&mut scanned, false);
            let found: Vec<_> = scanned.findings.iter().map(|finding| finding.rule.id).collect();
            let expected = if example.bad { vec![rule.id] } else { Vec::new() };
            assert_eq!(found, expected, "{}: {}", rule.id, example.source);
        }
    }
}

#[test]
fn an_ignore_means_its_own_line_or_the_one_below() {
    for ignored in [
        format!("{HEAD}{CALL}  # warded: ignore[WRD101] why\n"),
        format!("{HEAD}    # warded: ignore[WRD101] why\n{CALL}\n"),
        format!("{HEAD}    # warded: ignore[wrd101] why\n{CALL}\n"),
        format!("{HEAD}    # warded: ignore[WRD101] why\n    # and more talk\n{CALL}\n"),
        format!("{HEAD}{CALL}  # type: ignore # warded: ignore[WRD101] why\n"),
        format!("{HEAD}    # warded: ignore[WRD101] why\r\n{CALL}\r\n"),
    ] {
        assert_eq!(python(&ignored), (none(), 1), "{ignored}");
    }
    for other in [
        format!("{HEAD}    # warded: ignore[WRD101] why\n\n{CALL}\n"),
        format!("{HEAD}    code = 1  # warded: ignore[WRD101] why\n{CALL}\n"),
        format!("{HEAD}{CALL}\n    # warded: ignore[WRD101] why\n"),
    ] {
        let (left, ignored) = python(&other);
        assert_eq!((left.len(), ignored), (2, 0), "{other}: {left:?}");
        assert!(left.contains(&"WRD901 WRD101".to_owned()), "{other}: {left:?}");
    }
}

#[test]
fn a_text_that_holds_it_ignores_nothing() {
    for text in [
        format!("{HEAD}{CALL}, \"# warded: ignore[WRD101] why\"\n"),
        format!("{HEAD}    x = \"\"\"\n    # warded: ignore[WRD101] why\n    \"\"\"\n{CALL}\n"),
    ] {
        let (left, ignored) = python(&text);
        assert_eq!((left.len(), ignored), (1, 0), "{text}: {left:?}");
    }
}

#[test]
fn all_languages_and_configurations_have_ignores() {
    let ts = "export const redeem = (code: string) => <a>{/* warded: ignore[WRD101] why */}\n{fetch(URL, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code }) })}</a>;\n";
    let jsx = ts.replace("<a>{/*", "<a>\n{/*").replace(": string", "");
    assert_eq!(left(&[("a.jsx", &jsx)], false), (none(), 1));
    let go = "package auth\n\nimport (\n\t\"context\"\n\t\"golang.org/x/oauth2\"\n)\n\nfunc redeem(ctx context.Context, code string, c *oauth2.Config) {\n\t/* warded: ignore[WRD101] why */ c.Exchange(ctx, code)\n}\n";
    assert_eq!(left(&[("a.go", go)], false), (none(), 1));
    for (path, text) in [
        (
            ".cursor/mcp.json",
            "{\"mcpServers\": {\n// warded: ignore[WRD404] in the laboratory\n\"a\": {\"url\": \"http://a.example.com/mcp\"}}}",
        ),
        (
            ".codex/config.toml",
            "[mcp_servers.a]\nurl = \"http://a.example.com/mcp\" # warded: ignore[WRD404] in the laboratory\n",
        ),
    ] {
        assert_eq!(left(&[(path, text)], false), (none(), 1), "{path}");
    }
}

#[test]
fn each_rule_is_ignored_by_its_name() {
    let (left, ignored) = python(&format!("{HEAD}{CALL}  # warded: ignore[WRD105] why\n"));
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(ignored, 0);
    let (left, ignored) =
        python(&format!("{HEAD}{CALL}  # warded: ignore[WRD101, WRD101, WRD777, WRD901] why\n"));
    assert_eq!(left, ["WRD901 WRD101", "WRD901 WRD777", "WRD901 WRD901"]);
    assert_eq!(ignored, 1);
    let (left, _) = python(&format!("{HEAD}{CALL}  # warded: ignore why\n"));
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().any(|line| line.starts_with("WRD901 warded: ignore why")), "{left:?}");
}

#[test]
fn what_says_no_reason_is_told_where_it_ignores_something() {
    let (left, ignored) = python(&format!("{HEAD}{CALL}  # warded: ignore[WRD101]\n"));
    assert_eq!((left, ignored), (vec!["WRD902 warded: ignore[WRD101]".to_owned()], 1));
    let (left, _) = python("x = 1  # warded: ignore[WRD101]\n");
    assert_eq!(left, ["WRD901 WRD101"]);
}

#[test]
fn names_that_are_none_are_not_said_again() {
    let mut scanned = scanned(&[("a.py", "x = 1  # warded: ignore[\u{1b}[31mghp_secret] why\n")]);
    suppress(&mut scanned, false);
    assert_eq!(scanned.findings.len(), 1);
    assert_eq!(scanned.findings[0].message, "this is no rule: it ignores nothing");
}

#[test]
fn comments_for_semgrep_count_on_request() {
    let text = format!("{HEAD}{CALL}  # nosem\n");
    assert_eq!(left(&[("a.py", &text)], true), (none(), 1));
    assert_eq!(left(&[("a.py", &text)], false).1, 0);
    let text = text.replace("nosem", "nosemgrep: WRD101");
    assert_eq!(left(&[("a.py", &text)], true), (none(), 1));
    let text = text.replace("WRD101", "python.lang.other");
    assert_eq!(left(&[("a.py", &text)], true).1, 0);
    assert_eq!(left(&[("a.py", "x = 1  # nosem\n")], true), (none(), 0));
}

#[test]
fn where_nothing_was_looked_at_nothing_is_unused() {
    let loops: Vec<_> = (1..=16).map(|depth| format!("{}while x:\n", " ".repeat(depth))).collect();
    let ways = format!(
        "def f(x, y):\n grant_type = x\n{}{}y = x  # warded: ignore[WRD101] why\n",
        loops.concat(),
        " ".repeat(17)
    );
    assert_eq!(python(&ways), (none(), 0));
    let large = format!("# warded: ignore[WRD101] why\ngrant_type\n{}", "#".repeat(4 << 20));
    assert_eq!(python(&large), (none(), 0));
}

#[test]
fn what_nobody_asked_for_is_not_unused() {
    let text = "x = 1  # warded: ignore[WRD101] why\ny = 1  # warded: ignore[WRD207] why\n";
    let asked = |names: &[&str]| {
        let mut scanned = scanned(&[("a.py", text)]);
        scanned.rules = Chosen::only(names.iter().map(|name| Rule::named(name).unwrap()));
        suppress(&mut scanned, false);
        shown(&scanned)
    };
    assert_eq!(asked(&["WRD101", "WRD901"]), ["WRD901 WRD101"]);
    assert_eq!(asked(&["WRD207", "WRD901"]), ["WRD901 WRD207"]);
    assert_eq!(asked(&["WRD101", "WRD207"]), none());
}

#[test]
fn what_is_found_stays_in_order() {
    let text = format!("x = 1  # warded: ignore[WRD101]\n{HEAD}{CALL}\ny = 1  # warded: ignore[WRD101]\n");
    let (left, _) = python(&text);
    let ids: Vec<_> = left.iter().map(|line| line.get(..6).unwrap()).collect();
    assert_eq!(ids, ["WRD901", "WRD101", "WRD901"]);
    assert!(rules().any(|rule| rule.id == "WRD901"));
}

/// What is left and what is not seen, where every look at the clock takes a second.
fn left_within(budget: u64, path: &str, text: &str) -> (usize, Vec<Why>) {
    let seconds = AtomicU64::new(0);
    let clock = || Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed));
    let mut scanned = scanned(&[(path, text), ("b.py", &format!("{HEAD}{CALL}\n"))]);
    let watch = Watch { clock: &clock, progress: &|_| {} };
    super::suppress(&mut scanned, false, Duration::from_secs(budget), &watch);
    (scanned.findings.len(), scanned.unseen.iter().map(|unseen| unseen.why).collect())
}

#[test]
fn where_it_takes_too_long_nothing_is_ignored_and_that_is_told() {
    let text = format!("{HEAD}{CALL}  # warded: ignore[WRD101] known\n{}", "# warded:\n".repeat(100));
    assert_eq!(left_within(10_000, "a.py", &text), (1, vec![]));
    assert_eq!(left_within(50, "a.py", &text), (2, vec![Why::Long]));
    assert_eq!(left_within(0, "a.py", &text), (2, vec![Why::Long]));
}
