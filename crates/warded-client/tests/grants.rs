//! How a token is had by other ways than a browser on this machine: what each sends to whom, and what it never does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use stage::{Audience, Stage, call};
use warded_client::{
    login::{LoginFailed, Notice, Pasted},
    obtain::ObtainFailed,
    register::{Given, RegisterFailed},
    secret::Secret,
    session::{Asked, Enterprise, Grant, SessionFailed, Subject, Way},
};
use warded_core::{Issuer, Scopes, jose::base64url};
use zeroize::Zeroizing;

fn secret(text: &str) -> Secret {
    Secret::fixed("the secret", Zeroizing::new(text.to_owned()))
}

/// A client that its issuer knows, for a grant.
fn as_robot(grant: Grant) -> Asked {
    let mut asked = Asked::default();
    asked.given = Given::Registered { id: "robot".to_owned(), secret: None };
    asked.grant = grant;
    asked
}

fn jwt(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string());
    format!("{}.{}.U0VDUkVU", part(&json!({ "alg": "ES256" })), part(claims))
}

fn assertion(aud: &str, sub: &str) -> String {
    jwt(&json!({ "iss": "https://platform.example", "sub": sub, "aud": aud }))
}

fn issuer(url: &str) -> Issuer {
    Issuer::parse(url).unwrap()
}

async fn trusting(assertions: &[&str]) -> Stage {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.trusted = assertions.iter().map(|text| (*text).to_owned()).collect());
    stage
}

#[tokio::test]
async fn a_workload_shows_its_assertion_and_names_the_resource() {
    let stage = Stage::new().await;
    let assertion = assertion(&stage.one.url, "job");
    stage.one.turn(|knobs| knobs.trusted = vec![assertion.clone()]);
    let mut asked = as_robot(Grant::Assertion(secret(&assertion)));
    asked.scopes = Scopes::parse("run").unwrap();
    stage.session_as(asked).send(&call("ping")).await.unwrap();
    let seen = &stage.one.grants("jwt-bearer")[0];
    assert_eq!(seen.parameter("resource"), Some(stage.server.url()));
    assert_eq!(seen.parameter("client_id").as_deref(), Some("robot"));
    assert_eq!(seen.parameter("scope").as_deref(), Some("run"));
    assert!(stage.visits() == 0 && !stage.server.log.has(&assertion));
}

#[tokio::test]
async fn an_assertion_goes_to_the_issuer_that_it_is_for_or_that_the_user_names() {
    // A server that names an issuer of its own would get what opens the real one.
    let stage = trusting(&["opaque"]).await;
    for text in [
        "opaque".to_owned(),
        assertion(&stage.two.url, "job"),
        assertion(&format!("{}/", stage.one.url), "job"),
    ] {
        let error = stage.session_as(as_robot(Grant::Assertion(secret(&text)))).send(&call("ping")).await;
        assert_eq!(error.unwrap_err(), SessionFailed::SecretOfNobody, "{text}");
        assert!(!stage.one.log.has(&text));
    }
    let mut asked = as_robot(Grant::Assertion(secret("opaque")));
    asked.issuer = Some(issuer(&stage.one.url));
    stage.session_as(asked.clone()).send(&call("ping")).await.unwrap();
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::IssuerChanged { .. }), "{error}");
    assert!(!stage.two.log.has("opaque"));
}

#[tokio::test]
async fn what_fails_without_a_person_is_not_repeated_at_once_and_nothing_else_is_tried() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| {
        knobs.devices = Some(vec![]);
        knobs.methods = Some(vec!["client_secret_basic"]);
    });
    let text = assertion(&stage.one.url, "job");
    let session = stage.session_as(as_robot(Grant::Assertion(secret(&text))));
    for _ in 0..4 {
        let error = session.send(&call("ping")).await.unwrap_err();
        let SessionFailed::Ungranted(ObtainFailed::Refused { error, .. }) = error else { panic!("{error}") };
        assert_eq!(error.as_str(), "invalid_grant");
    }
    assert_eq!((stage.one.log.at("/token").len(), stage.visits()), (1, 0));
    assert!(stage.one.authorizations().is_empty() && stage.one.log.at("/device").is_empty());
    assert!(stage.one.log.at("/register").is_empty());
    stage.one.turn(|knobs| knobs.trusted = vec![text]);
    stage.clock.forward(31);
    session.send(&call("ping")).await.unwrap();
}

#[tokio::test]
async fn what_needs_no_person_is_had_for_requests_that_nobody_has_asked_for() {
    let stage = Stage::new().await;
    let error = stage.session().send_unattended(&call("ping")).await.unwrap_err();
    assert_eq!((error, stage.visits()), (SessionFailed::Unattended, 0));
    let session = stage.session_as(as_robot(Grant::Client));
    assert_eq!(session.send_unattended(&call("ping")).await.unwrap().status, 200);
}

