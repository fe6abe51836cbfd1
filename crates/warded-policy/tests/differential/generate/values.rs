//! Values that are alike and not the same, as YAML in policies and as JSON in arguments.

use crate::draw::Draw;

/// Spellings in policies, and spellings in arguments, that may be taken for one another.
const FAMILIES: &[(&[&str], &[&str])] = &[
    (
        &["1", "1.0", "\"1\"", "01", "0x1", "1e0", "true", "[1]", "+1"],
        &["1", "1.0", "\"1\"", "true", "[1]", "10e-1", "1e0"],
    ),
    (
        &["0", "-0", "-0.0", "0.0", "\"0\"", "false", "~"],
        &["0", "-0", "-0.0", "\"0\"", "\"-0\"", "false", "null", "0e5"],
    ),
    (
        &["true", "True", "\"true\"", "yes", "on", "false", "\"false\""],
        &["true", "false", "\"true\"", "\"yes\"", "\"True\"", "1"],
    ),
    (
        &["~", "null", "\"<nil>\"", "\"null\"", "\"\"", "[]", "[~]", "\"[<nil>]\""],
        &["null", "\"<nil>\"", "\"null\"", "\"\"", "[null]", "[]"],
    ),
    (
        &[
            "9007199254740993",
            "9007199254740992",
            "9007199254740992.0",
            "9007199254740993.5",
            "\"9007199254740993\"",
        ],
        &[
            "9007199254740993",
            "9007199254740992",
            "9007199254740991",
            "9007199254740992.5",
            "\"9007199254740993\"",
        ],
    ),
    (
        &[
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "1e19",
            "-9223372036854775808",
        ],
        &[
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "1e19",
            "-9223372036854775809",
            "1e300",
        ],
    ),
    (
        &["0.1", "0.10", "1e-1", "\"0.1\"", "0.1000000000000000055511151231257827", ".1"],
        &["0.1", "0.10", "1e-1", "0.30000000000000004", "\"0.1\""],
    ),
    (
        &["0.99", "0.999999", "1.5", "2.5", "-0.99", "0.0000001", "3.9999999"],
        &["0.99", "0.5", "1.5", "0.0000001", "2.999999", "-0.99"],
    ),
    (
        &["1000000", "1e6", "\"1e+06\"", "\"1000000\"", "1_000_000", "0xF4240"],
        &["1000000", "1e6", "\"1e+06\"", "\"1000000\"", "1000000.0"],
    ),
    (
        &["[1, 2]", "\"[1 2]\"", "[\"1\", \"2\"]", "[1, [2]]", "[[1, 2]]"],
        &["[1,2]", "\"[1 2]\"", "[\"1\",\"2\"]", "[\"1 2\"]", "[[1,2]]", "2"],
    ),
    (
        &["{a: 1}", "\"map[a:1]\"", "{b: x, a: [1, ~]}", "{}", "\"map[]\"", "{a: {a: 1}}"],
        &[
            "{\"a\":1}",
            "\"map[a:1]\"",
            "{\"a\":[1,null],\"b\":\"x\"}",
            "{}",
            "{\"a\":\"1\"}",
            "\"map[a:map[a:1]]\"",
        ],
    ),
    (
        &["\"\u{e9}\"", "\"e\u{301}\"", "\u{df}", "\"SS\"", "\"\u{1f600}\"", "\"\\u212a\"", "k"],
        &[
            "\"\u{e9}\"",
            "\"e\u{301}\"",
            "\"\u{df}\"",
            "\"SS\"",
            "\"\\ud83d\\ude00\"",
            "\"K\"",
            "\"\u{212a}\"",
            "\"k\"",
        ],
    ),
    (
        &["abc", "ABC", "\" abc\"", "\"abc \"", "\"a\\nb\"", "b", "\"\""],
        &["\"abc\"", "\"ABC\"", "\"a\\nb\"", "\"\"", "\"xabcx\"", "[\"abc\"]", "[\"b\",\"ABC\"]"],
    ),
    (&["017", "15", "0o17", "08", "8", "0b11", "3", "\"017\""], &["15", "17", "8", "3", "\"017\"", "11"]),
    (
        &["2024-01-01", "\"2024-01-01\"", "2024-01-01T00:00:00Z", "2024-13-01"],
        &["\"2024-01-01\"", "\"2024-01-01 00:00:00 +0000 UTC\"", "\"2024-13-01\""],
    ),
    (
        &[".inf", "-.inf", ".nan", "\"NaN\"", "\"+Inf\"", "1e400"],
        &["1e308", "\"NaN\"", "\"+Inf\"", "-1e308", "\"1e400\""],
    ),
    (
        &["5", "10", "100", "\"5\"", "5.0", "-5"],
        &[
            "5",
            "10",
            "100",
            "99",
            "\"5\"",
            "-5",
            "5.0",
            "1e2",
            "100.5",
            "5.00000000000000000001",
            "99.99999999999999999999",
            "[5.00000000000000000001]",
            "\"5.0\"",
        ],
    ),
];

