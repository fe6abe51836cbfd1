//! One request for each check, each with nothing else wrong, between two requests that are let through.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use warded_core::Entry;

use super::{
    holder::{Draft, Holder, encode, hash_of},
    wire::Place,
};
use crate::stage::{HERE, NEIGHBOUR, NOW, builder, claims, signed, token};

/// What is wrong, the code, and the request's headers.
type Row = (&'static str, &'static str, Vec<(&'static str, String)>);

/// A request with the one proof that is given.
fn with(what: &'static str, code: &'static str, token: &str, proof: String) -> Row {
    (what, code, vec![("Authorization", format!("DPoP {token}")), ("DPoP", proof)])
}

fn rows(method: &str, holder: &Holder) -> Vec<Row> {
    let token = holder.token();
    let mut rows = headers(method, holder, &token);
    let draft = || holder.draft(method, &token);
    let mut row = |what, code, draft: Draft| rows.push(with(what, code, &token, holder.seal(draft)));

    row("another type", "proof-type", draft().header("typ", "JWT"));
    row("an access token's type", "proof-type", draft().header("typ", "at+jwt"));
    row("its type in other letters", "proof-type", draft().header("typ", "DPOP+JWT"));
    row("its type written out", "proof-type", draft().header("typ", "application/dpop+jwt"));
    row("no type", "proof-type", draft().without("typ"));
    row("a type that is no text", "proof-type", draft().header("typ", 7));

    row("no algorithm", "proof-algorithm", draft().without("alg"));
    row("the algorithm none", "proof-algorithm", draft().header("alg", "none"));
    row("a shared secret", "proof-algorithm", draft().header("alg", "HS256"));
    row("an unknown algorithm", "proof-algorithm", draft().header("alg", "ES256K"));
    row("an algorithm in other letters", "proof-algorithm", draft().header("alg", "eddsa"));

    row("an extension", "proof-critical", draft().header("crit", json!(["b64"])).header("b64", false));
    row("a forgotten extension", "proof-critical", draft().header("b64", false));

    row("no key", "proof-key", draft().without("jwk"));
    row("a key by name", "proof-key", draft().without("jwk").header("kid", holder.thumbprint().to_string()));
    row("a key elsewhere", "proof-key", draft().without("jwk").header("jku", "https://evil.example/jwks"));
    row("a certificate", "proof-key", draft().without("jwk").header("x5c", json!(["MIIB"])));
    row("a key as text", "proof-key", draft().header("jwk", holder.jwk.to_string()));
    row("a list of keys", "proof-key", draft().header("jwk", json!([holder.jwk])));
    row("another algorithm's key", "proof-key", draft().header("alg", "ES256"));
    row("a key for encryption", "proof-key", draft().header("jwk", jwk(holder, "use", "enc")));
    row(
        "a point that anybody signs for",
        "proof-key",
        draft().header("jwk", jwk(holder, "x", &encode([0; 32]))),
    );
    row("a key that says another algorithm", "proof-key", draft().header("jwk", jwk(holder, "alg", "ES256")));
    row("its private key", "proof-key-private", draft().header("jwk", jwk(holder, "d", &encode([1; 32]))));
    let secret = json!({ "kty": "oct", "k": encode([1; 32]) });
    row("a shared key", "proof-key-private", draft().header("jwk", secret));

    for claim in ["jti", "htm", "htu", "iat"] {
        row("a claim is missing", "proof-claim", draft().without(claim));
        row("a claim is a list", "proof-claim", draft().claim(claim, json!(["x"])));
        row("a claim is null", "proof-claim", draft().claim(claim, Value::Null));
    }
    for claim in ["jti", "htm", "htu", "ath"] {
        row("a claim is empty", "proof-claim", draft().claim(claim, ""));
        row("a claim is a number", "proof-claim", draft().claim(claim, 7));
    }
    row("a nonce that is no text", "proof-claim", draft().claim("nonce", 7));
    row("a time as text", "proof-claim", draft().claim("iat", NOW.to_string()));
    row("a time before time", "proof-claim", draft().claim("iat", -1));
    row("a time beyond it", "proof-claim", draft().claim("iat", u64::MAX));
    row("a long jti", "proof-claim", draft().claim("jti", "j".repeat(257)));

    let other = if method == "GET" { "POST" } else { "GET" };
    row("another method", "proof-method", draft().claim("htm", other));
    row("small letters", "proof-method", draft().claim("htm", method.to_lowercase()));
    row("a blank behind it", "proof-method", draft().claim("htm", format!("{method} ")));

    row("the neighbour's URL", "proof-url", draft().claim("htu", NEIGHBOUR));
    row("without TLS", "proof-url", draft().claim("htu", HERE.replace("https", "http")));
    row("the server's origin", "proof-url", draft().claim("htu", "https://mcp.example.com"));
    row("a slash more", "proof-url", draft().claim("htu", format!("{HERE}/")));
    row("another port", "proof-url", draft().claim("htu", "https://mcp.example.com:8443/notes/mcp"));
    row("other letters in the path", "proof-url", draft().claim("htu", "https://mcp.example.com/Notes/mcp"));
    row("only a path", "proof-url", draft().claim("htu", "/notes/mcp"));
    row("a user", "proof-url", draft().claim("htu", "https://mcp.example.com@evil.example/notes/mcp"));
    row("another host", "proof-url", draft().claim("htu", "https://evil.example/notes/mcp"));
    row("dots", "proof-url", draft().claim("htu", "https://mcp.example.com/files/../notes/mcp"));

    row("too old", "proof-stale", draft().claim("iat", NOW - 301));
    row("from another age", "proof-stale", draft().claim("iat", 0));
    row("ahead", "proof-ahead", draft().claim("iat", NOW + 61));
    row("for next year", "proof-ahead", draft().claim("iat", NOW + 31_536_000));

    row("no token's hash", "proof-token", draft().without("ath"));
    row("another token's hash", "proof-token", draft().claim("ath", hash_of("another")));
    row("a padded hash", "proof-token", draft().claim("ath", format!("{}=", hash_of(&token))));
    row("the token itself", "proof-token", draft().claim("ath", &*token));
    rows
}

fn jwk(holder: &Holder, member: &str, value: &str) -> Value {
    let mut jwk = holder.jwk.clone();
    jwk[member] = value.into();
    jwk
}

/// What is wrong with the headers, the form, the signature or the token.
fn headers(method: &str, holder: &Holder, token: &str) -> Vec<Row> {
    let (stranger, proof) = (Holder::new(), || holder.proof(method, token));
    let authorization = || ("Authorization", format!("DPoP {token}"));
    let (head, body) = {
        let Draft { header, claims } = holder.draft(method, token);
        (Value::Object(header).to_string(), Value::Object(claims).to_string())
    };
    let with = |what, code, proof| with(what, code, token, proof);
    let cut = |proof: String, part: usize| proof.split('.').take(part).collect::<Vec<_>>().join(".");
    let unbound = crate::stage::token();
    let bearer = |proofs: &[String]| {
        let proofs = proofs.iter().map(|proof| ("DPoP", proof.clone()));
        std::iter::once(("Authorization", format!("Bearer {token}"))).chain(proofs).collect()
    };
    vec![
        ("no proof", "proof-missing", vec![authorization()]),
        ("two proofs", "proof-twice", vec![authorization(), ("DPoP", proof()), ("DPoP", proof())]),
        ("a list", "proof-twice", vec![authorization(), ("DPoP", format!("{}, {}", proof(), proof()))]),
        with(
            "much",
            "proof-too-large",
            holder.seal(holder.draft(method, token).claim("x", "x".repeat(8192))),
        ),
        with("nothing", "proof-malformed", String::new()),
        with("a word", "proof-malformed", "proof".into()),
        with("two parts", "proof-malformed", cut(proof(), 2)),
        with("five parts", "proof-malformed", format!("{}.x.y", proof())),
        with("padding", "proof-malformed", format!("{}=", proof())),
        with("no object", "proof-malformed", holder.sign(&head, "[]")),
        with("no JSON", "proof-malformed", holder.sign("dpop+jwt", &body)),
        with("a scheme", "proof-malformed", format!("DPoP {}", proof())),
        with(
            "a claim twice",
            "proof-duplicate-member",
            holder.sign(&head, &body.replacen('{', &format!("{{\"htu\":\"{HERE}\","), 1)),
        ),
        with(
            "a type twice",
            "proof-duplicate-member",
            holder.sign(&head.replacen('{', "{\"typ\":\"dpop+jwt\",", 1), &body),
        ),
        with("no signature", "proof-signature", format!("{}.", cut(proof(), 2))),
        with("half a signature", "proof-signature", format!("{}.{}", cut(proof(), 2), encode([7; 32]))),
        with("a stranger's signature", "proof-signature", stranger.seal(holder.draft(method, token))),
        with("the signature of another", "proof-signature", {
            let other = proof();
            format!("{}.{}", cut(proof(), 2), other.rsplit_once('.').unwrap().1)
        }),
        with("a stranger's proof", "sender-mismatch", stranger.proof(method, token)),
        (
            "a token that is bound to nobody",
            "sender-unbound",
            vec![("Authorization", format!("DPoP {unbound}")), ("DPoP", holder.proof(method, &unbound))],
        ),
        ("a bound token as a bearer token", "sender-unproven", bearer(&[])),
        ("the same with its proof", "sender-unproven", bearer(&[proof()])),
        ("the same with two", "sender-unproven", bearer(&[proof(), proof()])),
    ]
}

#[tokio::test]
async fn each_check_has_a_proof_that_fails_it_and_nothing_else() {
    let place = Place::of(builder().build()).await;
    let mut given = BTreeSet::new();
    for method in ["POST", "GET", "DELETE"] {
        let holder = Holder::new();
        let (token, mut admitted) = (holder.token(), place.reached());
        for (what, code, headers) in rows(method, &holder) {
            let control = place.present(method, &token, &holder.proof(method, &token)).await;
            assert!(control.is_good(), "before {what}: {control:?}");
            admitted += 1;
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = place.ask(method, &headers).await;
            assert_eq!((reply.status, reply.code().as_str()), (401, code), "{method}: {what}");
            assert_eq!(place.reached(), admitted, "{method}: {what}");
            let error = Entry::find(code).unwrap().error.unwrap().name();
            let is_bearer = headers[0].1.starts_with("Bearer");
            let (used, other) = if is_bearer { ("Bearer", "DPoP") } else { ("DPoP", "Bearer") };
            let challenges = reply.challenges();
            assert_eq!(challenges.len(), 2, "{what}: {challenges:?}");
            assert!(
                challenges[0].starts_with(&format!("{used} error=\"{error}\", ")),
                "{what}: {challenges:?}"
            );
            assert!(challenges[1].starts_with(&format!("{other} scope=")), "{what}: {challenges:?}");
            assert!(
                challenges.iter().all(|challenge| challenge.contains("resource_metadata=\"https://mcp."))
            );
            let dpop = challenges.iter().find(|challenge| challenge.starts_with("DPoP")).unwrap();
            assert!(
                dpop.ends_with("algs=\"EdDSA ES256 ES384 PS256 PS384 PS512 RS256 RS384 RS512\""),
                "{dpop}"
            );
            given.insert(code);
        }
        let last = holder.proof(method, &token);
        let control = place.present(method, &token, &last).await;
        assert!(control.is_good(), "after all: {control:?}");
        let again = place.present(method, &token, &last).await;
        assert_eq!((again.status, again.code().as_str()), (401, "proof-replayed"), "{method}");
        assert!(again.challenges()[0].starts_with("DPoP error=\"invalid_dpop_proof\""), "{again:?}");
        given.insert("proof-replayed");
    }
    // What the other tables here are about.
    given.extend(["sender-required", "proof-nonce-missing", "proof-nonce-unknown"]);
    given.remove("sender-unproven");
    given.remove("sender-mismatch");
    assert_eq!(given, Entry::OF_SENDERS.iter().map(|entry| entry.code).collect());
}

#[tokio::test]
async fn what_does_not_matter_is_let_through() {
    let place = Place::of(builder().build()).await;
    let holder = Holder::new();
    let token = holder.token();
    let draft = || holder.draft("POST", &token);
    for (what, draft) in [
        ("as old as a proof may be", draft().claim("iat", NOW - 300)),
        ("as far ahead as a clock may be", draft().claim("iat", NOW + 60)),
        ("a fraction of a second", draft().claim("iat", 1_800_000_000.5)),
        ("a URL with a query", draft().claim("htu", format!("{HERE}?session=1#part"))),
        ("a URL in other letters", draft().claim("htu", "HTTPS://MCP.EXAMPLE.COM:443/notes/mcp")),
        ("a URL with needless encoding", draft().claim("htu", "https://mcp.example.com/%6E%6ftes/mcp")),
        ("a nonce that nobody asked for", draft().claim("nonce", "n")),
        ("claims of its own", draft().claim("sub", "alice").claim("exp", NOW - 1)),
        ("other keys in the header", draft().header("kid", "x").header("jku", "https://evil.example/jwks")),
        ("a long jti", draft().claim("jti", "j".repeat(256))),
        ("its algorithm's newer name", draft().header("alg", "Ed25519")),
        ("a key with a purpose", draft().header("jwk", jwk(&holder, "use", "sig"))),
    ] {
        let reply = place.present("POST", &token, &holder.seal(draft)).await;
        assert!(reply.is_good(), "{what}: {reply:?}");
    }
    for scheme in ["DPoP", "dpop", "DPOP"] {
        let authorization = format!("{scheme}  {token}");
        let proof = holder.proof("POST", &token);
        let reply = place.ask("POST", &[("authorization", &authorization), ("dpop", &proof)]).await;
        assert!(reply.is_good(), "{scheme}: {reply:?}");
    }
    // A header that nobody asked for is not looked at beside a token that needs no proof.
    let authorization = format!("Bearer {}", crate::stage::token());
    let reply = place.ask("POST", &[("Authorization", &authorization), ("DPoP", "what?")]).await;
    assert!(reply.is_good(), "{reply:?}");
}

#[tokio::test]
async fn a_proof_is_for_the_url_that_the_server_has_and_not_for_what_the_request_says() {
    let place = Place::of(builder().build()).await;
    let holder = Holder::new();
    let token = holder.token();
    let authorization = format!("DPoP {token}");
    // The neighbour sends on what it was sent, with whatever it likes beside it.
    for (host, forwarded) in
        [("mcp.example.com", "mcp.example.com"), ("files.example.com", "mcp.example.com"), ("x", "x")]
    {
        let proof = holder.seal(holder.draft("POST", &token).claim("htu", NEIGHBOUR));
        let headers = [
            ("Authorization", &*authorization),
            ("DPoP", &*proof),
            ("X-Forwarded-Host", forwarded),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Uri", "/files/mcp"),
            ("Forwarded", "host=mcp.example.com;proto=https"),
        ];
        let reply = place.ask_at("/files/mcp", host, "POST", &headers).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "proof-url"), "{host}");
    }
    // An alias is a URL of the server, and another one than its first.
    let at_alias = holder.seal(holder.draft("POST", &token).claim("htu", crate::stage::ALIAS));
    let headers = [("Authorization", &*authorization), ("DPoP", &*at_alias)];
    let reply = place.ask_at("/notes/mcp", "mcp.example.com", "POST", &headers).await;
    assert_eq!(reply.code(), "proof-url");
    let reply = place.ask_at("/mcp", "notes.example.com", "POST", &headers).await;
    assert!(reply.is_good(), "{reply:?}");
    assert_eq!(place.ask_at("/mcp", "notes.example.com", "POST", &headers).await.code(), "proof-replayed");
}

