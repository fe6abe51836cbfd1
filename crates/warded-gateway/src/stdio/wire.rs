//! What must whoever carries a message know of it? Nothing of it is rewritten here, and little is read.

use warded_guard::{Id, Kind};

use super::part::Part;

/// The subscription that a message belongs to (2026-07-28, Subscriptions).
const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
/// What every request must have in its `_meta` (2026-07-28).
const META: [&str; 2] =
    ["io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"];
/// How much a request wants to hear of the log (2026-07-28, Logging).
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// What one message says to its carrier.
#[derive(Debug)]
pub(super) struct Head<'m> {
    pub(super) whole: Part<'m>,
    pub(super) kind: Kind,
    /// The `id`, where there is one that is not null.
    pub(super) id: Option<Part<'m>>,
    method: Option<String>,
    params: Option<Part<'m>>,
    result: Option<Part<'m>>,
    error: Option<Part<'m>>,
}

/// Several messages, or one.
#[derive(Debug)]
pub(super) struct Messages<'m> {
    pub(super) is_batch: bool,
    pub(super) all: Vec<Head<'m>>,
}

/// Most messages in one list.
const MAX_BATCH: usize = 1024;

/// Reads what stands in a text; nothing where it is no JSON-RPC, or too much of it at once.
pub(super) fn read(text: &str) -> Option<Messages<'_>> {
    let whole = Part::whole(text)?;
    let elements = whole.elements(MAX_BATCH);
    let is_batch = elements.is_some();
    let all =
        elements.unwrap_or_else(|| vec![whole]).into_iter().map(Head::of).collect::<Option<Vec<_>>>()?;
    (1..=MAX_BATCH).contains(&all.len()).then_some(Messages { is_batch, all })
}

impl<'m> Head<'m> {
    fn of(whole: Part<'m>) -> Option<Self> {
        let [mut version, mut id, mut method, mut params, mut result, mut error] = [None; 6];
        for (name, part) in whole.members() {
            let field = match name.as_str() {
                "jsonrpc" => &mut version,
                "id" => &mut id,
                "method" => &mut method,
                "params" => &mut params,
                "result" => &mut result,
                "error" => &mut error,
                _ => continue,
            };
            // Two readers would take it for two messages.
            if field.replace(part).is_some() {
                return None;
            }
        }
        let id = id.filter(|id| !id.is_null());
        let kind = match (method, id, result, error) {
            (Some(_), Some(_), None, None) => Kind::Request,
            (Some(_), None, None, None) => Kind::Notification,
            (None, Some(_), Some(_), None) | (None, _, None, Some(_)) => Kind::Response,
            _ => return None,
        };
        let method = match method {
            Some(method) => Some(method.string()?),
            None => None,
        };
        let is_ours = version?.string()? == "2.0";
        is_ours.then_some(Self { whole, kind, id, method, params, result, error })
    }

    pub(super) fn is(&self, method: &str) -> bool {
        self.method.as_deref() == Some(method)
    }

    fn meta(&self) -> Option<Part<'m>> {
        self.params.or(self.result)?.member("_meta")
    }

    /// The request that it calls off.
    pub(super) fn cancels(&self) -> Option<Part<'m>> {
        self.params.filter(|_| self.is("notifications/cancelled"))?.member("requestId")
    }

    /// The token under which progress is to be told, in a request.
    pub(super) fn wants_progress(&self) -> Option<Id> {
        self.meta()?.member("progressToken")?.id()
    }

    /// The token under which progress is told, in a notification.
    pub(super) fn tells_progress(&self) -> Option<Id> {
        self.params.filter(|_| self.is("notifications/progress"))?.member("progressToken")?.id()
    }

    /// Whether a request says for itself what once was agreed at the beginning (2026-07-28, Request Metadata).
    pub(super) fn is_self_contained(&self) -> bool {
        self.meta().is_some_and(|meta| META.iter().all(|name| meta.member(name).is_some()))
    }

    /// The answer's own.
    pub(super) fn result(&self) -> Option<Part<'m>> {
        self.result
    }

    /// Whether a request asks for what is logged about it.
    pub(super) fn wants_logs(&self) -> bool {
        self.meta().is_some_and(|meta| meta.member(LOG_LEVEL).is_some())
    }

    /// The subscription that it belongs to: of a notification or of the final result.
    pub(super) fn subscription(&self) -> Option<Part<'m>> {
        self.meta()?.member(SUBSCRIPTION)
    }

    /// The code of the error, where it is one; 0 where the error has none.
    pub(super) fn error_code(&self) -> Option<i64> {
        let code = self.error?.member("code");
        Some(code.and_then(|code| code.text().parse().ok()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Head<'_> {
        read(text).unwrap().all.remove(0)
    }

    #[test]
    fn messages_are_told_apart() {
        assert_eq!(one(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).kind, Kind::Request);
        assert_eq!(one(r#"{"jsonrpc":"2.0","method":"notifications/x"}"#).kind, Kind::Notification);
        assert_eq!(one(r#"{"jsonrpc":"2.0","id":1,"result":null}"#).kind, Kind::Response);
        assert_eq!(one(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}"#).error_code(), Some(-32700));
        let batch = read(r#" [{"jsonrpc":"2.0","id":1,"result":{}}, {"jsonrpc":"2.0","method":"x"}] "#);
        let batch = batch.unwrap();
        assert!(batch.is_batch && batch.all.len() == 2);
        assert_eq!(batch.all[1].whole.text(), r#"{"jsonrpc":"2.0","method":"x"}"#);
    }

    #[test]
    fn what_is_no_message_is_none() {
        for text in [
            "",
            "starting up",
            "[]",
            "null",
            "7",
            "{}",
            r#"{"jsonrpc":"1.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":null,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"\u0069d":2,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}} trailing"#,
            r#"[{"jsonrpc":"2.0","id":1,"result":{}},7]"#,
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_request_that_says_nothing_of_itself_is_told_apart() {
        let of = |meta: &str| {
            let text =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{{{meta}}}}}"#);
            one(&text).is_self_contained()
        };
        let (version, can) = (
            r#""io.modelcontextprotocol/protocolVersion":"v""#,
            r#""io.modelcontextprotocol/clientCapabilities":{}"#,
        );
        assert!(of(&format!(r#""_meta":{{{version},{can}}}"#)));
        assert!(!of(&format!(r#""_meta":{{{version}}}"#)));
        assert!(!of(&format!(r#""_meta":{{{can}}}"#)));
        assert!(!of(""));
    }

    #[test]
    fn what_a_message_belongs_to_is_found() {
        let call = one(
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"progressToken":"t","io.modelcontextprotocol/logLevel":"info"}}}"#,
        );
        assert_eq!((call.wants_progress(), call.wants_logs()), (Some(Id::Text("t".into())), true));
        let progress =
            one(r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7}}"#);
        assert_eq!(progress.tells_progress(), Some(Id::Number(7)));
        let cancel = one(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#);
        assert_eq!(cancel.cancels().unwrap().text(), "7");
        for text in [
            r#"{"jsonrpc":"2.0","method":"x","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"3"}}}"#,
            r#"{"jsonrpc":"2.0","id":3,"result":{"_meta":{"io.modelcontextprotocol/subscriptionId":"3"}}}"#,
        ] {
            assert_eq!(one(text).subscription().unwrap().text(), "\"3\"");
        }
        assert_eq!(one(r#"{"jsonrpc":"2.0","method":"x","params":[1]}"#).subscription(), None);
    }
}
