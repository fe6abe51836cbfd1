//! Calls of libraries: what is added to one, in the way of its language.

use tree_sitter::Node;

use super::{
    chain::{method, receiver},
    draft::Draft,
    source::{Source, around, parts, within},
    value::Value,
};
use crate::language::Language;

/// `resource` where a library makes the request.
pub(super) fn with_resource(source: &Source<'_>, node: Node<'_>, value: &Value, says: &str) -> Vec<Draft> {
    let Some(call) = around(node, source.hand.calls) else { return Vec::new() };
    let text = &value.text;
    let edits = match source.language.family() {
        Language::Python => vec![argument(source, call, &format!("resource={text}"))],
        Language::JavaScript => options(source, call, "resource", text),
        Language::Go => {
            let package = imported(source, "golang.org/x/oauth2");
            package
                .map(|package| {
                    argument(source, call, &format!("{package}.SetAuthURLParam(\"resource\", {text})"))
                })
                .into_iter()
                .collect()
        }
        Language::Rust => vec![link(source, call, &format!(".add_extra_param(\"resource\", {text})"))],
        _ => Vec::new(),
    };
    edits.into_iter().flatten().map(|edit| value.draft(says, vec![edit])).collect()
}

type Written = (std::ops::Range<usize>, String);

/// One more argument of a call. Where one of that name is given, it gets that value.
pub(super) fn argument(source: &Source<'_>, call: Node<'_>, text: &str) -> Option<Written> {
    let list = call.child_by_field_name("arguments")?;
    let is_named = |part: &Node<'_>| part.kind() == "keyword_argument";
    if let Some((key, value)) = text.split_once('=')
        && let Some(known) =
            parts(list).into_iter().filter(is_named).find(|part| is_called(source, *part, key))
    {
        return Some((known.child_by_field_name("value")?.byte_range(), value.to_owned()));
    }
    // Nothing stands behind `others...`.
    if parts(list).last().is_some_and(|last| last.kind() == "variadic_argument") {
        return None;
    }
    behind_last(source, list, text)
}

/// One more option: in the last argument where that is a map of options, or as one.
pub(super) fn options(source: &Source<'_>, call: Node<'_>, key: &str, value: &str) -> Vec<Option<Written>> {
    let Some(list) = call.child_by_field_name("arguments") else { return Vec::new() };
    let mut all = Vec::new();
    for object in parts(list).into_iter().rev() {
        let object = if source.hand.names.contains(&object.kind()) {
            defined(source, object).unwrap_or(object)
        } else {
            object
        };
        if object.kind() == "object" {
            all.push(entry(source, object, key, &format!("{key}: {value}")));
        }
    }
    all.push(behind_last(source, list, &format!("{{ {key}: {value} }}")));
    all
}

/// One more entry of a map that is written out; nothing where it has one of that name.
pub(super) fn entry(source: &Source<'_>, map: Node<'_>, key: &str, text: &str) -> Option<Written> {
    if parts(map).into_iter().any(|part| is_called(source, part, key)) {
        return None;
    }
    behind_last(source, map, text)
}

/// Whether an entry or an argument is of that name.
fn is_called(source: &Source<'_>, part: Node<'_>, key: &str) -> bool {
    let named =
        ["key", "name", "left"].iter().find_map(|field| part.child_by_field_name(field)).unwrap_or(part);
    source.read(named).trim_matches(['"', '\'']) == key
}

fn behind_last(source: &Source<'_>, home: Node<'_>, text: &str) -> Option<Written> {
    let all = parts(home);
    let Some(last) = all.last() else {
        let at = home.start_byte() + 1;
        let text = if home.kind() == "object" { format!(" {text} ") } else { text.to_owned() };
        return (home.end_byte() > at).then_some((at..at, text));
    };
    let end = last.end_byte();
    let line = source.between(source.line(last.start_byte()), last.start_byte());
    let gap = if line.trim().is_empty() { format!("{}{line}", source.newline()) } else { " ".to_owned() };
    Some((end..end, format!(",{gap}{text}")))
}

/// What a name was defined as, before it is used.
pub(super) fn defined<'t>(source: &'t Source<'_>, name: Node<'_>) -> Option<Node<'t>> {
    const DEFINITIONS: &[&str] =
        &["variable_declarator", "assignment", "let_declaration", "short_var_declaration"];
    let all = within(source.root(), DEFINITIONS);
    let mut meant = all.into_iter().filter(|node| node.end_byte() <= name.start_byte()).filter(|node| {
        let named = ["name", "left", "pattern"].iter().find_map(|field| node.child_by_field_name(field));
        named.is_some_and(|named| source.read(named) == source.read(name))
    });
    let last = meant.next_back()?;
    ["value", "right"].iter().find_map(|field| last.child_by_field_name(field))
}

/// One more link of a chain, before its last one.
pub(super) fn link(source: &Source<'_>, call: Node<'_>, text: &str) -> Option<Written> {
    let end = receiver(call).filter(|receiver| source.hand.calls.contains(&receiver.kind()))?.end_byte();
    Some((end..end, text.to_owned()))
}

/// One more link of a chain, before the one that is called so.
pub(super) fn link_before(source: &Source<'_>, call: Node<'_>, before: &str, text: &str) -> Option<Written> {
    let mut at = call;
    while method(source, at) != before {
        at = receiver(at).filter(|receiver| source.hand.calls.contains(&receiver.kind()))?;
    }
    let end = receiver(at)?.end_byte();
    Some((end..end, text.to_owned()))
}

/// By which name a package of Go is called here.
pub(super) fn imported<'s>(source: &Source<'s>, path: &str) -> Option<&'s str> {
    let imports = within(source.root(), &["import_spec"]);
    imports.into_iter().find_map(|import| {
        let said = source.read(import.child_by_field_name("path")?).trim_matches(['"', '`']);
        let is_version = |rest: &str| rest.strip_prefix("/v").is_some_and(|rest| rest.parse::<u32>().is_ok());
        let rest = said.strip_prefix(path)?;
        if !rest.is_empty() && !is_version(rest) {
            return None;
        }
        let name = import.child_by_field_name("name").map(|name| source.read(name));
        let last = said.strip_suffix(rest).unwrap_or(said).rsplit('/').next();
        name.or(last)
    })
}
