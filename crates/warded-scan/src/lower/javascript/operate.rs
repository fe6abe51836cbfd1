//! What is done with values: operators, conditions, sequences.

use tree_sitter::Node;

use super::{
    express::{boxed, express, property},
    literal, perform,
};
use crate::{
    ir::{Expression, Kind, Operator, Text},
    lower::making::{Making, at, children, plain},
};

/// `a + b` and all others with two sides.
pub(super) fn binary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let sign = node.child_by_field_name("operator").map_or("", |sign| sign.kind());
    let (left, right) = (node.child_by_field_name("left"), node.child_by_field_name("right"));
    let special = match sign {
        "+" => put_together(making, node),
        "==" | "===" | "!=" | "!==" | "<" | ">" => type_asked(making, node, sign),
        _ => None,
    };
    if let Some(special) = special {
        return special;
    }
    if sign == "instanceof" {
        let parts = [left, right].into_iter().flatten().map(|part| plain(express(making, part))).collect();
        let callee = Box::new(at(node, Kind::Name("instanceof".into())));
        return at(node, Kind::Call { callee, arguments: parts, new: false });
    }
    at(node, Kind::Binary(operator(sign), boxed(making, left, node), boxed(making, right, node)))
}

/// The operator of that sign, also where it stands before `=`.
pub(super) fn operator(sign: &str) -> Operator {
    match sign {
        "==" | "===" => Operator::Equal,
        "!=" | "!==" => Operator::Unequal,
        "in" => Operator::In,
        "&&" => Operator::And,
        "||" => Operator::Or,
        "??" => Operator::Else,
        "+" => Operator::Plus,
        "<" | "<=" | ">" | ">=" => Operator::Order,
        _ => Operator::Other,
    }
}

/// Of how many parts a sum may be. Longer ones are of interest to nobody.
const LONGEST_SUM: usize = 64;

/// `"a" + b + "c"` is a text with holes, however long it is.
fn put_together(making: &mut Making<'_>, node: Node<'_>) -> Option<Expression> {
    let mut operands = Vec::new();
    let mut spine = node;
    let first = loop {
        operands.push(spine.child_by_field_name("right")?);
        let left = spine.child_by_field_name("left")?;
        let sign = left.child_by_field_name("operator");
        if left.kind() != "binary_expression" || sign.is_none_or(|sign| sign.kind() != "+") {
            break left;
        }
        spine = left;
    };
    operands.push(first);
    let literal = |operand: &Node<'_>| matches!(operand.kind(), "string" | "template_string");
    let says = operands.iter().any(literal);
    if !says && operands.len() <= LONGEST_SUM {
        return None;
    }
    let parts = operands.into_iter().rev().map(|operand| express(making, operand)).collect();
    Some(at(node, if says { Kind::Template(parts) } else { Kind::Opaque(parts) }))
}

/// `typeof x === "undefined"` is `x === undefined`; of any other type it is a call with both, so that nobody takes it for
/// a comparison of `x`.
///
/// What is made small says `typeof x > "u"` for the first one.
fn type_asked(making: &mut Making<'_>, node: Node<'_>, sign: &str) -> Option<Expression> {
    let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
    let asks = |side: Node<'_>| {
        side.kind() == "unary_expression"
            && side.child_by_field_name("operator").is_some_and(|sign| sign.kind() == "typeof")
    };
    let (of, named) = match (asks(left), asks(right)) {
        (true, false) => (left, right),
        (false, true) => (right, left),
        _ => return None,
    };
    let text = literal::plain_text(making, named)?;
    let operator = match (sign, &*text) {
        (">", "u") => Operator::Equal,
        ("<", "u") => Operator::Unequal,
        _ => operator(sign),
    };
    if !matches!(operator, Operator::Equal | Operator::Unequal) {
        return None;
    }
    let of = boxed(making, of.child_by_field_name("argument"), of);
    if matches!(&*text, "undefined" | "u") {
        let nothing = Box::new(at(named, Kind::Null));
        return Some(at(node, Kind::Binary(operator, of, nothing)));
    }
    let callee = Box::new(at(node, Kind::Name("typeof".into())));
    let arguments = vec![plain(*of), plain(at(named, Kind::Text(text)))];
    let asked = at(node, Kind::Call { callee, arguments, new: false });
    Some(match operator {
        Operator::Unequal => at(node, Kind::Not(Box::new(asked))),
        _ => asked,
    })
}

/// `!a`, `void 0`, `typeof a`, `delete a.b`, `-1`.
pub(super) fn unary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let sign = node.child_by_field_name("operator").map_or("", |sign| sign.kind());
    let Some(of) = node.child_by_field_name("argument") else {
        return at(node, Kind::Opaque(Vec::new()));
    };
    let is_number = of.kind() == "number";
    match sign {
        // What is made small says `!0` for `true`.
        "!" if is_number => at(node, Kind::Bool(making.text(of) == "0")),
        "!" => at(node, Kind::Not(Box::new(express(making, of)))),
        "void" if is_number => at(node, Kind::Null),
        "-" if is_number => at(node, Kind::Number(making.name(node))),
        "typeof" => {
            let callee = Box::new(at(node, Kind::Name("typeof".into())));
            let arguments = vec![plain(express(making, of))];
            at(node, Kind::Call { callee, arguments, new: false })
        }
        "delete" => deleted(making, node, of),
        _ => at(node, Kind::Opaque(vec![express(making, of)])),
    }
}

/// `delete a.b` is `a.delete("b")`.
fn deleted(making: &mut Making<'_>, node: Node<'_>, of: Node<'_>) -> Expression {
    let key = match of.kind() {
        "member_expression" => {
            let name: Text = property(making, of);
            at(of, Kind::Text(name))
        }
        "subscript_expression" => *boxed(making, of.child_by_field_name("index"), of),
        _ => return at(node, Kind::Opaque(vec![express(making, of)])),
    };
    let object = boxed(making, of.child_by_field_name("object"), of);
    let callee = Box::new(at(node, Kind::Member(object, "delete".into())));
    at(node, Kind::Call { callee, arguments: vec![plain(key)], new: false })
}

/// `a ? b : c`.
pub(super) fn ternary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let condition = boxed(making, node.child_by_field_name("condition"), node);
    let then = boxed(making, node.child_by_field_name("consequence"), node);
    let otherwise = boxed(making, node.child_by_field_name("alternative"), node);
    at(node, Kind::Choice { condition, then, otherwise })
}

/// `(a, b, c)`; `(0, a.b)` is only `a.b`.
pub(super) fn sequence(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let parts: Vec<_> = children(node).collect();
    let Some((last, before)) = parts.split_last() else {
        return at(node, Kind::Opaque(Vec::new()));
    };
    let mut steps = Vec::new();
    for part in before.iter().filter(|part| part.kind() != "number") {
        perform::expression(making, *part, &mut steps);
    }
    let value = express(making, *last);
    if steps.is_empty() { value } else { at(node, Kind::Block(steps, Some(Box::new(value)))) }
}
