//! Do the tokens for servers behind open those alone? From issuers' names to a proof, or to what stands in its way.

use warded_core::{Fleet, Issuer, Onward, OnwardConflict, OnwardSpec, Validation};
use warded_gateway::Grant;

use super::{Draft, DraftIssuer, DraftServer, servers::BUILT_IN};
use crate::{
    config::{
        Located, nearest,
        serving::{Served, Serving, WantedGrant},
    },
    finding::{Finding, table},
};

/// How tokens for one server behind are got, and the proof that they open nothing else.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Granted {
    /// The server in front.
    pub server: String,
    /// What is wanted.
    pub wanted: WantedGrant,
    /// What the tokens must be.
    pub onward: Onward,
    /// The issuers whose tokens the issuer may see.
    pub subjects: Vec<Issuer>,
    /// Whether the issuer's keys have to be fetched.
    pub is_signed: bool,
}

/// A grant whose names are resolved.
pub(super) struct Resolved<'a> {
    server: &'a Served,
    wanted: &'a WantedGrant,
    issuer: &'a DraftIssuer,
    spec: OnwardSpec,
    subjects: Vec<Issuer>,
}

/// Finds whom the names mean.
pub(super) fn resolve<'a>(
    draft: &'a Draft,
    serving: &'a Serving,
    findings: &mut Vec<Finding>,
) -> Vec<Resolved<'a>> {
    let pairs = draft.servers.iter().zip(&serving.servers);
    let wanted = pairs.filter_map(|(server, how)| Some((server, how, how.grant.as_ref()?)));
    wanted.filter_map(|(server, how, wanted)| one(draft, server, how, wanted, findings)).collect()
}

fn one<'a>(
    draft: &'a Draft,
    server: &DraftServer,
    how: &'a Served,
    wanted: &'a WantedGrant,
    findings: &mut Vec<Finding>,
) -> Option<Resolved<'a>> {
    let issuer = named(draft, &wanted.issuer, findings)?;
    findings.extend(unchecked(issuer, wanted));
    let subjects = match wanted.grant {
        Grant::ClientCredentials => Vec::new(),
        Grant::TokenExchange => subjects(draft, server, issuer, wanted, findings),
    };
    let spec = OnwardSpec {
        server: server.spec.name.clone(),
        issuer: issuer.spec.url.clone(),
        rules: issuer.spec.rules.clone(),
        audience: wanted.meant.value.as_str().into(),
        companions: wanted.companions.iter().map(|value| value.value.as_str().into()).collect(),
        opaque: is_opaque(wanted) == Some(true),
    };
    Some(Resolved { server: how, wanted, issuer, spec, subjects })
}

fn named<'a>(
    draft: &'a Draft,
    name: &Located<String>,
    findings: &mut Vec<Finding>,
) -> Option<&'a DraftIssuer> {
    if name.value == BUILT_IN {
        let message = "the built-in issuer gives no tokens for servers behind";
        let finding = Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(name.span, "this issuer");
        findings.push(finding.help("Name the issuer that the server behind trusts, one of `issuers`."));
        return None;
    }
    let mut configured = draft.issuers.iter().filter(|issuer| issuer.origin.is_some());
    if configured.clone().any(|issuer| issuer.built_in.is_some() && issuer.name == name.value) {
        let message =
            format!("`{}` is a built-in issuer, which gives no tokens for servers behind", name.value);
        let finding = Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(name.span, "this issuer");
        findings.push(
            finding.help("Name the issuer that the server behind trusts, one of `issuers` with a `url`."),
        );
        return None;
    }
    let found = configured.clone().find(|issuer| issuer.name == name.value);
    if found.is_none() {
        let message = format!("there is no issuer named `{}`", name.value.escape_debug());
        let finding = Finding::new(&table::ISSUER_UNDEFINED, message).at(name.span, "this name");
        let meant = nearest(&name.value, configured.clone().map(|issuer| issuer.name.as_str()));
        let by_url = configured.find(|issuer| issuer.spec.url.as_str() == name.value);
        findings.push(finding.help(match (meant, by_url) {
            (Some(meant), _) => format!("Did you mean `{meant}`?"),
            (None, Some(meant)) => format!("That is a url. Write the issuer's name: `{}`.", meant.name),
            (None, None) => {
                "Define the issuer under a name, and write that name here: `issuers: { NAME: { url: … } }`.".to_owned()
            }
        }));
    }
    found
}

