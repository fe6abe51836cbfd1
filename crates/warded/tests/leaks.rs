//! Invariant *Quiet*: whatever happens to a token, no part of its text comes out again.
//!
//! `warded inspect` shows what a token says, decoded; that is what it is for. What could be presented somewhere, the
//! encoded text, never appears: not in an answer, an error or a `Debug`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod run;
mod tokens;

use std::fmt::Debug;

use run::{repository, warded};
use serde_json::{Map, Value, json};
use tokens::{FLEET, jwks, key, now, token};
use warded::config::{self, fleet::assess};
use warded_core::{
    FingerprintKey, Fleet, Hierarchy, InboundToken, Issuer, Keyring, Possession, Residue, ResourceUri,
    Scopes, TokenTypes, UnixTime, Verdict,
    danger::Unverified,
    jose::{Algorithm, Key, KeySet, SigningKey, Thumbprint},
    metadata::{AuthorizationServer, ProtectedResource},
};

/// As much of a token as would be of use to anybody, and as would not stand somewhere by chance.
const TELLING: usize = 12;

/// Fails where any telling part of `secret` stands in `said`.
fn assert_quiet(what: &str, secret: &str, said: &str) {
    let bytes = secret.as_bytes();
    for part in bytes.windows(TELLING.min(bytes.len())) {
        let part = std::str::from_utf8(part).unwrap();
        assert!(!said.contains(part), "{what} says {part}");
    }
}

