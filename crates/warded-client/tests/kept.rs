//! What becomes of tokens that are kept, where others write to the same folder, and where their owner renews them or takes
//! them back.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::{fs, path::PathBuf, sync::Arc};

use serde_json::json;
use stage::{Kind, Obstacle, Revokes, Stage, Wants, call, claim};
use tokio::sync::Semaphore;
use warded_client::{
    login::Notice,
    register::Given,
    secret::Secret,
    session::{Asked, Grant, KeptFailed, Revoked, SessionFailed, Way},
    tokens::{Keeping, Listed, TokenStore},
};
use warded_core::{Issuer, ResourceUri};
use zeroize::Zeroizing;

fn store(stage: &Stage) -> TokenStore {
    TokenStore::open(stage.tokens(), &Keeping::Files).unwrap()
}

fn only(stage: &Stage) -> Listed {
    let mut listed = store(stage).list().unwrap();
    assert_eq!(listed.len(), 1);
    listed.remove(0)
}

fn file(stage: &Stage) -> PathBuf {
    stage.tokens().join(only(stage).file())
}

fn files(stage: &Stage, kind: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(stage.tokens()).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == kind)).collect()
}

/// A stage with a token that is kept, and an issuer that waits before it answers refreshes.
async fn logged_in() -> (Stage, Arc<Semaphore>) {
    let (stage, gate) = (Stage::new().await, Arc::new(Semaphore::new(0)));
    stage.session().send(&call("ping")).await.unwrap();
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    (stage, gate)
}

/// Does something to the token store while a refresh is on its way, and sends a request with what comes of it.
async fn meanwhile(stage: &Stage, gate: &Semaphore, does: impl FnOnce()) {
    stage.server.forget_tokens();
    let session = stage.session();
    let message = call("ping");
    let interfered = async {
        while stage.one.grants("refresh_token").is_empty() {
            tokio::task::yield_now().await;
        }
        does();
        gate.add_permits(1);
    };
    let (answer, ()) = tokio::join!(session.send(&message), interfered);
    assert_eq!(answer.unwrap().status, 200);
}

fn was_not_kept(stage: &Stage) -> bool {
    stage.notices.lock().unwrap().iter().any(|notice| matches!(notice, Notice::NotKept { .. }))
}

#[tokio::test]
async fn what_is_removed_while_it_is_renewed_does_not_come_back() {
    let (stage, gate) = logged_in().await;
    let file = file(&stage);
    meanwhile(&stage, &gate, || fs::remove_file(&file).unwrap()).await;
    assert!(store(&stage).list().unwrap().is_empty() && was_not_kept(&stage));
}

#[tokio::test]
async fn whoever_forgets_everything_waits_for_whoever_renews_some_of_it() {
    let (stage, gate) = logged_in().await;
    stage.server.forget_tokens();
    let (session, message, store) = (stage.session(), call("ping"), store(&stage));
    let cleared = async {
        while stage.one.grants("refresh_token").is_empty() {
            tokio::task::yield_now().await;
        }
        tokio::join!(store.clear(), async { gate.add_permits(1) }).0
    };
    let (answer, cleared) = tokio::join!(session.send(&message), cleared);
    assert_eq!((answer.unwrap().status.as_u16(), cleared), (200, Ok(1)));
    // It was kept first: between what is read and what is written, nobody else has taken it away.
    assert!(store.list().unwrap().is_empty() && !was_not_kept(&stage));
}

#[tokio::test]
async fn what_somebody_writes_while_it_is_renewed_stays_and_is_used() {
    // Also where the issuer ends what was renewed: theirs is another.
    for refusal in [None, Some((400, json!({ "error": "invalid_grant" })))] {
        let (stage, gate) = logged_in().await;
        stage.one.turn(|knobs| knobs.refresh_answer = refusal);
        let file = file(&stage);
        // Another program with the same login, which holds no lock: its tokens are as good.
        let theirs = fs::read_to_string(&file).unwrap().replace("ACCESS-one", "THEIRS-one");
        let number = theirs.split("THEIRS-one-").nth(1).unwrap().split('"').next().unwrap();
        let text = format!("THEIRS-one-{number}");
        meanwhile(&stage, &gate, || {
            stage.server.admit(&text, &stage.one.url);
            fs::write(&file, &theirs).unwrap();
        })
        .await;
        assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
        assert_eq!(stage.server.tokens().last(), Some(&format!("Bearer {text}")));
        assert_eq!(stage.visits(), 1);
    }
}

