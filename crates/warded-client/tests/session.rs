//! What a session does with its credentials when servers and issuers lie, fail and change. Each fault that was found in
//! a client in the field is an attack here.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::sync::Arc;

use serde_json::json;
use stage::{Audience, Names, Obstacle, Stage, call};
use warded_client::{
    login::{LoginFailed, Notice},
    obtain::ObtainFailed,
    register::{Given, RegisterFailed},
    secret::Secret,
    session::{Asked, Grant, SessionFailed, Way},
};
use warded_core::{Issuer, ResourceUri, Scopes, jose::base64url};
use zeroize::Zeroizing;

fn as_client(id: &str, secret: Option<&str>) -> Asked {
    let mut asked = Asked::default();
    let secret = secret.map(|secret| Secret::fixed("secret", Zeroizing::new(secret.to_owned())));
    asked.given = Given::Registered { id: id.to_owned(), secret };
    asked
}

#[tokio::test]
async fn a_login_names_the_resource_at_every_step_and_the_token_opens_the_server() {
    let stage = Stage::new().await;
    let answer = stage.session().send(&call("ping")).await.unwrap();
    assert_eq!(answer.status, 200);
    let resource = Some(stage.server.url());
    let (authorize, token) = (stage.one.authorizations(), stage.one.grants("authorization_code"));
    assert_eq!((authorize.len(), token.len()), (1, 1));
    assert_eq!(authorize[0].parameter("resource"), resource);
    assert_eq!(token[0].parameter("resource"), resource);
    assert_eq!(authorize[0].parameter("scope"), None);
    assert!(!stage.server.log.has("IDTOKEN"), "an ID token opens nothing");
    assert!(authorize[0].parameter("redirect_uri").unwrap().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn the_resource_is_sent_byte_for_byte_as_the_server_spells_it() {
    for spelling in ["", "/", "/mcp"] {
        let stage = Stage::new().await;
        let resource = format!("{}{spelling}", stage.server.origin());
        stage.server.turn(|knobs| knobs.resource = Some(resource.clone()));
        stage.session().send(&call("ping")).await.unwrap();
        assert_eq!(stage.one.authorizations()[0].parameter("resource"), Some(resource.clone()));
        assert_eq!(stage.one.grants("authorization_code")[0].parameter("resource"), Some(resource.clone()));
        stage.server.forget_tokens();
        stage.session().send(&call("ping")).await.unwrap();
        assert_eq!(stage.one.grants("refresh_token")[0].parameter("resource"), Some(resource));
    }
}

#[tokio::test]
async fn a_wide_resource_is_told_and_refused_where_the_user_is_strict() {
    let stage = Stage::new().await;
    let resource = stage.server.origin().to_owned();
    stage.server.turn(|knobs| knobs.resource = Some(resource.clone()));
    let mut asked = Asked::default();
    asked.strict_resource = true;
    let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::WideResource { resource: resource.clone(), server: stage.url() });
    assert!(stage.one.authorizations().is_empty() && stage.one.log.at("/register").is_empty());
    stage.session().send(&call("ping")).await.unwrap();
    assert!(stage.notices.lock().unwrap().contains(&Notice::WideResource { resource }));
}

#[tokio::test]
async fn a_server_that_calls_itself_by_the_name_of_another_gets_no_token() {
    let stage = Stage::new().await;
    for other in ["https://payments.example.com/mcp".to_owned(), format!("{}/other", stage.server.origin())] {
        stage.server.turn(|knobs| knobs.resource = Some(other.clone()));
        let error = stage.session().send(&call("ping")).await.unwrap_err();
        assert!(matches!(error, SessionFailed::Discover(_)), "{error}");
    }
    assert!(stage.one.authorizations().is_empty() && stage.one.log.at("/register").is_empty());
}

#[tokio::test]
async fn an_answer_counts_only_from_the_issuer_that_was_asked() {
    let cases = |url: &str| {
        [
            (Some(true), Names::Itself, true),
            (Some(true), Names::Nobody, false),
            (Some(true), Names::Other("https://evil.example".to_owned()), false),
            (Some(true), Names::Other(format!("{url}/")), false),
            (None, Names::Nobody, true),
            (Some(false), Names::Nobody, true),
            (None, Names::Itself, true),
            (None, Names::Other("https://evil.example".to_owned()), false),
            (Some(false), Names::Other(format!("{url}/")), false),
        ]
    };
    for at in 0..9 {
        let stage = Stage::new().await;
        let (says, names, is_good) = cases(&stage.one.url)[at].clone();
        stage.one.turn(|knobs| {
            knobs.says_it_names_itself = says;
            knobs.names = names.clone();
        });
        let outcome = stage.session().send(&call("ping")).await;
        assert_eq!(outcome.is_ok(), is_good, "{says:?} {names:?}");
        // A code from a mix-up is of no use to anybody: it stays here.
        assert_eq!(stage.one.authorizations().len(), 1);
        assert_eq!(stage.one.log.at("/token").len(), usize::from(is_good), "{says:?} {names:?}");
        let expected = Issuer::parse(&stage.one.url).unwrap();
        match (outcome, names) {
            (Ok(_), _) => {}
            (Err(error), Names::Nobody) => {
                let missing = ObtainFailed::IssuerMissing { expected };
                assert_eq!(error, SessionFailed::Login(LoginFailed::Obtain(missing)));
            }
            (Err(error), _) => {
                let SessionFailed::Login(LoginFailed::Obtain(ObtainFailed::IssuerOther { .. })) = error
                else {
                    panic!("{error}")
                };
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_token_never_reaches_another_issuer() {
    // Found in the field: a server that edits its own metadata harvests the refresh tokens of the issuer before.
    for restarts in [false, true] {
        let stage = Stage::new().await;
        let session = stage.session();
        session.send(&call("ping")).await.unwrap();
        stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
        stage.server.forget_tokens();
        stage.clock.forward(4_000);
        let session = if restarts { stage.session() } else { session };
        session.send(&call("ping")).await.unwrap();
        for secret in ["REFRESH-one", "ACCESS-one", "CODE-one", "client-one"] {
            assert!(!stage.two.log.has(secret), "the second issuer saw {secret}");
        }
        assert!(stage.two.log.has("client-two"), "it did register there");
        for secret in ["REFRESH-one", "REFRESH-two", "CODE"] {
            assert!(!stage.server.log.has(secret), "the server saw {secret}");
        }
    }
}

#[tokio::test]
async fn what_is_kept_for_one_issuer_is_there_again_when_the_server_comes_back_to_it() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    stage.server.forget_tokens();
    session.send(&call("ping")).await.unwrap();
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.one.url));
    stage.server.forget_tokens();
    session.send(&call("ping")).await.unwrap();
    assert_eq!((stage.one.authorizations().len(), stage.one.grants("refresh_token").len()), (1, 1));
}

#[tokio::test]
async fn a_refresh_token_is_not_guessed_into_the_servers_own_origin_after_a_restart() {
    // Found in the field: what is not remembered is guessed as ORIGIN/token, and that is the server.
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.server.forget_tokens();
    stage.session().send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.grants("refresh_token").len(), 1);
    assert!(stage.server.log.at("/token").is_empty() && !stage.server.log.has("REFRESH"));
    assert_eq!(stage.visits(), 1, "after a restart nobody is asked again");
}

#[tokio::test]
async fn a_refresh_token_does_not_follow_its_token_endpoint_elsewhere() {
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.one.turn(|knobs| knobs.token_path = "/moved");
    stage.server.forget_tokens();
    stage.session().send(&call("ping")).await.unwrap();
    assert!(stage.one.grants("refresh_token").is_empty());
    assert_eq!(stage.one.authorizations().len(), 2);
}

#[tokio::test]
async fn a_token_that_lives_for_a_minute_is_not_refreshed_at_every_request() {
    // Found in the field: a margin of sixty seconds, whatever the lifetime.
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.expires_in = json!(60));
    let session = stage.session();
    for _ in 0..5 {
        session.send(&call("ping")).await.unwrap();
    }
    assert!(stage.one.grants("refresh_token").is_empty());
    stage.clock.forward(50);
    for _ in 0..5 {
        session.send(&call("ping")).await.unwrap();
    }
    assert_eq!(stage.one.grants("refresh_token").len(), 1);
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn a_token_for_somebody_else_is_refused_before_its_first_use() {
    let stage = Stage::new().await;
    let own = stage.server.url();
    for audience in [
        json!("https://payments.example.com/mcp"),
        json!(["https://payments.example.com/mcp", "https://api.example.com"]),
        json!([own, "https://payments.example.com/mcp"]),
        json!(["http://127.0.0.1:1/other", own, "account"]),
        json!(format!("{own}/")),
        json!(stage.server.origin()),
        json!(null),
        json!({ "mcp": true }),
    ] {
        stage.one.turn(|knobs| knobs.audience = Audience::Somebody(audience.clone()));
        let error = stage.session().send(&call("ping")).await.unwrap_err();
        let SessionFailed::Login(LoginFailed::Obtain(ObtainFailed::OtherAudience { .. })) = error else {
            panic!("{audience}: {error}")
        };
    }
    assert!(stage.server.tokens().is_empty(), "no such token was sent");
    stage.one.turn(|knobs| knobs.audience = Audience::Somebody(json!([own, "account"])));
    stage.session().send(&call("ping")).await.unwrap();
}

#[tokio::test]
async fn a_refresh_that_brings_a_token_for_somebody_else_is_refused() {
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.one.turn(|knobs| knobs.audience = Audience::Somebody(json!("https://payments.example.com")));
    stage.server.forget_tokens();
    let error = stage.session().send_unattended(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::Obtain(ObtainFailed::OtherAudience { .. })), "{error}");
    assert!(stage.server.tokens().iter().all(|token| !token.contains("eyJ")));
}

