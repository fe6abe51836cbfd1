//! Does any honestly signed token open two servers, and does a naive reader of `aud` agree with each verdict?

use std::sync::LazyLock;

use serde_json::Value;
use warded_core::{
    Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, Refusal, ResourceUri,
    Server, ServerSpec, TokenTypes, UnixTime, Verdict, danger::Unverified, jose::KeySet,
};

use crate::{NOW, is_misread, keys};

const SERVERS: [(&str, &[&str]); 3] = [
    (
        "notes",
        &["https://mcp.example.com/notes", "https://notes.example.com/mcp", "https://notes.example.com/mcp/"],
    ),
    (
        "files",
        &["https://mcp.example.com/files", "https://bücher.example/mcp", "http://localhost:8080/files"],
    ),
    ("mail", &["https://mcp.example.com", "https://[2001:db8::1]:8443/mail?tenant=a"]),
];

/// An issuer, with what means which server in its tokens.
struct Trusted {
    url: &'static str,
    audiences: &'static [(usize, &'static str)],
    companions: &'static [&'static str],
    own_client_id: bool,
    types: &'static [&'static str],
}

/// Both call a server `shared-id`, each another one. Values are compared with their bytes, except where they are
/// identifiers.
const ISSUERS: [Trusted; 2] = [
    Trusted {
        url: "https://login.example.com/realms/corp",
        audiences: &[
            (0, "api://notes"),
            (0, "shared-id"),
            (1, "files-app"),
            (2, "HTTPS://Mail.Example.com:443/in%7Ebox"),
        ],
        companions: &["account", "https://userinfo.example.com/"],
        own_client_id: true,
        types: &["at+jwt"],
    },
    Trusted {
        url: "https://bank.example",
        audiences: &[(1, "shared-id"), (2, "api://notes")],
        companions: &["Account"],
        own_client_id: false,
        types: &["at+jwt", "JWT", "absent"],
    },
];

struct Stage {
    strict: Vec<Server>,
    /// `notes` is permissive; one server that trusts an issuer may be.
    permissive: Vec<Server>,
    keyring: Keyring,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let mut keyring = Keyring::default();
    for Trusted { url, .. } in &ISSUERS {
        let set = KeySet::parse(keys::set().to_string().as_bytes()).expect("a fixed key set");
        keyring.hold(&Issuer::parse(url).expect("a fixed issuer"), set);
    }
    Stage {
        strict: fleet(Mode::Strict),
        permissive: fleet(Mode::PermissiveUntil(UnixTime::from_seconds(NOW.seconds() + 1))),
        keyring,
    }
});

fn fleet(mode_of_first: Mode) -> Vec<Server> {
    let parse = |text: &&str| ResourceUri::parse(text).expect("a fixed identifier");
    let servers = SERVERS.iter().enumerate().map(|(at, (name, identifiers))| {
        let mut identifiers = identifiers.iter().map(parse);
        ServerSpec {
            name: (*name).into(),
            resource: identifiers.next().expect("the first is its own"),
            aliases: identifiers.collect(),
            issuers: vec![0, 1],
            tier: "default".into(),
            mode: if at == 0 { mode_of_first } else { Mode::Strict },
        }
    });
    let issuers = ISSUERS.iter().map(|trusted| {
        let mut rules = IssuerRules::default();
        rules.companions = trusted.companions.iter().map(|text| (*text).into()).collect();
        rules.own_client_id = trusted.own_client_id;
        rules.types = TokenTypes::of(trusted.types.iter().copied()).expect("fixed types");
        let audiences = trusted.audiences.iter();
        IssuerSpec {
            url: Issuer::parse(trusted.url).expect("a fixed issuer"),
            rules,
            audiences: audiences.map(|(server, text)| (*server, (*text).into())).collect(),
            across_tiers: Vec::new(),
        }
    });
    let fleet = Fleet::prove(servers.collect(), issuers.collect()).expect("a disjoint fleet");
    fleet.servers().collect()
}

/// Signs bytes as claims with a key that every server trusts, and shows the token to all of them. At most one
/// admits it, none that it was not issued for, and what is said of it unverified is what is said of it verified.
pub fn claims(data: &[u8]) {
    if is_misread(data) {
        return;
    }
    let stage = &*STAGE;
    show(&keys::signed(ACCESS_TOKEN, data), &stage.strict, data);
    show(&keys::signed(SOME_JWT, data), &stage.permissive, data);
}

const ACCESS_TOKEN: &[u8] = br#"{"alg":"EdDSA","typ":"at+jwt"}"#;
const SOME_JWT: &[u8] = br#"{"alg":"Ed25519","typ":"JWT"}"#;

