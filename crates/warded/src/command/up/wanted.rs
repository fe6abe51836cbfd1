//! What does the operator want served? A configuration file, or a few flags that stand in for one.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde_json::{Map, json};
use tokio::net::TcpListener;
use warded_core::UnixTime;

use super::{Up, books::Shelf, files::Files};
use crate::{
    cli::{Answer, Format, Global},
    config::{
        self, Listen, Located, Span,
        fleet::{Assessment, assess},
        serving::DEFAULT_LISTEN,
    },
    demo::Demo,
    finding::{Finding, Severity},
    report,
};

/// A configuration that was read, and where everything of it is.
pub(crate) struct Wanted {
    pub(super) assessment: Assessment,
    /// From where relative paths are seen.
    pub(super) folder: PathBuf,
    pub(super) store: PathBuf,
    pub(super) journal: PathBuf,
    /// The files that it is made from, as they looked before they were read; none where flags stand in for one.
    pub(super) files: Files,
    name: String,
    pub(super) source: String,
}

/// A configuration that could not be read.
pub(crate) struct Unread {
    name: String,
    source: String,
    finding: Box<Finding>,
}

/// `NAME=URL` of a flag.
pub(super) fn server(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, url)) if !name.is_empty() && !url.is_empty() => Ok((name.to_owned(), url.to_owned())),
        _ => {
            Err("write NAME=URL, such as `notes=http://127.0.0.1:3001/mcp`, or NAME=stdio:COMMAND".to_owned())
        }
    }
}

/// A URL, or `stdio:` and the words of a command. No shell takes them apart; a word with a blank in it needs a file.
fn behind(text: &str) -> serde_json::Value {
    match text.strip_prefix("stdio:") {
        Some(command) => json!({ "stdio": command.split_whitespace().collect::<Vec<_>>() }),
        None => json!({ "upstream": text }),
    }
}

impl Wanted {
    /// What the file says; none where flags stand in for one. Before there are threads: it says how many there will be.
    pub(super) fn of_config(up: &Up, global: &Global, now: UnixTime) -> Result<Option<Self>, Unread> {
        if up.demo || !up.server.is_empty() {
            return Ok(None);
        }
        Self::of_file(up, global.config(), now).map(Some)
    }

