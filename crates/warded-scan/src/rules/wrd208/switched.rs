//! Whether a token stands in an address only where somebody has set that it may.

use std::collections::BTreeMap;

use crate::{
    flow::inbound::words,
    project::{FileId, Place},
    rules::{
        Seen,
        questions::{self, Question},
    },
};

/// What people call whether something is so: `allowQuery`, `acceptTokenFromUrl`.
const VERBS: &[&str] = &[
    "allow",
    "allows",
    "allowed",
    "enable",
    "enables",
    "enabled",
    "accept",
    "accepts",
    "permit",
    "permits",
    "support",
    "supports",
    "supported",
    "use",
    "uses",
    "check",
    "checks",
    "try",
];

/// What people call where a token stands.
const WHERE: &[&str] = &["query", "qs", "uri", "url", "querystring", "param", "parameter", "params"];

/// What is in the names of whatever came in: what is asked about that is no setting.
const CAME: &[&str] =
    &["req", "request", "ctx", "context", "event", "exchange", "httpcontext", "url", "headers", "socket"];

/// What holds what came in, whatever it was taken from.
const CAME_IN: &[&str] = &["query", "params", "body", "form", "cookies", "searchparams"];

/// What is in the names of what holds the settings of a program.
const KEEPERS: &[&str] = &[
    "option",
    "options",
    "opts",
    "opt",
    "config",
    "configuration",
    "conf",
    "cfg",
    "setting",
    "settings",
    "properties",
    "props",
    "env",
    "environ",
    "getenv",
];

/// What a list is asked whether something is in it, and a text whether it is another.
const COMPARES: &[&str] = &["includes", "contains", "equals", "indexof"];

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

/// How long a question may be that is read.
const LONGEST: usize = 2000;

/// Whether tokens stand in addresses only where that is set, for each place and each question that was looked at.
pub(super) struct Switches<'s, 'p> {
    seen: &'s Seen<'p>,
    places: BTreeMap<Place, bool>,
    questions: BTreeMap<(FileId, Question), bool>,
}

impl<'s, 'p> Switches<'s, 'p> {
    pub(super) fn new(seen: &'s Seen<'p>) -> Self {
        Self { seen, places: BTreeMap::new(), questions: BTreeMap::new() }
    }

    /// Whether one of the questions on the way to that place is whether tokens may stand in addresses.
    pub(super) fn is_switched(&mut self, at: &Place) -> bool {
        if let Some(known) = self.places.get(at) {
            return *known;
        }
        let text = &self.seen.project.file(at.file).text;
        let is_switched = questions::around(self.seen.project, at).into_iter().any(|question| {
            let says = || question.len() <= LONGEST && says_where(&question.text(text), question.is_before);
            *self.questions.entry((at.file, question)).or_insert_with(says)
        });
        self.places.insert(at.clone(), is_switched);
        is_switched
    }
}

/// Whether a part of a question is about a setting that says where a token stands.
fn says_where(question: &str, is_before: bool) -> bool {
    let parts = ["&&", "||", " and ", " or "].iter().fold(vec![question], |parts, between| {
        parts.into_iter().flat_map(|part| part.split(between)).collect()
    });
    parts.into_iter().any(|part| part_says_where(part, is_before))
}

/// A name with what it is a part of.
struct Chain<'t> {
    names: Vec<&'t str>,
    is_quoted: bool,
    /// Whether it is called with something.
    is_given: bool,
}

