use std::{path::PathBuf, sync::Arc};

use serde_json::Value;
use warded_scan::{Confidence, Edit, Finding, Fix, Leads, Rule, Scanned, Severity, Spot, Unseen, Why, rules};

use crate::report::scan::{github, json, sarif};

fn rule(id: &str) -> &'static Rule {
    rules().find(|rule| rule.id == id).unwrap()
}

fn spot(path: &str, text: &str, what: &str) -> Spot {
    let start = text.find(what).unwrap_or_else(|| panic!("{what} is not in {text}"));
    Spot { path: path.into(), span: start..start + what.len() }
}

fn finding(id: &str, spot: Spot, message: &str) -> Finding {
    Finding {
        rule: rule(id),
        severity: rule(id).severity,
        confidence: Confidence::High,
        spot,
        message: message.to_owned(),
        steps: Vec::new(),
        fix: None,
    }
}

/// A path in which everything means something somewhere.
const ODD: &str = "a b/#1/50%/ä,:?/é.py";
/// Wide characters, tabs and lines that end as on Windows.
const TEXT: &str = "x = '😀'\r\n\tcall('ä😀', data)\r\nend\r\n";

/// One of everything.
pub(super) fn everything() -> Scanned {
    let one = |what| spot(ODD, TEXT, what);
    let mut main = finding(
        "WRD101",
        one("call('ä😀', data)"),
        "`data` [x](http://evil.example) has no `resource`\nsecond",
    );
    main.steps = vec![
        Leads { spot: one("'😀'"), says: "put together here".to_owned() },
        Leads { spot: main.spot.clone(), says: "sent here".to_owned() },
    ];
    let end = one("data").span.end;
    let insert =
        Edit { spot: Spot { path: ODD.into(), span: end..end }, text: ", resource=\"😀\"".to_owned() };
    let first = Edit { spot: one("x"), text: "y".to_owned() };
    main.fix = Some(Fix { says: "add it".to_owned(), safe: false, edits: vec![insert, first], mode: None });
    let mut note = finding("WRD105", one("data)\r\nend"), "over two lines");
    note.confidence = Confidence::Low;
    let mut medium = finding("WRD404", Spot { path: "/etc/b.json".into(), span: 4..9 }, "no text at hand");
    medium.severity = Severity::Medium;
    let unseen = |path: &str, span, why| Unseen { path: PathBuf::from(path), span, why };
    Scanned {
        findings: vec![medium, main, note],
        unseen: vec![
            unseen(ODD, Some(0..3), Why::Syntax),
            unseen("c d.bin", None, Why::Binary),
            unseen("c.py", Some(1..7), Why::Ways),
        ],
        texts: [(Arc::from(ODD), Arc::from(TEXT))].into(),
        files: 3,
        lines: 12,
        ..Scanned::default()
    }
}

fn log(scanned: &Scanned) -> Value {
    serde_json::from_str(&sarif::render(scanned)).unwrap()
}

#[test]
fn places_in_sarif_are_counted_as_it_says() {
    let run = &log(&everything())["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let place = &run["results"][1]["locations"][0]["physicalLocation"];
    assert_eq!(
        place["region"],
        serde_json::json!({
            "startLine": 2, "startColumn": 2, "endLine": 2, "endColumn": 19,
            "snippet": { "text": "call('ä😀', data)" },
        })
    );
    assert_eq!(place["artifactLocation"]["uri"], "a%20b/%231/50%25/%C3%A4%2C%3A%3F/%C3%A9.py");
    assert!(run["originalUriBaseIds"][place["artifactLocation"]["uriBaseId"].as_str().unwrap()].is_object());
    let absolute = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(absolute["artifactLocation"], serde_json::json!({ "uri": "file:///etc/b.json" }));
    assert_eq!(absolute["region"], serde_json::json!({ "byteOffset": 4, "byteLength": 5 }));
    let lines = &run["results"][2]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&lines["startLine"], &lines["endLine"], &lines["endColumn"]),
        (&2.into(), &3.into(), &4.into())
    );
}