#[tokio::test]
async fn who_speaks_without_a_person_has_a_name_at_the_issuer_whether_it_registers_clients_or_not() {
    let stage = Stage::new().await;
    let mut asked = Asked::default();
    asked.grant = Grant::Client;
    let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
    let issuer = Issuer::parse(&stage.one.url).unwrap();
    assert_eq!(error, SessionFailed::Register(RegisterFailed::Unnamed { issuer }));
    assert!(stage.one.log.at("/register").is_empty());
}

#[tokio::test]
async fn tokens_of_one_subject_are_never_found_for_another() {
    let stage = Stage::new().await;
    let [ann, bob] = ["ann", "bob"].map(|sub| assertion(&stage.one.url, sub));
    stage.one.turn(|knobs| knobs.trusted = vec![ann.clone(), bob.clone()]);
    let send = async |grant| stage.session_as(as_robot(grant)).send(&call("ping")).await.map(|_| ());
    for text in [&ann, &bob, &ann] {
        send(Grant::Assertion(secret(text))).await.unwrap();
    }
    let tokens = stage.server.tokens();
    assert_eq!(stage.one.grants("jwt-bearer").len(), 2, "what was kept for ann is there for her");
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(tokens[0], tokens[2]);
    // A person at the same client, and the client itself, have tokens of their own.
    send(Grant::User(Way::Loopback)).await.unwrap();
    send(Grant::Client).await.unwrap();
    assert_eq!((stage.visits(), stage.one.grants("client_credentials").len()), (1, 1));
}

#[tokio::test]
async fn a_token_that_somebody_forges_finds_nothing_that_the_true_one_was_given() {
    // A program in the middle is shown tokens by those who call it, and has looked at none of them.
    let claims = |more: &str| jwt(&json!({ "iss": "https://idp.example", "sub": "ann", "scope": more }));
    let (ann, forged) = (claims("all"), claims("all").replace("U0VDUkVU", "Rk9SR0VE"));
    let stage = trusting(&[&ann]).await;
    let one = issuer(&stage.one.url);
    let send = async |token: &str, kind: &str| {
        let mut asked = as_robot(Grant::Exchange(Subject::new(secret(token), kind)));
        asked.issuer = Some(one.clone());
        stage.session_as(asked).send(&call("ping")).await.map(|answer| answer.status)
    };
    let asked = || stage.one.grants("token-exchange").len();
    for _ in 0..2 {
        assert_eq!(send(&ann, Subject::ACCESS_TOKEN).await.unwrap(), 200);
    }
    assert_eq!((asked(), stage.server.tokens().len()), (1, 2), "what she was given is there for her");
    for (other, seen) in [(forged, 2), (claims("less"), 3)] {
        let error = send(&other, Subject::ACCESS_TOKEN).await.unwrap_err();
        assert!(matches!(error, SessionFailed::Ungranted(_)), "{error}");
        assert_eq!(
            (asked(), stage.server.tokens().len()),
            (seen, 2),
            "its issuer has seen it, and nobody else"
        );
    }
    // Neither is what one kind of token was given for another.
    send(&ann, "urn:ietf:params:oauth:token-type:jwt").await.unwrap();
    assert_eq!(asked(), 4);
}

#[tokio::test]
async fn an_id_token_that_its_provider_has_not_seen_finds_nothing() {
    let (stage, asked, _) = enterprise().await;
    let ann = jwt(&json!({ "iss": stage.two.url, "sub": "ann", "aud": "desk" }));
    stage.two.turn(|knobs| knobs.trusted = vec![ann.clone()]);
    let send = async |token: &str| {
        let mut asked = asked.clone();
        let desk = Given::Registered { id: "desk".to_owned(), secret: None };
        asked.grant = Grant::Enterprise(Enterprise::new(issuer(&stage.two.url), desk, secret(token)));
        stage.session_as(asked).send(&call("ping")).await.map(|answer| answer.status)
    };
    assert_eq!(send(&ann).await.unwrap(), 200);
    let error = send(&ann.replace("U0VDUkVU", "Rk9SR0VE")).await.unwrap_err();
    assert!(matches!(error, SessionFailed::Ungranted(_)), "{error}");
    assert_eq!((stage.two.grants("token-exchange").len(), stage.server.tokens().len()), (2, 1));
}

