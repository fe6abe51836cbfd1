//! Ways in which gateways were found to leak, tried at the running gateway with a server behind that keeps every byte.
//! The numbers are those of the list that they were collected in; `docs/attacks.md` has the same cases at the guard.
//!
//! | leak | held by |
//! | --- | --- |
//! | 1, 25, 26: an audience or issuer that need not be there; a client's name in its place; one learnt from a token | `a_token_that_names_no_server_or_several_opens_none`, `nothing_is_learnt_from_a_token` |
//! | 2: an ID token in place of an access token | `a_token_of_another_kind_opens_nothing` |
//! | 3, 24: headers copied to the server behind | `what_goes_behind_is_what_mcp_says_and_nothing_else` |
//! | 4, 5: a lenient mode; no token | `a_lenient_server_sends_on_nothing_that_it_did_not_check` |
//! | 6, 27: a challenge that leads to what the request called itself, or no challenge | `every_challenge_leads_to_the_document_of_the_identifier_that_was_configured` |
//! | 7: an exchange that launders a token | the tests of upstream credentials; before it comes `nothing_of_one_caller_...` in `matrix.rs` |
//! | 8, 12: sessions that anybody can write or use; one server's rules for another's session | `matrix.rs`, `sessions.rs` |
//! | 9: a key that spoils its set, a token without a key name, a new key that is not looked for | `keys_that_are_of_no_use_spoil_no_others` |
//! | 10: headers that repeat a message, twice or otherwise | `headers_and_message_are_one_or_nothing` |
//! | 11, 13: an issuer that is not compared, claims that nobody vouches for | `claims_count_where_their_own_issuer_signed_them` |
//! | 14: rules for tools only | `scopes.rs` |
//! | 15: a token of one host that is good at another | `matrix.rs`, `crossing.rs`, and the matrix of all tokens in `tests/clients` |
//! | 17, 18, 20, 21, 22: what two readers read in two ways, what is too long, batches | `what_was_not_judged_is_not_sent` |
//! | 19: a credential left on some requests; endpoints that are announced and not there | `every_endpoint_that_the_issuer_names_is_there` |
//! | 24: pages that drive a server; long events; members that a filter loses | `a_page_of_another_origin_drives_nobody`, `a_filter_loses_nothing_but_what_is_hidden` |
//!
//! 16 and 23 concern issuers' clients and counters.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, routing::get as route_get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    caller::{Answer, Call, get, initialize, ping, post, raw, tool},
    issuer::Issuer,
    stage::{Gateway, Stage},
    upstream::Upstream,
};

const RULES: &str = r#"    scopes: { required: [read], tools: { "delete_*": [write] } }"#;

async fn asks(stage: &Stage, server: &str, token: &str) -> Answer {
    post(&format!("/{server}/mcp"), &ping()).token(token).send(stage.gateway.address).await
}

