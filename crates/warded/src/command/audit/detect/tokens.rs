//! Where was each token presented, and whose is it? Strays do not say whose they are; the calls that the same token made
//! where it belongs do.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use warded_store::journal::segments::Record;

/// How many addresses are named of one token.
const MAX_FROM: usize = 16;

/// Every token that was seen, by its name.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    tokens: HashMap<Box<str>, Seen>,
    words: HashMap<Box<str>, Rc<str>>,
}

/// What was seen of a token.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) servers: BTreeSet<Rc<str>>,
    pub(super) from: BTreeSet<Rc<str>>,
    pub(super) subject: Option<Rc<str>>,
    pub(super) client: Option<Rc<str>>,
    pub(super) issuer: Option<Rc<str>>,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) count: u64,
    /// The servers that let it in.
    pub(super) opened: BTreeSet<Rc<str>>,
    /// Whether anybody knows that it is a token.
    pub(super) is_genuine: bool,
    /// The servers that knew that it is that very token. Its name leaves the signature out, so elsewhere it may have been
    /// one that somebody made up who knew the rest.
    pub(super) certain: BTreeSet<Rc<str>>,
}

impl Tokens {
    pub(super) fn see(&mut self, record: &Record<'_>) {
        let (Some(token), Some(server)) = (record.token.as_deref(), record.server.as_deref()) else {
            return;
        };
        let Self { tokens, words } = self;
        // A few names for millions of records: each is kept once.
        let mut word = |text: &str| match words.get(text) {
            Some(word) => Rc::clone(word),
            None => Rc::clone(words.entry(text.into()).or_insert_with(|| text.into())),
        };
        if !tokens.contains_key(token) {
            let seen = Seen { first: record.time, last: record.time, ..Seen::default() };
            tokens.insert(token.into(), seen);
        }
        let Some(seen) = tokens.get_mut(token) else { return };
        seen.count += 1;
        (seen.first, seen.last) = (seen.first.min(record.time), seen.last.max(record.time));
        if !seen.servers.contains(server) {
            seen.servers.insert(word(server));
        }
        if let Some(from) = record.from.as_deref()
            && seen.from.len() < MAX_FROM
            && !seen.from.contains(from)
        {
            seen.from.insert(word(from));
        }
        if record.event != "unproven" {
            seen.is_genuine = true;
            if !seen.certain.contains(server) {
                seen.certain.insert(word(server));
            }
        }
        if record.event == "call" && !seen.opened.contains(server) {
            seen.opened.insert(word(server));
        }
        for (held, told) in [
            (&mut seen.subject, &record.subject),
            (&mut seen.client, &record.client),
            (&mut seen.issuer, &record.issuer),
        ] {
            if held.is_none() {
                *held = told.as_deref().map(&mut word);
            }
        }
    }

    pub(super) fn get(&self, token: &str) -> Option<&Seen> {
        self.tokens.get(token)
    }

    /// Tokens that were presented at more servers than one, whatever came of it.
    pub(super) fn at_several_servers(&self) -> Vec<(Box<str>, Seen)> {
        let several = self.tokens.iter().filter(|(_, seen)| seen.servers.len() > 1);
        several.map(|(token, seen)| (token.clone(), seen.clone())).collect()
    }
}
