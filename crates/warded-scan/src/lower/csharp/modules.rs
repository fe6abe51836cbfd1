//! `namespace` and `using`.

use tree_sitter::Node;

use super::{children, perform};
use crate::{
    ir::{Import, Statement, Text},
    lower::making::Making,
};

/// `namespace A.B;`, `namespace A.B { .. }`
pub(super) fn namespace(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    if let Some(name) = node.child_by_field_name("name") {
        let name = making.name(name);
        making.module().package.get_or_insert(name);
    }
    if let Some(body) = node.child_by_field_name("body") {
        perform::block(making, body, into);
    }
}

/// `using A.B;`, `using static A.B.C;`, `using X = A.B.C;`
pub(super) fn using(making: &mut Making<'_>, node: Node<'_>) {
    let alias = node.child_by_field_name("name");
    let Some(of) = children(node).filter(|child| Some(*child) != alias).last() else { return };
    // What is generic is named without its arguments.
    let path = making.text(of).split('<').next().unwrap_or_default().trim();
    let path = path.strip_prefix("global::").unwrap_or(path);
    let span = node.byte_range();
    let import = match alias {
        Some(alias) => {
            let (module, item) = path.rsplit_once('.').unwrap_or(("", path));
            Import { local: making.name(alias), module: module.into(), item: Some(item.into()), span }
        }
        None => Import { local: "*".into(), module: Text::from(path), item: None, span },
    };
    making.module().imports.push(import);
}
