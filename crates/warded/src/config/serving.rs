//! How is the fleet served? Where Warded listens, what lies behind each server, what is kept and where.

mod doubts;
mod granted;
mod journal;
mod limits;
mod listening;
mod origins;
mod outward;
mod policies;
mod proxies;
mod scopes;
mod sender;
mod stdio;
mod tokens;
mod upstream;
mod watching;
mod workers;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use warded_gateway::{Limits, TrustedProxies, UpstreamHost, UpstreamUrl};
use warded_guard::{Dpop, PageOrigin, ScopeRules};

use super::{Config, Located, Server, Span};
use crate::finding::{Finding, table};

pub use granted::WantedGrant;
pub use journal::{ADMIN_NODE, DEFAULT_JOURNAL, DEFAULT_NODE, JournalKept};
pub use listening::{Listening, TlsFiles};
pub use outward::{Certified, Outward, ProxyChoice};
pub(super) use scopes::scopes;
pub use stdio::{Command, Value};
pub use tokens::TokensFor;
pub(super) use tokens::{tokens, words};
pub(super) use upstream::place as secret_place;
pub use upstream::{SecretPlace, UpstreamCredential};
pub use watching::{Alerted, Watching};

/// How the fleet is served.
#[derive(Debug)]
#[non_exhaustive]
pub struct Serving {
    /// Where Warded listens.
    pub listen: Vec<Listening>,
    /// The files of TLS that ends here, if any does.
    pub tls: Option<TlsFiles>,
    /// How much anybody may take.
    pub limits: Limits,
    /// Who may say who called.
    pub trusted_proxies: TrustedProxies,
    /// How requests leave this machine.
    pub outward: Outward,
    /// The file of the store.
    pub store: PathBuf,
    /// Where the key is that seals what is in the store, and where that is written; beside it, where nothing is said.
    pub store_key: Option<(SecretPlace, Span)>,
    /// How the journal is kept.
    pub journal: JournalKept,
    /// How much memory remembered tokens may take, in bytes.
    pub token_memory: usize,
    /// How many threads serve; as many as there are processors where it is not said.
    pub workers: Option<usize>,
    /// How a running Warded is looked after.
    pub watching: Watching,
    /// The policy files for every server.
    pub policies: Vec<Located<PathBuf>>,
    /// The servers, in the order of the configuration.
    pub servers: Vec<Served>,
    https_at: Option<Span>,
}

/// How one server is served.
#[derive(Debug)]
#[non_exhaustive]
pub struct Served {
    /// Its name.
    pub name: Located<String>,
    /// What people call it.
    pub title: String,
    /// The MCP server behind; none where the configuration does not say.
    pub upstream: Option<Located<UpstreamUrl>>,
    /// The command behind, instead.
    pub command: Option<Command>,
    /// With what Warded shows itself there.
    pub credential: Option<UpstreamCredential>,
    /// The tokens that are got for it.
    pub grant: Option<WantedGrant>,
    /// What it is told that it is called.
    pub host: UpstreamHost,
    /// Whether it is spoken to in HTTP/2.
    pub is_http2: bool,
    /// How long the server behind may take to begin an answer.
    pub timeout: Duration,
    /// How large a message may be, in bytes.
    pub max_message: usize,
    /// The origins whose pages may call it besides its own.
    pub origins: Vec<PageOrigin>,
    /// The scopes that calls need, but for those that policies add.
    pub scopes: ScopeRules,
    /// The policy files of this server alone.
    pub policies: Vec<Located<PathBuf>>,
    /// Whether tokens come with proofs of possession.
    pub dpop: Dpop,
    /// Whether proofs need a nonce.
    pub dpop_nonce: bool,
    /// How the tokens are that built-in issuers issue for it.
    pub tokens: TokensFor,
    /// What scopes mean to people.
    pub words: BTreeMap<String, String>,
}

/// Where Warded listens unless the operator says otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8700);
/// The file of the store unless the operator says otherwise.
pub const DEFAULT_STORE: &str = "warded.db";
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(5);
const MAX_TIMEOUT: u32 = 60 * 60;
const DEFAULT_MESSAGE: usize = 4 * 1024 * 1024;
const MAX_MESSAGE: usize = 64 * 1024 * 1024;
const DEFAULT_TOKEN_MEMORY: usize = 128 * 1024 * 1024;
const MAX_TOKEN_MEMORY: usize = 64 * 1024 * 1024 * 1024;

impl Serving {
    pub(super) fn draft(config: &Config, findings: &mut Vec<Finding>) -> Self {
        let servers =
            config.servers.iter().map(|(name, server)| Served::draft(name, server, config, findings));
        let servers = servers.collect();
        let serving = Self {
            listen: listening::places(config, findings),
            tls: config.tls.as_ref().map(|tls| listening::files(tls, findings)),
            limits: limits::drafted(&config.limits, findings),
            trusted_proxies: proxies::trusted(&config.trusted_proxies, findings),
            outward: Outward::draft(&config.network, findings),
            watching: Watching::draft(config, findings),
            store: store(config.store.as_ref(), findings).unwrap_or_else(|| DEFAULT_STORE.into()),
            store_key: store_key(config.store_key.as_ref(), findings),
            journal: JournalKept::draft(config.journal.as_ref(), findings),
            token_memory: token_memory(config, findings).unwrap_or(DEFAULT_TOKEN_MEMORY),
            workers: workers::wanted(config.workers.as_ref(), findings),
            policies: policies::named(config.policy.as_ref()),
            servers,
            https_at: proxies::https(config.public_url.as_ref()),
        };
        findings.extend(serving.plain_names(config.public_url.as_ref()));
        serving
    }

