//! Tokens that are bound to a key (RFC 9449): what is bound stays bound, and what is refused burns nothing.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};
use warded_client::fetch::{Fetch, Reach};
use warded_core::Issuer;
use warded_issuer::{AuthorizationServer, Dpop, IssuerSetup};
use warded_store::{Client, Clients as _};

use super::{
    holder::{Holder, changed},
    token::claims,
};
use crate::stage::{FILES, ISSUER, NOTES, Stage, WEB, random, registered, with};

#[tokio::test]
async fn a_token_is_bound_to_the_key_that_was_proved_for_it() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    let code = stage.code(NOTES).await;
    let answer = stage.proven(&holder, &stage.redemption(&code)).await;
    assert_eq!((answer.status, answer.text("token_type")), (StatusCode::OK, "DPoP".into()));
    assert_eq!(claims(&answer.text("access_token"))["cnf"], json!({ "jkt": holder.jkt() }));
    assert!(!answer.headers["dpop-nonce"].is_empty(), "the next nonce comes along");
    let own = stage.proven(&holder, &stage.in_its_name()).await;
    assert_eq!(claims(&own.text("access_token"))["cnf"]["jkt"], holder.jkt());
    let unbound = stage.token(&stage.in_its_name()).await;
    assert_eq!(unbound.text("token_type"), "Bearer");
    assert!(claims(&unbound.text("access_token")).get("cnf").is_none());
    assert!(!unbound.headers.contains_key("dpop-nonce"));
}

