//! From the operator's words about looking after a running Warded to an address, a receiver and spans of time.

use std::{collections::HashSet, net::SocketAddr, time::Duration};

use warded_client::fetch::Target;
use warded_core::Entry;

use super::{SecretPlace, upstream};
use crate::{
    config::{Alerts, Config, Lifetime, Listen, Located, Span, load::nearest},
    finding::{Finding, table},
};

/// How a running Warded is looked after.
#[derive(Debug)]
#[non_exhaustive]
pub struct Watching {
    /// Where metrics and health are served; nowhere, where the operator does not say.
    pub operations: Option<SocketAddr>,
    /// Who is told of attacks.
    pub alerts: Option<Alerted>,
    /// How long requests are taken after it is said that they should go elsewhere.
    pub drain: Duration,
    /// How long calls may go on after that.
    pub grace: Duration,
}

/// Who is told of attacks, and of which.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Alerted {
    /// Where to.
    pub url: Target,
    /// Where the secret is.
    pub secret: Option<SecretPlace>,
    /// Where that is written.
    pub secret_at: Span,
    /// The codes that are told.
    pub codes: HashSet<&'static str>,
    /// How many a minute.
    pub at_most: u32,
    /// How long one may take.
    pub timeout: Duration,
}

/// What only an attack or a broken client causes, and no stranger as often as he likes: each of them takes a genuine
/// token or proof.
const DEFAULT_CODES: [&str; 9] = [
    "audience-elsewhere",
    "audience-shared",
    "audience-missing",
    "audience-unknown",
    "token-in-message",
    "token-revoked",
    "sender-mismatch",
    "proof-replayed",
    "session-unknown",
];
const DEFAULT_AT_MOST: u32 = 10;
const MAX_AT_MOST: u32 = 600;
const DEFAULT_TIMEOUT: u32 = 10;
const MAX_TIMEOUT: u32 = 60;
const DEFAULT_GRACE: u32 = 10;
const MAX_GRACE: u32 = 60 * 60;
const MAX_DRAIN: u32 = 5 * 60;

impl Watching {
    pub(super) fn draft(config: &Config, findings: &mut Vec<Finding>) -> Self {
        let shutdown = config.shutdown.as_ref();
        let (drain, grace) =
            shutdown.map_or((None, None), |shutdown| (shutdown.drain.as_ref(), shutdown.grace.as_ref()));
        let operations = config.operations.as_ref().and_then(|written| operations(written, findings));
        if let (Some(address), Some(written)) = (operations, &config.operations) {
            let places = config.listen.iter().flat_map(Listen::iter);
            let mut places = places.map(|place| &place.value.address);
            let same = |place: &&Located<String>| place.value.parse() == Ok(address) && address.port() != 0;
            if let Some(place) = places.find(same) {
                let message =
                    "callers would reach what is for operators: `operations` is an address of `listen`";
                let finding = Finding::new(&table::OPERATIONS_INVALID, message).at(written.span, "taken");
                findings.push(finding.at(place.span, "by this"));
            }
        }
        Self {
            operations,
            alerts: config.alerts.as_ref().and_then(|alerts| alerted(alerts, findings)),
            drain: span("drain", drain, 0, MAX_DRAIN, 0, findings),
            grace: span("grace", grace, DEFAULT_GRACE, MAX_GRACE, 0, findings),
        }
    }
}

fn operations(written: &Located<String>, findings: &mut Vec<Finding>) -> Option<SocketAddr> {
    let address = written.value.parse().ok();
    if address.is_none() {
        let message = format!("`{}` is not an address and a port", written.value.escape_debug());
        findings.push(Finding::new(&table::OPERATIONS_INVALID, message).at(written.span, "this address"));
    }
    address
}

fn alerted(alerts: &Alerts, findings: &mut Vec<Finding>) -> Option<Alerted> {
    let before = findings.len();
    let mut report = |message: String, span: Span, label: &str, help: &str| {
        let finding = Finding::new(&table::ALERTS_INVALID, message).at(span, label);
        findings.push(finding.help(help));
    };
    let url = Target::configured(&alerts.url.value).map_err(|error| {
        let (part, why) = (error.flaw().part(), error.flaw().why());
        let message = format!("`alerts.url` is not a URL that alerts can be posted to: the {part} {why}");
        report(message, alerts.url.span, "this URL", "Write `https://...`, or `http://` on this machine.");
    });
    let secret = alerts.secret.as_ref().and_then(|written| {
        let place = upstream::place(&written.value);
        if place.is_none() {
            // The value is not repeated: it may be the secret itself.
            let message = "a secret is given as a reference".to_owned();
            report(message, written.span, "not a reference", "Write `env:NAME` or `file:PATH`.");
        }
        place
    });
    let mut codes = HashSet::new();
    for written in alerts.codes.iter().flatten() {
        if let Some(entry) = Entry::find(&written.value) {
            codes.insert(entry.code);
            continue;
        }
        let meant = nearest(&written.value, Entry::all().map(|entry| entry.code));
        let help = match meant {
            Some(meant) => format!("Did you mean `{meant}`?"),
            None => "`warded explain` lists the codes.".to_owned(),
        };
        let message = format!("no request is refused with the code `{}`", written.value.escape_debug());
        report(message, written.span, "this code", &help);
    }
    if alerts.codes.is_none() {
        codes = DEFAULT_CODES.into_iter().collect();
    }
    let at_most = alerts.at_most.as_ref();
    if let Some(written) = at_most.filter(|written| !(1..=MAX_AT_MOST).contains(&written.value)) {
        let message = format!("`at_most` must lie between 1 and {MAX_AT_MOST}");
        report(message, written.span, "this number", "Write the number of alerts in a minute, such as `10`.");
    }
    let timeout = span("timeout", alerts.timeout.as_ref(), DEFAULT_TIMEOUT, MAX_TIMEOUT, 1, findings);
    (findings.len() == before).then_some(())?;
    Some(Alerted {
        url: url.ok()?,
        secret,
        secret_at: alerts.secret.as_ref().map(|written| written.span).unwrap_or_default(),
        codes,
        at_most: at_most.map_or(DEFAULT_AT_MOST, |written| written.value),
        timeout,
    })
}

fn span(
    key: &str,
    written: Option<&Located<Lifetime>>,
    otherwise: u32,
    most: u32,
    least: u32,
    findings: &mut Vec<Finding>,
) -> Duration {
    let seconds = written.map_or(otherwise, |written| written.value.seconds());
    if let Some(written) = written.filter(|_| !(least..=most).contains(&seconds)) {
        let message = format!("`{key}` must lie between {least}s and {most}s");
        let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, format!("{seconds}s"));
        findings.push(finding.help(format!("Write at most `{most}s`.")));
    }
    Duration::from_secs(seconds.into())
}
