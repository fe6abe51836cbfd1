//! What would a policy see of a call that somebody describes? The same that the guard shows it of one that is made.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use warded_core::{Hierarchy, Scopes, UnixTime};
use warded_policy::{Auth, Call, Caller, Server, Target};

/// The revision that a call is of where nobody says otherwise.
pub(super) const REVISION: &str = "2025-11-25";

/// What a call reaches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    Tool(String),
    Resource(String),
    Prompt(String),
}

impl Reached {
    /// The method of such calls, where nobody says otherwise.
    const fn method(&self) -> &'static str {
        match self {
            Self::Tool(_) => "tools/call",
            Self::Resource(_) => "resources/read",
            Self::Prompt(_) => "prompts/get",
        }
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Tool(name) => format!("tool `{name}`"),
            Self::Resource(uri) => format!("resource `{uri}`"),
            Self::Prompt(name) => format!("prompt `{name}`"),
        }
    }
}

/// At which server.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) identity: String,
    pub(super) name: String,
    pub(super) tier: String,
}

impl Default for At {
    fn default() -> Self {
        Self {
            identity: "https://mcp.example.com/mcp".to_owned(),
            name: "example".to_owned(),
            tier: "default".to_owned(),
        }
    }
}

/// Everything that a policy may look at.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) reached: Reached,
    /// As JSON.
    pub(super) arguments: Option<String>,
    pub(super) method: Option<String>,
    pub(super) revision: String,
    pub(super) token: Token,
    pub(super) passthrough: bool,
    pub(super) server: At,
    pub(super) address: Option<String>,
    pub(super) now: UnixTime,
}

/// What is known of the token.
#[derive(Clone, Debug, Default)]
pub(super) struct Token {
    /// Its claims, as JSON.
    claims: Option<String>,
    /// What it says of its audience, where that was waived.
    waived: Option<warded_policy::Value>,
    is_waived: bool,
    issuer: String,
    subject: Option<String>,
    client: Option<String>,
    /// The scopes that it has.
    pub(super) scopes: Vec<String>,
    is_bound: bool,
}

impl Token {
    /// A token with these claims, spelled as JSON.
    pub(super) fn read(json: &str) -> anyhow::Result<Self> {
        json_that_all_read_alike(json, "the claims")?;
        let members: Map<String, Value> =
            serde_json::from_str(json).context("the claims are not a JSON object")?;
        Ok(Self { claims: Some(json.to_owned()), ..Self::of(&members) })
    }

    /// A token with these claims.
    pub(super) fn of(claims: &Map<String, Value>) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            claims: Some(Value::from(claims.clone()).to_string()),
            waived: claims.get("aud").and_then(|aud| warded_policy::Value::from_json(&aud.to_string())),
            is_waived: false,
            issuer: text("iss").unwrap_or_default(),
            subject: text("sub"),
            client: text("client_id").or_else(|| text("azp")),
            scopes: scopes(claims),
            is_bound: claims.contains_key("cnf"),
        }
    }

    /// One that is judged where some scopes stand for others: a rule sees all that it may do.
    pub(super) fn reaching(mut self, implies: &Hierarchy) -> Self {
        // What is no scope implies none, and stays what it is.
        let held = self.scopes.iter().filter_map(|word| Scopes::of([word.as_str()]).ok());
        let reached = implies.reach(&Scopes::sum(&held.collect::<Vec<_>>()));
        self.scopes.extend(reached.iter().map(str::to_owned));
        self.scopes.sort_unstable();
        self.scopes.dedup();
        self
    }

    /// One whose audience a permissive server has waived.
    pub(super) fn waived(self, is_waived: bool) -> Self {
        Self { is_waived, ..self }
    }
}

/// `scope` of RFC 9068, or `scp` of those who have a list.
fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    let words =
        |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let listed = claims.get("scope").or_else(|| claims.get("scp"));
    let all: BTreeSet<_> = match listed {
        Some(Value::String(text)) => words(text).into_iter().collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    };
    all.into_iter().collect()
}

