//! Which records are asked for?

use clap::{Args, ValueEnum};
use warded_core::UnixTime;
use warded_store::journal::segments::Record;

use super::{scan::Sieve, when::When};

/// Every condition must hold.
#[derive(Debug, Default, Args)]
pub(super) struct Filter {
    /// Only at this server; of tokens that strayed, also those that were meant for it
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Only tokens that were issued for this person
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// Only this client
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Only tokens of this issuer
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Only this token, by the name that records have for it
    #[arg(long, value_name = "FINGERPRINT")]
    token: Option<String>,
    /// Only this request, by the name that the log and its caller's refusal (`X-Request-Id`) have for it
    #[arg(long, value_name = "REQUEST")]
    request: Option<String>,
    /// Only from this address
    #[arg(long, value_name = "ADDRESS")]
    from: Option<std::net::IpAddr>,
    /// Only what was refused or failed for this reason; `warded explain` lists them
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Only what ended like this
    #[arg(long, value_enum, value_name = "OUTCOME")]
    outcome: Option<Outcome>,
    /// Only events of this kind
    #[arg(long, value_enum, value_name = "EVENT")]
    event: Option<Event>,
    #[command(flatten)]
    range: Range,
}

/// From when to when.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Range {
    /// Not before: how long ago (`90m`, `7d`), a day (`2027-01-31`, in UTC) or a moment (`2027-01-31T08:00:00Z`)
    #[arg(long, value_name = "WHEN")]
    pub(super) since: Option<When>,
    /// Not after, written in the same ways
    #[arg(long, value_name = "WHEN")]
    pub(super) until: Option<When>,
}

impl Range {
    /// The first and the last second of it.
    pub(super) fn seconds(self, now: UnixTime) -> (i64, i64) {
        let since = self.since.map_or(i64::MIN, |since| since.moment(now));
        (since, self.until.map_or(i64::MAX, |until| until.moment(now)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Outcome {
    /// The answer went out whole
    Answered,
    /// The caller went away
    Abandoned,
    /// The answer broke off
    Broken,
    /// It was refused
    Refused,
    /// It failed, and not by the caller's fault
    Failed,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Abandoned => "abandoned",
            Self::Broken => "broken",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Event {
    /// A call that was let through
    Call,
    /// A known caller was refused
    Refused,
    /// A genuine token at a server that it is not for
    Stray,
    /// Something was presented as a token that nobody here knows
    Unproven,
    /// A client asked an issuer for a token and named no server
    Unbound,
    /// An operator did something by hand
    Act,
    /// Unknown callers, by the minute
    Counted,
    /// Records that found no room
    Lost,
    /// Old records that were removed
    Removed,
    /// Records that a process found when it began, and nobody had vouched for
    Found,
    /// The journal goes on in another folder
    Begun,
    /// The journal was vouched for
    Checkpoint,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Refused => "refused",
            Self::Stray => "stray",
            Self::Unproven => "unproven",
            Self::Unbound => "unbound",
            Self::Act => "act",
            Self::Counted => "counted",
            Self::Lost => "lost",
            Self::Removed => "removed",
            Self::Found => "found",
            Self::Begun => "begun",
            Self::Checkpoint => "checkpoint",
        }
    }
}

impl Filter {
    pub(super) const fn range(&self) -> Range {
        self.range
    }

    /// What stands in every record that is asked for. How a call ended may stand in another one.
    pub(super) fn sieve(&self) -> Sieve {
        let mut sieve = Sieve::default();
        let Self { server, subject, client, issuer, token, request, .. } = self;
        [server, subject, client, issuer, token, request]
            .into_iter()
            .flatten()
            .for_each(|value| sieve.needs(value));
        if let Some(from) = self.from {
            sieve.needs(&from.to_string());
        }
        sieve
    }

    /// Whether a record is asked for, its time aside.
    pub(super) fn admits(&self, record: &Record<'_>) -> bool {
        let is = |wanted: &Option<String>, held: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| held == Some(wanted.as_str()))
        };
        let event = &*record.event;
        let is_event = match self.event {
            Some(wanted) => wanted.name() == event,
            // It says nothing about anybody.
            None => event != "checkpoint",
        };
        let outcome = match event {
            "counted" => Some("refused"),
            _ => record.outcome.as_deref(),
        };
        is_event
            && (is(&self.server, record.server.as_deref()) || is(&self.server, record.meant.as_deref()))
            && is(&self.subject, record.subject.as_deref())
            && is(&self.client, record.client.as_deref())
            && is(&self.issuer, record.issuer.as_deref())
            && is(&self.token, record.token.as_deref())
            && is(&self.request, record.request.as_deref())
            && is(&self.code, record.code.as_deref())
            && self.from.is_none_or(|from| record.from.as_deref() == Some(from.to_string().as_str()))
            && self.outcome.is_none_or(|wanted| outcome == Some(wanted.name()))
    }
}
