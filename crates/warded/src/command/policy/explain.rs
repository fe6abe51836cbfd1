//! `warded policy explain`: what a policy says of one call, and why.

mod given;
mod state;
mod taken;

use std::path::PathBuf;

use anyhow::bail;
use clap::{ArgGroup, Args};
use serde_json::json;
use warded_core::UnixTime;
use warded_policy::{Place, Plan, Verdict};

use self::{given::Given, state::Said};
use super::{
    facts::{Facts, REVISION, Reached},
    file::{policies, together},
    scopes, shown,
};
use crate::{
    cli::{Answer, Format, Global},
    report,
};

/// Say what a policy decides of one call, and which line decides it
///
/// Shows every rule that is looked at, what each of its conditions sees and says, and what would be read from and taken of which
/// counter. Nothing is sent and nothing is counted. A call that needs scopes which the token lacks, by the policy or by the
/// configuration, is denied before any rule. Whether the token is admitted at all is the guard's to say, before any
/// policy: `warded inspect --config FILE` says it of a token, and so does this where --server and --token-file are given.
#[derive(Debug, Args)]
#[command(
    next_display_order = 10,
    group(ArgGroup::new("reached").required(true)),
    after_long_help = "Examples:
  warded policy explain notes.policy.yaml --tool delete_note --arguments '{\"id\": 1}'
  warded policy explain pay.yaml --tool pay --arguments @call.json --state pay.spent=90
  warded policy explain pay.yaml --tool pay --token-claims '{\"sub\": \"alice\"}'
  warded policy explain --config warded.yaml --server pay --tool pay --token-file alice.token
  warded policy explain hours.yaml --tool pay --at 2026-01-05T18:30:00Z --format json

Exit codes: 0 where the call is allowed, 13 where it is denied, 11 where it is held for approval"
)]
pub(super) struct Explain {
    /// Policy files, looked at in this order [default: those of the server that --server names]
    #[arg(value_name = "FILE", required_unless_present = "server")]
    files: Vec<PathBuf>,
    /// The tool that is called
    #[arg(long, value_name = "NAME", group = "reached")]
    tool: Option<String>,
    /// The resource that is read
    #[arg(long, value_name = "URI", group = "reached")]
    resource: Option<String>,
    /// The prompt that is got
    #[arg(long, value_name = "NAME", group = "reached")]
    prompt: Option<String>,
    /// The arguments, as JSON, or @ and the name of a file with them
    #[arg(long, value_name = "JSON|@FILE")]
    arguments: Option<String>,
    #[command(flatten)]
    given: Given,
    /// The audience was waived, as a permissive server does: `auth.token.aud` is what the token says
    #[arg(long)]
    waived: bool,
    /// The request carries the caller's own token towards the server
    #[arg(long)]
    passthrough: bool,
    /// The address that the call comes from
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// The method of the message [default: that of the tool, resource or prompt]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// The revision of MCP
    #[arg(long, value_name = "DATE", default_value = REVISION)]
    revision: String,
    /// When the call is made [default: now]
    #[arg(long, value_name = "TIME", value_parser = given::moment)]
    at: Option<UnixTime>,
    /// What a counter has come to; may stand several times [default: 0]
    #[arg(long, value_name = "TOOL.COUNTER=NUMBER", value_parser = state::said)]
    state: Vec<Said>,
}

impl Explain {
    pub(super) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let inputs = self.files.iter().filter(|file| file.as_os_str() == "-").count();
        if inputs + usize::from(self.given.reads_standard_input()) > 1 {
            bail!("standard input holds one policy or one token: put the others into files");
        }
        let now = self.at.unwrap_or(now);
        let known = self.given.known(global, now)?;
        let place = Place::Server(known.server.name.as_str().into());
        // Those that are named stand in for those of the server.
        let (shared, own) =
            if self.files.is_empty() { (&*known.shared, &*known.own) } else { (&[][..], &*self.files) };
        if shared.is_empty() && own.is_empty() {
            bail!("there is no policy: name a file, or a server of the configuration that has one");
        }
        let (shared, own) = (policies(shared)?, policies(own)?);
        let shared = shared.iter().map(|file| (file, Place::Shared));
        let policy = together(shared.chain(own.iter().map(|file| (file, place.clone()))))?;
        let facts = Facts {
            reached: self.reached()?,
            arguments: self.arguments.as_deref().map(given::arguments).transpose()?,
            method: self.method.clone(),
            revision: self.revision.clone(),
            token: known.token.waived(self.waived || known.is_waived),
            passthrough: self.passthrough,
            server: known.server,
            address: self.address.clone(),
            now,
        };
        let mut explanation = facts.look(|call| {
            let values = match policy.plan(call)? {
                Plan::Decided(_) if self.state.is_empty() => Vec::new(),
                Plan::Decided(_) => state::values(&[], &self.state)?,
                Plan::Asks(ask) => state::values(ask.counters(), &self.state)?,
            };
            anyhow::Ok(policy.explain(call, &values)?)
        })?;
        let mut rules = known.scopes;
        rules.adds(&policy.scopes());
        scopes::judge(&mut explanation, &facts, &rules);
        let decision = taken::in_the_end(&explanation);
        let exit = match decision.verdict {
            Verdict::Allow(_) if known.refused.is_none() => 0,
            Verdict::Hold(..) if known.refused.is_none() => 11,
            _ => 13,
        };
        let text = match global.format {
            Format::Json => {
                let mut value = shown::as_json(&explanation, &decision);
                value["refused"] = json!(known.refused.as_ref().map(warded_core::Refusal::code));
                report::document(&value)
            }
            Format::Text => {
                let mut text = String::new();
                if let Some(refusal) = &known.refused {
                    text += &format!(
                        "{}\nThe guard refuses this token before any policy is asked: {refusal}\n\n",
                        report::heading(refusal.code())
                    );
                }
                text += &format!("{}\n\n", report::heading(&shown::verdict(&decision)));
                text + &shown::explanation(&explanation, &decision)
            }
        };
        Ok(Answer { text, exit })
    }

    fn reached(&self) -> anyhow::Result<Reached> {
        let Self { tool, resource, prompt, .. } = self;
        let reached = tool.clone().map(Reached::Tool);
        let reached = reached.or_else(|| resource.clone().map(Reached::Resource));
        let reached = reached.or_else(|| prompt.clone().map(Reached::Prompt));
        reached.ok_or_else(|| anyhow::anyhow!("say what is called: --tool, --resource or --prompt"))
    }
}
