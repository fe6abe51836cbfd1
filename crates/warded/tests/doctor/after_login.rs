//! "401 after login": servers and issuers that disagree, each about one thing, and the sentence that names it. The
//! servers verify for themselves and say nothing, unless the test is about what they say.

use serde_json::json;
use warded_core::jose::base64url;

use crate::{
    stage::{Seen, answer, json as as_json},
    world::{World, now, other_keys},
};

/// A disagreement, what is found, and how the sentence at the end begins.
type Disagreement = (&'static str, fn(&World), &'static [&'static str], &'static str);

const IN: &str = "A client gets in";

const DISAGREEMENTS: &[Disagreement] = &[
    (
        "nothing",
        |_| {},
        &[],
        "A client gets in: the token is accepted, and everybody did what the clauses say.",
    ),
    (
        "another spelling of the audience",
        |world| {
            let loud = world.url().replace("http://", "HTTP://");
            world.turn(|knobs| knobs.claims = json!({ "aud": loud }));
        },
        &["token-audience", "refused-audience"],
        "401 after login: the server and its issuer disagree about the audience: the token's audience is `HTTP://",
    ),
    (
        "a slash at the end of `iss`",
        |world| {
            let slashed = format!("{}/", world.issuer);
            world.turn(|knobs| knobs.claims = json!({ "iss": slashed }));
        },
        &["token-issuer", "refused-issuer"],
        "401 after login: the server and its issuer disagree about the issuer: the token's issuer `ISSUER/` is not trusted by this server.",
    ),
    (
        "no issuer in the token",
        |world| world.turn(|knobs| knobs.claims = json!({ "iss": null })),
        &["token-issuer", "refused-issuer"],
        "401 after login: the server and its issuer disagree about the issuer: the token names no issuer.",
    ),
    (
        "a server whose clock is behind",
        |world| world.turn(|knobs| knobs.checks.skew = -600),
        &["clock-differs", "token-lifetime", "refused-clock"],
        "401 after login: the server and its issuer disagree about the time: by the server's clock the token begins in ",
    ),
    (
        "a server whose clock is ahead",
        |world| world.turn(|knobs| knobs.checks.skew = 3_600),
        &["clock-differs", "token-lifetime", "refused-clock"],
        "401 after login: the server and its issuer disagree about the time: by the server's clock the token expired ",
    ),
    (
        "a token that was old at its birth",
        |world| world.turn(|knobs| knobs.claims = json!({ "iat": now() - 7_200, "exp": now() - 3_600 })),
        &["token-lifetime", "refused-clock"],
        "401 after login: the server and its issuer disagree about the time: the token expired at ",
    ),
    (
        "another type",
        |world| world.turn(|knobs| knobs.typ = "JWT"),
        &["token-type", "refused-type"],
        "401 after login: the server and its issuer disagree about the type of the token: the server does not say why, and a careful one refuses this: the token's type is `JWT`, expected ",
    ),
    (
        "a token that lives for a month",
        |world| world.turn(|knobs| knobs.claims = json!({ "exp": now() + 30 * 86_400 })),
        &["token-lifetime"],
        IN,
    ),
    (
        "a token that lives for a month, and a secret of the server's",
        |world| {
            world.turn(|knobs| {
                knobs.claims = json!({ "exp": now() + 30 * 86_400 });
                "api://internal".clone_into(&mut knobs.checks.audience);
            });
        },
        &["token-lifetime", "refused-unexplained"],
        "401 after login: the token agrees with everything that the two publish",
    ),
    (
        "another type at a server that does not mind",
        |world| {
            world.turn(|knobs| {
                knobs.typ = "JWT";
                knobs.checks.types.push("JWT");
            });
        },
        &["token-type"],
        IN,
    ),
    (
        "keys that are not those that sign",
        |world| {
            let keys = other_keys();
            let published = keys.clone();
            world.issuer_page("/jwks", move |_| as_json(200, &published));
            world.turn(|knobs| knobs.checks.keys = keys.to_string());
        },
        &["token-key", "refused-key"],
        "401 after login: the server and its issuer disagree about the key that signs: ",
    ),
    (
        "an opaque token",
        |world| {
            world.turn(|knobs| {
                knobs.is_opaque = true;
                knobs.checks.introspects = false;
            });
        },
        &["token-opaque", "refused-opaque"],
        "401 after login: the server and its issuer disagree about whether the server can read an opaque token: the token is opaque, so the server must ask the issuer about it, and refuses it all the same.",
    ),
    (
        "an opaque token at a server that asks",
        |world| world.turn(|knobs| knobs.is_opaque = true),
        &["token-opaque"],
        IN,
    ),
    (
        "a scope that nobody told of",
        |world| world.turn(|knobs| knobs.checks.scope = Some("notes:write")),
        &["refused-scope"],
        "Refused after login: the server and its issuer disagree about the scopes: the server wants `notes:write`.",
    ),
    (
        "an audience that the server publishes nowhere",
        |world| world.turn(|knobs| "api://internal".clone_into(&mut knobs.checks.audience)),
        &["refused-unexplained"],
        "401 after login: the token agrees with everything that the two publish, so the server checks against something that it does not publish, most often another audience.",
    ),
    (
        "the same, at a server that says so",
        |world| {
            world.turn(|knobs| {
                "api://internal".clone_into(&mut knobs.checks.audience);
                knobs.checks.is_silent = false;
            });
        },
        &["refused-audience"],
        "401 after login: the server and its issuer disagree about the audience: the server says \"Invalid audience\"; the token names `SERVER/mcp`, as the server's own metadata does, so the server checks for something else.",
    ),
    (
        "keys that the server has not fetched",
        |world| {
            world.turn(|knobs| {
                knobs.checks.keys = other_keys().to_string();
                knobs.checks.is_silent = false;
            });
        },
        &["refused-key"],
        "401 after login: the server and its issuer disagree about the key that signs: the server says \"Signature verification failed\"; nothing of that shows in the token, so the server checks against something that it does not publish.",
    ),
    (
        "Warded's own code",
        |world| world.page("/mcp", |seen| as_warded_does(seen, "audience-unknown")),
        &["refused-audience"],
        "401 after login: the server and its issuer disagree about the audience: the server, which is Warded, says `audience-unknown` (`warded explain audience-unknown`).",
    ),
    (
        "Warded's code for a token that was taken back",
        |world| world.page("/mcp", |seen| as_warded_does(seen, "token-revoked")),
        &["refused-revoked"],
        "401 after login: the server and its issuer disagree about whether the token was revoked: the server, which is Warded, says `token-revoked` (`warded explain token-revoked`).",
    ),
    (
        "a rule of the server's own",
        |world| {
            let challenge = format!(r#"Bearer resource_metadata="{}{}""#, world.server, crate::world::PRM);
            world.page("/mcp", move |seen| {
                let status = if seen.header("authorization").is_some() { 403 } else { 401 };
                let mut response = answer(status, "text/plain", "");
                if status == 401 {
                    response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
                }
                response
            });
        },
        &["forbidden"],
        "A client does not get in: the server answered 403 and asked for no scope.",
    ),
    (
        "a proof that the server does not accept",
        |world| {
            world.turn(|knobs| {
                knobs.metadata = json!({ "dpop_signing_alg_values_supported": ["ES256"] });
                knobs.answer = json!({ "token_type": "DPoP" });
                knobs.is_opaque = true;
            });
            let origin = world.server.clone();
            world.page("/mcp", move |seen| {
                let is_shown = seen.header("authorization").is_some_and(|value| value.starts_with("DPoP "));
                let error = if is_shown && seen.header("dpop").is_some() {
                    r#"error="invalid_dpop_proof", "#
                } else {
                    ""
                };
                let challenge =
                    format!(r#"DPoP {error}algs="ES256", resource_metadata="{origin}{}""#, crate::world::PRM);
                let mut response = answer(401, "text/plain", "");
                response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
                response
            });
        },
        &["token-opaque", "refused-possession"],
        "401 after login: the server and its issuer disagree about the proof of possession: the server refused the proof of possession.",
    ),
    (
        "a demand for proofs that the issuer cannot meet",
        |world| world.turn(|knobs| knobs.described = json!({ "dpop_bound_access_tokens_required": true })),
        &["possession-impossible"],
        "A client does not get in: the server accepts only tokens that are bound to a key (DPoP, RFC 9449), and ISSUER does not say that it issues such tokens",
    ),
    (
        "a revision that nobody knows",
        |world| world.turn(|knobs| knobs.checks.revision = "2031-01-01"),
        &["revision-unshared"],
        "A client does not get in: the server speaks `2031-01-01` only.",
    ),
    (
        "a token for somebody else",
        |world| world.turn(|knobs| knobs.claims = json!({ "aud": "https://other.example/mcp" })),
        &["resource-ignored"],
        "A client does not get in: the issuer sent a token for https://other.example/mcp, and SERVER/mcp was asked for (does it support `resource`, RFC 8707?",
    ),
    (
        "an issuer that does not know the resource",
        |world| {
            world.issuer_page("/token", |_| as_json(400, &json!({ "error": "invalid_target" })));
        },
        &["resource-refused"],
        "A client does not get in: the issuer's token endpoint answered `invalid_target`.",
    ),
    (
        "an issuer that refuses the code",
        |world| {
            world.issuer_page("/token", |seen| {
                let code = seen.parameter("code").unwrap();
                let words = format!("what is {code}?");
                as_json(400, &json!({ "error": "invalid_grant", "error_description": words }))
            });
        },
        &["token-refused"],
        "A client does not get in: the issuer's token endpoint answered `invalid_grant`: (words that repeat what was sent).",
    ),
    (
        "a token endpoint that is down",
        |world| world.issuer_page("/token", |_| answer(502, "text/html", "Bad Gateway")),
        &["token-refused"],
        "A client does not get in: the issuer's token endpoint answered with status 502 and no OAuth error.",
    ),
    (
        "a registration that is refused",
        |world| {
            let refused = json!({ "error": "invalid_redirect_uri" });
            world.issuer_page("/register", move |_| as_json(400, &refused));
        },
        &["registration-refused"],
        "A client does not get in: ISSUER refused to register this client: `invalid_redirect_uri`.",
    ),
    (
        "a person who says no",
        |world| world.turn(|knobs| knobs.response = Some(vec![("error", "access_denied")])),
        &["login-mixed-up"],
        "A client does not get in: the authorization response does not say which issuer it is from, though ISSUER always does.",
    ),
    (
        "another issuer's answer",
        |world| {
            let response = vec![("code", "CODE-1"), ("iss", "https://evil.example")];
            world.turn(|knobs| knobs.response = Some(response));
        },
        &["login-mixed-up"],
        "A client does not get in: the authorization response is from https://evil.example, and ISSUER was asked.",
    ),
];

fn as_warded_does(seen: &Seen, code: &str) -> axum::response::Response {
    let body = if seen.header("authorization").is_some() { code } else { "token-absent" };
    let mut response = as_json(401, &json!({ "error": "invalid_token", "code": body }));
    let origin = format!("http://{}", seen.header("host").unwrap());
    let challenge = format!(r#"Bearer resource_metadata="{origin}{}""#, crate::world::PRM);
    response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
    response
}

#[tokio::test]
async fn every_disagreement_ends_in_a_sentence_that_names_it() {
    let mut wrong = Vec::new();
    for (name, disagreement, codes, verdict) in DISAGREEMENTS {
        let world = World::new().await;
        disagreement(&world);
        let told = world.doctor(&["--login"]).await;
        let said = world.plain(&told.verdict());
        if told.codes() != *codes || !said.starts_with(verdict) || (told.exit == 0) != codes.is_empty() {
            wrong.push(format!("{name}: {:?}, {said}, {}", told.codes(), told.exit));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_kept_token_that_was_revoked_is_told_so() {
    let world = World::new().await;
    assert_eq!(world.doctor(&["--login"]).await.codes(), Vec::<String>::new());
    // From now on the server takes none of them, and the issuer renews none.
    world.turn(|knobs| knobs.checks.is_closed = true);
    world.issuer_page("/token", |_| as_json(400, &json!({ "error": "invalid_grant" })));
    let told = world.doctor(&[]).await;
    assert_eq!((told.codes(), told.exit), (vec!["refused-revoked".to_owned()], 13), "{told:?}");
    assert!(told.verdict().contains("the issuer does not renew the token either"), "{told:?}");
}

#[tokio::test]
async fn a_kept_token_is_used_and_nobody_is_asked() {
    let world = World::new().await;
    world.doctor(&["--login"]).await;
    let told = world.doctor(&[]).await;
    assert_eq!((told.codes(), told.exit, told.stderr.as_str()), (vec![], 0, ""), "{told:?}");
    assert!(told.text.contains("was kept from an earlier login"), "{told:?}");
    assert_eq!(world.issuer_log.at("/authorize").len(), 1);
    assert_eq!(world.issuer_log.at("/register").len(), 1);
}

#[tokio::test]
async fn a_kept_token_that_is_refused_and_renewed_is_worth_a_word() {
    let world = World::new().await;
    world.doctor(&["--login"]).await;
    // The server refuses what was issued before its restart.
    let old = world.log.at("/mcp").iter().find_map(|seen| seen.header("authorization").map(str::to_owned));
    let challenge = format!(r#"Bearer resource_metadata="{}{}""#, world.server, crate::world::PRM);
    world.page("/mcp", move |seen| {
        let token = seen.header("authorization").map(str::to_owned);
        if token.is_none() || token == old {
            let mut response = answer(401, "text/plain", "");
            response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
            return response;
        }
        as_json(200, &json!({ "jsonrpc": "2.0", "id": 1, "result": { "protocolVersion": "2025-11-25" } }))
    });
    let told = world.doctor(&[]).await;
    assert_eq!((told.codes(), told.exit), (vec!["token-renewed".to_owned()], 11), "{told:?}");
}

/// A server that takes tokens which are bound to keys, and demands its own nonce in each proof.
fn demanding(world: &World) -> impl Fn(&Seen) -> axum::response::Response + use<> {
    world.turn(|knobs| {
        knobs.metadata = json!({ "dpop_signing_alg_values_supported": ["ES256"] });
        knobs.answer = json!({ "token_type": "DPoP" });
        knobs.is_opaque = true;
    });
    let described = format!(r#"resource_metadata="{}{}""#, world.server, crate::world::PRM);
    move |seen| {
        let has_nonce = || {
            let claims = base64url::decode(seen.header("dpop")?.split('.').nth(1)?)?;
            let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
            Some(claims.get("nonce")? == "of-the-server")
        };
        let refuse = |error: &str| {
            let mut response = answer(401, "text/plain", "");
            let challenge = format!(r#"DPoP {error}algs="ES256", {described}"#);
            response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
            response.headers_mut().insert("dpop-nonce", "of-the-server".parse().unwrap());
            response
        };
        match (seen.header("authorization"), has_nonce()) {
            (None, _) => refuse(""),
            (_, Some(true)) => as_json(
                200,
                &json!({ "jsonrpc": "2.0", "id": 1, "result": { "protocolVersion": "2025-11-25" } }),
            ),
            _ => refuse(r#"error="use_dpop_nonce", "#),
        }
    }
}

#[tokio::test]
async fn a_nonce_that_is_demanded_is_no_refusal_of_a_token() {
    let world = World::new().await;
    world.page("/mcp", demanding(&world));
    for arguments in [&["--login"][..], &[]] {
        let told = world.doctor(arguments).await;
        assert_eq!((told.codes(), told.exit), (vec!["token-opaque".to_owned()], 11), "{told:?}");
    }
    // Neither is a token that permits too little, though a nonce was demanded with it first.
    let old = world.log.at("/mcp").iter().find_map(|seen| seen.header("authorization").map(str::to_owned));
    let (good, challenge) = (demanding(&world), r#"DPoP error="insufficient_scope", scope="more""#);
    world.page("/mcp", move |seen| {
        let mut response = good(seen);
        if seen.header("authorization").map(str::to_owned) == old && response.status() == 200 {
            response = answer(403, "text/plain", "");
            response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
        }
        response
    });
    let told = world.doctor(&["--login"]).await;
    assert_eq!(told.codes(), ["token-opaque"], "{told:?}");
    assert!(told.text.contains("which was given just now"), "{told:?}");
}

#[tokio::test]
async fn a_server_that_repeats_the_token_does_not_have_it_shown() {
    for is_opaque in [true, false] {
        let world = World::new().await;
        world.turn(|knobs| {
            knobs.is_opaque = is_opaque;
            knobs.checks.is_closed = true;
            knobs.checks.is_silent = false;
        });
        // The world looks for its tokens in all that is said.
        let told = world.doctor(&["--login"]).await;
        assert!(told.exit == 13 && told.text.contains("words that repeat what was sent"), "{told:?}");
        let text = crate::run::told(&world.url(), world.state(), &[], &crate::run::Person::agreeing()).await;
        world.says_no_secret(&text);
    }
}

#[tokio::test]
async fn a_token_that_its_issuer_has_taken_back_is_told_by_the_status_list() {
    for (status, codes) in
        [(0, &[][..]), (1, &["status-revoked", "refused-revoked"]), (2, &["status-revoked"])]
    {
        let world = World::new().await;
        let uri = format!("{}/status", world.issuer);
        world.turn(|knobs| {
            knobs.claims = json!({ "status": { "status_list": { "idx": 0, "uri": uri } } });
            knobs.checks.is_closed = codes.len() == 2;
        });
        let list = json!({ "sub": uri, "iat": now(), "status_list": { "bits": 8, "lst": packed(status) } });
        let list = world.sign("statuslist+jwt", list.as_object().unwrap());
        world.issuer_page("/status", move |_| answer(200, "application/statuslist+jwt", list.clone()));
        let told = world.doctor(&["--login"]).await;
        assert_eq!(told.codes(), codes, "{status}: {told:?}");
        assert_eq!(
            told.text.contains("says in its status list that the token holds"),
            status == 0,
            "{told:?}"
        );
    }
}

/// One byte, as RFC 1950 and RFC 1951 §3.2.4 store it.
fn packed(byte: u8) -> String {
    let sum = u8::try_from(1 + u16::from(byte)).unwrap();
    base64url::encode([0x78, 0x01, 0x01, 0x01, 0x00, 0xfe, 0xff, byte, 0x00, sum, 0x00, sum])
}

#[tokio::test]
async fn what_the_issuer_calls_the_server_may_be_said() {
    let world = World::new().await;
    world.turn(|knobs| {
        knobs.claims = json!({ "aud": "api://notes" });
        "api://notes".clone_into(&mut knobs.checks.audience);
    });
    let told = world.doctor(&["--login", "--audience", "api://notes"]).await;
    assert_eq!((told.codes(), told.exit), (vec![], 0), "{told:?}");
}

#[tokio::test]
async fn a_client_that_speaks_for_itself_needs_nobody() {
    let world = World::new().await;
    let missing = json!({ "authorization_endpoint": null, "registration_endpoint": null });
    world.turn(|knobs| knobs.metadata = missing);
    let secret = world.state().join("secret");
    std::fs::write(&secret, "the secret of the client").unwrap();
    let alone =
        ["--client-credentials", "--client-id", "ci", "--issuer", &world.issuer, "--client-secret-file"];
    let alone = [&alone[..], &[secret.to_str().unwrap()]].concat();
    let dry = world.doctor(&alone).await;
    assert_eq!((dry.codes(), dry.exit), (vec![], 0), "{dry:?}");
    assert!(world.issuer_log.at("/token").is_empty(), "{dry:?}");
    let told = world.doctor(&[&alone[..], &["--login"]].concat()).await;
    assert_eq!((told.codes(), told.exit, told.stderr.as_str()), (vec![], 0, ""), "{told:?}");
    assert!(!told.text.contains("the secret of the client"));
}

#[tokio::test]
async fn what_is_opened_is_closed_again() {
    let world = World::new().await;
    world.doctor(&["--login"]).await;
    let deleted = world.log.at("/mcp").into_iter().filter(|seen| seen.method == "DELETE");
    let deleted: Vec<_> = deleted.map(|seen| seen.header("mcp-session-id").map(str::to_owned)).collect();
    assert_eq!(deleted, [Some("SESSION".to_owned())]);
}
