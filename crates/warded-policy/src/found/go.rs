//! How would Go write it? `fmt.Sprintf("%v", ...)` decides what equals what, where not both are numbers.

use std::{borrow::Cow, collections::BTreeMap};

use super::Found;
use crate::{Decimal, Undecided, Value, json, steps::Steps};

/// Deeper than this, nothing is compared.
const MAX_DEPTH: usize = 64;

/// A longer text is not built to be compared.
pub(crate) const MAX_TEXT: usize = 1 << 20;

/// Which digits of numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// All of them.
    Exact,
    /// Those of the nearest float64.
    Rounded,
}

/// Where pieces of text go, one after the other.
trait Sink {
    /// Whether more is of any use.
    fn push(&mut self, text: &str) -> Result<bool, Undecided>;
}

/// What is left of the text that is hoped for.
struct Hoped<'t>(&'t str);

impl Sink for Hoped<'_> {
    fn push(&mut self, text: &str) -> Result<bool, Undecided> {
        Ok(match self.0.strip_prefix(text) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        })
    }
}

impl Sink for String {
    fn push(&mut self, text: &str) -> Result<bool, Undecided> {
        if self.len() + text.len() > MAX_TEXT {
            return Err(Undecided::TooManySteps);
        }
        self.push_str(text);
        Ok(true)
    }
}

impl Found<'_> {
    /// Whether this is what Go would write. It ends where the two part, however much there is.
    pub(super) fn is_written(
        &self,
        text: &str,
        precision: Precision,
        steps: &mut Steps,
    ) -> Result<bool, Undecided> {
        let mut hoped = Hoped(text);
        Ok(write(self, precision, &mut hoped, steps, 0)? && hoped.0.is_empty())
    }

    /// What Go would write.
    pub(crate) fn go_text(&self, precision: Precision, steps: &mut Steps) -> Result<String, Undecided> {
        let mut text = String::new();
        write(self, precision, &mut text, steps, 0)?;
        Ok(text)
    }
}

/// Whether all of it was written.
fn write(
    found: &Found<'_>,
    precision: Precision,
    sink: &mut dyn Sink,
    steps: &mut Steps,
    depth: usize,
) -> Result<bool, Undecided> {
    steps.take(1)?;
    if depth == MAX_DEPTH {
        return Err(Undecided::TooManySteps);
    }
    match found {
        Found::Null => sink.push("<nil>"),
        Found::Bool(value) => sink.push(if *value { "true" } else { "false" }),
        Found::Number(number) => push_number(number, precision, sink, steps),
        Found::Sent(number) => push_number(number, precision, sink, steps),
        Found::Text(text) => {
            steps.read(text.len())?;
            sink.push(text)
        }
        Found::JsonList(_) | Found::List(_) | Found::Texts(_) => {
            let mut goes_on = sink.push("[")?;
            let mut is_first = true;
            if goes_on {
                found.items(steps, &mut |item, steps| {
                    goes_on =
                        (is_first || sink.push(" ")?) && write(&item, precision, sink, steps, depth + 1)?;
                    is_first = false;
                    Ok(goes_on)
                })?;
            }
            Ok(goes_on && sink.push("]")?)
        }
        Found::JsonMap(_) | Found::Map(_) => {
            if !sink.push("map[")? {
                return Ok(false);
            }
            let mut separator = "";
            for (name, value) in members(found, steps)? {
                let is_named = sink.push(separator)? && sink.push(&name)? && sink.push(":")?;
                if !is_named || !write(&value, precision, sink, steps, depth + 1)? {
                    return Ok(false);
                }
                separator = " ";
            }
            sink.push("]")
        }
    }
}

fn push_number(
    number: &Decimal,
    precision: Precision,
    sink: &mut dyn Sink,
    steps: &mut Steps,
) -> Result<bool, Undecided> {
    steps.read(number.digits.len())?;
    sink.push(&match precision {
        Precision::Exact => number.go_text(),
        Precision::Rounded => number.go_text_of_nearest(),
    })
}