#[tokio::test]
async fn whoever_gets_what_is_of_no_use_for_a_refresh_token_is_asked_once_and_not_shut_out() {
    let part = |value: serde_json::Value| base64url::encode(value.to_string());
    for case in 0..3 {
        let stage = Stage::new().await;
        let claims = match case {
            0 => json!({ "aud": "https://payments.example.com" }),
            _ => json!({ "aud": stage.server.url(), "cnf": { "jkt": "another" } }),
        };
        let jwt = format!("{}.{}.c2ln", part(json!({ "alg": "ES256" })), part(claims));
        let (token, kind) = if case == 2 { ("OPAQUE", "DPoP") } else { (jwt.as_str(), "Bearer") };
        let session = stage.session();
        session.send(&call("ping")).await.unwrap();
        let answer = json!({ "access_token": token, "token_type": kind, "refresh_token": "next" });
        stage.one.turn(|knobs| knobs.refresh_answer = Some((200, answer)));
        stage.server.forget_tokens();
        for _ in 0..3 {
            session.send(&call("ping")).await.unwrap();
        }
        assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (2, 1), "{token}");
        assert!(!stage.server.log.has(token), "{token}: it was sent");
    }
}

#[tokio::test]
async fn a_token_of_another_type_is_not_sent_as_a_bearer_token() {
    let stage = Stage::new().await;
    for kind in ["DPoP", "mac", ""] {
        stage.one.turn(|knobs| knobs.token_type = kind);
        let error = stage.session().send(&call("ping")).await.unwrap_err();
        assert_eq!(
            error,
            SessionFailed::Login(LoginFailed::Obtain(ObtainFailed::TokenType { wanted: "Bearer" })),
            "{kind}"
        );
    }
    assert!(stage.server.tokens().is_empty());
    stage.one.turn(|knobs| knobs.token_type = "bearer");
    stage.session().send(&call("ping")).await.unwrap();
}

#[tokio::test]
async fn scopes_come_from_the_challenge_else_from_the_metadata_and_from_nowhere_else() {
    let asked = async |challenge, listed, offline: bool| {
        let stage = Stage::new().await;
        stage.server.turn(|knobs| {
            knobs.challenge_scope = challenge;
            knobs.scopes = listed;
        });
        stage.one.turn(|knobs| knobs.scopes = offline.then(|| vec!["openid", "offline_access"]));
        stage.session().send(&call("ping")).await.unwrap();
        stage.one.authorizations()[0].parameter("scope")
    };
    assert_eq!(asked(Some("b a"), Some(vec!["c"]), false).await.as_deref(), Some("a b"));
    assert_eq!(asked(None, Some(vec!["c", "d"]), false).await.as_deref(), Some("c d"));
    assert_eq!(asked(None, None, false).await, None);
    assert_eq!(asked(None, None, true).await, None);
    assert_eq!(asked(Some("a"), None, true).await.as_deref(), Some("a offline_access"));
}