#[tokio::test]
async fn a_token_is_exchanged_at_the_issuer_that_the_user_names_and_goes_nowhere_else() {
    let stage = trusting(&["SUBJECT-of-ann"]).await;
    let grant = || Grant::Exchange(Subject::new(secret("SUBJECT-of-ann"), Subject::ACCESS_TOKEN));
    let error = stage.session_as(as_robot(grant())).send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::SecretOfNobody);
    assert!(!stage.one.log.has("SUBJECT"));
    let mut asked = as_robot(grant());
    asked.issuer = Some(issuer(&stage.one.url));
    stage.session_as(asked).send(&call("ping")).await.unwrap();
    let seen = &stage.one.grants("token-exchange")[0];
    assert_eq!(seen.parameter("resource"), Some(stage.server.url()));
    assert_eq!(seen.parameter("subject_token_type").as_deref(), Some(Subject::ACCESS_TOKEN));
    assert_eq!(seen.parameter("requested_token_type").as_deref(), Some(Subject::ACCESS_TOKEN));
    assert!(!stage.server.log.has("SUBJECT"));
}

#[tokio::test]
async fn what_comes_of_an_exchange_is_an_access_token_and_not_what_was_sent() {
    let stage = trusting(&["SUBJECT-of-ann"]).await;
    let mut asked = as_robot(Grant::Exchange(Subject::new(secret("SUBJECT-of-ann"), Subject::ACCESS_TOKEN)));
    asked.issuer = Some(issuer(&stage.one.url));
    let failed = async || match stage.session_as(asked.clone()).send(&call("ping")).await.unwrap_err() {
        SessionFailed::Ungranted(error) => error,
        error => panic!("{error}"),
    };
    for kind in [None, Some("urn:ietf:params:oauth:token-type:id_token"), Some("access_token")] {
        stage.one.turn(|knobs| knobs.issues = kind);
        assert_eq!(failed().await, ObtainFailed::Malformed { member: "issued_token_type" });
    }
    stage.one.turn(|knobs| knobs.issues = Some(Subject::ACCESS_TOKEN));
    let nested = jwt(&json!({ "aud": stage.server.url(), "was": "SUBJECT-of-ann" }));
    for text in ["SUBJECT-of-ann".to_owned(), format!("x{}", STANDARD.encode("SUBJECT-of-ann")), nested] {
        stage.one.turn(|knobs| knobs.returns = Some(text.clone()));
        assert_eq!(failed().await, ObtainFailed::SubjectReturned, "{text}");
    }
    assert!(stage.server.tokens().is_empty());
}

/// A user of the identity provider `two`, at a server of the issuer `one`.
async fn enterprise() -> (Stage, Asked, String) {
    let stage = Stage::new().await;
    let resource = stage.server.url();
    let jag = jwt(&json!({ "iss": stage.two.url, "aud": stage.one.url, "resource": resource, "sub": "ann" }));
    stage.two.turn(|knobs| {
        knobs.trusted = vec!["IDTOKEN-of-ann".to_owned()];
        knobs.introduces = Some(jag.clone());
    });
    stage.one.turn(|knobs| knobs.trusted = vec![jag.clone()]);
    let given = Given::Registered { id: "desk".to_owned(), secret: None };
    let enterprise = Enterprise::new(issuer(&stage.two.url), given, secret("IDTOKEN-of-ann"));
    let asked = as_robot(Grant::Enterprise(enterprise));
    (stage, asked, jag)
}

#[tokio::test]
async fn an_identity_provider_speaks_for_its_user_to_one_issuer_about_one_resource() {
    let (stage, asked, jag) = enterprise().await;
    stage.session_as(asked).send(&call("ping")).await.unwrap();
    let seen = &stage.two.grants("token-exchange")[0];
    let parameter = |name| seen.parameter(name).unwrap();
    assert_eq!((parameter("audience"), parameter("resource")), (stage.one.url.clone(), stage.server.url()));
    assert_eq!(
        (parameter("client_id"), parameter("subject_token")),
        ("desk".into(), "IDTOKEN-of-ann".into())
    );
    assert_eq!(parameter("requested_token_type"), "urn:ietf:params:oauth:token-type:id-jag");
    assert_eq!(parameter("subject_token_type"), "urn:ietf:params:oauth:token-type:id_token");
    let seen = &stage.one.grants("jwt-bearer")[0];
    assert_eq!(seen.parameter("client_id").as_deref(), Some("robot"));
    assert_eq!(seen.parameter("resource"), Some(stage.server.url()));
    assert!(!stage.one.log.has("IDTOKEN-of-ann"), "the ID token is for the provider alone");
    assert!(!stage.server.log.has("IDTOKEN") && !stage.server.log.has(&jag));
    assert_eq!(stage.visits(), 0);
}

