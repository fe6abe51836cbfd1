//! Each line was asked of Go 1.26's `regexp`.

use super::*;

fn matches(expression: &str, text: &str) -> bool {
    Expression::of(expression).unwrap_or_else(|why| panic!("{expression}: {why}")).matches(text)
}

#[test]
fn what_both_spell_alike_and_mean_otherwise_is_meant_as_go_means_it() {
    for (expression, yes, no) in [
        ("^[[a]$", &["[", "a"][..], &["b", "]"][..]),
        ("^[a&&b]$", &["a", "b", "&"], &["c"]),
        ("^[a~~b]$", &["a", "~"], &["c"]),
        ("^[--a]$", &["-", "0", "A", "a"], &["b", ","]),
        (r"^[\w-z]$", &["a", "-", "z", "_"], &["é", "."]),
        ("^a{,5}$", &["a{,5}"], &["", "a", "aa"]),
        ("^a{$", &["a{"], &["a"]),
        ("^a{01}$", &["a{01}"], &["a"]),
        ("^a{2$", &["a{2"], &["aa"]),
        (r"^\<$", &["<"], &["", "a"]),
        (r"^\d$", &["1"], &["١", "a"]),
        (r"^\D$", &["١", "a"], &["1"]),
        (r"^\w+$", &["aZ_0"], &["é", "a-b"]),
        (r"^\W$", &["é", "-"], &["a"]),
        (r"^\s$", &[" ", "\t", "\n", "\u{c}", "\r"], &["\u{a0}", "\u{b}"]),
        (r"^\S$", &["\u{a0}", "\u{b}", "a"], &[" "]),
        (r"\bcole\b", &["écoleé", "cole", "a cole"], &["acole"]),
        (r"é\B", &["éé"], &["éa"]),
        (r"^[^a]$", &["b", "\n", "é"], &["a", ""]),
        ("^.$", &["é", "a"], &["\n", ""]),
        ("a$", &["a", "ba"], &["a\n", "ab"]),
        ("(?m)^a$", &["b\na\nc"], &["ba"]),
        ("(?i)^straSSe$", &["STRASSE", "\u{17f}traſſe"], &["straße"]),
        (r"(?i)^\w$", &["\u{212a}", "\u{17f}"], &["é"]),
        ("(?i)^[^k]$", &["a"], &["k", "K", "\u{212a}"]),
        (r"^\Q.*[\E+$", &[".*[", ".*[["], &["a", ".*"]),
        (r"^\Qa\b$", &["a\\b$"], &["a"]),
        (r"^\x41\x{1F600}\101\07$", &["A\u{1f600}A\u{7}"], &["A"]),
        (r"^\pL\PL\p{Greek}\P{^Greek}$", &["é1αβ"], &["11αβ", "é1aβ"]),
        ("^[[:alpha:]]$", &["a"], &["é", "1"]),
        ("^[[:^alpha:]]$", &["é", "1"], &["a"]),
        ("^[]a]$", &["]", "a"], &["b"]),
        ("^[^]a]$", &["b"], &["]", "a"]),
        ("^[[.a.]]$", &["[]", "a]", ".]"], &["[", "a"]),
        (r"^[\]\-\\^]$", &["]", "-", "\\", "^"], &["a"]),
        ("^[a-]$", &["a", "-"], &["b"]),
        ("^(?P<n>a)(?<m>b)$", &["ab"], &["a"]),
        ("^(?:a|b)c$", &["ac", "bc"], &["ab"]),
        ("^a{2,3}$", &["aa", "aaa"], &["a", "aaaa"]),
        ("^a{2,}?$", &["aa", "aaaa"], &["a"]),
        ("(?)a", &["a"], &["b"]),
        ("(?ii)A", &["a"], &["b"]),
        ("(?i-i)A", &["A"], &["a"]),
        ("^# x$", &["# x"], &["#x"]),
        ("", &["", "a"], &[]),
        ("b", &["abc", "b"], &["ac"]),
        ("^]}$", &["]}"], &["]"]),
        (r"^\_\-\ \.$", &["_- ."], &["_- a"]),
        ("^é+$", &["éé"], &["e"]),
        ("x{0}", &["", "y"], &[]),
        ("^*a", &["a"], &["b"]),
    ] {
        for text in yes {
            assert!(matches(expression, text), "{expression} {text:?}");
        }
        for text in no {
            assert!(!matches(expression, text), "{expression} {text:?}");
        }
    }
}

#[test]
fn what_go_does_not_compile_does_not_compile() {
    for expression in [
        r"[a-\d]",
        "(?x)a",
        "a**",
        "a*+",
        "a+??*",
        "a{1001}",
        r"[\b]",
        r"\1",
        r"\8",
        r"\é",
        "[]",
        "[",
        "[a",
        "[[:foo:]]",
        r"\C",
        "x{2}{3}",
        "a{2,1}",
        r"\Z",
        "*",
        "+a",
        r"\h",
        r"[a\Q]\E]",
        r"\E",
        "[z-a]",
        r"\u0041",
        r"\N",
        r"\R",
        r"\X",
        r"\K",
        r"\G",
        r"\pé",
        r"\p{",
        r"\p{IsGreek}",
        "[a-[b]",
        "(?-)",
        "(?i-)",
        "(?^a)",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?#a)",
        "(?P=n)",
        "(?P<>a)",
        "(",
        ")",
        "(a",
        "a)",
        r"\",
        r"\x",
        r"\x{110000}",
        r"\x{}",
        r"\x{+41}",
        r"\x4",
        "(?i",
        "(?ix:a)",
    ] {
        assert!(compile(expression).is_err(), "{expression}");
    }
}

#[test]
fn what_is_too_large_does_not_compile() {
    for (expression, why) in [
        ("a".repeat(MAX_BYTES + 1), "is longer than 65536 bytes"),
        (r"\pL{1000}".to_owned(), "is too large when it is compiled"),
        ("((((a{100}){100}){100}){100})".to_owned(), "is too large when it is compiled"),
        ("(".repeat(MAX_BYTES), "exceed the maximum number of nested parentheses/brackets (250)"),
    ] {
        assert_eq!(compile(&expression).map(|_| ()), Err(why.to_owned()));
    }
}

#[test]
fn a_larger_expression_takes_more_steps() {
    let (small, large) = (Expression::of("^a").unwrap(), Expression::of(r"\pL{10}").unwrap());
    assert_eq!(small.steps(400), 101);
    assert!(large.steps(400) > 4 * small.steps(400), "{}", large.size);
}

proptest::proptest! {
    #[test]
    fn nothing_panics(expression in r"[\[\]\\(){}|?*+^$.:,\-&~abdwsQEpPxU0-9<>=#Lié]{0,24}", text in ".{0,8}") {
        if let Ok(read) = Expression::of(&expression) {
            read.matches(&text);
        }
    }

    /// Whatever it is, each letter of it can be said plainly.
    #[test]
    fn a_quoted_text_means_itself(text in ".{0,16}") {
        let quoted: String = text.chars().map(|letter| format!("\\x{{{:x}}}", u32::from(letter))).collect();
        proptest::prop_assert!(matches(&format!("^{}$", quoted), &text));
        if !text.contains("\\E") && !text.ends_with('\\') {
            proptest::prop_assert!(matches(&format!("^\\Q{}\\E$", text), &text));
        }
    }
}
