//! What belongs together? Everything of one kind that one token, or one client, did.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use serde_json::{Value, json};
use warded_store::journal::segments::Record;

use super::{
    shown,
    tokens::{Seen, Tokens},
};
use crate::{finding::Severity, report};

/// How many names of one sort a finding has.
const MAX_NAMES: usize = 16;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Kind {
    /// One token, presented at several servers
    SeveralServers,
    /// One text, presented as a token at several servers, and known at none
    Unproven,
    /// A caller had its server hand on its own token
    Passthrough,
    /// A token for another server, or for nobody here
    WrongAudience,
    /// A token that names no audience, or a pattern
    NoAudience,
    /// A client that asks an issuer for a token and names no server
    NoResource,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::SeveralServers => "several-servers",
            Self::Unproven => "unproven",
            Self::Passthrough => "passthrough",
            Self::WrongAudience => "wrong-audience",
            Self::NoAudience => "no-audience",
            Self::NoResource => "no-resource",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::SeveralServers => "one token was presented at several servers",
            Self::Unproven => "what no server knows as a token was presented at several",
            Self::Passthrough => "a caller's own token stood in what was to go to a server",
            Self::WrongAudience => "a token for somebody else was presented",
            Self::NoAudience => "a token without an audience, or with a pattern for one, was presented",
            Self::NoResource => "a client asked for a token and did not say for which server",
        }
    }

    /// How bad it is; worse where a permissive server let it in.
    const fn severity(self, was_admitted: bool) -> Severity {
        match self {
            // What Warded is there to prevent.
            Self::SeveralServers if was_admitted => Severity::Critical,
            Self::SeveralServers | Self::Passthrough => Severity::High,
            Self::WrongAudience | Self::NoAudience if was_admitted => Severity::High,
            Self::WrongAudience | Self::NoAudience => Severity::Medium,
            Self::NoResource | Self::Unproven => Severity::Note,
        }
    }
}

/// What was seen of one kind, of one token or client.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) kind: Kind,
    pub(super) was_admitted: bool,
    /// Whether all of it is known to be of that very token.
    is_certain: bool,
    token: Option<Box<str>>,
    subject: Option<String>,
    client: Option<String>,
    issuer: Option<String>,
    servers: BTreeSet<String>,
    meant: BTreeSet<String>,
    from: BTreeSet<String>,
    first: i64,
    last: i64,
    count: u64,
}

/// A kind, and whose it is: a token, or what is known instead.
type Key = (Kind, String);

#[derive(Debug, Default)]
pub(super) struct Detections(BTreeMap<Key, Sighting>);

impl Detections {
    /// Sees a record that shows something of that kind.
    pub(super) fn see(&mut self, kind: Kind, record: &Record<'_>) {
        let owned = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let whose = match (record.token.as_deref(), kind) {
            (Some(token), _) => token.to_owned(),
            (None, Kind::NoResource) => format!("{:?} {:?}", record.issuer, record.client),
            // What is beyond the bound of single records is known by server and reason.
            (None, _) => format!("{:?} {:?}", record.server, record.code),
        };
        let seen = self.0.entry((kind, whose)).or_insert_with(|| Sighting {
            kind,
            was_admitted: false,
            is_certain: true,
            token: record.token.as_deref().map(Into::into),
            subject: owned(&record.subject),
            client: owned(&record.client),
            issuer: owned(&record.issuer),
            servers: BTreeSet::new(),
            meant: BTreeSet::new(),
            from: BTreeSet::new(),
            first: record.time,
            last: record.time,
            count: 0,
        });
        let count = record.count.unwrap_or(1);
        seen.count = seen.count.saturating_add(count);
        (seen.first, seen.last) = (seen.first.min(record.time), seen.last.max(record.time));
        seen.was_admitted |= !record.waived.is_empty();
        for (names, told) in [
            (&mut seen.servers, &record.server),
            (&mut seen.meant, &record.meant),
            (&mut seen.from, &record.from),
        ] {
            if let Some(told) = told.as_deref()
                && names.len() < MAX_NAMES
                && !names.contains(told)
            {
                names.insert(told.to_owned());
            }
        }
    }

