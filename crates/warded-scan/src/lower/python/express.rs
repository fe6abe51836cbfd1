//! Expressions.

use tree_sitter::Node;

use super::define;
use crate::{
    ir::{Argument, Entry, Expression, Kind, Operator, Takes, Target, Text},
    lower::making::{Making, at, children, fields, plain},
};

/// The value of an expression.
pub(super) fn express(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    making.deeper(node, |making| one(making, node))
}

/// An expression that decides something. (In Python any can.)
pub(super) fn condition(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    express(making, node)
}

fn boxed(making: &mut Making<'_>, node: Option<Node<'_>>, whole: Node<'_>) -> Box<Expression> {
    Box::new(match node {
        Some(node) => express(making, node),
        None => at(whole, Kind::Opaque(Vec::new())),
    })
}

fn one(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let field = |name: &str| node.child_by_field_name(name);
    let kind = match node.kind() {
        "identifier" => Kind::Name(making.name(node)),
        "string" => return string(making, node),
        "concatenated_string" => Kind::Template(children(node).map(|part| express(making, part)).collect()),
        "integer" | "float" => Kind::Number(making.name(node)),
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "none" => Kind::Null,
        "call" => return call(making, node),
        "attribute" => {
            let name = field("attribute").map_or_else(|| "".into(), |name| making.name(name));
            Kind::Member(boxed(making, field("object"), node), name)
        }
        "subscript" => {
            let of = boxed(making, field("value"), node);
            Kind::Index(of, boxed(making, field("subscript"), node))
        }
        "binary_operator" => {
            let operator = match field("operator").map(|operator| operator.kind()) {
                Some("+") => Operator::Plus,
                Some("|") => Operator::Merge,
                Some("%") if field("left").is_some_and(|left| left.kind() == "string") => {
                    return formatted(making, node);
                }
                _ => Operator::Other,
            };
            Kind::Binary(operator, boxed(making, field("left"), node), boxed(making, field("right"), node))
        }
        "boolean_operator" => {
            let and = field("operator").is_some_and(|operator| operator.kind() == "and");
            let operator = if and { Operator::And } else { Operator::Or };
            Kind::Binary(operator, boxed(making, field("left"), node), boxed(making, field("right"), node))
        }
        "not_operator" => Kind::Not(boxed(making, field("argument"), node)),
        "comparison_operator" => return comparison(making, node),
        "conditional_expression" => {
            let parts: Vec<_> = children(node).collect();
            Kind::Choice {
                condition: boxed(making, parts.get(1).copied(), node),
                then: boxed(making, parts.first().copied(), node),
                otherwise: boxed(making, parts.get(2).copied(), node),
            }
        }
        "dictionary" => Kind::Map(children(node).filter_map(|entry| self::entry(making, entry)).collect()),
        "list" | "tuple" | "set" | "expression_list" | "pattern_list" | "tuple_pattern" | "list_pattern" => {
            Kind::List(children(node).map(|part| argument(making, part)).collect())
        }
        "list_comprehension" | "set_comprehension" | "generator_expression" | "dictionary_comprehension" => {
            return each(making, node);
        }
        "pair" => {
            let pair = [field("key"), field("value")].into_iter().flatten();
            Kind::List(pair.map(|part| plain(express(making, part))).collect())
        }
        "lambda" => Kind::Function(define::lambda(making, node)),
        "await" | "parenthesized_expression" | "type" | "yield" => {
            return match children(node).next() {
                Some(inner) => express(making, inner),
                None => at(node, Kind::Null),
            };
        }
        "named_expression" => {
            let target = field("name").map_or(Target::Nothing, |name| self::target(making, name));
            Kind::Assign(Box::new(target), boxed(making, field("value"), node))
        }
        "as_pattern" => return boxed_inner(making, node),
        "ERROR" => {
            let parts = children(node).map(|child| express(making, child)).collect();
            return making.gap(node, parts);
        }
        _ => Kind::Opaque(children(node).map(|child| express(making, child)).collect()),
    };
    at(node, kind)
}

fn boxed_inner(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    *boxed(making, children(node).next(), node)
}

