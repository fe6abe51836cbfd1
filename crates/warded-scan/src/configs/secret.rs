//! The secrets that are written out in what is said of a server, and those that are only mentioned.

use std::ops::Range;

use super::{
    address,
    kind::{is_random, known},
    name::{Secrecy, secrecy},
    refer::{Source, is_placeholder, references},
    server::{Piece, Role},
    text::Text,
};
use crate::rule::Confidence;

/// A secret that is written out. There is no way to print it.
pub(crate) struct Held<'p> {
    pub(crate) piece: &'p Piece,
    /// The secret itself.
    pub(crate) text: Text,
    /// What it is, in words.
    pub(crate) what: &'static str,
    pub(crate) confidence: Confidence,
    /// Whether it is sent in the query of an address.
    pub(crate) is_in_query: bool,
}

/// A secret that is kept elsewhere, and named.
pub(crate) struct Mention<'p> {
    pub(crate) piece: &'p Piece,
    pub(crate) text: Text,
    pub(crate) source: Source,
    pub(crate) is_in_query: bool,
}

/// A part of a text that is a secret.
struct Part {
    range: Range<usize>,
    what: &'static str,
    confidence: Confidence,
    is_in_query: bool,
}

/// A longer value is looked through for secrets that are known by their beginning, and for nothing else.
const LONGEST: usize = 64 * 1024;

pub(crate) fn held(piece: &Piece) -> Vec<Held<'_>> {
    let text = piece.text.value.as_str();
    let mut parts: Vec<_> = known(text)
        .into_iter()
        .map(|(range, what)| Part { range, what, confidence: Confidence::High, is_in_query: false })
        .collect();
    if text.len() <= LONGEST {
        let more = match &piece.role {
            Role::Header(name) => header(name, text),
            Role::Named(name) => named(name, text),
            Role::Url { .. } => url(text, &mut parts),
            Role::Variable(_) | Role::Loose => bearer(text),
        };
        let is_new = |part: &Part| !parts.iter().any(|known| overlap(&known.range, &part.range));
        let more: Vec<_> = more.into_iter().filter(is_new).collect();
        parts.extend(more);
    }
    parts.sort_by_key(|part| part.range.start);
    let held = parts.into_iter().map(|part| Held {
        piece,
        text: piece.text.part(part.range),
        what: part.what,
        confidence: part.confidence,
        is_in_query: part.is_in_query,
    });
    held.collect()
}

