//! `use`, and paths that need none.

use tree_sitter::Node;

use crate::{
    ir::{Expression, Import, Kind, Text},
    lower::making::{Making, at, children},
};

/// How deep groups may stand in each other.
const MAX_GROUPS: usize = 32;

/// `use a::{b::c, d as e, f::*};`
pub(super) fn uses(making: &mut Making<'_>, node: Node<'_>) {
    if let Some(argument) = node.child_by_field_name("argument") {
        tree(making, argument, "", None, MAX_GROUPS);
    }
}

fn tree(making: &mut Making<'_>, node: Node<'_>, before: &str, called: Option<Text>, left: usize) {
    if left == 0 {
        making.gap(node, Vec::new());
        return;
    }
    let inside = |making: &Making<'_>, path: Option<Node<'_>>| match path {
        Some(path) => joined(before, &path_of(making.text(path))),
        None => before.to_owned(),
    };
    match node.kind() {
        "use_as_clause" => {
            let called = node.child_by_field_name("alias").map(|alias| making.name(alias));
            if let Some(path) = node.child_by_field_name("path").filter(|_| called.as_deref() != Some("_")) {
                tree(making, path, before, called, left - 1);
            }
        }
        "scoped_use_list" => {
            let inside = inside(making, node.child_by_field_name("path"));
            if let Some(list) = node.child_by_field_name("list") {
                tree(making, list, &inside, None, left - 1);
            }
        }
        "use_list" => {
            for part in children(node) {
                tree(making, part, before, None, left - 1);
            }
        }
        "use_wildcard" => {
            let module = inside(making, children(node).next());
            imported(making, node, "*".into(), &module, None);
        }
        "self" => {
            let name = called.unwrap_or_else(|| before.rsplit("::").next().unwrap_or(before).into());
            let (module, item) =
                before.rsplit_once("::").map_or((before, None), |(of, item)| (of, Some(item)));
            imported(making, node, name, module, item);
        }
        _ => {
            let path = joined(before, &path_of(making.text(node)));
            let (module, item) =
                path.rsplit_once("::").map_or((path.as_str(), None), |(of, item)| (of, Some(item)));
            let name = called.unwrap_or_else(|| item.unwrap_or(module).into());
            imported(making, node, name, module, item);
        }
    }
}

fn imported(making: &mut Making<'_>, node: Node<'_>, local: Text, module: &str, item: Option<&str>) {
    let import = Import { local, module: module.into(), item: item.map(Text::from), span: node.byte_range() };
    making.module().imports.push(import);
}

fn joined(before: &str, path: &str) -> String {
    if before.is_empty() { path.to_owned() } else { format!("{before}::{path}") }
}

/// The path without blanks, and without `::` in front of it.
fn path_of(text: &str) -> String {
    let path: String = text.split_whitespace().collect();
    path.trim_start_matches("::").to_owned()
}

/// `mod name;` is a file of its own.
pub(super) fn module_file(making: &mut Making<'_>, node: Node<'_>) {
    if let Some(name) = node.child_by_field_name("name").map(|name| making.name(name)) {
        imported(making, node, name.clone(), &format!("self::{name}"), None);
    }
}

/// `mod name { .. }` is this file: what stands in it is found by its own name.
pub(super) fn module_here(making: &mut Making<'_>, node: Node<'_>) {
    if let Some(name) = node.child_by_field_name("name").map(|name| making.name(name)) {
        imported(making, node, name, "self", None);
    }
}

/// What a module within the file takes from the file around it needs no import: names of both are in one place here.
pub(super) fn seen_from_within(making: &mut Making<'_>, first: usize) {
    let imports = &mut making.module().imports;
    let inner = imports.split_off(first.min(imports.len()));
    imports.extend(inner.into_iter().filter_map(|mut import| {
        if &*import.module == "super" {
            return None;
        }
        if let Some(rest) = import.module.strip_prefix("super::") {
            let far = rest == "super" || rest.starts_with("super::");
            import.module = if far { rest.into() } else { format!("self::{rest}").into() };
        }
        Some(import)
    }));
}

/// `crate::a::b::f`: a name that is imported where it stands.
pub(super) fn inner_path(making: &mut Making<'_>, node: Node<'_>) -> Option<Expression> {
    let path = path_of(making.text(node));
    let is_inner = ["crate::", "self::", "super::"].iter().any(|start| path.starts_with(start));
    if !is_inner || path.contains(['<', '(', '[', '{', '$']) {
        return None;
    }
    // Modules are written small; the first name that is not, or else the last one, is what is taken from them.
    let parts: Vec<&str> = path.split("::").collect();
    if parts.len() > MAX_GROUPS {
        return Some(making.gap(node, Vec::new()));
    }
    let is_type = |part: &&str| part.starts_with(|first: char| first.is_ascii_uppercase());
    let item = parts.iter().position(is_type).unwrap_or(parts.len() - 1);
    let module = parts.get(..item)?.join("::");
    let local: Text = parts.get(..=item)?.join("::").into();
    imported(making, node, local.clone(), &module, parts.get(item).copied());
    let mut path = at(node, Kind::Name(local));
    for part in parts.iter().skip(item + 1) {
        path = at(node, Kind::Member(Box::new(path), (*part).into()));
    }
    Some(path)
}
