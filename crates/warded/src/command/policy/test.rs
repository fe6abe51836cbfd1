//! `warded policy test`: calls and what is expected of them, beside each policy.

mod beside;
mod clocked;
mod counted;
mod run;
mod said;
mod told;

use std::path::PathBuf;

use clap::Args;
use warded_core::UnixTime;

use self::run::Outcome;
use super::server::Configured;
use crate::{
    cli::{Answer, Format, Global},
    finding::Severity,
    runtime,
};

/// Try policies with calls, and see whether each is decided as expected
///
/// The calls stand in a file beside the policy: those of `notes.yaml` in `notes.test.yaml`. Each test begins with empty counters,
/// which are in memory, and at a time that the file says; nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded policy test
  warded policy test notes.yaml
  warded policy test policies/*.yaml --format json
  warded policy test notes.yaml --config warded.yaml --server notes

A file of tests, notes.test.yaml:
  token: { sub: alice, scope: notes:read }      # claims; also at a test or a call, member by member
  server: { name: notes }                       # also identity and tier
  at: 2026-01-05T12:00:00Z                      # also at a test or a call
  tests:
    - name: reading is allowed
      tool: read_note                           # or resource: URI, or prompt: NAME
      arguments: { id: 1 }                      # or a text with JSON in it
      expect: allow                             # or deny, or hold
    - name: five a minute
      calls:
        - { tool: search, times: 5, expect: allow }
        - { tool: search, expect: deny, rule: five a minute, message: Too many searches }
        - { tool: search, after: 1m, expect: allow, ends: error }   # an error gives back what was counted
    - name: paying takes an approval
      calls:
        - { tool: pay, expect: hold }
        - { tool: pay, approved: true, expect: allow }
  Further keys: policy and shared (files of the file), waived, passthrough, address, revision, method, shadowed

Exit codes:
  0   every call was decided as expected
  1   a file could not be read
  13  some were not")]
pub(super) struct Test {
    /// Policies, or files of tests [default: every *.test.yaml in this folder]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The server of the configuration at which the calls are made: its identifier, its tier, and the scopes that it needs
    /// [default: what the file of tests says, and no scopes but those of the policy]
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
}

impl Test {
    pub(super) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let named = |name| Configured::named(name, global.config(), now);
        let server = self.server.as_deref().map(named).transpose()?;
        let suites = beside::suites(&self.files, server.as_ref())?;
        let outcomes = runtime::block_on(async {
            let mut outcomes = Vec::with_capacity(suites.len());
            for suite in &suites {
                outcomes.push(run::suite(suite).await?);
            }
            Ok(outcomes)
        })?;
        let has_failed = outcomes.iter().any(Outcome::has_failed);
        let text = match global.format {
            Format::Json => told::as_json(&outcomes),
            Format::Text => told::as_text(&outcomes, global.quiet),
        };
        Ok(Answer { text, exit: if has_failed { Severity::High.exit_code() } else { 0 } })
    }
}