/// Everything there that is a secret or could be one, for it to be kept from sight.
pub(crate) fn guarded(piece: &Piece) -> Vec<Text> {
    let text = &piece.text;
    let mut all: Vec<_> = held(piece).into_iter().map(|held| held.text).collect();
    match &piece.role {
        Role::Header(_) => all.push(text.clone()),
        Role::Named(name) if secrecy(name) != Secrecy::None => all.push(text.clone()),
        Role::Url { .. } => {
            let address = address::parse(&text.value);
            let parts = address.into_iter().flat_map(|address| {
                let query = address.query.into_iter().map(|(_, value)| value);
                address.user.into_iter().chain(address.password).chain(query).collect::<Vec<_>>()
            });
            all.extend(parts.map(|part| text.part(part)));
        }
        _ => {}
    }
    all.retain(|text| text.value.len() > LONGEST || references(&text.value).is_empty());
    all
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Whether somebody wrote a value there, and not where it comes from or that it is missing.
fn is_literal(text: &str) -> bool {
    references(text).is_empty() && !is_placeholder(text)
}

fn part(range: Range<usize>, what: &'static str, confidence: Confidence) -> Part {
    Part { range, what, confidence, is_in_query: false }
}

fn header(name: &str, text: &str) -> Vec<Part> {
    let name = name.trim();
    let (start, what) = scheme(text);
    let value = text.get(start..).unwrap_or_default();
    let random = is_random(value);
    if ["authorization", "proxy-authorization"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
        // A scheme of its own has a value all the same.
        let start = if start == 0 { text.find(' ').map_or(0, |space| space + 1) } else { start };
        let value = text.get(start..).unwrap_or_default();
        let sure = if random { Confidence::High } else { Confidence::Medium };
        let is_there = value.len() >= 4 && is_literal(value);
        return is_there.then(|| part(start..text.len(), what, sure)).into_iter().collect();
    }
    let is_there = match secrecy(name) {
        Secrecy::None => false,
        Secrecy::Perhaps => random,
        Secrecy::Token | Secrecy::Password => value.len() >= 6,
    };
    if is_there && is_literal(value) {
        return vec![part(
            start..text.len(),
            what,
            if random { Confidence::High } else { Confidence::Medium },
        )];
    }
    bearer(text)
}

/// Where what follows the scheme of a credential begins, and what it is.
fn scheme(text: &str) -> (usize, &'static str) {
    let schemes = [("bearer", "a bearer token"), ("basic", "a user name and password"), ("token", "a token")];
    let is_it = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let found = schemes
        .into_iter()
        .find(|(name, _)| is_it(name) && text.get(name.len()..).is_some_and(|rest| rest.starts_with(' ')));
    found.map_or((0, "a literal secret"), |(name, what)| (name.len() + 1, what))
}

fn named(name: &str, text: &str) -> Vec<Part> {
    let (start, what) = scheme(text);
    let value = text.get(start..).unwrap_or_default();
    let random = is_random(value);
    let (is_there, what) = match secrecy(name) {
        Secrecy::None => return bearer(text),
        Secrecy::Password => {
            let is_place = value.starts_with(['/', '~']) || matches!(value, "prompt" | "stdin" | "keyring");
            (value.len() >= 6 && !is_place, "a password")
        }
        Secrecy::Perhaps | Secrecy::Token if start == 0 => {
            (random, "a value that looks random, under a name for secrets")
        }
        Secrecy::Perhaps | Secrecy::Token => (random, what),
    };
    if is_there && is_literal(value) {
        return vec![part(
            start..text.len(),
            what,
            if random { Confidence::Medium } else { Confidence::Low },
        )];
    }
    bearer(text)
}

/// `Bearer …` in the middle of anything, as in headers that are given as one text.
fn bearer(text: &str) -> Vec<Part> {
    bearers(text).into_iter().map(|range| part(range, "a bearer token", Confidence::High)).collect()
}

/// Where what follows each `Bearer` is a token.
pub(super) fn bearers(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut all = Vec::new();
    for (at, scheme) in lower.match_indices("bearer ") {
        let start = at + scheme.len();
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find([' ', '"', '\'', ',', '}', '\\', '\n']).unwrap_or(rest.len());
        let value = rest.get(..end).unwrap_or_default();
        if is_random(value) && is_literal(value) {
            all.push(start..start + end);
        }
    }
    all
}

fn url(text: &str, known: &mut [Part]) -> Vec<Part> {
    let Some(address) = address::parse(text) else { return bearer(text) };
    let mut all = Vec::new();
    let read = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    if let Some(password) = address.password.filter(|range| range.len() >= 3 && is_literal(read(range))) {
        let is_usual = read(&password) == address.user.as_ref().map_or("", read);
        let sure = if is_usual { Confidence::Low } else { Confidence::Medium };
        all.push(part(password, "a password", sure));
    } else if let Some(user) = address.user.filter(|range| is_random(read(range)) && is_literal(read(range)))
    {
        all.push(part(user, "a token", Confidence::Medium));
    }
    for (name, range) in address.query {
        known.iter_mut().filter(|part| overlap(&part.range, &range)).for_each(|part| part.is_in_query = true);
        let value = read(&range);
        let is_secret = match secrecy(name) {
            Secrecy::None => false,
            Secrecy::Perhaps => is_random(value),
            Secrecy::Token | Secrecy::Password => value.len() >= 6,
        };
        if is_secret && is_literal(value) {
            let sure = if is_random(value) { Confidence::High } else { Confidence::Medium };
            all.push(Part { range, what: "a token", confidence: sure, is_in_query: true });
        }
    }
    all
}

/// The secrets that are named there. A variable for a folder is none.
pub(crate) fn mentions(piece: &Piece) -> Vec<Mention<'_>> {
    let text = &piece.text;
    if text.value.len() > LONGEST {
        return Vec::new();
    }
    let mention = |range: Range<usize>, source: Source, is_in_query: bool| Mention {
        piece,
        text: text.part(range),
        source,
        is_in_query,
    };
    let all = || references(&text.value).into_iter();
    match &piece.role {
        Role::Header(name) | Role::Named(name) => {
            let is_secret = secrecy(name) != Secrecy::None;
            let is_secret = |source: &Source| {
                is_secret || matches!(source, Source::Variable(name) if secrecy(name) != Secrecy::None)
            };
            all()
                .filter(|(_, source)| is_secret(source))
                .map(|(range, source)| mention(range, source, false))
                .collect()
        }
        Role::Url { .. } => {
            let Some(address) = address::parse(&text.value) else { return Vec::new() };
            let in_query = |range: &Range<usize>| {
                let mut query = address.query.iter();
                query.any(|(name, value)| secrecy(name) != Secrecy::None && overlap(value, range))
            };
            let in_user = |range: &Range<usize>| {
                [&address.user, &address.password].into_iter().flatten().any(|part| overlap(part, range))
            };
            let secret = all().filter(|(range, _)| in_query(range) || in_user(range));
            secret
                .map(|(range, source)| {
                    let is_in_query = in_query(&range);
                    mention(range, source, is_in_query)
                })
                .collect()
        }
        Role::Variable(key) => {
            let is_secret = secrecy(&text.value) != Secrecy::None
                || secrecy(key.trim_end_matches("_env_var").trim_end_matches("_env")) != Secrecy::None;
            let whole = 0..text.value.len();
            is_secret
                .then(|| mention(whole, Source::Variable(text.value.clone()), false))
                .into_iter()
                .collect()
        }
        Role::Loose => Vec::new(),
    }
}
