//! The three syntaxes, and where in them something stands.

use super::{SECRET, judged};
use crate::{
    configs::{
        product::Format,
        read::read,
        tree::{Node, What},
    },
    finding::Why,
};

/// All texts and where they stand, with what stands there.
fn texts(source: &str, format: Format) -> Vec<(String, String)> {
    fn gather(node: &Node, source: &str, all: &mut Vec<(String, String)>) {
        match &node.what {
            What::Text(text) => {
                let at = node.inside(source).unwrap_or_else(|| node.span.clone());
                all.push((text.clone(), source[at].to_owned()));
            }
            What::List(items) => items.iter().for_each(|item| gather(item, source, all)),
            What::Map(entries) => {
                for entry in entries {
                    assert!(source[entry.key_span.clone()].contains(&entry.key));
                    gather(&entry.value, source, all);
                }
            }
            What::Nothing => {}
        }
    }
    let read = read(source, format);
    assert_eq!(read.broken, None, "{source}");
    let mut all = Vec::new();
    if let Some(root) = read.root {
        gather(&root, source, &mut all);
    }
    all
}

fn broken(source: &str, format: Format) -> Option<(usize, Why)> {
    read(source, format).broken
}

#[test]
fn places_are_those_of_the_file() {
    let json = "\u{feff}// é\n{\"a\": /* x */ \"é1\", \"b\": [\"two\", {\"c\": \"3\",},], \"d\": 44,}\n";
    let toml = "# é\na = \"é1\"\nb = ['two', { c = \"3\" }]\nd = 44\n";
    let yaml = "# é\na: é1\nb: ['two', {c: \"3\"}]\nd: 44\n";
    for (source, format) in [(json, Format::Jsonc), (toml, Format::Toml), (yaml, Format::Yaml)] {
        let expected = ["é1", "two", "3", "44"].map(|text| (text.to_owned(), text.to_owned()));
        assert_eq!(texts(source, format), expected, "{source}");
    }
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    for (source, format) in [("\u{feff}a = \"one\"\n", Format::Toml), ("\u{feff}a: one\n", Format::Yaml)] {
        assert_eq!(texts(source, format), [("one".to_owned(), "one".to_owned())], "{source:?}");
    }
}

#[test]
fn escapes_are_read() {
    let source = r#"{"a": "\u00e9\n\"\\\/\ud83d\ude00\ud83dx"}"#;
    let [(text, raw)] = &texts(source, Format::Jsonc)[..] else { panic!("one text") };
    assert_eq!(text, "é\n\"\\/😀\u{fffd}x");
    // It cannot be pointed into, so all of it is.
    assert!(raw.starts_with('"'));
}

#[test]
fn nothing_is_nothing() {
    for format in [Format::Jsonc, Format::Toml, Format::Yaml] {
        for source in ["", " \n", "\u{feff}"] {
            assert_eq!(texts(source, format), [], "{source:?}");
        }
    }
    assert_eq!(texts("null", Format::Jsonc), []);
    assert_eq!(texts("a: ~\nb: true\nc:\n", Format::Yaml), []);
}

#[test]
fn a_mistake_hides_only_what_follows_it() {
    let json = r#"{"a": "one", "b" "two"}"#;
    let toml = "a = \"one\"\nb = = 2\n";
    let yaml = "a: one\nb: [two\n";
    for (source, format) in [(json, Format::Jsonc), (toml, Format::Toml), (yaml, Format::Yaml)] {
        let read = read(source, format);
        assert!(matches!(read.broken, Some((at, Why::Syntax)) if at > 3), "{source}");
        assert_eq!(read.root.unwrap().entry("a").unwrap().value.text(), Some("one"), "{source}");
    }
}

#[test]
fn json_is_read_strictly_but_for_comments_and_commas() {
    for source in [
        "{",
        "[1",
        "{\"a\"}",
        "{a: 1}",
        "{'a': 1}",
        "{\"a\": 1 \"b\": 2}",
        "[1 2]",
        "\"a",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "/* a",
        "/*/ 1",
        "{} {}",
        "nul",
        "{\"a\": }",
        "[,]",
        "{\"a\": \"\\",
    ] {
        assert!(matches!(broken(source, Format::Jsonc), Some((_, Why::Syntax))), "{source}");
    }
    for source in ["-1.5e+3", "[]", "{}", "// a", "/**/[]//", "[true,false,null,]"] {
        assert_eq!(broken(source, Format::Jsonc), None, "{source}");
    }
}

#[test]
fn keys_that_stand_twice_are_both_read() {
    let text = format!(
        r#"{{"mcpServers": {{"a": {{"env": {{"T": "1", "API_TOKEN": "{SECRET}", "API_TOKEN": ""}}}}}}, "mcpServers": {{}}}}"#
    );
    let judged = judged(".mcp.json", &text);
    assert_eq!(judged.findings.len(), 1);
}

#[test]
fn names_of_yaml_stand_for_what_they_name() {
    let text = format!(
        "x: &secret\n  Authorization: Bearer {SECRET}\nextensions:\n  a:\n    uri: https://a.example.com\n    headers: *secret\n  b:\n    uri: https://a.example.com\n    headers:\n      <<: *secret\n"
    );
    let judged = judged(".config/goose/config.yaml", &text);
    assert_eq!(judged.unseen, []);
    // One place, however often it is used.
    assert_eq!(judged.findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(), ["WRD401"]);
    assert_eq!(&text[judged.findings[0].spot.span.clone()], SECRET);
}