#[tokio::test]
async fn a_step_up_asks_for_what_is_missing_and_keeps_what_was_there() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| {
        knobs.challenge_scope = Some("read");
        knobs.needs = vec![("tools/call", "write")];
    });
    let session = stage.session();
    assert_eq!(session.send(&call("tools/list")).await.unwrap().status, 200);
    assert_eq!(session.send(&call("tools/call")).await.unwrap().status, 200);
    let scopes: Vec<_> =
        stage.one.authorizations().iter().map(|seen| seen.parameter("scope").unwrap()).collect();
    assert_eq!(scopes, ["read", "read write"]);
    // The next process finds the token that permits more, though the challenge asks for less.
    assert_eq!(stage.session().send(&call("tools/call")).await.unwrap().status, 200);
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_login_that_was_stepped_up_is_renewed_as_it_is() {
    // Found by sequences: what it was before and what it is now took turns, each refused by the server for another reason.
    for restarts in [false, true] {
        let stage = Stage::new().await;
        stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
        let mut session = stage.session();
        assert_eq!(session.send(&call("tools/call")).await.unwrap().status, 200);
        stage.server.forget_tokens();
        if restarts {
            session = stage.session();
            assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
        }
        assert_eq!(session.send(&call("tools/call")).await.unwrap().status, 200);
        assert_eq!(stage.one.grants("refresh_token").len(), 1 + usize::from(restarts));
        assert_eq!(stage.visits(), 2, "nobody is asked again");
    }
}

#[tokio::test]
async fn endless_demands_for_scopes_come_to_an_end() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.insatiable = true);
    let error = stage.session().send(&call("tools/call")).await.unwrap_err();
    assert_eq!(error, SessionFailed::TooManyLogins);
    assert_eq!(stage.visits(), 3);

    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
    // An issuer that never grants it.
    let session = stage.session();
    stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "never granted")]);
    let error = session.send(&call("tools/call")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::ScopesRefused { .. }), "{error}");
    assert!(stage.visits() <= 3);
}

#[tokio::test]
async fn a_server_that_refuses_fresh_tokens_opens_one_browser_and_no_more() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.closed = true);
    let session = stage.session();
    let issuer = Issuer::parse(&stage.one.url).unwrap();
    for _ in 0..4 {
        let error = session.send(&call("ping")).await.unwrap_err();
        assert_eq!(error, SessionFailed::FreshTokenRefused { issuer: issuer.clone() });
    }
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn a_server_that_refuses_fresh_tokens_for_good_opens_a_browser_ever_more_seldom() {
    for renewable in [true, false] {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.gives_refresh_tokens = renewable);
        stage.server.turn(|knobs| knobs.closed = true);
        let session = stage.session();
        let is_refused = async || {
            let error = session.send(&call("ping")).await.unwrap_err();
            assert!(matches!(error, SessionFailed::FreshTokenRefused { .. }), "{error}");
        };
        for _ in 0..20 {
            is_refused().await;
            stage.clock.forward(31);
        }
        let visits = stage.visits();
        assert!((2..=5).contains(&visits), "{visits}");
        for _ in 0..12 {
            stage.clock.forward(3_601);
            is_refused().await;
        }
        assert_eq!(stage.visits(), visits + 12, "an hour later it may be another server");
        stage.server.turn(|knobs| knobs.closed = false);
        stage.clock.forward(3_601);
        session.send(&call("ping")).await.unwrap();
        stage.server.turn(|knobs| knobs.closed = true);
        stage.server.forget_tokens();
        is_refused().await;
        let visits = stage.visits();
        stage.clock.forward(31);
        is_refused().await;
        assert_eq!(stage.visits(), visits + 1, "what it has taken in between begins the count anew");
    }
}

/// How often anybody but for the server's own door was asked anything.
fn others_asked(stage: &Stage) -> usize {
    stage.one.log.len() + stage.server.log.len() - stage.server.log.at("/mcp").len()
}

#[tokio::test]
async fn a_server_that_refuses_refreshed_tokens_gets_no_other_for_each_request_that_nobody_made() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    stage.server.turn(|knobs| knobs.closed = true);
    for _ in 0..20 {
        let error = session.send_unattended(&call("ping")).await.unwrap_err();
        assert_eq!(error, SessionFailed::Unattended);
    }
    assert_eq!(stage.one.grants("refresh_token").len(), 1, "the pause is about refreshes, too");
    for _ in 0..20 {
        stage.clock.forward(31);
        session.send_unattended(&call("ping")).await.unwrap_err();
    }
    let refreshes = stage.one.grants("refresh_token").len();
    assert!((2..=6).contains(&refreshes), "ever more seldom: {refreshes}");
    // A person may bring what a refresh does not, and is not kept waiting by what nobody has asked for.
    let error = session.send(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::FreshTokenRefused { .. }), "{error}");
    assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (2, refreshes));
    stage.clock.forward(3_601);
    stage.server.turn(|knobs| knobs.closed = false);
    session.send_unattended(&call("ping")).await.unwrap();
}

#[tokio::test]
async fn a_server_that_refuses_fresh_tokens_has_nobody_asked_about_it_by_each_request_that_comes() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.closed = true);
    let session = stage.session();
    let is_refused = async || {
        let error = session.send(&call("ping")).await.unwrap_err();
        assert!(matches!(error, SessionFailed::FreshTokenRefused { .. }), "{error}");
    };
    is_refused().await;
    let asked = others_asked(&stage);
    for _ in 0..5 {
        is_refused().await;
    }
    assert_eq!(others_asked(&stage), asked);
    stage.clock.forward(5);
    is_refused().await;
    assert!(others_asked(&stage) > asked);
}

