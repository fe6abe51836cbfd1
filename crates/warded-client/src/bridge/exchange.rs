//! One message to the server, and everything that comes back because of it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    Bridge,
    again::post,
    headers::Settled,
    lines::MAX_MESSAGE,
    message::{self, Call, Head},
    streams::{Behalf, is_stream},
};
use crate::{fetch::Streamed, login::Notice};

/// How long the rest of an answer may take to come, unless whoever waits has more time.
const REST: Duration = Duration::from_mins(5);
/// What is said after that.
const UNFINISHED: &str = "the server does not finish its answer";
/// As much of a refusal as is read.
const MAX_REFUSAL: usize = 64 * 1024;
/// How long it may take to come. What matters is the status, which is there.
const REFUSAL: Duration = Duration::from_secs(10);

/// The requests of a call that have no answer yet.
pub(super) struct Open<'c> {
    call: &'c Call,
    ids: Vec<Value>,
    /// Whether the answer is for the bridge, and not for the client.
    quiet: bool,
    /// On whose behalf the rest of the answer is asked for, should it break off.
    behalf: Behalf,
    /// What it settled then.
    revision: Option<String>,
}

impl<'c> Open<'c> {
    /// Whether every request has been answered.
    pub(super) fn is_done(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether there was a request at all.
    pub(super) fn has_requests(&self) -> bool {
        !self.call.ids().is_empty()
    }

    /// Which call that is.
    pub(super) const fn call(&self) -> &'c Call {
        self.call
    }

    fn of(call: &'c Call) -> Self {
        Self { call, ids: call.ids().to_vec(), quiet: false, behalf: Behalf::Client, revision: None }
    }

    /// For a handshake that the bridge makes: the client has had its answer.
    pub(super) fn quiet(call: &'c Call, behalf: Behalf) -> Self {
        Self { quiet: true, behalf, ..Self::of(call) }
    }

    /// On whose behalf it is asked.
    pub(super) const fn behalf(&self) -> Behalf {
        self.behalf
    }

    /// The revision that a quiet handshake settled.
    pub(super) fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }
}

impl Bridge {
    /// Carries one call. Every request in it gets an answer, if only one that says why there is none.
    pub(super) async fn exchange(&self, call: &Arc<Call>) {
        let mut open = Open::of(call);
        if let Err(reason) = self.carry(call, &mut open).await {
            if call.ids().is_empty() {
                let (method, reason) = (call.named(), reason.clone());
                self.session.tell(Notice::NotTaken { method, reason });
            }
            for id in open.ids {
                self.complain(&id, &reason).await;
            }
        }
    }

    async fn carry(&self, call: &Arc<Call>, open: &mut Open<'_>) -> Result<(), String> {
        let (mut answer, settled) = self.post(call).await?;
        if answer.status == StatusCode::NOT_FOUND && settled.has_session() {
            // The server does not know the session, so it has not looked at the call: it can be made again.
            self.open_again(&settled, Behalf::Client).await?;
            answer = self.post(call).await?.0;
        }
        if !answer.status.is_success() {
            return self.refusal(answer, open).await;
        }
        if call.is_handshake() {
            self.wire.open(&answer.headers);
            *self.handshake.lock().await = Some(Arc::clone(call));
        }
        let received = if call.is_handshake() {
            // Everything else waits for it, whatever else its stream says.
            let received = timeout(REST.max(self.grace), self.receive(answer, open)).await;
            received.unwrap_or_else(|_| Err(UNFINISHED.to_owned()))
        } else {
            self.receive(answer, open).await
        };
        received.map_err(|reason| if open.is_done() { reason } else { call.twice().unanswered(reason) })
    }

    async fn post(&self, call: &Call) -> Result<(Streamed, Settled), String> {
        let mut message = post(call.body());
        let settled = self.wire.dress_for(call, &mut message);
        self.tools.dress(call, &mut message)?;
        let answer = self.send(&message, Behalf::Client, call.twice()).await?;
        self.session.tell(Notice::Answered { method: call.named(), status: answer.status.as_u16() });
        Ok((answer, settled))
    }

