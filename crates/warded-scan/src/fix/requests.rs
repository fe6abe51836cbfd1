//! Requests that do not say for which server a token is, or only sometimes: `resource` is given like the other parameters.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    call,
    draft::Draft,
    model::{Model, given, models},
    source::{Source, around, is_in, parts, within},
    value::{Value, values},
};

const SAYS: &str = "send `resource` as";
const OTHERWISE: &str = "where none is given, send `resource` as";

/// How many parameters are imitated.
const MOST: usize = 4;

/// `resource` beside the parameters that are given at one of these places, then beside those that are given elsewhere in the
/// function, and at last in the call itself.
pub(super) fn add(source: &Source<'_>, places: &[Range<usize>]) -> Vec<Draft> {
    let mut all = Vec::new();
    let nodes: Vec<_> = places.iter().filter_map(|place| source.at(place)).collect();
    for node in &nodes {
        // One that is nothing gets another value.
        if let Some(known) = given(source, *node, "resource") {
            let with = |value: Value| value.draft(SAYS, vec![(known.given.clone(), value.text.clone())]);
            all.extend(values(source, *node, false).into_iter().map(with));
        }
        like_others(source, *node, *node, &mut all);
    }
    for node in &nodes {
        if let Some(function) = around(*node, source.hand.functions) {
            like_others(source, function, *node, &mut all);
        }
    }
    for node in &nodes {
        for value in values(source, *node, false) {
            all.extend(call::with_resource(source, *node, &value, SAYS));
        }
    }
    all
}

fn like_others(source: &Source<'_>, region: Node<'_>, at: Node<'_>, all: &mut Vec<Draft>) {
    let has_it = |model: &Model| {
        let list = source.at(&model.whole).and_then(|whole| whole.parent());
        model.is_listed() && list.is_some_and(|list| given(source, list, "resource").is_some())
    };
    let models: Vec<_> =
        models(source, region).into_iter().filter(|model| !has_it(model)).take(MOST).collect();
    for value in values(source, at, false) {
        for model in &models {
            all.push(value.draft(SAYS, vec![model.edit(source, "resource", &value.text)]));
        }
    }
}

/// `resource` that is there only sometimes: a value for where it is not.
pub(super) fn always(source: &Source<'_>, places: &[Range<usize>]) -> Vec<Draft> {
    let mut all = Vec::new();
    for node in places.iter().filter_map(|place| source.at(place)) {
        let scope = around(node, source.hand.functions).unwrap_or(node);
        let Some(model) = given(source, node, "resource").or_else(|| given(source, scope, "resource")) else {
            all.extend(without_other(source, scope, node));
            all.extend(before_others(source, node));
            continue;
        };
        let Some(given) = source.at(&model.given) else { continue };
        for value in others(source, node, source.read(given)) {
            all.extend(fallback(source, given, &value));
            all.extend(otherwise(source, given, &value));
            all.extend(first(source, scope, &model, &value));
        }
    }
    all
}

/// What can name the server besides what is given sometimes.
fn others(source: &Source<'_>, at: Node<'_>, given: &str) -> Vec<Value> {
    let mut all = values(source, at, false);
    all.retain(|value| !given.contains(&*value.text) && !value.is_only_given());
    all
}

/// `...(resource ? { resource } : {})` becomes `resource: resource || SERVER_URL`.
fn without_other(source: &Source<'_>, scope: Node<'_>, at: Node<'_>) -> Vec<Draft> {
    let mut all = Vec::new();
    for spread in within(scope, &["spread_element"]) {
        let Some(choice) = within(spread, &["ternary_expression"]).first().copied() else { continue };
        let side = |name| choice.child_by_field_name(name);
        let (Some(some), Some(none)) = (side("consequence"), side("alternative")) else { continue };
        let is_empty = none.kind() == "object" && parts(none).is_empty();
        let [only] = parts(some)[..] else { continue };
        let given = match only.kind() {
            "shorthand_property_identifier" if source.read(only) == "resource" => "resource",
            "pair" if source.read(only).starts_with("resource") => match only.child_by_field_name("value") {
                Some(value) => source.read(value),
                None => continue,
            },
            _ => continue,
        };
        if !is_empty {
            continue;
        }
        for value in others(source, at, given) {
            let text = format!("resource: {given} || {}", value.text);
            all.push(value.draft(OTHERWISE, vec![(spread.byte_range(), text)]));
        }
    }
    all
}

