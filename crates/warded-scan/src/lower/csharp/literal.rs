//! Texts.

use tree_sitter::Node;

use super::{children, express::boxed};
use crate::{
    ir::{Expression, Kind, Text},
    lower::making::{Making, at},
};

/// `"a"`, `@"a"`, `"""a"""`.
pub(super) fn string(making: &Making<'_>, node: Node<'_>) -> Text {
    let whole = making.text(node).trim_end_matches("u8").trim_end_matches("U8");
    match node.kind() {
        "verbatim_string_literal" => {
            let inner = whole.strip_prefix("@\"").unwrap_or(whole);
            inner.strip_suffix('"').unwrap_or(inner).replace("\"\"", "\"").into()
        }
        "raw_string_literal" => {
            let inner = whole.trim_start_matches('"').trim_end_matches('"');
            without_indent(inner).into()
        }
        "character_literal" => unescaped(whole.trim_matches('\'')).into(),
        _ => {
            let inner = whole.strip_prefix('"').unwrap_or(whole);
            unescaped(inner.strip_suffix('"').unwrap_or(inner)).into()
        }
    }
}

/// A raw text over several lines has its indent from the line with its last quotes.
fn without_indent(inner: &str) -> String {
    let Some((first, rest)) = inner.split_once('\n').filter(|(first, _)| first.trim().is_empty()) else {
        return inner.to_owned();
    };
    let _ = first;
    let (body, indent) = rest.rsplit_once('\n').unwrap_or(("", rest));
    let line =
        |line: &str| line.strip_prefix(indent).unwrap_or(line.trim_start()).trim_end_matches('\r').to_owned();
    body.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// `$"a{b}"`.
pub(super) fn template(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let start = making.text(node);
    let start = start.get(..start.find('"').unwrap_or_default()).unwrap_or_default();
    let (verbatim, raw) = (start.contains('@'), making.text(node).contains("\"\"\""));
    let mut parts: Vec<Expression> = Vec::new();
    for part in children(node) {
        let text = match part.kind() {
            "interpolation" => {
                let inner = children(part).find(|inner| inner.kind() != "interpolation_brace");
                parts.push(*boxed(making, inner, part));
                continue;
            }
            "string_content" if raw => making.text(part).to_owned(),
            "string_content" => {
                let text = making.text(part).replace("{{", "{").replace("}}", "}");
                if verbatim { text.replace("\"\"", "\"") } else { text }
            }
            "escape_sequence" => unescaped(making.text(part)),
            _ => continue,
        };
        match parts.last_mut() {
            Some(Expression { span, kind: Kind::Text(before) }) if span.end == part.start_byte() => {
                span.end = part.end_byte();
                *before = format!("{before}{text}").into();
            }
            _ => parts.push(at(part, Kind::Text(text.into()))),
        }
    }
    match parts.as_slice() {
        [] => at(node, Kind::Text("".into())),
        [Expression { kind: Kind::Text(text), .. }] => at(node, Kind::Text(text.clone())),
        _ => at(node, Kind::Template(parts)),
    }
}

/// Without escapes.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        let most = match chars.next() {
            Some('n') => {
                out.push('\n');
                continue;
            }
            Some('t') => {
                out.push('\t');
                continue;
            }
            Some('r') => {
                out.push('\r');
                continue;
            }
            Some('0' | 'a' | 'b' | 'f' | 'v' | 'e') => {
                out.push(' ');
                continue;
            }
            Some('x' | 'u') => 4,
            Some('U') => 8,
            Some(other) => {
                out.push(other);
                continue;
            }
            None => {
                out.push('\\');
                continue;
            }
        };
        let mut code: u32 = 0;
        for _ in 0..most {
            let Some(digit) = chars.peek().and_then(|digit| digit.to_digit(16)) else { break };
            code = code.wrapping_mul(16).wrapping_add(digit);
            chars.next();
        }
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    out
}
