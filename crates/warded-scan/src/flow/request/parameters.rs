//! The parameters of a request, whatever carries them.

use super::{
    super::{
        heap::{Is, Object},
        value::{Mark, Presence, Shape, Value},
    },
    Asks, By, Grant, Request,
};
use crate::project::Place;

/// The parameters of a request: a map, a list of pairs, a text.
#[derive(Default)]
pub(in crate::flow) struct Parameters {
    /// As a map.
    pub(in crate::flow) object: Option<Object>,
    /// As far as they are written out in a text.
    pub(super) text: String,
}

impl Parameters {
    pub(super) fn unknown(value: &Value) -> Self {
        let mut object = Object::new(Is::Map, Place { file: crate::project::FileId(0), start: 0, end: 0 });
        object.open = Some(value.marks.clone());
        Self { object: Some(object), text: String::new() }
    }

    /// No parameters at all.
    pub(super) fn none() -> Self {
        let known = Self::unknown(&Value::unknown());
        Self { object: known.object.map(|object| Object { open: None, ..object }), ..known }
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        match (&mut self.object, other.object) {
            (Some(mine), Some(others)) => mine.join(&others),
            (mine @ None, others) => *mine = others,
            (_, None) => {}
        }
        self.text.push_str(&other.text);
        self
    }

    /// Both at once.
    pub(super) fn and(mut self, other: Self) -> Self {
        match (&mut self.object, other.object) {
            (Some(mine), Some(others)) => {
                mine.slots.extend(others.slots);
                if let Some(marks) = others.open {
                    mine.open.get_or_insert_default().join(&marks);
                }
            }
            (mine @ None, others) => *mine = others,
            (_, None) => {}
        }
        self.text.push_str(&other.text);
        self
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.object.as_ref().is_some_and(|object| object.slots.contains_key(key)) || self.says(key)
    }

    /// Whether the text has that parameter.
    fn says(&self, key: &str) -> bool {
        self.text.contains(&format!("{key}="))
    }

    /// Which grant is asked for, where this asks for a token.
    pub(super) fn grant(&self) -> Option<Grant> {
        if let Some(slot) = self.object.as_ref().and_then(|object| object.slots.get("grant_type")) {
            return Some(slot.value.text().map_or_else(|| self.likely_grant(), |text| Grant::of(text)));
        }
        let (_, rest) = self.text.split_once("grant_type=")?;
        Some(Grant::of(rest.split(['&', '\u{0}']).next().unwrap_or_default()))
    }

    /// The grant goes by a name that nobody here knows: what comes with it tells.
    fn likely_grant(&self) -> Grant {
        // What is nothing is not sent.
        let comes = |key: &str| self.presence(key) != Presence::Never && self.has(key);
        match () {
            () if comes("code") => Grant::Code,
            () if comes("refresh_token") => Grant::Refresh,
            () if comes("assertion") => Grant::Assertion,
            () if comes("subject_token") => Grant::Exchange,
            () => Grant::Other,
        }
    }

    /// The same, where the grant is left out because there is only one.
    pub(super) fn unnamed_grant(&self) -> Option<Grant> {
        let is_redeemed = self.has("code") && self.has("client_id") && self.has("client_secret");
        is_redeemed.then_some(Grant::Code)
    }

    /// Whether these are the parameters of an authorization request. Where an issuer has one kind of answer, it is left out.
    pub(super) fn asks_authorization(&self) -> bool {
        let asks = ["client_id", "redirect_uri", "scope", "state"].iter().all(|key| self.has(key));
        let brings = ["code", "client_secret", "refresh_token", "grant_type"].iter().any(|key| self.has(key));
        self.has("response_type") || (asks && !brings)
    }

    fn presence(&self, key: &str) -> Presence {
        let Some(object) = self.object.as_ref().filter(|_| !self.says(key)) else {
            return if self.says(key) { Presence::Always } else { Presence::Never };
        };
        let presence = object.presence(key);
        // What is nothing is not sent.
        match object.slots.get(key) {
            Some(slot) if slot.value.truth() == Some(false) => Presence::Never,
            Some(slot) if slot.value.each().any(|one| one.truth() == Some(false)) => {
                presence.min(Presence::Maybe)
            }
            // Whoever calls may leave it out, and then it is nothing.
            Some(slot)
                if slot.value.marks.has(Mark::Optional)
                    && matches!(slot.value.shape, Shape::Unknown(Some(_))) =>
            {
                presence.min(Presence::Maybe)
            }
            _ => presence,
        }
    }

    /// These, as a request.
    pub(super) fn request(self, asks: Asks, by: By) -> Request {
        let mut resource = self.presence("resource");
        // RFC 8693 §2.1: an exchange may name where its token goes by `audience` as well.
        if asks == Asks::Token(Grant::Exchange) {
            resource = resource.max(self.presence("audience"));
        }
        let slot = self.object.as_ref().and_then(|object| object.slots.get("resource"));
        let grant = self.object.as_ref().and_then(|object| object.slots.get("grant_type"));
        let is_guessed = grant.is_some_and(|slot| matches!(slot.value.shape, Shape::Unknown(_)));
        Request {
            asks,
            by,
            resource,
            value: slot.map(|slot| (slot.value.clone(), slot.at.clone())),
            open: self.object.as_ref().and_then(|object| object.open.clone()),
            born: self.object.map(|object| object.born).filter(|born| born.end > 0),
            url: None,
            is_fixed: false,
            is_guessed,
        }
    }
}
