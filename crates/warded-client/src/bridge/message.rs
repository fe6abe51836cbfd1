//! What is a message about, as far as its carrier must know? It is read, and carried as it came.

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use super::away::Twice;

/// Where messages of 2026-07-28 and later say their revision; before, it was settled once in the handshake.
const REVISION: &str = "io.modelcontextprotocol/protocolVersion";

/// A message of the client's, or a batch of them (2025-03-26).
#[derive(Debug)]
pub(super) struct Call {
    body: Bytes,
    ids: Vec<Value>,
    method: Option<String>,
    params: Value,
}

impl Call {
    /// Reads a line.
    pub(super) fn parse(body: Bytes) -> Result<Self, &'static str> {
        match serde_json::from_slice(&body) {
            Ok(Value::Array(elements)) if !elements.is_empty() => {
                let ids = elements.iter().filter(|element| element.get("method").is_some());
                let ids = ids.filter_map(|element| element.get("id").cloned()).collect();
                Ok(Self { body, ids, method: None, params: Value::Null })
            }
            Ok(Value::Object(mut members)) => {
                let method = match members.remove("method") {
                    Some(Value::String(method)) => Some(method),
                    _ => None,
                };
                // What has an id and no method is an answer to something that the server asked.
                let id = members.remove("id").filter(|id| method.is_some() && !id.is_null());
                let params = members.remove("params").unwrap_or_default();
                Ok(Self { body, ids: id.into_iter().collect(), method, params })
            }
            Ok(_) => Err("the message is not a JSON object"),
            Err(_) => Err("the message is not valid JSON"),
        }
    }

    pub(super) fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// The requests in it.
    pub(super) fn ids(&self) -> &[Value] {
        &self.ids
    }

    /// What came for it, under its id: whoever could not read that names none in an error (JSON-RPC 2.0 §5), and where there
    /// was one request and there is one answer, it can mean no other.
    pub(super) fn named_answer(&self, answer: Bytes) -> Bytes {
        let ([id], Some(_)) = (self.ids.as_slice(), &self.method) else {
            return answer;
        };
        let document: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let is_nameless = document.get("id").is_none_or(Value::is_null) && document.get("method").is_none();
        match document.get("error").filter(|error| is_nameless && error.is_object()) {
            Some(error) => error_for(id, error),
            None => answer,
        }
    }

    pub(super) fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    pub(super) const fn params(&self) -> &Value {
        &self.params
    }

    /// Whether it settles the revision and the session (until 2025-11-25).
    pub(super) fn is_handshake(&self) -> bool {
        self.method() == Some("initialize")
    }

    pub(super) fn is_initialized(&self) -> bool {
        self.method() == Some("notifications/initialized")
    }

    /// The revision in which a client begins.
    pub(super) fn asked_revision(&self) -> Option<String> {
        let in_handshake = self.params.get("protocolVersion").and_then(Value::as_str);
        let asked = in_handshake.filter(|_| self.is_handshake()).or_else(|| self.revision())?;
        Some(asked.chars().take(32).collect())
    }

    /// What it is, for people who look for a fault.
    pub(super) fn named(&self) -> String {
        let method = self.method().unwrap_or(if self.params.is_null() { "an answer" } else { "a message" });
        method.chars().take(64).collect()
    }

    /// What a client begins with: it settles the revision, or asks for what there is.
    pub(super) fn is_first_word(&self) -> bool {
        matches!(self.method(), Some("initialize" | "server/discover"))
    }

    /// What it does to hear it twice. A method that nobody knows here may do anything.
    pub(super) fn twice(&self) -> Twice {
        match self.method() {
            Some(
                "initialize"
                | "server/discover"
                | "ping"
                | "tools/list"
                | "prompts/list"
                | "prompts/get"
                | "resources/list"
                | "resources/templates/list"
                | "resources/read"
                | "resources/subscribe"
                | "resources/unsubscribe"
                | "completion/complete"
                | "logging/setLevel"
                | "tasks/get"
                | "tasks/list"
                | "tasks/result"
                | "notifications/initialized"
                | "notifications/cancelled"
                | "notifications/roots/list_changed",
            ) => Twice::Harmless,
            _ => Twice::Never,
        }
    }

    /// The request that it calls off.
    pub(super) fn cancels(&self) -> Option<&Value> {
        self.params.get("requestId").filter(|_| self.method() == Some("notifications/cancelled"))
    }

    /// The revision that the message itself names.
    pub(super) fn revision(&self) -> Option<&str> {
        self.params.get("_meta")?.get(REVISION)?.as_str()
    }

    /// What the method acts on, where a header must name it.
    pub(super) fn name(&self) -> Option<&str> {
        let member = match self.method()? {
            "tools/call" | "prompts/get" => "name",
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => "uri",
            "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
            _ => return None,
        };
        self.params.get(member)?.as_str()
    }
}

