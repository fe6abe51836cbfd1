//! A server that received a token gets one for another server, where the operator's table says so (RFC 8693).

use http::StatusCode;
use serde_json::{Value, json};
use warded_core::{Clock as _, Scopes, jose::SigningKey};
use warded_issuer::{AuthorizationServer, Exchange, IssuerSetup, OpenFailed, operator::remove_client};
use warded_store::{
    Added, Client, Clients as _, Digest, GrantType, Method, Origin, SigningKeys as _, Statuses as _,
    Users as _,
};

use super::{
    holder::{Holder, changed},
    resource::ELSEWHERE,
    token::claims,
};
use crate::stage::{FILES, ISSUER, NOTES, NOTES_ALIAS, Stage, encoded, random, registered, with, without};

const KIND: &str = "urn:ietf:params:oauth:token-type:access_token";
const SECRET: &str = "the notes server's own";

fn row(client: &str, from: &str, to: &str, scopes: &str, act: bool) -> Exchange {
    let (client, from, to) = (client.into(), from.into(), to.into());
    Exchange { client, from, to, scopes: Scopes::parse(scopes).unwrap(), act }
}

/// The notes server may exchange what it receives for tokens for files, and files for tokens for notes.
async fn stage() -> Stage {
    let stage = Stage::with(ISSUER, |setup| {
        setup.exchanges = vec![
            row("notes-server", "notes", "files", "files:read", true),
            row("files-server", "files", "notes", "notes:read notes:write", true),
            row("quiet-server", "notes", "files", "files:read", false),
            row("narrower", "notes", "notes", "notes:read notes:write", true),
            row("reader", "files", "notes", "notes:read", true),
        ];
    })
    .await;
    for id in ["notes-server", "files-server", "quiet-server", "narrower", "reader", "stranger"] {
        add(&stage, id, Some(Digest::of(SECRET.as_bytes())), Origin::Operator).await;
    }
    stage
}

async fn add(stage: &Stage, id: &str, secret: Option<Digest>, origin: Origin) {
    let client = Client {
        issuer: stage.server.issuer().clone(),
        id: id.into(),
        name: None,
        method: if secret.is_some() { Method::Basic } else { Method::None },
        secret,
        jwks: None,
        jwks_uri: None,
        application_type: None,
        redirect_uris: vec![],
        grants: vec![GrantType::TokenExchange],
        pinned: None,
        dpop_bound: false,
        origin,
        management: None,
        created: stage.clock.now(),
        used: None,
    };
    assert_eq!(stage.store.add_client(client).await.unwrap(), Added::Yes);
}

fn asking<'a>(client: &'a str, subject: &'a str, resource: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", client),
        ("client_secret", SECRET),
        ("subject_token", subject),
        ("subject_token_type", KIND),
        ("resource", resource),
    ]
}

