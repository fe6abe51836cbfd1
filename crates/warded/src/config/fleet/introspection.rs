//! How is an issuer asked about its tokens? From the operator's words to a place, a client, and where its secret is.

use warded_core::{IssuerRules, ResourceUri, Validation as CoreValidation};

use super::wrong_url;
use crate::{
    config::{
        Introspection, IntrospectionAuth, Issuer, Located, Span, Validation,
        serving::{SecretPlace, secret_place},
    },
    finding::{Finding, table},
};

/// How one issuer is asked about its tokens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// Who.
    pub issuer: warded_core::Issuer,
    /// Where, if not where its metadata says.
    pub endpoint: Option<ResourceUri>,
    /// As which client.
    pub client: String,
    /// How the client shows who it is.
    pub auth: IntrospectionAuth,
    /// Where its secret or key is.
    pub secret: SecretPlace,
    /// Where that is written.
    pub at: Span,
}

/// How tokens are validated, and for how many seconds an answer is good.
pub(super) fn rules(issuer: &Issuer, rules: &mut IssuerRules, findings: &mut Vec<Finding>) {
    let validation = issuer.validation.as_ref().map(|written| written.value);
    if validation == Some(Validation::Introspection) {
        rules.validation = CoreValidation::Introspection;
    }
    let written = issuer.introspection.as_ref().and_then(|asked| asked.remember.as_ref());
    let Some(remember) = written else { return };
    let (seconds, most) = (remember.value.seconds(), IssuerRules::MAX_ANSWERS_LAST);
    if seconds > most {
        let message = format!("`remember` must lie between 0s and {most}s");
        let finding = Finding::new(&table::LIMIT_INVALID, message).at(remember.span, format!("{seconds}s"));
        findings
            .push(finding.help(format!("Write at most `{most}s`: within it a revocation is not noticed.")));
    }
    rules.answers_last = seconds;
}

/// How the issuer is asked; none where it is not asked, or where nothing usable is said of it.
pub(super) fn draft(
    name: &Located<String>,
    issuer: &Issuer,
    url: &warded_core::Issuer,
    findings: &mut Vec<Finding>,
) -> Option<Asked> {
    let mut report = |message: String, span: Span, label: &str, help: &str| {
        let finding = Finding::new(&table::INTROSPECTION_INVALID, message).at(span, label);
        findings.push(finding.help(help));
    };
    let is_asked = issuer.validation.as_ref().is_some_and(|way| way.value == Validation::Introspection);
    let (asked, way) = match (&issuer.introspection, &issuer.validation) {
        (Some(asked), Some(way)) if is_asked => (asked, way),
        (None, Some(way)) if is_asked => {
            let message =
                format!("nothing says how `{}` is asked about its tokens", name.value.escape_debug());
            let help = "Add `introspection: { client_id: …, secret: env:NAME }`: the client that Warded is at this issuer.";
            report(message, way.span, "as which client?", help);
            return None;
        }
        (Some(asked), _) => {
            let message = format!("`{}` is not asked about its tokens", name.value.escape_debug());
            let help = "Add `validation: introspection`, or remove `introspection`.";
            report(message, asked.client_id.span, "has no effect", help);
            return None;
        }
        (None, _) => return None,
    };
    if asked.client_id.value.trim().is_empty() {
        report("`client_id` is empty".to_owned(), asked.client_id.span, "which client?", "Write its id.");
        return None;
    }
    let (auth, (secret, at)) = shown(asked, way.span, &mut report)?;
    let endpoint = match &asked.endpoint {
        None => None,
        Some(written) => match ResourceUri::parse(&written.value) {
            Ok(url) => Some(url),
            Err(error) => {
                let rule = &table::INTROSPECTION_INVALID;
                findings.push(wrong_url(rule, written, "an endpoint to ask at", &error));
                return None;
            }
        },
    };
    let client = asked.client_id.value.clone();
    Some(Asked { issuer: url.clone(), endpoint, client, auth, secret, at })
}

/// How the client shows who it is, and where what it shows is.
fn shown(
    asked: &Introspection,
    at: Span,
    report: &mut impl FnMut(String, Span, &str, &str),
) -> Option<(IntrospectionAuth, (SecretPlace, Span))> {
    let auth = asked.auth.as_ref().map_or(IntrospectionAuth::Basic, |auth| auth.value);
    let at = asked.auth.as_ref().map_or(at, |auth| auth.span);
    let (wanted, other, name, not) = match auth {
        IntrospectionAuth::PrivateKeyJwt => (&asked.key, &asked.secret, "key", "secret"),
        _ => (&asked.secret, &asked.key, "secret", "key"),
    };
    if let Some(other) = other {
        let message = format!("a client that shows its {name} has no use for a `{not}`");
        report(message, other.span, "has no effect", "Remove it, or write another `auth`.");
        return None;
    }
    let Some(wanted) = wanted else {
        let help = format!("Add `{name}: env:NAME` or `{name}: file:PATH`.");
        report(format!("the client's `{name}` is missing"), at, "shows what?", &help);
        return None;
    };
    // The value is not repeated: it may be the secret itself.
    let Some(place) = secret_place(&wanted.value) else {
        let message = "a secret is given as a reference".to_owned();
        report(message, wanted.span, "not a reference", "Write `env:NAME` or `file:PATH`.");
        return None;
    };
    Some((auth, (place, wanted.span)))
}