#[tokio::test]
async fn a_server_that_does_not_say_who_issues_is_not_asked_again_by_each_request_that_comes() {
    for (is_server, path) in [
        (true, "/.well-known/oauth-protected-resource/mcp"),
        (false, "/.well-known/oauth-authorization-server"),
    ] {
        let stage = Stage::new().await;
        let of_server = (&stage.server.log, &stage.server.obstacles);
        let (log, obstacles) = if is_server { of_server } else { (&stage.one.log, &stage.one.obstacles) };
        obstacles.put(path, Obstacle::Status(503));
        let asked = || log.at(path).len();
        let session = stage.session();
        for pauses in 1..4 {
            for _ in 0..5 {
                let error = session.send(&call("ping")).await.unwrap_err();
                assert!(matches!(error, SessionFailed::Discover(_)), "{error}");
            }
            assert_eq!(asked(), pauses, "{path}");
            stage.clock.forward(5);
        }
        assert!(stage.visits() == 0);
        obstacles.clear();
        session.send(&call("ping")).await.unwrap();
        // What has gone well since holds nobody up.
        stage.server.forget_tokens();
        session.send(&call("ping")).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_takes_a_token_after_all_gets_the_next_one_too() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.closed = true);
    let session = stage.session();
    let error = session.send(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::FreshTokenRefused { .. }), "{error}");
    stage.server.turn(|knobs| knobs.closed = false);
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    // Days later the login is over.
    stage.server.forget_tokens();
    stage.one.turn(|knobs| knobs.refresh_answer = Some((400, json!({ "error": "invalid_grant" }))));
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_server_that_refused_fresh_tokens_and_was_mended_is_logged_in_to_again() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.gives_refresh_tokens = false);
    stage.server.turn(|knobs| knobs.closed = true);
    let session = stage.session();
    let is_refused = async || {
        let error = session.send(&call("ping")).await.unwrap_err();
        assert!(matches!(error, SessionFailed::FreshTokenRefused { .. }), "{error}");
    };
    is_refused().await;
    stage.server.turn(|knobs| knobs.closed = false);
    stage.server.forget_tokens();
    is_refused().await;
    assert_eq!(stage.visits(), 1);
    stage.clock.forward(31);
    session.send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_server_that_refused_fresh_tokens_gets_what_another_process_was_given_since() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.closed = true);
    let session = stage.session();
    let error = session.send(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::FreshTokenRefused { .. }), "{error}");
    stage.server.turn(|knobs| knobs.closed = false);
    stage.server.forget_tokens();
    stage.session().send(&call("ping")).await.unwrap();
    let shown = stage.one.grants("refresh_token").len();
    stage.clock.forward(5);
    session.send(&call("ping")).await.unwrap();
    assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (1, shown));
}

#[tokio::test]
async fn a_scope_that_its_issuer_has_dropped_shuts_nobody_out() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
    let session = stage.session();
    session.send(&call("tools/call")).await.unwrap();
    stage.server.turn(|knobs| knobs.needs.clear());
    stage.one.turn(|knobs| knobs.dropped = Some("write"));
    for visits in [4, 5] {
        stage.server.forget_tokens();
        stage.one.end_logins();
        assert_eq!(session.send(&call("tools/call")).await.unwrap().status, 200);
        assert_eq!(stage.visits(), visits);
    }
}

#[tokio::test]
async fn what_a_query_holds_is_not_told_to_whoever_waits_for_the_login_of_another_process() {
    let stage = Stage::new().await;
    let url = ResourceUri::parse(&format!("{}?key=SECRET", stage.server.url())).unwrap();
    let waiting = || {
        let notices = stage.notices.lock().unwrap();
        notices.iter().find_map(|notice| match notice {
            Notice::Waiting { server } => Some(server.clone()),
            _ => None,
        })
    };
    // A login that nobody ends, and another process that wants the same.
    for visits in [1, 2] {
        let session = stage.session_at(url.clone(), Asked::default(), false);
        tokio::spawn(async move { session.send(&call("ping")).await });
        while stage.visits() < visits && waiting().is_none() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(waiting(), Some(stage.server.url()));
}

#[tokio::test]
async fn a_login_that_was_denied_is_not_repeated_at_once() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.denies = true);
    let session = stage.session();
    for _ in 0..4 {
        let error = session.send(&call("ping")).await.unwrap_err().to_string();
        assert!(error.contains("access_denied") && !error.contains('\u{1b}'), "{error:?}");
    }
    assert_eq!(stage.visits(), 1);
    stage.clock.forward(31);
    stage.one.turn(|knobs| knobs.denies = false);
    session.send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_grant_survives_an_outage_of_its_issuer_and_not_its_end() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    stage.server.forget_tokens();
    for (status, answer) in [
        (503, json!({})),
        (429, json!({})),
        (500, json!({ "error": "server_error" })),
        (500, json!({ "error": "Internal" })),
        (429, json!({ "error": "too_many" })),
        (400, json!({ "error": "slow_down" })),
        (400, json!({ "error": "invalid_dpop_proof" })),
    ] {
        stage.one.turn(|knobs| knobs.refresh_answer = Some((status, answer.clone())));
        stage.clock.forward(5);
        let before = stage.one.grants("refresh_token").len();
        let error = session.send(&call("ping")).await.unwrap_err();
        assert!(matches!(error, SessionFailed::Obtain(_)), "{error}");
        assert_eq!(stage.one.grants("refresh_token").len(), before + 1, "{status} {answer}");
    }
    stage.clock.forward(5);
    assert_eq!(stage.visits(), 1, "an outage asks nobody");
    stage.one.turn(|knobs| knobs.refresh_answer = None);
    session.send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 1, "the grant was kept");

    stage.server.forget_tokens();
    stage.one.turn(|knobs| knobs.refresh_answer = Some((400, json!({ "error": "invalid_grant" }))));
    let before = stage.one.grants("refresh_token").len();
    session.send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.grants("refresh_token").len(), before + 1, "a refused grant is tried once");
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn whoever_cannot_have_a_login_renewed_is_asked_once_and_not_shut_out() {
    for (status, error) in [
        (400, "invalid_request"),
        (400, "invalid_scope"),
        (400, "unsupported_grant_type"),
        (400, "unauthorized_client"),
        (403, "policy"),
        (200, "bad_refresh_token"),
    ] {
        for expires in [true, false] {
            let stage = Stage::new().await;
            let session = stage.session();
            session.send(&call("ping")).await.unwrap();
            stage.one.turn(|knobs| knobs.refresh_answer = Some((status, json!({ "error": error }))));
            stage.server.forget_tokens();
            stage.clock.forward(if expires { 4_000 } else { 0 });
            for _ in 0..3 {
                session.send(&call("ping")).await.unwrap();
            }
            assert_eq!(
                (stage.visits(), stage.one.grants("refresh_token").len()),
                (2, 1 + usize::from(expires)),
                "{error}"
            );
            assert_eq!(stage.one.log.at("/register").len(), 1, "{error}: the client is known");
        }
    }
}