    pub(super) fn add(&mut self, sighting: Sighting) {
        let whose = sighting.token.as_deref().unwrap_or_default().to_owned();
        self.0.insert((sighting.kind, whose), sighting);
    }

    /// The worst first, and of those the latest; with the callers that other records of the same tokens name.
    pub(super) fn sorted(self, tokens: &Tokens) -> Vec<Sighting> {
        let mut found: Vec<_> = self.0.into_values().collect();
        for sighting in &mut found {
            let seen = sighting.token.as_deref().and_then(|token| tokens.get(token));
            if let Some(seen) = seen {
                let told = |word: &Option<std::rc::Rc<str>>| word.as_deref().map(str::to_owned);
                sighting.subject = sighting.subject.take().or_else(|| told(&seen.subject));
                sighting.client = sighting.client.take().or_else(|| told(&seen.client));
            }
        }
        found.sort_by_key(|one| (std::cmp::Reverse(one.severity()), one.kind, -one.last));
        found
    }
}

impl Sighting {
    /// A token that was presented at several servers.
    pub(super) fn of_token(token: &str, seen: &Seen) -> Self {
        let names = |words: &BTreeSet<std::rc::Rc<str>>| words.iter().map(ToString::to_string).collect();
        Self {
            kind: if seen.is_genuine { Kind::SeveralServers } else { Kind::Unproven },
            was_admitted: seen.opened.len() > 1,
            is_certain: seen.certain.len() > 1,
            token: Some(token.into()),
            subject: seen.subject.as_deref().map(str::to_owned),
            client: seen.client.as_deref().map(str::to_owned),
            issuer: seen.issuer.as_deref().map(str::to_owned),
            servers: names(&seen.servers),
            meant: BTreeSet::new(),
            from: names(&seen.from),
            first: seen.first,
            last: seen.last,
            count: seen.count,
        }
    }

    /// How bad it is. Whoever makes up a signature must not have somebody else's token revoked.
    pub(super) const fn severity(&self) -> Severity {
        match self.kind {
            Kind::SeveralServers if !self.is_certain => Severity::Medium,
            kind => kind.severity(self.was_admitted),
        }
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "kind": self.kind.name(),
            "severity": self.severity().name(),
            "admitted": self.was_admitted,
            "who": { "subject": self.subject, "client": self.client, "issuer": self.issuer, "token": self.token },
            "servers": self.servers,
            "meant": self.meant,
            "from": self.from,
            "first": self.first,
            "last": self.last,
            "count": self.count,
        })
    }

    pub(super) fn as_text(&self) -> String {
        let severity = self.severity().name();
        let mut text = format!("{severity}[{}]: {}\n", self.kind.name(), self.kind.meaning());
        let mut say = |name: &str, value: String| {
            if !value.is_empty() {
                text += &format!("  {name:5}  {value}\n");
            }
        };
        let joined = |names: &BTreeSet<String>| {
            names.iter().map(|name| report::escaped(name)).collect::<Vec<_>>().join(", ")
        };
        let who = [
            self.subject.as_deref().map(report::escaped),
            self.client.as_deref().map(|client| format!("client {}", report::escaped(client))),
            self.issuer.as_deref().map(|issuer| format!("issuer {}", report::escaped(issuer))),
            self.token.as_deref().map(|token| format!("token {}", report::escaped(token))),
        ];
        let who: Vec<_> = who.into_iter().flatten().collect();
        say("who", if who.is_empty() { "(counted only)".to_owned() } else { who.join(", ") });
        say("where", joined(&self.servers));
        say("meant", joined(&self.meant));
        say("from", joined(&self.from));
        let (first, last) = (shown::time(self.first), shown::time(self.last));
        let when = if first == last { format!("{first} UTC") } else { format!("{first} to {last} UTC") };
        say("when", format!("{when}, {} time{}", self.count, if self.count == 1 { "" } else { "s" }));
        if self.was_admitted {
            say("but", "it was let in".to_owned());
        }
        if matches!(self.kind, Kind::SeveralServers) && !self.is_certain {
            say("but", "only one of them knew it; elsewhere its signature may have been made up".to_owned());
        }
        text
    }
}
