//! The judge, on a package that nobody published.

use std::fmt::Write as _;

use super::Judged;
use crate::score::{
    finding::{Finding, Voice},
    label::Package,
    mark::{Group, Mark, Outcome, View, marks},
    tally::Tally,
};

/// Labels in `a.py`, which was read whole, and `b.py`, which was not. Each: path, lines, verdict, rule, and more keys.
fn package(sites: &[(&str, usize, usize, &str, &str, &str)]) -> Package {
    let mut text = "package: pypi:made-up\nversion: '1'\narchive: wheel\nfiles: [a.py]\nsites:\n".to_owned();
    for (path, line, end, verdict, rule, more) in sites {
        writeln!(
            text,
            "- {{path: {path}, line: {line}, end: {end}, kind: other, verdict: {verdict}, rule: {rule}, flow: absent, why: x{more}}}"
        )
        .unwrap();
    }
    Package::read(&text).unwrap()
}

fn error(rule: &str, path: &str, line: usize) -> Finding {
    let (rules, path) = (vec![rule.to_owned()], path.to_owned());
    Finding { rules, voice: Voice::Error, path, line, end: line, message: String::new() }
}

fn note(rule: &str, path: &str, line: usize) -> Finding {
    Finding { voice: Voice::Note, ..error(rule, path, line) }
}

fn judged(package: &Package, findings: &[Finding]) -> Vec<Mark> {
    marks(&Judged::of(package, findings))
}

/// Found, missed, false.
fn tally(marks: &[Mark], view: View) -> (usize, usize, usize) {
    let tally: Tally = marks.iter().filter(|mark| mark.view == view && mark.group == Group::Sure).collect();
    (tally.found, tally.missed, tally.unfounded)
}

fn views(marks: &[Mark]) -> [(usize, usize, usize); 3] {
    [View::Errors, View::Notes, View::Any].map(|view| tally(marks, view))
}

#[test]
fn what_is_wrong_is_found_or_missed() {
    let package =
        package(&[("a.py", 10, 12, "wrong", "WRD101", ""), ("b.py", 20, 20, "wrong", "WRD201", "")]);
    let marks = judged(&package, &[error("WRD101", "a.py", 11)]);
    assert_eq!(views(&marks), [(1, 1, 0), (0, 0, 0), (1, 1, 0)]);
    let missed: Vec<_> = marks.iter().filter(|mark| mark.outcome == Outcome::Missed).collect();
    assert!(missed.iter().all(|mark| mark.path == "b.py" && mark.line == 20 && mark.rule == "WRD201"));
    assert_eq!(views(&judged(&package, &[])), [(0, 2, 0), (0, 0, 0), (0, 2, 0)]);
}

#[test]
fn a_line_beside_is_near_enough_and_two_are_not() {
    let package = package(&[("a.py", 10, 12, "wrong", "WRD101", "")]);
    for (line, found) in [(8, false), (9, true), (10, true), (12, true), (13, true), (14, false)] {
        let marks = judged(&package, &[error("WRD101", "a.py", line)]);
        assert_eq!(tally(&marks, View::Errors), if found { (1, 0, 0) } else { (0, 1, 1) }, "{line}");
    }
    let statement = Finding { end: 30, ..error("WRD101", "a.py", 5) };
    assert_eq!(tally(&judged(&package, &[statement]), View::Errors), (1, 0, 0));
}

#[test]
fn another_rule_is_another_thing_unless_the_label_says_so() {
    let one = package(&[("a.py", 10, 12, "wrong", "WRD101", "")]);
    assert_eq!(tally(&judged(&one, &[error("WRD103", "a.py", 10)]), View::Errors), (0, 1, 1));
    let both = package(&[("a.py", 10, 12, "wrong", "WRD101", ", also: [WRD103]")]);
    assert_eq!(tally(&judged(&both, &[error("WRD103", "a.py", 10)]), View::Errors), (1, 0, 0));
}

#[test]
fn the_same_told_elsewhere_counts_where_the_label_says_so() {
    let sites = [
        ("a.py", 10, 10, "wrong", "WRD101", ", also_at: [40]"),
        ("a.py", 20, 20, "wrong", "WRD101", ", also_at: [40]"),
        ("a.py", 40, 40, "not-applicable", "WRD101", ""),
    ];
    let all = package(&sites);
    // The helper that both go through: told once, both are found, and its own line is no false accusation.
    assert_eq!(tally(&judged(&all, &[error("WRD101", "a.py", 40)]), View::Errors), (2, 0, 0));
    let helper = package(&sites[2..]);
    assert_eq!(tally(&judged(&helper, &[error("WRD101", "a.py", 40)]), View::Errors), (0, 0, 1));
}