fn nothing_arrived(stage: &Stage) {
    assert!(stage.notes.requests().is_empty() && stage.files.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_names_no_server_or_several_opens_none() {
    let stage = Stage::start().await;
    let (notes, files) = (stage.gateway.url("notes"), stage.gateway.url("files"));
    for (audience, code) in [
        (json!(null), "audience-missing"),
        (json!([]), "audience-malformed"),
        (json!([notes, files]), "audience-shared"),
        (json!([notes, "https://api.example.com"]), "audience-shared"),
        (json!("*"), "audience-unknown"),
        (json!(["*", "https://*"]), "audience-unknown"),
        (json!("agent"), "audience-unknown"),
        (json!(stage.issuer.url), "audience-unknown"),
        (json!(format!("http://{}", stage.gateway.address)), "audience-unknown"),
        (json!(format!("{notes}/")), "audience-unknown"),
        (json!({ "0": notes }), "audience-malformed"),
    ] {
        let token = stage.token("notes", json!({ "aud": audience }));
        let at_notes = asks(&stage, "notes", &token).await;
        assert_eq!((at_notes.status.as_u16(), at_notes.code().as_str()), (401, code), "{audience}");
        assert_eq!(asks(&stage, "files", &token).await.status, 401, "{audience}");
    }
    let nobody = stage.token("notes", json!({ "iss": null }));
    assert_eq!(asks(&stage, "notes", &nobody).await.code(), "issuer-missing");
    nothing_arrived(&stage);
}

#[tokio::test]
async fn nothing_is_learnt_from_a_token() {
    let stage = Stage::start().await;
    // The first token that there is, again and again, and with the client that it names as its audience.
    for changes in
        [json!({ "aud": "https://first.example/mcp" }), json!({ "aud": "agent", "client_id": "agent" })]
    {
        let token = stage.token("notes", changes);
        for _ in 0..3 {
            for server in ["notes", "files"] {
                assert_eq!(asks(&stage, server, &token).await.code(), "audience-unknown");
            }
        }
    }
    nothing_arrived(&stage);
    let document = Call::new(Method::GET, "/.well-known/oauth-protected-resource/notes/mcp", "");
    let document = document.send(stage.gateway.address).await;
    assert_eq!(
        serde_json::from_str::<Value>(&document.body).unwrap()["resource"],
        stage.gateway.url("notes")
    );
    assert_eq!(asks(&stage, "notes", &stage.token("notes", json!({}))).await.status, 200);
}

#[tokio::test]
async fn a_token_of_another_kind_opens_nothing() {
    let stage = Stage::start().await;
    let notes = stage.gateway.url("notes");
    let id_token = json!({ "nonce": "n", "at_hash": "x", "auth_time": 1, "aud": "agent" });
    for (kind, changes, code) in [
        ("JWT", id_token.clone(), "type-wrong"),
        ("JWT", json!({ "nonce": "n" }), "type-wrong"),
        ("id_token+jwt", json!({}), "type-wrong"),
        ("logout+jwt", json!({ "events": {} }), "type-wrong"),
        ("dpop+jwt", json!({}), "type-wrong"),
        ("at+jwt", id_token, "audience-unknown"),
    ] {
        let token = stage.issuer.token_of(kind, &notes, changes.clone());
        assert_eq!(asks(&stage, "notes", &token).await.code(), code, "{kind} {changes}");
    }
    nothing_arrived(&stage);
}

#[tokio::test]
async fn what_goes_behind_is_what_mcp_says_and_nothing_else() {
    const SAID: [&str; 12] = [
        "accept",
        "accept-encoding",
        "content-length",
        "content-type",
        "host",
        "mcp-protocol-version",
        "mcp-session-id",
        "user-agent",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-request-id",
    ];
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let session = post("/notes/mcp", &initialize()).token(&token).send(to).await.session().to_owned();
    for with_session in [true, false] {
        for call in
            [post("/notes/mcp", &ping()), get("/notes/mcp"), Call::new(Method::DELETE, "/notes/mcp", "")]
        {
            let mut call =
                call.token(&token).with("mcp-protocol-version", "2025-06-18").with("user-agent", "a");
            for name in [
                "x-request-id",
                "x-forwarded-for",
                "x-forwarded-host",
                "x-forwarded-proto",
                "x-forwarded-user",
            ] {
                call = call.with(name, "10.0.0.1");
            }
            for name in
                ["cookie", "x-api-key", "x-anything", "impersonate-user", "range", "x-http-method-override"]
            {
                call = call.with(name, "session=1");
            }
            if with_session {
                call = call.with("mcp-session-id", &session);
            }
            assert!(call.open(to).await.status().is_success());
            let seen = stage.notes.last().headers;
            let unsaid: Vec<_> = seen.keys().filter(|name| !SAID.contains(&name.as_str())).collect();
            assert!(unsaid.is_empty(), "{unsaid:?}");
            assert_eq!(seen["x-forwarded-for"], "127.0.0.1");
            assert_eq!(seen["x-forwarded-host"], to.to_string());
        }
    }
}

#[tokio::test]
async fn a_lenient_server_sends_on_nothing_that_it_did_not_check() {
    let stage = Stage::with("    mode: permissive\n    until: 2099-12-31").await;
    let good = stage.token("notes", json!({}));
    let other = stage.token("notes", json!({ "sub": "mallory" }));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", other.rsplit('.').next().unwrap());
    for (token, code) in [
        (forged, "signature-invalid"),
        (stage.token("files", json!({})), "audience-elsewhere"),
        (stage.token("notes", json!({ "exp": 1_700_000_000 })), "expired"),
        (stage.token("notes", json!({ "iss": "https://evil.example" })), "issuer-unknown"),
        ("not-a-token".to_owned(), "token-parts"),
    ] {
        assert_eq!(asks(&stage, "notes", &token).await.code(), code);
    }
    for call in [post("/notes/mcp", &ping()), get("/notes/mcp"), Call::new(Method::DELETE, "/notes/mcp", "")]
    {
        assert_eq!(call.send(stage.gateway.address).await.code(), "token-absent");
    }
    nothing_arrived(&stage);
    // What it waives, it waives without the token.
    let waived = stage.token("notes", json!({ "aud": null }));
    assert_eq!(asks(&stage, "notes", &waived).await.status, 200);
    assert!(!stage.notes.last().headers.contains_key("authorization"));
    let arrived = String::from_utf8(stage.notes.bytes()).unwrap();
    assert!(waived.split('.').all(|part| !arrived.contains(part)));
}

#[tokio::test]
async fn every_challenge_leads_to_the_document_of_the_identifier_that_was_configured() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let expected =
        format!("resource_metadata=\"http://{to}/.well-known/oauth-protected-resource/notes/mcp\"");
    let bad = stage.token("files", json!({}));
    for call in [post("/notes/mcp", &ping()), get("/notes/mcp"), post("/notes/mcp?x=/files/mcp", &ping())] {
        let call = call.with("x-forwarded-proto", "https").with("x-forwarded-host", "evil.example");
        let call =
            call.with("x-forwarded-prefix", "/evil").with("forwarded", "host=evil.example;proto=https");
        let answer = call.token(&bad).send(to).await;
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains(&expected) && !challenge.contains("evil"), "{challenge}");
    }
    let answer = post("/notes/mcp", &ping()).send(to).await;
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains(&expected) && !challenge.contains("error="),
        "nothing was wrong yet: {challenge}"
    );
    // The document says who it is, whoever asks for it, and says one way to send a token.
    let request = format!(
        "GET /.well-known/oauth-protected-resource/notes/mcp HTTP/1.1\r\nHost: {to}\r\nX-Forwarded-Host: evil.example\r\n\
         X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    );
    let answer = raw(to, &request).await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let document: Value = serde_json::from_str(body).unwrap();
    assert_eq!(document["resource"], stage.gateway.url("notes"));
    assert_eq!(document["bearer_methods_supported"], json!(["header"]));
    nothing_arrived(&stage);
}

