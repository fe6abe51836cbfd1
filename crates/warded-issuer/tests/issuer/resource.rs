//! One token, one server: the resource swap, for every grant.

use http::StatusCode;
use warded_core::ResourceUri;
use warded_issuer::operator::{NewClient, add_client};
use warded_store::GrantType;

use crate::stage::{Browser, FILES, ISSUER, NOTES, NOTES_ALIAS, Stage, random, registered, with, without};

/// What a thief or a careless client sends instead of `NOTES`: other servers, and texts that somebody could
/// take for it.
pub(crate) const ELSEWHERE: &[&str] = &[
    FILES,
    NOTES_ALIAS,
    "https://mcp.example.com/notes",
    "https://mcp.example.com/notes/mcp/",
    "https://mcp.example.com/notes/mcp/x",
    "https://mcp.example.com/notes/mcp2",
    "https://mcp.example.com/notes/mcp?",
    "https://mcp.example.com/notes/mcp?x=1",
    "https://mcp.example.com/notes/mcp#",
    "https://mcp.example.com/notes/mcp#x",
    "https://mcp.example.com/notes%2Fmcp",
    "https://mcp.example.com/NOTES/mcp",
    "https://mcp.example.com/files/../notes/mcp",
    "https://mcp.example.com//notes/mcp",
    "https://mcp.example.com\\notes\\mcp",
    "https://mcp.example.com:8443/notes/mcp",
    "http://mcp.example.com/notes/mcp",
    "https://mcp.example.com@evil.example/notes/mcp",
    "https://mcp.example.com.evil.example/notes/mcp",
    "https://mcp.example.c\u{43e}m/notes/mcp",
    "https://mcp.example.com/notes/mcp ",
    "https://mcp.example.com/notes/\tmcp",
    "https://mcp.example.com/notes/mcp\n",
    "https://mcp.example.com/notes/mcp\0",
    "https://mcp.example.com",
    "notes",
    "*",
];

/// The same, differently written (RFC 3986 §6.2.2).
const HERE: &[&str] = &[NOTES, "HTTPS://MCP.EXAMPLE.COM/notes/mcp", "https://mcp.example.com:443/notes/mcp"];

#[tokio::test]
async fn a_code_for_one_server_gets_no_token_for_another_and_is_not_burned_by_trying() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    let redemption = stage.redemption(&code);
    for other in ELSEWHERE {
        let answer = stage.token(&with(&redemption, "resource", other)).await;
        assert_eq!(answer.error(), (400, "invalid_target".into()), "{other:?}");
    }
    let mut twice = with(&redemption, "resource", NOTES);
    twice.push(("resource", FILES));
    assert_eq!(stage.token(&twice).await.error(), (400, "invalid_target".into()));
    twice.pop();
    twice.push(("resource", HERE[1]));
    let answer = stage.token(&twice).await;
    assert_eq!(answer.status, StatusCode::OK, "the code is as good as before: {answer:?}");
    let token = answer.text("access_token");
    assert_eq!(stage.judge(&token, "notes").unwrap().claims().all()["aud"], NOTES);
    assert_eq!(stage.judge(&token, "files").unwrap_err(), "audience-elsewhere");
}

#[tokio::test]
async fn a_refresh_token_of_one_server_gets_no_token_for_another_and_is_not_burned_by_trying() {
    let stage = Stage::open().await;
    let (_, mut refresh) = stage.tokens(NOTES).await;
    for other in ELSEWHERE {
        let answer = stage.token(&with(&stage.refreshing(&refresh), "resource", other)).await;
        assert_eq!(answer.error(), (400, "invalid_target".into()), "{other:?}");
    }
    for same in HERE.iter().chain(&[""]) {
        let answer = stage.token(&with(&stage.refreshing(&refresh), "resource", same)).await;
        assert_eq!(answer.status, StatusCode::OK, "{same}: {answer:?}");
        refresh = answer.text("refresh_token");
        assert!(stage.judge(&answer.text("access_token"), "notes").is_ok());
        assert!(stage.judge(&answer.text("access_token"), "files").is_err());
    }
    let inherited = stage.token(&stage.refreshing(&refresh)).await;
    let token = stage.judge(&inherited.text("access_token"), "notes").unwrap();
    assert_eq!(token.claims().all()["aud"], NOTES, "none inherits the grant's");
}