#[tokio::test]
async fn what_is_wrong_with_a_proof_burns_nothing() {
    let (stage, holder, thief) = (Stage::open().await, Holder::new(), Holder::new());
    let nonce = stage.nonce().await;
    let now = 1_800_000_000;
    let (good, header) = (|| holder.claims(&stage, &nonce), holder.header());
    let claim = |member: &str, value: Value| holder.sign(&header, &changed(good(), &[(member, value)]));
    let head =
        |member: &str, value: Value| holder.sign(&changed(header.clone(), &[(member, value)]), &good());
    let private = changed(holder.jwk(), &[("d", json!("AAAA"))]);
    let endpoint = format!("{ISSUER}/token");
    let (unsigned, _) =
        holder.proof(&stage, &nonce).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let mut rows: Vec<(&str, String, &str)> = vec![
        ("no text", String::new(), "invalid_dpop_proof"),
        ("not a JWT", "a.b.c".into(), "invalid_dpop_proof"),
        ("no signature", format!("{unsigned}."), "invalid_dpop_proof"),
        ("the signature of another key", thief.sign(&header, &good()), "invalid_dpop_proof"),
        ("typ JWT", head("typ", json!("JWT")), "invalid_dpop_proof"),
        ("typ at+jwt", head("typ", json!("at+jwt")), "invalid_dpop_proof"),
        ("no typ", head("typ", json!(null)), "invalid_dpop_proof"),
        ("alg none", head("alg", json!("none")), "invalid_dpop_proof"),
        ("alg HS256", head("alg", json!("HS256")), "invalid_dpop_proof"),
        ("alg of another key", head("alg", json!("ES256")), "invalid_dpop_proof"),
        ("no key", head("jwk", json!(null)), "invalid_dpop_proof"),
        ("a private key", head("jwk", private), "invalid_dpop_proof"),
        ("a symmetric key", head("jwk", json!({ "kty": "oct", "k": "AAAA" })), "invalid_dpop_proof"),
        ("crit", head("crit", json!(["exp"])), "invalid_dpop_proof"),
        ("htm GET", claim("htm", json!("GET")), "invalid_dpop_proof"),
        ("htm in lower case", claim("htm", json!("post")), "invalid_dpop_proof"),
        ("htu elsewhere", claim("htu", json!("https://evil.example/token")), "invalid_dpop_proof"),
        ("htu of the server", claim("htu", json!(NOTES)), "invalid_dpop_proof"),
        (
            "htu in another case",
            claim("htu", json!(endpoint.replace("token", "TOKEN"))),
            "invalid_dpop_proof",
        ),
        ("htu with a slash", claim("htu", json!(format!("{endpoint}/"))), "invalid_dpop_proof"),
        ("htu over http", claim("htu", json!(endpoint.replace("https", "http"))), "invalid_dpop_proof"),
        ("iat long ago", claim("iat", json!(now - 301)), "invalid_dpop_proof"),
        ("iat ahead", claim("iat", json!(now + 61)), "invalid_dpop_proof"),
        ("a nonce that was made up", claim("nonce", json!("abc")), "use_dpop_nonce"),
        ("no nonce", claim("nonce", json!(null)), "use_dpop_nonce"),
    ];
    for missing in ["jti", "htm", "htu", "iat"] {
        rows.push((missing, claim(missing, json!(null)), "invalid_dpop_proof"));
    }
    let code = stage.code(NOTES).await;
    let (code_form, own) = (stage.redemption(&code), stage.in_its_name());
    let old = stage.code(NOTES).await;
    let refresh = stage.proven(&holder, &stage.redemption(&old)).await.text("refresh_token");
    let refresh_form = stage.refreshing(&refresh);
    let grants: [(&str, &[(&str, &str)]); 3] =
        [("code", &code_form), ("refresh", &refresh_form), ("client credentials", &own)];
    for (grant, form) in grants {
        for (name, proof, error) in &rows {
            let answer = stage.token_with(form, &[proof]).await;
            assert_eq!(answer.error(), (400, (*error).into()), "{grant}: {name}");
            assert!(answer.headers.contains_key("dpop-nonce"), "{grant}: {name}");
        }
        let twice = holder.proof(&stage, &nonce);
        let answer = stage.token_with(form, &[&twice, &twice]).await;
        assert_eq!(answer.error(), (400, "invalid_dpop_proof".into()), "{grant}: two headers");
        let answer = stage.token_with(form, &[&holder.proof(&stage, &nonce)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{grant}: none of it burned anything: {answer:?}");
    }
}

#[tokio::test]
async fn a_proof_is_good_once_and_not_for_what_is_refused() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    let nonce = stage.nonce().await;
    let proof = holder.proof(&stage, &nonce);
    let code = stage.code(NOTES).await;
    let form = stage.redemption(&code);
    // A refusal leaves the proof as it was, too.
    let elsewhere = stage.token_with(&with(&form, "resource", FILES), &[&proof]).await;
    assert_eq!(elsewhere.error(), (400, "invalid_target".into()));
    assert_eq!(stage.token_with(&form, &[&proof]).await.status, StatusCode::OK);
    let again = stage.token_with(&stage.in_its_name(), &[&proof]).await;
    assert_eq!(again.error(), (400, "invalid_dpop_proof".into()));
    assert_eq!(again.text("error_description"), "The DPoP proof has been used before.");
}

#[tokio::test]
async fn what_is_bound_is_not_refreshed_without_its_key() {
    let (stage, holder, thief) = (Stage::open().await, Holder::new(), Holder::new());
    let code = stage.code(NOTES).await;
    let first = stage.proven(&holder, &stage.redemption(&code)).await.text("refresh_token");
    let form = stage.refreshing(&first);
    assert_eq!(stage.token(&form).await.error(), (400, "invalid_dpop_proof".into()), "no way back to Bearer");
    assert_eq!(stage.proven(&thief, &form).await.error(), (400, "invalid_grant".into()));
    let answer = stage.proven(&holder, &form).await;
    assert_eq!(claims(&answer.text("access_token"))["cnf"]["jkt"], holder.jkt());
    let second = answer.text("refresh_token");
    assert_eq!(stage.proven(&thief, &stage.refreshing(&second)).await.error().1, "invalid_grant");
    // Reuse is seen before the key is looked at.
    assert_eq!(stage.proven(&thief, &form).await.error(), (400, "invalid_grant".into()));
    assert_eq!(
        stage.proven(&holder, &stage.refreshing(&second)).await.error(),
        (400, "invalid_grant".into())
    );
}

/// RFC 9449 §5: or whoever has been told `DPoP` would hold a bearer secret.
#[tokio::test]
async fn a_public_client_that_proves_a_key_at_a_refresh_is_bound_to_it_from_then_on() {
    let (stage, holder, thief) = (Stage::open().await, Holder::new(), Holder::new());
    let (_, free) = stage.tokens(NOTES).await;
    let answer = stage.token(&stage.refreshing(&free)).await;
    assert_eq!(answer.text("token_type"), "Bearer", "nobody has proved anything yet");
    let free = answer.text("refresh_token");
    let answer = stage.proven(&holder, &stage.refreshing(&free)).await;
    assert_eq!(answer.text("token_type"), "DPoP");
    let bound = answer.text("refresh_token");
    let form = stage.refreshing(&bound);
    assert_eq!(stage.token(&form).await.error(), (400, "invalid_dpop_proof".into()), "no way back to Bearer");
    assert_eq!(stage.proven(&thief, &form).await.error(), (400, "invalid_grant".into()));
    let next = stage.proven(&holder, &form).await.text("refresh_token");
    assert_eq!(stage.token(&stage.refreshing(&next)).await.error().0, 400, "nor later");
    assert_eq!(stage.proven(&holder, &stage.refreshing(&next)).await.text("token_type"), "DPoP");
}

/// The operator's change of mind makes no bearer token of what is bound, and locks nobody out.
#[tokio::test]
async fn what_is_bound_is_refreshed_with_its_key_where_keys_are_no_longer_asked_for() {
    let (mut stage, holder, thief) = (Stage::open().await, Holder::new(), Holder::new());
    let code = stage.code(NOTES).await;
    let refresh = stage.proven(&holder, &stage.redemption(&code)).await.text("refresh_token");
    let mut setup = IssuerSetup::new("default", Issuer::parse(ISSUER).unwrap(), registered());
    setup.policy.dpop = Dpop::Off;
    setup.revocations = stage.revocations.clone();
    let (store, clock) = (stage.store.clone(), stage.clock.clone());
    let fetch = Fetch::new(Reach::public()).unwrap();
    stage.server = AuthorizationServer::open(setup, store, fetch, clock, Arc::new(random())).await.unwrap();
    stage.router = stage.server.served();

    let form = stage.refreshing(&refresh);
    let bare = stage.token(&form).await;
    assert_eq!(bare.error(), (400, "invalid_dpop_proof".into()));
    let nonce = bare.headers.get("dpop-nonce").expect("which nonce to come back with").to_str().unwrap();
    let stolen = stage.token_with(&form, &[&thief.proof(&stage, nonce)]).await;
    assert_eq!(stolen.error(), (400, "invalid_grant".into()));
    let old = stage.token_with(&form, &[&holder.proof(&stage, "old")]).await;
    assert_eq!(old.error(), (400, "use_dpop_nonce".into()));
    let nonce = old.headers.get("dpop-nonce").expect("the nonce that it wants").to_str().unwrap();
    let answer = stage.token_with(&form, &[&holder.proof(&stage, nonce)]).await;
    assert_eq!(answer.text("token_type"), "DPoP");
}

#[tokio::test]
async fn a_code_that_was_asked_for_with_a_key_is_redeemed_with_that_key() {
    let (stage, holder, thief) = (Stage::open().await, Holder::new(), Holder::new());
    let jkt = holder.jkt();
    let code = stage.code_for(&with(&stage.question(NOTES), "dpop_jkt", &jkt)).await;
    let form = stage.redemption(&code);
    assert_eq!(stage.token(&form).await.error(), (400, "invalid_dpop_proof".into()));
    assert_eq!(stage.proven(&thief, &form).await.error(), (400, "invalid_grant".into()));
    assert_eq!(stage.proven(&holder, &form).await.text("token_type"), "DPoP");
    let truncated = jkt.get(1..).unwrap().to_owned();
    for bad in ["x", &truncated, "a thumbprint"] {
        let mut browser = crate::stage::Browser::default();
        let answer = browser.ask(&stage, &with(&stage.question(NOTES), "dpop_jkt", bad)).await;
        assert_eq!(answer.sent()["error"], "invalid_request", "{bad}");
        assert!(answer.sent()["error_description"].contains("dpop_jkt"), "{bad}");
    }
}

#[tokio::test]
async fn a_client_that_proves_who_it_is_may_change_its_key_and_not_lose_it() {
    let (stage, holder, next) = (Stage::open().await, Holder::new(), Holder::new());
    let (id, secret) = &stage.portal;
    let question = with(&with(&stage.question(NOTES), "client_id", id), "redirect_uri", WEB);
    let code = stage.code_for(&question).await;
    let mut form = with(&with(&stage.redemption(&code), "client_id", id), "redirect_uri", WEB);
    form.push(("client_secret", secret));
    let refresh = stage.proven(&holder, &form).await.text("refresh_token");
    let mut form = with(&stage.refreshing(&refresh), "client_id", id);
    form.push(("client_secret", secret));
    assert_eq!(stage.token(&form).await.error(), (400, "invalid_dpop_proof".into()));
    let answer = stage.proven(&next, &form).await;
    assert_eq!(claims(&answer.text("access_token"))["cnf"]["jkt"], next.jkt());
}

/// RFC 9449 §5.2: or whoever stole a code with its verifier, or a secret, would leave the proof out.
#[tokio::test]
async fn a_client_that_always_proves_a_key_gets_nothing_without_one() {
    let says = async |stage: &Stage, id: &str| {
        let before = stage.store.client(stage.server.issuer(), id).await.unwrap().unwrap();
        let after = Client { dpop_bound: true, ..before.clone() };
        assert!(stage.store.update_client(after, &before).await.unwrap());
    };
    let (stage, holder) = (Stage::open().await, Holder::new());
    let (_, refresh) = stage.tokens(NOTES).await;
    let code = stage.code(NOTES).await;
    let mut forms = vec![stage.redemption(&code), stage.refreshing(&refresh)];
    for id in [&stage.editor, &stage.robot.0] {
        says(&stage, id).await;
    }
    let nonce = {
        let bare = stage.token(&stage.in_its_name()).await;
        bare.headers.get("dpop-nonce").expect("which nonce to come back with").to_str().unwrap().to_owned()
    };
    forms.push(stage.in_its_name().to_vec());
    for form in forms {
        assert_eq!(stage.token(&form).await.error(), (400, "invalid_dpop_proof".into()), "{form:?}");
        let answer = stage.token_with(&form, &[&holder.proof(&stage, &nonce)]).await;
        assert_eq!(answer.text("token_type"), "DPoP", "{form:?}");
    }
    // Where the operator wants no proofs, nobody has to show one.
    let off = Stage::with(ISSUER, |setup| setup.policy.dpop = Dpop::Off).await;
    says(&off, &off.robot.0).await;
    assert_eq!(off.token(&off.in_its_name()).await.text("token_type"), "Bearer");
}

#[tokio::test]
async fn a_client_that_registers_itself_may_say_that_it_always_proves_a_key() {
    let stage = Stage::open().await;
    for (said, told) in [(json!(true), json!(true)), (json!(false), Value::Null)] {
        let document = json!({ "redirect_uris": ["http://127.0.0.1/cb"], "dpop_bound_access_tokens": said });
        let answer = stage.post("register", "application/json", document.to_string()).await;
        assert_eq!(answer.json()["dpop_bound_access_tokens"], told, "{answer:?}");
        let held = stage.store.client(stage.server.issuer(), &answer.text("client_id")).await.unwrap();
        assert_eq!(json!(held.unwrap().dpop_bound), said);
    }
}

#[tokio::test]
async fn the_operator_says_whether_keys_are_proved() {
    let holder = Holder::new();
    let off = Stage::with(ISSUER, |setup| setup.policy.dpop = Dpop::Off).await;
    let answer = off.token_with(&off.in_its_name(), &["not looked at"]).await;
    assert_eq!(answer.text("token_type"), "Bearer");
    let required = Stage::with(ISSUER, |setup| setup.policy.dpop = Dpop::Required).await;
    let code = required.code(NOTES).await;
    for form in [required.redemption(&code), required.in_its_name().to_vec()] {
        let bare = required.token(&form).await;
        assert_eq!(bare.error(), (400, "invalid_dpop_proof".into()));
        let nonce = bare.headers["dpop-nonce"].to_str().unwrap();
        assert_eq!(nonce, required.nonce().await, "which nonce to come back with");
        assert_eq!(required.proven(&holder, &form).await.text("token_type"), "DPoP");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_proof_get_one_token() {
    let (stage, holder) = (Arc::new(Stage::open().await), Holder::new());
    let nonce = stage.nonce().await;
    let proof = holder.proof(&stage, &nonce);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (stage, proof) = (Arc::clone(&stage), proof.clone());
            tokio::spawn(async move { stage.token_with(&stage.in_its_name(), &[&proof]).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.status {
            StatusCode::OK => won += 1,
            _ => assert_eq!(answer.error(), (400, "invalid_dpop_proof".into())),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_nonce_is_good_for_minutes_and_at_its_own_issuer() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    let nonce = stage.nonce().await;
    let answer = stage.token_with(&stage.in_its_name(), &[&holder.proof(&stage, &nonce)]).await;
    assert_eq!(answer.headers["dpop-nonce"], nonce.as_str());
    stage.clock.pass(149);
    assert_eq!(
        stage.token_with(&stage.in_its_name(), &[&holder.proof(&stage, &nonce)]).await.status,
        StatusCode::OK
    );
    stage.clock.pass(151);
    let old = stage.token_with(&stage.in_its_name(), &[&holder.proof(&stage, &nonce)]).await;
    assert_eq!(old.error(), (400, "use_dpop_nonce".into()));
    let told = old.headers["dpop-nonce"].to_str().unwrap();
    assert_ne!(told, nonce);
    let answer = stage.token_with(&stage.in_its_name(), &[&holder.proof(&stage, told)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let other = Stage::with("https://other.example.com/issuer", |_| ()).await;
    let foreign = other.nonce().await;
    let answer = stage.token_with(&stage.in_its_name(), &[&holder.proof(&stage, &foreign)]).await;
    assert_eq!(answer.error(), (400, "use_dpop_nonce".into()));
}

#[tokio::test]
async fn what_can_be_proved_is_announced() {
    let algorithms = json!(["EdDSA", "ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]);
    let document = async |stage: &Stage| {
        stage.get(&format!("/.well-known/oauth-authorization-server{}", stage.base)).await.json()
    };
    let told = document(&Stage::open().await).await;
    assert_eq!(told["dpop_signing_alg_values_supported"], algorithms);
    assert_eq!(told["token_endpoint_auth_signing_alg_values_supported"], algorithms);
    let methods = json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]);
    assert_eq!(told["token_endpoint_auth_methods_supported"], methods);
    let off = Stage::with(ISSUER, |setup| setup.policy.dpop = Dpop::Off).await;
    assert!(document(&off).await.get("dpop_signing_alg_values_supported").is_none());
}
