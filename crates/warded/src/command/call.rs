//! `warded call`: calls a tool, and says what happened.

mod conversation;
mod way;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};
use warded_core::{Entry, ResourceUri};

pub(super) use self::{
    conversation::{Conversation, Outcome, Refused, answer_among_events, meta, myself},
    way::{PATIENCE, Way},
};
use crate::{
    cli::{Answer, Format, Global},
    command::{inspect::source, login::Login},
    report, runtime,
};

/// Most tools that are read, and most pages: a page may be empty and name another one.
const MAX_TOOLS: usize = 1000;
const MAX_PAGES: usize = 100;

/// Call a tool of an MCP server, or list its tools
///
/// Without --token it logs in where it must, like `warded connect`. With --token it sends exactly that token, wherever
/// it belongs, beside what --header gives, and shows what the server says to it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded call https://mcp.example.com/notes/mcp
  warded call https://mcp.example.com/notes/mcp read_note id=1
  warded call https://mcp.example.com/notes/mcp --token search.token")]
pub(crate) struct Call {
    /// The URL of the server
    #[arg(value_name = "URL")]
    server: ResourceUri,
    /// The tool; without one, the tools are listed
    tool: Option<String>,
    /// The tool's arguments; what is not a text by the tool's own description is read as JSON
    #[arg(value_name = "NAME=VALUE", value_parser = argument)]
    arguments: Vec<(String, String)>,
    /// A file with the token to send (`-` for standard input), instead of a login
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
}

fn argument(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Call {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let way = match &self.token {
            Some(file) => Way::with_token(&self.login, &self.server, &source::token(file)?)?,
            None => Way::LoggedIn(Box::new(self.login.session(&self.server, global.quiet, PATIENCE)?)),
        };
        let outcome = runtime::block_on(self.converse(&way))?;
        Ok(match global.format {
            Format::Json => Answer { exit: exit(&outcome), text: report::document(&as_json(&outcome)) },
            Format::Text => Answer { exit: exit(&outcome), text: self.as_text(&outcome) },
        })
    }

    async fn converse(&self, way: &Way) -> anyhow::Result<Outcome> {
        let mut conversation = match Conversation::begin(way).await? {
            Ok(conversation) => conversation,
            Err(outcome) => return Ok(outcome),
        };
        let outcome = self.ask(&mut conversation).await;
        conversation.end().await;
        outcome
    }

    async fn ask(&self, conversation: &mut Conversation<'_>) -> anyhow::Result<Outcome> {
        let mut tools = Vec::new();
        let mut params = json!({});
        for _ in 0..MAX_PAGES {
            match conversation.request("tools/list", &params).await? {
                Outcome::Result(mut page) => {
                    // `get_mut`: what a server sends instead of an object is no reason to panic.
                    if let Some(listed) = page.get_mut("tools").and_then(Value::as_array_mut) {
                        tools.append(listed);
                    }
                    match page["nextCursor"].as_str() {
                        Some(cursor) if tools.len() < MAX_TOOLS => params = json!({ "cursor": cursor }),
                        _ => break,
                    }
                }
                other => return Ok(other),
            }
        }
        let Some(name) = &self.tool else {
            return Ok(Outcome::Result(json!({ "tools": tools })));
        };
        // A tool that is not listed is asked for all the same: it may need a scope, and the answer says which.
        let schema =
            tools.iter().find(|tool| tool["name"] == **name).map(|tool| &tool["inputSchema"]["properties"]);
        let arguments = self.arguments.iter().map(|(name, text)| {
            (name.clone(), value(text, schema.and_then(|properties| properties[name]["type"].as_str())))
        });
        let arguments: Map<_, _> = arguments.collect();
        conversation.request("tools/call", &json!({ "name": name, "arguments": arguments })).await
    }

    fn as_text(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Result(result) if self.tool.is_none() => tools(result),
            Outcome::Result(result) => content(result),
            Outcome::Error(error) => {
                let message = error["message"].as_str().unwrap_or("without a message");
                let code = report::escaped(&error["code"].to_string());
                format!("error {code}: {}\n", report::escaped(message))
            }
            Outcome::Refused(refused) => refusal(refused),
        }
    }
}

/// A tool that failed, a server that refused: what was asked for was not done.
fn exit(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Result(result) => u8::from(result["isError"] == true),
        Outcome::Error(_) | Outcome::Refused(_) => 1,
    }
}

/// What was written, as the type that the tool's schema names.
fn value(text: &str, kind: Option<&str>) -> Value {
    match kind {
        None | Some("string") => Value::String(text.to_owned()),
        Some(_) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    }
}

fn tools(result: &Value) -> String {
    let row = |tool: &Value| {
        let text = |name: &str| report::escaped(tool[name].as_str().unwrap_or_default());
        vec![text("name"), text("description")]
    };
    let rows: Vec<_> = result["tools"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() { "no tools\n".to_owned() } else { report::table(&rows) }
}

fn content(result: &Value) -> String {
    let mut text = String::new();
    for part in result["content"].as_array().into_iter().flatten() {
        match part["text"].as_str() {
            Some(words) => {
                let lines: Vec<_> = words.lines().map(report::escaped).collect();
                text.push_str(&lines.join("\n"));
            }
            None => {
                text.push_str(&format!("({})", report::escaped(part["type"].as_str().unwrap_or("unknown"))));
            }
        }
        text.push('\n');
    }
    text
}

pub(super) fn refusal(refused: &Refused) -> String {
    let mut text = format!("refused: HTTP {}", refused.status.as_u16());
    let known = refused.code.as_deref().and_then(Entry::find);
    if let Some(entry) = known {
        text.push_str(&format!(", {}", entry.code));
    }
    if let Some(why) = &refused.why {
        text.push_str(&format!("\n{}", report::escaped(why)));
    }
    if let Some(challenge) = &refused.challenge {
        text.push_str(&format!("\nchallenge: {}", report::escaped(challenge)));
    }
    match known {
        Some(entry) => text.push_str(&format!("\nMore: `warded explain {}`\n", entry.code)),
        None => text.push('\n'),
    }
    text
}

fn as_json(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Result(result) => json!({ "result": result }),
        Outcome::Error(error) => json!({ "error": error }),
        Outcome::Refused(refused) => json!({ "refused": {
            "status": refused.status.as_u16(),
            "code": refused.code,
            "description": refused.why,
            "challenge": refused.challenge,
        } }),
    }
}
