//! `warded policy scaffold`: a policy to begin with, from what a server lists.

mod child;
mod listed;
mod named;
mod page;
mod peer;
mod quoted;
mod risk;

use std::{
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use warded_core::ResourceUri;
use warded_policy::{Reading, Severity, read};

use self::{
    listed::{Bounds, Listed},
    page::Page,
    peer::Peer,
};
use crate::{
    cli::{Answer, Format, Global},
    command::{
        call::{PATIENCE, Way},
        inspect::source,
        login::Login,
    },
    report, runtime, whole_file,
};

/// Begin a policy with everything that a server lists
///
/// Connects to the server, lists its tools, resources and prompts, and writes a policy that allows all of them and nothing else:
/// what the server adds later is denied until somebody has looked at it. A template of resources becomes a pattern, whose stars also
/// mean slashes. Tools that may do harm stand first, by what the server says of them and by their names, with a rule to consider
/// beside each. What the server says stands in comments.
#[derive(Debug, Args)]
#[command(
    next_display_order = 10,
    after_long_help = "Examples:
  warded policy scaffold https://mcp.example.com/notes/mcp --output notes.policy.yaml
  warded policy scaffold https://mcp.example.com/notes/mcp --token notes.token
  warded policy scaffold --output files.policy.yaml -- npx -y @modelcontextprotocol/server-filesystem /srv/files"
)]
pub(super) struct Scaffold {
    /// The URL of the server
    #[arg(value_name = "URL", required_unless_present = "command", conflicts_with = "command")]
    server: Option<ResourceUri>,
    /// The command of a server that speaks over its standard input and output; it is started, and ended
    #[arg(value_name = "COMMAND", last = true)]
    command: Vec<OsString>,
    /// Where to write the policy; `-` is standard output [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that exists
    #[arg(long, requires = "output")]
    force: bool,
    /// A file with the token to send (`-` for standard input), instead of a login
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    token: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
}

impl Scaffold {
    pub(super) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        // Before anybody logs in for nothing.
        if let Some(file) = self.output() {
            if file.is_dir() {
                bail!("{} is a folder: name a file in it", file.display());
            }
            if file.exists() && !self.force {
                bail!("{} exists; --force writes over it", file.display());
            }
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                bail!("cannot write {}: there is no folder {}", file.display(), folder.display());
            }
        }
        let listed = runtime::block_on(self.ask(global.quiet))?;
        let page = Page::of(&listed);
        // Whatever a server lists, what is written is a policy; or it is not written.
        let findings = read(&page.text, Reading::Strict).findings;
        if let Some(finding) = findings.iter().find(|finding| finding.severity == Severity::Error) {
            bail!("no policy can be made of what the server lists: {}", finding.message);
        }
        if let Some(file) = self.output() {
            write(file, &page.text, self.force)?;
        }
        Ok(Answer::of(self.said(&page, global)))
    }

    /// The file to write to; none where that is standard output.
    fn output(&self) -> Option<&Path> {
        self.output.as_deref().filter(|file| *file != Path::new("-"))
    }

    async fn ask(&self, quiet: bool) -> anyhow::Result<Listed> {
        let Some(server) = &self.server else {
            let mut peer = Peer::child(&self.command).await?;
            let listed = Listed::of(&mut peer, &format!("`{}`", self.program()), Bounds::default()).await;
            peer.end().await;
            return listed;
        };
        let way = match &self.token {
            Some(file) => Way::with_token(&self.login, server, &source::token(file)?)?,
            None => Way::LoggedIn(Box::new(self.login.session(server, quiet, PATIENCE)?)),
        };
        let mut peer = Peer::http(&way).await?;
        // A query may hold a key.
        let name = server.as_str().split(['?', '#']).next().unwrap_or_default();
        let listed = Listed::of(&mut peer, name, Bounds::default()).await;
        peer.end().await;
        listed
    }

    /// The program's name alone: arguments may hold secrets, folders tell of the machine, and the page is for others to read.
    fn program(&self) -> String {
        let program = self.command.first().map(Path::new).and_then(Path::file_name);
        program.map(|program| program.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn said(&self, page: &Page, global: &Global) -> String {
        match (global.format, self.output()) {
            (Format::Text, None) => page.text.clone(),
            (Format::Text, Some(_)) if global.quiet => String::new(),
            (Format::Text, Some(file)) => {
                format!("{}: {}\n", report::escaped(&file.display().to_string()), page.summary())
            }
            (Format::Json, file) => {
                let file = file.map(|file| file.display().to_string());
                let policy = file.is_none().then_some(&page.text);
                report::document(&json!({ "file": file, "policy": policy, "listed": page.counts() }))
            }
        }
    }
}

fn write(file: &Path, text: &str, force: bool) -> anyhow::Result<()> {
    // Looked at once more, by whoever makes the file: it may be there by now.
    let written = if force { whole_file::write(file, text) } else { whole_file::create(file, text) };
    match written {
        Err(error) if !force && error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} exists; --force writes over it", file.display())
        }
        written => written.with_context(|| format!("cannot write {}", file.display())),
    }
}