/// Expressions that are good ones for everybody.
const EXPRESSIONS: &[&str] = &[
    "abc",
    "^abc$",
    "a.c",
    "^a",
    "c$",
    "(?i)ABC",
    "(?i)k",
    "(?i)\u{df}",
    "\\d",
    "^\\d+$",
    "\\w",
    "\\W",
    "\\s",
    "\\bb\\b",
    "^$",
    "",
    "a|b",
    "(a|b)c?",
    "[a-c]+",
    "[^a-c]",
    "[[:alpha:]]",
    "[[:^digit:]]",
    "\\p{L}",
    "\\pN",
    "\\P{Lu}",
    "\\x41",
    "\\z",
    "\\A1",
    "(?s)a.b",
    "a.b",
    "(?m)^b",
    "(?P<n>a)",
    "a{2}",
    "[]a]",
    "\\.",
    "[\\d]",
    "[\\w-]",
    "[.]",
    "\u{e9}",
    "(?i-s:A.C)",
    "(?:abc)",
    "^(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)$",
    "(?U)a+",
];

/// Expressions that RE2 and others read differently, and some that are none.
const ODD_EXPRESSIONS: &[&str] = &[
    "[a&&b]",
    "[a--b]",
    "[a~~b]",
    "[[a]]",
    "\\x{e9}",
    "\\101",
    "\\Qa.b\\E",
    "(?x) a b c",
    "(?<n>a)",
    "(?=a)",
    "(?!a)",
    "(?<=a)b",
    "(a)\\1",
    "a{,3}",
    "a{1001}",
    "a{1000}",
    "(a{100}){100}",
    "a**",
    "a++",
    "a{2}{3}",
    "*",
    "+a",
    "(",
    ")",
    "[",
    "[^]",
    "[z-a]",
    "\\",
    "\\q",
    "\\_",
    "\\/",
    "\\-",
    "x{",
    "{",
    "}",
    "a{1",
    "a{01}",
    "\\C",
    "\\Z",
    "\\h",
    "\\u0041",
    "\\u{41}",
    "\\<a",
    "\\b{start}",
    "(?u)a",
    "(?-u)a",
    "(?R)a",
    "(?#a)",
    "[a-\\d]",
    "(?i)[k]",
    "(?P<n>a)(?P<n>b)",
    "\\07",
    "[[:foo:]]",
    "[[:word:]]",
    "\\pX",
    "\\p{^L}",
    "a|*",
    "(?i)\\w",
    "\\ca",
];

/// What conditions and arguments of one case have in common.
pub(crate) struct Theme(Vec<usize>);

impl Theme {
    pub(crate) fn draw(draw: &mut Draw) -> Self {
        Self((0..3).map(|_| draw.below(FAMILIES.len())).collect())
    }

    fn family(&self, draw: &mut Draw) -> (&'static [&'static str], &'static [&'static str]) {
        FAMILIES[if draw.one_in(8) { draw.below(FAMILIES.len()) } else { self.0[draw.below(self.0.len())] }]
    }

    /// A value of a policy.
    pub(crate) fn written(&self, draw: &mut Draw) -> &'static str {
        let (written, _) = self.family(draw);
        draw.of(written)
    }

    /// Several, as a list.
    pub(crate) fn list(&self, draw: &mut Draw) -> String {
        let items: Vec<_> = (0..draw.below(4)).map(|_| self.written(draw)).collect();
        format!("[{}]", items.join(", "))
    }

    /// A value of arguments.
    pub(crate) fn sent(&self, draw: &mut Draw) -> &'static str {
        let (_, sent) = self.family(draw);
        draw.of(sent)
    }
}

/// An expression, as YAML.
pub(crate) fn expression(draw: &mut Draw, is_odd: bool) -> String {
    serde_json::to_string(draw.of(if is_odd { ODD_EXPRESSIONS } else { EXPRESSIONS })).unwrap()
}