#[tokio::test]
async fn half_a_file_of_a_process_that_was_killed_goes_with_what_it_was_for() {
    use std::os::unix::fs::PermissionsExt as _;

    let (stage, gate) = logged_in().await;
    let half = |name: &str| {
        let path = stage.tokens().join(format!("{name}.4711-0.new"));
        fs::write(&path, "REFRESH").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let listed = only(&stage);
    let (own, others) = (half(listed.file()), half("0123.token"));
    meanwhile(&stage, &gate, || {}).await;
    assert!(!own.exists() && others.exists(), "another's may be being written");
    let own = half(listed.file());
    let lock = store(&stage).lock(&listed.place).await.unwrap();
    store(&stage).remove(&listed, &lock).unwrap();
    assert!(!own.exists());
    store(&stage).clear().await.unwrap();
    assert!(!others.exists());
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_renewed_and_taken_back_with_it() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| {
        knobs.algorithms = Some(vec!["ES256"]);
        knobs.revokes = Some(Revokes::Both);
    });
    stage.server.turn(|knobs| knobs.proofs = Wants::Either);
    stage.session().send(&call("ping")).await.unwrap();
    let before = only(&stage);
    assert!(before.key.is_some());
    let after = stage.session().renew_listed(&before).await.unwrap();
    assert_eq!((&after.name, &after.key), (&before.name, &before.key));
    assert!(claim(&stage.one.grants("refresh_token")[0], "jti").is_some(), "it is proved");
    assert_eq!(stage.session().revoke_listed(&after).await, Ok(Revoked::All));
    assert!(store(&stage).list().unwrap().is_empty());
}

#[tokio::test]
async fn whoever_speaks_to_one_server_does_nothing_with_the_token_of_another() {
    let (here, elsewhere) = (Stage::new().await, Stage::new().await);
    elsewhere.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    elsewhere.session().send(&call("ping")).await.unwrap();
    let listed = only(&elsewhere);
    // The same folder, and another server.
    let session = elsewhere.session_to(here.url(), Asked::default());
    let refused = KeptFailed::AnotherServer { server: elsewhere.url() };
    assert_eq!(session.renew_listed(&listed).await.unwrap_err(), refused);
    assert_eq!(session.revoke_listed(&listed).await.unwrap_err(), refused);
    assert!(elsewhere.one.grants("refresh_token").is_empty() && elsewhere.one.log.at("/revoke").is_empty());
    assert_eq!(only(&elsewhere), listed);
}

#[tokio::test]
async fn an_issuer_that_names_another_token_endpoint_than_then_is_shown_nothing() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    stage.session().send(&call("ping")).await.unwrap();
    let listed = only(&stage);
    stage.one.turn(|knobs| knobs.token_path = "/moved");
    let moved = KeptFailed::Moved { issuer: Issuer::parse(&stage.one.url).unwrap() };
    assert_eq!(stage.session().revoke_listed(&listed).await.unwrap_err(), moved);
    assert_eq!(stage.session().renew_listed(&listed).await.unwrap_err(), moved);
    assert!(stage.one.grants("refresh_token").is_empty() && stage.one.log.at("/revoke").is_empty());
    assert_eq!(only(&stage), listed);
}

