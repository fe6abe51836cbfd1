//! To whom is talked: a server at a URL, or a process.

use std::ffi::OsString;

use http::StatusCode;
use serde_json::Value;

use super::child::Child;
use crate::{
    command::call::{Conversation, Outcome, Way, refusal},
    report,
};

/// A conversation that has begun.
pub(super) enum Peer<'w> {
    Http(Conversation<'w>),
    Child(Child),
}

/// JSON-RPC 2.0 §5.1
const METHOD_NOT_FOUND: i64 = -32601;

impl<'w> Peer<'w> {
    pub(super) async fn http(way: &'w Way) -> anyhow::Result<Self> {
        match Conversation::of_any_revision(way).await? {
            Ok(conversation) => Ok(Self::Http(conversation)),
            Err(outcome) => Err(why(&outcome)),
        }
    }

    pub(super) async fn child(command: &[OsString]) -> anyhow::Result<Self> {
        Ok(Self::Child(Child::begin(command).await?))
    }

    /// What it has said of itself.
    pub(super) const fn about(&self) -> &Value {
        match self {
            Self::Http(conversation) => conversation.about(),
            Self::Child(child) => child.about(),
        }
    }

    /// Its words, without what it was told in confidence.
    pub(super) fn cleared<'t>(&self, words: &'t str) -> &'t str {
        match self {
            Self::Http(conversation) => conversation.cleared(words),
            Self::Child(_) => words,
        }
    }

    /// The result of a request; none where it has no such method. Over HTTP some say so by 404 and nothing else: of tools, which
    /// are what a policy is made of, that is not believed.
    pub(super) async fn ask(&mut self, method: &str, params: &Value) -> anyhow::Result<Option<Value>> {
        let outcome = match self {
            Self::Http(conversation) => conversation.request(method, params).await?,
            Self::Child(child) => child.request(method, params).await?,
        };
        match outcome {
            Outcome::Result(result) => Ok(Some(result)),
            Outcome::Error(error) if error["code"].as_i64() == Some(METHOD_NOT_FOUND) => Ok(None),
            Outcome::Refused(refused)
                if refused.status == StatusCode::NOT_FOUND
                    && (refused.error == Some(METHOD_NOT_FOUND) || method != "tools/list") =>
            {
                Ok(None)
            }
            other => Err(why(&other).context(format!("the server does not answer `{method}`"))),
        }
    }

    pub(super) async fn end(self) {
        match self {
            Self::Http(conversation) => conversation.end().await,
            Self::Child(child) => child.end().await,
        }
    }
}

pub(super) fn why(outcome: &Outcome) -> anyhow::Error {
    let said = match outcome {
        Outcome::Refused(refused) => refusal(refused).trim_end().to_owned(),
        Outcome::Error(error) => {
            let code = error["code"].as_i64().unwrap_or_default();
            format!(
                "error {code}: {}",
                report::escaped(error["message"].as_str().unwrap_or("without a message"))
            )
        }
        Outcome::Result(_) => "a result".to_owned(),
    };
    anyhow::anyhow!(said)
}