#[tokio::test]
async fn whoever_is_told_no_in_other_words_than_those_of_oauth_is_asked_once_and_not_shut_out() {
    for (status, answer) in [
        (403, json!({ "message": "no" })),
        (400, json!("<html>")),
        (401, json!({})),
        (200, json!({ "message": "no" })),
    ] {
        let stage = Stage::new().await;
        let session = stage.session();
        session.send(&call("ping")).await.unwrap();
        stage.one.turn(|knobs| knobs.refresh_answer = Some((status, answer.clone())));
        stage.server.forget_tokens();
        for _ in 0..3 {
            session.send(&call("ping")).await.unwrap();
        }
        assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (2, 1), "{status} {answer}");
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_answer_now_is_not_asked_by_each_request_that_comes() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    stage.one.turn(|knobs| knobs.refresh_answer = Some((503, json!({}))));
    stage.server.forget_tokens();
    for asked in 1..3 {
        for _ in 0..5 {
            let error = session.send(&call("ping")).await.unwrap_err();
            assert!(matches!(error, SessionFailed::Obtain(_)), "{error}");
        }
        assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (1, asked));
        stage.clock.forward(5);
    }
    stage.one.turn(|knobs| knobs.refresh_answer = None);
    session.send(&call("ping")).await.unwrap();
}

#[tokio::test]
async fn a_login_that_is_over_hides_no_other_that_is_good() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.audience = Audience::Asked);
    let session = || {
        let mut asked = Asked::default();
        asked.unbound = true;
        stage.session_as(asked)
    };
    session().send(&call("ping")).await.unwrap();
    // From now on its tokens name nobody, which makes them of another kind.
    stage.one.turn(|knobs| knobs.audience = Audience::Somebody(json!(null)));
    stage.clock.forward(4_000);
    session().send(&call("ping")).await.unwrap();
    assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (2, 1));
    session().send(&call("ping")).await.unwrap();
    assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (2, 1), "the second one is good");
    stage.clock.forward(4_000);
    for _ in 0..2 {
        session().send(&call("ping")).await.unwrap();
    }
    assert_eq!(stage.visits(), 2, "and is renewed, whatever becomes of the first");
}

#[tokio::test]
async fn an_issuer_that_gives_what_is_of_no_use_for_one_login_uses_up_no_other_like_it() {
    let part = |value: serde_json::Value| base64url::encode(value.to_string());
    let jwt = |claims| format!("{}.{}.c2ln", part(json!({ "alg": "ES256" })), part(claims));
    let elsewhere = jwt(json!({ "aud": "https://payments.example.com" }));
    let of_another = jwt(json!({ "cnf": { "jkt": "another" } }));
    let with = |token: &str, kind: &str| json!({ "access_token": token, "token_type": kind });
    for (status, answer, tried) in [
        (200, with(&elsewhere, "Bearer"), 1),
        (200, with(&of_another, "Bearer"), 1),
        (200, with("OPAQUE", "DPoP"), 1),
        (200, json!({ "token_type": "Bearer" }), 1),
        (403, json!("<html>"), 1),
        // A no uses nothing up, and may be about that one login.
        (400, json!({ "error": "invalid_scope" }), 3),
    ] {
        let stage = Stage::new().await;
        for scope in ["a", "a b", "a b c"] {
            let mut asked = Asked::default();
            asked.scopes = Scopes::parse(scope).unwrap();
            stage.session_as(asked).send(&call("ping")).await.unwrap();
        }
        stage.clock.forward(4_000);
        stage.one.turn(|knobs| knobs.refresh_answer = Some((status, answer.clone())));
        let (session, visits) = (stage.session(), stage.visits());
        session.send(&call("ping")).await.unwrap();
        assert_eq!(stage.one.grants("refresh_token").len(), tried, "{answer}");
        assert_eq!(stage.visits(), visits + 1, "{answer}");
        let interrupted = stage.listed().iter().filter(|listed| listed.was_interrupted).count();
        assert_eq!(interrupted, usize::from(tried == 1), "{answer}");
    }
}

#[tokio::test]
async fn a_token_that_has_ended_hides_no_other_where_there_are_no_refresh_tokens() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.gives_refresh_tokens = false);
    let session = || {
        let mut asked = Asked::default();
        asked.bearer = true;
        stage.session_as(asked)
    };
    session().record().await.unwrap();
    // The server takes tokens that are bound to keys by now, and others, too.
    stage.one.turn(|knobs| knobs.algorithms = Some(vec!["ES256"]));
    stage.server.turn(|knobs| knobs.algorithms = Some(vec!["ES256"]));
    stage.clock.forward(4_000);
    for _ in 0..3 {
        session().record().await.unwrap();
        assert_eq!(stage.visits(), 2);
    }

    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.gives_refresh_tokens = false);
    stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
    stage.session().send(&call("ping")).await.unwrap();
    stage.clock.forward(3_000);
    assert_eq!(stage.session().send(&call("tools/call")).await.unwrap().status, 200);
    stage.clock.forward(1_000);
    assert_eq!(stage.session().send(&call("tools/call")).await.unwrap().status, 200);
    assert_eq!(stage.visits(), 2, "what it was before has ended, what it is now has not");
}

