//! Which call was approved? The very one: what it does, by whom, where, and by which rule it was held.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::value::RawValue;

use super::reached::{Reached, What};

/// Who makes it, and where.
pub(super) struct By<'a> {
    pub(super) server: &'a str,
    pub(super) issuer: &'a str,
    pub(super) subject: Option<&'a str>,
    pub(super) client: Option<&'a str>,
}

/// What is said about a request, and not of the call, such as a token of progress.
const ABOUT: &[&str] = &["_meta"];

/// What differs between the rounds of one call besides (2026-07-28, Multi Round-Trip Requests).
const ROUND: &[&str] = &["_meta", "inputResponses", "requestState"];

/// A hash of all that makes a call the one that it is. None where the arguments cannot be told apart from others.
pub(super) fn of(one: &Reached<'_>, rule: &[u8; 32], by: &By<'_>) -> Option<[u8; 32]> {
    // All of them: what a server asks for in the middle of a call (`inputResponses`) is as much of it as its arguments are.
    hashed(one, ABOUT, rule, by)
}

/// The same for all rounds of a call, whatever holds it.
pub(super) fn of_rounds(one: &Reached<'_>, by: &By<'_>) -> Option<[u8; 32]> {
    hashed(one, ROUND, &[], by)
}

fn hashed(one: &Reached<'_>, without: &[&str], rule: &[u8], by: &By<'_>) -> Option<[u8; 32]> {
    let mut params = String::new();
    outline(one.params.unwrap_or("{}"), without, &mut params)?;
    let kind = match one.what {
        What::Tool(_) => "tool",
        What::Prompt(_) => "prompt",
        What::Resource(_) => "resource",
    };
    let mut hash = Context::new(&SHA256);
    let parts = [Some(kind), Some(one.method), Some(one.what.name()), Some(&*params)];
    for part in parts.into_iter().chain([Some(by.server), Some(by.issuer), by.subject, by.client]) {
        // With its length before it: or what ends one part could begin the next. Who has no name is not who has an empty one.
        hash.update(&[u8::from(part.is_some())]);
        let bytes = part.unwrap_or_default().as_bytes();
        hash.update(&u64::try_from(bytes.len()).ok()?.to_be_bytes());
        hash.update(bytes);
    }
    hash.update(rule);
    let mut fingerprint = [0; 32];
    fingerprint.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Some(fingerprint)
}

/// Parameters without some of them.
fn outline(params: &str, without: &[&str], text: &mut String) -> Option<()> {
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(params).ok()?;
    members.retain(|name, _| !without.contains(&&**name));
    object(members, text)
}

fn object(members: BTreeMap<String, &RawValue>, text: &mut String) -> Option<()> {
    text.push('{');
    for (at, (name, value)) in members.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(&name).ok()?);
        text.push(':');
        canonical(value.get(), text)?;
    }
    text.push('}');
    Some(())
}

/// The same text for the same value, in the manner of RFC 8785: without blanks, members in order, texts in one spelling. Numbers
/// stay as they were written: there are servers to which `1.0` is not `1`, and 2^53 + 1 is not 2^53.
fn canonical(json: &str, text: &mut String) -> Option<()> {
    match json.trim_start().bytes().next()? {
        b'{' => {
            object(serde_json::from_str(json).ok()?, text)?;
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            text.push('[');
            for (at, item) in items.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                canonical(item.get(), text)?;
            }
            text.push(']');
        }
        b'"' => {
            let value: String = serde_json::from_str(json).ok()?;
            text.push_str(&serde_json::to_string(&value).ok()?);
        }
        _ => text.push_str(json.trim()),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> String {
        let mut text = String::new();
        canonical(json, &mut text).unwrap();
        text
    }

    #[test]
    fn one_value_has_one_text_and_two_have_two() {
        for same in [
            r#"{"a":1,"b":[true,null,"é/x"]}"#,
            r#" { "b" : [ true , null , "\u00e9\/x" ] , "\u0061" : 1 } "#,
        ] {
            assert_eq!(written(same), r#"{"a":1,"b":[true,null,"é/x"]}"#);
        }
        let texts = [
            "1",
            "1.0",
            "9007199254740993",
            "9007199254740992",
            "\"1\"",
            "[1]",
            "{}",
            "[]",
            "null",
            "{\"a\":null}",
        ];
        for (at, one) in texts.iter().enumerate() {
            assert!(texts.iter().skip(at + 1).all(|other| written(one) != written(other)), "{one}");
        }
    }

    #[test]
    fn whoever_makes_another_call_has_no_approval_for_it() {
        let reached = |name, arguments| super::super::reached::tests::tool(name, arguments);
        let by = || By { server: "notes", issuer: "https://a", subject: Some("ada"), client: Some("editor") };
        let rule = [1; 32];
        let usual = of(&reached("wipe", Some("{\"a\":1}")), &rule, &by());
        assert!(usual.is_some());
        assert_eq!(of(&reached("wipe", Some("{ \"a\" : 1 }")), &rule, &by()), usual);
        let meta = Some("{\"_meta\":{\"progressToken\":7},\"a\":1}");
        assert_eq!(of(&reached("wipe", meta), &rule, &by()), usual);
        for other in [
            of(&reached("wipe", Some("{\"a\":1,\"inputResponses\":{\"sure\":true}}")), &rule, &by()),
            of(&reached("wipes", Some("{\"a\":1}")), &rule, &by()),
            of(&reached("wipe", Some("{\"a\":2}")), &rule, &by()),
            of(&reached("wipe", None), &rule, &by()),
            of(&reached("wipe", Some("{\"a\":1}")), &[2; 32], &by()),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { server: "files", ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { issuer: "https://b", ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { subject: Some("bob"), ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { subject: None, ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { client: None, ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { client: Some(""), ..by() }),
        ] {
            assert_ne!(other, usual);
        }
    }
}
