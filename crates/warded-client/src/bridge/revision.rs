//! What if the client and the server have no revision in common? The bridge translates none into another, so it says which
//! of the two speaks what, in words that a person finds in the client's log.

use http::StatusCode;
use serde_json::Value;

use super::{Bridge, message::Call};
use crate::login::Notice;

/// MCP 2026-07-28, Versioning: `UnsupportedProtocolVersionError`.
const UNSUPPORTED: i64 = -32022;
/// JSON-RPC 2.0 §5.1
const METHOD_NOT_FOUND: i64 = -32601;
/// Most revisions that are repeated.
const MOST: usize = 8;

/// What a server has said of revisions.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// It speaks these, and not the one that it was asked in.
    Others(Vec<String>),
    /// It has no handshake, which all revisions had until 2025-11-25.
    NoHandshake,
    /// It takes no message at this URL.
    NoTransport,
}

impl Bridge {
    /// Why a client's first word came to nothing, if it is about revisions. A 401 never is, and does not get here.
    pub(super) fn disagreement(&self, call: &Call, status: StatusCode, answer: &Value) -> Option<String> {
        let word = word(call, status, answer)?;
        let asked = call.asked_revision();
        let client = asked.clone().unwrap_or_else(|| "an unnamed revision".to_owned());
        let (words, server) = match word {
            Word::Others(server) if server.is_empty() => {
                (format!("the server does not speak {client}, in which this client asks"), server)
            }
            Word::Others(server) => {
                let list = server.join(", ");
                (format!("the server speaks {list}, and this client asks in {client}"), server)
            }
            Word::NoHandshake => {
                let words = format!(
                    "the server speaks revisions from 2026-07-28 on, and this client asks in {client}"
                );
                (words, Vec::new())
            }
            Word::NoTransport => {
                let words = "at this URL it speaks no Streamable HTTP, which MCP has had since 2025-03-26";
                return Some(words.to_owned());
            }
        };
        self.session.tell(Notice::OtherRevision { client: asked, server });
        // A client that asks what there is goes on by what it hears: that is not ours to add to.
        call.is_handshake().then_some(words)
    }
}

fn word(call: &Call, status: StatusCode, answer: &Value) -> Option<Word> {
    let error = answer.get("error").filter(|error| error.is_object());
    match error.and_then(|error| error.get("code")?.as_i64()) {
        Some(UNSUPPORTED) => {
            let supported = error.and_then(|error| error.get("data")?.get("supported")?.as_array());
            let supported = supported.into_iter().flatten().filter_map(Value::as_str);
            // Revisions are dates; whatever else stands there is for nobody to read.
            let is_date = |text: &&str| {
                text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
            };
            Some(Word::Others(supported.filter(is_date).take(MOST).map(str::to_owned).collect()))
        }
        Some(METHOD_NOT_FOUND) if call.is_handshake() => Some(Word::NoHandshake),
        None if call.is_first_word()
            && matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) =>
        {
            Some(Word::NoTransport)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn call(method: &str) -> Call {
        let text = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": { "protocolVersion": "2025-11-25" } });
        Call::parse(Bytes::from(text.to_string())).unwrap()
    }

    #[test]
    fn a_server_says_which_revisions_it_speaks() {
        let error =
            |code: i64, data: Value| json!({ "error": { "code": code, "message": "m", "data": data } });
        let said = |method: &str, status: u16, answer: &Value| {
            word(&call(method), StatusCode::from_u16(status).unwrap(), answer)
        };
        let supported = json!({ "supported": ["2026-07-28", "\u{1b}[2J", 7, "2025-11-25"] });
        let both = vec!["2026-07-28".to_owned(), "2025-11-25".to_owned()];
        assert_eq!(said("initialize", 400, &error(UNSUPPORTED, supported)), Some(Word::Others(both)));
        assert_eq!(said("initialize", 400, &error(UNSUPPORTED, Value::Null)), Some(Word::Others(vec![])));
        assert_eq!(said("initialize", 200, &error(METHOD_NOT_FOUND, Value::Null)), Some(Word::NoHandshake));
        // An older server, which the client asks again in another way.
        assert_eq!(said("server/discover", 200, &error(METHOD_NOT_FOUND, Value::Null)), None);
        assert_eq!(said("initialize", 405, &Value::Null), Some(Word::NoTransport));
        assert_eq!(said("tools/list", 404, &Value::Null), None);
        for status in [400, 401, 403, 500, 503] {
            assert_eq!(said("initialize", status, &Value::Null), None, "{status}");
        }
    }
}