#[tokio::test]
async fn tokens_that_are_all_refused_are_tried_once_each_and_then_somebody_is_asked() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.gives_refresh_tokens = false);

    for scope in
        ["a", "a b", "a b c", "a b c d", "a b c d e", "a b c d e f", "a b c d e f g", "a b c d e f g h"]
    {
        let mut asked = Asked::default();
        asked.scopes = Scopes::parse(scope).unwrap();
        stage.session_as(asked).send(&call("ping")).await.unwrap();
    }
    let visits = stage.visits();
    stage.server.forget_tokens();
    stage.session().send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), visits + 1);
}

#[tokio::test]
async fn a_login_that_cannot_be_renewed_is_kept_until_there_is_another_and_nobody_is_asked_at_every_request()
{
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.one.turn(|knobs| {
        knobs.refresh_answer = Some((400, json!({ "error": "invalid_scope" })));
        knobs.denies = true;
    });
    stage.server.forget_tokens();
    let session = stage.session();
    // Where there is nobody to ask, the reason is said.
    let error = session.send_unattended(&call("ping")).await.unwrap_err();
    assert!(
        matches!(error, SessionFailed::Obtain(_)) && error.to_string().contains("invalid_scope"),
        "{error}"
    );
    for _ in 0..4 {
        let error = session.send(&call("ping")).await.unwrap_err();
        assert!(matches!(error, SessionFailed::Login(_)), "{error}");
    }
    assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (2, 2));
    stage.one.turn(|knobs| (knobs.refresh_answer, knobs.denies) = (None, false));
    stage.clock.forward(31);
    session.send(&call("ping")).await.unwrap();
    assert_eq!(
        (stage.visits(), stage.one.grants("refresh_token").len()),
        (2, 3),
        "it was there all the time"
    );
}

#[tokio::test]
async fn a_refresh_rotates_and_the_new_one_is_used_next() {
    let stage = Stage::new().await;
    for _ in 0..4 {
        stage.session().send(&call("ping")).await.unwrap();
        stage.server.forget_tokens();
    }
    let used: Vec<_> = stage
        .one
        .grants("refresh_token")
        .iter()
        .map(|seen| seen.parameter("refresh_token").unwrap())
        .collect();
    assert_eq!(used.len(), 3);
    assert!(used[0] != used[1] && used[1] != used[2]);
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn requests_that_are_refused_together_share_one_login() {
    let stage = Stage::new().await;
    let session = Arc::new(stage.session());
    let sends: Vec<_> = (0..20)
        .map(|_| {
            let session = Arc::clone(&session);
            tokio::spawn(async move { session.send(&call("ping")).await.unwrap().status })
        })
        .collect();
    for send in sends {
        assert_eq!(send.await.unwrap(), 200);
    }
    assert_eq!((stage.visits(), stage.one.log.at("/register").len()), (1, 1));
}

#[tokio::test]
async fn sessions_that_share_a_store_share_one_login_and_one_refresh() {
    // The issuer revokes the whole family where one refresh token comes twice.
    let stage = Stage::new().await;
    let together = async || {
        let sends: Vec<_> = (0..8)
            .map(|_| {
                let session = stage.session();
                tokio::spawn(async move { session.send(&call("ping")).await.unwrap().status })
            })
            .collect();
        for send in sends {
            assert_eq!(send.await.unwrap(), 200);
        }
    };
    together().await;
    assert_eq!((stage.visits(), stage.one.log.at("/register").len()), (1, 1));
    for round in 1..4 {
        stage.server.forget_tokens();
        together().await;
        assert_eq!(stage.one.grants("refresh_token").len(), round);
    }
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn a_secret_is_shown_to_no_issuer_that_only_the_server_names() {
    let stage = Stage::new().await;
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.methods = Some(vec!["client_secret_post"]));
    }
    for grant in [Grant::User(Way::Loopback), Grant::Client] {
        let mut asked = as_client("known", Some("TOPSECRET"));
        asked.grant = grant;
        let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
        assert_eq!(error, SessionFailed::SecretOfNobody);
    }
    assert!(!stage.one.log.has("TOPSECRET") && stage.one.authorizations().is_empty());
    let issuer = |url: &str| Issuer::parse(url).unwrap();
    let asked = |url: &str| {
        let mut asked = as_client("known", Some("TOPSECRET"));
        asked.issuer = Some(issuer(url));
        asked
    };
    stage.session_as(asked(&stage.one.url)).send(&call("ping")).await.unwrap();
    assert!(stage.one.log.has("TOPSECRET"));
    // A server that names somebody else later changes nothing.
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    stage.server.forget_tokens();
    let error = stage.session_as(asked(&stage.one.url)).send(&call("ping")).await.unwrap_err();
    let (expected, named) = (issuer(&stage.one.url), issuer(&stage.two.url));
    assert_eq!(error, SessionFailed::IssuerChanged { expected, named });
    assert!(!stage.two.log.has("TOPSECRET") && stage.two.authorizations().is_empty());
    stage.session_as(asked(&stage.two.url)).send(&call("ping")).await.unwrap();
    assert!(stage.two.log.has("TOPSECRET"));
}

#[tokio::test]
async fn a_token_that_cannot_be_kept_is_used_all_the_same() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    // A folder in the place of the file: it cannot be replaced by one.
    for entry in std::fs::read_dir(stage.tokens()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "token") {
            std::fs::remove_file(&path).unwrap();
            std::fs::create_dir(&path).unwrap();
        }
    }
    stage.server.forget_tokens();
    session.send(&call("ping")).await.unwrap();
    let notices = stage.notices.lock().unwrap();
    assert!(notices.iter().any(|notice| matches!(notice, Notice::NotKept { .. })), "{notices:?}");
}

#[tokio::test]
async fn an_issuer_that_the_user_did_not_name_gets_nothing() {
    let stage = Stage::new().await;
    let mut asked = Asked::default();
    asked.issuer = Some(Issuer::parse(&stage.two.url).unwrap());
    let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::IssuerChanged { .. }), "{error}");
    assert!(stage.one.authorizations().is_empty() && stage.one.log.at("/register").is_empty());
}

