//! Has the issuer taken the token back? Where it says so in a status list, a server that looks refuses it.

use serde_json::Value;
use warded_client::{discover::Discovered, status};
use warded_core::{IssuerRules, IssuerSpec, danger::Unverified, jose::KeySet};

use super::said;
use crate::{
    command::doctor::walk::Walk,
    diagnosis::{Flaw, Party, Point, Step},
};

const CLAUSE: &str = "Token Status List §8";

/// What the status list says against the token.
pub(super) async fn of(
    step: &mut Step,
    token: &Unverified,
    discovered: &Discovered,
    keys: &KeySet,
    walk: &Walk<'_>,
) -> Option<Flaw> {
    let place = token.claims().get("status")?.get("status_list")?;
    let (uri, index) = (place.get("uri").and_then(Value::as_str)?, place.get("idx").and_then(Value::as_u64)?);
    let target = discovered.target(uri).ok()?;
    let issuer = IssuerSpec {
        url: discovered.issuer.clone(),
        rules: IssuerRules::default(),
        audiences: Vec::new(),
        across_tiers: Vec::new(),
    };
    let list = match status::look_up(&walk.fetch, &target, uri, &issuer, keys, walk.now()).await {
        Ok(list) => list,
        Err(failure) => {
            step.saw(Party::Issuer, format!("does not say whether the token still holds: {failure}"));
            return None;
        }
    };
    match list.at(index)?.settle() {
        Ok(_) => {
            step.follows(Party::Issuer, "says in its status list that the token holds", CLAUSE);
            None
        }
        Err(refusal) => Some(said(Point::Revoked, &refusal)),
    }
}
