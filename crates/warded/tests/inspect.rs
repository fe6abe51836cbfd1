//! What `warded inspect` says of tokens: good ones, bad ones, and things that are none.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod run;
mod tokens;

use std::{fs, process::Output};

use run::warded;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokens::{FLEET, jwks, key, now, token};

/// A directory with one file in it, and the path of that file.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (directory, path)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The answer to programs, and the exit code.
fn told(arguments: &[&str], input: &[u8]) -> (Value, Option<i32>) {
    let mut all = vec!["inspect", "--format", "json"];
    all.extend(arguments);
    let output = warded(&all, input);
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (answer, output.status.code())
}

/// Says an error and nothing else.
fn assert_error(output: &Output, part: &str) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let error = text(&output.stderr);
    assert!(error.starts_with("error: ") && error.contains(part), "{error}");
}

/// What each server of the fleet says: "admitted", or the code of the refusal.
fn verdicts(answer: &Value) -> Vec<(&str, &str)> {
    let servers = answer["servers"].as_array().unwrap();
    servers
        .iter()
        .map(|server| {
            let said = server["refusal"]["code"].as_str().unwrap_or("admitted");
            assert_eq!(server["admitted"], said == "admitted");
            (server["server"].as_str().unwrap(), said)
        })
        .collect()
}

fn faults(answer: &Value) -> Vec<&str> {
    let faults = answer["faults"].as_array().unwrap();
    faults.iter().map(|fault| fault["code"].as_str().unwrap()).collect()
}

#[test]
fn a_good_token_opens_exactly_one_server() {
    let key = key();
    let (_kept, keys) = file("keys.json", jwks(&[key.public_jwk()]));
    let token = token(&key, json!({}));
    let (answer, exit) = told(&["--config", FLEET, "--jwks", &keys], token.as_bytes());
    assert_eq!(exit, Some(0), "{answer}");
    assert_eq!(answer["signature"], json!({ "checked": true, "good": true }));
    assert_eq!(answer["claims"]["sub"], "alice");
    assert_eq!(faults(&answer), [""; 0]);
    assert_eq!(
        verdicts(&answer),
        [("search", "issuer-unknown"), ("notes", "admitted"), ("payments", "issuer-unknown")]
    );
    let output = warded(&["inspect", "--config", FLEET, "--jwks", &keys], token.as_bytes());
    let said = text(&output.stdout);
    for part in
        ["verified with the given keys", "nothing wrong with it", "notes      admitted", "(in 10 minutes)"]
    {
        assert!(said.contains(part), "{part}:\n{said}");
    }
}

#[test]
fn without_keys_it_says_that_nobody_vouches_for_the_token() {
    let token = token(&key(), json!({}));
    let (answer, exit) = told(&["--config", FLEET], token.as_bytes());
    assert_eq!((&answer["signature"]["checked"], exit), (&json!(false), Some(0)));
    assert_eq!(verdicts(&answer)[1], ("notes", "admitted"));
    let output = warded(&["inspect", "--config", FLEET], token.as_bytes());
    assert!(text(&output.stdout).contains("NOT checked: anybody could have written this token"));
    assert!(text(&output.stdout).contains("(if its signature is good, which was not checked)"));
}

#[test]
fn a_token_comes_from_standard_input_from_a_file_or_with_its_scheme() {
    let token = token(&key(), json!({}));
    let expected = told(&[], token.as_bytes());
    assert_eq!(expected.1, Some(0));
    let (_kept, path) = file("token.txt", format!("{token}\n"));
    assert_eq!(told(&[&path], b""), expected);
    assert_eq!(told(&["-"], token.as_bytes()), expected);
    for input in [
        format!("  {token}\r\n"),
        format!("Bearer {token}"),
        format!("bearer {token}\n"),
        format!("DPoP {token}"),
        format!("Authorization: Bearer {token}\n"),
    ] {
        let got = told(&[], input.as_bytes());
        assert_eq!(got, expected, "{}", input.replace(&token, "TOKEN"));
    }
}

#[test]
fn a_token_in_an_argument_is_refused_and_not_repeated() {
    let token = token(&key(), json!({}));
    let output = warded(&["inspect", &token], b"");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).starts_with("error: an argument holds a token"));
    assert!(text(&output.stderr).contains("standard input"));
    assert!(!text(&output.stderr).contains(token.get(..20).unwrap()));
}