#[tokio::test]
async fn of_several_issuers_the_one_that_the_user_names_is_asked() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.others = vec![stage.two.url.clone()]);
    let mut asked = Asked::default();
    asked.issuer = Some(Issuer::parse(&stage.two.url).unwrap());
    stage.session_as(asked.clone()).send(&call("ping")).await.unwrap();
    assert_eq!((stage.one.log.at("/register").len(), stage.two.authorizations().len()), (0, 1));
    // Without a word of the user's, the first is asked.
    stage.session().send(&call("ping")).await.unwrap();
    assert_eq!((stage.one.authorizations().len(), stage.visits()), (1, 2));
    // A name that is spelled in another way is another's.
    asked.issuer = Some(Issuer::parse(&format!("{}/", stage.two.url)).unwrap());
    let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::IssuerChanged { .. }), "{error}");
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_client_shows_who_it_is_in_the_way_that_its_issuer_offers() {
    let basic =
        |seen: &stage::Seen| seen.header("authorization").is_some_and(|value| value.starts_with("Basic "));
    for (methods, is_basic, is_post) in [
        (Some(vec!["none"]), false, false),
        (Some(vec!["client_secret_basic"]), true, false),
        (Some(vec!["client_secret_post"]), false, true),
        (None, true, false),
    ] {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.methods.clone_from(&methods));
        stage.session().send(&call("ping")).await.unwrap();
        stage.server.forget_tokens();
        stage.session().send(&call("ping")).await.unwrap();
        for kind in ["authorization_code", "refresh_token"] {
            let seen = &stage.one.grants(kind)[0];
            assert_eq!(
                (basic(seen), seen.parameter("client_secret").is_some()),
                (is_basic, is_post),
                "{methods:?}"
            );
            assert_eq!(seen.parameter("client_id").is_some(), !is_basic, "{methods:?}");
        }
        assert_eq!(stage.one.log.at("/register").len(), 1, "the secret was kept");
    }
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.methods = Some(vec!["private_key_jwt"]));
    assert!(stage.session().send(&call("ping")).await.is_err());
    assert!(stage.one.authorizations().is_empty());
}

#[tokio::test]
async fn a_client_is_whom_the_user_says_where_the_issuer_understands_it() {
    let document = "https://client.example/metadata.json";
    let asked = || {
        let mut asked = Asked::default();
        asked.given = Given::Document { url: document.to_owned() };
        asked
    };
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.reads_documents = true);
    stage.session_as(asked()).send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.authorizations()[0].parameter("client_id").as_deref(), Some(document));
    assert!(stage.one.log.at("/register").is_empty());

    let stage = Stage::new().await;
    stage.session_as(asked()).send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.log.at("/register").len(), 1);

    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.registers = false);
    stage.session_as(as_client("known", None)).send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.authorizations()[0].parameter("client_id").as_deref(), Some("known"));
    let error = stage.session_as(Asked::default()).send(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::Register(_)), "{error}");
}

#[tokio::test]
async fn a_client_that_speaks_for_itself_names_the_resource_and_opens_no_browser() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.methods = Some(vec!["client_secret_basic"]));
    let mut asked = as_client("robot", Some("TOPSECRET"));
    asked.issuer = Some(Issuer::parse(&stage.one.url).unwrap());
    asked.grant = Grant::Client;
    asked.scopes = Scopes::parse("run").unwrap();
    stage.session_as(asked).send(&call("ping")).await.unwrap();
    let seen = stage.one.grants("client_credentials");
    assert_eq!(seen[0].parameter("resource"), Some(stage.server.url()));
    assert_eq!(seen[0].parameter("scope").as_deref(), Some("run"));
    assert_eq!(stage.visits(), 0);
}

#[tokio::test]
async fn accounts_are_kept_apart() {
    let stage = Stage::new().await;
    let as_account = |name: &str| {
        let mut asked = Asked::default();
        asked.account = Some(name.to_owned());
        asked
    };
    stage.session_as(as_account("work")).send(&call("ping")).await.unwrap();
    stage.session_as(as_account("home")).send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 2);
    stage.session_as(as_account("work")).send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_server_that_describes_itself_nowhere_is_its_own_issuer() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.describes_itself = false);
    // Its origin is its issuer, which in this play has nothing but a 404 to say. Nobody else is asked.
    let error = stage.session().send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::Register(RegisterFailed::Status { status: 404 }));
    assert_eq!(stage.server.log.at("/register").len(), 1);
    assert!(stage.one.log.at("/register").is_empty() && stage.one.authorizations().is_empty());
    assert!(stage.notices.lock().unwrap().contains(&Notice::Legacy));
}

#[tokio::test]
async fn only_the_answer_to_the_question_ends_a_login() {
    let stage = Stage::new().await;
    let session = stage.session_told(Asked::default(), false);
    let sending = tokio::spawn(async move { session.send(&call("ping")).await.map(|answer| answer.status) });
    let url = loop {
        let notices = stage.notices.lock().unwrap().clone();
        if let Some(Notice::Visit { url }) = notices.first() {
            break url.clone();
        }
        tokio::task::yield_now().await;
    };
    let parameter = |name: &str| {
        let query = url.split_once('?').unwrap().1;
        stage::pairs(query).into_iter().find(|(key, _)| key == name).unwrap().1
    };
    let (callback, nonce) = (parameter("redirect_uri"), parameter("state"));
    let origin = callback.strip_suffix("/callback").unwrap();
    for (target, status) in [
        (format!("{callback}?code=stolen&state=guess"), 400),
        (format!("{callback}?code=stolen"), 400),
        (format!("{callback}?code=stolen&state={nonce}&state={nonce}"), 400),
        (format!("{callback}?code=a&code=b&state={nonce}"), 400),
        (format!("{callback}?error=access_denied&state={nonce}x"), 400),
        (format!("{origin}/?code=stolen&state={nonce}"), 404),
        (format!("{origin}/callback/?code=stolen&state={nonce}"), 404),
    ] {
        let (found, _, page) = stage::get(&target).await;
        assert_eq!(found, status, "{target}");
        assert!(!page.contains("stolen") && !page.contains(&nonce));
    }
    stage::visit(url).await;
    assert_eq!(sending.await.unwrap().unwrap(), 200);
    assert_eq!(stage::get(&callback).await.0, 0, "the port is closed");
    assert!(!stage.one.log.has("stolen"));
}