/// Shows one token to all servers of a fleet. Gives back which of them admit it.
fn show<'s>(token: &str, servers: &'s [Server], claims: &[u8]) -> Vec<&'s str> {
    let unverified = Unverified::read(InboundToken::new(token.to_owned()));
    let mut admitted_at = Vec::new();
    for server in servers {
        let verdict =
            InboundToken::new(token.to_owned()).judge(server, &STAGE.keyring, &Possession::default(), NOW);
        let opens = unverified
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|unverified| unverified.would_open(server, NOW));
        let naive = naive(claims, server);
        match verdict {
            Verdict::Admit(verified, _) => {
                admitted_at.push(server.name());
                assert_eq!(verified.resource(), server.resource(), "admitted for another server");
                assert_eq!(Ok(verified.waived()), opens.as_deref(), "inspect says otherwise");
                let is_strict = server.spec().mode == Mode::Strict;
                assert!(!is_strict || verified.waived().is_empty(), "a strict server waives nothing");
                assert_eq!(naive, Some(true), "{} is not alone in `aud`", server.name());
                assert!(verified.claims().expires().seconds() + 60 > NOW.seconds(), "it has expired");
            }
            Verdict::Refuse(refusal) => {
                assert_eq!(Err(&refusal), opens.as_deref(), "inspect says otherwise");
                let is_about_audience = matches!(
                    refusal,
                    Refusal::AudienceMissing
                        | Refusal::AudienceMalformed
                        | Refusal::AudienceElsewhere { .. }
                        | Refusal::AudienceUnknown { .. }
                        | Refusal::AudienceShared { .. }
                );
                if is_about_audience {
                    assert_eq!(naive, Some(false), "{} is alone in `aud`: {refusal}", server.name());
                }
            }
            Verdict::Unable(fault) => panic!("the keys are at hand, and yet {fault}"),
        }
    }
    assert!(admitted_at.len() <= 1, "one token opens {admitted_at:?}");
    admitted_at
}

/// Whether the audience admits the token, found out by comparing everything with everything. None where the
/// claims do not even name an issuer that is known.
fn naive(claims: &[u8], server: &Server) -> Option<bool> {
    let claims: Value = serde_json::from_slice(claims).ok()?;
    let text = |claim| claims.get(claim).and_then(Value::as_str);
    let issuer = ISSUERS.iter().find(|trusted| text("iss") == Some(trusted.url))?;
    let client = text("client_id").or(text("azp"));
    let is_permissive = server.spec().mode != Mode::Strict;

    let recipients: Vec<&str> = match claims.get("aud") {
        None => return Some(is_permissive),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => {
            let texts: Option<Vec<_>> = several.iter().map(Value::as_str).collect();
            match texts {
                Some(texts) if (1..=32).contains(&texts.len()) => texts,
                _ => return Some(false),
            }
        }
        Some(_) => return Some(false),
    };
    if recipients.contains(&"") {
        return Some(false);
    }
    let is_named = |position: usize, text: &str| {
        let (_, identifiers) = SERVERS[position];
        identifiers.iter().any(|own| same(own, text))
            || issuer.audiences.iter().any(|(owner, own)| *owner == position && same(own, text))
    };
    let own = SERVERS.iter().position(|(name, _)| *name == server.name())?;
    let others = (0..SERVERS.len()).filter(|position| *position != own);
    let is_elsewhere = recipients.iter().any(|text| others.clone().any(|other| is_named(other, text)));
    let is_here = recipients.iter().any(|text| is_named(own, text));
    let is_only_here = recipients.iter().all(|text| {
        is_named(own, text)
            || issuer.companions.iter().any(|companion| same(companion, text))
            || (issuer.own_client_id && client == Some(text))
    });
    Some(!is_elsewhere && (is_permissive || (is_here && is_only_here)))
}

/// Equal as identifiers where both are, else byte for byte.
fn same(one: &str, other: &str) -> bool {
    match (ResourceUri::parse(one), ResourceUri::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Properties of what is admitted say nothing where nothing is.
    #[test]
    fn each_server_admits_the_token_that_is_for_it() {
        for (claims, server) in [
            (&include_bytes!("../../corpus/claims/notes")[..], "notes"),
            (include_bytes!("../../corpus/claims/files"), "files"),
            (include_bytes!("../../corpus/claims/mail"), "mail"),
            (include_bytes!("../../corpus/claims/shared-id-at-bank"), "files"),
        ] {
            let token = keys::signed(ACCESS_TOKEN, claims);
            assert_eq!(show(&token, &STAGE.strict, claims), [server]);
            assert_eq!(show(&token, &STAGE.permissive, claims), [server]);
        }
    }
}
