//! What leaves `resource` out: the switch is turned, the option goes, the hook names the server.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    draft::Draft,
    source::{Source, around, parts, within},
};
use crate::language::Language;

pub(super) fn switched_on(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some(node) = source.at(place) else { return Vec::new() };
    let mut all = Vec::new();
    all.extend(turned(source, node));
    all.extend(without_option(source, node));
    all.extend(named(source, node));
    all
}

/// `omit_resource=True` becomes `omit_resource=False`.
fn turned(source: &Source<'_>, node: Node<'_>) -> Option<Draft> {
    const ENTRIES: &[&str] = &[
        "pair",
        "keyword_argument",
        "keyed_element",
        "field_initializer",
        "assignment",
        "assignment_expression",
    ];
    let entry = around(node, ENTRIES).unwrap_or(node);
    let on: Vec<_> = within(entry, &["true", "boolean_literal"]).into_iter().filter(Node::is_named).collect();
    // In `Map.of("omitResource", true)` it stands behind its key.
    let on = if on.is_empty() { entry.next_named_sibling().into_iter().collect() } else { on };
    let [on] = on.as_slice() else { return None };
    let off = match source.read(*on) {
        "True" => "False",
        "true" => "false",
        _ => return None,
    };
    Some(Draft::weighed("do not leave `resource` out", vec![(on.byte_range(), off.to_owned())]))
}

/// `"--resource", "none"` goes.
fn without_option(source: &Source<'_>, node: Node<'_>) -> Option<Draft> {
    let says = |node: Node<'_>, text: &str| source.read(node).trim_matches(['"', '\'', '`']) == text;
    let texts = within(node, source.hand.strings);
    let option = texts.windows(2).find(|two| says(two[0], "--resource") && says(two[1], "none"))?;
    let before = option.first()?.prev_named_sibling()?;
    let span = before.end_byte()..option.last()?.end_byte();
    Some(Draft::weighed("leave `--resource none` out", vec![(span, String::new())]))
}

/// What the SDK asks for the server gives the one that it is asked about.
fn named(source: &Source<'_>, node: Node<'_>) -> Option<Draft> {
    if source.language.family() != Language::JavaScript {
        return None;
    }
    let function = around(node, source.hand.functions)
        .or_else(|| within(node, source.hand.functions).first().copied())?;
    let (list, body) = (function.child_by_field_name("parameters")?, function.child_by_field_name("body")?);
    let mut edits = Vec::new();
    let name = if let Some(first) = parts(list).first() {
        source.read(*within(*first, &["identifier"]).first()?).to_owned()
    } else {
        let at = list.start_byte() + 1;
        edits.push((at..at, "serverUrl".to_owned()));
        "serverUrl".to_owned()
    };
    let give = format!("return new URL({name});");
    let ends: Vec<_> = within(body, &["return_statement"]);
    match ends.as_slice() {
        [] if parts(body).is_empty() => {
            let (start, end) = (body.start_byte() + 1, body.end_byte().checked_sub(1)?);
            edits.push((start..end, format!(" {give} ")));
        }
        [only] => edits.push((only.byte_range(), give)),
        _ => return None,
    }
    Some(Draft::weighed(format!("name the server that it is asked about: `new URL({name})`"), edits))
}
