//! How many messages are there, and of which members? Goes through a body once. (JSON-RPC 2.0 §4, §6)

use warded_core::Refusal;

use super::{
    message::{Draft, Message},
    strict::{Outcome, Reader, Unread, malformed},
};

/// Members of a message.
pub(super) const MESSAGE: &[&str] = &["jsonrpc", "id", "method", "params", "result", "error"];

/// Everything in one body.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) messages: Vec<Message>,
    pub(super) is_batch: bool,
}

/// Reads a body as every strict reader would; what lenient readers would see differently is refused.
pub(super) fn read(body: &[u8]) -> Result<Envelope, Refusal> {
    let body = std::str::from_utf8(body).map_err(|_| Refusal::CallMalformed { why: "it is not UTF-8" })?;
    of(Reader::of(body)).map_err(Unread::refusal)
}

fn of(mut reader: Reader<'_>) -> Outcome<Envelope> {
    let envelope = match reader.take()? {
        b'{' => Envelope { messages: vec![message(&mut reader)?], is_batch: false },
        b'[' => Envelope { messages: batch(&mut reader)?, is_batch: true },
        first => {
            reader.pass(first)?;
            return Err(malformed("it is no message"));
        }
    };
    reader.end()?;
    Ok(envelope)
}

fn batch(reader: &mut Reader<'_>) -> Outcome<Vec<Message>> {
    let mut messages = Vec::new();
    reader.list(|reader, first| {
        if first != b'{' {
            reader.pass(first)?;
            return Err(malformed("the batch has something else in it"));
        }
        messages.push(message(reader)?);
        Ok(())
    })?;
    // JSON-RPC 2.0 §6.
    if messages.is_empty() { Err(malformed("the batch is empty")) } else { Ok(messages) }
}

/// The message whose brace was read.
fn message(reader: &mut Reader<'_>) -> Outcome<Message> {
    let mut draft = Draft::default();
    reader.object(|reader, name| {
        let field = match name {
            b"jsonrpc" => &mut draft.jsonrpc,
            b"id" => &mut draft.id,
            b"method" => &mut draft.method,
            b"params" => return draft.params.read(reader),
            b"result" => &mut draft.result,
            b"error" => &mut draft.error,
            _ => return reader.other(name, MESSAGE),
        };
        *field = reader.member()?;
        Ok(())
    })?;
    draft.message().map_err(malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Pieces of which messages are made, and things that look like them.
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"jsonrpc\":\"2.0\"",
        "\"id\":1",
        "\"id\"",
        "\"method\":\"tools/call\"",
        "\"method\":\"ping\"",
        "\"m\\u0065thod\":",
        "\"Method\":",
        "\"params\":{\"name\":\"a\"}",
        "\"params\":",
        "\"name\":",
        "\"n\\u0061me\":",
        "\"a\"",
        "\"b\"",
        "\"result\":",
        "\"error\":",
        "\"_meta\":{}",
        "\"arguments\":",
        "1",
        "-0.5",
        "1e9",
        "null",
        "true",
        " ",
        "\n",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\u{feff}",
    ];

    fn assembled() -> impl Strategy<Value = String> {
        let loose =
            prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat());
        let member = || {
            let name = prop::sample::select(vec![
                "jsonrpc",
                "id",
                "method",
                "params",
                "name",
                "Name",
                "x",
                "n\\u0061me",
            ]);
            let value = prop::sample::select(vec![
                "\"2.0\"",
                "1",
                "\"tools/call\"",
                "{\"name\":\"a\"}",
                "\"b\"",
                "{}",
                "[]",
            ]);
            (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}"))
        };
        let shaped = prop::collection::vec(member(), 0..5).prop_map(|members| {
            format!("{{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{{{}}}}}", members.join(","))
        });
        prop_oneof![loose, shaped]
    }

    /// What a lenient reader with the other choice sees: the first of two members, and any case.
    fn lenient<'v>(object: &'v [(String, Value)], name: &str) -> Option<&'v Value> {
        object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn members(value: &Value) -> Vec<(String, Value)> {
        value.as_object().map(|object| object.clone().into_iter().collect()).unwrap_or_default()
    }

    proptest! {
        #[test]
        fn what_is_accepted_reads_the_same_to_everybody(text in assembled()) {
            let Ok(envelope) = read(text.as_bytes()) else { return Ok(()) };
            // The last of two members counts here.
            let value: Value = serde_json::from_str(&text).unwrap();
            let values = if envelope.is_batch { value.as_array().unwrap().clone() } else { vec![value] };
            prop_assert_eq!(values.len(), envelope.messages.len());
            for (message, value) in envelope.messages.iter().zip(&values) {
                let own = members(value);
                prop_assert_eq!(message.method(), lenient(&own, "method").and_then(Value::as_str));
                if message.method() == Some("tools/call") {
                    let params = members(lenient(&own, "params").unwrap());
                    prop_assert_eq!(message.name(), lenient(&params, "name").and_then(Value::as_str));
                }
            }
        }

        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = read(&bytes);
        }
    }
}