/// An issuer whose keys can be changed.
async fn issuer_of_keys() -> (Issuer, Arc<Mutex<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (issuer, metadata, keys) = Issuer::called(format!("http://{}", listener.local_addr().unwrap()));
    let keys = Arc::new(Mutex::new(keys));
    let served = Arc::clone(&keys);
    let router = Router::new()
        .route("/.well-known/oauth-authorization-server", route_get(|| async { Json(metadata) }))
        .route("/jwks", route_get(move || async move { Json(served.lock().unwrap().clone()) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (issuer, keys)
}

#[tokio::test]
async fn keys_that_are_of_no_use_spoil_no_others() {
    let (issuer, keys) = issuer_of_keys().await;
    let useless = [
        json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "secret" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA", "kid": "new" }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
        json!({ "kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "k1" }),
        json!({ "kid": "nothing" }),
        json!("not a key"),
    ];
    let (own, mut mixed) = (keys.lock().unwrap()["keys"][0].clone(), useless.to_vec());
    mixed.insert(3, own);
    *keys.lock().unwrap() = json!({ "keys": mixed });
    let notes = Upstream::start().await;
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT\nservers:\n  notes:\n    upstream: {}\n    issuers: [corp]\nissuers:\n  corp: {{ url: \"{}\" }}\n",
        notes.url, issuer.url
    ))
    .await;
    let token = issuer.token(&gateway.url("notes"), json!({}));
    let answer = post("/notes/mcp", &ping()).token(&token).send(gateway.address).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    // Symmetric "keys" that an issuer publishes sign nothing.
    let header =
        URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "typ": "at+jwt", "kid": "secret" }).to_string());
    let claims = token.split('.').nth(1).unwrap();
    let forged = format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([7; 32]));
    let answer = post("/notes/mcp", &ping()).token(&forged).send(gateway.address).await;
    assert_eq!(answer.code(), "algorithm-unsupported");
    assert_eq!(notes.requests().len(), 1);
}

#[tokio::test]
async fn headers_and_message_are_one_or_nothing() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut message = tool("read_note", json!({}));
    message["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = |headers: &[(&str, &str)]| {
        let call = post("/notes/mcp", &message).token(&token);
        headers.iter().fold(call, |call, (name, value)| call.with(name, value))
    };
    let (version, method, name) =
        (("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "read_note"));
    for headers in [
        vec![version, name],
        vec![version, method],
        vec![version, method, name, method],
        vec![version, method, name, name],
        vec![version, method, name, ("mcp-name", "delete_note")],
        vec![version, method, ("mcp-name", "delete_note"), name],
        vec![version, ("mcp-method", "tools/list"), name],
        vec![version, version, method, name],
        vec![version, ("mcp-protocol-version", "2025-06-18"), method, name],
        vec![version, method, ("mcp-name", "READ_NOTE")],
        vec![version, method, name, ("mcp-param-region", "=?base64?!!?=")],
    ] {
        let answer = call(&headers).send(to).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "header-disagrees"),
            "{headers:?}"
        );
    }
    nothing_arrived(&stage);
    assert_eq!(call(&[version, method, name]).send(to).await.status, 200);
}