impl Facts {
    /// The method of the message.
    pub(super) fn method(&self) -> &str {
        self.method.as_deref().unwrap_or(self.reached.method())
    }

    /// Has somebody look at the call as a policy does.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Call<'_>) -> T) -> T {
        let identity = warded_policy::Value::Text(self.server.identity.as_str().into());
        let scopes: Vec<_> = self.token.scopes.iter().map(String::as_str).collect();
        let spellings = match &self.reached {
            Reached::Resource(uri) => warded_guard::spellings(uri),
            Reached::Tool(_) | Reached::Prompt(_) => Vec::new(),
        };
        let spellings: Vec<_> = spellings.iter().map(String::as_str).collect();
        let target = match &self.reached {
            Reached::Tool(name) => Target::Tool(name),
            Reached::Resource(_) if spellings.is_empty() => Target::AnyResource,
            Reached::Resource(_) => Target::Resource(&spellings),
            Reached::Prompt(name) => Target::Prompt(name),
        };
        look(&Call {
            target,
            arguments: self.arguments.as_deref(),
            method: self.method(),
            revision: &self.revision,
            auth: Auth {
                aud: if self.token.is_waived { self.token.waived.as_ref() } else { Some(&identity) },
                claims: self.token.claims.as_deref(),
                caller: Caller {
                    issuer: &self.token.issuer,
                    subject: self.token.subject.as_deref(),
                    client: self.token.client.as_deref(),
                    // Whoever describes a token has none; it is one token for all of its claims.
                    token: self.token.claims.as_deref().unwrap_or_default(),
                },
                scopes: &scopes,
                bound: self.token.is_bound,
                passthrough: self.passthrough,
            },
            server: Server {
                identity: &self.server.identity,
                name: &self.server.name,
                tier: &self.server.tier,
            },
            client_address: self.address.as_deref(),
            now: self.now,
        })
    }
}

/// Reads arguments: an object that everybody reads alike.
pub(super) fn arguments(json: &str) -> anyhow::Result<String> {
    let read = json_that_all_read_alike(json, "the arguments")?;
    anyhow::ensure!(matches!(read, warded_policy::Value::Map(_)), "the arguments are not a JSON object");
    Ok(json.to_owned())
}

/// Reads JSON, or says whether it is none, and where, or one that is read in two ways.
fn json_that_all_read_alike(json: &str, what: &str) -> anyhow::Result<warded_policy::Value> {
    if let Some(read) = warded_policy::Value::from_json(json) {
        return Ok(read);
    }
    // What is wrong is told by its place, and nothing of it is repeated.
    serde_json::from_str::<IgnoredAny>(json).with_context(|| format!("{what} are no JSON"))?;
    bail!(
        "{what} are not JSON that everybody reads alike: a name stands twice in one object, or it is nested too deep"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_who_it_is_of_in_all_known_ways() {
        let token =
            Token::read(r#"{"iss":"i","sub":"ada","azp":"cli","scp":["b","a"],"cnf":{"jkt":"k"}}"#).unwrap();
        assert_eq!((token.subject.as_deref(), token.client.as_deref()), (Some("ada"), Some("cli")));
        assert_eq!((token.scopes, token.is_bound), (vec!["a".to_owned(), "b".to_owned()], true));
        assert_eq!(Token::read(r#"{"scope":"x  y x"}"#).unwrap().scopes, ["x", "y"]);
    }

    #[test]
    fn what_two_readers_read_differently_is_read_by_none() {
        assert!(Token::read(r#"{"sub":"a","sub":"b"}"#).is_err());
        assert!(arguments(r#"{"a":1,"a":2}"#).is_err());
        assert!(arguments("[1]").is_err());
        assert_eq!(arguments(r#"{"n": 1e400}"#).unwrap(), r#"{"n": 1e400}"#);
    }
}