#[tokio::test]
async fn an_assertion_for_another_issuer_or_resource_stays_here() {
    for wrong in ["aud", "resource", "kind", "opaque"] {
        let (stage, asked, _) = enterprise().await;
        let mut claims = json!({ "aud": stage.one.url, "resource": stage.server.url() });
        claims[wrong] = json!("https://evil.example");
        stage.two.turn(|knobs| {
            knobs.introduces = Some(if wrong == "opaque" { "opaque".to_owned() } else { jwt(&claims) });
            knobs.issues = knobs.issues.filter(|_| wrong != "kind");
        });
        let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
        assert!(matches!(error, SessionFailed::Ungranted(_)), "{wrong}: {error}");
        assert!(stage.one.grants("jwt-bearer").is_empty(), "{wrong}");
    }
}

#[tokio::test]
async fn a_client_with_a_key_signs_for_its_issuer_alone_and_reads_the_key_each_time() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.methods = Some(vec!["private_key_jwt"]));
    let pem = || {
        #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
        let random = aws_lc_rs::rand::SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let text = STANDARD.encode(document.as_ref());
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
    };
    let file = stage.state().join("key.pem");
    std::fs::write(&file, pem()).unwrap();
    let asked = |grant| {
        let mut asked = Asked::default();
        asked.given = Given::Keyed { id: "keyed".to_owned(), key: Secret::in_file(&file) };
        asked.grant = grant;
        asked
    };
    let signed = |seen: &stage::Seen| {
        let text = seen.parameter("client_assertion").unwrap();
        let part = |at| base64url::decode(text.split('.').nth(at).unwrap()).unwrap();
        [0, 1].map(|at| serde_json::from_slice::<Value>(&part(at)).unwrap())
    };
    stage.session_as(asked(Grant::Client)).send(&call("ping")).await.unwrap();
    let [first, claims] = signed(&stage.one.grants("client_credentials")[0]);
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["aud"]),
        (&json!("keyed"), &json!("keyed"), &json!(stage.one.url))
    );
    std::fs::write(&file, pem()).unwrap();
    stage.server.forget_tokens();
    stage.session_as(asked(Grant::User(Way::Loopback))).send(&call("ping")).await.unwrap();
    let [second, _] = signed(&stage.one.grants("authorization_code")[0]);
    assert_ne!(first["kid"], second["kid"]);
    std::fs::write(&file, "no key\n").unwrap();
    stage.server.forget_tokens();
    let error = stage.session_as(asked(Grant::Client)).send(&call("ping")).await.unwrap_err();
    assert!(error.to_string().contains("PKCS #8") && !error.to_string().contains("no key"), "{error}");
}

#[tokio::test]
async fn a_person_types_a_code_on_another_device() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.devices = Some(vec!["authorization_pending"]));
    stage.server.turn(|knobs| knobs.challenge_scope = Some("read"));
    let mut asked = Asked::default();
    asked.grant = Grant::User(Way::Device);
    stage.session_as(asked.clone()).send(&call("ping")).await.unwrap();
    let seen = &stage.one.log.at("/device")[0];
    assert_eq!(seen.parameter("resource"), Some(stage.server.url()));
    assert_eq!(seen.parameter("scope").as_deref(), Some("read"));
    let polls = stage.one.grants("device_code");
    assert_eq!(polls.len(), 2);
    assert!(polls.iter().all(|seen| seen.parameter("resource") == Some(stage.server.url())));
    let enter = Notice::Enter { url: format!("{}/enter", stage.one.url), code: "WDJB-MJHT".to_owned() };
    assert!(stage.notices.lock().unwrap().contains(&enter));
    assert!(!format!("{:?}", stage.notices.lock().unwrap()).contains("DEVICE-"));
    let registered: Value = serde_json::from_str(&stage.one.log.at("/register")[0].body).unwrap();
    assert_eq!(
        registered["grant_types"],
        json!(["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"])
    );
    assert_eq!(registered.get("redirect_uris"), None);
    // The next process refreshes what the code brought, and nobody types anything.
    stage.server.forget_tokens();
    stage.session_as(Asked::default()).send(&call("ping")).await.unwrap();
    assert_eq!((stage.one.grants("refresh_token").len(), stage.visits()), (1, 0));
}

#[tokio::test]
async fn an_issuer_may_say_with_status_200_that_nobody_has_typed_the_code_yet() {
    let stage = Stage::new().await;
    let answers = |answers: Vec<&'static str>| {
        stage.one.turn(|knobs| (knobs.no, knobs.devices) = (200, Some(answers.clone())));
    };
    let mut asked = Asked::default();
    asked.grant = Grant::User(Way::Device);
    answers(vec!["access_denied"]);
    let error = stage.session_as(asked.clone()).send(&call("ping")).await.unwrap_err();
    assert!(error.to_string().contains("access_denied"), "{error}");
    answers(vec!["authorization_pending"]);
    stage.session_as(asked).send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.grants("device_code").len(), 3);
}

