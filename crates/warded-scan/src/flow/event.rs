//! What is met on the ways through a function.

use std::sync::Arc;

use super::{
    heap::{Heap, Is, Object},
    machine::Condition,
    value::{Mark, ObjectId, Presence, Shape, Slot, Value},
};
use crate::{library::Call, project::Place};

/// Something that was met.
#[derive(Clone, Debug)]
pub(crate) enum Event<'p> {
    /// Something of a library was called.
    Called {
        /// What is known of it.
        known: &'p Call,
        /// Its full path, or the method's name after what it is a method of.
        what: crate::ir::Text,
        /// What it is a method of.
        receiver: Option<Value>,
        /// With what.
        arguments: Arc<[Given]>,
        /// What is known of all objects then.
        heap: Arc<Heap>,
        /// What it gave back.
        result: Value,
        /// Where.
        at: Place,
        /// From which calls.
        trail: Arc<[Place]>,
        /// What was asked before, and how it was answered.
        under: Vec<Condition>,
    },
    /// An audience was compared, or what stands in its place.
    Compared {
        /// Of which claims; nothing where nobody knows where it comes from.
        claims: Option<ObjectId>,
        /// Of which token that was read somewhere else: see [`super::token`].
        token: Option<ObjectId>,
        /// How.
        how: Compare,
        /// With what.
        with: Value,
        /// Where.
        at: Place,
        /// What was asked before, and how it was answered.
        under: Vec<Condition>,
    },
    /// The authorization servers of a protected resource metadata document were read.
    MetadataUsed {
        /// Where.
        at: Place,
    },
    /// The `resource` of such a document was compared with something.
    MetadataCompared,
    /// A parameter of a query was read that is an access token, for more than to ask whether it is there.
    Asked {
        /// What it is called, or what that name is called.
        key: crate::ir::Text,
        /// Whether somebody else says what it is called: then it is not known that it is a token.
        by_name: bool,
        /// Where.
        at: Place,
        /// From which calls.
        trail: Arc<[Place]>,
    },
    /// A client of something else was made with a credential.
    Handed {
        /// What the client is called.
        to: crate::ir::Text,
        /// The credential.
        value: Value,
        /// Where.
        at: Place,
        /// From which calls.
        trail: Arc<[Place]>,
    },
    /// A text was put together that is, or ends like, an address with a token in its query.
    Built {
        /// What the parameter is called.
        key: crate::ir::Text,
        /// What it is.
        value: Value,
        /// What stands before it.
        before: crate::ir::Text,
        /// Where.
        at: Place,
        /// From which calls.
        trail: Arc<[Place]>,
    },
    /// Something was thrown.
    Thrown {
        /// With this known of all objects.
        heap: Arc<Heap>,
    },
    /// The function that is looked at came to an end.
    Ended {
        /// With this.
        value: Value,
        /// And this known of all objects.
        heap: Arc<Heap>,
    },
}

/// How an audience was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    /// For equality.
    Equal,
    /// As a member of a list, or a part of a text.
    Member,
    /// By its beginning, its end, a part of it or a pattern.
    Part,
    /// As a member of what may be a list, but may be a text that it is only a part of.
    Within,
    /// Not the audience, but who asked for the token.
    Client,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// Its name where it has one.
    pub(crate) name: Option<crate::ir::Text>,
    /// Its value.
    pub(crate) value: Value,
    /// Whether it stands for several: `*args`, `**kwargs`.
    pub(crate) spread: crate::ir::Takes,
    /// Where.
    pub(crate) at: Place,
}

/// Whether what a function gave back says that it refused: nothing, `Err(..)`, an error, or something beside one.
pub(crate) fn refuses(value: &Value, heap: &Heap) -> bool {
    if value.truth() == Some(false) || is_error(value, heap) || is_refusal(value) {
        return true;
    }
    let Some(object) = value.object().and_then(|id| heap.get(id)) else { return false };
    match (&object.is, object.items.as_slice()) {
        (Is::Foreign(path), _) => is_called_refusal(path),
        (Is::Map, []) => says_no(object),
        (Is::List, [first, .., last]) => {
            is_error(last, heap) || first.truth() == Some(false) && last.truth() != Some(false)
        }
        _ => false,
    }
}

