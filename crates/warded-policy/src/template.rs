//! What is read into a value? `${server.identity}` in a text, and `$${` where the text itself has a `${`.

use crate::{InvalidPath, Operand, Path, Piece, Scope, Template, Value};

/// The most pieces that one text has.
const MOST_PIECES: usize = 64;

/// Why a text with `${` in it is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidTemplate {
    /// It is not closed.
    #[error("a `${{` is not closed by a `}}`")]
    Open,
    /// What stands in it is no path.
    #[error("`{text}` stands between `${{` and `}}`: {why}")]
    Path { text: String, why: InvalidPath },
    /// A counter is compared, and its limit known beforehand.
    #[error("a counter is not read into a value")]
    Counter,
    /// It stands deeper than in a list.
    #[error("`${{` is read in a text and in a list of texts, and not deeper")]
    Deep,
    /// It has too many pieces.
    #[error("a text has more than {MOST_PIECES} pieces")]
    TooLong,
}

impl Operand {
    /// Reads the texts of a value: one without `${` is itself.
    pub(crate) fn of(value: Value) -> Result<Self, InvalidTemplate> {
        match value {
            Value::Text(text) => Ok(match pieces(&text)? {
                Pieces::Text(text) => Self::Literal(Value::Text(text)),
                Pieces::Read(pieces) => Self::Template(vec![Template { pieces, is_alone: true }]),
            }),
            Value::List(items) => list(items),
            other if mentions(&other) => Err(InvalidTemplate::Deep),
            other => Ok(Self::Literal(other)),
        }
    }
}

/// Reads a list: one in which nothing is read is itself.
fn list(items: Vec<Value>) -> Result<Operand, InvalidTemplate> {
    let mut templates = Vec::with_capacity(items.len());
    let mut is_read = false;
    for item in items {
        let pieces = match item {
            Value::Text(text) => match pieces(&text)? {
                Pieces::Text(text) => vec![Piece::Literal(Value::Text(text))],
                Pieces::Read(pieces) => {
                    is_read = true;
                    pieces
                }
            },
            other if mentions(&other) => return Err(InvalidTemplate::Deep),
            other => vec![Piece::Literal(other)],
        };
        templates.push(Template { pieces, is_alone: false });
    }
    if is_read {
        return Ok(Operand::Template(templates));
    }
    let literal = |piece| match piece {
        Piece::Literal(value) => Some(value),
        Piece::Read(_) => None,
    };
    let items = templates.into_iter().flat_map(|template| template.pieces).filter_map(literal).collect();
    Ok(Operand::Literal(Value::List(items)))
}

/// Whether something would be read in a value, if values of its kind were looked into.
fn mentions(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::Text(text) => text.contains("${"),
        Value::List(items) => items.iter().any(mentions),
        Value::Map(entries) => entries.values().any(mentions),
    }
}

/// A text, taken apart.
enum Pieces {
    Text(Box<str>),
    Read(Vec<Piece>),
}

fn pieces(text: &str) -> Result<Pieces, InvalidTemplate> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.find('$').and_then(|at| rest.split_at_checked(at)) {
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("$${") {
            literal.push_str("${");
            rest = after;
        } else if let Some(inside) = from.strip_prefix("${") {
            if pieces.len() >= MOST_PIECES {
                return Err(InvalidTemplate::TooLong);
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(Value::Text(std::mem::take(&mut literal).into())));
            }
            let (path, after) = closed(inside).ok_or(InvalidTemplate::Open)?;
            pieces.push(Piece::Read(read(path)?));
            rest = after;
        } else {
            literal.push('$');
            rest = from.strip_prefix('$').unwrap_or_default();
        }
    }
    literal.push_str(rest);
    if pieces.is_empty() {
        return Ok(Pieces::Text(literal.into()));
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(Value::Text(literal.into())));
    }
    Ok(Pieces::Read(pieces))
}

fn read(text: &str) -> Result<Path, InvalidTemplate> {
    let path = Path::parse(text)
        .map_err(|why| InvalidTemplate::Path { text: text.escape_debug().to_string(), why })?;
    match path.scope {
        Scope::State { .. } => Err(InvalidTemplate::Counter),
        _ => Ok(path),
    }
}