#[tokio::test]
async fn a_code_that_nobody_types_comes_to_an_end() {
    for (answer, said) in [("access_denied", "access_denied"), ("expired_token", "expired_token")] {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.devices = Some(vec![answer]));
        let mut asked = Asked::default();
        asked.grant = Grant::User(Way::Device);
        let session = stage.session_as(asked);
        for _ in 0..3 {
            let error = session.send(&call("ping")).await.unwrap_err();
            assert!(matches!(error, SessionFailed::Login(_)) && error.to_string().contains(said), "{error}");
        }
        assert_eq!((stage.one.log.at("/device").len(), stage.one.grants("device_code").len()), (1, 1));
    }
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.devices = Some(vec!["authorization_pending"; 9]));
    let mut asked = Asked::default();
    asked.grant = Grant::User(Way::Device);
    let session = stage.session_as(asked);
    let sending = tokio::spawn(async move { session.send(&call("ping")).await.map(|_| ()) });
    while stage.one.grants("device_code").is_empty() {
        tokio::task::yield_now().await;
    }
    stage.clock.forward(600);
    let error = sending.await.unwrap().unwrap_err();
    assert_eq!(error, SessionFailed::Login(LoginFailed::Obtain(ObtainFailed::DeviceExpired)));
}

#[tokio::test]
async fn an_issuer_without_a_page_for_codes_is_told() {
    let stage = Stage::new().await;
    let mut asked = Asked::default();
    asked.grant = Grant::User(Way::Device);
    let error = stage.session_as(asked).send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::Login(LoginFailed::Device));
    assert!(stage.one.authorizations().is_empty() && stage.visits() == 0);
}

/// Somebody who pastes what a test says, one line after the other.
fn pasting(stage: &Stage, lines: impl Fn(&str) -> Vec<String> + Send + Sync + 'static) -> Asked {
    let notices = Arc::clone(&stage.notices);
    let count = Mutex::new(0);
    let read = Arc::new(move || {
        let url = notices.lock().unwrap().iter().rev().find_map(|notice| match notice {
            Notice::Visit { url } => Some(url.clone()),
            _ => None,
        });
        let mut count = count.lock().unwrap();
        *count += 1;
        let line = lines(&url.unwrap()).into_iter().nth(*count - 1);
        line.map(Zeroizing::new).ok_or_else(|| "no terminal".to_owned())
    });
    let mut asked = Asked::default();
    asked.grant = Grant::User(Way::Paste);
    asked.pasted = Some(Pasted::by(Arc::new(move || {
        let read = Arc::clone(&read);
        Box::pin(async move { tokio::task::spawn_blocking(move || read()).await.unwrap() })
    })));
    asked
}

/// What the browser on the other machine ends at.
fn ends_at(url: &str, change: &dyn Fn(&str, String) -> String) -> String {
    let asked = |name: &str| {
        let query = url.split_once('?').unwrap().1;
        stage::pairs(query).into_iter().find(|(key, _)| key == name).unwrap().1
    };
    let origin = url.split("/authorize").next().unwrap();
    let mut answer = form_urlencoded::Serializer::new(String::new());
    for (name, value) in
        [("state", asked("state")), ("iss", origin.to_owned()), ("code", "CODE-pasted".to_owned())]
    {
        answer.append_pair(name, &change(name, value));
    }
    format!("{}?{}", asked("redirect_uri"), answer.finish())
}

#[tokio::test]
async fn a_person_brings_the_answer_from_another_machine() {
    let stage = Stage::new().await;
    let runtime = tokio::runtime::Handle::current();
    // Their browser goes to the issuer, and is sent to a port where nobody listens over there.
    let asked = pasting(&stage, move |url| {
        let (_, head, _) = runtime.block_on(stage::get(url));
        let end = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
        vec![end.trim().to_owned()]
    });
    let session = stage.session_told(asked, false);
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    assert_eq!(stage.one.grants("authorization_code").len(), 1);
    let notices = format!("{:?}", stage.notices.lock().unwrap());
    assert!(notices.contains("Paste") && !notices.contains("CODE-"), "{notices}");
}

#[tokio::test]
async fn an_answer_that_comes_by_itself_ends_the_wait_at_the_terminal() {
    let (stage, terminal) = (Stage::new().await, Arc::new(()));
    let mut asked = Asked::default();
    asked.grant = Grant::User(Way::Paste);
    let held = Arc::clone(&terminal);
    asked.pasted = Some(Pasted::by(Arc::new(move || {
        let held = Arc::clone(&held);
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(held);
            Err("nobody types".to_owned())
        })
    })));
    let session = stage.session_told(asked, true);
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    drop(session);
    assert_eq!(Arc::strong_count(&terminal), 1, "nobody holds it any more");
}

