//! Clients whose keys are at a place of their own (`jwks_uri`), fetched over real sockets.

use http::StatusCode;
use serde_json::{Value, json};
use warded_core::Clock as _;
use warded_issuer::operator::{KeysOf, NewClient, NotAdded, add_signing_client};
use warded_store::GrantType;

use super::{
    documents::{Host, LOCAL},
    holder::Holder,
};
use crate::stage::{Answer, Browser, ISSUER, LOOPBACK, NOTES, Stage, random, with};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key set in which each key has a name.
fn named(holders: &[(&str, &Holder)]) -> Value {
    let keys = holders.iter().map(|(kid, holder)| {
        let mut jwk = holder.jwk();
        jwk["kid"] = (*kid).into();
        jwk
    });
    json!({ "keys": keys.collect::<Vec<_>>() })
}

impl Stage {
    /// A program of the operator's whose keys are there.
    async fn signing(&self, keys: KeysOf) -> Result<String, NotAdded> {
        let new = NewClient {
            issuer: self.server.issuer().clone(),
            name: "Nightly".into(),
            redirect_uris: vec![],
            grants: vec![GrantType::ClientCredentials],
            confidential: true,
            pinned: None,
            dpop_bound: false,
        };
        let added = add_signing_client(&*self.store, new, keys, self.clock.now(), &random()).await?;
        let id = added.client.id.clone();
        assert!(added.into_secret().is_none(), "it knows no secret");
        Ok(id)
    }

    /// An assertion by the key of that name.
    fn asserting(&self, id: &str, kid: &str, holder: &Holder) -> String {
        let issuer = self.server.issuer().as_str();
        let (now, header) = (self.clock.now().seconds(), json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid }));
        // The signature of another that it makes is like no other either.
        let another = holder.assertion(self, id, &[]);
        let jti = another.rsplit('.').next();
        let said = json!({ "iss": id, "sub": id, "aud": issuer, "jti": jti, "exp": now + 60 });
        holder.sign(&header, &said)
    }

    /// A token in the program's own name.
    async fn in_the_name_of(&self, id: &str, kid: &str, holder: &Holder) -> Answer {
        let assertion = self.asserting(id, kid, holder);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", KIND),
            ("client_assertion", assertion.as_str()),
            ("resource", NOTES),
        ];
        self.token(&form).await
    }
}

#[tokio::test]
async fn a_key_works_from_when_it_is_published_and_a_set_is_fetched_as_rarely_as_that_allows() {
    let (stage, host) = (Stage::open().await, Host::open().await);
    let (old, new) = (Holder::new(), Holder::new());
    host.say(named(&[("old", &old)]));
    let id = stage.signing(KeysOf::At(format!("http://{}/jwks", host.address))).await.unwrap();
    assert_eq!(host.asked(), 0, "to be added makes nobody fetch");
    for _ in 0..3 {
        assert_eq!(stage.in_the_name_of(&id, "old", &old).await.status, StatusCode::OK);
    }
    assert_eq!(host.asked(), 1);
    // A key that nobody knows of yet, named again and again.
    for _ in 0..3 {
        assert_eq!(stage.in_the_name_of(&id, "new", &new).await.error(), (401, "invalid_client".into()));
    }
    assert_eq!(host.asked(), 1, "asked a moment ago");
    host.say(named(&[("new", &new)]));
    stage.clock.pass(30);
    assert_eq!(stage.in_the_name_of(&id, "new", &new).await.status, StatusCode::OK);
    assert_eq!(host.asked(), 2);
    // What was withdrawn is gone with the set that had it.
    assert_eq!(stage.in_the_name_of(&id, "old", &old).await.error(), (401, "invalid_client".into()));
    // And where nobody asks for anything new, a set is believed for a while.
    host.say(named(&[]));
    stage.clock.pass(599);
    assert_eq!(stage.in_the_name_of(&id, "new", &new).await.status, StatusCode::OK);
    stage.clock.pass(1);
    assert_eq!(stage.in_the_name_of(&id, "new", &new).await.error(), (401, "invalid_client".into()));
    assert_eq!(host.asked(), 3);
}

/// Whoever knows the ids of programs makes us fetch with names of keys that nobody has.
#[tokio::test]
async fn strangers_use_up_none_of_the_fetches_of_the_operators_programs() {
    let (stage, host) = (Stage::open().await, Host::open().await);
    let (old, new, stranger) = (Holder::new(), Holder::new(), Holder::new());
    host.say(named(&[("old", &old)]));
    let mut ids = Vec::new();
    for place in 0..3 {
        ids.push(stage.signing(KeysOf::At(format!("http://{}/jwks/{place}", host.address))).await.unwrap());
    }
    for _ in 0..25 {
        for id in &ids {
            let answer = stage.in_the_name_of(id, "made-up", &stranger).await;
            assert_eq!(answer.error(), (401, "invalid_client".into()));
        }
        stage.clock.pass(30);
    }
    assert_eq!(host.asked(), 75);
    host.say(named(&[("new", &new)]));
    for id in &ids {
        assert_eq!(stage.in_the_name_of(id, "new", &new).await.status, StatusCode::OK);
    }
    // Nor does a place that does not answer keep out whoever has keys elsewhere.
    *host.answer.lock().unwrap() = (StatusCode::NOT_FOUND, "text/html", String::new());
    let broken = stage.signing(KeysOf::At(format!("http://{}/broken", host.address))).await.unwrap();
    for _ in 0..70 {
        let _refused = stage.in_the_name_of(&broken, "new", &new).await;
    }
    assert_eq!(stage.in_the_name_of(&ids[0], "new", &new).await.status, StatusCode::OK);
}

