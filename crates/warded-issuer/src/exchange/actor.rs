//! Who acts for whom? (RFC 8693 §4.1, §4.4)
//!
//! Who acts is the client that authenticated, and nobody else: an `actor_token` is not taken, so no chain can be made up.

use serde_json::{Map, Value, json};
use warded_core::{Actor, Claims, Issuer};

use crate::refused::Refused;

/// The chain of the new token: whoever acted before, and the client in front where the table says that it acts.
pub(crate) fn chain(subject: &Claims, client: &str, acts: bool) -> Result<Option<Value>, Refused> {
    let before = subject.actors();
    if before.len() + usize::from(acts) > Claims::MAX_ACTORS {
        return Err(Refused::ActorsMany);
    }
    let chain = before.iter().rev().fold(None, |rest, actor| Some(link(actor, rest)));
    Ok(if acts { Some(behind(json!({ "sub": client_subject(client) }), chain)) } else { chain })
}

fn link(actor: &Actor, rest: Option<Value>) -> Value {
    let mut members = Map::new();
    members.insert("sub".to_owned(), (*actor.subject).into());
    if let Some(issuer) = &actor.issuer {
        members.insert("iss".to_owned(), (**issuer).into());
    }
    behind(Value::Object(members), rest)
}

fn behind(mut actor: Value, rest: Option<Value>) -> Value {
    if let (Some(members), Some(rest)) = (actor.as_object_mut(), rest) {
        members.insert("act".to_owned(), rest);
    }
    actor
}

/// What a client's own tokens call it: no person is called so.
fn client_subject(client: &str) -> String {
    format!("client:{client}")
}

/// Whether the token lets this client act for its subject. One that does not say leaves it to the table; one that says
/// it in a way that we do not read lets nobody.
pub(crate) fn permits(subject: &Claims, client: &str, issuer: &Issuer) -> Result<(), Refused> {
    let Some(may_act) = subject.all().get("may_act") else {
        return Ok(());
    };
    let is_client = |members: &Map<String, Value>| {
        !members.is_empty()
            && members.iter().all(|(name, value)| match name.as_str() {
                "sub" => *value == client_subject(client),
                "client_id" => value == client,
                "iss" => value == issuer.as_str(),
                _ => false,
            })
            // An issuer alone is no name for anybody.
            && members.keys().any(|name| name != "iss")
    };
    if may_act.as_object().is_some_and(is_client) { Ok(()) } else { Err(Refused::ActorForeign) }
}
