//! Which tokens does Warded get for a server behind? From the operator's words to an issuer's name, a client, and what
//! the tokens must say.

use warded_core::{ResourceUri, Scopes};
use warded_gateway::Grant;

use super::upstream::{self, SecretPlace};
use crate::{
    config::{IntrospectionAuth, Located, Span, UpstreamAuth, UpstreamAuthKind},
    finding::{Finding, table},
};

/// The tokens that are got for one server behind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WantedGrant {
    /// On whose behalf.
    pub grant: Grant,
    /// The name of the issuer.
    pub issuer: Located<String>,
    /// As which client.
    pub client: String,
    /// How the client shows who it is.
    pub auth: IntrospectionAuth,
    /// Where its secret or key is.
    pub secret: SecretPlace,
    /// Where that is written.
    pub secret_at: Span,
    /// What is sent as `resource`.
    pub resource: Option<Located<String>>,
    /// What is sent as `audience`.
    pub audience: Option<Located<String>>,
    /// What the tokens must name: the one or the other.
    pub meant: Located<String>,
    /// What they may name beside it.
    pub companions: Vec<Located<String>>,
    /// What is sent as `scope`.
    pub scopes: Scopes,
    /// The names of further issuers whose tokens the issuer may see.
    pub subjects: Vec<Located<String>>,
    /// Whether tokens pass that nobody here can read, where that is said.
    pub opaque: Option<Located<bool>>,
    /// Where the kind is written.
    pub at: Span,
}

/// What is wanted; none where tokens are not got at all, or where nothing usable is said.
pub(super) fn draft(auth: &UpstreamAuth, findings: &mut Vec<Finding>) -> Option<WantedGrant> {
    let grant = match auth.kind.value {
        UpstreamAuthKind::ClientCredentials => Grant::ClientCredentials,
        UpstreamAuthKind::TokenExchange => Grant::TokenExchange,
        _ => {
            misplaced(auth, findings);
            return None;
        }
    };
    let before = findings.len();
    let mut report = |message: &str, span: Span, label: &str, help: &str| {
        findings.push(Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(span, label).help(help));
    };
    let kind_at = auth.kind.span;
    for (key, written) in [("name", &auth.name), ("value", &auth.value)] {
        if let Some(written) = written {
            let message =
                format!("`{key}` belongs to a secret of your own, and this token comes from an issuer");
            report(&message, written.span, "has no effect", "Remove it, or write `kind: bearer`.");
        }
    }
    if auth.issuer.is_none() {
        report("`issuer` is missing", kind_at, "from whom?", "Add `issuer: NAME`, one of `issuers`.");
    }
    let client = auth.client_id.as_ref().filter(|id| !id.value.trim().is_empty());
    if client.is_none() {
        let at = auth.client_id.as_ref().map_or(kind_at, |id| id.span);
        report(
            "`client_id` is missing",
            at,
            "as which client?",
            "Add the id of the client that Warded is there.",
        );
    }
    let shown = shown(auth, &mut report);
    if grant == Grant::ClientCredentials
        && let Some(first) = auth.subject_issuers.first()
    {
        let message = "`subject_issuers` belongs to `kind: token_exchange`";
        report(message, first.span, "has no effect", "Remove it: no caller's token is shown to anybody.");
    }
    let resource = identifier(auth.resource.as_ref(), findings);
    let audience = auth.audience.as_ref().filter(|audience| is_exact(audience, findings));
    let meant = audience.or(resource).cloned();
    if meant.is_none() && auth.resource.is_none() && auth.audience.is_none() {
        let message = "nothing says for whom the token must be";
        let finding = Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(kind_at, "for whom?");
        findings.push(finding.help(
            "Add `resource: URL`, the identifier of the server behind; or `audience`, for issuers that want that.",
        ));
    }
    let are_exact = auth.companions.iter().filter(|value| !is_exact(value, findings)).count() == 0;
    let scopes = Scopes::of(auth.scopes.iter().map(|scope| scope.value.as_str()));
    if let (Err(error), Some(first)) = (&scopes, auth.scopes.first()) {
        findings.push(Finding::new(&table::SCOPE_INVALID, error.to_string()).at(first.span, "in this list"));
    }
    if findings.len() > before || !are_exact {
        return None;
    }
    let (auth_way, secret, secret_at) = shown?;
    Some(WantedGrant {
        grant,
        issuer: auth.issuer.clone()?,
        client: client?.value.clone(),
        auth: auth_way,
        secret,
        secret_at,
        resource: resource.cloned(),
        audience: audience.cloned(),
        meant: meant?,
        companions: auth.companions.clone(),
        scopes: scopes.ok()?,
        subjects: auth.subject_issuers.clone(),
        opaque: auth.opaque.clone(),
        at: kind_at,
    })
}

