//! The issuers that Warded is itself: from the operator's words to rules, or to what is wrong with them.

use std::ops::RangeInclusive;

use warded_core::{Issuer as IssuerUrl, IssuerRules, IssuerSpec, jose};
use warded_issuer::{Dpop, Policy, Registration as Registering, is_private_use_scheme};

use super::{
    DraftIssuer, Origin, documents, exchange, exchange::Exchanged, is_name, logins, public_url::PublicUrl,
    wrong_url,
};
use crate::{
    config::{
        Algorithm, BuiltInIssuer, Config, Issuer, IssuerDpop, Lifetime, Located, Registration, Span,
        serving::{SecretPlace, secret_place},
    },
    finding::{Finding, table},
};

/// What tokens of our own can be signed with.
const SIGNS: [jose::Algorithm; 3] = [jose::Algorithm::EdDsa, jose::Algorithm::Es256, jose::Algorithm::Rs256];
const DAY: u32 = 24 * 60 * 60;
/// How long an access token may live: no issuer's may live longer by default.
pub(in crate::config) const TOKEN_LIVES: RangeInclusive<u32> = 30..=DAY;

/// An issuer that Warded is itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BuiltIn {
    /// Its name: that of its entry, or of the tier whose servers get it without there being one. The store knows its keys by
    /// it.
    pub name: String,
    /// Its `iss`.
    pub url: IssuerUrl,
    /// The tiers whose servers get it where they name no issuer.
    pub tiers: Vec<String>,
    /// Its rules. Where registration needs a token, it is off here: nobody knows the token yet.
    pub policy: Policy,
    /// Where the token is that registration needs, and where that is written.
    pub registration_token: Option<(SecretPlace, Span)>,
    /// Whether people log in with a password.
    pub has_local_login: bool,
    /// Where else people log in, by name.
    pub logins: Vec<String>,
    /// Who may exchange which token for which.
    pub exchanges: Vec<Exchanged>,
}

impl BuiltIn {
    /// The one that a tier has where no entry is for it.
    pub(super) fn of_tier(tier: &str, url: IssuerUrl, config: &Config) -> Self {
        Self {
            name: tier.to_owned(),
            url,
            tiers: vec![tier.to_owned()],
            policy: Policy::default(),
            registration_token: None,
            has_local_login: true,
            logins: config.logins.iter().map(|(name, _)| name.value.clone()).collect(),
            exchanges: Vec::new(),
        }
    }
}

/// Reads one entry; none where it has no URL.
pub(super) fn draft(
    name: &Located<String>,
    issuer: &Issuer,
    written: &BuiltInIssuer,
    world: (&Config, &mut PublicUrl),
    findings: &mut Vec<Finding>,
) -> Option<DraftIssuer> {
    let (config, public_url) = world;
    findings.extend(foreign(name, issuer));
    findings.extend(tiers(name, issuer, written));
    let (has_local_login, logins) = logins::of(name, written, config, findings);
    let policy = policy(written, findings);
    let registration_token = registration_token(written, findings);
    let exchanges = written.exchange.iter().filter_map(|exchange| exchange::draft(exchange, findings));
    let exchanges = exchanges.collect();
    let url = if let Some(url) = &written.url {
        IssuerUrl::parse(&url.value)
            .map_err(|error| findings.push(wrong_url(&table::ISSUER_INVALID, url, "an issuer", &error)))
            .ok()?
    } else {
        let url = public_url.below(("issuer", name), &format!("issuers/{}", name.value), findings)?;
        IssuerUrl::parse(url.as_str()).ok()?
    };
    let across_tiers = issuer.across_tiers.iter().map(|tier| tier.value.as_str().into()).collect();
    let built_in = BuiltIn {
        name: name.value.clone(),
        url: url.clone(),
        tiers: written.tiers.iter().map(|tier| tier.value.clone()).collect(),
        policy,
        registration_token,
        has_local_login,
        logins,
        exchanges,
    };
    Some(DraftIssuer {
        spec: IssuerSpec { url, rules: IssuerRules::default(), audiences: Vec::new(), across_tiers },
        name: name.value.escape_debug().to_string(),
        origin: Some(Origin {
            name_at: name.span,
            url_at: written.url.as_ref().map_or(name.span, |url| url.span),
            provider: None,
            companions_at: Vec::new(),
            audiences_at: Vec::new(),
            lifetime_at: None,
        }),
        built_in: Some(built_in),
        asked: None,
        key_file: None,
    })
}

