//! No file makes the reader panic, take long or take much.

use proptest::prelude::*;

use super::*;

/// Files from which others are made.
fn seeds() -> Vec<String> {
    let examples = crate::reference().codes.iter().map(|code| code.example.to_owned());
    let rich = "version: \"1\"\ndefault: deny\nhide: [a, 'b']\ntools:\n  t: &t\n    scopes: [x:y]\n    rules:\n      - name: \"r\"\n        rate_limit: +5/minute\n        per: [subject]\n      - &r { name: s, conditions: [{ path: 'args[\"a.b\"][0]', op: regex, value: '^[\\d]+$' }, { path: state.t._rate_minute_per_subject, op: lt, value: 1_0.5e3 }] }\n      - { <<: *r, name: u, state: { counter: n, window: day, increment: 0x1F } }\n  u: *t\n  \"*\": { rules: [{ action: require_approval, approval_timeout: 1h30m, conditions: [{ path: auth.token.aud, op: in, value: ['${server.identity}', $${x}] }] }] }\n".to_owned();
    examples.chain([rich]).collect()
}

/// What files break by.
const PIECES: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "-",
    "- ",
    "\n",
    "\n  ",
    "\t",
    "#",
    "&a ",
    "*a",
    "<<: ",
    "!!",
    "!",
    "|",
    ">",
    "'",
    "\"",
    "\\",
    "~",
    "null",
    "${",
    "$${",
    "*",
    "%",
    "---\n",
    "...\n",
    "\u{feff}",
    "é",
    "\0",
    "9999999999999999999999",
    ".inf",
    "0x",
];

fn mutated() -> impl Strategy<Value = String> {
    let seeds = seeds();
    let edit = (any::<prop::sample::Index>(), 0..5_usize, any::<prop::sample::Index>());
    (prop::sample::select(seeds.clone()), prop::sample::select(seeds), prop::collection::vec(edit, 1..8))
        .prop_map(|(seed, other, edits)| {
            let mut chars: Vec<char> = seed.chars().collect();
            let other: Vec<char> = other.chars().collect();
            for (at, kind, what) in edits {
                let at = at.index(chars.len() + 1);
                let piece = what.get(&PIECES).chars();
                match kind {
                    0 => drop(chars.splice(at..at, piece)),
                    1 => drop(chars.splice(at..(at + 1).min(chars.len()), piece)),
                    2 => chars.truncate(at),
                    3 => drop(chars.splice(at..(at + 9).min(chars.len()), [])),
                    _ if other.is_empty() => {}
                    _ => drop(
                        chars.splice(at..at, other.iter().skip(what.index(other.len())).copied().take(40)),
                    ),
                }
            }
            chars.into_iter().collect()
        })
}

/// Whatever was read, it holds together.
fn is_sound(source: &str) {
    for reading in [Reading::Strict, Reading::Lenient] {
        let read = read(source, reading);
        let has_error = read.findings.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(read.document.is_none(), has_error, "{source:?}");
        for finding in &read.findings {
            assert!(source.get(finding.span.clone()).is_some(), "{source:?}\n{finding:#?}");
            assert!(!finding.message.is_empty() && finding.help.is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_change_of_a_file_makes_it_panic(source in mutated()) {
        is_sound(&source);
    }

    #[test]
    fn no_text_makes_it_panic(source in "[a-c\\[\\]{}:,&*!|>'\"%@`#\\-? \n\t0-9~<$.]{0,64}") {
        is_sound(&source);
    }

    /// What is read is what serde-saphyr reads, as far as both read YAML 1.2's core.
    #[test]
    fn texts_and_lists_are_read_as_another_reader_reads_them(
        texts in prop::collection::vec("[a-z][a-z :#'\"\\\\\n\té-]{0,12}[a-z]", 1..5)
    ) {
        let json = serde_json::to_string(&texts).unwrap();
        let expected: Vec<String> = serde_saphyr::from_str(&json).unwrap();
        let Value::List(items) = value(&json) else { panic!("{json}") };
        let items: Vec<_> = items.into_iter().map(|item| match item { Value::Text(text) => text.into_string(), other => panic!("{other:?}") }).collect();
        prop_assert_eq!(items, expected);
    }
}

#[test]
fn a_file_that_stands_for_more_than_it_is_is_refused() {
    let mut laughs = "version: 1\ndescription: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("k{level}: &a{level} [{items}]\n"));
    }
    assert!(codes(&laughs).contains(&"policy-too-complex"));
    let mut merges = "version: 1\nk0: &k0 {a0: x}\n".to_owned();
    for level in 1..2_000 {
        merges.push_str(&format!("k{level}: &k{level} {{<<: *k{}, a{level}: x}}\n", level - 1));
    }
    assert!(codes(&merges).contains(&"policy-too-complex"));
    let mut repeated = "version: 1\ntools:\n  t0:\n    rules: &r\n".to_owned();
    for rule in 0..1_000 {
        repeated.push_str(&format!("      - {{ name: r{rule}, action: deny }}\n"));
    }
    for tool in 1..100 {
        repeated.push_str(&format!("  t{tool}: {{ rules: *r }}\n"));
    }
    assert!(codes(&repeated).contains(&"policy-too-complex"));
}

#[test]
fn a_file_that_is_too_deep_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let deep = format!("version: 1\nhide: \n  {}x{}\n", open.repeat(40), close.repeat(40));
        assert!(codes(&deep).contains(&"policy-too-complex"), "{open}: {:?}", codes(&deep));
        let deepest = format!("{}x{}", open.repeat(100_000), close.repeat(100_000));
        assert!(codes(&deepest).contains(&"policy-too-complex"), "{open}");
    }
    let mut chain = "version: 1\nk0: &k0 [x]\n".to_owned();
    for level in 1..40 {
        chain.push_str(&format!("k{level}: &k{level} [*k{}]\n", level - 1));
    }
    assert!(codes(&chain).contains(&"policy-too-complex"));
}

#[test]
fn a_file_that_is_too_large_is_refused_unread() {
    let large = format!("version: 1\n# {}\n", "x".repeat(MAX_POLICY_BYTES));
    assert_eq!(only(&large).code, "policy-too-complex");
}

#[test]
fn a_large_file_is_read_whole() {
    let mut source = "version: 1\ntools:\n".to_owned();
    for tool in 0..1_000 {
        source.push_str(&format!("  tool_{tool}:\n    rules:\n"));
        for rule in 0..10 {
            source.push_str(&format!(
                "      - name: rule {rule}\n        conditions:\n          - {{ path: args.a{rule}, op: lt, value: {rule} }}\n        on_deny: No\n"
            ));
        }
    }
    let read = read(&source, Reading::Strict);
    assert_eq!(read.findings, []);
    assert_eq!(read.document.unwrap().tools.iter().map(|section| section.rules.len()).sum::<usize>(), 10_000);
}
