//! Who may exchange which token for which? Every row names two servers of one issuer, and no more than what the second one
//! knows.

use std::collections::HashMap;

use warded_core::Scopes;
use warded_issuer::Exchange as Allowed;

use super::{BuiltIn, Draft, elsewhere::Elsewhere};
use crate::{
    config::{
        Exchange, Located, Span, nearest,
        serving::{Served, Serving},
    },
    finding::{Finding, table},
};

/// One exchange that is allowed, and where its parts stand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchanged {
    /// What is allowed.
    pub allowed: Allowed,
    from_at: Span,
    to_at: Span,
    scopes: Vec<Located<String>>,
}

pub(super) fn draft(written: &Exchange, findings: &mut Vec<Finding>) -> Option<Exchanged> {
    let before = findings.len();
    let client = written.client.value.trim();
    if client.is_empty() || client.len() != written.client.value.len() {
        let message = "`client` is not the id of a client";
        findings
            .push(Finding::new(&table::EXCHANGE_INVALID, message).at(written.client.span, "which client?"));
    }
    let mut scopes = Scopes::default();
    for word in &written.scopes {
        match Scopes::of([word.value.as_str()]) {
            Ok(scope) => scopes.add(&scope),
            Err(error) => {
                let message = format!("`{}` is not a scope: {error}", word.value.escape_debug());
                findings.push(Finding::new(&table::SCOPE_INVALID, message).at(word.span, "here"));
            }
        }
    }
    if written.from.value == written.to.value {
        let message =
            format!("a token for `{}` is exchanged for one for itself", written.to.value.escape_debug());
        let finding = Finding::new(&table::EXCHANGE_INVALID, message).at(written.to.span, "the same");
        findings.push(finding.help("Name another server in `to`: the client holds a token for this one."));
    }
    let exchanged = Exchanged {
        allowed: Allowed {
            client: client.to_owned(),
            from: written.from.value.clone(),
            to: written.to.value.clone(),
            scopes,
            act: written.act.as_ref().is_none_or(|act| act.value),
        },
        from_at: written.from.span,
        to_at: written.to.span,
        scopes: written.scopes.clone(),
    };
    (findings.len() == before).then_some(exchanged)
}

/// What only shows when servers, resources and issuers are seen together.
pub(super) fn doubt(draft: &Draft, serving: &Serving, elsewhere: &[Elsewhere], findings: &mut Vec<Finding>) {
    for (at, issuer) in draft.issuers.iter().enumerate() {
        let Some(built_in) = &issuer.built_in else { continue };
        findings.extend(twice(&built_in.exchanges));
        for exchanged in &built_in.exchanges {
            let names =
                [(&exchanged.allowed.from, exchanged.from_at), (&exchanged.allowed.to, exchanged.to_at)];
            findings.extend(names.into_iter().filter_map(|(name, span)| {
                member(draft, (at, built_in), &Located { value: name.clone(), span })
            }));
            findings.extend(unknown_scope(exchanged, serving, elsewhere));
        }
    }
}

/// Two rows that speak of the same: which of them counted would be a matter of their order.
fn twice(rows: &[Exchanged]) -> Option<Finding> {
    let key = |row: &Exchanged| {
        let Allowed { client, from, to, .. } = &row.allowed;
        [client, from, to].map(Clone::clone)
    };
    let mut seen = HashMap::new();
    rows.iter().find_map(|row| {
        let before: Span = seen.insert(key(row), row.to_at)?;
        let message = "two rows allow the same client the same exchange";
        let finding = Finding::new(&table::EXCHANGE_INVALID, message).at(row.to_at, "this row");
        Some(finding.at(before, "and this one").help("Make it one row, with the scopes of both."))
    })
}

/// Who is named must be there, and take tokens of this issuer.
fn member(draft: &Draft, issuer: (usize, &BuiltIn), name: &Located<String>) -> Option<Finding> {
    let (at, built_in) = issuer;
    let mut names = draft.servers.iter().map(|server| &*server.spec.name);
    let Some(server) = draft.servers.iter().find(|server| *server.spec.name == *name.value) else {
        let message = format!("there is no server or resource named `{}`", name.value.escape_debug());
        let finding = Finding::new(&table::EXCHANGE_INVALID, message).at(name.span, "this name");
        return Some(match nearest(&name.value, &mut names) {
            Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
            None => finding.help("Name one of `servers` or `resources`."),
        });
    };
    (!server.spec.issuers.contains(&at)).then(|| {
        let message = format!("`{}` takes no tokens of `{}`", name.value, built_in.name);
        let finding = Finding::new(&table::EXCHANGE_INVALID, message).at(name.span, "trusts another issuer");
        finding.help(format!("Name a server that trusts `{}`, or let this one trust it.", built_in.name))
    })
}

fn unknown_scope(exchanged: &Exchanged, serving: &Serving, elsewhere: &[Elsewhere]) -> Option<Finding> {
    let to = &exchanged.allowed.to;
    let served = serving.servers.iter().find(|server| server.name.value == *to);
    // A policy may name scopes, too: whoever reads it looks at these again.
    let may_add = |server: &Served| !serving.policies.is_empty() || !server.policies.is_empty();
    if served.is_some_and(may_add) {
        return None;
    }
    let known = served.map(|server| server.scopes.known());
    let known = known.or_else(|| Some(elsewhere.iter().find(|server| server.name == *to)?.known.clone()))?;
    exchanged.unknown_scope(&known)
}

impl Exchanged {
    /// A scope that the server does not know for which the token is, where it knows these.
    pub(crate) fn unknown_scope(&self, known: &Scopes) -> Option<Finding> {
        let unknown = self.scopes.iter().find(|scope| !known.contains(&scope.value))?;
        let message = format!("`{}` knows no scope `{}`", self.allowed.to, unknown.value);
        Some(Finding::new(&table::EXCHANGE_INVALID, message).at(unknown.span, "this scope"))
    }
}