/// What gets a value.
pub(super) fn target(making: &mut Making<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "identifier" if making.text(node) == "_" => Target::Nothing,
        "identifier" => Target::Name(making.name(node)),
        "attribute" => {
            let name =
                node.child_by_field_name("attribute").map_or_else(|| "".into(), |name| making.name(name));
            Target::Member(*boxed(making, node.child_by_field_name("object"), node), name)
        }
        "subscript" => Target::Index(
            *boxed(making, node.child_by_field_name("value"), node),
            *boxed(making, node.child_by_field_name("subscript"), node),
        ),
        "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" | "expression_list" => {
            Target::Several(children(node).map(|part| target(making, part)).collect())
        }
        "list_splat_pattern" | "list_splat" | "parenthesized_expression" | "as_pattern_target" => {
            children(node).next().map_or(Target::Nothing, |inner| target(making, inner))
        }
        _ => Target::Nothing,
    }
}

fn call(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let callee = boxed(making, node.child_by_field_name("function"), node);
    let arguments = match node.child_by_field_name("arguments") {
        Some(arguments) if arguments.kind() == "generator_expression" => {
            vec![plain(express(making, arguments))]
        }
        Some(arguments) => children(arguments).map(|part| argument(making, part)).collect(),
        None => Vec::new(),
    };
    if matches!(&callee.kind, Kind::Name(name) if &**name == "dict") && arguments.iter().all(is_entry) {
        let entries = arguments.into_iter().map(|argument| match argument.name {
            Some(name) => {
                let key = Expression { span: argument.value.span.clone(), kind: Kind::Text(name) };
                Entry::Pair(key, argument.value)
            }
            None => Entry::Spread(argument.value),
        });
        return at(node, Kind::Map(entries.collect()));
    }
    if matches!(&callee.kind, Kind::Name(name) if &**name == "getattr") {
        return attribute(node, callee, arguments);
    }
    at(node, Kind::Call { callee, arguments, new: false })
}

/// `getattr(a, "b")` is `a.b`, and `getattr(a, "b", None)` is `a.b or None`: both may be nothing.
fn attribute(node: Node<'_>, callee: Box<Expression>, arguments: Vec<Argument>) -> Expression {
    let is_plain = |argument: &Argument| argument.name.is_none() && argument.gives == Takes::One;
    let name = match arguments.get(1).map(|name| &name.value.kind) {
        Some(Kind::Text(name)) if arguments.len() <= 3 && arguments.iter().all(is_plain) => name.clone(),
        _ => return at(node, Kind::Call { callee, arguments, new: false }),
    };
    let mut given = arguments.into_iter().map(|argument| Box::new(argument.value));
    let Some(of) = given.next() else { return at(node, Kind::Opaque(Vec::new())) };
    let member = at(node, Kind::Member(of, name));
    match given.nth(1) {
        Some(default) => at(node, Kind::Binary(Operator::Or, Box::new(member), default)),
        None => member,
    }
}

/// Whether `dict` makes an entry, or several, of it.
fn is_entry(argument: &Argument) -> bool {
    argument.name.is_some() || argument.gives == Takes::Named || is_of_something(&argument.value.kind)
}

/// Whether it has entries as far as anybody can see.
fn is_of_something(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Name(_)
            | Kind::Member(..)
            | Kind::Index(..)
            | Kind::Call { .. }
            | Kind::Each { .. }
            | Kind::Map(_)
    )
}

/// One argument, or one element of a list.
pub(super) fn argument(making: &mut Making<'_>, node: Node<'_>) -> Argument {
    let (name, gives, value) = match node.kind() {
        "keyword_argument" => (
            node.child_by_field_name("name").map(|name| making.name(name)),
            Takes::One,
            node.child_by_field_name("value"),
        ),
        "dictionary_splat" => (None, Takes::Named, children(node).next()),
        "list_splat" => (None, Takes::Rest, children(node).next()),
        _ => (None, Takes::One, Some(node)),
    };
    Argument { name, gives, value: *boxed(making, value, node) }
}

fn entry(making: &mut Making<'_>, node: Node<'_>) -> Option<Entry> {
    match node.kind() {
        "pair" => {
            let key = express(making, node.child_by_field_name("key")?);
            Some(Entry::Pair(key, express(making, node.child_by_field_name("value")?)))
        }
        "dictionary_splat" => Some(Entry::Spread(express(making, children(node).next()?))),
        _ => None,
    }
}