impl Chain<'_> {
    fn last(&self) -> String {
        self.names.last().map(|name| name.to_ascii_lowercase()).unwrap_or_default()
    }

    fn holders(&self) -> impl Iterator<Item = String> {
        let (_, holders) = self.names.split_last().unwrap_or((&"", &[]));
        holders.iter().map(|holder| holder.to_ascii_lowercase())
    }

    /// `Scheme.QUERY`, which is no query that came.
    fn is_constant(&self) -> bool {
        let holder = self.names.iter().rev().nth(1);
        PLACES.contains(&self.last().as_str())
            && holder.is_some_and(|holder| holder.starts_with(char::is_uppercase))
            && !self.holders().any(|holder| CAME.contains(&holder.as_str()))
    }

    /// Whether it is of a request, or may be what becomes of one.
    fn came(&self) -> bool {
        !self.is_quoted
            && !self.is_constant()
            && (CAME.contains(&self.last().as_str())
                || self.holders().any(|name| CAME.iter().chain(CAME_IN).any(|came| *came == name))
                || self.is_given && !COMPARES.contains(&self.last().as_str()) && !self.is_kept())
    }

    /// Whether it is of the settings of the program.
    fn is_kept(&self) -> bool {
        !self.is_quoted
            && self.names.iter().any(|name| words(name).iter().any(|word| KEEPERS.contains(&word.as_str())))
    }

    /// Whether it is of the settings, or of whatever has them.
    fn is_own(&self) -> bool {
        !self.is_quoted
            && (self.is_kept()
                || self.holders().next().is_some_and(|first| first == "self" || first == "this"))
    }

    /// Whether it says that something is so: `allowQuery`.
    fn is_switch(&self) -> bool {
        let words = self.names.last().map(|last| words(last)).unwrap_or_default();
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        has(WHERE) && has(VERBS)
    }

    /// Whether it says what it is of, as a part of something: `settings.queryToken`.
    fn is_named(&self) -> bool {
        let Some((last, holders)) = self.names.split_last() else { return false };
        let words = words(last);
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        !holders.is_empty() && words.len() > 1 && has(&["query", "qs", "querystring"]) && !has(QUERIES)
    }
}

/// Names with what they are parts of: `this.options.allowQuery` is three.
fn chains(text: &str) -> Vec<Chain<'_>> {
    let is_part = |letter: char| letter.is_alphanumeric() || "_.:?!$>-".contains(letter);
    let mut chains = Vec::new();
    for (nth, piece) in text.split(['"', '\'', '`']).enumerate() {
        let is_quoted = nth % 2 == 1;
        let mut rest = piece.split_inclusive(|letter| !is_part(letter)).peekable();
        while let Some(chain) = rest.next() {
            let is_given = !is_quoted
                && chain.ends_with('(')
                && rest.peek().is_none_or(|next| !next.trim_start().starts_with(')'));
            let names: Vec<_> = chain
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$')
                .filter(|name| name.starts_with(|first: char| first.is_alphabetic() || first == '_'))
                .collect();
            if !names.is_empty() {
                chains.push(Chain { names, is_quoted, is_given });
            }
        }
    }
    chains
}

fn part_says_where(part: &str, is_before: bool) -> bool {
    let chains = chains(part);
    if chains.iter().any(Chain::came) {
        return false;
    }
    let is_kept = chains.iter().any(Chain::is_kept);
    let is_own = chains.iter().any(Chain::is_own);
    let is_setting = chains.iter().any(|chain| {
        if chain.is_quoted {
            return is_kept && chain.is_switch();
        }
        // What ends the way may be about anything, but for what has a switch.
        let is_held = chain.names.len() > 1;
        chain.is_switch() && (!is_before || is_own || is_held) || chain.is_named() && (!is_before || is_own)
    });
    is_setting || (!is_before || is_own) && compares_places(part, &chains)
}

/// `location == "query"`, `Scheme.QUERY`, `"query_string" in locations`.
fn compares_places(part: &str, chains: &[Chain<'_>]) -> bool {
    let lower = part.to_ascii_lowercase();
    let compares = ["=", " in "].iter().chain(COMPARES).any(|how| lower.contains(how));
    let mut texts = lower.split(['"', '\'', '`']).skip(1).step_by(2);
    compares && (texts.any(|text| PLACES.contains(&text)) || chains.iter().any(Chain::is_constant))
}
