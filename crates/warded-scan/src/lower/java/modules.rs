//! `package` and `import`.

use tree_sitter::Node;

use crate::{
    ir::Import,
    lower::making::{Making, children},
};

/// `package a.b;`
pub(super) fn package(making: &mut Making<'_>, node: Node<'_>) {
    let name = children(node).find(|child| matches!(child.kind(), "identifier" | "scoped_identifier"));
    if let Some(name) = name {
        let name = making.name(name);
        making.module().package.get_or_insert(name);
    }
}

/// `import a.b.C;`, `import static a.b.C.f;`, `import a.b.*;`
pub(super) fn import(making: &mut Making<'_>, node: Node<'_>) {
    let Some(name) = children(node).find(|child| matches!(child.kind(), "identifier" | "scoped_identifier"))
    else {
        return;
    };
    let all = children(node).any(|child| child.kind() == "asterisk");
    let path = making.text(name);
    let span = node.byte_range();
    let import = match path.rsplit_once('.').filter(|_| !all) {
        Some((module, item)) => {
            Import { local: item.into(), module: module.into(), item: Some(item.into()), span }
        }
        None => Import { local: "*".into(), module: path.into(), item: None, span },
    };
    making.module().imports.push(import);
}