/// Whoever knows a program's id makes us fetch while its place is down, so that it stays out when that is up again.
#[tokio::test]
async fn an_outage_of_its_place_keeps_a_program_out_for_no_longer_than_it_lasts() {
    let (stage, host) = (Stage::open().await, Host::open().await);
    let (holder, stranger) = (Holder::new(), Holder::new());
    let id = stage.signing(KeysOf::At(format!("http://{}/jwks", host.address))).await.unwrap();
    for (answer, told) in [(StatusCode::BAD_GATEWAY, 503), (StatusCode::NOT_FOUND, 401)] {
        *host.answer.lock().unwrap() = (answer, "text/html", String::new());
        let before = host.asked();
        for _ in 0..100 {
            assert_eq!(stage.in_the_name_of(&id, "1", &stranger).await.error().0, told);
        }
        assert_eq!(host.asked(), before + 1, "once a second");
        stage.clock.pass(1);
        assert_eq!(stage.in_the_name_of(&id, "1", &stranger).await.error().0, told);
        assert_eq!(host.asked(), before + 2);
        host.say(named(&[("1", &holder)]));
        stage.clock.pass(1);
        assert_eq!(stage.in_the_name_of(&id, "1", &holder).await.status, StatusCode::OK);
        // Until what was read is over.
        stage.clock.pass(600);
    }
}

#[tokio::test]
async fn a_set_that_does_not_fit_is_refused_and_not_remembered() {
    let (stage, host, holder) = (Stage::open().await, Host::open().await, Holder::new());
    let id = stage.signing(KeysOf::At(format!("http://{}/jwks", host.address))).await.unwrap();
    let good = named(&[("1", &holder)]).to_string();
    let leaked = {
        let mut set = named(&[("1", &holder), ("2", &Holder::new())]);
        set["keys"][1]["d"] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A".into();
        set.to_string()
    };
    let big = {
        let mut set = named(&[("1", &holder)]);
        set["padding"] = "x".repeat(64 * 1024).into();
        set.to_string()
    };
    let (json, html) = ("application/json", "text/html");
    for (status, kind, body, told) in [
        (200, json, leaked, 401),
        (200, json, big, 401),
        (200, json, "{}".into(), 401),
        (200, json, String::new(), 401),
        (200, html, good.clone(), 401),
        (201, json, good.clone(), 401),
        (302, json, good.clone(), 401),
        (404, json, good.clone(), 401),
        (500, json, good.clone(), 503),
        (429, json, good.clone(), 503),
    ] {
        *host.answer.lock().unwrap() = (StatusCode::from_u16(status).unwrap(), kind, body);
        let before = host.asked();
        let answer = stage.in_the_name_of(&id, "1", &holder).await;
        let error = if told == 401 { "invalid_client" } else { "temporarily_unavailable" };
        assert_eq!(answer.error(), (told, error.into()), "{status} {kind}");
        assert_eq!(host.asked(), before + 1, "no redirect is followed, nothing is tried twice");
        stage.clock.pass(1);
    }
    host.say(named(&[("1", &holder)]));
    assert_eq!(
        stage.in_the_name_of(&id, "1", &holder).await.status,
        StatusCode::OK,
        "no error is kept for longer than a second"
    );
    // While it is away, what is remembered is good, and a name that is not in it is asked for now and then only.
    *host.answer.lock().unwrap() = (StatusCode::BAD_GATEWAY, html, String::new());
    stage.clock.pass(30);
    let before = host.asked();
    assert_eq!(stage.in_the_name_of(&id, "2", &holder).await.error().0, 503);
    assert_eq!(stage.in_the_name_of(&id, "2", &holder).await.error().0, 401);
    assert_eq!(stage.in_the_name_of(&id, "1", &holder).await.status, StatusCode::OK);
    assert_eq!(host.asked(), before + 1);
}