/// What makes an answer that says no: `Err(..)`, `OAuth2TokenValidatorResult.failure(..)`, `AuthenticateResult.Fail(..)`.
pub(super) const REFUSALS: &[&str] =
    &["Err", "failure", "Failure", "fail", "Fail", "failed", "unauthorized", "Unauthorized"];

fn is_refusal(value: &Value) -> bool {
    matches!(&value.shape, Shape::Foreign(path) if is_called_refusal(path))
}

fn is_called_refusal(path: &str) -> bool {
    REFUSALS.contains(&path.rsplit('.').next().unwrap_or(path))
}

/// Whether a map says no: `{ valid: false, error }`, `{ error: 'audience' }`. One that hands on what a token says does not.
fn says_no(map: &Object) -> bool {
    let is_of_token = |slot: &Slot| slot.value.marks.iter().any(|mark| matches!(mark, Mark::Claims(_)));
    if map.slots.values().any(is_of_token) {
        return false;
    }
    let is =
        |slot: &Slot, holds: bool| slot.presence == Presence::Always && slot.value.truth() == Some(holds);
    let is_answer = |key: &str| {
        matches!(
            key,
            "valid" | "isValid" | "is_valid" | "ok" | "success" | "authenticated" | "isAuthenticated"
        )
    };
    let says_yes = map.slots.iter().any(|(key, slot)| is_answer(key) && !is(slot, false));
    !says_yes
        && map.slots.iter().any(|(key, slot)| match &**key {
            key if is_answer(key) => is(slot, false),
            "error" | "err" => is(slot, true) || matches!(slot.value.shape, Shape::Template(_)),
            _ => false,
        })
}

/// What is given back, or the last of several.
fn last_of<'v>(value: &'v Value, heap: &'v Heap) -> &'v Value {
    let several = value.object().and_then(|id| heap.get(id)).filter(|object| object.is == Is::List);
    several.and_then(|several| several.items.last()).unwrap_or(value)
}

/// Whether an error is given back, alone or beside something, or none, where that is known.
pub(crate) fn gives_error(value: &Value, heap: &Heap) -> Option<bool> {
    let last = last_of(value, heap);
    if is_error(last, heap) { Some(true) } else { (last.shape == Shape::Null).then_some(false) }
}

/// Whether it gives an error back that may be none: whoever called finds out.
pub(crate) fn may_refuse(value: &Value, heap: &Heap) -> bool {
    let last = last_of(value, heap);
    last.may_be_nothing() && last.each().any(|one| is_error(one, heap))
}

/// Whether it is an error, whatever it can be: `errors.New(..)`, `fmt.Errorf(..)`, `ErrAudience`.
fn is_error(value: &Value, heap: &Heap) -> bool {
    value.each().all(|one| match &one.shape {
        Shape::Object(id) => match heap.get(*id).map(|object| &object.is) {
            Some(Is::Foreign(path)) => is_called_error(path),
            _ => false,
        },
        Shape::Foreign(path) | Shape::Unknown(Some(path)) => is_called_error(path),
        _ => false,
    })
}

/// Whether that is what an error is called, or what makes one. `err` may be none, and `getErrors` gives something else.
fn is_called_error(path: &str) -> bool {
    let (package, name) = path.rsplit_once('.').unwrap_or(("", path));
    let of = package.rsplit(['.', '/']).next().unwrap_or_default();
    let rest = name.strip_prefix("Err").or_else(|| name.strip_prefix("err")).unwrap_or_default();
    let rest = rest.strip_prefix("or").unwrap_or(rest);
    let is_one =
        rest.starts_with(|letter: char| letter.is_uppercase() || letter.is_ascii_digit() || letter == '_');
    let is_kind = name.starts_with(char::is_uppercase);
    is_one || name == "Errorf" || is_kind && (name.ends_with("Error") || ["errors", "xerrors"].contains(&of))
}
