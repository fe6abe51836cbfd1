//! Do people get in by way of Keycloak, with the client that its console makes?

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};
use warded_client::clock::SystemClock;
use warded_core::{Clock as _, Issuer};
use warded_issuer::{Admit, Provider, ProviderKind};
use warded_store::{Identities as _, Users as _};
use zeroize::Zeroizing;

use super::{
    peer::{free_port, installed},
    scene::{is_nobody, leaves, leaves_with, onward, returns, sent_to, told},
    visitor::{Place, Visitor},
};
use crate::stage::{Answer, Browser, ISSUER, NOTES, Stage, with};

/// It builds itself anew, and then starts.
const PATIENCE: Duration = Duration::from_mins(4);

/// A Keycloak that runs until it is dropped.
struct Keycloak {
    process: Child,
    port: u16,
    _home: TempDir,
}

impl Keycloak {
    async fn start(realms: &[Value]) -> Option<Self> {
        if env!("CARGO_CRATE_NAME") != "issuer" {
            // It takes a minute to start, and the other providers are tried at both kinds of issuer.
            return None;
        }
        let distribution = installed("WARDED_KEYCLOAK")?;
        // It writes into its own folder, and others may run at the same time.
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("keycloak");
        let copied = Command::new("cp").arg("-R").arg(&distribution).arg(&home).status().await.unwrap();
        assert!(copied.success());
        let import = home.join("data/import");
        std::fs::create_dir_all(&import).unwrap();
        for realm in realms {
            let name = realm["realm"].as_str().unwrap();
            std::fs::write(import.join(format!("{name}.json")), realm.to_string()).unwrap();
        }
        let port = free_port();
        let mut process = Command::new("sh")
            .args(["bin/kc.sh", "start-dev", "--import-realm", "--db=dev-mem", "--http-host=127.0.0.1"])
            .arg(format!("--http-port={port}"))
            .current_dir(&home)
            .env("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx512m")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Its shell and its Java end together.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let started = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                let is_ready = line.contains("Listening on:");
                said.push(line);
                if is_ready {
                    return true;
                }
            }
            false
        };
        let is_ready = timeout(PATIENCE, started).await.unwrap_or(false);
        let keycloak = Self { process, port, _home: folder };
        assert!(is_ready, "Keycloak does not start:\n{}", said.join("\n"));
        // Whoever stops reading stops whoever writes.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(keycloak)
    }

    fn issuer(&self, realm: &str) -> String {
        format!("http://127.0.0.1:{}/realms/{realm}", self.port)
    }

    fn login(&self, realm: &str, secret: &str, admit: Admit) -> Provider {
        let kind =
            ProviderKind::named("keycloak", Some(Issuer::parse(&self.issuer(realm)).unwrap())).unwrap();
        Provider::new(realm, "", kind, "warded", Zeroizing::new(secret.into()), admit).unwrap()
    }
}

impl Drop for Keycloak {
    fn drop(&mut self) {
        if let Some(id) = self.process.id() {
            let group = format!("-{id}");
            drop(std::process::Command::new("kill").args(["-s", "KILL", "--", &group]).status());
        }
    }
}

/// A realm with a client for us, as its console makes it, which wants PKCE.
fn realm(name: &str) -> Value {
    json!({
        "realm": name, "enabled": true, "sslRequired": "none",
        "clients": [{
            "clientId": "warded", "enabled": true, "secret": "the secret of warded",
            "standardFlowEnabled": true, "directAccessGrantsEnabled": false,
            "redirectUris": [format!("{ISSUER}/login/{name}/callback")],
            "attributes": { "pkce.code.challenge.method": "S256" },
        }],
        "users": [{
            "username": "alice", "enabled": true, "email": "alice@example.com", "emailVerified": true,
            "firstName": "Alice", "lastName": "Example",
            "credentials": [{ "type": "password", "value": "the password of alice", "temporary": false }],
        }],
    })
}

/// Goes on from where we sent the browser, and logs in where that is asked.
async fn at_keycloak(visitor: &mut Visitor, away: &Answer) -> Place {
    let refresh = away.headers["refresh"].to_str().unwrap();
    let place = visitor.open(refresh.strip_prefix("0; url=").unwrap()).await;
    if matches!(place, Place::Elsewhere(_)) {
        return place;
    }
    let fields = [("username", "alice"), ("password", "the password of alice"), ("credentialId", "")];
    visitor.submit(&place, &fields).await
}

