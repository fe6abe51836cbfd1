//! Every operator on every type: what holds, what does not, and what cannot be compared.

use crate::support::{denied, policy, tool};

/// An operator with its value; the arguments (as JSON) for which it holds; those for which it does not; and those that
/// cannot be compared: with them no condition holds, and no negation either. `~` is an argument that is not there.
struct Row(
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const TABLE: &[Row] = &[
    // Numbers are equal by value, whatever their spelling, and exactly.
    Row(
        "eq",
        "1",
        &["1", "1.0", "1e0", "10e-1", "0.1e+1", r#""1""#],
        &["2", "-1"],
        &["true", "null", r#""1.0""#, r#""01""#, "[1]", "{}", "~"],
    ),
    Row(
        "eq",
        "0",
        &["0", "-0", "0.0", "-0.0e5", "0e999999999", r#""0""#],
        &[],
        &["1e-999999999", "false", r#""""#, "null", r#""-0""#, "~"],
    ),
    Row(
        "eq",
        "1.5",
        &["1.5", "15e-1", "1.50", r#""1.5""#],
        &["1"],
        &["1.4999999999999999999", r#""1.50""#, "~"],
    ),
    Row(
        "eq",
        "9007199254740993",
        &["9007199254740993", "9007199254740993.0", "9.007199254740993e15", r#""9007199254740993""#],
        &["9007199254740994"],
        &["9007199254740992", r#""9.007199254740993e+15""#, "~"],
    ),
    Row("eq", "9007199254740992", &["9007199254740992"], &[], &["9007199254740993"]),
    Row(
        "eq",
        "18446744073709551616",
        &["18446744073709551616", "1.8446744073709551616e19"],
        &[],
        &["18446744073709551615", "18446744073709551617", "~"],
    ),
    Row("eq", "0.1", &["0.1", "0.10", "1e-1"], &["0.2"], &["0.1000000000000000055"]),
    Row("eq", "-3", &["-3", "-3.0", r#""-3""#], &["3", "-3.1"], &[]),
    Row("eq", "1000000", &["1000000", "1e6", r#""1000000""#], &["1000001"], &[r#""1e+06""#]),
    // As Go writes a number of JSON, and only so.
    Row("eq", r#""1e+06""#, &["1000000", "1e6", r#""1e+06""#], &[r#""1000000""#], &[]),
    Row("eq", r#""1000000""#, &[r#""1000000""#], &[], &["1000000"]),
    Row("eq", r#""100000""#, &["100000", "1e5"], &[r#""1e5""#], &[]),
    Row("eq", r#""1e-05""#, &["0.00001"], &[], &["0.0001"]),
    Row("eq", r#""1.5""#, &["1.5", "1.50", r#""1.5""#], &[r#""1.50""#], &["15"]),
    // Texts are equal byte by byte.
    Row(
        "eq",
        r#""abc""#,
        &[r#""abc""#, r#""\u0061bc""#],
        &[r#""ABC""#, r#""abc ""#, r#"" abc""#, r#""abcd""#, r#""ab""#],
        &["1", "null", "[\"abc\"]", "~"],
    ),
    Row("eq", r#""é""#, &[r#""é""#, r#""\u00e9""#], &[r#""e\u0301""#, r#""É""#], &["~"]),
    Row("eq", r#""😀""#, &[r#""😀""#, r#""\ud83d\ude00""#], &[r#"":)""#], &[]),
    Row("eq", r#""""#, &[r#""""#], &[r#"" ""#], &["null", "[]", "{}", "0", "false", "~"]),
    Row("eq", r#""a b""#, &[r#""a b""#], &[], &[r#"["a","b"]"#]),
    // What is not both a number is compared as Go writes it.
    Row("eq", "true", &["true", r#""true""#], &["false"], &["1", r#""True""#, "null", "[true]", "~"]),
    Row("eq", "false", &["false", r#""false""#], &["true"], &["0", "null", r#""""#, "~"]),
    Row("eq", r#""true""#, &["true", r#""true""#], &[], &["1", "false"]),
    Row(
        "eq",
        "null",
        &["null", r#""<nil>""#],
        &[],
        &["0", "false", r#""""#, r#""null""#, "[]", "[null]", "~"],
    ),
    Row("eq", r#""<nil>""#, &["null", r#""<nil>""#], &[r#""nil""#], &["~"]),
    Row("eq", r#""null""#, &[r#""null""#], &[], &["null"]),
    Row(
        "eq",
        "[1, 2]",
        &["[1,2]", "[1.0, 2e0]", r#""[1 2]""#, r#"["1","2"]"#, r#"["1 2"]"#],
        &[],
        &["[2,1]", "[1,2,3]", "[1]", "[]", r#""[1, 2]""#, "[[1,2]]", "~"],
    ),
    Row("eq", r#""[1 2]""#, &["[1,2]", r#""[1 2]""#], &[], &["[1,2,3]"]),
    Row("eq", "[]", &["[]", r#""[]""#], &[], &["[null]", "{}", "null", r#"["x"]"#, "~"]),
    Row(
        "eq",
        "{a: 1, b: [x]}",
        &[r#"{"a":1,"b":["x"]}"#, r#"{"b":["x"],"a":1.0}"#, r#""map[a:1 b:[x]]""#],
        &[],
        &[r#"{"a":1}"#, r#"{"a":1,"b":["x"],"c":0}"#, "{}", "~"],
    ),
    Row("eq", r#""map[]""#, &["{}"], &[], &["[]", "null"]),
    // The plain opposite, but for what is not there.
    Row(
        "neq",
        "1",
        &["2", "null", "true", r#""1.0""#, "[1]", "{}", r#""""#],
        &["1", "1.0", r#""1""#],
        &["~"],
    ),
    Row("neq", r#""abc""#, &[r#""ABC""#, "1", "null", "[]"], &[r#""abc""#], &["~"]),
    Row("neq", "null", &["0", r#""null""#, "false"], &["null", r#""<nil>""#], &["~"]),
    Row("neq", "true", &["false", "1"], &["true", r#""true""#], &["~"]),
    Row("neq", "9007199254740993", &[], &["9007199254740993"], &["9007199254740992", "~"]),
    Row("neq", r#""""#, &[r#""a""#, "null"], &[r#""""#], &["~"]),
    // One of a list, each compared like that.
    Row(
        "in",
        "[1, 2.5, x]",
        &["1", "1.0", r#""1""#, "2.50", r#""2.5""#, r#""x""#],
        &[],
        &["2", r#""X""#, "null", "true", "[1]", "[1,2.5]", "{}", "~"],
    ),
    Row(
        "in",
        "[true, null]",
        &["true", r#""true""#, "null", r#""<nil>""#],
        &[],
        &["false", r#""null""#, "~"],
    ),
    Row("in", "[[1, 2], [3]]", &["[1,2]", "[3]", r#""[3]""#], &[], &["1", "[1]", "[2,1]", "3", "~"]),
    Row("in", "[]", &[], &["1", "null", r#""""#, "[]"], &["~"]),
    Row("in", "[9007199254740993]", &["9007199254740993"], &[], &["9007199254740992", "~"]),
    Row("in", r#"["é", "日本"]"#, &[r#""é""#, r#""\u65e5\u672c""#], &[r#""e""#], &["~"]),
    Row(
        "not_in",
        "[1, x]",
        &["2", "null", r#""X""#, "[1]", "{}", "true"],
        &["1", r#""1""#, r#""x""#],
        &["~"],
    ),
    Row("not_in", "[]", &["1", "null", "[]"], &[], &["~"]),
    Row("not_in", "[null]", &["0", r#""""#], &["null", r#""<nil>""#], &["~"]),
    // Order is of numbers, and of nothing else.
    Row(
        "lt",
        "10",
        &["9", "-1e999999999", "0", "-0"],
        &["10", "10.0", "11", "1e999999999"],
        &[r#""9""#, "null", "true", "[9]", "{}", r#""""#, "9.999999999999999999999", "~"],
    ),
    Row(
        "lte",
        "10",
        &["10", "10.00", "9", "1e1", "100e-1"],
        &["11"],
        &[r#""10""#, "null", "false", "[]", "10.0000000000000000001", "~"],
    ),
    Row(
        "gt",
        "10",
        &["11", "1e999999999"],
        &["10", "9", "-1e999999999"],
        &[r#""11""#, "null", "true", "[11]", "10.0000000000000000001", "~"],
    ),
    Row(
        "gte",
        "10",
        &["10", "1e1", "11"],
        &["-10"],
        &[r#""10""#, "null", "{}", "9.9999999999999999999", "~"],
    ),
    Row("lt", "9007199254740993", &[], &["9007199254740993", "9007199254740994"], &["9007199254740992"]),
    Row("gt", "9007199254740992", &[], &["9007199254740992"], &["9007199254740993"]),
    Row("lte", "0", &["0", "-0", "-1e-999999999"], &[], &["1e-999999999"]),
    Row("gte", "-1.5", &["-1.5", "-15e-1", "-1"], &["-1.50001", "-2"], &[]),
    Row("lt", "0.3", &["0.1"], &["0.3", "0.30", "0.30000000000000004"], &["0.29999999999999998"]),
    // RE2, anywhere in the text, and in texts only.
    Row(
        "regex",
        r#""^a+$""#,
        &[r#""a""#, r#""aaa""#],
        &[r#""b""#, r#""aab""#, r#""""#, r#""a\n""#],
        &["1", "null", "true", "[\"a\"]", "~"],
    ),
    Row("regex", r#""b""#, &[r#""abc""#, r#""b""#], &[r#""ac""#, r#""B""#], &["~"]),
    Row(
        "regex",
        r#""(?i)drop\\s+table""#,
        &[r#""x; DROP  Table y""#, r#""drop\ttable""#],
        &[r#""droptable""#, r#""drop\u00a0table""#],
        &["~"],
    ),
    Row("regex", r#""^.$""#, &[r#""é""#, r#""😀""#], &[r#""\n""#, r#""ab""#, r#""e\u0301""#], &[]),
    Row("regex", r#""^\\d+$""#, &[r#""12""#], &[r#""١٢""#], &["12"]),
    Row("regex", r#""""#, &[r#""""#, r#""a""#], &[], &["null", "~"]),
    // A part of a text, or an item of a list.
    Row(
        "contains",
        r#""b""#,
        &[r#""abc""#, r#""b""#, r#"["a","b"]"#],
        &[r#""ac""#, r#""B""#, r#"["ab"]"#, "[]"],
        &["1", "null", "true", r#"{"b":1}"#, r#"[["b"]]"#, "~"],
    ),
    Row(
        "contains",
        "1",
        &["[1]", "[2, 1.0]", r#"["1"]"#],
        &["[]", "[11]"],
        &[r#""1""#, "1", "{}", "null", "[[1]]", "[null, true]", "~"],
    ),
    Row("contains", r#""""#, &[r#""""#, r#""a""#, r#"[""]"#], &["[]"], &["0", "[null]", "~"]),
    Row("contains", "null", &["[null]", r#"["<nil>"]"#], &["[]"], &["null", r#""null""#, "[0]", "~"]),
    Row("contains", "[1, 2]", &["[[1,2]]", r#"["[1 2]"]"#], &[], &["[1,2]", "[[2,1]]", "~"]),
    Row("contains", r#""é""#, &[r#""café""#, r#""caf\u00e9""#], &[r#""cafe\u0301""#], &["~"]),
    Row("contains", "true", &["[true]", r#"["true"]"#], &[], &[r#""true""#, "true", "[1]", "~"]),
    // There, and not null.
    Row("exists", "true", &["0", "false", r#""""#, "[]", "{}", "1", r#""null""#], &["null", "~"], &[]),
    Row("exists", "false", &["null", "~"], &["0", "false", r#""""#, "[]", "{}"], &[]),
];

fn policy_of(row: &Row, action: &str) -> warded_policy::Policy {
    policy(&format!(
        "version: \"1\"\ntools:\n  t:\n    rules:\n      - name: r\n        action: {action}\n        conditions:\n          - path: args.v\n            op: {}\n            value: {}\n",
        row.0, row.1
    ))
}

#[test]
fn every_operator_says_of_every_type_what_the_format_says() {
    let mut cases = 0;
    for row in TABLE {
        let (evaluate, approve) = (policy_of(row, "evaluate"), policy_of(row, "require_approval"));
        let Row(op, value, yes, no, incomparable) = row;
        for (arguments, passes, holds) in [(yes, true, true), (no, false, false), (incomparable, false, true)]
        {
            for argument in *arguments {
                let json = match *argument {
                    "~" => "{}".to_owned(),
                    argument => format!(r#"{{"v": {argument}}}"#),
                };
                assert_eq!(denied(&evaluate, &tool("t", &json)).is_none(), passes, "{argument} {op} {value}");
                assert_eq!(
                    denied(&approve, &tool("t", &json)).is_some(),
                    holds,
                    "{argument} {op} {value}, approval"
                );
                cases += 1;
            }
        }
    }
    assert!(cases >= 250, "{cases}");
}
