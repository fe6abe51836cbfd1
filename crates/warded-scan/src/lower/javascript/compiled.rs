//! What compilers put around what people wrote.

use tree_sitter::Node;

use super::unwound;
use crate::lower::making::{Making, children};

/// Helpers that give a module, or a function, as it is.
const PASS_ON: &[&str] = &[
    "__importDefault",
    "__importStar",
    "__toESM",
    "__toCommonJS",
    "_interopRequireDefault",
    "_interopRequireWildcard",
    "_interop_require_default",
    "_interop_require_wildcard",
    "_asyncToGenerator",
    "__name",
];

/// What is called: the last part of its name, so that it does not matter where the helper comes from.
pub(super) fn helper<'s>(making: &Making<'s>, call: Node<'_>) -> &'s str {
    match call.child_by_field_name("function") {
        Some(name) if name.kind() == "identifier" => making.text(name),
        Some(member) if member.kind() == "member_expression" => {
            member.child_by_field_name("property").map_or("", |name| making.text(name))
        }
        _ => "",
    }
}

/// What a helper is given that it only gives on.
pub(super) fn passes_on<'t>(making: &Making<'_>, call: Node<'t>) -> Option<Node<'t>> {
    if !PASS_ON.contains(&helper(making, call)) {
        return None;
    }
    children(call.child_by_field_name("arguments")?).next()
}

/// The generator of `__awaiter(this, void 0, void 0, function* () { ... })`: what stood in an asynchronous function. For old
/// engines it is a function that begins a machine.
pub(super) fn awaited<'t>(making: &Making<'_>, call: Node<'t>) -> Option<Node<'t>> {
    if !matches!(helper(making, call), "__awaiter" | "__async") {
        return None;
    }
    let body = children(call.child_by_field_name("arguments")?).last()?;
    let is_wound_up = || body.kind() == "function_expression" && unwound::is_wound_up(making, body);
    (body.kind() == "generator_function" || is_wound_up()).then_some(body)
}

/// The generator that is all of a function's body.
pub(super) fn awaited_body<'t>(making: &Making<'_>, body: Node<'t>) -> Option<Node<'t>> {
    let mut node = body;
    if node.kind() == "statement_block" {
        let mut steps = children(node);
        node = steps.next().filter(|first| first.kind() == "return_statement")?;
        if steps.next().is_some() {
            return None;
        }
        node = children(node).next()?;
    }
    if node.kind() != "call_expression" {
        return None;
    }
    awaited(making, node)
}
