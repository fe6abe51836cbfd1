//! Who may exchange a token for one server for a token for another (RFC 8693)? The operator's table says so, row by row,
//! and whatever it does not say is refused.

use warded_core::{Claims, Scopes};

use crate::{
    Exchange, OpenFailed, Registered,
    refused::Refused,
    registry::{Registry, Resource},
};

pub(crate) mod actor;

/// The table.
#[derive(Debug)]
pub(crate) struct Exchanges(Vec<Exchange>);

impl Exchanges {
    /// Refuses rows that name what is not there, and two that speak of the same: which of them counted would be a matter
    /// of their order.
    pub(crate) fn new(rows: Vec<Exchange>, registry: &Registry) -> Result<Self, OpenFailed> {
        for (index, row) in rows.iter().enumerate() {
            let is_same = |other: &Exchange| {
                (&other.client, &other.from, &other.to) == (&row.client, &row.from, &row.to)
            };
            let is_twice = rows.iter().take(index).any(is_same);
            let target = registry.server(&row.to);
            let fits = target.is_some_and(|target| row.scopes.missing_from(&target.scopes).is_empty());
            if is_twice || !fits || registry.server(&row.from).is_none() {
                let Exchange { client, from, to, .. } = row.clone();
                return Err(OpenFailed::Exchange { client, from, to });
            }
        }
        Ok(Self(rows))
    }

    /// What a client may present for a token for that server.
    pub(crate) fn rows<'a>(&'a self, client: &'a str, to: &'a str) -> impl Iterator<Item = &'a Exchange> {
        self.0.iter().filter(move |row| row.client == client && row.to == to)
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
