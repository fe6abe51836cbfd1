//! Who gives a token back, and what ends with it (RFC 7009).

use axum::body::Body;
use http::{Request, StatusCode, header};
use warded_store::{GrantMark, Revocations, StatusIndex, Statuses as _};

use super::{holder::Holder, token::claims};
use crate::stage::{Answer, FILES, NOTES, Stage, encoded};

impl Stage {
    async fn gives_back(&self, form: &[(&str, &str)]) -> Answer {
        self.post("revoke", "application/x-www-form-urlencoded", encoded(form)).await
    }

    async fn programs_token(&self, resource: &str) -> String {
        let (id, secret) = &self.robot;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("resource", resource),
        ];
        self.token(&form).await.text("access_token")
    }

    /// Whether guards in this process refuse it.
    fn is_taken_back(&self, token: &str) -> bool {
        let mark = GrantMark::parse(claims(token)["grant_id"].as_str().unwrap()).unwrap();
        let now = warded_core::Clock::now(&*self.clock);
        self.revocations.is_revoked(self.server.issuer(), &mark, now).unwrap()
    }
}

fn done(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{answer:?}");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_refresh_token_that_is_given_back_ends_all_of_its_grant_whatever_the_hint_says() {
    for hint in ["refresh_token", "access_token", "saml2-session", ""] {
        let stage = Stage::open().await;
        let (access, refresh) = stage.tokens(NOTES).await;
        let (kept, _) = stage.tokens(FILES).await;
        let form = [("token", &*refresh), ("client_id", &*stage.editor), ("token_type_hint", hint)];
        done(&stage.gives_back(&form).await);
        assert!(stage.is_taken_back(&access) && !stage.is_taken_back(&kept), "{hint}");
        let refreshed = stage.token(&stage.refreshing(&refresh)).await;
        assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
        done(&stage.gives_back(&form).await);
    }
}

