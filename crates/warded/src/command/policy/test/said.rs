//! What stands in a file of tests?

use anyhow::{anyhow, bail};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::clocked::{Moment, Span};
use crate::{
    command::policy::facts::{At, Reached},
    config::{Located, document},
    report,
};

/// How many times a call is made at most: a slip of the finger would never end.
const MAX_TIMES: u32 = 100_000;

/// A file of tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    /// Policies of the server.
    #[serde(default)]
    pub(super) policy: Names,
    /// Policies of all servers, which are asked first.
    #[serde(default)]
    pub(super) shared: Names,
    #[serde(default)]
    pub(super) server: ServerSaid,
    #[serde(default)]
    pub(super) token: Map<String, Value>,
    pub(super) at: Option<Moment>,
    pub(super) waived: Option<bool>,
    pub(super) passthrough: Option<bool>,
    pub(super) address: Option<String>,
    pub(super) revision: Option<String>,
    pub(super) tests: Vec<Step>,
}

/// One name, or several.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    One(String),
    Several(Vec<String>),
    #[default]
    #[serde(skip)]
    None,
}

impl std::ops::Deref for Names {
    type Target = [String];

    fn deref(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
            Self::None => &[],
        }
    }
}

/// At which server.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerSaid {
    name: Option<String>,
    identity: Option<String>,
    tier: Option<String>,
}

impl ServerSaid {
    pub(super) fn at(&self) -> At {
        let example = At::default();
        At {
            identity: self.identity.clone().unwrap_or(example.identity),
            name: self.name.clone().unwrap_or(example.name),
            tier: self.tier.clone().unwrap_or(example.tier),
        }
    }

    /// What is said here otherwise than there, in words.
    pub(super) fn differs(&self, at: &At) -> Option<String> {
        let Self { name, identity, tier } = self;
        let all = [("name", name, &at.name), ("identity", identity, &at.identity), ("tier", tier, &at.tier)];
        all.into_iter().find_map(|(what, said, is)| {
            let said = said.as_ref().filter(|said| *said != is)?;
            Some(format!("its {what} is `{said}`, and in the configuration it is `{is}`"))
        })
    }
}

/// A test: one call, or several in `calls`; or one of those.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) name: Option<Located<String>>,
    pub(super) calls: Option<Vec<Step>>,
    tool: Option<Located<String>>,
    resource: Option<Located<String>>,
    prompt: Option<Located<String>>,
    pub(super) arguments: Option<Value>,
    pub(super) method: Option<String>,
    pub(super) revision: Option<String>,
    pub(super) token: Option<Map<String, Value>>,
    pub(super) waived: Option<bool>,
    pub(super) passthrough: Option<bool>,
    pub(super) address: Option<String>,
    pub(super) at: Option<Moment>,
    pub(super) after: Option<Span>,
    pub(super) times: Option<u32>,
    pub(super) expect: Option<Expected>,
    pub(super) rule: Option<String>,
    pub(super) message: Option<String>,
    pub(super) shadowed: Option<Vec<String>>,
    #[serde(default)]
    pub(super) approved: bool,
    #[serde(default)]
    pub(super) ends: Ends,
}

/// What is to become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Expected {
    Allow,
    Deny,
    Hold,
}

impl Expected {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allowed",
            Self::Deny => "denied",
            Self::Hold => "held",
        }
    }
}

/// How a call ends that is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ends {
    /// With a result, whatever it says: it stays counted.
    #[default]
    Result,
    /// With an error of JSON-RPC: it is not counted.
    Error,
}

impl Step {
    /// What it reaches for, and where that stands.
    pub(super) fn reached(&self) -> Option<(Reached, usize)> {
        let one = |said: &Option<Located<String>>, of: fn(String) -> Reached| {
            said.as_ref().map(|said| (of(said.value.clone()), said.span.range().start))
        };
        let tool = one(&self.tool, Reached::Tool);
        tool.or_else(|| one(&self.resource, Reached::Resource)).or_else(|| one(&self.prompt, Reached::Prompt))
    }