#[tokio::test]
async fn a_login_at_an_issuer_that_describes_itself_nowhere_is_renewed_where_it_came_from() {
    let stage = Stage::new().await;
    // A server of 2025-03-26, whose origin is its issuer.
    stage.one.obstacles.put("/.well-known/oauth-authorization-server", Obstacle::Status(404));
    let server = ResourceUri::parse(&format!("{}/mcp", stage.one.url)).unwrap();
    let session = || stage.session_to(server.clone(), Asked::default());
    session().record().await.unwrap();
    let renewed = session().renew_listed(&only(&stage)).await.unwrap();
    assert_eq!(stage.one.grants("refresh_token").len(), 1);
    let none = KeptFailed::NoRevocation { issuer: Issuer::parse(&stage.one.url).unwrap() };
    assert_eq!(session().revoke_listed(&renewed).await.unwrap_err(), none);
    let held = session();
    held.record().await.unwrap();
    stage.clock.forward(3_560);
    held.record().await.unwrap();
    assert_eq!((stage.one.grants("refresh_token").len(), stage.visits()), (2, 1), "ahead of its end");
}

#[tokio::test]
async fn an_issuer_that_describes_itself_no_more_is_shown_nothing_and_not_said_to_have_moved() {
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.one.obstacles.put("/.well-known/oauth-authorization-server", Obstacle::Status(404));
    let gone = KeptFailed::Undescribed { issuer: Issuer::parse(&stage.one.url).unwrap() };
    assert_eq!(stage.session().renew_listed(&only(&stage)).await.unwrap_err(), gone);
    assert!(stage.one.grants("refresh_token").is_empty());
}

#[tokio::test]
async fn of_what_is_taken_back_by_half_the_other_half_is_kept() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| (knobs.no, knobs.revokes) = (400, Some(Revokes::AccessTokensLater)));
    stage.session().send(&call("ping")).await.unwrap();
    let error = stage.session().revoke_listed(&only(&stage)).await.unwrap_err();
    assert!(matches!(error, KeptFailed::HalfRevoked { .. }), "{error}");
    assert!(!only(&stage).is_renewable, "what is over is not shown again");
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    assert_eq!(stage.session().revoke_listed(&only(&stage)).await, Ok(Revoked::All));
    let shown: Vec<_> =
        stage.one.log.at("/revoke").iter().map(|seen| seen.parameter("token").unwrap()).collect();
    let is_refresh = |token: &&String| token.starts_with("REFRESH");
    assert_eq!((shown.len(), shown.iter().filter(is_refresh).count()), (3, 1));
}

#[tokio::test]
async fn an_issuer_that_quotes_what_it_was_sent_is_not_repeated() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Quotes));
    stage.session().send(&call("ping")).await.unwrap();
    let error = stage.session().revoke_listed(&only(&stage)).await.unwrap_err();
    assert!(matches!(error, KeptFailed::Session(SessionFailed::Obtain(_))), "{error}");
    let said = format!("{error} {error:?}");
    assert!(said.contains("invalid_request") && !said.contains("REFRESH"), "{said}");
    only(&stage);
}

#[tokio::test]
async fn a_client_that_nobody_can_speak_as_is_named_and_nothing_is_sent() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    let mut asked = Asked::default();
    asked.given = Given::Registered { id: "mine".to_owned(), secret: None };
    stage.session_as(asked.clone()).send(&call("ping")).await.unwrap();
    let listed = only(&stage);
    let unknown = KeptFailed::AnotherClient { client: "mine".to_owned() };
    assert_eq!(stage.session().revoke_listed(&listed).await.unwrap_err(), unknown);
    assert_eq!(stage.session().renew_listed(&listed).await.unwrap_err(), unknown);
    assert!(stage.one.log.at("/revoke").is_empty() && stage.one.grants("refresh_token").is_empty());
    assert_eq!(stage.session_as(asked).revoke_listed(&listed).await, Ok(Revoked::All));
}

/// A client that one issuer knows by an id and a secret, and another, too, by the same id and another secret.
fn robot_at(issuer: &stage::Issuer) -> Asked {
    let text = format!("TOPSECRET-{}", issuer.name);
    issuer.ledger.note(Kind::ClientSecret, &text, "");
    let secret = Secret::fixed("the secret", Zeroizing::new(text));
    let mut asked = Asked::default();
    asked.given = Given::Registered { id: "robot".to_owned(), secret: Some(secret) };
    asked.issuer = Some(Issuer::parse(&issuer.url).unwrap());
    asked
}