/// `{ state, ...others }`: the server before what others add, which may name another one still.
fn before_others(source: &Source<'_>, node: Node<'_>) -> Vec<Draft> {
    let is_first = |model: &Model| {
        let mut before = source.at(&model.whole).and_then(|whole| whole.prev_named_sibling());
        while let Some(one) = before {
            if source.hand.spreads.contains(&one.kind()) {
                return false;
            }
            before = one.prev_named_sibling();
        }
        model.is_listed()
    };
    let models: Vec<_> = models(source, node).into_iter().filter(is_first).take(1).collect();
    let mut all = Vec::new();
    for value in others(source, node, "") {
        for model in &models {
            all.push(value.draft(OTHERWISE, vec![model.edit(source, "resource", &value.text)]));
        }
    }
    all
}

/// Where it is put into a map later on, the server from the beginning. A list of parameters would send both.
fn first(source: &Source<'_>, scope: Node<'_>, later: &Model, value: &Value) -> Vec<Draft> {
    const TAKES_ONE: &[&str] = &["[", ".set(", ".Set(", ".resource", ".put("];
    let said = source.between(later.whole.start, later.whole.end);
    if !TAKES_ONE.iter().any(|way| said.contains(way)) || said.contains("push") {
        return Vec::new();
    }
    let models = models(source, scope).into_iter().take(MOST);
    let before = models.filter(|model| model.whole.end <= later.whole.start);
    before.map(|model| value.draft(OTHERWISE, vec![model.edit(source, "resource", &value.text)])).collect()
}

/// `if resource: form["resource"] = resource` gets another branch, which gives the server.
fn otherwise(source: &Source<'_>, node: Node<'_>, value: &Value) -> Option<Draft> {
    let condition = around(node, source.hand.conditionals)?;
    if condition.child_by_field_name("alternative").is_some() {
        return None;
    }
    let body = condition.child_by_field_name("consequence")?;
    if !is_in(node, body) {
        return None;
    }
    let statement = if body.kind().contains("block") {
        let list = parts(body);
        let list = match list.as_slice() {
            [only] if only.kind() == "statement_list" => parts(*only),
            _ => list,
        };
        let [only] = list.as_slice() else { return None };
        *only
    } else {
        body
    };
    let given = node.byte_range();
    let new = source.between(statement.start_byte(), given.start).to_owned()
        + &value.text
        + source.between(given.end, statement.end_byte());
    let (line, indent) = (source.newline(), source.indent(condition.start_byte()));
    let inner = source.indent(statement.start_byte());
    let text = if source.language == crate::Language::Python {
        format!("{line}{indent}else:{line}{inner}{new}")
    } else if body.kind().contains("block") {
        format!(" else {{{line}{inner}{new}{line}{indent}}}")
    } else {
        format!("{line}{indent}else {new}")
    };
    let end = condition.end_byte();
    Some(value.draft(OTHERWISE, vec![(end..end, text)]))
}

/// `resource or SERVER_URL`.
fn fallback(source: &Source<'_>, node: Node<'_>, value: &Value) -> Option<Draft> {
    let or = match source.language.family() {
        crate::Language::Python => "or",
        crate::Language::JavaScript => "||",
        _ => return None,
    };
    let end = node.end_byte();
    let is_name = source.hand.names.contains(&node.kind()) || source.hand.members.contains(&node.kind());
    is_name.then(|| value.draft(OTHERWISE, vec![(end..end, format!(" {or} {}", value.text))]))
}

/// `resource` that names something else.
pub(super) fn other_target(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some(node) = source.at(place) else { return Vec::new() };
    let given = given(source, node, "resource").and_then(|model| source.at(&model.given));
    let node = given.unwrap_or(node);
    let mut all = Vec::new();
    for text in within(node, source.hand.strings) {
        let said = source.read(text);
        if let Some(at) = said.find('#').filter(|_| said.contains("://")) {
            let quote = said.chars().next_back().map_or(1, char::len_utf8);
            let span = text.start_byte() + at..text.end_byte() - quote;
            all.push(Draft::weighed(
                "leave the fragment out, which no server's name has",
                vec![(span, String::new())],
            ));
        }
    }
    for value in values(source, node, false) {
        let by_reference = source.read(node).starts_with('&') && value.text.contains('.');
        let text = if by_reference { format!("&{}", value.text) } else { value.text.clone() };
        all.push(value.draft(SAYS, vec![(node.byte_range(), text)]));
    }
    all
}