    /// What makes no sense in it: nobody is to believe that something was tried which was not.
    fn flaw(&self, is_test: bool) -> Option<&'static str> {
        let reached = [&self.tool, &self.resource, &self.prompt].into_iter().flatten().count();
        match &self.calls {
            Some(_) if !is_test => Some("a call has no `calls` of its own"),
            Some(calls) if calls.is_empty() => Some("`calls` is empty: nothing is tried"),
            Some(_) if reached > 0 || self.expect.is_some() => {
                Some("a test has `calls`, or is one call itself: `tool` and `expect` stand in one place")
            }
            Some(_) if self.is_said_of_calls() => {
                Some("beside `calls`, only what holds for all of them is said")
            }
            Some(calls) => calls.iter().find_map(|call| call.flaw(false)),
            None if reached != 1 => Some("a call has exactly one of `tool`, `resource` and `prompt`"),
            None if self.expect.is_none() => Some("`expect` is missing: write `allow`, `deny` or `hold`"),
            None if self.times == Some(0) => Some("`times: 0` tries nothing"),
            None if self.times > Some(MAX_TIMES) => Some("`times` is 100000 at most"),
            None if self.expect == Some(Expected::Allow)
                && (self.rule.is_some() || self.message.is_some()) =>
            {
                Some(
                    "`rule` and `message` say by what a call is denied or held, and this one is to be allowed",
                )
            }
            None if self.expect != Some(Expected::Allow) && self.ends == Ends::Error => {
                Some("`ends: error` is said of a call that is made")
            }
            None => None,
        }
    }

    fn is_said_of_calls(&self) -> bool {
        let Self { arguments, method, after, times, rule, message, shadowed, approved, ends, .. } = self;
        arguments.is_some()
            || method.is_some()
            || after.is_some()
            || times.is_some()
            || rule.is_some()
            || message.is_some()
            || shadowed.is_some()
            || *approved
            || *ends == Ends::Error
    }
}

/// Reads a file of tests.
pub(super) fn read(source: &str, name: &str) -> anyhow::Result<Said> {
    let is_empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if source.lines().all(is_empty) {
        bail!("{name} is empty: `tests` is missing");
    }
    let said: Said = document(source).map_err(|finding| {
        anyhow!("{name} is no file of tests\n\n{}", report::plain(&finding, name, source))
    })?;
    if said.tests.is_empty() {
        bail!("{name}: `tests` is empty: nothing is tried");
    }
    for (at, test) in said.tests.iter().enumerate() {
        if let Some(flaw) = test.flaw(true) {
            let place = test
                .name
                .as_ref()
                .map_or_else(|| format!("test {}", at + 1), |name| format!("\"{}\"", name.value));
            bail!("{name}: {}: {flaw}", report::escaped(&place));
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(test: &str) -> String {
        read(&format!("tests:\n  - {test}\n"), "a.test.yaml")
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn what_would_try_nothing_is_refused() {
        for (test, why) in [
            ("{ name: a, calls: [] }", "nothing is tried"),
            ("{ tool: a }", "`expect` is missing"),
            ("{ tool: a, prompt: b, expect: allow }", "exactly one"),
            ("{ expect: allow }", "exactly one"),
            ("{ tool: a, expect: allow, times: 0 }", "tries nothing"),
            ("{ tool: a, expect: allow, times: 100001 }", "100000 at most"),
            ("{ tool: a, expect: allow, rule: r }", "to be allowed"),
            ("{ tool: a, expect: deny, ends: error }", "is made"),
            ("{ calls: [{ tool: a, expect: deny }], rule: r }", "all of them"),
            ("{ tool: a, calls: [{ tool: a, expect: deny }] }", "one place"),
            ("{ calls: [{ calls: [] }] }", "no `calls`"),
            ("{ tool: a, expects: allow }", "`expects` is not a key here"),
            ("{ tool: a, expect: allowed }", "not possible here"),
            ("{ tool: a, expect: allow, at: today }", "2026-01-05T12:00:00Z"),
            ("{ tool: a, expect: allow, after: 5 }", "5m"),
        ] {
            assert!(flaw(test).contains(why), "{test}: {}", flaw(test));
        }
        assert_eq!(flaw("{ tool: a, expect: allow, times: 100000 }"), "");
        assert!(read("tests: []\n", "a").is_err());
    }
}