#[tokio::test]
async fn a_server_acts_for_its_caller_at_the_one_other_server() {
    let stage = stage().await;
    let (subject, _) = stage.tokens(NOTES).await;
    let before = claims(&subject);
    stage.clock.pass(100);
    stage.revocations.look(&*stage.store, stage.clock.now()).await.unwrap();
    let answer = stage.token(&asking("notes-server", &subject, FILES)).await;
    let told = answer.json();
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(
        (&told["issued_token_type"], &told["token_type"], &told["expires_in"], &told["scope"]),
        (&json!(KIND), &json!("Bearer"), &json!(500), &json!("files:read")),
        "for no longer than what it came of"
    );
    assert!(told.get("refresh_token").is_none());
    let token = answer.text("access_token");
    let after = claims(&token);
    assert_eq!((&after["aud"], &after["client_id"]), (&json!(FILES), &json!("notes-server")));
    for kept in ["iss", "sub", "auth_time", "exp"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    for own in ["jti", "grant_id"] {
        assert_ne!(after[own], before[own], "{own}");
    }
    assert_eq!(after["grant_root"], before["grant_id"], "what ends, ends both");
    assert_eq!(after["status"], before["status"], "and who asks elsewhere hears of it, too");
    assert_eq!(after["act"], json!({ "sub": "client:notes-server" }));
    assert!(stage.judge(&token, "files").is_ok());
    assert_eq!(stage.judge(&token, "notes").unwrap_err(), "audience-elsewhere");
    let quiet = stage.token(&asking("quiet-server", &subject, FILES)).await;
    assert!(claims(&quiet.text("access_token")).get("act").is_none());
}

#[tokio::test]
async fn nothing_is_exchanged_that_the_table_does_not_say() {
    let stage = stage().await;
    add(&stage, "public", None, Origin::Operator).await;
    let (notes, _) = stage.tokens(NOTES).await;
    let (files, _) = stage.tokens(FILES).await;
    let (portal, portal_secret) = &stage.portal;
    let subject = "The subject_token is not a good token for a server whose tokens this client may exchange.";
    let none = "No exchange for this server is allowed to this client.";
    for (name, form, error, told) in [
        ("another client", asking("stranger", &notes, FILES), "invalid_target", none),
        ("the same the other way", asking("notes-server", &files, NOTES), "invalid_target", none),
        ("to itself", asking("notes-server", &notes, NOTES), "invalid_target", none),
        // The worst of them: it would be a token for whoever called the other server.
        ("a token for another server", asking("notes-server", &files, FILES), "invalid_request", subject),
        ("a token that it got", asking("files-server", &notes, NOTES), "invalid_request", subject),
        ("no token", asking("notes-server", "x", FILES), "invalid_request", subject),
    ] {
        let answer = stage.token(&form).await;
        assert_eq!(answer.error(), (400, error.into()), "{name}");
        assert_eq!(answer.text("error_description"), told, "{name}");
    }
    let public = without(&asking("public", &notes, FILES), "client_secret");
    assert_eq!(stage.token(&public).await.error(), (400, "unauthorized_client".into()));
    let confidential = with(&asking(portal, &notes, FILES), "client_secret", portal_secret);
    assert_eq!(stage.token(&confidential).await.error(), (400, "unauthorized_client".into()));
    let good = stage.token(&asking("notes-server", &notes, FILES)).await;
    assert_eq!(good.status, StatusCode::OK);
    let default = Stage::open().await;
    add(&default, "notes-server", Some(Digest::of(SECRET.as_bytes())), Origin::Operator).await;
    let (notes, _) = default.tokens(NOTES).await;
    let answer = default.token(&asking("notes-server", &notes, FILES)).await;
    assert_eq!(answer.error(), (400, "invalid_target".into()), "by default nothing is");
}

#[tokio::test]
async fn what_is_asked_for_in_another_way_is_refused() {
    let stage = stage().await;
    let (subject, refresh) = stage.tokens(NOTES).await;
    let good = asking("notes-server", &subject, FILES);
    let id_token = "urn:ietf:params:oauth:token-type:id_token";
    for (name, value, error) in [
        ("subject_token_type", id_token, "invalid_request"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token", "invalid_request"),
        ("subject_token_type", "", "invalid_request"),
        ("subject_token", "", "invalid_request"),
        ("subject_token", &refresh, "invalid_request"),
        ("requested_token_type", id_token, "invalid_request"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token", "invalid_request"),
        ("actor_token", &subject, "invalid_request"),
        ("actor_token_type", KIND, "invalid_request"),
        ("scope", "notes:read", "invalid_scope"),
        ("scope", "files:write", "invalid_scope"),
        ("scope", "a\"b", "invalid_scope"),
        ("resource", "", "invalid_target"),
        ("resource", "https://mcp.example.com/files", "invalid_target"),
        ("resource", "https://mcp.example.com/files/mcp#", "invalid_target"),
        ("audience", NOTES, "invalid_target"),
        ("audience", "files", "invalid_target"),
        ("audience", "https://evil.example", "invalid_target"),
    ] {
        let answer = stage.token(&with(&good, name, value)).await;
        assert_eq!(answer.error(), (400, error.into()), "{name}={value}");
    }
    let mut two = good.clone();
    two.push(("resource", NOTES));
    assert_eq!(stage.token(&two).await.error(), (400, "invalid_target".into()));
    let by_audience = with(&without(&good, "resource"), "audience", FILES);
    let by_both = with(&good, "audience", FILES);
    let named = with(&good, "requested_token_type", KIND);
    for form in [by_audience, by_both, named, with(&good, "scope", "files:read other")] {
        assert_eq!(stage.token(&form).await.text("scope"), "files:read");
    }
}

#[tokio::test]
async fn a_word_that_both_servers_use_says_no_more_afterwards() {
    let stage = stage().await;
    let (reads, _) = stage.tokens(NOTES).await;
    let code = stage.code_for(&with(&stage.question(NOTES_ALIAS), "scope", "notes:read notes:write")).await;
    let writes = stage.token(&stage.redemption(&code)).await.text("access_token");
    let ask = async |subject: &str, scope: &str| {
        stage.token(&with(&asking("narrower", subject, NOTES), "scope", scope)).await
    };
    assert_eq!(ask(&reads, "").await.text("scope"), "notes:read");
    assert_eq!(ask(&reads, "notes:write").await.error(), (400, "invalid_scope".into()));
    assert_eq!(ask(&reads, "notes:read notes:write").await.text("scope"), "notes:read");
    assert_eq!(ask(&writes, "notes:read").await.text("scope"), "notes:read");
    assert_eq!(ask(&writes, "notes:write").await.text("scope"), "notes:write");
}

#[tokio::test]
async fn a_client_that_is_pinned_to_what_it_serves_gets_what_its_row_says() {
    let stage = stage().await;
    let mut client = stage.store.client(stage.server.issuer(), "notes-server").await.unwrap().unwrap();
    let expected = client.clone();
    client.pinned = Some(warded_core::ResourceUri::parse(NOTES).unwrap());
    assert!(stage.store.update_client(client, &expected).await.unwrap());
    let (subject, _) = stage.tokens(NOTES).await;
    assert_eq!(stage.token(&asking("notes-server", &subject, FILES)).await.text("scope"), "files:read");
    let nameless = without(&asking("notes-server", &subject, FILES), "resource");
    assert_eq!(stage.token(&nameless).await.error(), (400, "invalid_target".into()));
}

#[tokio::test]
async fn a_row_gives_no_scope_that_it_does_not_name() {
    let stage = stage().await;
    let (subject, _) = stage.tokens(FILES).await;
    let good = asking("reader", &subject, NOTES);
    assert_eq!(stage.token(&good).await.text("scope"), "notes:read");
    let both = stage.token(&with(&good, "scope", "notes:read notes:write")).await;
    assert_eq!(both.text("scope"), "notes:read");
    let more = stage.token(&with(&good, "scope", "notes:write")).await;
    assert_eq!(more.error(), (400, "invalid_scope".into()));
}

#[tokio::test]
async fn what_is_over_or_was_taken_back_is_not_exchanged() {
    let stage = stage().await;
    let (subject, refresh) = stage.tokens(NOTES).await;
    let good = asking("notes-server", &subject, FILES);
    stage.clock.pass(599);
    stage.revocations.look(&*stage.store, stage.clock.now()).await.unwrap();
    assert_eq!(stage.token(&good).await.json()["expires_in"], 1);
    stage.clock.pass(1);
    assert_eq!(stage.token(&good).await.error(), (400, "invalid_request".into()), "without leeway");
    let answer = stage.token(&stage.refreshing(&refresh)).await;
    let (subject, _) = (answer.text("access_token"), answer.text("refresh_token"));
    let good = asking("notes-server", &subject, FILES);
    assert_eq!(stage.token(&good).await.status, StatusCode::OK);
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error().1, "invalid_grant");
    assert_eq!(stage.token(&good).await.error(), (400, "invalid_request".into()), "the grant has ended");
    // And whoever cannot tell lets nothing pass.
    let (subject, _) = stage.tokens(NOTES).await;
    stage.clock.pass(61);
    let unknown = stage.token(&asking("notes-server", &subject, FILES)).await;
    assert_eq!(unknown.error(), (503, "temporarily_unavailable".into()));
}

/// A server that is not to be trusted any more would otherwise go on with what it got by then.
#[tokio::test]
async fn what_was_exchanged_ends_with_what_it_came_of() {
    let stage = stage().await;
    let (root, refresh) = stage.tokens(NOTES).await;
    let first = stage.token(&asking("notes-server", &root, FILES)).await.text("access_token");
    let second = stage.token(&asking("files-server", &first, NOTES)).await.text("access_token");
    assert_eq!(claims(&second)["grant_root"], claims(&root)["grant_id"], "along the chain");
    let onward =
        async |token: &str, client: &str, to: &str| stage.token(&asking(client, token, to)).await.status;
    assert_eq!(onward(&second, "notes-server", FILES).await, StatusCode::OK);
    let form = [("token", &*refresh), ("client_id", &*stage.editor)];
    let given = stage.post("revoke", "application/x-www-form-urlencoded", encoded(&form)).await;
    assert_eq!(given.status, StatusCode::OK);
    for (token, client, to) in
        [(&root, "notes-server", FILES), (&first, "files-server", NOTES), (&second, "notes-server", FILES)]
    {
        assert_eq!(onward(token, client, to).await, StatusCode::BAD_REQUEST, "{client}");
    }
}

#[tokio::test]
async fn what_was_exchanged_is_given_back_alone() {
    let stage = stage().await;
    let (root, _) = stage.tokens(NOTES).await;
    let exchanged = stage.token(&asking("notes-server", &root, FILES)).await.text("access_token");
    let sibling = stage.token(&asking("notes-server", &root, FILES)).await.text("access_token");
    let form = [("token", &*exchanged), ("client_id", "notes-server"), ("client_secret", SECRET)];
    let given = stage.post("revoke", "application/x-www-form-urlencoded", encoded(&form)).await;
    assert_eq!(given.status, StatusCode::OK);
    assert!(stage.knows_of(&exchanged) && !stage.knows_of(&root) && !stage.knows_of(&sibling));
    let onward = async |token: &str| stage.token(&asking("files-server", token, NOTES)).await.status;
    assert_eq!((onward(&exchanged).await, onward(&sibling).await), (StatusCode::BAD_REQUEST, StatusCode::OK));
    let list =
        claims(&root)["status"]["status_list"]["uri"].as_str().unwrap().rsplit('/').next().unwrap().parse();
    let listed = stage.store.revoked_statuses(stage.server.issuer(), list.unwrap()).await.unwrap();
    assert_eq!(listed, Vec::<u32>::new(), "it stands where its root stands, which was not given back");
}

/// Guards may not have heard of it yet, and what is signed now would be good for all of its life.
#[tokio::test]
async fn nothing_is_exchanged_for_somebody_who_is_gone() {
    let stage = stage().await;
    let (root, _) = stage.tokens(NOTES).await;
    let ada = stage.store.user_named("ada").await.unwrap().unwrap();
    assert!(stage.store.remove_user(&ada.id).await.unwrap());
    assert!(!stage.knows_of(&root));
    let answer = stage.token(&asking("notes-server", &root, FILES)).await;
    assert_eq!(answer.error(), (400, "invalid_grant".into()));
}

/// The first thing that an operator does after a break-in. What a program got in its own name, or by an exchange, comes of no
/// grant that ends with it.
#[tokio::test]
async fn nothing_is_exchanged_that_came_of_a_client_which_was_removed() {
    let stage = stage().await;
    let own = stage.token(&stage.in_its_name()).await.text("access_token");
    let (persons, _) = stage.tokens(NOTES).await;
    let exchange = async |token: &str, client: &str, to: &str| {
        let answer = stage.token(&asking(client, token, to)).await;
        if answer.status == StatusCode::OK { Ok(answer.text("access_token")) } else { Err(answer.error()) }
    };
    let first = exchange(&own, "notes-server", FILES).await.unwrap();
    let second = exchange(&first, "files-server", NOTES).await.unwrap();
    let for_person = exchange(&persons, "notes-server", FILES).await.unwrap();
    let onward = exchange(&for_person, "files-server", NOTES).await.unwrap();
    let quietly = exchange(&persons, "quiet-server", FILES).await.unwrap();

    let gone = Err((400, "invalid_request".to_owned()));
    let remove = async |id: &str| {
        let now = stage.clock.now();
        assert!(remove_client(&*stage.store, stage.server.issuer(), id, now).await.unwrap());
        stage.revocations.look(&*stage.store, now).await.unwrap();
    };
    remove(&stage.robot.0).await;
    assert_eq!(exchange(&own, "notes-server", FILES).await, gone, "its own");
    assert_eq!(exchange(&first, "files-server", NOTES).await, gone, "what speaks for it");
    assert_eq!(exchange(&second, "notes-server", FILES).await, gone, "however often it was exchanged");
    assert!(exchange(&for_person, "files-server", NOTES).await.is_ok());

    remove("notes-server").await;
    assert_eq!(exchange(&for_person, "files-server", NOTES).await, gone, "what it has exchanged");
    assert_eq!(exchange(&onward, "quiet-server", FILES).await, gone, "where it stands among who acts");
    assert!(exchange(&quietly, "files-server", NOTES).await.is_ok(), "what others have");
    assert!(exchange(&persons, "quiet-server", FILES).await.is_ok());
}

#[tokio::test]
async fn who_acts_for_whom_is_told_in_full_and_not_without_end() {
    let stage = stage().await;
    let (mut token, _) = stage.tokens(NOTES).await;
    let mut chain = Value::Null;
    for depth in 1..=8 {
        let (client, resource) =
            if depth % 2 == 1 { ("notes-server", FILES) } else { ("files-server", NOTES) };
        token = stage.token(&asking(client, &token, resource)).await.text("access_token");
        chain = match chain {
            Value::Null => json!({ "sub": format!("client:{client}") }),
            before => json!({ "sub": format!("client:{client}"), "act": before }),
        };
        assert_eq!(claims(&token)["act"], chain);
    }
    assert!(stage.judge(&token, "notes").is_ok(), "a guard reads all of it");
    let ninth = stage.token(&asking("notes-server", &token, FILES)).await;
    assert_eq!(ninth.error(), (400, "invalid_request".into()));
    assert_eq!(ninth.text("error_description"), "Too many act for one another.");
    let quiet = stage.token(&asking("quiet-server", &token, FILES)).await;
    assert_eq!(claims(&quiet.text("access_token"))["act"], chain, "nobody is left out of it");
}

#[tokio::test]
async fn a_bound_token_is_exchanged_by_its_holder_alone_and_stays_bound() {
    let (stage, holder, thief) = (stage().await, Holder::new(), Holder::new());
    let code = stage.code(NOTES).await;
    let subject = stage.proven(&holder, &stage.redemption(&code)).await.text("access_token");
    let form = asking("notes-server", &subject, FILES);
    assert_eq!(stage.token(&form).await.error(), (400, "invalid_dpop_proof".into()));
    assert_eq!(stage.proven(&thief, &form).await.error(), (400, "invalid_grant".into()));
    let answer = stage.proven(&holder, &form).await;
    assert_eq!(answer.text("token_type"), "DPoP");
    assert_eq!(claims(&answer.text("access_token"))["cnf"]["jkt"], holder.jkt());
}

#[tokio::test]
async fn a_table_that_names_what_is_not_there_opens_no_issuer() {
    for rows in [
        vec![row("a", "notes", "gone", "", true)],
        vec![row("a", "gone", "notes", "", true)],
        vec![row("a", "notes", "files", "files:write", true)],
        vec![row("a", "notes", "files", "", true), row("a", "notes", "files", "files:read", true)],
    ] {
        let issuer = warded_core::Issuer::parse(ISSUER).unwrap();
        let mut setup = IssuerSetup::new("default", issuer, registered());
        setup.exchanges = rows;
        let opened = AuthorizationServer::open(
            setup,
            std::sync::Arc::new(warded_store::memory::Memory::new()),
            warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap(),
            stage().await.clock,
            std::sync::Arc::new(random()),
        );
        assert!(matches!(opened.await, Err(OpenFailed::Exchange { .. })));
    }
}

/// Signs what a token of ours says, changed, with the key of its issuer.
async fn resigned(stage: &Stage, token: &str, changes: &[(&str, Value)]) -> String {
    let keys = stage.store.signing_keys("default").await.unwrap();
    let held = keys.first().unwrap();
    let key = SigningKey::from_pkcs8(held.algorithm, &held.pkcs8).unwrap();
    let said = changed(claims(token), changes);
    key.sign("at+jwt", said.as_object().unwrap(), &random()).unwrap().to_string()
}

#[tokio::test]
async fn a_token_that_says_who_may_act_lets_nobody_else() {
    let stage = stage().await;
    let (token, _) = stage.tokens(NOTES).await;
    let ours = json!({ "sub": "client:notes-server" });
    for (may_act, is_ok) in [
        (ours.clone(), true),
        (json!({ "client_id": "notes-server" }), true),
        (json!({ "sub": "client:notes-server", "iss": ISSUER }), true),
        (json!({ "sub": "client:files-server" }), false),
        (json!({ "sub": "notes-server" }), false),
        (json!({ "sub": "client:notes-server", "iss": "https://evil.example" }), false),
        (json!({ "sub": "client:notes-server", "email": "a@example.com" }), false),
        (json!({ "iss": ISSUER }), false),
        (json!({}), false),
        (json!("client:notes-server"), false),
        (json!([ours]), false),
    ] {
        let subject = resigned(&stage, &token, &[("may_act", may_act.clone())]).await;
        let answer = stage.token(&asking("notes-server", &subject, FILES)).await;
        if is_ok {
            assert_eq!(answer.status, StatusCode::OK, "{may_act}: {answer:?}");
        } else {
            assert_eq!(answer.error(), (400, "invalid_request".into()), "{may_act}");
            let told = "This client may not act for the subject of the token.";
            assert_eq!(answer.text("error_description"), told, "{may_act}");
        }
    }
}

#[tokio::test]
async fn a_subject_is_judged_as_a_guard_judges_it() {
    let stage = stage().await;
    let (token, _) = stage.tokens(NOTES).await;
    let now = stage.clock.now().seconds();
    let good = resigned(&stage, &token, &[]).await;
    assert_eq!(stage.token(&asking("notes-server", &good, FILES)).await.status, StatusCode::OK);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let flipped = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let thief = Holder::new();
    let forged = thief.sign(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &claims(&token));
    let brought = json!({ "alg": "EdDSA", "typ": "at+jwt", "jwk": thief.jwk() });
    for (name, subject) in [
        ("another signature", flipped),
        ("another key", forged),
        ("a key that it brings along", thief.sign(&brought, &claims(&token))),
        ("another issuer", resigned(&stage, &token, &[("iss", json!("https://evil.example"))]).await),
        ("two audiences", resigned(&stage, &token, &[("aud", json!([NOTES, FILES]))]).await),
        ("no audience", resigned(&stage, &token, &[("aud", Value::Null)]).await),
        (
            "the audience's prefix",
            resigned(&stage, &token, &[("aud", json!("https://mcp.example.com"))]).await,
        ),
        ("no end", resigned(&stage, &token, &[("exp", Value::Null)]).await),
        ("over", resigned(&stage, &token, &[("exp", json!(now))]).await),
        ("not yet", resigned(&stage, &token, &[("nbf", json!(now + 3600))]).await),
        ("no grant", resigned(&stage, &token, &[("grant_id", Value::Null)]).await),
        ("nobody's", resigned(&stage, &token, &[("sub", Value::Null)]).await),
        ("actors that nobody reads", resigned(&stage, &token, &[("act", json!("x"))]).await),
    ] {
        let answer = stage.token(&asking("notes-server", &subject, FILES)).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()), "{name}");
    }
}