#[tokio::test]
async fn a_program_gets_a_token_for_the_server_that_it_names_and_for_nobody_in_particular_none() {
    let stage = Stage::open().await;
    let (id, secret) = &stage.robot;
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    for other in ELSEWHERE.iter().filter(|other| ![FILES, NOTES_ALIAS].contains(other)) {
        let answer = stage.token(&with(&form, "resource", other)).await;
        assert_eq!(answer.error(), (400, "invalid_target".into()), "{other:?}");
    }
    assert_eq!(stage.token(&form).await.error(), (400, "invalid_target".into()));
    assert_eq!(stage.token(&with(&form, "resource", "")).await.error(), (400, "invalid_target".into()));
    for (named, server, other) in
        [(NOTES, "notes", "files"), (FILES, "files", "notes"), (NOTES_ALIAS, "notes", "files")]
    {
        let answer = stage.token(&with(&form, "resource", named)).await;
        let token = answer.text("access_token");
        let admitted = stage.judge(&token, server).unwrap();
        assert_eq!(admitted.claims().all()["aud"], named, "the registered spelling that was asked for");
        assert_eq!(stage.judge(&token, other).unwrap_err(), "audience-elsewhere");
        assert!(answer.json().get("refresh_token").is_none());
    }
}

#[tokio::test]
async fn nobody_is_asked_about_a_server_that_does_not_exist() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    for other in ELSEWHERE.iter().filter(|other| ![FILES, NOTES_ALIAS].contains(other)) {
        let answer = browser.ask(&stage, &stage.question(other)).await;
        let sent = answer.sent();
        assert_eq!((sent["error"].as_str(), sent["iss"].as_str()), ("invalid_target", ISSUER), "{other:?}");
        assert_eq!(sent["state"], "state&x=1");
        assert!(!sent.contains_key("code"));
    }
    for none in [without(&stage.question(NOTES), "resource"), with(&stage.question(NOTES), "resource", "")] {
        assert_eq!(browser.ask(&stage, &none).await.sent()["error"], "invalid_target");
    }
    let mut several = stage.question(NOTES);
    several.push(("resource", FILES));
    assert_eq!(browser.ask(&stage, &several).await.sent()["error"], "invalid_target");
    let mut brackets = without(&stage.question(NOTES), "resource");
    brackets.push(("resource[]", NOTES));
    assert_eq!(browser.ask(&stage, &brackets).await.sent()["error"], "invalid_target");
}

#[tokio::test]
async fn an_alias_is_what_its_token_names() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES_ALIAS).await;
    let redemption = stage.redemption(&code);
    let swapped = stage.token(&with(&redemption, "resource", NOTES)).await;
    assert_eq!(swapped.error(), (400, "invalid_target".into()), "another spelling is another grant");
    let token = stage.token(&with(&redemption, "resource", NOTES_ALIAS)).await.text("access_token");
    assert_eq!(stage.judge(&token, "notes").unwrap().claims().all()["aud"], NOTES_ALIAS);
}

#[tokio::test]
async fn an_issuer_of_one_server_gives_it_to_those_who_name_none() {
    let stage = Stage::with(ISSUER, |setup| setup.resources.truncate(1)).await;
    let code = stage.code_for(&without(&stage.question(NOTES), "resource")).await;
    let token = stage.token(&stage.redemption(&code)).await.text("access_token");
    assert_eq!(stage.judge(&token, "notes").unwrap().claims().all()["aud"], NOTES);
    let answer = Browser::default().ask(&stage, &stage.question(FILES)).await;
    assert_eq!(answer.sent()["error"], "invalid_target", "and nothing else to anybody");
}

#[tokio::test]
async fn a_pinned_client_gets_its_server_and_no_other() {
    let stage = Stage::open().await;
    let pinned = NewClient {
        issuer: stage.server.issuer().clone(),
        name: "Pinned".into(),
        redirect_uris: vec![],
        grants: vec![GrantType::ClientCredentials],
        confidential: true,
        pinned: Some(ResourceUri::parse(FILES).unwrap()),
        dpop_bound: false,
    };
    let added =
        add_client(&*stage.store, pinned, warded_core::UnixTime::from_seconds(0), &random()).await.unwrap();
    let id = added.client.id.clone();
    let secret = added.into_secret().unwrap();
    let form = [("grant_type", "client_credentials"), ("client_id", &*id), ("client_secret", &secret)];
    let token = stage.token(&form).await.text("access_token");
    assert_eq!(stage.judge(&token, "files").unwrap().claims().all()["aud"], FILES);
    let other = stage.token(&with(&form, "resource", NOTES)).await;
    assert_eq!(other.error(), (400, "invalid_target".into()));
}