    pub(super) async fn receive(&self, answer: Streamed, open: &mut Open<'_>) -> Result<(), String> {
        if is_stream(&answer.headers) {
            return self.follow(answer, open).await;
        }
        if answer.is_json() {
            let body = timeout(REST.max(self.grace), answer.body.collect(MAX_MESSAGE)).await;
            let body = body.map_err(|_| UNFINISHED)?;
            let body = body.map_err(|error| error.to_string())?;
            if !body.trim_ascii().is_empty() {
                let body = open.call.named_answer(body);
                self.deliver(body, open).await?;
            }
        }
        if open.ids.is_empty() {
            Ok(())
        } else {
            Err("the server's answer holds no answer to this".to_owned())
        }
    }

    /// Hands a message to the client, and notes what it answers.
    pub(super) async fn deliver(&self, message: Bytes, open: &mut Open<'_>) -> Result<(), String> {
        let heads = Head::all(&message).ok_or("the server sent something that is not JSON-RPC")?;
        let before = open.ids.len();
        if open.call.is_first_word()
            && !open.quiet
            && let Ok(document) = serde_json::from_slice::<Value>(&message)
            && let (Some(id), Some(error)) = (open.ids.first().cloned(), document.get("error"))
            && is_about(&document, &id)
            && let Some(words) = self.disagreement(open.call, StatusCode::OK, &document)
        {
            open.ids.clear();
            self.say(message::error_with(&id, error, &words)).await;
            return Ok(());
        }
        for id in heads.iter().filter_map(Head::answers) {
            open.ids.retain(|open| open != id);
        }
        if open.ids.len() == before {
            self.say(message).await;
        } else if open.quiet {
            open.revision = revision_of(&message);
        } else {
            self.note(open.call, &message);
            self.say(message).await;
        }
        Ok(())
    }

    /// What the bridge itself needs to know of an answer.
    fn note(&self, call: &Call, message: &[u8]) {
        if call.is_handshake() {
            if let Some(revision) = revision_of(message) {
                self.wire.settle(&revision);
            }
        } else if call.method() == Some("tools/list")
            && let Ok(answer) = serde_json::from_slice::<Value>(message)
            && let Some(result) = answer.get("result")
        {
            self.tools.learn(result);
        }
    }

    /// A status that is no success: the server's own words where it has any, under the id that was asked.
    async fn refusal(&self, answer: Streamed, open: &mut Open<'_>) -> Result<(), String> {
        let (status, withheld) = (answer.status, answer.withheld);
        let body = timeout(REFUSAL.min(self.grace), answer.body.collect(MAX_REFUSAL)).await;
        let body = body.unwrap_or_else(|_| Ok(Bytes::new())).unwrap_or_default();
        let document: Value = serde_json::from_slice(&body).unwrap_or_default();
        let disagreement = self.disagreement(open.call(), status, &document);
        if let [id] = open.ids.as_slice()
            && let Some(error) = document.get("error").filter(|error| error.is_object())
        {
            let id = id.clone();
            open.ids.clear();
            if let Some(words) = disagreement {
                self.say(message::error_with(&id, error, &words)).await;
            } else if document.get("id") == Some(&id) {
                self.say(body).await;
            } else {
                self.say(message::error_for(&id, error)).await;
            }
            return Ok(());
        }
        let words =
            ["error_description", "message", "error"].iter().find_map(|name| document.get(name)?.as_str());
        let words = words.map(|words| format!(": {}", withheld.shown(words))).unwrap_or_default();
        let hint =
            if status.is_redirection() { "; redirects are not followed".to_owned() } else { String::new() };
        let hint = disagreement.map_or(hint, |words| format!("; {words}"));
        Err(format!("the server answered with status {}{words}{hint}", status.as_u16()))
    }
}

/// Whether an answer is to this request. Whoever could not read the id of a request names none (JSON-RPC 2.0 §5).
fn is_about(answer: &Value, id: &Value) -> bool {
    answer.get("id").is_none_or(|named| named.is_null() || named == id)
}

/// The revision in the answer to a handshake.
fn revision_of(message: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(message).ok()?;
    answer.get("result")?.get("protocolVersion")?.as_str().map(str::to_owned)
}
