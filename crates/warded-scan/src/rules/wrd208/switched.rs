//! Whether a token stands in an address only where somebody has set that it may.

use crate::{
    flow::inbound::words,
    project::Place,
    rules::{Seen, questions},
};

/// What people call whether something is so: `allowQuery`, `acceptTokenFromUrl`.
const VERBS: &[&str] = &["allow", "enable", "accept", "permit", "support", "use", "check", "try"];

/// What people call where a token stands.
const WHERE: &[&str] = &["query", "qs", "uri", "url", "querystring", "param", "parameter", "params"];

/// What is in the names of whatever came in: what is asked about that is no setting.
const CAME: &[&str] =
    &["req", "request", "ctx", "context", "event", "exchange", "httpcontext", "url", "headers", "socket"];

/// What the query of a request is called, in whatever holds it.
const QUERIES: &[&str] = &["params", "parameters", "string", "values", "raw", "parsed", "data"];

/// What a place of a token is compared with.
const PLACES: &[&str] = &[
    "query",
    "qs",
    "querystring",
    "query_string",
    "query-string",
    "queryparam",
    "uri",
    "url",
    "header",
    "headers",
];

/// Whether one of the questions on the way to that place, or to where it is called from, is whether tokens may stand in
/// addresses.
pub(super) fn is_switched(seen: &Seen<'_>, at: &Place, trail: &[Place]) -> bool {
    let places = std::iter::once(at).chain(trail);
    places.flat_map(|place| questions::around(seen.project, place)).any(says_where)
}

/// Whether a question is about a setting that says where a token stands.
fn says_where(question: &str) -> bool {
    chains(question).any(|chain| is_setting(&chain)) || compares_places(question)
}

/// Names with what they are parts of: `this.options.allowQuery` is three.
fn chains(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let is_part = |letter: char| letter.is_alphanumeric() || "_.:?!$>-".contains(letter);
    let chains = text.split(move |letter| !is_part(letter));
    chains.map(|chain| {
        let names = chain.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$');
        names.filter(|name| name.starts_with(|first: char| first.is_alphabetic() || first == '_')).collect()
    })
}

fn is_setting(chain: &[&str]) -> bool {
    let Some((last, holders)) = chain.split_last() else { return false };
    if holders.iter().any(|holder| CAME.contains(&holder.to_ascii_lowercase().as_str())) {
        return false;
    }
    let words = words(last);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let is_about = has(WHERE);
    let is_asked = words.iter().any(|word| VERBS.iter().any(|verb| word.starts_with(verb)));
    let is_kept = !holders.is_empty()
        && words.len() > 1
        && words.iter().any(|word| matches!(word.as_str(), "query" | "qs" | "querystring"))
        && !has(QUERIES);
    // `settings.query` says of itself what it is of.
    is_about && is_asked || is_kept
}

/// `location == "query"`, `Scheme.QUERY`, `"query_string" in locations`.
fn compares_places(question: &str) -> bool {
    let lower = question.to_ascii_lowercase();
    let compares =
        ["=", " in ", "includes", "contains", "equals", "indexof"].iter().any(|how| lower.contains(how));
    let is_text =
        |place: &&str| ['"', '\'', '`'].iter().any(|quote| lower.contains(&format!("{quote}{place}{quote}")));
    let is_alone = lower.trim_matches(['"', '\'', '`']);
    let is_constant = |chain: &Vec<&str>| {
        chain.split_last().is_some_and(|(last, holders)| {
            let last = last.to_ascii_lowercase();
            PLACES.contains(&last.as_str())
                && holders.last().is_some_and(|holder| {
                    holder.starts_with(char::is_uppercase)
                        && !CAME.contains(&holder.to_ascii_lowercase().as_str())
                })
        })
    };
    PLACES.contains(&is_alone)
        || compares && PLACES.iter().any(is_text)
        || chains(question).any(|chain| is_constant(&chain))
}