/// What belongs to tokens, where there are none: somebody expected it to do something.
fn misplaced(auth: &UpstreamAuth, findings: &mut Vec<Finding>) {
    let text = |key, written: &Option<Located<String>>| written.as_ref().map(|written| (key, written.span));
    let list = |key, written: &[Located<String>]| written.first().map(|first| (key, first.span));
    let found = [
        text("issuer", &auth.issuer),
        text("client_id", &auth.client_id),
        auth.auth.as_ref().map(|auth| ("auth", auth.span)),
        text("secret", &auth.secret),
        text("key", &auth.key),
        text("resource", &auth.resource),
        text("audience", &auth.audience),
        list("companions", &auth.companions),
        list("scopes", &auth.scopes),
        list("subject_issuers", &auth.subject_issuers),
        auth.opaque.as_ref().map(|opaque| ("opaque", opaque.span)),
    ];
    for (key, span) in found.into_iter().flatten() {
        let message = format!("`{key}` belongs to `kind: client_credentials` and `kind: token_exchange`");
        let finding = Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(span, "has no effect");
        findings.push(finding.help("Remove it, or write the kind that it is for."));
    }
}

/// How the client shows who it is, and where what it shows is.
fn shown(
    auth: &UpstreamAuth,
    report: &mut impl FnMut(&str, Span, &str, &str),
) -> Option<(IntrospectionAuth, SecretPlace, Span)> {
    let way = auth.auth.as_ref().map_or(IntrospectionAuth::Basic, |auth| auth.value);
    let at = auth.auth.as_ref().map_or(auth.kind.span, |auth| auth.span);
    let (wanted, other, name, not) = match way {
        IntrospectionAuth::PrivateKeyJwt => (&auth.key, &auth.secret, "key", "secret"),
        _ => (&auth.secret, &auth.key, "secret", "key"),
    };
    if let Some(other) = other {
        let message = format!("a client that shows its {name} has no use for a `{not}`");
        report(&message, other.span, "has no effect", "Remove it, or write another `auth`.");
        return None;
    }
    let Some(wanted) = wanted else {
        let help = format!("Add `{name}: env:NAME` or `{name}: file:PATH`.");
        report(&format!("the client's `{name}` is missing"), at, "shows what?", &help);
        return None;
    };
    // The value is not repeated: it may be the secret itself.
    let Some(place) = upstream::place(&wanted.value) else {
        let help = "Write `env:NAME` or `file:PATH`.";
        report("a secret is given as a reference", wanted.span, "not a reference", help);
        return None;
    };
    Some((way, place, wanted.span))
}

fn identifier<'a>(
    written: Option<&'a Located<String>>,
    findings: &mut Vec<Finding>,
) -> Option<&'a Located<String>> {
    let written = written?;
    match ResourceUri::parse(&written.value) {
        Ok(_) => Some(written),
        Err(error) => {
            let message = format!(
                "`{}` is not the identifier of a server behind: {error}",
                written.value.escape_debug()
            );
            let finding = Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(written.span, "this URL");
            findings.push(finding.help(
                "Write an https URL (http on loopback). What is no URL is sent as `audience`, where the issuer takes that.",
            ));
            None
        }
    }
}

/// Invariant *Exact*: never a pattern.
fn is_exact(written: &Located<String>, findings: &mut Vec<Finding>) -> bool {
    let value = &written.value;
    let is_shown = |c: char| !c.is_whitespace() && !c.is_control() && !crate::report::is_invisible(c);
    if !value.is_empty() && !value.contains('*') && value.chars().all(is_shown) {
        return true;
    }
    let message = format!("`{}` cannot be compared exactly", value.escape_debug());
    let finding = Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(written.span, "this value");
    findings.push(finding.help("Write the exact value, without blanks and `*`."));
    false
}