/// Keys that say how the tokens of others look. Ours are known.
fn foreign(name: &Located<String>, issuer: &Issuer) -> Option<Finding> {
    let Issuer {
        url,
        built_in: _,
        provider,
        companions,
        audiences,
        algorithms,
        types,
        max_lifetime,
        leeway,
        keys,
        validation,
        introspection,
        across_tiers: _,
    } = issuer;
    let said = [
        ("url", url.is_some()),
        ("provider", provider.is_some()),
        ("companions", companions.is_some()),
        ("audiences", audiences.iter().len() > 0),
        ("algorithms", algorithms.is_some()),
        ("types", types.is_some()),
        ("max_lifetime", max_lifetime.is_some()),
        ("leeway", leeway.is_some()),
        ("keys", keys.is_some()),
        ("validation", validation.is_some()),
        ("introspection", introspection.is_some()),
    ];
    let (key, _) = said.into_iter().find(|(_, is_said)| *is_said)?;
    let message =
        format!("`{key}` is for issuers of others, and `{}` is Warded itself", name.value.escape_debug());
    let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(name.span, "has `built_in`");
    Some(match key {
        "url" => finding
            .help("Write `url` within `built_in`, or remove `built_in` if somebody else is this issuer."),
        _ => finding.help(format!("Remove `{key}`, or `built_in` if somebody else is this issuer.")),
    })
}

/// Tiers must be names, and several of them acknowledged: whoever is let in at one of them could get tokens for the others.
fn tiers(name: &Located<String>, issuer: &Issuer, written: &BuiltInIssuer) -> Vec<Finding> {
    let mut findings = Vec::new();
    for tier in written.tiers.iter().filter(|tier| !is_name(&tier.value)) {
        let message = format!("`{}` cannot be the name of a tier", tier.value.escape_debug());
        findings.push(Finding::new(&table::NAME_INVALID, message).at(tier.span, "this name"));
    }
    let is_known =
        |tier: &&Located<String>| issuer.across_tiers.iter().any(|known| known.value == tier.value);
    if let ([first, .., _], Some(unknown)) =
        (written.tiers.as_slice(), written.tiers.iter().find(|tier| !is_known(tier)))
    {
        let message = format!(
            "`{}` is to be the issuer of {} tiers, and `{}` is not acknowledged",
            name.value.escape_debug(),
            written.tiers.len(),
            unknown.value.escape_debug(),
        );
        let finding = Finding::new(&table::TIERS_MIXED, message).at(unknown.span, "this tier");
        findings.push(if unknown.span == first.span {
            finding
        } else {
            finding.at(first.span, "beside this one")
        });
    }
    findings
}

fn policy(written: &BuiltInIssuer, findings: &mut Vec<Finding>) -> Policy {
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

fn registration_token(written: &BuiltInIssuer, findings: &mut Vec<Finding>) -> Option<(SecretPlace, Span)> {
    let is_wanted = |way: &&Located<Registration>| way.value == Registration::Token;
    let mut report = |message: &str, at: Span, label: &str, help: &str| {
        findings.push(Finding::new(&table::BUILT_IN_INVALID, message).at(at, label).help(help));
    };
    match (written.registration.as_ref().filter(is_wanted), &written.registration_token) {
        (None, None) => None,
        (Some(way), None) => {
            let message = "applications register themselves with a token, and nothing says where it is";
            report(message, way.span, "which token?", "Add `registration_token: env:NAME` or `file:PATH`.");
            None
        }
        (None, Some(token)) => {
            let message = "applications need no token to register themselves, or may not at all";
            report(message, token.span, "has no effect", "Write `registration: token`, or remove it.");
            None
        }
        (Some(_), Some(token)) => {
            // The value is not repeated: it may be the secret itself.
            let place = secret_place(&token.value);
            if place.is_none() {
                let message = "a secret is given as a reference";
                report(message, token.span, "not a reference", "Write `env:NAME` or `file:PATH`.");
            }
            Some((place?, token.span))
        }
    }
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
