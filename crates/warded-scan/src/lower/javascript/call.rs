//! Calls, and those that are something else: what makes maps and lists, what only passes on.

use tree_sitter::Node;

use super::{
    compiled,
    express::{boxed, express},
    literal::{argument, template},
    modules, operate, unwound,
};
use crate::{
    ir::{Argument, Entry, Expression, Kind, Operator, Takes},
    lower::making::{Making, at, children, plain},
};

/// `f(a, ...b)`, `` tag`...` ``.
pub(super) fn call(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let (function, given) = (node.child_by_field_name("function"), node.child_by_field_name("arguments"));
    if let (Some(function), Some(given)) = (function, given) {
        if given.kind() == "template_string" {
            let callee = boxed(making, Some(function), node);
            let arguments = vec![plain(template(making, given))];
            return at(node, Kind::Call { callee, arguments, new: false });
        }
        if let Some(other) = other(making, node, function, given) {
            return other;
        }
    }
    let callee = boxed(making, function, node);
    at(node, Kind::Call { callee, arguments: arguments(making, given), new: false })
}

fn arguments(making: &mut Making<'_>, node: Option<Node<'_>>) -> Vec<Argument> {
    node.into_iter().flat_map(children).map(|part| argument(making, part)).collect()
}

/// What is written as a call and is none for those who read it.
fn other(making: &mut Making<'_>, node: Node<'_>, function: Node<'_>, given: Node<'_>) -> Option<Expression> {
    if let Some(module) = modules::named_by(making, node) {
        return Some(modules::taken(making, node, module));
    }
    if !matches!(function.kind(), "identifier" | "member_expression") {
        return None;
    }
    let mut first_two = children(given);
    let (first, second) = (first_two.next(), first_two.next());
    match making.text(function) {
        // `await(0, a.b)(c)`, which the grammar takes for calls.
        "await" => return Some(operate::sequence(making, given)),
        "Object.hasOwn" | "Object.prototype.hasOwnProperty.call" => {
            return held(making, node, first, second);
        }
        "Object.assign" => return Some(gathered(making, node, given)),
        name if second.is_some() && MERGES.contains(&name) => return Some(gathered(making, node, given)),
        "Object.create" if first.is_some_and(|first| first.kind() == "null") => {
            return Some(at(node, Kind::Map(Vec::new())));
        }
        // What these give is what they are given; a promise is only what it is of.
        "Object.freeze" | "Object.seal" | "Promise.resolve" | "Promise.all" | "Promise.allSettled"
            if second.is_none() =>
        {
            return first.map(|first| express(making, first));
        }
        _ => {}
    }
    if let Some(inner) = compiled::passes_on(making, node) {
        return Some(express(making, inner));
    }
    if let Some(sent) = unwound::sent(making, node) {
        return Some(sent);
    }
    if let Some(body) = compiled::awaited(making, node) {
        let callee = Box::new(express(making, body));
        return Some(at(node, Kind::Call { callee, arguments: Vec::new(), new: false }));
    }
    let (of, name) = (function.child_by_field_name("object")?, function.child_by_field_name("property")?);
    match making.text(name) {
        "hasOwnProperty" if second.is_none() => held(making, node, Some(of), first),
        "bind" if second.is_none() && is_this(making, first?) => Some(express(making, of)),
        "call" if is_this(making, first?) && of.kind() != "super" => {
            let callee = Box::new(express(making, of));
            let arguments = children(given).skip(1).map(|part| argument(making, part)).collect();
            Some(at(node, Kind::Call { callee, arguments, new: false }))
        }
        _ => None,
    }
}

/// What libraries have that does the same.
const MERGES: &[&str] = &[
    "_.assign",
    "_.extend",
    "_.merge",
    "lodash.assign",
    "lodash.extend",
    "lodash.merge",
    "$.extend",
    "jQuery.extend",
    "angular.extend",
    "util._extend",
    "utils.merge",
    "Hoek.merge",
    "extend",
    "xtend",
    "deepmerge",
];

/// Whether a function is only told what it is a method of: `f.bind(this)` is `f`, `f.call(this, a)` is `f(a)`.
fn is_this(making: &Making<'_>, node: Node<'_>) -> bool {
    matches!(node.kind(), "this" | "null" | "undefined")
        || matches!(making.text(node), "_this" | "self" | "void 0")
}

/// Whether an object has a key, however that is asked, is `key in object`.
fn held(
    making: &mut Making<'_>,
    node: Node<'_>,
    of: Option<Node<'_>>,
    key: Option<Node<'_>>,
) -> Option<Expression> {
    let (of, key) = (Box::new(express(making, of?)), Box::new(express(making, key?)));
    Some(at(node, Kind::Binary(Operator::In, key, of)))
}

/// `Object.assign({}, a, b)` is `{...a, ...b}`; `Object.assign(a, b)` is `a.update(b)`.
fn gathered(making: &mut Making<'_>, node: Node<'_>, given: Node<'_>) -> Expression {
    // `extend(true, a, b)` only says how deep.
    let given = children(given).filter(|part| part.kind() != "true");
    let mut all = given.map(|part| argument(making, part)).collect::<Vec<_>>().into_iter();
    let Some(into) = all.next() else { return at(node, Kind::Map(Vec::new())) };
    if let Kind::Map(mut entries) = into.value.kind {
        for more in all {
            match more.value.kind {
                Kind::Map(inner) => entries.extend(inner),
                _ => entries.push(Entry::Spread(more.value)),
            }
        }
        return at(node, Kind::Map(entries));
    }
    let span = into.value.span.clone();
    let callee = Expression { span, kind: Kind::Member(Box::new(into.value), "update".into()) };
    at(node, Kind::Call { callee: Box::new(callee), arguments: all.collect(), new: false })
}

/// `new T(a)`; maps and lists are what they are.
pub(super) fn construct(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = node.child_by_field_name("constructor");
    let given = node.child_by_field_name("arguments");
    let name = of.filter(|of| of.kind() == "identifier").map_or("", |of| making.text(of));
    match name {
        "Map" | "WeakMap" => return map(making, node, given),
        "Object" => {
            let entries = arguments(making, given).into_iter().map(|given| Entry::Spread(given.value));
            return at(node, Kind::Map(entries.collect()));
        }
        "Set" | "WeakSet" => {
            let mut all = arguments(making, given);
            let is_list = matches!(all.as_slice(), [one] if matches!(one.value.kind, Kind::List(_)));
            if let Some(list) = is_list.then(|| all.pop()).flatten() {
                return list.value;
            }
            for given in &mut all {
                given.gives = Takes::Rest;
            }
            return at(node, Kind::List(all));
        }
        _ => {}
    }
    let callee = boxed(making, of, node);
    at(node, Kind::Call { callee, arguments: arguments(making, given), new: true })
}

/// `new Map([[k, v]])` is `{[k]: v}`.
fn map(making: &mut Making<'_>, node: Node<'_>, given: Option<Node<'_>>) -> Expression {
    let Some(first) = given.and_then(|given| children(given).next()) else {
        return at(node, Kind::Map(Vec::new()));
    };
    if first.kind() != "array" {
        return at(node, Kind::Map(vec![Entry::Spread(express(making, first))]));
    }
    let entries = children(first).map(|part| {
        let mut pair = children(part);
        match (part.kind(), pair.next(), pair.next()) {
            ("array", Some(key), Some(value)) => Entry::Pair(express(making, key), express(making, value)),
            _ => Entry::Spread(express(making, part)),
        }
    });
    at(node, Kind::Map(entries.collect()))
}
