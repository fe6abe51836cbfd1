//! Texts.

use tree_sitter::Node;

use super::express::express;
use crate::{
    ir::{Expression, Kind},
    lower::making::{Making, at, children},
};

/// `"a"`, `"""a"""`.
pub(super) fn string(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let whole = making.text(node);
    let block = whole.starts_with("\"\"\"");
    let holes: Vec<_> = children(node).filter(|part| part.kind() == "string_interpolation").collect();
    if holes.is_empty() {
        return at(node, Kind::Text(said(whole, block).into()));
    }
    let mut parts = Vec::new();
    for part in children(node) {
        match part.kind() {
            "string_interpolation" => parts.extend(children(part).next().map(|inner| express(making, inner))),
            _ => parts.push(at(part, Kind::Text(unescaped(making.text(part)).into()))),
        }
    }
    at(node, Kind::Template(parts))
}

/// What a literal says, its quotes gone and its escapes resolved.
fn said(whole: &str, block: bool) -> String {
    if !block {
        let inner = whole.strip_prefix('"').unwrap_or(whole);
        return unescaped(inner.strip_suffix('"').unwrap_or(inner));
    }
    let inner = whole.trim_start_matches("\"\"\"");
    let inner = inner.strip_suffix("\"\"\"").unwrap_or(inner);
    // What stands behind the quotes on their line is only white space.
    let inner = inner.split_once('\n').map_or(inner, |(_, rest)| rest);
    unescaped(&without_indent(inner))
}

/// A text block without what all of its lines begin with. Blank lines do not count, but the last one does.
fn without_indent(text: &str) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let last = text.split('\n').count().saturating_sub(1);
    let counts = text.split('\n').enumerate().filter(|(at, line)| *at == last || !line.trim().is_empty());
    let common = counts.map(|(_, line)| indent(&line)).min().unwrap_or_default();
    let lines: Vec<_> = text.split('\n').map(|line| line.get(common..).unwrap_or("").trim_end()).collect();
    lines.join("\n")
}

/// Without escapes.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('s' | 'b' | 'f') => out.push(' '),
            // The line goes on.
            Some('\n') => {}
            Some('u') => {
                while chars.next_if_eq(&'u').is_some() {}
                let mut code = 0;
                for _ in 0..4 {
                    let Some(digit) = chars.peek().and_then(|digit| digit.to_digit(16)) else { break };
                    code = code * 16 + digit;
                    chars.next();
                }
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(first @ '0'..='7') => {
                let mut code = first.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = chars.peek().and_then(|digit| digit.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    chars.next();
                }
                out.extend(char::from_u32(code));
            }
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}
