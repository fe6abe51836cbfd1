//! Calls: of tools that are listed and of others, in windows that end, with ends that come late.

use serde_json::value::RawValue;

use super::values::Theme;
use crate::{
    case::{Made, Outcome},
    draw::Draw,
};

/// 2026-11-22, some seconds before the day ends.
const NEARLY_MIDNIGHT: u64 = 1_795_391_950;
const OTHER_TOOLS: &[&str] =
    &["other", "*", "_global", "READ", "Read", "x", "xyz", "", "a", "\"q\"", "a.b.c"];

pub(crate) fn draw(draw: &mut Draw, theme: &Theme, tools: &[&str]) -> Vec<Made> {
    let mut at = NEARLY_MIDNIGHT;
    let favourite = if tools.is_empty() { "other" } else { draw.of(tools) };
    let count = 4 + draw.below(9);
    let mut made = Vec::new();
    for _ in 0..count {
        at = match draw.below(16) {
            0 => at + 86_400,
            1 => at + 3_600,
            2 | 3 => at + 60,
            4 => at - 61,
            _ => at + u64::try_from(draw.below(12)).unwrap(),
        };
        let tool = match draw.below(8) {
            0 => draw.of(OTHER_TOOLS),
            1 | 2 if !tools.is_empty() => draw.of(tools),
            _ => favourite,
        };
        let outcome = match draw.below(6) {
            0 | 1 => Outcome::Error,
            2 => Outcome::IsError,
            3 => Outcome::Timeout,
            _ => Outcome::Ok,
        };
        let hold = if draw.one_in(3) { 1 + draw.below(4) } else { 0 };
        made.push(Made { at, tool: tool.to_owned(), arguments: arguments(draw, theme), outcome, hold });
    }
    made
}

fn arguments(draw: &mut Draw, theme: &Theme) -> Option<Box<RawValue>> {
    if draw.one_in(12) {
        return None;
    }
    let mut members = Vec::new();
    for (name, one_in) in [("x", 1), ("y", 2), ("n", 1), ("list", 2), ("", 8), ("a.b", 6), ("list[0]", 9)] {
        if one_in == 1 && draw.one_in(8) || one_in > 1 && !draw.one_in(one_in) {
            continue;
        }
        let value = match name {
            "n" if !draw.one_in(4) => draw
                .of(&[
                    "1",
                    "2",
                    "0",
                    "0.99",
                    "1.5",
                    "-1",
                    "-3.5",
                    "3",
                    "1e2",
                    "1e300",
                    "-1e300",
                    "9223372036854775807",
                ])
                .to_owned(),
            "list" => format!("[{},{}]", theme.sent(draw), theme.sent(draw)),
            _ => theme.sent(draw).to_owned(),
        };
        members.push(format!("{}:{value}", serde_json::to_string(name).unwrap()));
    }
    if draw.one_in(2) {
        members.push(format!(
            "\"deep\":{{\"x\":{},\"a\":{{\"b\":{}}},\"0\":{}}}",
            theme.sent(draw),
            theme.sent(draw),
            theme.sent(draw)
        ));
    }
    Some(RawValue::from_string(format!("{{{}}}", members.join(","))).unwrap())
}
