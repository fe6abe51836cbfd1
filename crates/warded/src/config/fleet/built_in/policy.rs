//! The rules of an issuer that Warded is itself, each within its bounds.

use std::ops::RangeInclusive;

use warded_core::jose;
use warded_issuer::{Dpop, Policy, Registration as Registering, is_private_use_scheme};

use super::super::documents;
use crate::{
    config::{Algorithm, BuiltInIssuer, IssuerDpop, Lifetime, Located, Registration},
    finding::{Finding, table},
};

/// What tokens of our own can be signed with.
const SIGNS: [jose::Algorithm; 3] = [jose::Algorithm::EdDsa, jose::Algorithm::Es256, jose::Algorithm::Rs256];
const DAY: u32 = 24 * 60 * 60;
/// How long an access token may live: no issuer's may live longer by default.
pub(in crate::config) const TOKEN_LIVES: RangeInclusive<u32> = 30..=DAY;

pub(super) fn draft(written: &BuiltInIssuer, findings: &mut Vec<Finding>) -> Policy {
    let usual = Policy::default();
    let mut within = |value: &Option<Located<Lifetime>>, key: &str, bounds, usual: u32| {
        value.as_ref().map_or(usual, |value| limit(value, key, bounds, findings))
    };
    let access_token = within(&written.access_token, "access_token", TOKEN_LIVES, usual.access_token);
    let code = within(&written.code, "code", 10..=10 * 60, usual.code);
    let refresh_token = within(&written.refresh_token, "refresh_token", 60..=366 * DAY, usual.refresh_token);
    let grant = within(&written.grant, "grant", 60..=3660 * DAY, usual.grant);
    let session = within(&written.session, "session", 60..=366 * DAY, usual.session);
    let retry = within(&written.retry, "retry", 0..=60, usual.retry);
    let rotate_keys = within(&written.rotate_keys, "rotate_keys", DAY..=366 * DAY, usual.rotate_keys);
    Policy {
        algorithm: written
            .algorithm
            .as_ref()
            .and_then(|algorithm| signing(algorithm, findings))
            .unwrap_or(usual.algorithm),
        access_token,
        code,
        refresh_token,
        grant,
        session,
        retry,
        registration: match written.registration.as_ref().map(|registration| registration.value) {
            Some(Registration::Open) => Registering::Open,
            // With a token: until somebody has read it, nobody can present it.
            Some(Registration::Token | Registration::Off) => Registering::Off,
            None => usual.registration,
        },
        client_documents: written
            .client_documents
            .as_ref()
            .map_or(usual.client_documents, |written| documents::read(written, findings)),
        app_schemes: written
            .app_schemes
            .as_ref()
            .map_or(usual.app_schemes, |schemes| app_schemes(schemes, findings)),
        dpop: match written.dpop.as_ref().map(|dpop| dpop.value) {
            Some(IssuerDpop::Off) => Dpop::Off,
            Some(IssuerDpop::Optional) => Dpop::Optional,
            Some(IssuerDpop::Required) => Dpop::Required,
            None => usual.dpop,
        },
        rotate_keys,
    }
}

/// The seconds of a span of time, which must lie within bounds.
pub(in crate::config) fn limit(
    value: &Located<Lifetime>,
    key: &str,
    bounds: RangeInclusive<u32>,
    findings: &mut Vec<Finding>,
) -> u32 {
    let seconds = value.value.seconds();
    if !bounds.contains(&seconds) {
        let message = format!("`{key}` must lie between {}s and {}s", bounds.start(), bounds.end());
        let finding = Finding::new(&table::LIMIT_INVALID, message).at(value.span, format!("{seconds}s"));
        let nearest = if seconds < *bounds.start() { bounds.start() } else { bounds.end() };
        let word = if seconds < *bounds.start() { "least" } else { "most" };
        findings.push(finding.help(format!("Write at {word} `{nearest}s`.")));
    }
    seconds
}

/// What tokens of ours are signed with.
pub(in crate::config) fn signing(
    written: &Located<Algorithm>,
    findings: &mut Vec<Finding>,
) -> Option<jose::Algorithm> {
    let algorithm = jose::Algorithm::from(written.value);
    if SIGNS.contains(&algorithm) {
        return Some(algorithm);
    }
    let message = format!("tokens of a built-in issuer are not signed with {algorithm}");
    let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(written.span, "this algorithm");
    findings
        .push(finding.help("Write `EdDSA` or `ES256`, or `RS256` where whoever reads the tokens needs it."));
    None
}

/// Schemes of applications. Whatever else claims one on a person's device gets the answers.
fn app_schemes(written: &[Located<String>], findings: &mut Vec<Finding>) -> Vec<String> {
    for scheme in written {
        let (text, at) = (&scheme.value, scheme.span);
        let finding = if is_private_use_scheme(text) {
            let message = format!("whatever claims `{text}` on a person's device gets what is sent there");
            Finding::new(&table::APP_SCHEME_OPEN, message).at(at, "nobody owns it")
        } else {
            let message = format!("`{}` is not the scheme of an application", text.escape_debug());
            let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(at, "this scheme");
            finding.help("Write it in lower case and without `:`, such as `com.example.notes`.")
        };
        findings.push(finding);
    }
    written.iter().map(|scheme| scheme.value.clone()).collect()
}