#[test]
fn an_accusation_of_good_code_is_false() {
    for verdict in ["ok", "not-applicable"] {
        let package = package(&[("b.py", 10, 12, verdict, "WRD101", "")]);
        assert_eq!(
            views(&judged(&package, &[error("WRD101", "b.py", 10)])),
            [(0, 0, 1), (0, 0, 0), (0, 0, 1)]
        );
        assert_eq!(
            views(&judged(&package, &[note("WRD105", "b.py", 10)])),
            [(0, 0, 0), (0, 0, 1), (0, 0, 1)]
        );
        assert_eq!(views(&judged(&package, &[])), [(0, 0, 0); 3]);
        // Of another rule nobody said anything.
        assert_eq!(views(&judged(&package, &[error("WRD208", "b.py", 10)])), [(0, 0, 0); 3]);
    }
}

#[test]
fn what_is_right_under_a_condition_is_worth_a_note_and_no_more() {
    for rule in ["WRD101", "WRD105", "WRD201"] {
        let package = package(&[("a.py", 10, 12, "conditional", rule, "")]);
        let told = |finding| views(&judged(&package, &[finding]));
        assert_eq!(told(note(rule, "a.py", 10)), [(0, 0, 0), (1, 0, 0), (1, 0, 0)]);
        assert_eq!(told(error(rule, "a.py", 10)), [(0, 0, 1), (0, 1, 0), (1, 0, 0)]);
        assert_eq!(views(&judged(&package, &[])), [(0, 0, 0), (0, 1, 0), (0, 1, 0)]);
    }
    // What is said of a request that sometimes names its server, whichever rule the label has.
    let request = package(&[("a.py", 10, 12, "conditional", "WRD103", "")]);
    assert_eq!(tally(&judged(&request, &[note("WRD105", "a.py", 10)]), View::Notes), (1, 0, 0));
}

#[test]
fn a_note_is_too_quiet_where_something_is_wrong() {
    let package = package(&[("a.py", 10, 12, "wrong", "WRD101", "")]);
    assert_eq!(views(&judged(&package, &[note("WRD105", "a.py", 10)])), [(0, 1, 0), (0, 0, 0), (1, 0, 0)]);
}

#[test]
fn a_finding_at_no_label_is_false_only_where_everything_is_labelled() {
    let package = package(&[("a.py", 10, 12, "ok", "WRD101", ""), ("b.py", 10, 12, "ok", "WRD101", "")]);
    let findings = [error("WRD207", "a.py", 99), error("WRD207", "b.py", 99), note("WRD105", "c.py", 1)];
    let judged = Judged::of(&package, &findings);
    assert_eq!(judged.outside.len(), 2);
    assert_eq!(views(&marks(&judged)), [(0, 0, 1), (0, 0, 0), (0, 0, 1)]);
    // Configurations were labelled by nobody.
    let judged = Judged::of(&package, &[]);
    assert!(judged.unfounded.is_empty());
    let config = [error("WRD401", "a.py", 99)];
    assert_eq!(Judged::of(&package, &config).outside.len(), 1);
}

#[test]
fn what_is_doubtful_upstream_or_of_other_rules_counts_apart() {
    let package = package(&[
        ("a.py", 10, 10, "wrong", "WRD101", ", upstream: true"),
        ("a.py", 20, 20, "wrong", "WRD101", ", doubt: true"),
        ("a.py", 30, 30, "wrong", "WRD301", ""),
        ("a.py", 40, 40, "ok", "WRD101", ", upstream: true"),
    ]);
    let marks = judged(&package, &[error("WRD101", "a.py", 10), error("WRD101", "a.py", 40)]);
    assert_eq!(views(&marks), [(0, 0, 0); 3]);
    let of = |group| {
        marks.iter().filter(|mark| mark.group == group && mark.view == View::Errors).collect::<Tally>()
    };
    let counted = |tally: Tally| (tally.found, tally.missed, tally.unfounded);
    assert_eq!(counted(of(Group::Upstream)), (1, 0, 1));
    assert_eq!(counted(of(Group::Doubtful)), (0, 1, 0));
    assert_eq!(counted(of(Group::NoRule)), (0, 1, 0));
}

#[test]
fn one_thing_told_twice_counts_once() {
    let package = package(&[("a.py", 10, 12, "wrong", "WRD101", ", also_at: [20]")]);
    let marks = judged(&package, &[error("WRD101", "a.py", 10), error("WRD101", "a.py", 20)]);
    assert_eq!(views(&marks), [(1, 0, 0), (0, 0, 0), (1, 0, 0)]);
}

#[test]
fn the_nearest_label_is_meant() {
    let package = package(&[("a.py", 10, 10, "wrong", "WRD101", ""), ("a.py", 11, 11, "ok", "WRD101", "")]);
    assert_eq!(tally(&judged(&package, &[error("WRD101", "a.py", 11)]), View::Errors), (0, 1, 1));
    assert_eq!(tally(&judged(&package, &[error("WRD101", "a.py", 10)]), View::Errors), (1, 0, 0));
}

#[test]
fn shares_are_what_they_are_called() {
    let tally = Tally { found: 9, missed: 3, unfounded: 1 };
    assert_eq!(tally.row("x"), "| x | 9 | 3 | 1 | 0.900 | 0.750 | 0.818 |");
    assert_eq!(Tally::default().row("x"), "| x | 0 | 0 | 0 | - | - | - |");
}
