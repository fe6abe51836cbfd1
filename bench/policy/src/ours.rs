//! Decisions of `warded-policy`, from the arguments as they come in a message.

use anyhow::{Context as _, Result};
use warded_core::UnixTime;
use warded_policy::{Auth, Call, Caller, Part, Place, Plan, Policy, Reading, Server, Target, Verdict, read};

use crate::rules::{Fleet, tool};

/// A policy, and the names of the tools that it has rules for.
#[derive(Debug)]
pub(crate) struct Ours {
    policy: Policy,
    tools: Vec<String>,
}

impl Ours {
    pub(crate) fn of(fleet: &Fleet) -> Result<Self> {
        let source = fleet.ours();
        let document = read(&source, Reading::Strict).document.context("it is a policy")?;
        let part = Part { document: &document, place: Place::Server("notes".into()), file: "a.yaml" };
        Ok(Self { policy: Policy::of(&[part])?, tools: (0..fleet.tools).map(tool).collect() })
    }

    pub(crate) fn is_allowed(&self, tool: usize, arguments: &str) -> bool {
        let call = Call {
            target: Target::Tool(&self.tools[tool]),
            arguments: Some(arguments),
            method: "tools/call",
            revision: "2025-11-25",
            auth: Auth {
                aud: None,
                claims: Some(r#"{"sub":"ada"}"#),
                caller: Caller {
                    issuer: "https://login.example",
                    subject: Some("ada"),
                    client: None,
                    token: "a1",
                },
                scopes: &["notes:read"],
                bound: false,
                passthrough: false,
            },
            server: Server { identity: "https://mcp.example.com/notes/mcp", name: "notes", tier: "default" },
            client_address: None,
            now: UnixTime::from_seconds(1_800_000_000),
        };
        match self.policy.plan(&call) {
            Ok(Plan::Decided(decision)) => matches!(decision.verdict, Verdict::Allow(_)),
            _ => false,
        }
    }

    pub(crate) fn decides(&self) -> impl Fn(usize, &str) -> bool {
        |tool, arguments| self.is_allowed(tool, arguments)
    }
}