/// The head of a message from the server.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    id: Option<Value>,
    method: Option<IgnoredAny>,
}

impl Head {
    /// Reads the heads of a message or a batch; none where it is not JSON that can be carried.
    pub(super) fn all(message: &[u8]) -> Option<Vec<Self>> {
        // What is skipped is not looked at, and a client that reads UTF-8 (RFC 8259 §8.1) would hang up.
        std::str::from_utf8(message).ok()?;
        if message.trim_ascii_start().first() == Some(&b'[') {
            serde_json::from_slice(message).ok()
        } else {
            serde_json::from_slice(message).ok().map(|head| vec![head])
        }
    }

    /// The request that it answers.
    pub(super) fn answers(&self) -> Option<&Value> {
        self.id.as_ref().filter(|_| self.method.is_none())
    }
}

/// JSON-RPC 2.0 §5.1 leaves -32000 to -32099 to implementations.
pub(super) fn error(id: &Value, reason: &str) -> Bytes {
    let error = json!({ "code": -32000, "message": format!("warded: {reason}") });
    json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string().into()
}

/// The same error under the id of the request that it is about.
pub(super) fn error_for(id: &Value, error: &Value) -> Bytes {
    json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string().into()
}

/// The same with words of ours behind the server's, for people; its code and its data are for programs, and stay.
pub(super) fn error_with(id: &Value, error: &Value, words: &str) -> Bytes {
    let mut error = error.clone();
    let said = error.get("message").and_then(Value::as_str).unwrap_or_default();
    let message = format!("{said} (warded: {words})");
    if let Some(members) = error.as_object_mut() {
        members.insert("message".to_owned(), message.into());
    }
    error_for(id, &error)
}

/// JSON-RPC 2.0 §5.1: no id is known.
pub(super) fn parse_error(reason: &str) -> Bytes {
    let error = json!({ "code": -32700, "message": format!("warded: {reason}") });
    json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &'static str) -> Call {
        Call::parse(Bytes::from_static(text.as_bytes())).unwrap()
    }

    #[test]
    fn requests_notifications_and_answers_are_told_apart() {
        assert_eq!(call(r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#).ids(), ["a"]);
        assert_eq!(call(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).ids(), [Value::Null; 0]);
        assert_eq!(call(r#"{"jsonrpc":"2.0","id":7,"result":{}}"#).ids(), [Value::Null; 0]);
        let batch =
            call(r#"[{"id":1,"method":"a"},{"method":"b"},{"id":2,"result":{}},{"id":3,"method":"c"}]"#);
        assert_eq!(batch.ids(), [1, 3]);
        for text in ["", "{", "[]", "null", "1", "\"x\""] {
            assert!(Call::parse(Bytes::from_static(text.as_bytes())).is_err(), "{text}");
        }
    }

    #[test]
    fn a_message_says_its_revision_and_what_it_acts_on() {
        let call = call(
            r#"{"id":1,"method":"tools/call","params":{"name":"add","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        );
        assert_eq!((call.revision(), call.name()), (Some("2026-07-28"), Some("add")));
    }

    #[test]
    fn an_error_without_an_id_is_about_the_one_request_and_all_else_is_carried_as_it_is() {
        let one = call(r#"{"id":"a","method":"ping"}"#);
        let named = |call: &Call, text: &'static str| call.named_answer(Bytes::from_static(text.as_bytes()));
        for text in [r#"{"id":null,"error":{"code":1}}"#, r#"{"error":{"code":1}}"#] {
            let answer: Value = serde_json::from_slice(&named(&one, text)).unwrap();
            assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": "a", "error": { "code": 1 } }));
            assert_eq!(named(&call(r#"[{"id":1,"method":"a"}]"#), text), text, "a batch");
            assert_eq!(named(&call(r#"{"method":"a"}"#), text), text, "a notification");
        }
        for text in [
            r#"{ "id": "b", "error": {} }"#,
            r#"{ "id": null, "result": {} }"#,
            r#"{ "id": null, "method": "x", "error": {} }"#,
            r#"{ "error": "none" }"#,
            "[]",
            "<html>",
        ] {
            assert_eq!(named(&one, text), text);
        }
    }

    #[test]
    fn heads_of_answers_name_their_request() {
        let heads = |text: &str| Head::all(text.as_bytes());
        assert_eq!(heads(r#"{"id":1,"result":{}}"#).unwrap()[0].answers(), Some(&json!(1)));
        assert_eq!(heads(r#"{"id":1,"method":"sampling/createMessage"}"#).unwrap()[0].answers(), None);
        assert_eq!(heads(r#" [{"id":1,"result":{}},{"method":"x"}]"#).unwrap().len(), 2);
        assert!(Head::all(b"{\"id\":1,\"result\":{\"text\":\"\xff\"}}").is_none());
        assert!(heads("<html>").is_none() && heads(r#"{"id":1,"id":2}"#).is_none());
    }
}