#[test]
fn what_is_no_token_is_answered_with_the_reason() {
    let key = key();
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.";
    let signed = token(&key, json!({}));
    let huge = token(&key, json!({ "groups": "g".repeat(20_000) }));
    for (input, code) in [
        ("garbage", "token-parts"),
        ("a.b", "token-parts"),
        ("a.b.c.d.e", "token-encrypted"),
        ("!!!.???.***", "token-base64"),
        ("e30=.e30.e30", "token-base64"),
        ("W10.e30.", "token-json"),
        (&huge, "token-too-large"),
        (&"x".repeat(1 << 20), "token-too-large"),
    ] {
        let (answer, exit) = told(&[], input.as_bytes());
        assert_eq!((&answer["readable"], exit), (&json!(false), Some(13)), "{code}");
        assert_eq!(faults(&answer), [code]);
        let output = warded(&["inspect"], input.as_bytes());
        assert!(text(&output.stdout).starts_with(code), "{output:?}");
        assert!(text(&output.stdout).contains(&format!("More: `warded explain {code}`")));
        assert_eq!(output.status.code(), Some(13));
    }
    // Readable, and no less wrong.
    let (answer, exit) = told(&[], unsigned.as_bytes());
    assert_eq!(exit, Some(13));
    assert!(faults(&answer).contains(&"algorithm-unsupported"), "{answer}");
    // A token whose signature was cut off is no better with the issuer's keys at hand.
    let (_kept, keys) = file("keys.json", jwks(&[key.public_jwk()]));
    let (stripped, _) = signed.rsplit_once('.').unwrap();
    let (answer, exit) = told(&["--jwks", &keys], format!("{stripped}.").as_bytes());
    assert_eq!((faults(&answer), exit), (vec!["signature-invalid"], Some(13)));
}

#[test]
fn no_token_at_all_is_an_error() {
    for input in ["", " \r\n\n"] {
        assert_error(&warded(&["inspect"], input.as_bytes()), "there is no token");
    }
    assert_error(&warded(&["inspect"], b"\xff\xfe\x00a.b.c"), "the token is not text");
    assert_error(&warded(&["inspect", "no/such/file"], b""), "cannot open no/such/file");
    assert_error(&warded(&["inspect", "examples"], b""), "cannot read examples");
}

#[test]
fn each_fault_of_a_token_is_named() {
    let key = key();
    for (changes, code) in [
        (json!({ "exp": now() - 3_600, "iat": now() - 7_200 }), "expired"),
        (json!({ "exp": now() + 40 * 86_400 }), "lifetime-too-long"),
        (json!({ "exp": null }), "expiry-missing"),
        (json!({ "nbf": now() + 3_600 }), "not-yet-valid"),
        (json!({ "iat": now() + 3_600, "exp": now() + 7_200 }), "issued-in-future"),
        (json!({ "aud": null }), "audience-missing"),
        (json!({ "aud": [] }), "audience-malformed"),
        (json!({ "iss": null }), "issuer-missing"),
        (json!({ "sub": 1 }), "claim-malformed"),
    ] {
        let token = token(&key, changes);
        let (answer, exit) = told(&[], token.as_bytes());
        assert_eq!((faults(&answer), exit), (vec![code], Some(13)));
        let (answer, exit) = told(&["--config", FLEET], token.as_bytes());
        assert_eq!((verdicts(&answer)[1], exit), (("notes", code), Some(13)));
        let output = warded(&["inspect"], token.as_bytes());
        assert!(text(&output.stdout).ends_with(&format!("\nMore: `warded explain {code}`\n")));
    }
}

