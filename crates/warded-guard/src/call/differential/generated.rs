//! What could somebody send? Messages that are good, nearly good, and what is left of them when bytes are changed.

use super::dice::Dice;
use crate::call::{
    envelope::MESSAGE,
    named::{FILTER, REFERENCE},
    params::{META, PARAMS},
};

const METHODS: &[&str] = &[
    "tools/call",
    "tools/call",
    "tools/list",
    "tools/other",
    "prompts/get",
    "prompts/other",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "completion/complete",
    "subscriptions/listen",
    "initialize",
    "ping",
    "tasks/get",
    "",
    "x\\u0000y",
    "tools\\u002fcall",
];
/// Between quotes, as they are written.
const TEXTS: &[&str] = &[
    "",
    "a",
    "2.0",
    "delete_note",
    "note://private/1",
    "file:///a/../b",
    "2025-03-26",
    "2026-07-28",
    "é",
    "\u{17f}ome text with letters of two, three (€) and four (😀) bytes, which is longer than a block",
    "a text of plain letters that goes on for rather longer than thirty-two bytes, and then some more of them",
    "\\u0041",
    "\\u00e9\\u00C9",
    "\\ud83d\\ude00",
    "a\\u0000b",
    "\\\"\\\\\\/\\b\\f\\n\\r\\t",
    "all of this is plain until its very end, where a quote is \\\"",
    "\u{7f}\u{80}\u{2028}\u{feff}",
];
/// The same, and no texts.
const NO_TEXTS: &[&str] = &[
    "\\ud800",
    "\\udc00",
    "\\ud800\\u0041",
    "\\ude00\\ud83d",
    "\\ud83d\\n",
    "\\ud83d",
    "\\x41",
    "\\u00",
    "\\u00g0",
    "\\u+041",
    "\\",
    "\n",
    "\0",
    "a tab\tin it",
    "this one is plain for quite a while, but it ends \r badly",
    "\"",
    "\\U0041",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "7",
    "42",
    "-0",
    "0.0",
    "-0.0",
    "1.5",
    "1e5",
    "1E+5",
    "1e-5",
    "1e308",
    "9007199254740991",
    "-9007199254740991",
    "9007199254740992",
    "-9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "0e99999999999",
    "1e-99999999999",
    "1.7976931348623157e308",
];
const NO_NUMBERS: &[&str] = &[
    "01",
    "-",
    "-01",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e+",
    "0x10",
    "NaN",
    "Infinity",
    "1e309",
    "-1e309",
    "1e99999999999",
    "00",
    "1_000",
    "1.e1",
    "-a",
    "1.7976931348623159e308",
];
/// What stands for nothing to some readers.
const BLANKS: &[&str] = &[" ", "\n", "\t", "\r\n", "  "];
const NO_BLANKS: &[&str] = &["\u{b}", "\u{c}", "\u{a0}", "\u{feff}", "/**/", "//\n", "\0", "\u{2028}"];
const NAMES: &[&str] = &[
    "a",
    "b",
    "name",
    "Name",
    "x",
    "",
    "uri",
    "tool",
    "__proto__",
    "m\\u0065thod",
    "metho\\u0064",
    "n\\u0061me",
    "\\u006eame",
    "name\\u0000",
    "tas\u{212a}Id",
    "param\u{17f}",
    "ur\u{131}",
    "query",
    "limit",
    "a name that is longer",
];

/// One body.
pub(super) fn body(dice: &mut Dice) -> Vec<u8> {
    let mut text = String::new();
    blank(dice, &mut text);
    match dice.below(24) {
        0..=2 => {
            let count = dice.below(3);
            list(dice, &mut text, count, |dice, text| {
                if dice.one_in(8) { value(dice, text, 0) } else { message(dice, text) }
            });
        }
        3 => value(dice, &mut text, 0),
        _ => message(dice, &mut text),
    }
    blank(dice, &mut text);
    if dice.one_in(60) {
        value(dice, &mut text, 2);
    }
    let mut body = text.into_bytes();
    if dice.one_in(3) {
        for _ in 0..=dice.below(3) {
            changed(dice, &mut body);
        }
    }
    body
}

fn message(dice: &mut Dice, text: &mut String) {
    let mut members: Vec<(&str, Make)> = Vec::new();
    let usually = |dice: &mut Dice, others: usize| !dice.one_in(others);
    if usually(dice, 40) {
        members.push(("jsonrpc", version));
    }
    if usually(dice, 6) {
        members.push(("id", id));
    }
    if usually(dice, 8) {
        members.push(("method", method));
        if usually(dice, 6) {
            members.push(("params", params));
        }
    } else {
        members.push((dice.of_these(&["result", "error", "other"]), any));
    }
    strangers(dice, &mut members, MESSAGE);
    object(dice, text, &members);
}