#[tokio::test]
async fn nothing_secret_stands_in_what_is_told_and_described() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    stage.server.forget_tokens();
    session.send(&call("ping")).await.unwrap();
    let said = format!("{session:?} {:?}", stage.notices.lock().unwrap());
    for secret in ["ACCESS", "REFRESH", "CODE-", "SECRET"] {
        assert!(!said.contains(secret), "{said}");
    }
    let verifier = stage.one.grants("authorization_code")[0].parameter("code_verifier").unwrap();
    assert!(!said.contains(&verifier));
}

#[tokio::test]
async fn a_refresh_goes_on_when_whoever_asked_has_stopped_waiting() {
    // Dropped half-way it would have used up the refresh token, and lost the new one.
    let stage = Stage::new().await;
    let session = Arc::new(stage.session());
    session.send(&call("ping")).await.unwrap();
    stage.server.forget_tokens();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    let waiting = Arc::clone(&session);
    let send = tokio::spawn(async move { waiting.send(&call("ping")).await.map(|answer| answer.status) });
    while stage.one.grants("refresh_token").is_empty() {
        tokio::task::yield_now().await;
    }
    send.abort();
    assert!(send.await.unwrap_err().is_cancelled());
    gate.add_permits(1);
    session.send(&call("ping")).await.unwrap();
    assert_eq!((stage.one.grants("refresh_token").len(), stage.visits()), (1, 1));
    // What it brought is kept for the next process, too.
    stage.session().send(&call("ping")).await.unwrap();
    assert_eq!((stage.one.grants("refresh_token").len(), stage.visits()), (1, 1));
}

#[tokio::test]
async fn a_login_for_one_request_holds_up_no_other() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
    stage.session().send(&call("ping")).await.unwrap();
    // From now on nobody visits anything.
    let session = Arc::new(stage.session_told(Asked::default(), false));
    session.send(&call("ping")).await.unwrap();
    let waiting = Arc::clone(&session);
    let send =
        tokio::spawn(async move { waiting.send(&call("tools/call")).await.map(|answer| answer.status) });
    while stage.visits() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    send.abort();
}

#[tokio::test]
async fn an_issuer_that_is_down_is_not_asked_at_every_request_ahead_of_time() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    stage.one.turn(|knobs| knobs.refresh_answer = Some((503, json!({}))));
    stage.clock.forward(3_560);
    for _ in 0..5 {
        assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    }
    assert_eq!(stage.one.grants("refresh_token").len(), 1);
    stage.one.turn(|knobs| knobs.refresh_answer = None);
    stage.clock.forward(30);
    session.send(&call("ping")).await.unwrap();
    assert_eq!((stage.one.grants("refresh_token").len(), stage.visits()), (2, 1));
}

#[tokio::test]
async fn a_token_can_be_had_without_a_request_to_its_server() {
    let stage = Stage::new().await;
    let record = stage.session().record().await.unwrap();
    let token = record.token_for(&stage.url()).unwrap();
    assert!(token.hand_over().starts_with("ACCESS-one") && !format!("{token:?}").contains("ACCESS"));
    assert!(stage.server.log.at("/mcp").is_empty());
    assert!(stage.session().record().await.unwrap().is_same_token(&record));
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn a_token_of_no_lifetime_is_not_refreshed_at_every_request() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.expires_in = json!(0));
    let session = stage.session();
    for _ in 0..5 {
        session.send(&call("ping")).await.unwrap();
    }
    assert!(stage.one.grants("refresh_token").is_empty());
}

#[tokio::test]
async fn a_server_that_wants_bound_tokens_gets_no_bearer_token() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.wants_possession = true);
    let error = stage.session().send(&call("ping")).await.unwrap_err();
    let issuer = Some(Issuer::parse(&stage.one.url).unwrap());
    assert_eq!(error, SessionFailed::PossessionWanted { issuer });
    assert!(stage.one.authorizations().is_empty() && stage.one.log.at("/register").is_empty());
}

#[tokio::test]
async fn a_refresh_ahead_of_time_waits_for_no_other_process() {
    let stage = Stage::new().await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    stage.clock.forward(3_560);
    let paths = std::fs::read_dir(stage.tokens()).unwrap().map(|entry| entry.unwrap().path());
    let held: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "lock"))
        .map(|path| std::fs::File::options().write(true).open(path).unwrap())
        .collect();
    assert!(!held.is_empty());
    for lock in &held {
        lock.lock().unwrap();
    }
    // Somebody else is at it, and the token is good for a while.
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    assert!(stage.one.grants("refresh_token").is_empty());
}

#[tokio::test]
async fn whoever_waits_for_a_login_that_is_refused_does_not_ask_the_same_person_the_same() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.denies = true);
    let send = || {
        // Each is a process of its own.
        let session = stage.session_told(Asked::default(), false);
        tokio::spawn(async move { session.send(&call("ping")).await.map(|answer| answer.status) })
    };
    let mut url = None;
    let asked = send();
    let is_waiting = || {
        let notices = stage.notices.lock().unwrap();
        notices.iter().filter(|notice| matches!(notice, Notice::Waiting { .. })).count() == 3
    };
    while url.is_none() {
        tokio::task::yield_now().await;
        let notices = stage.notices.lock().unwrap();
        url = notices.iter().find_map(|notice| match notice {
            Notice::Visit { url } => Some(url.clone()),
            _ => None,
        });
    }
    let waiting = [send(), send()];
    // Nobody is asked for this one, so nobody's no is an answer to it.
    let mut robot = as_client("robot", None);
    robot.grant = Grant::Client;
    let robot = stage.session_as(robot);
    let robot = tokio::spawn(async move { robot.send(&call("ping")).await.map(|answer| answer.status) });
    while !is_waiting() {
        tokio::task::yield_now().await;
    }
    stage::visit(url.unwrap()).await;
    let denied = asked.await.unwrap().unwrap_err();
    assert!(matches!(denied, SessionFailed::Login(LoginFailed::Obtain(_))), "{denied}");
    for waiting in waiting {
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error, SessionFailed::Login(LoginFailed::RefusedElsewhere));
    }
    assert_eq!(robot.await.unwrap().unwrap(), 200);
    assert_eq!(stage.visits(), 1);
    // Whoever comes later asks again.
    stage.one.turn(|knobs| knobs.denies = false);
    stage.session().send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 2);
}