#[tokio::test]
async fn an_access_token_that_is_given_back_takes_its_grant_along() {
    let stage = Stage::open().await;
    let (access, refresh) = stage.tokens(NOTES).await;
    done(&stage.gives_back(&[("token", &access), ("client_id", &stage.editor)]).await);
    assert!(stage.is_taken_back(&access));
    let refreshed = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn a_token_without_a_grant_is_given_back_alone_and_everybody_hears_of_it() {
    let stage = Stage::open().await;
    let (id, secret) = &stage.robot;
    let (given, kept) = (stage.programs_token(NOTES).await, stage.programs_token(NOTES).await);
    done(&stage.gives_back(&[("token", &given), ("client_id", id), ("client_secret", secret)]).await);
    assert!(stage.is_taken_back(&given) && !stage.is_taken_back(&kept));
    // Other processes learn it from the store, and guards elsewhere from the list.
    let now = warded_core::Clock::now(&*stage.clock);
    let elsewhere = Revocations::default();
    elsewhere.follow(stage.server.issuer());
    elsewhere.look(&*stage.store, now).await.unwrap();
    let mark = |token: &str| GrantMark::parse(claims(token)["grant_id"].as_str().unwrap()).unwrap();
    assert_eq!(elsewhere.is_revoked(stage.server.issuer(), &mark(&given), now), Ok(true));
    let index = u32::try_from(claims(&given)["status"]["status_list"]["idx"].as_u64().unwrap()).unwrap();
    let place = StatusIndex { list: 0, index };
    let listed = stage.store.revoked_statuses(stage.server.issuer(), place.list).await.unwrap();
    assert_eq!(listed, [place.index]);
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_given_back_without_it() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    let code = stage.code(NOTES).await;
    let granted = stage.proven(&holder, &stage.redemption(&code)).await;
    let (access, refresh) = (granted.text("access_token"), granted.text("refresh_token"));
    done(&stage.gives_back(&[("token", &access), ("client_id", &stage.editor)]).await);
    assert!(stage.is_taken_back(&access));
    let refreshed = stage.proven(&holder, &stage.refreshing(&refresh)).await;
    assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn the_token_of_another_client_is_not_taken_back_and_nothing_is_learnt_of_it() {
    let stage = Stage::open().await;
    let (access, refresh) = stage.tokens(NOTES).await;
    let programs = stage.programs_token(NOTES).await;
    let (portal, secret) = (&*stage.portal.0, &*stage.portal.1);
    let broken = format!("{access}x");
    let mut answers = Vec::new();
    for token in [&*access, &refresh, &programs, &broken, "unknown", "a.b.c"] {
        let form = [("token", token), ("client_id", portal), ("client_secret", secret)];
        let answer = stage.gives_back(&form).await;
        done(&answer);
        answers.push(format!("{:?}", answer.headers));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(!stage.is_taken_back(&access) && !stage.is_taken_back(&programs));
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_does_not_prove_to_be_the_client_gives_nothing_back() {
    let stage = Stage::open().await;
    let token = stage.programs_token(NOTES).await;
    let (id, secret) = (&*stage.robot.0, &*stage.robot.1);
    for (form, status, error) in [
        (vec![("token", &*token), ("client_id", id)], 401, "invalid_client"),
        (vec![("token", &*token), ("client_id", id), ("client_secret", "wrong")], 401, "invalid_client"),
        (vec![("token", &*token), ("client_id", "nobody")], 401, "invalid_client"),
        (vec![("token", &*token)], 400, "invalid_request"),
        (vec![("client_id", id), ("client_secret", secret)], 400, "invalid_request"),
    ] {
        assert_eq!(stage.gives_back(&form).await.error(), (status, error.into()), "{form:?}");
    }
    let mut twice = vec![("token", &*token), ("client_id", id), ("client_secret", secret)];
    twice.push(("token", "other"));
    assert_eq!(stage.gives_back(&twice).await.error(), (400, "invalid_request".into()));
    let query = format!("{}/revoke?{}", stage.base, encoded(&twice[..3]));
    let kind = "application/x-www-form-urlencoded";
    let request = Request::post(query).header(header::CONTENT_TYPE, kind).body(Body::empty()).unwrap();
    assert_eq!(stage.call(request).await.error(), (400, "invalid_request".into()), "a URL stands in logs");
    assert!(!stage.is_taken_back(&token));
}

#[tokio::test]
async fn a_stranger_whose_id_is_a_url_is_not_asked_who_it_is_for_a_token_that_is_not_its_own() {
    let stage = Stage::open().await;
    let (access, _) = stage.tokens(NOTES).await;
    // Nobody listens there: asking would be an error.
    let form = [("token", &*access), ("client_id", "https://client.invalid/client.json")];
    done(&stage.gives_back(&form).await);
    assert!(!stage.is_taken_back(&access));
}

#[tokio::test]
async fn what_the_store_cannot_take_back_is_our_fault_and_guards_here_know_it_all_the_same() {
    let stage = Stage::open().await;
    let (access, _) = stage.tokens(NOTES).await;
    stage.store.close().await;
    let answer = stage.gives_back(&[("token", &access), ("client_id", &stage.editor)]).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
}

/// Guards remember each, and admit nobody where they cannot remember more.
#[tokio::test]
async fn nobody_fills_the_memory_of_guards_with_what_it_gives_back() {
    let stage = Stage::open().await;
    let (id, secret) = &stage.robot;
    let mut answer = None;
    for _ in 0..=1000 {
        let token = stage.programs_token(NOTES).await;
        let form = [("token", &*token), ("client_id", id), ("client_secret", secret)];
        answer = Some(stage.gives_back(&form).await);
        if answer.as_ref().is_some_and(|answer| answer.status != StatusCode::OK) {
            assert!(!stage.is_taken_back(&token));
            break;
        }
    }
    let answer = answer.unwrap();
    assert_eq!(answer.error(), (429, "temporarily_unavailable".into()));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    let mut noted = warded_store::RevokedGrants::revoked_since(&*stage.store, 0).await.unwrap();
    noted.dedup();
    assert_eq!(noted.len(), 1000);
    // Whoever else gives something back is not concerned.
    let (access, _) = stage.tokens(NOTES).await;
    done(&stage.gives_back(&[("token", &access), ("client_id", &stage.editor)]).await);
    assert!(stage.is_taken_back(&access));
}