#[tokio::test]
async fn a_secret_is_shown_to_the_issuer_that_the_user_names_though_another_knows_a_client_of_that_name() {
    let stage = Stage::new().await;
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| {
            knobs.methods = Some(vec!["client_secret_post"]);
            knobs.revokes = Some(Revokes::Both);
        });
    }
    let (mine, others) = (robot_at(&stage.one), robot_at(&stage.two));
    for (issuer, asked) in [(&stage.two, &others), (&stage.one, &mine)] {
        stage.server.turn(|knobs| knobs.issuer.clone_from(&issuer.url));
        stage.session_as(asked.clone()).send(&call("ping")).await.unwrap();
    }
    let named = Issuer::parse(&stage.one.url).unwrap();
    let (of_one, of_two): (Vec<_>, Vec<_>) =
        store(&stage).list().unwrap().into_iter().partition(|listed| *listed.place.source.issuer() == named);
    let ([of_one], [of_two]) = (of_one.as_slice(), of_two.as_slice()) else { panic!("one of each") };
    let (session, seen) = (stage.session_as(mine), stage.two.log.len());
    let refused = KeptFailed::AnotherIssuer { issuer: Issuer::parse(&stage.two.url).unwrap(), named };
    assert_eq!(session.renew_listed(of_two).await.unwrap_err(), refused);
    assert_eq!(session.revoke_listed(of_two).await.unwrap_err(), refused);
    assert!(stage.two.log.len() == seen && !stage.two.log.has("TOPSECRET-one"));
    session.renew_listed(of_one).await.unwrap();
    assert_eq!(session.revoke_listed(of_one).await, Ok(Revoked::All));
    stage.session_as(others).renew_listed(of_two).await.unwrap();
    stage.check();
}

fn is_lost(stage: &Stage) -> bool {
    stage.notices.lock().unwrap().iter().any(|notice| matches!(notice, Notice::LoginLost { .. }))
}

/// What the issuer answers to a refresh, and whether the login is said to be lost in the end.
async fn answers(stage: &Stage, answers: &[(u16, &str)]) -> bool {
    for (status, error) in answers {
        stage.one.turn(|knobs| knobs.refresh_answer = Some((*status, json!({ "error": error }))));
        stage.session().renew_listed(&only(stage)).await.unwrap_err();
    }
    is_lost(stage)
}

#[tokio::test]
async fn a_login_is_lost_where_an_earlier_renewal_was_cut_off_whatever_was_answered_in_between() {
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    let (store, listed) = (store(&stage), only(&stage));
    let lock = store.lock(&listed.place).await.unwrap();
    let record = store.find(&listed.place, &listed.terms).unwrap().unwrap();
    store.begin_trade(&record, &lock).unwrap();
    drop(lock);
    assert!(only(&stage).was_interrupted);
    assert!(!answers(&stage, &[(400, "invalid_request"), (503, "temporarily_unavailable")]).await);
    assert!(only(&stage).was_interrupted);
    assert!(answers(&stage, &[(400, "invalid_grant")]).await);
}

#[tokio::test]
async fn an_answer_that_uses_nothing_up_leaves_nothing_to_explain() {
    for error in ["invalid_request", "invalid_scope", "unsupported_grant_type"] {
        let stage = Stage::new().await;
        stage.session().send(&call("ping")).await.unwrap();
        assert!(!answers(&stage, &[(400, error)]).await);
        assert!(!only(&stage).was_interrupted, "{error}");
        assert!(!answers(&stage, &[(400, "invalid_grant")]).await, "it is over, and nothing was cut off");
    }
}