#[tokio::test]
async fn what_is_pasted_is_looked_at_as_what_arrives() {
    let same = |_: &str, value: String| value;
    let forged = |wanted: &'static str, other: &'static str| {
        move |name: &str, value: String| if name == wanted { other.to_owned() } else { value }
    };
    // Not the answer to this question: asked again, and not for ever.
    let stage = Stage::new().await;
    let asked = pasting(&stage, move |url| {
        vec![
            "https://phish.example/?code=CODE-x".to_owned(),
            ends_at(url, &forged("state", "guessed")),
            url.to_owned(),
            ends_at(url, &same),
        ]
    });
    let error = stage.session_told(asked, false).send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::Login(LoginFailed::NotPasted));
    assert!(stage.one.log.at("/token").is_empty());

    // The answer of somebody else: a code that stays here.
    let stage = Stage::new().await;
    let asked = pasting(&stage, move |url| vec![ends_at(url, &forged("iss", "https://evil.example"))]);
    let error = stage.session_told(asked, false).send(&call("ping")).await.unwrap_err();
    assert!(
        matches!(error, SessionFailed::Login(LoginFailed::Obtain(ObtainFailed::IssuerOther { .. }))),
        "{error}"
    );
    assert!(stage.one.log.at("/token").is_empty());

    let stage = Stage::new().await;
    let asked = pasting(&stage, |_| vec![]);
    let error = stage.session_told(asked, false).send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::Login(LoginFailed::NoTerminal { reason: "no terminal".to_owned() }));
}

#[tokio::test]
async fn an_audience_that_the_operator_pins_is_the_only_other_name_of_the_server() {
    let pinned = |audience: &str| {
        let mut asked = Asked::default();
        asked.audience = Some(audience.to_owned());
        asked
    };
    let stage = Stage::new().await;
    let named =
        |audience: Value| stage.one.turn(|knobs| knobs.audience = Audience::Somebody(audience.clone()));
    named(json!("https://api.example.com"));
    assert!(stage.session().send(&call("ping")).await.is_err());
    for other in ["https://api.example.com/", "https://api.example.co", "api"] {
        assert!(stage.session_as(pinned(other)).send(&call("ping")).await.is_err(), "{other}");
    }
    assert!(stage.server.tokens().is_empty());
    stage.session_as(pinned("https://api.example.com")).send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.authorizations().last().unwrap().parameter("resource"), Some(stage.server.url()));
    // Whoever pins nothing, or something else, does not find that token.
    let count = stage.server.tokens().len();
    assert!(stage.session().send(&call("ping")).await.is_err());
    assert!(stage.session_as(pinned("api")).send(&call("ping")).await.is_err());
    assert_eq!(stage.server.tokens().len(), count);
    named(json!(["https://api.example.com", "https://payments.example.com"]));
    stage.server.forget_tokens();
    assert!(stage.session_as(pinned("https://api.example.com")).send(&call("ping")).await.is_err());
    assert_eq!(stage.server.tokens().len(), count + 1, "only what was good before was tried");
}

#[tokio::test]
async fn an_unbound_token_is_asked_for_only_where_the_user_says_so() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.refuses_resource = true);
    let error = stage.session().send(&call("ping")).await.unwrap_err();
    assert!(error.to_string().contains("invalid_target"), "{error}");
    assert_eq!((stage.one.authorizations().len(), stage.server.tokens().len()), (1, 0));

    let unbound = || {
        let mut asked = Asked::default();
        asked.unbound = true;
        asked
    };
    stage.session_as(unbound()).send(&call("ping")).await.unwrap();
    let resources: Vec<_> =
        stage.one.authorizations().iter().map(|seen| seen.parameter("resource").is_some()).collect();
    assert_eq!(resources, [true, true, false], "it is asked for a bound one first");
    let told = Notice::Unbound { issuer: stage.one.url.clone() };
    assert!(stage.notices.lock().unwrap().contains(&told));
    // It is refreshed as it was asked for, and found by nobody who has not said that it will do.
    stage.server.forget_tokens();
    stage.session_as(unbound()).send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.grants("refresh_token")[0].parameter("resource"), None);
    let count = stage.server.tokens().len();
    assert!(stage.session().send(&call("ping")).await.is_err());
    assert_eq!(stage.server.tokens().len(), count, "it was not sent");
    // An issuer that can bind does, whatever the user puts up with.
    let stage = Stage::new().await;
    stage.session_as(unbound()).send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.authorizations()[0].parameter("resource"), Some(stage.server.url()));
}

