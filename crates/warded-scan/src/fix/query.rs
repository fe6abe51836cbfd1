//! A token in the query of an address: it goes into the `Authorization` header, where a library takes both.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    call::{argument, entry},
    draft::Draft,
    source::{Source, around, parts, within},
};
use crate::language::Language;

const SAYS: &str = "send the token in the `Authorization` header";

type Written = (Range<usize>, String);

pub(super) fn to_header(source: &Source<'_>, places: &[Range<usize>]) -> Vec<Draft> {
    let mut all = Vec::new();
    for node in places.iter().filter_map(|place| source.at(place)) {
        let edits = match source.language.family() {
            Language::Python => python(source, node),
            Language::JavaScript => javascript(source, node),
            Language::Rust => rust(source, node),
            _ => None,
        };
        all.extend(edits.map(|edits| Draft::weighed(SAYS, edits)));
    }
    all
}

/// A parameter of the query that is written into a text, with what is between it and the others: the token, and the text
/// without it.
struct InText<'s> {
    token: &'s str,
    rest: String,
}

/// `…?access_token={token}` at the end of a text: whatever follows it would have to become the first one.
fn in_text<'s>(source: &Source<'s>, text: Node<'_>, open: &str) -> Option<InText<'s>> {
    let said = source.read(text);
    let at = said.rfind(open)?;
    let before = said.get(..at)?.strip_suffix('=')?;
    let key = before.rfind(['?', '&'])?;
    let (token, quote) = said.get(at + open.len()..)?.split_once('}')?;
    let is_plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    (quote.len() == 1 && is_plain)
        .then(|| InText { token, rest: format!("{}{quote}", before.get(..key).unwrap_or_default()) })
}

fn python(source: &Source<'_>, node: Node<'_>) -> Option<Vec<Written>> {
    let call = around(node, source.hand.calls)?;
    let (token, gone) = if let Some(pair) = around(node, &["pair"]) {
        let map = pair.parent().filter(|map| parts(*map).len() == 1)?;
        let given = map.parent().filter(|given| given.kind() == "keyword_argument")?;
        (source.read(pair.child_by_field_name("value")?).to_owned(), (given, None))
    } else {
        let text = around(node, &["string"])?;
        let found = in_text(source, text, "{")?;
        let rest = if found.rest.contains('{') {
            found.rest
        } else {
            found.rest.trim_start_matches(['f', 'F']).to_owned()
        };
        (found.token.to_owned(), (text, Some(rest)))
    };
    let header = format!("\"Authorization\": f\"Bearer {{{token}}}\"");
    let list = call.child_by_field_name("arguments")?;
    let headers = parts(list)
        .into_iter()
        .find(|part| part.child_by_field_name("name").is_some_and(|name| source.read(name) == "headers"));
    let whole = format!("headers={{{header}}}");
    match (gone, headers) {
        ((given, None), None) => Some(vec![(given.byte_range(), whole)]),
        ((text, Some(rest)), headers) => {
            let header = match headers {
                Some(headers) => {
                    let map =
                        headers.child_by_field_name("value").filter(|map| map.kind() == "dictionary")?;
                    entry(source, map, "Authorization", &header)?
                }
                None => argument(source, call, &whole)?,
            };
            Some(vec![(text.byte_range(), rest), header])
        }
        _ => None,
    }
}

/// `url.searchParams.set('access_token', token)` before a `fetch(url)` without options.
fn javascript(source: &Source<'_>, node: Node<'_>) -> Option<Vec<Written>> {
    let set = around(node, &["expression_statement"])?;
    let call = parts(set).first().copied().filter(|call| call.kind() == "call_expression")?;
    let url = source.read(call.child_by_field_name("function")?).split_once(".searchParams.")?.0;
    let list = parts(call.child_by_field_name("arguments")?);
    let [_, token] = list.as_slice() else { return None };
    let function = around(node, source.hand.functions)?;
    let fetch = within(function, &["call_expression"]).into_iter().find(|call| {
        let is_fetch = call.child_by_field_name("function").is_some_and(|name| source.read(name) == "fetch");
        let given = call.child_by_field_name("arguments").map(parts).unwrap_or_default();
        is_fetch && given.len() == 1 && given.first().is_some_and(|first| source.read(*first) == url)
    })?;
    let header = format!("{{ headers: {{ Authorization: `Bearer ${{{}}}` }} }}", source.read(*token));
    let start = source.line(set.start_byte());
    let end =
        set.end_byte() + source.between(set.end_byte(), source.text.len()).find('\n').map_or(0, |at| at + 1);
    let is_alone = source.between(start, set.start_byte()).trim().is_empty()
        && source.between(set.end_byte(), end).trim().is_empty();
    let gone = if is_alone { start..end } else { set.byte_range() };
    Some(vec![(gone, String::new()), argument(source, fetch, &header)?])
}

/// `.query(&[("access_token", token)])` becomes `.bearer_auth(token)`; so does what a text is formatted with.
fn rust(source: &Source<'_>, node: Node<'_>) -> Option<Vec<Written>> {
    let list = around(node, &["arguments"]);
    let query =
        list.and_then(|list| list.parent()).filter(|call| super::chain::method(source, *call) == "query");
    if let (Some(list), Some(call)) = (list, query) {
        let pairs = within(list, &["tuple_expression"]);
        let ([pair], Some(receiver)) = (pairs.as_slice(), super::chain::receiver(call)) else { return None };
        let token = source.read(*parts(*pair).get(1)?);
        return Some(vec![(receiver.end_byte()..call.end_byte(), format!(".bearer_auth({token})"))]);
    }
    let text = around(node, &["macro_invocation"])?;
    let (url, token) = formatted(source.read(text))?;
    let call = text.parent()?.parent().filter(|call| source.hand.calls.contains(&call.kind()))?;
    let end = call.end_byte();
    Some(vec![(text.byte_range(), url), (end..end, format!(".bearer_auth({token})"))])
}

/// `format!("https://…?access_token={}", token)`: the address without it, and the token.
fn formatted(said: &str) -> Option<(String, &str)> {
    let (text, rest) = said.strip_prefix("format!(\"")?.split_once('"')?;
    let (before, name) = text.strip_suffix('}')?.split_once('{')?;
    let url = before.strip_suffix('=')?;
    let url = url.get(..url.rfind(['?', '&'])?)?;
    let given = rest.trim_end_matches(')').trim_start_matches(',').trim();
    let token = if name.is_empty() { given } else { name };
    let is_plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    (is_plain && !token.is_empty()).then(|| (format!("\"{url}\""), token))
}