#[tokio::test]
async fn no_other_server_is_reached_by_a_text_that_looks_like_it() {
    let stage = stage().await;
    let (subject, _) = stage.tokens(FILES).await;
    let good = asking("files-server", &subject, NOTES);
    for other in ELSEWHERE.iter().filter(|other| **other != NOTES_ALIAS) {
        for parameter in ["resource", "audience"] {
            let form = with(&without(&good, "resource"), parameter, other);
            assert_eq!(stage.token(&form).await.error(), (400, "invalid_target".into()), "{other:?}");
        }
    }
    let by_alias = stage.token(&with(&good, "resource", NOTES_ALIAS)).await;
    assert_eq!(claims(&by_alias.text("access_token"))["aud"], NOTES_ALIAS);
    let mut twice = good.clone();
    twice.push(("resource", NOTES));
    assert_eq!(stage.token(&twice).await.status, StatusCode::OK);
    for name in ["subject_token", "subject_token_type", "audience", "client_id", "grant_type", "scope"] {
        let mut twice = with(&good, "audience", NOTES);
        twice.extend([(name, "x"), (name, "x")]);
        assert_eq!(stage.token(&twice).await.error(), (400, "invalid_request".into()), "{name} twice");
    }
}

#[tokio::test]
async fn exchange_is_announced_where_there_is_some() {
    let grants = async |stage: &Stage| {
        let path = format!("/.well-known/oauth-authorization-server{}", stage.base);
        stage.get(&path).await.json()["grant_types_supported"].clone()
    };
    let default = json!(["authorization_code", "refresh_token", "client_credentials"]);
    assert_eq!(grants(&Stage::open().await).await, default);
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    assert_eq!(grants(&stage().await).await.as_array().unwrap().last().unwrap(), exchange);
}