#[tokio::test]
async fn a_client_that_its_issuer_refuses_is_named_and_the_login_is_not_called_ended() {
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    let listed = only(&stage);
    stage.one.turn(|knobs| knobs.refresh_answer = Some((401, json!({ "error": "invalid_client" }))));
    let (issuer, client) = (Issuer::parse(&stage.one.url).unwrap(), listed.terms.client.clone());
    let error = stage.session().renew_listed(&listed).await.unwrap_err();
    assert_eq!(error, KeptFailed::ClientRefused { issuer, client });
    assert_eq!(only(&stage), listed);
}

#[tokio::test]
async fn what_somebody_writes_while_a_token_is_renewed_by_hand_is_what_comes_of_it() {
    let (stage, gate) = logged_in().await;
    stage.one.turn(|knobs| knobs.refresh_answer = Some((400, json!({ "error": "invalid_grant" }))));
    let (session, listed, file) = (stage.session(), only(&stage), file(&stage));
    let theirs = fs::read_to_string(&file).unwrap().replace("ACCESS-one", "THEIRS-one");
    let interfered = async {
        while stage.one.grants("refresh_token").is_empty() {
            tokio::task::yield_now().await;
        }
        fs::write(&file, &theirs).unwrap();
        gate.add_permits(1);
    };
    let (renewed, ()) = tokio::join!(session.renew_listed(&listed), interfered);
    // Neither the client is refused, nor has the login ended.
    assert_eq!(renewed.unwrap(), only(&stage));
    assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
}

/// What makes a client register anew, while an older token is good.
#[derive(Clone, Copy, Debug)]
enum Anew {
    ClientRefused,
    PortTaken,
    OtherWay,
}

#[tokio::test]
async fn a_token_of_a_client_that_has_registered_anew_since_is_renewed_and_taken_back() {
    for why in [Anew::ClientRefused, Anew::PortTaken, Anew::OtherWay] {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| {
            // A secret that nobody else has.
            knobs.methods = Some(vec!["client_secret_post"]);
            knobs.revokes = Some(Revokes::Both);
            knobs.devices = Some(Vec::new());
        });
        stage.session().send(&call("ping")).await.unwrap();
        let before = only(&stage);
        let mut asked = Asked::default();
        let refuses = matches!(why, Anew::ClientRefused);
        let answer = refuses.then(|| (401, json!({ "error": "invalid_client" })));
        stage.one.turn(|knobs| knobs.refresh_answer = answer);
        let taken = match why {
            Anew::ClientRefused => {
                stage.server.forget_tokens();
                None
            }
            Anew::PortTaken => {
                let callback = stage.one.authorizations()[0].parameter("redirect_uri").unwrap();
                let address = callback.strip_prefix("http://").and_then(|url| url.strip_suffix("/callback"));
                // Whoever else has it by now does as well.
                std::net::TcpListener::bind(address.unwrap()).ok()
            }
            Anew::OtherWay => {
                asked.grant = Grant::User(Way::Device);
                None
            }
        };
        stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
        stage.session_as(asked.clone()).send(&call("tools/call")).await.unwrap();
        drop(taken);
        assert_eq!(stage.one.log.at("/register").len(), 2, "{why:?}");
        let session = stage.session_as(asked);
        if refuses {
            // The issuer says so again, and means the first client; the second one's login is good.
            session.renew_listed(&before).await.unwrap_err();
            let (visits, shown) = (stage.visits(), stage.one.grants("refresh_token").len());
            assert_eq!(stage.session().send(&call("tools/call")).await.unwrap().status, 200);
            assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (visits, shown));
            assert_eq!(stage.one.log.at("/register").len(), 2);
        }
        stage.one.turn(|knobs| knobs.refresh_answer = None);
        let after = session.renew_listed(&before).await.unwrap();
        assert_eq!((&after.name, &after.terms), (&before.name, &before.terms), "{why:?}");
        assert_eq!(session.revoke_listed(&after).await, Ok(Revoked::All), "{why:?}");
        let left = stage.listed();
        assert!(!left.is_empty() && left.iter().all(|other| other.terms.client != before.terms.client));
        assert_eq!(files(&stage, "client").len(), 1, "{why:?}: what nobody needs is forgotten");
        stage.check();
    }
}

