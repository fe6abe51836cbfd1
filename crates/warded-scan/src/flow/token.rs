//! Tokens that were read somewhere else: what a verifier that nobody knows gave back, claims that a function is given.
//!
//! Nobody saw how such a token was verified. But whoever compares its audience may do it wrong all the same. So something
//! that is called like a token has claims of its own as soon as its audience is read.

use super::{
    evaluate::audience,
    heap::{Is, Object},
    machine::Machine,
    split::is_audience,
    value::{Mark, ObjectId, Shape, Value},
};
use crate::ir::{Expression, Kind, Text};

/// What such a token is made of.
const TOKEN: &str = "<token>";

impl Machine<'_> {
    /// A part of something that may be a token, by what it is called: the audience of one is an audience.
    pub(super) fn of_token(&mut self, of: &Expression, whole: &Value, part: &str, value: Value) -> Value {
        let is_known = |value: &Value| {
            value.marks.iter().any(|mark| matches!(mark, Mark::Claims(_) | Mark::Audience(_)))
        };
        let Some(name) = called(of) else { return value };
        let is_meant = match part {
            "aud" => is_token(name) || is_answer(name),
            "resource" => is_info(name),
            _ => is_audience(part) && is_token(name),
        };
        if !is_meant || is_known(whole) || is_known(&value) {
            return value;
        }
        let at = self.place(&of.span);
        let Some(scope) = self.calls.last().map(|called| called.scope) else { return value };
        let Some(heap) = &mut self.heap else { return value };
        let key = (scope, name.clone());
        let known = self.tokens.get(&key).copied().filter(|id| heap.get(*id).is_some());
        let id = known.unwrap_or_else(|| heap.put(Object::new(Is::Foreign(TOKEN.into()), at)));
        self.tokens.insert(key, id);
        value.marked(Mark::Audience(id))
    }

    /// The audience that a method gave.
    pub(super) fn audience_by_method(&mut self, call: &Expression, of: &Value, value: Value) -> Value {
        let value = audience(of, value);
        match &call.kind {
            Kind::Call { callee, .. } => match &callee.kind {
                Kind::Member(token, _) => self.of_token(token, of, "aud", value),
                _ => value,
            },
            _ => value,
        }
    }

    /// Whether these are the claims of such a token.
    pub(super) fn is_token(&self, id: ObjectId) -> bool {
        let object = self.heap.as_ref().and_then(|heap| heap.get(id));
        object.is_some_and(|object| matches!(&object.is, Is::Foreign(path) if &**path == TOKEN))
    }
}

/// Whether a key is that of the audience: `"aud"`, `Claims.AUDIENCE`.
pub(super) fn is_audience_key(key: &Value) -> bool {
    match &key.shape {
        Shape::Text(text) => &**text == "aud",
        Shape::Foreign(path) | Shape::Unknown(Some(path)) => {
            let name = path.rsplit('.').next().unwrap_or(path);
            matches!(name, "AUD" | "AUDIENCE" | "Aud")
        }
        _ => false,
    }
}

/// What something is called.
fn called(of: &Expression) -> Option<&Text> {
    match &of.kind {
        Kind::Name(name) | Kind::Member(_, name) => Some(name),
        Kind::Call { callee: of, .. } | Kind::Tried(of) => called(of),
        _ => None,
    }
}

/// Whether something is called like a token that a caller comes with, or what is in one.
fn is_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "");
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    has(&["token", "jwt", "claims", "payload", "decoded", "introspect", "authinfo"])
        && !has(&["config", "options", "settings", "param", "verifier", "request", "idtoken", "refresh"])
        // With what claims are compared.
        && !has(&["expected", "required", "tovalidate", "toverify"])
}

/// Whether something is called like what an issuer answers.
fn is_answer(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["response", "data", "body", "result", "content", "info", "json", "answer"]
        .iter()
        .any(|word| name.ends_with(word))
}

/// Whether something is called like what a verifier tells of a token.
fn is_info(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "");
    matches!(name.as_str(), "authinfo" | "accesstoken" | "tokeninfo")
}
