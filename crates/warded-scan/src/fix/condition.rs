//! Comparisons of an audience that let some tokens past: the condition that lets them goes.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    audience,
    draft::Draft,
    source::{Source, around, is_in, parts, within},
    value::values,
};
use crate::language::Language;

/// `aud and aud != SERVER` becomes `not aud or aud != SERVER`: a token without an audience is refused like one with another.
pub(super) fn refuse_absent(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let mut all = audience::demand_presence(source, place);
    let says = "refuse a token without an audience, too";
    if let Some((left, operator, right)) = both(source, place) {
        let is_about = |text: &str| text.to_ascii_lowercase().contains("aud");
        if is_about(source.read(left)) && is_about(source.read(right)) {
            if let Some(negated) = negated(source, left) {
                let edits = vec![(left.byte_range(), negated), (operator, source.hand.or.to_owned())];
                all.push(Draft::safe(says, edits));
            }
            let alone = vec![(left.start_byte()..right.start_byte(), String::new())];
            all.push(Draft::safe(says, alone));
        }
    }
    all
}

/// A comparison is made whatever the request says, or something comes of it.
pub(super) fn compare_always(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let mut all = Vec::new();
    let says = "compare the audience always";
    if let Some((left, _, right)) = both(source, place) {
        let span = left.start_byte()..right.start_byte();
        all.push(Draft::weighed(says, vec![(span, String::new())]));
    }
    all.extend(unwrapped(source, place).map(|edit| Draft::weighed(says, vec![edit])));
    all.extend(
        refused(source, place).map(|edit| Draft::weighed("refuse a token for another server", vec![edit])),
    );
    all
}

/// The two sides of the `and` around or at a place, the comparison on the right one.
fn both<'t>(source: &'t Source<'_>, place: &Range<usize>) -> Option<(Node<'t>, Range<usize>, Node<'t>)> {
    let mut at = source.at(place);
    while let Some(node) = at {
        if source.hand.conditionals.contains(&node.kind()) || source.hand.functions.contains(&node.kind()) {
            return None;
        }
        let operator =
            node.child_by_field_name("operator").filter(|_| source.hand.operations.contains(&node.kind()));
        if let Some(operator) = operator.filter(|operator| source.read(*operator) == source.hand.and) {
            let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
            return Some((left, operator.byte_range(), right));
        }
        at = node.parent();
    }
    None
}

/// The opposite of a condition that asks whether something is there.
fn negated(source: &Source<'_>, node: Node<'_>) -> Option<String> {
    let said = source.read(node);
    let Some(operator) = node.child_by_field_name("operator").filter(|_| node.kind() == "binary_expression")
    else {
        let is_plain = !matches!(
            node.kind(),
            "binary_expression"
                | "boolean_operator"
                | "comparison_operator"
                | "not_operator"
                | "unary_expression"
        );
        return is_plain.then(|| format!("{}{said}", source.hand.not));
    };
    let other = match source.read(operator) {
        "!=" => "==",
        "!==" => "===",
        ">" => "<=",
        _ => return None,
    };
    let (start, end) = (node.start_byte(), node.end_byte());
    Some(
        source.between(start, operator.start_byte()).to_owned()
            + other
            + source.between(operator.end_byte(), end),
    )
}

/// What stands in a condition without another branch, without the condition.
fn unwrapped(source: &Source<'_>, place: &Range<usize>) -> Option<(Range<usize>, String)> {
    let inner = around(source.at(place)?, source.hand.conditionals)?;
    let outer = around(inner.parent()?, source.hand.conditionals)?;
    let body = outer.child_by_field_name("consequence").filter(|body| is_in(inner, *body))?;
    if outer.child_by_field_name("alternative").is_some()
        || outer.child_by_field_name("initializer").is_some()
    {
        return None;
    }
    let statements = match parts(body).as_slice() {
        [only] if only.kind() == "statement_list" => parts(*only),
        _ => parts(body),
    };
    let (first, last) = (statements.first()?, statements.last()?);
    let (from, to) = (source.indent(outer.start_byte()), source.indent(first.start_byte()));
    let deeper = to.strip_prefix(from)?;
    let text = source.between(first.start_byte(), last.end_byte());
    // Lines of a text that is written over several of them are no lines of code.
    if within(outer, &["string", "raw_string_literal", "template_string"])
        .iter()
        .any(|text| source.read(*text).contains('\n'))
    {
        return None;
    }
    let lines = text.split('\n').map(|line| match line.strip_prefix(to) {
        Some(rest) if !deeper.is_empty() => format!("{from}{rest}"),
        _ => line.to_owned(),
    });
    Some((outer.byte_range(), lines.collect::<Vec<_>>().join("\n")))
}

/// What refuses, behind what only tells that there is something to refuse.
fn refused(source: &Source<'_>, place: &Range<usize>) -> Option<(Range<usize>, String)> {
    let condition = around(source.at(place)?, source.hand.conditionals)?;
    let body = condition.child_by_field_name("consequence")?;
    let refuse = match source.language.family() {
        Language::Python => "raise PermissionError(\"the token is for another server\")",
        Language::JavaScript => "throw new Error('the token is for another server');",
        Language::Java => "throw new SecurityException(\"the token is for another server\");",
        Language::CSharp => "throw new UnauthorizedAccessException(\"the token is for another server\");",
        _ => return None,
    };
    if !body.kind().contains("block") {
        let said = source.read(body);
        return Some((body.byte_range(), format!("{{ {said} {refuse} }}")));
    }
    let last = parts(body).last().copied()?;
    if last.kind().contains("return") {
        return None;
    }
    Some(source.beneath(last, refuse))
}

/// The audience beside `active`, where an issuer tells both.
pub(super) fn compare_introspected(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some(node) = source.at(place) else { return Vec::new() };
    let Some(function) = around(node, source.hand.functions) else { return Vec::new() };
    let mut all = Vec::new();
    let negations = within(function, &["not_operator", "unary_expression", "prefix_unary_expression"]);
    for negation in negations.into_iter().filter(|negation| is_in_condition(source, *negation)) {
        let Some(asked) = parts(negation).first().copied() else { continue };
        let said = source.read(asked);
        let is_truth = said.contains("equals");
        let named = [("active", "aud"), ("Active", "Aud")];
        let Some((active, audience)) =
            named.into_iter().find(|(name, _)| said.matches(name).count() == 1 && !is_truth)
        else {
            continue;
        };
        for value in values(source, node, true) {
            let differs = if source.language.family() == Language::JavaScript { "!==" } else { "!=" };
            let text =
                format!(" {} {} {differs} {}", source.hand.or, said.replace(active, audience), value.text);
            let end = negation.end_byte();
            all.push(value.draft("compare the audience that the issuer tells with", vec![(end..end, text)]));
        }
    }
    all
}

fn is_in_condition(source: &Source<'_>, node: Node<'_>) -> bool {
    let condition =
        around(node, source.hand.conditionals).and_then(|all| all.child_by_field_name("condition"));
    condition.is_some_and(|condition| {
        is_in(node, condition) && (parts(condition).first() == Some(&node) || condition == node)
    })
}