/// `a < b == c` is `a < b and b == c`.
fn comparison(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let operands: Vec<_> = children(node).collect();
    let operators = fields(node, "operators");
    let mut whole: Option<Expression> = None;
    for (pair, operator) in operands.windows(2).zip(&operators) {
        let &[left, right] = pair else { continue };
        let span = left.start_byte()..right.end_byte();
        let operator = match operator.kind() {
            "==" | "is" => Operator::Equal,
            "!=" | "<>" | "is not" => Operator::Unequal,
            "in" => Operator::In,
            "not in" => Operator::NotIn,
            _ => Operator::Order,
        };
        let (left, right) = (Box::new(express(making, left)), Box::new(express(making, right)));
        let this = Expression { span, kind: Kind::Binary(operator, left, right) };
        whole = Some(match whole {
            None => this,
            Some(before) => {
                let span = before.span.start..this.span.end;
                Expression { span, kind: Kind::Binary(Operator::And, Box::new(before), Box::new(this)) }
            }
        });
    }
    whole.unwrap_or_else(|| at(node, Kind::Opaque(Vec::new())))
}

fn each(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let (mut through, mut conditions) = (Vec::new(), Vec::new());
    for clause in children(node) {
        match clause.kind() {
            "for_in_clause" => {
                let (left, right) = (clause.child_by_field_name("left"), clause.child_by_field_name("right"));
                let name = left.map_or(Target::Nothing, |left| target(making, left));
                through.push((name, *boxed(making, right, clause)));
            }
            "if_clause" => conditions.extend(children(clause).next().map(|part| condition(making, part))),
            _ => {}
        }
    }
    let value = boxed(making, node.child_by_field_name("body"), node);
    at(node, Kind::Each { value, through, conditions })
}

/// `"a=%s" % b`, `"a=%s&b=%s" % (a, b)`.
fn formatted(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let left = boxed(making, node.child_by_field_name("left"), node);
    let right = boxed(making, node.child_by_field_name("right"), node);
    let mut holes = match *right {
        Expression { kind: Kind::List(parts), .. } => parts.into_iter().map(|part| part.value).collect(),
        other => vec![other],
    }
    .into_iter();
    let Kind::Text(text) = &left.kind else {
        return at(node, Kind::Template(std::iter::once(*left).chain(holes).collect()));
    };
    let mut parts = Vec::new();
    for (index, piece) in text.split("%s").enumerate() {
        if index > 0 {
            parts.extend(holes.next());
        }
        parts.push(Expression { span: left.span.clone(), kind: Kind::Text(piece.into()) });
    }
    parts.extend(holes);
    at(node, Kind::Template(parts))
}

fn string(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let raw = children(node)
        .find(|part| part.kind() == "string_start")
        .is_some_and(|start| making.text(start).contains(['r', 'R']));
    let mut parts = Vec::new();
    for part in children(node) {
        match part.kind() {
            "string_content" => {
                let text = if raw { making.name(part) } else { content(making, part) };
                parts.push(at(part, Kind::Text(text)));
            }
            "interpolation" => parts.push(*boxed(making, part.child_by_field_name("expression"), part)),
            _ => {}
        }
    }
    match parts.as_slice() {
        [] => at(node, Kind::Text("".into())),
        [Expression { kind: Kind::Text(text), .. }] => at(node, Kind::Text(text.clone())),
        _ => at(node, Kind::Template(parts)),
    }
}

/// What a literal says, its escapes resolved.
fn content(making: &Making<'_>, node: Node<'_>) -> Text {
    let whole = making.text(node);
    let mut text = String::with_capacity(whole.len());
    let mut upto = 0;
    for escape in children(node) {
        let (start, end) = (escape.start_byte() - node.start_byte(), escape.end_byte() - node.start_byte());
        text.push_str(whole.get(upto..start).unwrap_or_default());
        text.push_str(&resolved(making.text(escape)));
        upto = end;
    }
    text.push_str(whole.get(upto..).unwrap_or_default());
    text.into()
}

fn resolved(escape: &str) -> String {
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).map(String::from)
    };
    let Some(rest) = escape.strip_prefix('\\') else {
        return match escape {
            "{{" => "{".to_owned(),
            "}}" => "}".to_owned(),
            _ => escape.to_owned(),
        };
    };
    let known = match rest.chars().next() {
        Some('n') => Some("\n".to_owned()),
        Some('t') => Some("\t".to_owned()),
        Some('r') => Some("\r".to_owned()),
        Some('\n') => Some(String::new()),
        Some('x' | 'u' | 'U') => rest.get(1..).and_then(|digits| number(digits, 16)),
        Some('0'..='7') => number(rest, 8),
        Some('\\' | '\'' | '"') => Some(rest.to_owned()),
        _ => None,
    };
    known.unwrap_or_else(|| escape.to_owned())
}