#[tokio::test]
async fn a_token_that_names_no_server_is_taken_only_where_the_user_says_so() {
    // As most issuers answer that know no `resource`: they pass it over.
    for aud in [json!(null), json!("client"), json!("ISSUER"), json!(["ISSUER", "ISSUER/userinfo"])] {
        let stage = Stage::new().await;
        let aud: Value = serde_json::from_str(&aud.to_string().replace("ISSUER", &stage.one.url)).unwrap();
        stage.one.turn(|knobs| {
            knobs.audience = Audience::Somebody(aud.clone());
            knobs.lies = vec![("userinfo_endpoint", format!("{}/userinfo", stage.one.url))];
        });
        let mut unbound = Asked::default();
        unbound.unbound = true;
        let error = stage.session().send(&call("ping")).await.unwrap_err();
        assert!(error.to_string().contains("--unbound-token"), "{aud} {error}");
        assert!(stage.server.tokens().is_empty());
        stage.session_as(unbound.clone()).send(&call("ping")).await.unwrap();
        assert_eq!(stage.visits(), 2, "{aud}: one login is enough");
        assert!(stage.notices.lock().unwrap().contains(&Notice::Unbound { issuer: stage.one.url.clone() }));
        // It is renewed as it was asked for, and found by nobody who has not said that it will do.
        stage.server.forget_tokens();
        stage.session_as(unbound).send(&call("ping")).await.unwrap();
        let refreshed = stage.one.grants("refresh_token");
        assert_eq!((refreshed.len(), stage.visits()), (1, 2), "{aud}");
        assert_eq!(refreshed[0].parameter("resource"), Some(stage.server.url()));
        let count = stage.server.tokens().len();
        assert!(stage.session().send(&call("ping")).await.is_err());
        assert_eq!(stage.server.tokens().len(), count, "{aud}: it was not sent");
    }
}

#[tokio::test]
async fn an_unbound_token_with_the_name_of_another_server_on_it_is_refused() {
    let stage = Stage::new().await;
    let mut asked = Asked::default();
    asked.unbound = true;
    let take = async |audience: Value, refuses: bool| {
        stage.one.turn(|knobs| {
            knobs.refuses_resource = refuses;
            knobs.audience = Audience::Somebody(audience.clone());
        });
        stage.session_as(asked.clone()).send(&call("ping")).await.is_ok()
    };
    for refuses in [true, false] {
        assert!(!take(json!("https://graph.example.com"), refuses).await);
        assert!(!take(json!(["api://notes", "https://graph.example.com"]), refuses).await);
        assert!(!take(json!([stage.server.url(), "https://graph.example.com"]), refuses).await);
    }
    assert!(stage.server.tokens().is_empty());
    assert!(take(json!("api://notes"), true).await && !stage.server.tokens().is_empty());
}

#[tokio::test]
async fn nothing_that_was_shown_comes_back_in_what_is_told() {
    let stage = Stage::new().await;
    let assertion = assertion(&stage.one.url, "job");
    stage.one.turn(|knobs| knobs.token_path = "/moved");
    let mut asked = as_robot(Grant::Assertion(secret(&assertion)));
    asked.given = Given::Registered { id: "robot".to_owned(), secret: Some(secret("TOPSECRET")) };
    asked.issuer = Some(issuer(&stage.one.url));
    let session = stage.session_as(asked.clone());
    let error = session.send(&call("ping")).await.unwrap_err();
    for text in [format!("{asked:?}"), format!("{session:?}"), format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("TOPSECRET") && !text.contains("U0VDUkVU"), "{text}");
    }
}

/// A secret whose text is another by the time it is read for the `n`th time.
fn changing(n: usize, from: &'static str, to: &'static str) -> Secret {
    let reads = Mutex::new(0);
    let read = move || {
        let mut reads = reads.lock().unwrap();
        *reads += 1;
        Ok(Zeroizing::new(if *reads < n { from } else { to }.to_owned()))
    };
    Secret::of("the caller's token", Arc::new(read))
}

