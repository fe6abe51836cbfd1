//! Tokens that are verified: the audience is demanded, in the way of each library.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    call::{argument, entry, imported, link_before, options},
    draft::Draft,
    source::{Source, around, parts, within},
    value::{Value, values},
};
use crate::language::Language;

const SAYS: &str = "demand as audience";

/// The audience beside what a call is given.
pub(super) fn demand(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some((node, call)) = called(source, place) else { return Vec::new() };
    let mut all = Vec::new();
    for value in values(source, node, true) {
        all.extend(each(source, call, &value).into_iter().map(|edits| value.draft(SAYS, edits)));
    }
    all
}

type Written = (Range<usize>, String);

fn called<'t>(source: &'t Source<'_>, place: &Range<usize>) -> Option<(Node<'t>, Node<'t>)> {
    let node = source.at(place)?;
    Some((node, around(node, source.hand.calls)?))
}

/// The ways of a language to demand it.
fn each(source: &Source<'_>, call: Node<'_>, value: &Value) -> Vec<Vec<Written>> {
    let text = &value.text;
    let one = |edit: Option<Written>| edit.map(|edit| vec![edit]);
    let ways: Vec<Option<Vec<Written>>> = match source.language.family() {
        Language::Python => vec![
            one(argument(source, call, &format!("audience={text}"))),
            one(claims_options(
                source,
                call,
                &format!("\"aud\": {{\"essential\": True, \"value\": {text}}}"),
            )),
        ],
        Language::JavaScript => options(source, call, "audience", text).into_iter().map(one).collect(),
        Language::Go => {
            let packages = [
                "github.com/golang-jwt/jwt",
                "github.com/lestrrat-go/jwx/v3/jwt",
                "github.com/lestrrat-go/jwx/v2/jwt",
            ];
            let named = packages.iter().filter_map(|package| imported(source, package));
            named.map(|name| one(argument(source, call, &format!("{name}.WithAudience({text})")))).collect()
        }
        Language::Rust => vec![validation(source, call, text)],
        Language::Java => ["withAudience", "setExpectedAudience", "requireAudience"]
            .iter()
            .map(|name| one(link_before(source, call, "build", &format!(".{name}({text})"))))
            .collect(),
        Language::CSharp => parameters(source, call, &format!("ValidAudience = {text}")).map(one).collect(),
        _ => Vec::new(),
    };
    ways.into_iter().flatten().collect()
}

/// What Authlib compares: one more claim, beside those that are named already.
fn claims_options(source: &Source<'_>, call: Node<'_>, claim: &str) -> Option<Written> {
    let given = parts(call.child_by_field_name("arguments")?).into_iter();
    let mut given = given.filter(|part| source.read(*part).starts_with("claims_options"));
    match given.next() {
        Some(options) => {
            let map = options.child_by_field_name("value").filter(|map| map.kind() == "dictionary")?;
            entry(source, map, "aud", claim)
        }
        None => argument(source, call, &format!("claims_options={{{claim}}}")),
    }
}

/// `TokenValidationParameters`, as they are put together around or before the call.
fn parameters<'t>(
    source: &'t Source<'_>,
    call: Node<'t>,
    text: &str,
) -> impl Iterator<Item = Option<Written>> {
    let function = around(call, source.hand.functions).unwrap_or(call);
    let made = within(function, &["object_creation_expression", "implicit_object_creation_expression"]);
    let made = made.into_iter().filter(|made| source.read(*made).contains("TokenValidationParameters"));
    let edits: Vec<_> = made
        .map(|made| {
            let map = parts(made).into_iter().find(|part| part.kind() == "initializer_expression");
            map.and_then(|map| entry(source, map, "ValidAudience", text))
        })
        .collect();
    edits.into_iter()
}

/// The parameters of `jsonwebtoken`, behind the statement that makes them.
fn validation(source: &Source<'_>, call: Node<'_>, text: &str) -> Option<Vec<Written>> {
    let (definition, name) = made(source, call)?;
    let mut edits = Vec::new();
    let pattern = definition.child_by_field_name("pattern")?;
    if !parts(definition).iter().any(|part| part.kind() == "mutable_specifier") {
        edits.push((pattern.start_byte()..pattern.start_byte(), "mut ".to_owned()));
    }
    let (line, indent) = (source.newline(), source.indent(definition.start_byte()));
    let end = definition.end_byte();
    edits.push((
        end..end,
        format!(
            "{line}{indent}{name}.set_audience(&[{text}]);{line}{indent}{name}.required_spec_claims.insert(\"aud\".to_owned());"
        ),
    ));
    Some(edits)
}