#[tokio::test]
async fn claims_count_where_their_own_issuer_signed_them() {
    let stage = Stage::with(RULES).await;
    let (other, _, _) = Issuer::called(stage.issuer.url.clone());
    let notes = stage.gateway.url("notes");
    let good = stage.token("notes", json!({ "scope": "read" }));
    let parts: Vec<_> = good.split('.').collect();
    let more = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let more = String::from_utf8(more).unwrap().replace("\"read\"", "\"read write\"");
    let more = URL_SAFE_NO_PAD.encode(more);
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
    let delete = tool("delete_all", json!({}));
    for (what, token, codes) in [
        ("claims of a holder", format!("{}.{more}.{}", parts[0], parts[2]), &["signature-invalid"][..]),
        ("nobody's", format!("{none}.{more}."), &["algorithm-unsupported"]),
        (
            "another key of that name",
            other.token(&notes, json!({ "scope": "read write" })),
            &["key-unknown", "keys-missing", "signature-invalid"],
        ),
        (
            "another tenant with the same keys",
            stage.token(
                "notes",
                json!({ "iss": format!("{}/other", stage.issuer.url), "scope": "read write" }),
            ),
            &["issuer-unknown"],
        ),
        (
            "a slash more",
            stage.token("notes", json!({ "iss": format!("{}/", stage.issuer.url), "scope": "read write" })),
            &["issuer-unknown"],
        ),
    ] {
        for message in [&ping(), &delete] {
            let answer = post("/notes/mcp", message).token(&token).send(stage.gateway.address).await;
            assert!(codes.contains(&answer.code().as_str()), "{what}: {}", answer.code());
        }
    }
    nothing_arrived(&stage);
}