/// In the order of their names, byte by byte, as Go prints maps.
fn members<'a>(found: &Found<'a>, steps: &mut Steps) -> Result<BTreeMap<Cow<'a, str>, Found<'a>>, Undecided> {
    let mut members = BTreeMap::new();
    match found {
        Found::JsonMap(object) => json::members(object, &mut |name, value| {
            // Each is kept until all are in order, at some hundred bytes.
            steps.take(16)?;
            steps.read(name.len())?;
            let value = Found::json(value, steps)?;
            match members.insert(name, value) {
                None => Ok(true),
                Some(_) => Err(Undecided::NotJson),
            }
        })?,
        Found::Map(Value::Map(map)) => {
            for (name, value) in map {
                steps.take(16)?;
                members.insert(Cow::Borrowed(&**name), Found::value(value));
            }
        }
        _ => {}
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(json: &str) -> String {
        let mut steps = Steps::new();
        Found::json(json, &mut steps).unwrap().go_text(Precision::Exact, &mut steps).unwrap()
    }

    /// What Go 1.26 prints for them.
    #[test]
    fn values_are_written_as_go_writes_them() {
        for (json, text) in [
            ("null", "<nil>"),
            ("true", "true"),
            ("false", "false"),
            ("1.10", "1.1"),
            ("1000000", "1e+06"),
            (r#""a b""#, "a b"),
            ("[]", "[]"),
            ("{}", "map[]"),
            (r#"[1,2,null,true,"a b",{"b":1,"a":[]}]"#, "[1 2 <nil> true a b map[a:[] b:1]]"),
            (r#"["", ""]"#, "[ ]"),
            (r#"{"é":1,"z":{"y":[null]},"":2}"#, "map[:2 z:map[y:[<nil>]] é:1]"),
        ] {
            assert_eq!(go(json), text, "{json}");
            let mut steps = Steps::new();
            let found = Found::json(json, &mut steps).unwrap();
            assert_eq!(found.is_written(text, Precision::Exact, &mut steps), Ok(true), "{json}");
            assert_eq!(
                found.is_written(&format!("{text} "), Precision::Exact, &mut steps),
                Ok(false),
                "{json}"
            );
            assert_eq!(
                found.is_written(text.get(1..).unwrap_or("x"), Precision::Exact, &mut steps),
                Ok(false),
                "{json}"
            );
        }
    }

    #[test]
    fn a_value_that_was_read_is_written_like_one_that_was_not() {
        let json = r#"[1,{"b":[true],"a":null},"x"]"#;
        let value = Value::from_json(json).unwrap();
        assert_eq!(Found::value(&value).go_text(Precision::Exact, &mut Steps::new()), Ok(go(json)));
        assert_eq!(
            Found::Texts(&["a", "b c"]).go_text(Precision::Exact, &mut Steps::new()),
            Ok("[a b c]".to_owned())
        );
    }

    #[test]
    fn a_comparison_ends_where_the_texts_part() {
        let long = format!("[{}]", vec!["1"; 1_000_000].join(","));
        let mut steps = Steps::new();
        let found = Found::json(&long, &mut steps).unwrap();
        let before = steps.taken();
        assert_eq!(found.is_written("[1 2", Precision::Exact, &mut steps), Ok(false));
        assert!(steps.taken() - before < 20, "{}", steps.taken() - before);
    }

    #[test]
    fn nothing_is_too_deep_or_too_long_to_be_refused() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let mut steps = Steps::new();
        let found = Found::json(&deep, &mut steps).unwrap();
        assert_eq!(found.go_text(Precision::Exact, &mut steps), Err(Undecided::TooManySteps));
        let long = format!("[{}]", vec!["\"0123456789abcdef\""; 100_000].join(","));
        let mut steps = Steps::new();
        let found = Found::json(&long, &mut steps).unwrap();
        assert_eq!(found.go_text(Precision::Exact, &mut steps), Err(Undecided::TooManySteps));
        let twice = Found::json(r#"{"a":1,"\u0061":2}"#, &mut steps).unwrap();
        assert_eq!(twice.go_text(Precision::Exact, &mut steps), Err(Undecided::NotJson));
    }
}