#[tokio::test]
async fn a_client_of_the_users_own_that_is_refused_does_not_end_the_one_that_registered_itself() {
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    for error in ["invalid_client", "unauthorized_client"] {
        stage.one.obstacles.put("/token", Obstacle::Answers(json!({ "error": error })));
        let mut typo = Asked::default();
        typo.given = Given::Registered { id: "typo".to_owned(), secret: None };
        let refused = stage.session_as(typo).send(&call("ping")).await.unwrap_err();
        assert!(matches!(refused, SessionFailed::Login(_)), "{refused}");
        stage.one.obstacles.clear();
        let visits = stage.visits();
        assert_eq!(stage.session().send(&call("ping")).await.unwrap().status, 200);
        assert_eq!((stage.visits(), stage.one.log.at("/register").len()), (visits, 1), "{error}");
    }
}

#[tokio::test]
async fn a_client_that_may_not_use_a_grant_does_not_register_anew_at_each_try() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.devices = Some(vec!["unauthorized_client"; 2]));
    for _ in 0..2 {
        let mut asked = Asked::default();
        asked.grant = Grant::User(Way::Device);
        stage.session_as(asked).send(&call("ping")).await.unwrap_err();
    }
    assert_eq!(stage.one.log.at("/register").len(), 1);
}

#[tokio::test]
async fn a_client_whose_secret_is_refused_registers_anew_whatever_its_issuer_calls_that() {
    for error in ["invalid_client", "unauthorized_client"] {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.methods = Some(vec!["client_secret_post"]));
        let registered = || stage.one.log.at("/register").len();
        stage.one.obstacles.put("/token", Obstacle::Refuses(401, json!({ "error": error })));
        let refused = stage.session().send(&call("ping")).await.unwrap_err();
        assert!(matches!(refused, SessionFailed::Login(_)), "{refused}");
        stage.one.obstacles.clear();
        assert_eq!(stage.session().send(&call("ping")).await.unwrap().status, 200);
        assert_eq!(registered(), 2, "{error}: at the login");
        stage.server.forget_tokens();
        stage.one.turn(|knobs| knobs.refresh_answer = Some((401, json!({ "error": error }))));
        assert_eq!(stage.session().send(&call("ping")).await.unwrap().status, 200);
        assert_eq!(registered(), 3, "{error}: at the refresh");
        stage.check();
    }
}

#[tokio::test]
async fn a_no_with_status_200_is_a_no() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| (knobs.no, knobs.revokes) = (200, Some(Revokes::RefreshTokens)));
    stage.session().send(&call("ping")).await.unwrap();
    assert!(!answers(&stage, &[(200, "bad_request")]).await);
    assert!(!only(&stage).was_interrupted, "nothing was used up");
    assert!(!answers(&stage, &[(200, "invalid_grant")]).await);
    assert!(store(&stage).list().unwrap().is_empty(), "it is over");
    stage.one.turn(|knobs| knobs.refresh_answer = None);
    stage.session().send(&call("ping")).await.unwrap();
    assert_eq!(stage.session().revoke_listed(&only(&stage)).await, Ok(Revoked::RefreshTokenOnly));
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_may_have_used_the_token_up() {
    for (status, answer) in [
        (500, json!({})),
        (500, json!({ "error": "server_error" })),
        (200, json!({ "nonsense": 1 })),
        (200, json!({ "access_token": "x", "token_type": "mac" })),
    ] {
        let stage = Stage::new().await;
        stage.session().send(&call("ping")).await.unwrap();
        stage.one.turn(|knobs| knobs.refresh_answer = Some((status, answer.clone())));
        stage.session().renew_listed(&only(&stage)).await.unwrap_err();
        assert!(only(&stage).was_interrupted, "{answer}");
        assert!(answers(&stage, &[(400, "invalid_grant")]).await, "{answer}");
    }
}
