use std::{ops::Range, path::PathBuf, time::Duration};

use warded_scan::{Confidence, Finding, Leads, Scanned, Spot, Unseen, Why, rules};

use crate::report::scan::{Told, text, window::Window};

fn finding(path: &str, span: Range<usize>, message: &str, steps: &[(&str, Range<usize>, &str)]) -> Finding {
    let rule = rules().next().unwrap();
    let spot = |path: &str, span: &Range<usize>| Spot { path: path.into(), span: span.clone() };
    let leads = |(path, span, says): &(&str, Range<usize>, &str)| Leads {
        spot: spot(path, span),
        says: (*says).to_owned(),
    };
    Finding {
        rule,
        severity: rule.severity,
        confidence: Confidence::High,
        spot: spot(path, &span),
        message: message.to_owned(),
        steps: steps.iter().map(leads).collect(),
        fix: None,
    }
}

fn scanned(findings: Vec<Finding>, texts: &[(&str, &str)]) -> Scanned {
    let texts = texts.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect();
    Scanned { findings, texts, files: 1234, lines: 1_234_567, ..Scanned::default() }
}

fn told(scanned: &Scanned) -> Told<'_> {
    Told {
        scanned,
        took: Duration::from_millis(1250),
        known: 0,
        untouched: 0,
        mended: None,
        left_out: &[],
        token_stores: &[],
        sources: &[],
        is_verbose: false,
        is_quiet: false,
    }
}

/// Without colours.
fn plain(told: &Told<'_>) -> String {
    anstream::adapter::strip_str(&text(told)).to_string()
}

#[test]
fn the_way_to_a_finding_is_shown_in_each_file_that_it_leads_through() {
    let texts = [("a.py", "one\ntwo\nthree\n"), ("b.py", "x\n")];
    let steps = [("b.py", 0..1, "made here"), ("a.py", 0..3, "taken"), ("a.py", 4..7, "sent")];
    let found = finding("a.py", 4..7, "no resource", &steps);
    let said = plain(&told(&scanned(vec![found], &texts)));
    for part in
        ["error[WRD101]: no resource", "--> a.py:2:1", "2. taken", "3. sent", "::: b.py:1:1", "1. made here"]
    {
        assert!(said.contains(part), "{part}:\n{said}");
    }
    assert!(said.contains("1 finding: 1 high\n  WRD101   1   "), "{said}");
    assert!(said.contains("1,234 files, 1,234,567 lines in 1.2 s\n"), "{said}");
    assert!(said.ends_with("`warded explain WRD101`\n"));
}

#[test]
fn what_was_not_told_is_counted_and_listed_on_request() {
    let mut scanned = scanned(Vec::new(), &[("a.py", "x\ny\n")]);
    scanned.unseen = vec![
        Unseen { path: "a.py".into(), span: Some(2..3), why: Why::Syntax },
        Unseen { path: "b\u{1b}.py".into(), span: None, why: Why::Large },
    ];
    let (left_out, token_stores) = ([PathBuf::from("vendor")], [PathBuf::from("/home/ann/.mcp-auth")]);
    let mut told =
        Told { known: 3, untouched: 2, left_out: &left_out, token_stores: &token_stores, ..told(&scanned) };
    let said = plain(&told);
    assert!(
        said.starts_with("nothing found\nnot told: 3 in the baseline, 2 away from what was changed\n"),
        "{said}"
    );
    assert!(said.contains("not looked at: 2 (-v lists them)\nleft out: 1 (-v lists them)\n"), "{said}");
    assert!(said.ends_with("tokens are kept here (not read):\n  /home/ann/.mcp-auth\n"), "{said}");
    told.is_verbose = true;
    let said = plain(&told);
    assert!(said.contains("a.py:2       broken syntax"), "{said}");
    assert!(said.contains("b\\u{1b}.py   larger than 4 MiB\n\nLeft out\nvendor\n"), "{said}");
    told.is_quiet = true;
    told.is_verbose = false;
    assert_eq!(plain(&told), "");
}

#[test]
fn nothing_that_a_stranger_wrote_moves_a_terminal() {
    let wild = "x = '\u{1b}[2J\u{202e}\u{9b}' # \u{7}\n";
    let path = "a\u{1b}]0;x\u{7}.py";
    let steps = [(path, 0..3, "\u{1b}[31m says")];
    let mut scanned =
        scanned(vec![finding(path, 0..3, "bad \u{1b}[2J name \u{202e}", &steps)], &[(path, wild)]);
    scanned.unseen = vec![Unseen { path: path.into(), span: None, why: Why::Link }];
    let said = plain(&Told { is_verbose: true, ..told(&scanned) });
    assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']), "{said:?}");
    // The colours are ours; what is left of the others is no escape.
    assert!(!text(&told(&scanned)).contains("\u{1b}[2J") && !text(&told(&scanned)).contains("\u{1b}]0"));
}

#[test]
fn what_is_long_is_shown_in_part() {
    let line = format!("{}token{}", "x".repeat(2_000_000), "y".repeat(2_000_000));
    let source = format!("a\r\n{line}\nb\n");
    let at = 3 + 2_000_000;
    let said = plain(&told(&scanned(vec![finding("a.js", at..at + 5, "here", &[])], &[("a.js", &source)])));
    assert!(
        said.len() < 4_000 && said.contains("token") && said.contains("a.js:2:2000001"),
        "{}",
        said.len()
    );
    // A whole class.
    let class = "class A:\n".to_owned() + &"    x = 1\n".repeat(10_000);
    let said =
        plain(&told(&scanned(vec![finding("a.py", 0..class.len(), "here", &[])], &[("a.py", &class)])));
    assert!(said.lines().count() < 20, "{said}");
    // A long way.
    let steps: Vec<_> = (0..100).map(|at| ("a.py", at * 10..at * 10 + 1, "goes on")).collect();
    let said = plain(&told(&scanned(vec![finding("a.py", 0..1, "here", &steps)], &[("a.py", &class)])));
    assert!(said.contains("(91 steps before it are not shown)") && said.lines().count() < 60, "{said}");
    // Many of them.
    let many = vec![finding("a.py", 0..1, "here", &[]); 51];
    let scanned = scanned(many, &[("a.py", &class)]);
    let said = plain(&told(&scanned));
    assert!(said.contains("... and 1 more findings; -v shows all of them\n"), "{said}");
    let said = plain(&Told { is_verbose: true, ..told(&scanned) });
    assert_eq!(said.matches("[WRD101]: here").count(), 51);
}

#[test]
fn places_that_lie_nowhere_are_shown_without_a_panic() {
    for (text, span) in
        [("", 0..0), ("", 5..9), ("ä", 1..1), ("ä\r\nb", 1..3), ("a\nb", 2..99), ("a", 1..1), ("a\n\n", 2..3)]
    {
        let window = Window::of(text, std::iter::once(span.clone()));
        assert!(window.text.get(window.spans[0].clone()).is_some(), "{text:?} {span:?}");
        let shown = plain(&told(&scanned(vec![finding("a.py", span, "here", &[])], &[("a.py", text)])));
        assert!(shown.contains("[WRD101]: here"));
    }
    assert!(plain(&told(&scanned(vec![finding("gone.py", 3..4, "here", &[])], &[]))).contains("gone.py"));
}
