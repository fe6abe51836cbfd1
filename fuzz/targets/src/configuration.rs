//! Is every fleet that is proved really disjoint, and does no report show a secret?

use serde_json::Value;
use warded::{
    config::{fleet::assess, load},
    finding::Finding,
};
use warded_core::{Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, ServerSpec};

use crate::{NOW, identifier::shouted};

/// Stands in seeds for a secret.
const SECRET: &str = "FAKE-SECRET";

/// Reads text as `warded.yaml` and assesses it. A proved fleet is disjoint when every value is compared with every
/// other; findings point into the text; a text with a secret in it proves nothing, and nothing of it is shown.
pub fn configuration(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else {
        return;
    };
    let has_secret = source.contains(SECRET) && holds_secret(source);
    let (fleet, findings) = match load(source) {
        Ok(config) => {
            let assessment = assess(&config, NOW);
            (assessment.fleet, assessment.findings)
        }
        Err(finding) => (None, vec![*finding]),
    };
    assert!(fleet.is_some() || !findings.is_empty(), "no fleet, and nothing says why");
    for finding in &findings {
        points_inside(finding, source);
        if has_secret {
            shows_no_secret(finding, source);
        }
    }
    if let Some(fleet) = fleet {
        assert!(!has_secret, "a fleet from a text that holds a secret");
        disjoint(&fleet);
        overlap_is_refused(&fleet);
    }
}

fn points_inside(finding: &Finding, source: &str) {
    assert!(!finding.message.is_empty());
    for place in &finding.places {
        let range = place.span.range();
        assert!(
            source.get(range.clone()).is_some(),
            "{} points at {range:?} of {} bytes",
            finding.rule.code,
            source.len()
        );
    }
}

/// The report of a finding shows its words and the lines that it points at.
fn shows_no_secret(finding: &Finding, source: &str) {
    let labels = finding.places.iter().map(|place| &place.label);
    for text in labels.chain(&finding.help).chain([&finding.message]) {
        assert!(!text.contains(SECRET), "{} tells a secret", finding.rule.code);
    }
    if finding.rule.code == "secret-literal" {
        // Its excerpt is masked.
        return;
    }
    for place in &finding.places {
        let range = place.span.range();
        let before = source.get(..range.start).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let after = source.get(range.end..).unwrap_or_default();
        let end = after.find('\n').map_or(source.len(), |at| range.end + at);
        let lines = source.get(start..end).unwrap_or_default();
        assert!(!lines.contains(SECRET), "{} shows a secret: {lines:?}", finding.rule.code);
    }
}

/// Whether a key that is called like a secret has the marked value, as a YAML parser reads it.
fn holds_secret(source: &str) -> bool {
    fn looks_secret(key: &str) -> bool {
        let key = key.to_ascii_lowercase();
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        let endings = [
            "secret",
            "secret_key",
            "password",
            "passwd",
            "passphrase",
            "token",
            "api_key",
            "apikey",
            "access_key",
            "private_key",
            "authorization",
        ];
        key.bytes().all(is_word) && endings.iter().any(|ending| key.ends_with(ending))
    }
    fn within(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.iter().any(|(key, value)| {
                let is_secret = value.as_str().is_some_and(|text| text.starts_with(SECRET));
                (is_secret && looks_secret(key)) || within(value)
            }),
            Value::Array(items) => items.iter().any(within),
            _ => false,
        }
    }
    serde_saphyr::from_str(source).is_ok_and(|document: Value| within(&document))
}

fn disjoint(fleet: &Fleet) {
    let servers: Vec<_> = fleet.servers().collect();
    assert!(!servers.is_empty(), "a fleet without servers");
    for (at, server) in servers.iter().enumerate() {
        assert_ne!(server.issuers().count(), 0, "{} trusts nobody", server.name());
        for issuer in server.issuers() {
            for (other, neighbour) in servers.iter().enumerate().skip(at + 1) {
                apart(issuer, (at, server.spec()), (other, neighbour.spec()));
                let trusts = |spec: &IssuerSpec| spec.url == issuer.url;
                if neighbour.issuers().any(trusts) {
                    share(issuer, server.spec(), neighbour.spec());
                }
            }
            for value in values(issuer, at, server.spec()) {
                let is_companion = issuer.rules.companions.iter().any(|text| normal(text) == value);
                assert!(!is_companion, "{value} is a companion and means {}", server.name());
            }
        }
    }
}

/// Two servers have no value in common in the tokens of an issuer, whether or not the other trusts it.
fn apart(issuer: &IssuerSpec, one: (usize, &ServerSpec), other: (usize, &ServerSpec)) {
    assert_ne!(one.1.name, other.1.name, "two servers of one name");
    for value in values(issuer, one.0, one.1) {
        for taken in values(issuer, other.0, other.1) {
            assert_ne!(value, taken, "it means {} and {}", one.1.name, other.1.name);
        }
    }
}

/// What two servers may not have in common besides, when both trust an issuer.
fn share(issuer: &IssuerSpec, one: &ServerSpec, other: &ServerSpec) {
    let is_permissive = |server: &ServerSpec| server.mode != Mode::Strict;
    assert!(!(is_permissive(one) && is_permissive(other)), "two permissive servers");
    let is_known = |tier| issuer.across_tiers.contains(tier);
    assert!(
        one.tier == other.tier || (is_known(&one.tier) && is_known(&other.tier)),
        "servers of two tiers share {}",
        issuer.url
    );
}

/// The same servers stay a fleet under one issuer, until it calls one of them by another spelling of the next.
fn overlap_is_refused(fleet: &Fleet) {
    let servers: Vec<_> = fleet
        .servers()
        .map(|server| ServerSpec {
            issuers: vec![0],
            tier: "default".into(),
            mode: Mode::Strict,
            ..server.spec().clone()
        })
        .collect();
    let is_proved = |audiences| {
        let issuer = IssuerSpec {
            url: Issuer::parse("https://login.example.com").expect("a fixed issuer"),
            rules: IssuerRules::default(),
            audiences,
            across_tiers: Vec::new(),
        };
        Fleet::prove(servers.clone(), vec![issuer]).is_ok()
    };
    assert!(is_proved(Vec::new()), "disjoint for many issuers, but not for one");
    for (at, neighbour) in servers.iter().enumerate().skip(1) {
        let identifier = neighbour.resource.as_str();
        for spelling in [identifier.to_owned(), shouted(identifier).1] {
            let stolen = vec![(at - 1, spelling.as_str().into())];
            assert!(!is_proved(stolen), "{spelling} means two servers");
        }
    }
}

fn values(issuer: &IssuerSpec, at: usize, server: &ServerSpec) -> Vec<String> {
    let extra = issuer.audiences.iter().filter(|(owner, _)| *owner == at);
    let extra = extra.map(|(_, value)| normal(value));
    let identifiers = std::iter::once(&server.resource).chain(&server.aliases);
    extra.chain(identifiers.map(|uri| normal(uri.as_str()))).collect()
}

fn normal(text: &str) -> String {
    ResourceUri::parse(text).map_or_else(|_| text.to_owned(), |uri| uri.as_str().to_owned())
}