/// Writes a value.
type Make = fn(&mut Dice, &mut String);

fn version(dice: &mut Dice, text: &mut String) {
    if dice.one_in(40) { any(dice, text) } else { text.push_str("\"2.0\"") }
}

fn id(dice: &mut Dice, text: &mut String) {
    match dice.below(8) {
        0 => any(dice, text),
        1 | 2 => quoted(dice, text, TEXTS),
        _ => text.push_str(dice.of_these(NUMBERS)),
    }
}

fn method(dice: &mut Dice, text: &mut String) {
    if dice.one_in(40) { any(dice, text) } else { quoted(dice, text, METHODS) }
}

fn params(dice: &mut Dice, text: &mut String) {
    if dice.one_in(30) {
        return any(dice, text);
    }
    let mut members: Vec<(&str, Make)> = Vec::new();
    let each: [(&str, Make, usize); 9] = [
        ("name", named, 2),
        ("uri", named, 3),
        ("arguments", arguments, 2),
        ("_meta", meta, 3),
        ("ref", reference, 4),
        ("notifications", filter, 4),
        ("taskId", named, 6),
        ("protocolVersion", named, 6),
        ("cursor", any, 6),
    ];
    for (name, make, times) in each {
        if dice.one_in(times) {
            members.push((name, make));
        }
    }
    strangers(dice, &mut members, PARAMS);
    object(dice, text, &members);
}

fn named(dice: &mut Dice, text: &mut String) {
    if dice.one_in(20) { any(dice, text) } else { quoted(dice, text, TEXTS) }
}

fn arguments(dice: &mut Dice, text: &mut String) {
    if dice.one_in(20) {
        return any(dice, text);
    }
    let mut members: Vec<(&str, Make)> = Vec::new();
    let most = if dice.one_in(8) { 30 } else { 5 };
    for _ in 0..dice.below(most) {
        members.push((dice.of_these(NAMES), any));
    }
    object(dice, text, &members);
}

fn meta(dice: &mut Dice, text: &mut String) {
    let mut members: Vec<(&str, Make)> = vec![("progressToken", any)];
    if dice.one_in(3) {
        members.push(("io.modelcontextprotocol/protocolVersion", named));
    }
    strangers(dice, &mut members, META);
    if dice.one_in(20) { any(dice, text) } else { object(dice, text, &members) }
}

fn reference(dice: &mut Dice, text: &mut String) {
    let mut members: Vec<(&str, Make)> = vec![("type", any)];
    for name in ["name", "uri"] {
        if dice.one_in(2) {
            members.push((name, named));
        }
    }
    strangers(dice, &mut members, REFERENCE);
    if dice.one_in(20) { any(dice, text) } else { object(dice, text, &members) }
}

fn filter(dice: &mut Dice, text: &mut String) {
    let mut members: Vec<(&str, Make)> = vec![("resourceSubscriptions", uris)];
    strangers(dice, &mut members, FILTER);
    if dice.one_in(20) { any(dice, text) } else { object(dice, text, &members) }
}

fn uris(dice: &mut Dice, text: &mut String) {
    if dice.one_in(8) {
        return any(dice, text);
    }
    let count = dice.below(5);
    list(dice, text, count, named);
}

