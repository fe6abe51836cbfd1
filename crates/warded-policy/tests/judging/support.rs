//! Policies from their text, calls by their names, and counters that are kept in a map.

use std::collections::BTreeMap;

use warded_core::UnixTime;
use warded_policy::{
    Amount, Auth, Call, Caller, CounterKey, Decision, Document, Limit, Part, Place, Plan, Policy, Reading,
    Server, Target, Verdict,
};

pub(crate) fn document(yaml: &str) -> Document {
    let read = warded_policy::read(yaml, Reading::Strict);
    read.document.unwrap_or_else(|| panic!("{yaml}\n{:#?}", read.findings))
}

/// The policy of the server `notes`.
pub(crate) fn policy(yaml: &str) -> Policy {
    of(&[(Place::Server("notes".into()), yaml)])
}

pub(crate) fn of(files: &[(Place, &str)]) -> Policy {
    let documents: Vec<_> = files.iter().map(|(_, yaml)| document(yaml)).collect();
    let parts: Vec<_> = files
        .iter()
        .zip(&documents)
        .enumerate()
        .map(|(at, ((place, _), document))| Part {
            document,
            place: place.clone(),
            file: ["first.yaml", "second.yaml", "third.yaml"][at],
        })
        .collect();
    Policy::of(&parts).unwrap()
}

pub(crate) const CALLER: Caller<'static> =
    Caller { issuer: "https://login.example", subject: Some("alice"), client: Some("agent"), token: "fp:1" };

pub(crate) const AUTH: Auth<'static> = Auth {
    aud: None,
    claims: None,
    caller: CALLER,
    scopes: &["notes:read"],
    bound: false,
    passthrough: false,
};

/// On Sunday, 22 November 2026, at 00:31:51.
pub(crate) fn call<'a>(target: Target<'a>, arguments: &'a str) -> Call<'a> {
    Call {
        target,
        arguments: Some(arguments),
        method: "tools/call",
        revision: "2025-11-25",
        auth: AUTH,
        server: Server { identity: "https://mcp.example/notes/mcp", name: "notes", tier: "internal" },
        client_address: Some("192.0.2.7"),
        now: UnixTime::from_seconds(1_795_307_511),
    }
}

pub(crate) fn tool<'a>(name: &'a str, arguments: &'a str) -> Call<'a> {
    call(Target::Tool(name), arguments)
}

/// What is counted, all in one window.
#[derive(Debug, Default)]
pub(crate) struct Counters(pub(crate) BTreeMap<CounterKey, i64>);

impl Counters {
    pub(crate) fn decide<'p>(&self, policy: &'p Policy, call: &Call<'p>) -> Decision {
        match policy.plan(call).unwrap() {
            Plan::Decided(decision) => decision,
            Plan::Asks(ask) => {
                let value = |counter: &warded_policy::Counter| {
                    Amount::from_millionths(self.0.get(&counter.key).copied().unwrap_or(0))
                };
                let values: Vec<_> = ask.counters().iter().map(value).collect();
                ask.decide(&values).unwrap()
            }
        }
    }

    /// Decides and takes what is to be taken: what the caller is told, or that the call is made.
    pub(crate) fn make<'p>(&mut self, policy: &'p Policy, call: &Call<'p>) -> Result<(), String> {
        let takings = match self.decide(policy, call).verdict {
            Verdict::Deny(denial) => return Err(denial.message.into()),
            Verdict::Hold(hold, _) => return Err(hold.denial.message.into()),
            Verdict::Allow(takings) => takings,
        };
        let after = |taking: &warded_policy::Taking| {
            self.0.get(&taking.key).copied().unwrap_or(0).saturating_add(taking.amount.millionths())
        };
        for taking in takings.iter().filter(|taking| !taking.shadow) {
            let is_within = match taking.limit {
                Limit::AtMost(most) => after(taking) <= most.millionths(),
                Limit::Below(end) => after(taking) < end.millionths(),
            };
            if !is_within {
                return Err(taking.exceeded.message.to_string());
            }
        }
        for taking in &takings {
            let value = self.0.entry(taking.key.clone()).or_default();
            *value = value.saturating_add(taking.amount.millionths());
        }
        Ok(())
    }
}

/// What is told of a call that nothing is counted for; none where it may be made.
pub(crate) fn denied<'p>(policy: &'p Policy, call: &Call<'p>) -> Option<String> {
    match Counters::default().decide(policy, call).verdict {
        Verdict::Allow(_) => None,
        Verdict::Deny(denial) => Some(denial.message.into()),
        Verdict::Hold(hold, _) => Some(format!("held: {}", hold.denial.message)),
    }
}