/// What stands before the closing brace, and behind it. A brace in quotes closes nothing.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            _ if is_escaped => is_escaped = false,
            (b'\\', Some(b'"')) => is_escaped = true,
            (byte, Some(open)) if byte == open => quote = None,
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'}', None) => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Operand, InvalidTemplate> {
        Operand::of(Value::Text(text.into()))
    }

    fn literal(text: &str) -> Piece {
        Piece::Literal(Value::Text(text.into()))
    }

    fn path(text: &str) -> Piece {
        Piece::Read(Path::parse(text).unwrap())
    }

    #[test]
    fn a_text_without_a_path_in_it_is_itself() {
        for (text, said) in [
            ("", ""),
            ("plain", "plain"),
            ("5$", "5$"),
            ("$5 and {x}", "$5 and {x}"),
            ("$${server.identity}", "${server.identity}"),
            ("a$${b$${c", "a${b${c"),
            ("$$", "$$"),
            ("$$$${x}", "$$${x}"),
            ("}", "}"),
        ] {
            assert_eq!(of(text), Ok(Operand::Literal(Value::Text(said.into()))), "{text}");
        }
    }

    #[test]
    fn what_stands_in_braces_is_read() {
        let alone = |pieces| Ok(Operand::Template(vec![Template { pieces, is_alone: true }]));
        assert_eq!(of("${server.identity}"), alone(vec![path("server.identity")]));
        assert_eq!(
            of("team-${auth.claims.team}/${auth.sub}!"),
            alone(vec![
                literal("team-"),
                path("auth.claims.team"),
                literal("/"),
                path("auth.sub"),
                literal("!")
            ])
        );
        assert_eq!(of("$$${${auth.sub}"), alone(vec![literal("$${"), path("auth.sub")]));
        assert_eq!(of(r#"${args["a}b"]}"#), alone(vec![path(r#"args["a}b"]"#)]));
        assert_eq!(of("${args['}']}"), alone(vec![path("args['}']")]));
        assert_eq!(of(r#"${args["\"}"]}"#), alone(vec![path(r#"args["\"}"]"#)]));
    }

    #[test]
    fn what_stands_in_braces_in_a_list_is_read_and_nothing_deeper() {
        let items = vec![Value::Text("a".into()), Value::Null, Value::Text("${auth.sub}".into())];
        let template = |pieces| Template { pieces, is_alone: false };
        assert_eq!(
            Operand::of(Value::List(items)),
            Ok(Operand::Template(vec![
                template(vec![literal("a")]),
                template(vec![Piece::Literal(Value::Null)]),
                template(vec![path("auth.sub")]),
            ]))
        );
        let plain = vec![Value::Text("$${a".into()), Value::Bool(true)];
        let said = vec![Value::Text("${a".into()), Value::Bool(true)];
        assert_eq!(Operand::of(Value::List(plain)), Ok(Operand::Literal(Value::List(said))));
        let deep = Value::List(vec![Value::List(vec![Value::Text("${auth.sub}".into())])]);
        assert_eq!(Operand::of(deep), Err(InvalidTemplate::Deep));
        let map = Value::Map([("a".into(), Value::Text("${auth.sub}".into()))].into());
        assert_eq!(Operand::of(map), Err(InvalidTemplate::Deep));
    }

    #[test]
    fn what_is_no_path_in_braces_is_refused() {
        for text in ["${", "${auth.sub", "a ${args[\"}", "$${${"] {
            assert_eq!(of(text), Err(InvalidTemplate::Open), "{text}");
        }
        for text in ["${}", "${HOME}", "${ auth.sub }", "${auth.${x}}"] {
            assert!(matches!(of(text), Err(InvalidTemplate::Path { .. })), "{text}");
        }
        assert_eq!(of("${state.a.b}"), Err(InvalidTemplate::Counter));
        assert_eq!(of(&"${auth.sub}".repeat(65)), Err(InvalidTemplate::TooLong));
    }

    proptest::proptest! {
        #[test]
        fn a_text_with_every_beginning_escaped_is_the_text(text in "[${}a.]{0,16}") {
            let text = text.replace('$', "S") + "${x";
            let escaped = text.replace("${", "$${");
            proptest::prop_assert_eq!(of(&escaped), Ok(Operand::Literal(Value::Text(text.into()))));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[$${}a-z.\\[\\]\"'\\\\]{0,32}") {
            drop(of(&text));
        }
    }
}
