//! Who may exchange a token for one server for a token for another (RFC 8693)? The operator's table says so, row by row,
//! and whatever it does not say is refused.

use std::collections::HashMap;

use warded_core::{Claims, Scopes};

use crate::{
    Exchange, OpenFailed, Registered,
    refused::Refused,
    registry::{Registry, Resource},
};

pub(crate) mod actor;

/// The table: by client, and then by the server that a token is for.
#[derive(Debug)]
pub(crate) struct Exchanges(HashMap<String, HashMap<String, Vec<Exchange>>>);

impl Exchanges {
    /// Refuses rows that name what is not there, and two that speak of the same: which of them counted would be a matter
    /// of their order.
    pub(crate) fn new(rows: Vec<Exchange>, registry: &Registry) -> Result<Self, OpenFailed> {
        let mut table: HashMap<String, HashMap<String, Vec<Exchange>>> = HashMap::new();
        for row in rows {
            let held = table.entry(row.client.clone()).or_default().entry(row.to.clone()).or_default();
            let is_twice = held.iter().any(|other| other.from == row.from);
            let target = registry.server(&row.to);
            let fits = target.is_some_and(|target| row.scopes.missing_from(&target.scopes).is_empty());
            if is_twice || !fits || registry.server(&row.from).is_none() {
                let Exchange { client, from, to, .. } = row;
                return Err(OpenFailed::Exchange { client, from, to });
            }
            held.push(row);
        }
        Ok(Self(table))
    }

    /// What a client may present for a token for that server.
    pub(crate) fn rows<'a>(&'a self, client: &str, to: &str) -> impl Iterator<Item = &'a Exchange> + use<'a> {
        self.0.get(client).and_then(|held| held.get(to)).into_iter().flatten()
    }
}

/// What comes of these scopes at the other server: what was asked for, as far as the row and the server there know it.
/// A word that both servers use must not say more afterwards than it did before: `write` there takes `write` here.
pub(crate) fn scopes(
    row: &Exchange,
    from: &Registered,
    to: &Resource,
    subject: &Claims,
    asked: Option<&str>,
) -> Result<Scopes, Refused> {
    let has = |scopes: &Scopes, scope: &str| scopes.iter().any(|held| held == scope);
    let all = row.scopes.to_string();
    // All of the row where nothing is asked for: the operator wrote it for this client alone.
    let asked = asked.filter(|asked| asked.split(' ').any(|scope| scope != "offline_access")).unwrap_or(&all);
    if asked.is_empty() {
        return Ok(Scopes::default());
    }
    let known = to.scopes(Some(asked))?;
    let left = known.iter().filter(|scope| {
        has(&row.scopes, scope) && (!has(&from.scopes, scope) || has(subject.scopes(), scope))
    });
    let left = Scopes::of(left).map_err(|_| Refused::ScopeMalformed)?;
    if left.is_empty() { Err(Refused::ScopeUnknown) } else { Ok(left) }
}
