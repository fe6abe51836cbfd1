//! Functions: methods, constructors, lambdas, and what they take; annotations.

use tree_sitter::Node;

use super::{
    express::express,
    hint::{dotted, hint},
    perform,
};
use crate::{
    ir::{Argument, ClassId, Expression, FunctionId, Kind, Parameter, Statement, Step, Takes, Target, Text},
    lower::making::{Making, at, children, plain, step},
};

pub(super) use super::class::anonymous;

/// The annotations before something.
pub(super) fn annotations(making: &mut Making<'_>, node: Node<'_>) -> Vec<Expression> {
    let modifiers = children(node).filter(|child| child.kind() == "modifiers").flat_map(children);
    let found = modifiers.filter(|child| matches!(child.kind(), "annotation" | "marker_annotation"));
    found.collect::<Vec<_>>().into_iter().map(|found| annotation(making, found)).collect()
}

/// Whether that word stands before it.
pub(super) fn says(node: Node<'_>, word: &str) -> bool {
    let Some(modifiers) = children(node).find(|child| child.kind() == "modifiers") else { return false };
    let mut cursor = modifiers.walk();
    modifiers.children(&mut cursor).any(|modifier| modifier.kind() == word)
}

/// `@A` is `A`, `@A("b")` and `@A(c = "d")` are calls.
pub(super) fn annotation(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let Some(name) = node.child_by_field_name("name") else {
        return at(node, Kind::Opaque(Vec::new()));
    };
    let callee = dotted(name, making.text(name));
    let Some(given) = node.child_by_field_name("arguments") else { return callee };
    let arguments = children(given)
        .map(|part| match (part.kind(), part.child_by_field_name("value")) {
            ("element_value_pair", Some(value)) => Argument {
                name: part.child_by_field_name("key").map(|key| making.name(key)),
                gives: Takes::One,
                value: express(making, value),
            },
            _ => plain(express(making, part)),
        })
        .collect();
    at(node, Kind::Call { callee: Box::new(callee), arguments, new: false })
}

/// A method, or with that name a constructor. What has no body is none: whoever extends the class has it.
pub(super) fn method(making: &mut Making<'_>, node: Node<'_>, class: ClassId, name: &str) {
    let Some(body) = node.child_by_field_name("body") else { return };
    let of_object = !says(node, "static");
    let returns = node.child_by_field_name("type").and_then(|of_type| hint(making, of_type));
    let decorators = annotations(making, node);
    let id = making.make_function(node, name, Some(class), |making, _| {
        making.scopes().enter_function(of_object);
        let parameters = node.child_by_field_name("parameters").map(|of| parameters(making, of));
        let mut steps = Vec::new();
        perform::block(making, body, &mut steps);
        making.scopes().leave();
        (parameters.unwrap_or_default(), steps)
    });
    let made = making.function(id);
    made.returns = returns;
    made.decorators = decorators;
    made.receiver = of_object.then(|| "this".into());
}

/// What a function takes.
pub(super) fn parameters(making: &mut Making<'_>, node: Node<'_>) -> Vec<Parameter> {
    children(node).filter_map(|child| parameter(making, child)).collect()
}

fn parameter(making: &mut Making<'_>, node: Node<'_>) -> Option<Parameter> {
    let (named, of_type, takes) = match node.kind() {
        "formal_parameter" => {
            (node.child_by_field_name("name")?, node.child_by_field_name("type"), Takes::One)
        }
        "spread_parameter" => {
            let declared = children(node).find(|child| child.kind() == "variable_declarator")?;
            let of_type = children(node).find(|child| child.kind() != "modifiers");
            (declared.child_by_field_name("name")?, of_type, Takes::Rest)
        }
        "identifier" => (node, None, Takes::One),
        _ => return None,
    };
    let name = making.name(named);
    making.scopes().declare(&name);
    Some(Parameter {
        target: Target::Name(name),
        takes,
        hint: of_type.and_then(|of_type| hint(making, of_type)),
        default: None,
        decorators: annotations(making, node),
    })
}

/// `a -> b`, `(a, b) -> { .. }`.
pub(super) fn lambda(making: &mut Making<'_>, node: Node<'_>) -> FunctionId {
    making.make_function(node, "", None, |making, _| {
        making.scopes().enter_closure();
        let parameters = match node.child_by_field_name("parameters") {
            Some(one) if one.kind() == "identifier" => parameter(making, one).into_iter().collect(),
            Some(several) => parameters(making, several),
            None => Vec::new(),
        };
        let mut steps = Vec::new();
        match node.child_by_field_name("body") {
            Some(body) if body.kind() == "block" => perform::block(making, body, &mut steps),
            Some(body) => {
                let value = express(making, body);
                steps.push(step(body, Step::Return(Some(value))));
            }
            None => {}
        }
        making.scopes().leave();
        (parameters, steps)
    })
}

/// `this.name = name`.
pub(super) fn kept(node: Node<'_>, name: &Text) -> Statement {
    let target = Target::Member(at(node, Kind::Name("this".into())), name.clone());
    step(node, Step::Assign { target, hint: None, value: at(node, Kind::Name(name.clone())) })
}