fn made<'t, 's>(source: &Source<'s>, call: Node<'t>) -> Option<(Node<'t>, &'s str)> {
    let function = around(call, &["function_item"])?;
    let all = within(function, &["let_declaration"]).into_iter();
    let mut all = all.filter(|made| {
        made.child_by_field_name("value").is_some_and(|value| source.read(value).contains("Validation::"))
    });
    let last = all.rfind(|made| made.end_byte() <= call.start_byte())?;
    Some((last, source.read(last.child_by_field_name("pattern")?)))
}

/// What switches the check off goes, and the audience is demanded in its place.
pub(super) fn switch_on(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some((node, call)) = called(source, place) else { return Vec::new() };
    let scope = around(node, source.hand.functions).unwrap_or(call);
    let mut all = Vec::new();
    for value in values(source, node, true) {
        let text = &value.text;
        let mut add = |edits: Vec<Written>| all.push(value.draft("look at the audience, and demand", edits));
        match source.language.family() {
            Language::Python => {
                for off in within(scope, &["false"]) {
                    let Some(pair) = around(off, &["pair", "keyword_argument", "assignment"]) else {
                        continue;
                    };
                    let said = source.read(pair);
                    if ["verify_aud", "\"verify\"", "verify="].iter().any(|key| said.contains(key)) {
                        let on = (off.byte_range(), "True".to_owned());
                        add([on]
                            .into_iter()
                            .chain(argument(source, call, &format!("audience={text}")))
                            .collect());
                    }
                }
            }
            Language::Rust => {
                for off in within(scope, &["expression_statement"]) {
                    let said = source.read(off);
                    if let Some(name) = said.split(".validate_aud").next()
                        && said.len() > name.len()
                        && said.contains("false")
                    {
                        let indent = source.indent(off.start_byte());
                        let on = format!(
                            "{name}.set_audience(&[{text}]);{}{indent}{name}.required_spec_claims.insert(\"aud\".to_owned());",
                            source.newline()
                        );
                        add(vec![(off.byte_range(), on)]);
                    }
                }
            }
            Language::Go => {
                for off in within(scope, &["keyed_element"]) {
                    if source.read(off).starts_with("SkipClientIDCheck") {
                        let others = off.parent().map(parts).unwrap_or_default();
                        let is_given = others.iter().any(|one| source.read(*one).starts_with("ClientID"));
                        let on = if is_given {
                            "SkipClientIDCheck: false".to_owned()
                        } else {
                            format!("ClientID: {text}")
                        };
                        add(vec![(off.byte_range(), on)]);
                    }
                }
            }
            Language::Java => {
                for name in within(scope, &["method_invocation"]) {
                    let Some(name) = name.child_by_field_name("name") else { continue };
                    if source.read(name) == "setSkipDefaultAudienceValidation"
                        && let Some(list) = name.next_named_sibling()
                    {
                        let span = name.start_byte()..list.end_byte();
                        add(vec![(span, format!("setExpectedAudience({text})"))]);
                    }
                }
            }
            Language::CSharp => {
                for off in within(scope, &["assignment_expression"]) {
                    let said = source.read(off);
                    if said.starts_with("ValidateAudience") {
                        add(vec![(off.byte_range(), format!("ValidAudience = {text}"))]);
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// The audience of a token that has none is demanded, too. What names this server passes as it did.
pub(super) fn demand_presence(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some((_, call)) = called(source, place) else { return Vec::new() };
    let says = "demand that there is an audience at all";
    let mut all = Vec::new();
    match source.language.family() {
        Language::Python => {
            for map in within(call, &["dictionary"]) {
                let holder = map.parent();
                let key = holder.and_then(|holder| {
                    holder.child_by_field_name("key").or(holder.child_by_field_name("name"))
                });
                let (key, text) = match key.map(|key| source.read(key).trim_matches(['"', '\''])) {
                    Some("aud") => ("essential", "\"essential\": True"),
                    Some("options") => ("require_aud", "\"require_aud\": True"),
                    _ => continue,
                };
                all.extend(entry(source, map, key, text).map(|edit| Draft::safe(says, vec![edit])));
            }
            let text = "options={\"require_aud\": True}";
            // What is given there already is not thrown away.
            let has_options = source.read(call).contains("options=");
            let edit = argument(source, call, text).filter(|_| !has_options);
            all.extend(edit.map(|edit| Draft::safe(says, vec![edit])));
        }
        Language::Rust => {
            let Some(function) = around(call, &["function_item"]) else { return all };
            for set in within(function, &["expression_statement"]) {
                if let Some((name, _)) = source.read(set).split_once(".set_audience(") {
                    let text = format!("{name}.required_spec_claims.insert(\"aud\".to_owned());");
                    all.push(Draft::safe(says, vec![source.beneath(set, &text)]));
                }
            }
        }
        Language::Go => {
            for said in within(call, &["false"]) {
                all.push(Draft::safe(says, vec![(said.byte_range(), "true".to_owned())]));
            }
        }
        _ => {}
    }
    all
}