#[tokio::test]
async fn what_was_not_judged_is_not_sent() {
    let stage = Stage::with(RULES).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({ "scope": "read" })));
    let delete = tool("delete_all", json!({}));
    let send = async |media: &str, revision: &str, body: &str| {
        let call = Call::new(Method::POST, "/notes/mcp", body).with("content-type", media);
        call.with("mcp-protocol-version", revision).token(&token).send(to).await.code()
    };
    let json = "application/json";
    // However long it is, whatever stands before the name, however it is cut and called.
    let long = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"arguments":{{"x":"{}"}},"name":"delete_all"}}}}"#,
        "y".repeat(1_000_000)
    );
    assert_eq!(send(json, "2025-06-18", &long).await, "scope-missing");
    let pieces = Call::new(Method::POST, "/notes/mcp", &long).with("content-type", json).in_pieces(7);
    assert_eq!(pieces.token(&token).send(to).await.code(), "scope-missing");
    for media in [
        "text/plain",
        "application/jsonl",
        "application/x-ndjson",
        "application/json; charset=utf-16",
        "",
        "application/json, text/plain",
    ] {
        assert_eq!(send(media, "2025-06-18", &delete.to_string()).await, "media-type", "{media}");
    }
    // Members that one reader takes and another does not.
    let of = |text: &str| format!(r#"{{"jsonrpc":"2.0","id":1,{text}}}"#);
    for (text, code) in [
        (r#""method":"tools/call","params":{"name":"delete_all","Name":"read"}"#, "call-lookalike-member"),
        (r#""method":"tools/call","params":{"name":"read","NAME":"delete_all"}"#, "call-lookalike-member"),
        (r#""method":"ping","Method":"tools/call","params":{"name":"delete_all"}"#, "call-lookalike-member"),
        (
            r#""method":"tools/call","Params":{"name":"delete_all"},"params":{"name":"read"}"#,
            "call-lookalike-member",
        ),
        (r#""method":"tools/call","params":{"name":"read","name":"delete_all"}"#, "call-duplicate-member"),
        (
            r#""method":"tools/call","params":{"name":"read"},"params":{"name":"delete_all"}"#,
            "call-duplicate-member",
        ),
        (r#""method":"ping","method":"tools/call","params":{"name":"delete_all"}"#, "call-duplicate-member"),
        (
            r#""method":"tools/call","params":{"name":"read","arguments":"x","arguments":{}}"#,
            "call-duplicate-member",
        ),
        (r#""method":"tools/call","params":{"name":{"toString":"delete_all"}}"#, "call-malformed"),
        (r#""method":"tools/call","params":["delete_all"]"#, "call-malformed"),
        (r#""method":["tools/call"],"params":{"name":"delete_all"}"#, "call-malformed"),
        (r#""method":"tools/call","params":{"name":"delete_all"}}{"#, "call-malformed"),
        (r#""method":"tools/call","params":{"name":"delete_all",}"#, "call-malformed"),
        (r#""method":"tools/call","params":{"name":'delete_all'}"#, "call-malformed"),
    ] {
        assert_eq!(send(json, "2025-06-18", &of(text)).await, code, "{text}");
    }
    // Batches, where there are any, are judged in each part and refused whole.
    let batches =
        [json!([delete]), json!([ping(), delete]), json!([delete, ping()]), json!([[ping()]]), json!([])];
    for batch in &batches {
        for revision in ["2025-06-18", "2025-11-25"] {
            let code = send(json, revision, &batch.to_string()).await;
            assert!(["call-batch", "call-malformed"].contains(&code.as_str()), "{revision} {batch}: {code}");
        }
        let code = send(json, "2025-03-26", &batch.to_string()).await;
        assert!(["scope-missing", "call-malformed"].contains(&code.as_str()), "{batch}: {code}");
    }
    nothing_arrived(&stage);
    let batch = json!([ping(), ping()]).to_string();
    assert_eq!(send(json, "2025-03-26", &batch).await, "200");
    assert_eq!(stage.notes.last().body, batch, "what was judged, byte for byte");
}

#[tokio::test]
async fn every_endpoint_that_the_issuer_names_is_there() {
    let notes = Upstream::start().await;
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT\nservers:\n  notes:\n    upstream: {}\n",
        notes.url
    ))
    .await;
    let path = "/.well-known/oauth-authorization-server/issuers/default";
    let metadata = Call::new(Method::GET, path, "").send(gateway.address).await;
    let metadata: Value = serde_json::from_str(&metadata.body).unwrap();
    let mut endpoints = 0;
    for (name, url) in metadata.as_object().unwrap() {
        let Some(url) = url.as_str().filter(|_| name.ends_with("_endpoint") || name == "jwks_uri") else {
            continue;
        };
        let path =
            url.strip_prefix(&format!("http://{}", gateway.address)).unwrap_or_else(|| panic!("{url}"));
        for method in [Method::GET, Method::POST] {
            let answer = Call::new(method, path, "")
                .with("authorization", "Bearer some-token")
                .send(gateway.address)
                .await;
            assert_ne!(answer.status, 404, "{name}: {url}");
            assert!(!answer.status.is_server_error(), "{name}: {url}");
        }
        endpoints += 1;
    }
    assert!(endpoints >= 3, "{metadata:#}");
    assert!(notes.bytes().is_empty(), "what is for the issuer, nobody behind gets");
}

#[tokio::test]
async fn a_page_of_another_origin_drives_nobody() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    for origin in
        ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil.example", "file://"]
    {
        for call in
            [post("/notes/mcp", &ping()), get("/notes/mcp"), Call::new(Method::DELETE, "/notes/mcp", "")]
        {
            let answer = call.token(&token).with("origin", origin).send(to).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "origin-foreign"), "{origin}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"));
        }
    }
    nothing_arrived(&stage);
}

#[tokio::test]
async fn a_filter_loses_nothing_but_what_is_hidden() {
    let mut stage = Stage::with(RULES).await;
    let token = stage.token("notes", json!({ "scope": "read" }));
    let stream = get("/notes/mcp").token(&token).open(stage.gateway.address).await;
    let mut behind = stage.notes.streams.recv().await.unwrap();
    let long = "d".repeat(300_000);
    let list = |tools: &str| {
        format!(
            "event: message\ndata: {{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{{\"tools\":[{tools}],\"nextCursor\":\"c\",\
             \"cacheScope\":\"private\",\"ttlMs\":5,\"x-unknown\":{{\"a\":1.0}},\"_meta\":{{\"b\":[null]}}}}}}\n\n"
        )
    };
    let (read, delete) = (format!(r#"{{"name":"read","description":"{long}"}}"#), r#"{"name":"delete_all"}"#);
    let whole = list(&format!("{read},{delete}"));
    let sending = tokio::spawn(async move {
        for piece in whole.as_bytes().chunks(60_001) {
            behind.send_data(piece.to_vec().into()).await.unwrap();
        }
    });
    let arrived = http_body_util::BodyExt::collect(stream.into_body()).await.unwrap().to_bytes();
    sending.await.unwrap();
    assert_eq!(String::from_utf8(arrived.to_vec()).unwrap(), list(&read));
}