#[tokio::test]
async fn what_one_subject_was_given_is_not_sent_for_the_next_one_of_the_same_session() {
    let stage = trusting(&["ann", "bob"]).await;
    let caller = Arc::new(Mutex::new(Some("ann")));
    let said = Arc::clone(&caller);
    let read = move || {
        let text = said.lock().unwrap().ok_or_else(|| "nobody is here".to_owned())?;
        Ok(Zeroizing::new(text.to_owned()))
    };
    let token = Secret::of("the caller's token", Arc::new(read));
    let mut asked = as_robot(Grant::Exchange(Subject::new(token, Subject::ACCESS_TOKEN)));
    asked.issuer = Some(issuer(&stage.one.url));
    let session = stage.session_as(asked);
    let send = async |who| {
        *caller.lock().unwrap() = who;
        session.send(&call("ping")).await.map(|answer| answer.status.as_u16())
    };
    for who in ["ann", "bob", "ann"] {
        assert_eq!(send(Some(who)).await, Ok(200));
    }
    let tokens = stage.server.tokens();
    assert_eq!((tokens.len(), stage.one.grants("token-exchange").len()), (3, 2));
    assert!(tokens[0] != tokens[1] && tokens[0] == tokens[2], "each has their own");
    for who in [Some("nobody knows"), None] {
        let error = send(who).await.unwrap_err();
        assert!(matches!(error, SessionFailed::Ungranted(_)), "{error}");
    }
    assert_eq!(stage.server.tokens().len(), 3, "nothing was sent for who has nothing");
    // What they were refused is nothing to anybody else.
    assert_eq!(send(Some("bob")).await, Ok(200));
    assert_eq!(stage.server.tokens().last(), Some(&tokens[1]));
    *caller.lock().unwrap() = Some("ann");
    let record = session.record().await.unwrap();
    assert_eq!(format!("Bearer {}", *record.token_for(&stage.url()).unwrap().hand_over()), tokens[0]);
}

#[tokio::test]
async fn a_request_that_was_begun_for_one_subject_is_not_repeated_for_another() {
    let stage = trusting(&["ann", "bob"]).await;
    let log = stage.one.log.clone();
    // Bob comes while a second token is asked for on behalf of Ann.
    let read = move || {
        let is_later = log.at("/.well-known/oauth-authorization-server").len() > 1;
        Ok(Zeroizing::new(if is_later { "bob" } else { "ann" }.to_owned()))
    };
    let token = Secret::of("the caller's token", Arc::new(read));
    let mut asked = as_robot(Grant::Exchange(Subject::new(token, Subject::ACCESS_TOKEN)));
    asked.issuer = Some(issuer(&stage.one.url));
    let session = stage.session_as(asked);
    session.send(&call("tools/call")).await.unwrap();
    stage.server.forget_tokens();
    assert_eq!(session.send(&call("tools/call")).await.unwrap_err(), SessionFailed::SubjectChanged);
    let shown = |who: &str| {
        let grants = stage.one.grants("token-exchange");
        grants.iter().filter(|seen| seen.parameter("subject_token").as_deref() == Some(who)).count()
    };
    assert_eq!((shown("ann"), shown("bob")), (1, 0));
    assert_eq!(session.send(&call("tools/call")).await.unwrap().status, 200, "what Bob begins is his");
    assert_eq!((shown("ann"), shown("bob")), (1, 1));
}

#[tokio::test]
async fn what_one_subject_is_given_is_not_kept_under_the_name_of_another() {
    for n in 1..6 {
        let stage = trusting(&["ann", "bob"]).await;
        let send = async |token: Secret| {
            let mut asked = as_robot(Grant::Exchange(Subject::new(token, Subject::ACCESS_TOKEN)));
            asked.issuer = Some(issuer(&stage.one.url));
            match stage.session_as(asked).send(&call("ping")).await {
                Ok(answer) => assert_eq!(answer.status, 200),
                Err(error) => assert_eq!(error, SessionFailed::SubjectChanged),
            }
        };
        for token in [changing(n, "ann", "bob"), secret("ann"), secret("bob")] {
            send(token).await;
        }
        let shown: Vec<_> = stage.one.grants("token-exchange");
        let shown = |who: &str| {
            shown.iter().filter(|seen| seen.parameter("subject_token").as_deref() == Some(who)).count()
        };
        assert_eq!((shown("ann"), shown("bob")), (1, 1), "the secret changes at its read {n}");

        let (stage, asked, _) = enterprise().await;
        stage.two.turn(|knobs| knobs.trusted = vec!["ann".to_owned(), "bob".to_owned()]);
        let send = async |token: Secret| {
            let mut asked = asked.clone();
            let desk = Given::Registered { id: "desk".to_owned(), secret: None };
            asked.grant = Grant::Enterprise(Enterprise::new(issuer(&stage.two.url), desk, token));
            match stage.session_as(asked).send(&call("ping")).await {
                Ok(answer) => assert_eq!(answer.status, 200),
                Err(error) => assert_eq!(error, SessionFailed::SubjectChanged),
            }
        };
        for token in [changing(n, "ann", "bob"), secret("ann"), secret("bob")] {
            send(token).await;
        }
        let shown: Vec<_> = stage.two.grants("token-exchange");
        let shown = |who: &str| {
            shown.iter().filter(|seen| seen.parameter("subject_token").as_deref() == Some(who)).count()
        };
        assert_eq!((shown("ann"), shown("bob")), (1, 1), "the ID token changes at its read {n}");
    }
}