/// Members that are not asked for: unknown ones, those of the list, and what looks like them.
fn strangers(dice: &mut Dice, members: &mut Vec<(&str, Make)>, reserved: &[&'static str]) {
    if dice.one_in(5) {
        members.push((dice.of_these(NAMES), any));
    }
    if dice.one_in(12) {
        members.push((dice.of_these(reserved), any));
    }
    for at in 1..members.len() {
        if dice.one_in(3) {
            members.swap(at, at - 1);
        }
    }
}

fn any(dice: &mut Dice, text: &mut String) {
    value(dice, text, 3);
}

fn value(dice: &mut Dice, text: &mut String, depth: usize) {
    match dice.below(if depth == 0 { 40 } else { 60 }) {
        12 if dice.one_in(4) => quoted(dice, text, NO_TEXTS),
        0..=12 => quoted(dice, text, TEXTS),
        25 if dice.one_in(4) => text.push_str(dice.of_these(NO_NUMBERS)),
        13..=25 => text.push_str(dice.of_these(NUMBERS)),
        26..=37 => text.push_str(dice.of_these(&["true", "false", "null"])),
        38 if dice.one_in(4) => {
            text.push_str(dice.of_these(&["nul", "True", "undefined", "nullx", "truefalse"]));
        }
        39 if dice.one_in(8) => deep(dice, text),
        38..=48 => {
            let count = dice.below(4);
            list(dice, text, count, |dice, text| value(dice, text, depth.saturating_sub(1)));
        }
        _ => {
            let mut members: Vec<(&str, Make)> = Vec::new();
            for _ in 0..dice.below(4) {
                let make: Make = if depth > 1 { any_below } else { shallow };
                members.push((dice.of_these(NAMES), make));
            }
            object(dice, text, &members);
        }
    }
}

fn any_below(dice: &mut Dice, text: &mut String) {
    value(dice, text, 1);
}

fn shallow(dice: &mut Dice, text: &mut String) {
    value(dice, text, 0);
}

fn deep(dice: &mut Dice, text: &mut String) {
    let depth = 55 + dice.below(15);
    let (open, close) = if dice.one_in(2) { ("[", "]") } else { ("{\"a\":", "}") };
    text.push_str(&open.repeat(depth));
    text.push('1');
    text.push_str(&close.repeat(depth));
}

fn list(dice: &mut Dice, text: &mut String, count: usize, mut item: impl FnMut(&mut Dice, &mut String)) {
    text.push('[');
    for index in 0..count {
        comma(dice, text, index);
        blank(dice, text);
        item(dice, text);
        blank(dice, text);
    }
    if dice.one_in(100) {
        text.push(',');
    }
    text.push(']');
}

fn object(dice: &mut Dice, text: &mut String, members: &[(&str, Make)]) {
    text.push('{');
    for (index, (name, make)) in members.iter().enumerate() {
        comma(dice, text, index);
        blank(dice, text);
        text.push('"');
        respelled(dice, text, name);
        text.push('"');
        blank(dice, text);
        text.push_str(if dice.one_in(400) { dice.of_these(&["", ",", "::", "="]) } else { ":" });
        blank(dice, text);
        make(dice, text);
        blank(dice, text);
    }
    if dice.one_in(150) {
        text.push(',');
    }
    text.push('}');
}

fn comma(dice: &mut Dice, text: &mut String, index: usize) {
    if index > 0 {
        text.push_str(if dice.one_in(400) { dice.of_these(&["", ",,", ";", " "]) } else { "," });
    }
}

/// A name, mostly as it is.
fn respelled(dice: &mut Dice, text: &mut String, name: &str) {
    match dice.below(120) {
        0 => text.push_str(&name.to_uppercase()),
        1 => text.push_str(&name.replacen('s', "\u{17f}", 1)),
        2 => text.push_str(&name.replacen('k', "\u{212a}", 1).replacen('i', "\u{130}", 1)),
        3..=6 => {
            let at = dice.below(name.len() + 1);
            for (index, letter) in name.char_indices() {
                if index == at && !name.contains('\\') {
                    text.push_str(&format!("\\u{:04x}", u32::from(letter).min(0xffff)));
                } else {
                    text.push(letter);
                }
            }
        }
        _ => text.push_str(name),
    }
}

fn quoted(dice: &mut Dice, text: &mut String, texts: &[&str]) {
    text.push('"');
    if dice.one_in(10) {
        text.push_str(&"plain ".repeat(dice.below(12)));
    }
    text.push_str(dice.of_these(texts));
    text.push('"');
}

fn blank(dice: &mut Dice, text: &mut String) {
    match dice.below(600) {
        0 => text.push_str(dice.of_these(NO_BLANKS)),
        1..=60 => text.push_str(dice.of_these(BLANKS)),
        _ => {}
    }
}

/// Changes some bytes.
fn changed(dice: &mut Dice, body: &mut Vec<u8>) {
    const BYTES: &[u8] = b"\"\\{}[]:,0123456789.eE+-tfnu /\0\t\n\x1f\x7f\x80\xbf\xc3\xe9\xed\xf0\xffsS";
    if body.is_empty() {
        return;
    }
    let from = dice.below(body.len());
    let to = (from + 1 + dice.below(6)).min(body.len());
    match dice.below(7) {
        0 => body[from] = BYTES[dice.below(BYTES.len())],
        1 => body.insert(from, BYTES[dice.below(BYTES.len())]),
        2 => drop(body.drain(from..to)),
        3 => {
            let again = body[from..to].to_vec();
            body.splice(from..from, again);
        }
        4 => body[from] = u8::try_from(dice.below(256)).unwrap(),
        5 => body[from] ^= 0x20,
        _ if dice.one_in(3) => body.truncate(from),
        _ => {
            let again = body[from..].to_vec();
            let at = dice.below(body.len());
            body.splice(at..at, again);
        }
    }
}