#[test]
fn results_in_sarif_say_what_was_found() {
    let run = &log(&everything())["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["partialFingerprints"]["warded/v1"].as_str().unwrap().len(), 32);
    }
    let levels: Vec<_> = run["results"].as_array().unwrap().iter().map(|result| &result["level"]).collect();
    assert_eq!(levels, ["warning", "error", "note"]);
    let main = &run["results"][1];
    assert_eq!(main["message"]["text"], "`data` [x] (http://evil.example) has no `resource`\nsecond");
    let steps = main["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1]["location"]["message"]["text"], "sent here");
    assert_eq!(main["relatedLocations"].as_array().unwrap().len(), 1);
    let edits = &main["fixes"][0]["artifactChanges"][0]["replacements"];
    assert_eq!(edits[0]["insertedContent"]["text"], "y");
    assert_eq!(edits[1]["deletedRegion"]["startColumn"], edits[1]["deletedRegion"]["endColumn"]);
    let of_rule = rules.iter().find(|rule| rule["id"] == "WRD101").unwrap();
    let tags: Vec<_> = of_rule["properties"]["tags"].as_array().unwrap().iter().collect();
    assert_eq!(tags, ["security", "external/cwe/cwe-345"]);
    assert_eq!(of_rule["properties"]["security-severity"], "8.0");
    let notices = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notices.len(), 3);
    let known = run["tool"]["driver"]["notifications"].as_array().unwrap();
    for notice in notices {
        assert!(known.iter().any(|one| one["id"] == notice["descriptor"]["id"]), "{notice}");
    }
}

#[test]
fn what_was_found_is_shown_beside_the_lines_at_github() {
    let said = github::render(&everything());
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(lines[0].starts_with("::warning file=/etc/b.json,title=WRD404::no text at hand%0A"), "{said}");
    let start = "::error file=a b/#1/50%25/ä%2C%3A?/é.py,line=2,endLine=2,col=2,endColumn=19,title=WRD101::";
    assert!(lines[1].starts_with(start), "{said}");
    assert!(lines[1].contains("has no `resource`%0Asecond%0A"), "{said}");
    assert!(lines[2].starts_with("::notice ") && lines[2].contains("line=2,endLine=3,title"), "{said}");
    assert_eq!(lines[3], "::notice title=warded scan::3 files or parts of them were not looked at");
}

#[test]
fn no_path_and_no_message_becomes_another_command() {
    let mut scanned = everything();
    scanned.findings.truncate(1);
    scanned.unseen.clear();
    scanned.findings[0].spot.path = "a\n::set-env name=X::\r\u{1b}[2J%0A,line=9".into();
    scanned.findings[0].message = "a\r\n::stop-commands::x\u{85}\u{2028}%0D".to_owned();
    let said = github::render(&scanned);
    assert_eq!(said.lines().count(), 1, "{said:?}");
    assert!(!said.trim_end().contains(|c: char| c.is_control() || c == '\u{2028}'), "{said:?}");
    assert!(said.contains("%250A%2Cline=9") && said.contains("%250D"), "{said:?}");
    for text in [sarif::render(&scanned), json::render(&scanned, None)] {
        assert!(!text.contains(['\u{1b}', '\u{85}', '\u{2028}']), "{text:?}");
    }
}

#[test]
fn the_report_for_programs_has_its_shape() {
    let mut scanned = everything();
    scanned.findings.remove(0);
    scanned.unseen.truncate(1);
    let report: Value = serde_json::from_str(&json::render(&scanned, None)).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(
        report["summary"],
        serde_json::json!({ "files": 3, "lines": 12, "critical": 0, "high": 1, "medium": 0, "note": 1 })
    );
    let found = &report["findings"][0];
    assert_eq!(
        (&found["rule"], &found["severity"], &found["confidence"]),
        (&"WRD101".into(), &"high".into(), &"high".into())
    );
    let place = serde_json::json!({
        "path": ODD, "bytes": [13, 33],
        "start": { "line": 2, "column": 2 }, "end": { "line": 2, "column": 19 },
    });
    assert_eq!(found["place"], place);
    assert_eq!(found["steps"][1], serde_json::json!({ "message": "sent here", "place": place }));
    assert_eq!((&found["fix"]["safe"], &found["fix"]["edits"][1]["text"]), (&false.into(), &"y".into()));
    assert_eq!(report["findings"][1]["fix"], Value::Null);
    assert_eq!(report["not_looked_at"][0]["why"], "syntax");
}

#[test]
fn nothing_found_is_a_whole_report() {
    let nothing = Scanned::default();
    assert_eq!(log(&nothing)["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(github::render(&nothing), "");
    let report: Value = serde_json::from_str(&json::render(&nothing, None)).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]));
}