async fn back(stage: &Stage, browser: &mut Browser, login: &str, place: &Place) -> Answer {
    let answer = place.answer();
    let answer: Vec<_> = answer.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    returns(stage, browser, login, &answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_two_realms_of_keycloak_log_in_and_are_never_each_other() {
    let Some(keycloak) = Keycloak::start(&[realm("corp"), realm("partner")]).await else { return };
    let secret = "the secret of warded";
    let logins =
        vec![keycloak.login("corp", secret, Admit::Anyone), keycloak.login("partner", secret, Admit::Known)];
    let stage = Stage::at(SystemClock.now().seconds(), ISSUER, |setup| setup.providers = logins).await;
    let (mut browser, mut visitor) = (Browser::default(), Visitor::default());

    let away = leaves(&stage, &mut browser, "corp").await;
    let place = at_keycloak(&mut visitor, &away).await;
    // Keycloak says whose answer it is (RFC 9207); another door does not take it.
    assert_eq!(place.answer()["iss"], keycloak.issuer("corp"));
    assert_eq!(back(&stage, &mut browser, "partner", &place).await.refusal(), "login-stale");
    let answer = back(&stage, &mut browser, "corp", &place).await;
    let page = onward(&stage, &mut browser, &answer).await;
    assert!(page.body.contains("corp:alice") && page.body.contains("decision"), "{}", page.body);
    let code = browser.decide(&stage, &page, "allow").await.sent()["code"].clone();
    let token = stage.token(&stage.redemption(&code)).await.text("access_token");
    let token = stage.judge(&token, "notes").unwrap();
    let users = stage.store.users().await.unwrap();
    let alice = users.iter().find(|user| user.name == "corp:alice").unwrap();
    assert_eq!(token.claims().subject(), Some(alice.id.as_str()));
    let known = stage.store.identities_of(&alice.id).await.unwrap();
    assert_eq!((known.len(), known[0].provider.as_str()), (1, keycloak.issuer("corp").as_str()));

    // Logged in there still: straight back, and asked here all the same.
    let mut again = Browser::default();
    let away = leaves(&stage, &mut again, "corp").await;
    let refresh = away.headers["refresh"].to_str().unwrap().strip_prefix("0; url=").unwrap().to_owned();
    let place = visitor.open(&refresh).await;
    let answer = back(&stage, &mut again, "corp", &place).await;
    assert!(onward(&stage, &mut again, &answer).await.body.contains("decision"));
    // Unless the person must be asked anew: then there as well.
    let anew = with(&stage.question(NOTES), "prompt", "login");
    let away = leaves_with(&stage, &mut again, "corp", &anew).await;
    let refresh = away.headers["refresh"].to_str().unwrap().strip_prefix("0; url=").unwrap().to_owned();
    let page = visitor.open(&refresh).await;
    assert!(matches!(page, Place::Page { .. }), "{page:?}");
    // It says since when, as it must where it is asked with `max_age`.
    let fields = [("username", "alice"), ("password", "the password of alice"), ("credentialId", "")];
    let place = visitor.submit(&page, &fields).await;
    let answer = back(&stage, &mut again, "corp", &place).await;
    assert!(onward(&stage, &mut again, &answer).await.body.contains("corp:alice"));

    // The same name and address in another realm, which lets in whom the operator has added: nobody.
    let mut other = Browser::default();
    let away = leaves(&stage, &mut other, "partner").await;
    let place = at_keycloak(&mut Visitor::default(), &away).await;
    let page = back(&stage, &mut other, "partner", &place).await;
    assert!(told(&page).contains("not among those"));
    assert!(is_nobody(&stage, &other).await);
    assert_eq!(stage.store.users().await.unwrap().len(), users.len());

    // Keycloak refuses what is not ours, and we what Keycloak does not say.
    let logins = vec![keycloak.login("corp", "another", Admit::Anyone)];
    let stage = Stage::at(SystemClock.now().seconds(), ISSUER, |setup| setup.providers = logins).await;
    let mut browser = Browser::default();
    let away = leaves(&stage, &mut browser, "corp").await;
    assert!(!sent_to(&away).1.contains_key("resource"));
    let place = at_keycloak(&mut Visitor::default(), &away).await;
    let page = back(&stage, &mut browser, "corp", &place).await;
    assert!(told(&page).contains("cannot be believed"));
    assert!(is_nobody(&stage, &browser).await);
}