fn is_opaque(wanted: &WantedGrant) -> Option<bool> {
    wanted.opaque.as_ref().map(|opaque| opaque.value)
}

/// A token that nobody here can check would be handed on unseen.
fn unchecked(issuer: &DraftIssuer, wanted: &WantedGrant) -> Option<Finding> {
    let at = wanted.opaque.as_ref().map_or(wanted.issuer.span, |opaque| opaque.span);
    let found = |rule, message: String, label: &str| Some(Finding::new(rule, message).at(at, label));
    let is_asked = issuer.spec.rules.validation == Validation::Introspection;
    match (wanted.grant, is_opaque(wanted)) {
        (Grant::TokenExchange, Some(true)) => {
            let message =
                "a token that nobody here can read is not taken in exchange for a caller's".to_owned();
            let finding = found(&table::UPSTREAM_TOKEN_UNCHECKED, message, "opaque")?;
            Some(finding.help("Remove `opaque`, and let the issuer give JWTs for the server behind."))
        }
        (Grant::ClientCredentials, Some(true)) => {
            let message = format!("nobody here sees for whom the tokens of `{}` are", issuer.name);
            found(&table::UPSTREAM_TOKEN_OPAQUE, message, "opaque")
        }
        (grant, None) if is_asked => {
            let message =
                format!("tokens of `{}` are opaque, so nobody here could see for whom one is", issuer.name);
            let finding = found(&table::UPSTREAM_TOKEN_UNCHECKED, message, "`validation: introspection`")?;
            let jwt = "If its tokens for the server behind are JWTs, write `opaque: false` here.";
            Some(match grant {
                Grant::TokenExchange => finding.help(jwt),
                Grant::ClientCredentials => finding.help(format!("{jwt} If not, `opaque: true`.")),
            })
        }
        _ => None,
    }
}

/// The issuers whose tokens are exchanged: the one that exchanges, and those that the operator names.
fn subjects(
    draft: &Draft,
    server: &DraftServer,
    issuer: &DraftIssuer,
    wanted: &WantedGrant,
    findings: &mut Vec<Finding>,
) -> Vec<Issuer> {
    let trusted: Vec<_> = server.spec.issuers.iter().filter_map(|at| draft.issuers.get(*at)).collect();
    let is_named = |trusted: &DraftIssuer, name: &str| match trusted.origin {
        Some(_) => trusted.name == name,
        None => name == BUILT_IN,
    };
    for name in &wanted.subjects {
        if !trusted.iter().any(|trusted| is_named(trusted, &name.value)) {
            let message = format!(
                "the server `{}` trusts no issuer named `{}`",
                server.spec.name,
                name.value.escape_debug()
            );
            let finding = Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(name.span, "has no effect");
            findings.push(finding.help("Name issuers of this server's own `issuers`, or `built-in`."));
        }
    }
    let is_seen = |trusted: &DraftIssuer| {
        trusted.spec.url == issuer.spec.url
            || wanted.subjects.iter().any(|name| is_named(trusted, &name.value))
    };
    for foreign in trusted.iter().filter(|trusted| !is_seen(trusted)) {
        let message = format!(
            "`{}` would have to be shown the tokens of `{}` to exchange them",
            issuer.name, foreign.name
        );
        let name = if foreign.origin.is_some() { foreign.name.as_str() } else { BUILT_IN };
        let finding = Finding::new(&table::UPSTREAM_SUBJECT_FOREIGN, message);
        findings.push(finding.at(wanted.issuer.span, "this issuer").help(format!(
            "If it trusts them, add `subject_issuers: [{name}]`. If not, let the server trust `{}` alone.",
            issuer.name
        )));
    }
    trusted.into_iter().filter(|trusted| is_seen(trusted)).map(|trusted| trusted.spec.url.clone()).collect()
}