#[test]
fn each_server_says_why_it_stays_closed() {
    let key = key();
    for (changes, code) in [
        (json!({ "aud": "https://payments.example.com/mcp" }), "audience-elsewhere"),
        (json!({ "aud": "https://nowhere.example.com/mcp" }), "audience-unknown"),
        (
            json!({ "aud": ["https://mcp.example.com/notes/mcp", "https://mcp.example.com/search/mcp"] }),
            "audience-shared",
        ),
        (json!({ "scope": "other" }), "scope-missing"),
        (json!({ "cnf": { "jkt": "A".repeat(43) } }), "sender-unproven"),
    ] {
        let token = token(&key, changes);
        let (answer, exit) = told(&["--config", FLEET], token.as_bytes());
        assert_eq!((verdicts(&answer)[1], exit), (("notes", code), Some(13)));
        // Nothing is wrong with the token itself.
        assert_eq!(told(&[], token.as_bytes()).1, Some(0), "{code}");
    }
    let beside = token(&key, json!({ "aud": ["https://notes.example.com/mcp", "agent"] }));
    let (answer, exit) = told(&["--config", FLEET], beside.as_bytes());
    assert_eq!((verdicts(&answer)[1], exit), (("notes", "admitted"), Some(0)));
    let output = warded(&["inspect"], beside.as_bytes());
    assert!(text(&output.stdout).contains("note: it names 2 recipients"));
}

#[test]
fn a_signature_of_somebody_else_opens_nothing() {
    let (mine, theirs) = (key(), key());
    let token = token(&theirs, json!({}));
    let mut renamed = mine.public_jwk().clone();
    renamed.insert("kid".into(), theirs.thumbprint().to_string().into());
    for (keys, code) in [
        (jwks(&[mine.public_jwk()]), "key-unknown"),
        (jwks(&[]), "key-unknown"),
        (jwks(&[&renamed]), "signature-invalid"),
    ] {
        let (_kept, keys) = file("keys.json", keys);
        let (answer, exit) = told(&["--config", FLEET, "--jwks", &keys], token.as_bytes());
        assert_eq!((faults(&answer), exit), (vec![code], Some(13)));
        assert_eq!(verdicts(&answer)[1], ("notes", code));
        assert_eq!(answer["signature"], json!({ "checked": true, "good": false }));
        let output = warded(&["inspect", "--jwks", &keys], token.as_bytes());
        assert!(text(&output.stdout).contains("NOT good: "));
    }
}

#[test]
fn keys_that_cannot_be_used_are_named() {
    let key = key();
    let token = token(&key, json!({}));
    let keys = json!({ "keys": [
        { "kty": "oct", "k": "c2hhcmVk", "kid": "shared" },
        key.public_jwk(),
        { "kty": "EC", "crv": "P-256", "d": "c2VjcmV0" },
        7,
    ] });
    let (_kept, path) = file("keys.json", keys.to_string());
    let output = warded(&["inspect", "--jwks", &path], token.as_bytes());
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        "verified with the given keys",
        "left out: key 0 (shared) is symmetric",
        "left out: key 2 is a private key that has been published",
        "left out: key 3 is not a JWK",
    ] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
    assert!(!said.contains("c2hhcmVk") && !said.contains("c2VjcmV0"), "{said}");
}

#[test]
fn keys_that_cannot_be_read_are_an_error() {
    let token = token(&key(), json!({}));
    let inspect = |path: &str| warded(&["inspect", "--jwks", path], token.as_bytes());
    assert_error(&inspect("no/keys.json"), "cannot open no/keys.json");
    for (content, part) in [
        ("{", "is not a key set: the key set is not valid JSON"),
        ("[]", "is not a key set: the key set is not a JSON object"),
        ("{}", "is not a key set: the key set has no `keys` array"),
        (r#"{"keys":[],"keys":[]}"#, "has a member twice"),
    ] {
        let (_kept, path) = file("keys.json", content);
        assert_error(&inspect(&path), part);
    }
    let (_kept, path) = file("keys.json", " ".repeat(600 * 1024));
    assert_error(&inspect(&path), "larger than");
}

#[test]
fn a_configuration_that_is_not_proved_says_nothing_about_servers() {
    let token = token(&key(), json!({}));
    let inspect = |path: &str| warded(&["inspect", "--config", path], token.as_bytes());
    assert_error(
        &inspect("examples/broken/same-resource-twice.yaml"),
        "is not proved disjoint, so nothing can be said about its servers",
    );
    assert_error(&inspect("examples/broken/misspelt-key.yaml"), "`isuers` is not a key here");
    assert_error(&inspect("no/warded.yaml"), "no/warded.yaml: No such file");
}
