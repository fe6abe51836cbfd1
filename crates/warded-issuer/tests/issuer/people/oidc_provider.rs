//! Do people get in by way of npm's `oidc-provider`, whatever it does with `resource`?

use std::{os::unix::fs::symlink, process::Stdio, time::Duration};

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};
use warded_client::clock::SystemClock;
use warded_core::{Clock as _, Issuer};
use warded_issuer::{Admit, Admitted, Provider, ProviderKind};
use warded_store::Identities as _;
use zeroize::Zeroizing;

use super::{
    peer::installed,
    scene::{is_nobody, leaves, leaves_with, onward, returns, sent_to, told},
    visitor::{Place, Visitor},
};
use crate::stage::{Answer, Browser, ISSUER, NOTES, Stage, with};

const SCRIPT: &str = include_str!("scripts/provider.mjs");
const PATIENCE: Duration = Duration::from_mins(2);

fn redirect_uri() -> String {
    format!("{ISSUER}/login/corp/callback")
}

/// One that runs until it is dropped.
struct OidcProvider {
    _process: Child,
    _folder: TempDir,
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    issuer: String,
    client_secret: String,
}

impl OidcProvider {
    /// Starts one; none where it is not installed.
    async fn start(alg: &str, resource: &str) -> Option<Self> {
        let packages = installed("WARDED_CLIENTS_NODE")?;
        let folder = tempfile::tempdir().unwrap();
        symlink(packages.join("node_modules"), folder.path().join("node_modules")).unwrap();
        let script = folder.path().join("provider.mjs");
        std::fs::write(&script, SCRIPT).unwrap();
        let people = json!({ "grace": "the password of grace", "alan": "the password of alan" });
        let setup =
            json!({ "redirect_uri": redirect_uri(), "people": people, "alg": alg, "resource": resource });
        let mut process = Command::new("node")
            .arg(script)
            .arg(setup.to_string())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.expect("the provider is not ready").unwrap();
        // Whoever stops reading stops whoever writes.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let ready = serde_json::from_str(&line.expect("the provider does not start")).unwrap();
        Some(Self { _process: process, _folder: folder, ready })
    }

    fn login(&self, secret: &str, admit: Admit) -> Provider {
        let kind = ProviderKind::named("openid", Some(Issuer::parse(&self.ready.issuer).unwrap())).unwrap();
        Provider::new("corp", "Corp", kind, "warded", Zeroizing::new(secret.into()), admit).unwrap()
    }

    async fn stage(&self, admit: Admit) -> Stage {
        let login = self.login(&self.ready.client_secret, admit);
        Stage::at(SystemClock.now().seconds(), ISSUER, |setup| setup.providers = vec![login]).await
    }
}

/// Goes on from where we sent the browser, and logs in where that is asked.
async fn at_the_provider(visitor: &mut Visitor, away: &Answer, name: &str, password: &str) -> Place {
    let refresh = away.headers["refresh"].to_str().unwrap();
    let mut place = visitor.open(refresh.strip_prefix("0; url=").unwrap()).await;
    while let Place::Page { body, .. } = &place {
        let is_login = body.contains("name=\"password\"");
        let fields = [("username", name), ("password", password)];
        place = visitor.submit(&place, if is_login { &fields } else { &[] }).await;
    }
    place
}

