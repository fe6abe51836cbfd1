//! What Go's yaml.v3 makes of a value, measured, and what is made of it here.

use super::*;

/// One line each: the value as it is written, the type that Go makes of it, and how Go prints that.
const AS_GO_SAYS: &str = include_str!("yaml-as-go-says.tsv");

/// What is another thing here, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("1e400", "a number: it is not rounded to a float64, which has none so large"),
    ("-1e400", "a number"),
    ("!foo x", "refused: nobody says what the tag means"),
    ("! 1", "refused, as any tag that is not of YAML's core"),
    ("!!binary aGk=", "refused"),
    ("!!timestamp 2024-01-01", "refused"),
    ("!!set {a}", "refused"),
    ("[1, null, 2]", "compared as a list below"),
    ("{a: null}", "compared as a map below"),
];

#[test]
fn values_are_what_they_are_in_go() {
    let mut lines = 0;
    let mut differing = Vec::new();
    for line in AS_GO_SAYS.lines() {
        let (spelled, rest) = line.split_once('\t').unwrap();
        let (kind, printed) = rest.split_once('\t').unwrap();
        let spelled: String = serde_json::from_str(spelled).unwrap();
        let printed: String = serde_json::from_str(printed).unwrap();
        let source = format!(
            "version: 1\ntools:\n  t:\n    rules:\n      - name: r\n        conditions:\n          - path: args.a\n            op: eq\n            value: {spelled}\n"
        );
        let ours = read(&source, Reading::Strict).document.map(|document| {
            match &document.tools[0].rules[0].conditions[0].value {
                Operand::Literal(value) => value.clone(),
                other @ Operand::Template(_) => panic!("{other:?}"),
            }
        });
        let is_same = match (&ours, kind) {
            (None, "invalid") | (Some(Value::Null), "<nil>") => true,
            (None, "float64") => printed.contains("Inf") || printed == "NaN",
            (Some(Value::Bool(ours)), "bool") => ours.to_string() == printed,
            (Some(ours), "int" | "uint64") => *ours == number(&printed),
            (Some(Value::Number(_)), "float64") => is_near(&spelled, &printed),
            // A date is a text here, and said to be one.
            (Some(Value::Text(_)), "time.Time") => codes(&source) == ["policy-date"],
            (Some(Value::Text(ours)), "string") => **ours == *printed,
            _ => false,
        };
        if is_same == DIFFERENT.iter().any(|(text, _)| *text == spelled) {
            differing.push(format!("{spelled}: {ours:?}, in Go {kind} {printed}"));
        }
        lines += 1;
    }
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(lines > 150, "{lines} lines only");
}

/// Whether Go's float64 is the one that is nearest to the number that is read here.
fn is_near(spelled: &str, printed: &str) -> bool {
    let spelled = spelled.trim_start_matches("!!float ").trim_matches('"').replace('_', "");
    spelled
        .parse::<f64>()
        .is_ok_and(|ours| printed.parse::<f64>().is_ok_and(|go| ours.to_bits() == go.to_bits()))
}

#[test]
fn a_key_is_the_text_that_stands_there_and_stands_there_once() {
    let document = document("version: 1\ntools: {1: {}, true: {}, 0x1F: {}}\n");
    let names: Vec<_> = document.tools.iter().map(|section| section.name.text()).collect();
    assert_eq!(names, ["1", "true", "0x1F"]);
    for source in [
        "version: 1\nversion: 1\n",
        "version: 1\n\"version\": 1\n",
        "version: 1\ntools: {1: {}, \"1\": {}}\n",
        "version: 1\ntools: {a: {}, a: {}}\n",
        "version: 1\ndescription: &d x\ntools: {t: {rules: [{name: r, action: deny, name: s}]}}\n",
    ] {
        assert_eq!(codes(source), ["policy-duplicate-key"], "{source}");
    }
}

#[test]
fn merge_keys_bring_in_what_does_not_stand_there() {
    let base = "version: 1\ntools:\n  a:\n    rules: &rules\n      - &base { name: base, action: deny, on_deny: B }\n  b: { rules: [{ <<: *base, name: b }] }\n  c: { rules: [{ name: c, <<: [{ on_deny: first }, *base] }] }\n  d: { rules: *rules }\n";
    assert_eq!(codes(base), Vec::<&str>::new());
    let document = document(base);
    let rules: Vec<_> = document
        .tools
        .iter()
        .map(|section| (&*section.rules[0].name, section.rules[0].on_deny.as_deref().unwrap()))
        .collect();
    assert_eq!(rules, [("base", "B"), ("b", "B"), ("c", "first"), ("base", "B")]);
    for wrong in ["{ <<: 5 }", "{ <<: [5] }", "{ <<: [[]] }"] {
        assert_eq!(only(&with_rule(wrong)).code, "policy-yaml", "{wrong}");
    }
    assert_eq!(only(&with_rule("{ \"<<\": { name: r }, name: r, action: deny }")).code, "policy-unknown-key");
    let twice = with_rule("{ <<: { name: r }, <<: { action: deny } }");
    assert!(codes(&twice).contains(&"policy-duplicate-key"));
}

#[test]
fn a_second_document_is_not_read_and_said_to_be_none() {
    for source in
        ["version: 1\n---\nversion: 2\n", "version: 1\n...\n---\nhide: [\n", "version: 1\n...\ngarbage: [\n"]
    {
        assert_eq!(codes(source), ["policy-documents"], "{source}");
        assert!(read(source, Reading::Lenient).document.is_some());
    }
    for source in
        ["---\nversion: 1\n", "version: 1\n...\n", "%YAML 1.1\n---\nversion: 1\n", "# c\n---\nversion: 1\n"]
    {
        assert_eq!(codes(source), Vec::<&str>::new(), "{source}");
    }
}

#[test]
fn what_is_no_yaml_is_said_where_it_stands() {
    for (source, place) in [
        ("version: 1\n\tdefault: deny\n", "\t"),
        ("version: 1\ndefault: @x\n", "@"),
        ("version: 1\ntools: *nothing\n", "*"),
    ] {
        let finding = only(source);
        assert_eq!(finding.code, "policy-yaml", "{source}");
        assert!(pointed(source, &finding).starts_with(place), "{source} {finding:?}");
    }
    for source in [
        "a: b: c\n",
        "version: 1 # c\ndefault:allow\n",
        "[",
        "hide:\n-a\n",
        "a: &a [*a]\n",
        "{[a]: b}\n",
        "tools: { ~: {} }\n",
        "tools: { null: {} }\n",
        "tools:\n  : {}\n",
    ] {
        assert!(codes(source).contains(&"policy-yaml"), "{source}: {:?}", codes(source));
    }
    for source in ["", "\u{feff}", "\n", "# only a comment\n", "~\n", "---\n"] {
        assert_eq!(only(source).code, "policy-version", "{source:?}");
    }
}

#[test]
fn line_ends_and_byte_order_marks_are_no_part_of_the_text() {
    for source in [
        "\u{feff}version: 1\ndefault: deny\n",
        "version: 1\r\ndefault: deny\r\n",
        "version:\t1\ndefault: deny",
    ] {
        let read = read(source, Reading::Strict);
        assert_eq!(read.findings, [], "{source:?}");
        assert_eq!(read.document.unwrap().default, crate::Unlisted::Deny);
    }
    let crlf = "version: 1\r\ndefault: no\r\n";
    assert_eq!(pointed(crlf, &only(crlf)), "no");
    let bom = "\u{feff}version: 1\ndefault: no\n";
    assert_eq!(pointed(bom, &only(bom)), "no");
}