/// Tokens that fail at every step, and one that does not.
fn samples(key: &SigningKey) -> Vec<(&'static str, String)> {
    let good = token(key, json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let reversed: String = signature.chars().rev().collect();
    let long = "LONGMARK".repeat(4_096);
    vec![
        ("changed", format!("{signed}.{reversed}")),
        ("cut", format!("{signed}.")),
        ("doubled", format!("{good}.{good}")),
        ("encrypted", format!("{good}.{claims}.{signature}")),
        ("swapped", format!("{claims}.{header}.{signature}")),
        ("padded", format!("{header}.{claims}==.{signature}")),
        ("opaque", "MARKED-opaque-0123456789abcdef".to_owned()),
        ("not base64", "MARKED!header.MARKED!claims.MARKED!signature".to_owned()),
        ("not JSON", "TUFSS0VELWhlYWRlcg.TUFSS0VELWNsYWltcw.TUFSS0VELXNpZw".to_owned()),
        ("long", format!("{signed}.{long}")),
        ("expired", token(key, json!({ "exp": now() - 7_200, "iat": now() - 7_300 }))),
        ("elsewhere", token(key, json!({ "aud": "https://payments.example.com/mcp" }))),
        ("unknown", token(key, json!({ "aud": "https://nowhere.example.com" }))),
        ("missing", token(key, json!({ "aud": null }))),
        ("malformed", token(key, json!({ "exp": "MARKED" }))),
        ("stranger", token(key, json!({ "iss": "https://stranger.example.com" }))),
        ("unscoped", token(key, json!({ "scope": null }))),
        ("bound", token(key, json!({ "cnf": { "jkt": "A".repeat(43) } }))),
        ("good", good),
    ]
}

fn fleet() -> Fleet {
    let text = std::fs::read_to_string(repository().join(FLEET)).unwrap();
    let config = config::load(&text).unwrap();
    assess(&config, UnixTime::from_seconds(now())).fleet.unwrap()
}

fn key_set(key: &SigningKey) -> KeySet {
    KeySet::parse(jwks(&[key.public_jwk()]).as_bytes()).unwrap()
}

fn debug(what: &impl Debug) -> String {
    format!("{what:?}\n{what:#?}\n")
}

#[test]
fn no_command_repeats_a_token_that_it_reads() {
    let (key, other) = (key(), key());
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let right = file("right.json", &jwks(&[key.public_jwk()]));
    let wrong = file("wrong.json", &jwks(&[other.public_jwk()]));
    for (name, token) in samples(&key) {
        let path = file("token.txt", &token);
        let config = file("warded.yaml", &format!("servers: {{}} # {token}\n"));
        for format in ["text", "json"] {
            let commands: &[&[&str]] = &[
                &["inspect"],
                &["inspect", "--quiet"],
                &["inspect", "--jwks", &right],
                &["inspect", "--config", FLEET],
                &["inspect", "--config", FLEET, "--jwks", &right],
                &["inspect", "--config", FLEET, "--jwks", &wrong],
                &["inspect", &path, "--config", FLEET],
                // The token where something else belongs.
                &["inspect", "--jwks", &path],
                &["inspect", "--config", &config],
            ];
            for command in commands {
                let output = warded(&[command, &["--format", format][..]].concat(), token.as_bytes());
                assert!(output.status.code().is_some_and(|code| code < 100), "{output:?}");
                let said = [output.stdout, output.stderr].concat();
                let what = format!("{name}: {command:?} as {format}");
                assert_quiet(&what, &token, std::str::from_utf8(&said).unwrap());
            }
        }
    }
}

#[test]
fn a_token_in_a_configuration_is_not_shown() {
    let token = token(&key(), json!({}));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("warded.yaml");
    let path = path.to_str().unwrap();
    for text in [
        token.clone(),
        format!("# {token}\nservers: {{}}\n"),
        format!("servers: {{ a: {{ resource: {token} }} }}\n"),
        format!("servers: {{ a: {{ resource: https://a.example/mcp?t={token} }} }}\n"),
        format!("{token}: 1\n"),
        format!("servers: [\"{token}\", \"{token}\"]\n"),
    ] {
        std::fs::write(path, text).unwrap();
        for command in [
            &["check", path][..],
            &["check", path, "--format", "json"],
            &["--config", path, "check", "--quiet"],
            &["inspect", "--config", path],
        ] {
            let output = warded(command, b"a.b.c");
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let said = [output.stdout, output.stderr].concat();
            assert_quiet(&format!("{command:?}"), &token, std::str::from_utf8(&said).unwrap());
        }
    }
}

#[test]
fn a_literal_secret_in_a_configuration_is_not_shown() {
    const SECRET: &str = "MARKED-secret-0123456789";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("warded.yaml");
    let path = path.to_str().unwrap();
    for key in ["client_secret", "password", "clientSecret", "api_key", "access-token", "Authorization"] {
        for text in [
            format!("{key}: {SECRET}\n"),
            format!("{key}: \"{SECRET}\"\n"),
            format!("\"{key}\":\"{SECRET}\"\n"),
            format!("servers: {{ a: {{ {key}: {SECRET} }} }}\n"),
            format!("servers: {{ a: {{ x: 1, '{key}': '{SECRET}' }} }}\n"),
            format!("servers:\n  a:\n    - {key}: {SECRET}\n"),
            format!("servers:\n  a:\n    {key}: &s {SECRET}\n"),
            format!("servers:\n  a:\n    {key}: !!str {SECRET}\n"),
            format!("servers:\n  a:\n    {key}: Bearer {SECRET}\n"),
            format!("servers:\n  a:\n    {key}:\n      {SECRET}\n"),
            format!("servers:\n  a:\n    {key}: |\n      {SECRET}\n"),
            format!("servers:\n  a:\n    ? {key}\n    : {SECRET}\n"),
            format!("issuers: {{ a: {{ url: 'https://user:{SECRET}@login.example.com' }} }}\n"),
        ] {
            let found = config::load(&text).unwrap_err();
            assert_quiet(&text, SECRET, &debug(&found));
            std::fs::write(path, &text).unwrap();
            for format in ["text", "json"] {
                let output = warded(&["check", path, "--format", format], b"");
                assert_eq!(output.status.code(), Some(1), "{output:?}");
                assert_quiet(&text, SECRET, std::str::from_utf8(&output.stdout).unwrap());
            }
        }
    }
}

#[test]
fn a_token_in_an_argument_of_inspect_is_not_repeated() {
    let token = token(&key(), json!({}));
    for format in ["text", "json"] {
        let output = warded(&["inspect", &token, "--format", format], b"");
        assert_eq!(output.status.code(), Some(2));
        let said = [output.stdout, output.stderr].concat();
        assert_quiet("inspect TOKEN", &token, std::str::from_utf8(&said).unwrap());
    }
}

#[test]
fn a_token_in_any_argument_is_not_repeated() {
    let token = token(&key(), json!({}));
    let header = format!("Bearer {token}");
    let directory = tempfile::tempdir().unwrap();
    let nested = directory.path().join(&token).join("file");
    let nested = nested.to_str().unwrap();
    let mut loud = Vec::new();
    for command in [
        &[token.as_str()][..],
        &["inspect", &header],
        &["inspect", "-", &token],
        &["inspect", "--token", &token],
        &["inspect", nested],
        &["inspect", "--jwks", &token],
        &["inspect", "--config", &token],
        &["check", &token],
        &["check", "--accept", &token],
        &["explain", &token],
        &["completions", &token],
        &["schema", &token],
        &["check", "--format", &token],
    ] {
        let output = warded(command, b"a.b.c");
        let said = [output.stdout, output.stderr].concat();
        if std::str::from_utf8(&said).unwrap().contains(&token) {
            loud.push(command.join(" ").replace(&token, "TOKEN"));
        }
    }
    assert!(loud.is_empty(), "{loud:#?}");
}

#[test]
fn no_verdict_and_no_refusal_holds_a_token() {
    let (key, fleet) = (key(), fleet());
    let corp = Issuer::parse("https://login.example.com/realms/corp").unwrap();
    let (mut right, mut wrong) = (Keyring::default(), Keyring::default());
    right.hold(&corp, key_set(&key));
    wrong.hold(&corp, key_set(&tokens::key()));
    let mut codes = std::collections::BTreeSet::new();
    for (name, token) in samples(&key) {
        for server in fleet.servers() {
            for keys in [&right, &wrong, &Keyring::default()] {
                let inbound = InboundToken::new(token.clone());
                let mut said = debug(&inbound);
                let verdict =
                    inbound.judge(&server, keys, &Possession::default(), UnixTime::from_seconds(now()));
                said += &debug(&verdict);
                match verdict {
                    Verdict::Admit(verified, residue) => {
                        codes.insert("admitted");
                        said += &debug(&verified);
                        said += &debug(verified.claims());
                        said +=
                            &debug(&verified.permits(&Scopes::parse("more").unwrap(), &Hierarchy::default()));
                        said += &left(&residue, &token);
                    }
                    Verdict::Refuse(refusal) => {
                        codes.insert(refusal.code());
                        said += &format!("{refusal}{}{}", debug(&refusal), debug(refusal.entry()));
                    }
                    Verdict::Unable(fault) => {
                        codes.insert(fault.entry().code);
                        said += &format!("{fault}{}{}", debug(&fault), debug(fault.entry()));
                    }
                }
                assert_quiet(&format!("{name} at {}", server.name()), &token, &said);
            }
        }
    }
    // The samples are worth something only if they get far.
    for code in [
        "admitted",
        "audience-elsewhere",
        "audience-missing",
        "audience-unknown",
        "claim-malformed",
        "expired",
        "issuer-unknown",
        "key-unknown",
        "keys-missing",
        "sender-unproven",
        "signature-invalid",
        "token-base64",
        "token-encrypted",
        "token-json",
        "token-parts",
        "token-too-large",
    ] {
        assert!(codes.contains(code), "no sample meets {code}: {codes:?}");
    }
}

/// What can be said of the rest of an admitted token.
fn left(residue: &Residue, token: &str) -> String {
    assert!(residue.occurs_in(token.as_bytes()));
    let mut said = debug(residue);
    let subject = residue.subject_token();
    said += &debug(&subject);
    assert_eq!(*subject.into_form_value(), *token);
    said
}

#[test]
fn a_fingerprint_and_its_key_tell_nothing() {
    let text = token(&key(), json!({}));
    let key = FingerprintKey::new(*b"MARKED-key-MARKED-key-MARKED-key");
    let name = InboundToken::new(text.clone()).fingerprint(&key);
    let said = format!("{name}{}{}", debug(&name), debug(&key));
    assert_quiet("the fingerprint", &text, &said);
    assert_quiet("its key", "MARKED-key-MARKED-key-MARKED-key", &said);
}

#[test]
fn a_token_that_is_only_read_is_not_shown() {
    let (key, fleet) = (key(), fleet());
    let keys = [key_set(&key), key_set(&tokens::key())];
    let now = UnixTime::from_seconds(now());
    for (name, token) in samples(&key) {
        let said = match Unverified::read(InboundToken::new(token.clone())) {
            Err(refusal) => format!("{refusal}{}", debug(&refusal)),
            Ok(unverified) => {
                let mut said = debug(&unverified);
                said += &debug(&(unverified.header(), unverified.claims(), unverified.faults(now)));
                said +=
                    &debug(&unverified.would_permit(&Scopes::parse("more").unwrap(), &Hierarchy::default()));
                for server in fleet.servers() {
                    said += &debug(&unverified.would_open(&server, now));
                }
                for keys in &keys {
                    said += &debug(&unverified.signature_by(keys));
                }
                said
            }
        };
        assert_quiet(name, &token, &said);
    }
}

#[test]
fn keys_that_should_not_have_been_published_are_not_shown() {
    const MARK: &str = "TUFSS0VELXByaXZhdGUta2V5LU1BUktFRC1wcml2YXRl";
    for members in [
        json!({ "kty": "oct", "k": MARK }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": MARK, "d": MARK }),
        json!({ "kty": "EC", "crv": "P-256", "x": MARK, "y": MARK, "d": MARK }),
        json!({ "kty": "RSA", "n": MARK, "e": "AQAB", "d": MARK }),
        json!({ "kty": MARK }),
        json!({ "kty": "EC", "crv": MARK, "x": 1 }),
        json!({ "kty": "EC", "crv": "P-256", "alg": MARK }),
        json!({ "kty": "EC", "crv": "P-256", "use": MARK, "key_ops": [MARK] }),
        json!(MARK),
    ] {
        let set = KeySet::parse(json!({ "keys": [members] }).to_string().as_bytes()).unwrap();
        assert_eq!(set.skipped().len(), 1);
        let skipped = set.skipped().iter().map(ToString::to_string).collect::<String>();
        let one = Key::parse(members.to_string().as_bytes());
        assert_quiet("a key", MARK, &format!("{skipped}{}{}", debug(&set), debug(&one)));
    }
    for text in [
        MARK.to_owned(),
        format!("\"{MARK}\""),
        format!("{{\"keys\":\"{MARK}\"}}"),
        format!("{{\"{MARK}\":1,\"{MARK}\":2}}"),
        format!("{{\"keys\":[{MARK}]}}"),
    ] {
        let error = KeySet::parse(text.as_bytes()).unwrap_err();
        assert_quiet(&text, MARK, &format!("{error}{}", debug(&error)));
    }
    for algorithm in Algorithm::ALL {
        let error = SigningKey::from_pkcs8(*algorithm, MARK.as_bytes()).unwrap_err();
        assert_quiet("a private key", MARK, &format!("{error}{}", debug(&error)));
    }
    assert_eq!(Thumbprint::parse(MARK), None);
}

#[test]
fn a_signing_key_shows_its_name_only() {
    let key = key();
    let kid = key.thumbprint();
    assert_eq!(format!("{key:?}"), format!("SigningKey {{ algorithm: Es256, kid: {kid}, .. }}"));
}

#[test]
fn what_is_no_name_is_not_repeated_by_the_error() {
    let token = token(&key(), json!({}));
    let said = debug(&(
        ResourceUri::parse(&token),
        Issuer::parse(&token),
        ResourceUri::parse(&format!("https://user:{token}@notes.example.com")),
        Scopes::parse(&format!("{token}\"")),
        TokenTypes::of([format!("{token}/").as_str()]),
    ));
    assert_quiet("an error", &token, &said);
}

#[test]
fn a_document_with_a_token_in_it_is_not_repeated_by_the_error() {
    let token = token(&key(), json!({}));
    let server = ResourceUri::parse("https://notes.example.com/mcp").unwrap();
    let issuer = Issuer::parse("https://login.example.com").unwrap();
    let document = |members: Value| {
        let mut all = Map::new();
        all.insert("resource".into(), server.as_str().into());
        all.insert("issuer".into(), issuer.as_str().into());
        all.extend(members.as_object().unwrap().clone());
        Value::Object(all).to_string().into_bytes()
    };
    for members in [
        json!({ "resource": token, "issuer": token }),
        json!({ "authorization_servers": [token], "token_endpoint": token }),
        json!({ "authorization_servers": [format!("http://{token}")], "jwks_uri": format!("http://{token}") }),
    ] {
        let text = document(members);
        let said = format!(
            "{}{}",
            ProtectedResource::parse(&text, &server).unwrap_err(),
            AuthorizationServer::parse(&text, &issuer).unwrap_err()
        );
        assert_quiet("a document", &token, &said);
    }
}

#[test]
fn a_document_with_a_token_in_the_wrong_place_is_not_repeated_by_the_error() {
    let token = token(&key(), json!({}));
    let server = ResourceUri::parse("https://notes.example.com/mcp").unwrap();
    let text = json!({ "resource": server.as_str(), "scopes_supported": token }).to_string();
    let error = ProtectedResource::parse(text.as_bytes(), &server).unwrap_err();
    assert_quiet("a document", &token, &format!("{error}{error:?}"));
}