#[tokio::test]
async fn keys_that_cannot_be_read_now_burn_nothing() {
    let (stage, host, holder) = (Stage::with(LOCAL, |_| ()).await, Host::open().await, Holder::new());
    let id = host.id();
    let mut document = host.document();
    document["token_endpoint_auth_method"] = "private_key_jwt".into();
    let keys = Host::open().await;
    document["jwks_uri"] = format!("http://{}/jwks", keys.address).into();
    host.say(document);
    *keys.answer.lock().unwrap() = (StatusCode::BAD_GATEWAY, "text/html", String::new());
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let redeem = async |code: &str| {
        let assertion = stage.asserting(&id, "1", &holder);
        let mut form = with(&stage.redemption(code), "client_id", &id);
        form.extend([("client_assertion_type", KIND), ("client_assertion", assertion.as_str())]);
        stage.token(&form).await
    };
    assert_eq!(redeem(&code).await.error(), (503, "temporarily_unavailable".into()));
    keys.say(named(&[("1", &Holder::new())]));
    assert_eq!(redeem(&code).await.error(), (401, "invalid_client".into()), "not its key");
    keys.say(named(&[("1", &holder)]));
    stage.clock.pass(600);
    assert_eq!(redeem(&code).await.error(), (400, "invalid_grant".into()), "too late for that one");
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    assert_eq!(redeem(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_makes_us_fetch_keys_for_what_was_not_granted() {
    let (stage, host, holder) = (Stage::with(LOCAL, |_| ()).await, Host::open().await, Holder::new());
    let document = json!({
        "redirect_uris": [LOOPBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": format!("http://{}/jwks", host.address),
    });
    host.say(named(&[("1", &holder)]));
    let answer = stage.post("register", "application/json", document.to_string()).await;
    let id = answer.text("client_id");
    let editors = stage.code(NOTES).await;
    for (grant, name, value) in [
        ("authorization_code", "code", "x"),
        ("authorization_code", "code", editors.as_str()),
        ("refresh_token", "refresh_token", "x"),
        ("client_credentials", "x", "x"),
    ] {
        let assertion = stage.asserting(&id, "1", &holder);
        let form = [
            ("grant_type", grant),
            (name, value),
            ("client_assertion_type", KIND),
            ("client_assertion", assertion.as_str()),
        ];
        assert_eq!(stage.token(&form).await.status, StatusCode::BAD_REQUEST, "{grant} {value}");
    }
    assert_eq!(host.asked(), 0);
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let assertion = stage.asserting(&id, "1", &holder);
    let mut form = with(&stage.redemption(&code), "client_id", &id);
    form.extend([("client_assertion_type", KIND), ("client_assertion", assertion.as_str())]);
    assert_eq!(stage.token(&form).await.status, StatusCode::OK);
    assert_eq!(host.asked(), 1);
}

#[tokio::test]
async fn the_operators_word_reaches_further_than_a_clients() {
    let (stage, host, holder) = (Stage::with(ISSUER, |_| ()).await, Host::open().await, Holder::new());
    host.say(named(&[("1", &holder)]));
    let place = format!("http://{}/jwks", host.address);
    let id = stage.signing(KeysOf::At(place.clone())).await.unwrap();
    assert_eq!(stage.in_the_name_of(&id, "1", &holder).await.status, StatusCode::OK);
    let document = json!({
        "redirect_uris": [LOOPBACK], "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": place,
    });
    let answer = stage.post("register", "application/json", document.to_string()).await;
    let own = answer.text("client_id");
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &own)).await;
    let assertion = stage.asserting(&own, "1", &holder);
    let mut form = with(&stage.redemption(&code), "client_id", &own);
    form.extend([("client_assertion_type", KIND), ("client_assertion", assertion.as_str())]);
    let before = host.asked();
    let refused = stage.token(&form).await;
    assert_eq!(refused.error(), (401, "invalid_client".into()));
    assert_eq!(refused.text("error_description"), "The keys of the client cannot be read.");
    assert_eq!(host.asked(), before, "it is our own machine, and a stranger named it");
}

#[tokio::test]
async fn a_strangers_flood_keeps_no_program_of_the_operators_out() {
    let (stage, host, holder) = (Stage::with(LOCAL, |_| ()).await, Host::open().await, Holder::new());
    let stranger = Host::open().await;
    stranger.say(json!({}));
    let id = stranger.id();
    let question = with(&stage.question(NOTES), "client_id", &id);
    let refused = async || Browser::default().ask(&stage, &question).await.refusal().to_owned();
    while refused().await != "too-many-attempts" {}
    assert_eq!(stranger.asked(), 60);
    host.say(named(&[("1", &holder)]));
    let id = stage.signing(KeysOf::At(format!("http://{}/jwks", host.address))).await.unwrap();
    assert_eq!(stage.in_the_name_of(&id, "1", &holder).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_application_is_added_with_keys_that_can_be_used() {
    let stage = Stage::open().await;
    let holder = Holder::new();
    let id = stage.signing(KeysOf::Set(named(&[("1", &holder)]).to_string())).await.unwrap();
    assert_eq!(stage.in_the_name_of(&id, "1", &holder).await.status, StatusCode::OK);
    for unfit in [
        KeysOf::Set(String::new()),
        KeysOf::Set("{}".into()),
        KeysOf::Set(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#.into()),
        KeysOf::Set(r#"{"keys":[],"keys":[]}"#.into()),
        KeysOf::At("http://app.example.com/jwks".into()),
        KeysOf::At("https://APP.example.com/jwks".into()),
        KeysOf::At("file:///etc/passwd".into()),
    ] {
        assert_eq!(stage.signing(unfit.clone()).await.unwrap_err(), NotAdded::Keys, "{unfit:?}");
    }
}
