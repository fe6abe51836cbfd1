//! What is served where, and what to do next: said once, when everything is ready.

use std::io::Write as _;

use anyhow::Context as _;
use serde_json::json;

use super::{made::ServedAt, running::Running, uncertain, wanted::Wanted};
use crate::{
    cli::{Format, Global},
    demo, report,
};

/// Servers that are listed; a fleet may have thousands.
const LISTED: usize = 25;

pub(super) fn say(
    running: &Running,
    wanted: &Wanted,
    has_people: bool,
    global: &Global,
) -> anyhow::Result<()> {
    let text = match global.format {
        Format::Json => as_json(running),
        Format::Text if global.quiet => return Ok(()),
        Format::Text => as_text(running, wanted, has_people),
    };
    write(&text)
}

/// The demonstration's own words.
pub(super) fn say_walk(running: &Running, wanted: &Wanted, global: &Global) -> anyhow::Result<()> {
    let url = |name: &str| running.served.iter().find(|server| server.name == name)?.urls.first();
    let text = match (global.format, url("search"), url("notes")) {
        (Format::Text, Some(harmless), Some(powerful)) if !global.quiet => {
            format!("{}\n{}{}", table(running, wanted), demo::walk(harmless, powerful), ready(running))
        }
        _ => return say(running, wanted, true, global),
    };
    write(&text)
}

fn write(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).context("cannot say that it is ready")
}

/// One line, so that whoever waits for it reads a line.
fn as_json(running: &Running) -> String {
    let servers: Vec<_> = running
        .served
        .iter()
        .map(|server| {
            let issuers: Vec<_> = server.trusts.iter().map(|(_, url)| url).collect();
            let (url, aliases) =
                server.urls.split_first().map_or((None, &[][..]), |(url, rest)| (Some(url), rest));
            json!({
                "name": server.name,
                "url": url.map(ToString::to_string),
                "aliases": aliases.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "upstream": server.behind,
                "issuers": issuers,
            })
        })
        .collect();
    let operations = running.operations().map(|address| address.to_string());
    let mut line = json!({ "ready": true, "listen": running.address.to_string(), "servers": servers });
    if let Some(operations) = operations {
        line["operations"] = operations.into();
    }
    if !running.uncertain.is_empty() {
        line["uncertain"] = uncertain::as_json(&running.uncertain);
    }
    format!("{line}\n")
}

fn as_text(running: &Running, wanted: &Wanted, has_people: bool) -> String {
    let mut text = table(running, wanted);
    text.push('\n');
    if let Some(first) = running.served.first() {
        text += &paste(first);
    }
    if !has_people && running.served.iter().any(|server| server.needs_people) {
        text += &format!(
            "Nobody can log in yet. In another terminal:\n  {}\n\n",
            wanted.command("user add NAME")
        );
    }
    text + &ready(running)
}

/// Whatever there is to warn of, and what is served where.
fn table(running: &Running, wanted: &Wanted) -> String {
    let mut text = wanted.warnings(running.doubts()) + &uncertain::as_text(&running.uncertain);
    let mut rows = vec![["SERVER", "URL", "BEHIND", "TRUSTS"].map(str::to_owned).to_vec()];
    for server in running.served.iter().take(LISTED) {
        let trusts: Vec<_> = server.trusts.iter().map(|(name, _)| name.as_str()).collect();
        for (at, url) in server.urls.iter().enumerate() {
            rows.push(if at == 0 {
                vec![server.name.clone(), url.to_string(), server.behind.clone(), trusts.join(", ")]
            } else {
                vec![String::new(), url.to_string()]
            });
        }
    }
    text += &report::table(&rows);
    if let Some(more @ 1..) = running.served.len().checked_sub(LISTED) {
        text += &format!("... and {more} more\n");
    }
    text
}

fn ready(running: &Running) -> String {
    let count = running.served.len();
    let servers = format!("{count} server{}", if count == 1 { "" } else { "s" });
    report::heading(&format!(
        "Ready at {}: {servers}, and no token is admitted at two of them. Ctrl-C stops.",
        running.address
    )) + "\n"
}

/// How the first server gets into common clients; the others go the same way.
fn paste(server: &ServedAt) -> String {
    let Some(url) = server.urls.first() else { return String::new() };
    let name = &server.name;
    let vs_code = json!({ "servers": { name: { "type": "http", "url": url.as_str() } } });
    let cursor = json!({ "mcpServers": { name: { "url": url.as_str() } } });
    format!(
        "Give `{name}` to a client, and any other server in the same way:\n  \
         Claude Code           claude mcp add --transport http {name} {url}\n  \
         VS Code               {vs_code}   in .vscode/mcp.json\n  \
         Cursor                {cursor}   in .cursor/mcp.json\n  \
         programs over stdio   warded connect {url}\n\n"
    )
}