    /// What must be there before anything can be served, and need not be for a proof.
    pub(crate) fn lacks(&self) -> Vec<Finding> {
        let lacking =
            self.servers.iter().filter(|server| server.upstream.is_none() && server.command.is_none());
        let finding = |server: &Served| {
            let message = format!("nothing lies behind the server `{}`", server.name.value);
            Finding::new(&table::UPSTREAM_MISSING, message)
                .at(server.name.span, "needs `upstream` or `stdio`")
        };
        lacking.map(finding).collect()
    }
}

fn token_memory(config: &Config, findings: &mut Vec<Finding>) -> Option<usize> {
    let written = config.token_memory.as_ref()?;
    let bytes = written.value.bytes();
    if bytes <= MAX_TOKEN_MEMORY {
        return Some(bytes);
    }
    let message = "`token_memory` must not be larger than 65536MiB";
    let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, format!("{bytes} bytes"));
    findings.push(finding.help("Write at most `65536MiB`; a million tokens take about 2500MiB."));
    None
}

fn store(written: Option<&Located<String>>, findings: &mut Vec<Finding>) -> Option<PathBuf> {
    let written = written?;
    match written.value.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() && !path.starts_with("//") => Some(path.into()),
        _ => {
            let message = format!("`{}` is not `sqlite:PATH`", written.value.escape_debug());
            findings.push(Finding::new(&table::STORE_INVALID, message).at(written.span, "this store"));
            None
        }
    }
}

/// The value is not repeated: it may be the key itself.
fn store_key(written: Option<&Located<String>>, findings: &mut Vec<Finding>) -> Option<(SecretPlace, Span)> {
    let written = written?;
    let place = upstream::place(&written.value);
    if place.is_none() {
        let finding = Finding::new(&table::STORE_INVALID, "the key of the store is given as a reference");
        findings.push(finding.at(written.span, "not a reference").help("Write `env:NAME` or `file:PATH`."));
    }
    Some((place?, written.span))
}

impl Served {
    fn draft(name: &Located<String>, server: &Server, config: &Config, findings: &mut Vec<Finding>) -> Self {
        let scopes = scopes::rules(&server.scopes, findings);
        // A policy may name scopes, too.
        let known =
            [&config.policy, &server.policy].iter().all(|policy| policy.is_none()).then(|| scopes.known());
        Self {
            name: name.clone(),
            title: title(server.title.as_ref(), findings).unwrap_or_else(|| name.value.clone()),
            upstream: server.upstream.as_ref().and_then(|written| upstream::url(written, findings)),
            command: stdio::command(server, findings),
            credential: server.upstream_auth.as_ref().and_then(|auth| upstream::credential(auth, findings)),
            grant: server.upstream_auth.as_ref().and_then(|auth| granted::draft(auth, findings)),
            host: upstream::host(server, findings),
            is_http2: server.upstream_http2.as_ref().is_some_and(|http2| http2.value),
            timeout: timeout(server, findings).unwrap_or(DEFAULT_TIMEOUT),
            max_message: max_message(server, findings).unwrap_or(DEFAULT_MESSAGE),
            origins: origins::admitted(&server.origins, findings),
            words: words(&server.scopes.words, known.as_ref(), findings),
            scopes,
            policies: policies::named(server.policy.as_ref()),
            dpop: sender::dpop(server),
            dpop_nonce: sender::nonce(server, findings),
            tokens: tokens(server.tokens.as_ref(), findings),
        }
    }
}

/// It stands on the page on which people decide: nothing in it may look like something else.
pub(super) fn title(written: Option<&Located<String>>, findings: &mut Vec<Finding>) -> Option<String> {
    let written = written?;
    let text = written.value.trim();
    let is_shown = |c: char| !c.is_control() && !crate::report::is_invisible(c);
    if (1..=80).contains(&text.chars().count()) && text.chars().all(is_shown) {
        return Some(text.to_owned());
    }
    let message = "a title is 1 to 80 characters that can be seen";
    findings.push(Finding::new(&table::TITLE_INVALID, message).at(written.span, "this title"));
    None
}

fn timeout(server: &Server, findings: &mut Vec<Finding>) -> Option<Duration> {
    let written = server.timeout.as_ref()?;
    let seconds = written.value.seconds();
    if (1..=MAX_TIMEOUT).contains(&seconds) {
        return Some(Duration::from_secs(seconds.into()));
    }
    let message = format!("`timeout` must lie between 1s and {MAX_TIMEOUT}s");
    let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, format!("{seconds}s"));
    findings.push(finding.help("Write at most `1h`."));
    None
}

fn max_message(server: &Server, findings: &mut Vec<Finding>) -> Option<usize> {
    let written = server.max_message.as_ref()?;
    let bytes = written.value.bytes();
    if (1024..=MAX_MESSAGE).contains(&bytes) {
        return Some(bytes);
    }
    let message = "`max_message` must lie between 1KiB and 64MiB";
    let finding = Finding::new(&table::LIMIT_INVALID, message).at(written.span, format!("{bytes} bytes"));
    findings.push(finding.help("Write at most `64MiB`."));
    None
}
