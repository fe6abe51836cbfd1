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
use crate::ir::{Expression, Kind, Span, Text};

/// What such a token is made of.
const TOKEN: &str = "<token>";

impl Machine<'_> {
    /// A part of something that may be a token, by what it is called: the audience of one is an audience.
    pub(super) fn of_token(&mut self, of: &Expression, whole: &Value, part: &str, value: Value) -> Value {
        if matches!(part, "azp" | "client_id" | "clientId" | "appid" | "cid")
            && let Some(token) = self.known_token(of)
        {
            return value.marked(Mark::AskedBy(token));
        }
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
        match self.token_called(name, &of.span) {
            Some(id) => value.marked(Mark::Audience(id)),
            None => value,
        }
    }

    /// What something is a part of that is typed as a token, whatever it is called.
    pub(super) fn typed_token(&mut self, call: &Expression) -> Option<ObjectId> {
        let Kind::Call { callee, .. } = &call.kind else { return None };
        let Kind::Member(token, _) = &callee.kind else { return None };
        self.token_called(&called(token)?.clone(), &token.span)
    }

    /// A token whose audience was read before in the function that we are in.
    fn known_token(&self, of: &Expression) -> Option<ObjectId> {
        let key = (self.calls.last()?.scope, called(of)?.clone());
        self.tokens.get(&key).copied()
    }

    /// The token of that name, in the function that we are in.
    fn token_called(&mut self, name: &Text, span: &Span) -> Option<ObjectId> {
        let (at, scope) = (self.place(span), self.calls.last()?.scope);
        let heap = self.heap.as_mut()?;
        let key = (scope, name.clone());
        let known = self.tokens.get(&key).copied().filter(|id| heap.get(*id).is_some());
        let id = known.unwrap_or_else(|| heap.put(Object::new(Is::Foreign(TOKEN.into()), at)));
        self.tokens.insert(key, id);
        Some(id)
    }

    /// Something that may be a token, where it is asked whether it has an audience: `"aud" in claims`.
    pub(super) fn as_token(&mut self, of: &Expression, whole: Value) -> Value {
        let asked = self.of_token(of, &whole, "aud", whole.clone());
        if whole.marks.iter().any(|mark| matches!(mark, Mark::Claims(_))) { whole } else { asked }
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

    /// Such a token of which a method says whether its audience fits: `token.allows_audience(url)`.
    pub(super) fn asked_for_audience(
        &mut self,
        call: &Expression,
        of: &Value,
        method: &str,
    ) -> Option<Value> {
        let Kind::Call { callee, .. } = &call.kind else { return None };
        let Kind::Member(token, _) = &callee.kind else { return None };
        let method = method.to_ascii_lowercase();
        let says_so = method.contains("audience") || method.contains("resource");
        let value = says_so.then(|| self.of_token(token, of, "aud", of.clone()))?;
        let is_known = value.marks.iter().any(|mark| mark.audience().is_some());
        is_known.then_some(value)
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