#[tokio::test]
async fn a_good_proof_makes_no_bad_token_good() {
    let place = Place::of(builder().build()).await;
    let holder = Holder::new();
    let cnf = json!({ "jkt": holder.thumbprint().to_string() });
    let with = |claim: &str, value: Value| {
        let mut claims = claims();
        claims.insert("cnf".into(), cnf.clone());
        claims.insert(claim.into(), value);
        signed(&claims)
    };
    for (code, token) in [
        ("expired", with("exp", json!(NOW - 3600))),
        ("audience-elsewhere", with("aud", json!(NEIGHBOUR))),
        ("issuer-unknown", with("iss", json!("https://evil.example"))),
        ("claim-malformed", with("cnf", json!("x"))),
        ("claim-malformed", with("cnf", json!({ "jkt": "x" }))),
        ("sender-unproven", with("cnf", json!({ "x5t#S256": holder.thumbprint().to_string() }))),
        ("sender-unproven", with("cnf", json!({}))),
        ("sender-unbound", token()),
    ] {
        let reply = place.present("POST", &token, &holder.proof("POST", &token)).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, code));
        assert!(reply.challenges()[0].starts_with("DPoP error=\"invalid_token\""), "{reply:?}");
    }
    assert_eq!(place.reached(), 0);
    let narrow = with("scope", json!("notes:other"));
    let reply = place.present("POST", &narrow, &holder.proof("POST", &narrow)).await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "scope-missing"));
    let challenges = reply.challenges();
    assert!(
        challenges.len() == 1 && challenges[0].starts_with("DPoP error=\"insufficient_scope\""),
        "{reply:?}"
    );
}