/// Proves that each token opens one server behind and nothing else. The fleet comes back knowing those servers.
pub(super) fn prove(
    fleet: Fleet,
    resolved: &[Resolved<'_>],
    findings: &mut Vec<Finding>,
) -> Option<(Fleet, Vec<Granted>)> {
    let specs = resolved.iter().map(|resolved| resolved.spec.clone()).collect();
    let (fleet, onward) = match Onward::prove(fleet, specs) {
        Ok(proved) => proved,
        Err(conflicts) => {
            findings.extend(conflicts.iter().filter_map(|conflict| explain(conflict, resolved)));
            return None;
        }
    };
    let granted = resolved.iter().zip(onward).map(|(resolved, onward)| Granted {
        server: resolved.server.name.value.clone(),
        wanted: resolved.wanted.clone(),
        onward,
        subjects: resolved.subjects.clone(),
        is_signed: resolved.issuer.spec.rules.validation == Validation::Jwt
            || is_opaque(resolved.wanted) == Some(false),
    });
    let granted = granted.collect();
    Some((fleet, granted))
}

fn explain(conflict: &OnwardConflict, resolved: &[Resolved<'_>]) -> Option<Finding> {
    let place = |at: usize, value: &str| {
        let found = resolved.get(at)?;
        let companion = found.wanted.companions.iter().find(|companion| companion.value == value);
        Some((found.server.name.value.as_str(), companion.unwrap_or(&found.wanted.meant).span))
    };
    match conflict {
        OnwardConflict::Shared { at, other, value } => {
            let ((one, here), (two, there)) = (place(*at, value)?, place(*other, value)?);
            let message = format!(
                "what lies behind `{two}` and behind `{one}` gets tokens for the same audience, `{value}`"
            );
            let finding = Finding::new(&table::UPSTREAM_AUDIENCE_SHARED, message);
            Some(finding.at(here, "this audience").at(there, "and this one"))
        }
        OnwardConflict::Companion { at, value } => {
            let (one, here) = place(*at, value)?;
            let message = format!(
                "callers' tokens may name `{value}` as a companion, and what lies behind `{one}` is called so"
            );
            let finding = Finding::new(&table::UPSTREAM_AUDIENCE_OWN, message).at(here, "this audience");
            Some(finding.help("Remove it from `companions` of the issuer: such a token opens both servers."))
        }
        OnwardConflict::Waived { at, server } => {
            let found = resolved.get(*at)?;
            let (one, wanted) = (&found.server.name.value, found.wanted);
            let message = format!(
                "what lies behind `{one}` gets opaque tokens of `{}`, and `{server}` admits those without asking for whom they are",
                found.issuer.name
            );
            let at = wanted.opaque.as_ref().map_or(wanted.issuer.span, |opaque| opaque.span);
            let finding = Finding::new(&table::UPSTREAM_TOKEN_WAIVED, message).at(at, "opaque");
            Some(finding.help(format!(
                "End the permissive mode of `{server}`, or let another issuer give the tokens for what lies behind `{one}`."
            )))
        }
        OnwardConflict::Own { at, server, value } => {
            let (one, here) = place(*at, value)?;
            let message = format!(
                "what lies behind `{one}` gets tokens for `{value}`, which open our own server `{server}`"
            );
            let finding = Finding::new(&table::UPSTREAM_AUDIENCE_OWN, message);
            Some(finding.at(here, format!("an audience of `{server}`")))
        }
        _ => None,
    }
}