    /// Where its journal is kept.
    pub(super) fn shelf(&self) -> Shelf<'_> {
        let kept = &self.assessment.serving.journal;
        Shelf { folder: &self.journal, node: &kept.node, when_full: kept.when_full, keep: kept.keep }
    }

    /// How many threads are wanted.
    pub(super) fn workers(&self) -> Option<usize> {
        self.assessment.serving.workers
    }

    /// Takes the places to listen at, of what was read or of what the flags say.
    pub(super) async fn of(
        up: &Up,
        read: Option<Self>,
        now: UnixTime,
    ) -> anyhow::Result<Result<(Self, Vec<TcpListener>), Unread>> {
        if let Some(wanted) = read {
            let mut listeners = Vec::new();
            for place in &wanted.assessment.serving.listen {
                listeners.push(listen(place.address).await?);
            }
            return Ok(Ok((wanted, listeners)));
        }
        let listener = listen(up.listen.unwrap_or(DEFAULT_LISTEN)).await?;
        let address = listener.local_addr().context("the place to listen at has no address")?;
        Ok(Self::of_flags(up, address, now)?.map(|wanted| (wanted, vec![listener])))
    }

    fn of_file(up: &Up, path: &Path, now: UnixTime) -> Result<Self, Unread> {
        let name = path.display().to_string();
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let files = Files::at(path);
        let source = match config::read(path) {
            Ok(source) => source,
            Err(finding) => {
                let finding = finding.help("Without a file: `warded up --server NAME=URL`.");
                return Err(Unread { name, source: String::new(), finding: Box::new(finding) });
            }
        };
        let mut wanted = Self::read(up, name, folder, source, now)?;
        wanted.files = files.naming(&wanted.folder, &wanted.assessment);
        Ok(wanted)
    }

    /// Reads the file again that was read before.
    pub(super) fn again(up: &Up, path: &Path, now: UnixTime) -> Result<Self, Unread> {
        Self::of_file(up, path, now)
    }

    /// What the flags say, written as the file would be: JSON is YAML, and one reader is enough.
    fn of_flags(up: &Up, listen: SocketAddr, now: UnixTime) -> anyhow::Result<Result<Self, Unread>> {
        let mut servers = Map::new();
        for (name, upstream) in &up.server {
            if servers.insert(name.clone(), behind(upstream)).is_some() {
                bail!("--server names `{}` twice", name.escape_debug());
            }
        }
        if up.public_url.is_none() && !listen.ip().is_loopback() {
            bail!(
                "other machines reach {listen} under a name that only you know: add --public-url https://..."
            );
        }
        let config =
            json!({ "public_url": format!("http://{listen}"), "listen": listen, "servers": servers });
        let source = format!("{config:#}\n");
        Ok(Self::read(up, "--server".to_owned(), PathBuf::new(), source, now))
    }

    /// What the demonstration serves.
    pub(super) fn of_demo(demo: &Demo, now: UnixTime) -> Result<Self, Unread> {
        let (name, source) = ("--demo".to_owned(), demo.source().to_owned());
        match config::load(&source) {
            Ok(config) => {
                let (assessment, folder) = (assess(&config, now), demo.folder().to_owned());
                let journal = folder.join(&assessment.serving.journal.folder);
                let (store, files) = (PathBuf::new(), Files::default());
                Ok(Self { assessment, folder, store, journal, files, name, source })
            }
            Err(finding) => Err(Unread { name, source, finding }),
        }
    }

    fn read(up: &Up, name: String, folder: PathBuf, source: String, now: UnixTime) -> Result<Self, Unread> {
        let mut config = match config::load(&source) {
            Ok(config) => config,
            Err(finding) => return Err(Unread { name, source, finding }),
        };
        // A flag goes before the file, and is judged as if it stood there.
        let flag = |value: String| Some(Located { value, span: Span::default() });
        if let Some(public_url) = &up.public_url {
            config.public_url = flag(public_url.clone());
        }
        if let Some(listen) = up.listen {
            config.listen = Some(Listen::at(listen.to_string(), Span::default()));
        }
        let assessment = assess(&config, now);
        let serving = &assessment.serving;
        let store = up.store.clone().unwrap_or_else(|| folder.join(&serving.store));
        let journal = up.journal.clone().unwrap_or_else(|| folder.join(&serving.journal.folder));
        Ok(Self { assessment, folder, store, journal, files: Files::default(), name, source })
    }

    /// What is found and does not keep it from starting, such as a permissive server.
    pub(super) fn warnings(&self, in_policies: &[Finding]) -> String {
        let Assessment { findings, serving, built_in, .. } = &self.assessment;
        let unnamed = serving.unnamed_proxies(built_in);
        let worth = findings.iter().filter(|finding| finding.rule.severity > Severity::Note).chain(&unnamed);
        let worth = worth.chain(in_policies.iter().filter(|finding| finding.rule.severity > Severity::Note));
        worth.map(|finding| report::plain(finding, &self.name, &self.source) + "\n\n").collect()
    }

    /// A command that works on the same store.
    pub(super) fn command(&self, command: &str) -> String {
        format!("warded {command} --store {}", self.store.display())
    }

    /// What was found, as `warded check` says it.
    pub(super) fn said(&self, findings: &[Finding]) -> String {
        said(&self.name, &self.source, findings)
    }

    /// Says why it does not start.
    pub(super) fn unfit(&self, findings: &[Finding], global: &Global) -> Answer {
        refused(&self.name, &self.source, findings, global)
    }
}

impl Unread {
    /// Why, as `warded check` says it.
    pub(super) fn said(&self) -> String {
        said(&self.name, &self.source, std::slice::from_ref(&self.finding))
    }

    pub(super) fn answer(&self, global: &Global) -> Answer {
        refused(&self.name, &self.source, std::slice::from_ref(&self.finding), global)
    }
}

/// The findings that keep it from running.
fn said(name: &str, source: &str, findings: &[Finding]) -> String {
    let is_error = |finding: &&Finding| finding.rule.severity >= Severity::High || finding.rule.fatal;
    let shown = findings.iter().filter(is_error).map(|finding| report::plain(finding, name, source));
    shown.collect::<Vec<_>>().join("\n\n")
}

/// Listens where it is wanted, or at the usual place, or, where another program is there, at any place of loopback.
pub(super) async fn listen_somewhere(wanted: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    if let Some(address) = wanted {
        return listen(address).await;
    }
    match TcpListener::bind(DEFAULT_LISTEN).await {
        Ok(listener) => Ok(listener),
        Err(_) => listen(SocketAddr::new(DEFAULT_LISTEN.ip(), 0)).await,
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen at {address}; another program may, and --listen names another place")
    })
}

fn refused(name: &str, source: &str, findings: &[Finding], global: &Global) -> Answer {
    let exit = if findings.iter().any(|finding| finding.rule.fatal) {
        1
    } else {
        findings.iter().map(|finding| finding.rule.severity.exit_code()).max().unwrap_or(1)
    };
    let text = match global.format {
        Format::Json => {
            report::document(&json!({ "ready": false, "findings": report::json(findings, source) }))
        }
        Format::Text => {
            let shown = findings.iter().map(|finding| report::plain(finding, name, source) + "\n\n");
            let errors = findings.iter().filter(|finding| finding.rule.severity >= Severity::High).count();
            let errors = format!("{errors} error{}", if errors == 1 { "" } else { "s" });
            shown.collect::<String>() + &format!("{name}: not started; {errors}\n")
        }
    };
    Answer { text, exit }
}