#[tokio::test]
async fn a_server_that_is_no_longer_registered_gets_no_tokens_from_old_grants() {
    let stage = Stage::open().await;
    let (_, refresh) = stage.tokens(NOTES).await;
    let mut left = registered();
    left.remove(0);
    let setup = warded_issuer::IssuerSetup::new("default", stage.server.issuer().clone(), left);
    let fetch = warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap();
    let after = warded_issuer::AuthorizationServer::open(
        setup,
        stage.store.clone(),
        fetch,
        stage.clock.clone(),
        std::sync::Arc::new(random()),
    )
    .await
    .unwrap();
    let (before, restarted) = (stage.server.key_set().unwrap(), after.key_set().unwrap());
    assert_eq!(before.keys()[0].thumbprint(), restarted.keys()[0].thumbprint(), "the key is the store's");
    let stage = Stage { router: after.served(), ..stage };
    let answer = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(answer.error(), (400, "invalid_target".into()));
}

/// The same issuer after its operator has changed the servers.
async fn reopened(stage: Stage, servers: Vec<warded_issuer::Registered>) -> Stage {
    let setup = warded_issuer::IssuerSetup::new("default", stage.server.issuer().clone(), servers);
    let server = warded_issuer::AuthorizationServer::open(
        setup,
        stage.store.clone(),
        warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap(),
        stage.clock.clone(),
        std::sync::Arc::new(random()),
    )
    .await
    .unwrap();
    Stage { router: server.served(), server, ..stage }
}

#[tokio::test]
async fn an_identifier_that_moves_to_another_server_takes_no_grant_along() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES_ALIAS).await;
    let (_, refresh) = stage.tokens(NOTES_ALIAS).await;
    let (_, stays) = stage.tokens(NOTES).await;
    let mut servers = registered();
    let moved = servers[0].identifiers.pop().unwrap();
    servers[1].identifiers.push(moved);
    // Even the scopes have the same names.
    servers[1].scopes = servers[0].scopes.clone();
    servers[1].default_scopes = servers[0].default_scopes.clone();
    let stage = reopened(stage, servers).await;
    for form in [stage.redemption(&code), stage.refreshing(&refresh)] {
        assert_eq!(stage.token(&form).await.error(), (400, "invalid_grant".into()), "{form:?}");
    }
    assert_eq!(stage.token(&stage.refreshing(&stays)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_consent_that_is_remembered_stays_with_its_server() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let portal = stage.portal.0.clone();
    let web =
        with(&with(&stage.question(NOTES_ALIAS), "client_id", &portal), "redirect_uri", crate::stage::WEB);
    let page = browser.log_in(&stage, &web).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    assert!(browser.ask(&stage, &web).await.sent().contains_key("code"), "not asked twice");
    let web: Vec<_> = web.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut servers = registered();
    let moved = servers[0].identifiers.pop().unwrap();
    servers[1].identifiers.push(moved);
    servers[1].scopes = servers[0].scopes.clone();
    servers[1].default_scopes = servers[0].default_scopes.clone();
    let stage = reopened(stage, servers).await;
    let web: Vec<_> = web.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(browser.ask(&stage, &web).await.body.contains("decision"), "asked anew");
}

#[tokio::test]
async fn a_refresh_gives_no_scope_that_its_server_no_longer_has() {
    let stage = Stage::open().await;
    let question = with(&stage.question(NOTES), "scope", "notes:read notes:write");
    let code = stage.code_for(&question).await;
    let refresh = stage.token(&stage.redemption(&code)).await.text("refresh_token");
    let mut servers = registered();
    servers[0].scopes = servers[0].default_scopes.clone();
    let stage = reopened(stage, servers).await;
    let asked = stage.refreshing(&refresh);
    let only_gone = stage.token(&with(&asked, "scope", "notes:write")).await;
    assert_eq!(only_gone.error(), (400, "invalid_scope".into()));
    let answer = stage.token(&with(&asked, "scope", "notes:read notes:write")).await;
    assert_eq!(answer.text("scope"), "notes:read");
    let refresh = answer.text("refresh_token");
    let mut servers = registered();
    servers[0].scopes = warded_core::Scopes::parse("other").unwrap();
    servers[0].default_scopes = servers[0].scopes.clone();
    let stage = reopened(stage, servers).await;
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
}