async fn back(stage: &Stage, browser: &mut Browser, place: &Place) -> Answer {
    let Place::Elsewhere(url) = place else { panic!("{place:?}") };
    assert!(url.starts_with(&redirect_uri()), "{url}");
    let answer = place.answer();
    let answer: Vec<_> = answer.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    returns(stage, browser, "corp", &answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_an_oidc_provider_log_in_whatever_it_does_with_resource_and_however_it_signs() {
    for (alg, resource) in
        [("RS256", "reject"), ("ES256", "ignore"), ("EdDSA", "reject"), ("PS256", "ignore")]
    {
        let Some(provider) = OidcProvider::start(alg, resource).await else { return };
        let stage = provider.stage(Admit::Anyone).await;
        let (mut browser, mut visitor) = (Browser::default(), Visitor::default());
        let away = leaves(&stage, &mut browser, "corp").await;

        // The measure is measured: with `resource` the one that rejects lets nobody in.
        let (endpoint, asked) = sent_to(&away);
        let mut pairs: Vec<_> = asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.push(("resource", NOTES));
        let url = format!("{endpoint}?{}", crate::stage::encoded(&pairs));
        match Visitor::default().open(&url).await {
            place @ Place::Elsewhere(_) => {
                assert_eq!((resource, place.answer()["error"].as_str()), ("reject", "invalid_target"));
            }
            Place::Page { .. } => assert_eq!(resource, "ignore"),
        }

        let place = at_the_provider(&mut visitor, &away, "grace", "the password of grace").await;
        let answer = back(&stage, &mut browser, &place).await;
        let page = onward(&stage, &mut browser, &answer).await;
        assert!(page.body.contains("corp:grace") && page.body.contains("decision"), "{alg}: {}", page.body);
        let code = browser.decide(&stage, &page, "allow").await.sent()["code"].clone();
        let token = stage.token(&stage.redemption(&code)).await.text("access_token");
        let token = stage.judge(&token, "notes").unwrap();
        let user = stage.store.standing(&provider.ready.issuer, "grace").await.unwrap().user().unwrap();
        assert_eq!(token.claims().subject(), Some(user.id.as_str()));

        // Logged in there still: the person comes straight back, and is asked here all the same.
        let mut again = Browser::default();
        let away = leaves(&stage, &mut again, "corp").await;
        let refresh = away.headers["refresh"].to_str().unwrap().strip_prefix("0; url=").unwrap().to_owned();
        let place = visitor.open(&refresh).await;
        let answer = back(&stage, &mut again, &place).await;
        assert!(onward(&stage, &mut again, &answer).await.body.contains("decision"));
        // Somebody else's browser has no use for that answer.
        assert_eq!(back(&stage, &mut Browser::default(), &place).await.refusal(), "login-stale");

        // "Not you?": there as well.
        let anew = with(&stage.question(NOTES), "prompt", "login");
        let away = leaves_with(&stage, &mut again, "corp", &anew).await;
        let refresh = away.headers["refresh"].to_str().unwrap().strip_prefix("0; url=").unwrap().to_owned();
        let page = visitor.open(&refresh).await;
        assert!(matches!(&page, Place::Page { body, .. } if body.contains("password")), "{page:?}");
        let mut fresh = Visitor::default();
        let place = at_the_provider(&mut fresh, &away, "alan", "the password of alan").await;
        let answer = back(&stage, &mut again, &place).await;
        let page = onward(&stage, &mut again, &answer).await;
        assert!(page.body.contains("corp:alan"), "{}", page.body);
        // Whoever takes that wish out of the URL comes straight back, and is not believed: nobody says since when.
        let away = leaves_with(&stage, &mut again, "corp", &anew).await;
        let (endpoint, mut asked) = sent_to(&away);
        assert!(asked.remove("prompt").is_some() && asked.remove("max_age").is_some(), "{asked:?}");
        let pairs: Vec<_> = asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let place = visitor.open(&format!("{endpoint}?{}", crate::stage::encoded(&pairs))).await;
        let page = back(&stage, &mut again, &place).await;
        assert!(told(&page).contains("cannot be believed"), "{alg}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_no_there_or_may_not_come_in_is_asked_here_again() {
    let Some(provider) = OidcProvider::start("RS256", "ignore").await else { return };
    let listed = Admit::Those(vec![Admitted::Domain("example.com".into())]);
    let stage = provider.stage(listed).await;
    let mut browser = Browser::default();
    let away = leaves(&stage, &mut browser, "corp").await;
    let place = at_the_provider(&mut Visitor::default(), &away, "grace", "a guess").await;
    let page = back(&stage, &mut browser, &place).await;
    assert!(told(&page).contains("was not completed"));

    // An address that nobody has verified, and one that somebody has.
    for (name, status) in [("alan", StatusCode::FORBIDDEN), ("grace", StatusCode::OK)] {
        let away = leaves(&stage, &mut browser, "corp").await;
        let place =
            at_the_provider(&mut Visitor::default(), &away, name, &format!("the password of {name}")).await;
        assert!(is_nobody(&stage, &browser).await);
        let answer = back(&stage, &mut browser, &place).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
    }

    // A secret that is not ours.
    let login = provider.login("another", Admit::Anyone);
    let stage = Stage::at(SystemClock.now().seconds(), ISSUER, |setup| setup.providers = vec![login]).await;
    let mut browser = Browser::default();
    let away = leaves(&stage, &mut browser, "corp").await;
    let place = at_the_provider(&mut Visitor::default(), &away, "grace", "the password of grace").await;
    let page = back(&stage, &mut browser, &place).await;
    assert!(told(&page).contains("cannot be believed"));
    assert!(is_nobody(&stage, &browser).await);
}
