//! Whose tokens, where an identity provider that many run gives them? Keycloak, with one realm, from memory.

use std::{process::Stdio, time::Duration};

use http::{Method, header};
use http_body_util::Full;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    bench::end,
    peer::installed,
    port::free_port,
    wire::{request, send},
};

/// It builds itself anew, and then starts.
const PATIENCE: Duration = Duration::from_mins(4);

/// A Keycloak that runs until it is dropped.
pub(crate) struct Keycloak {
    process: Child,
    port: u16,
    realm: String,
    _home: TempDir,
}

impl Keycloak {
    /// Starts one with this realm; none where it is not installed.
    pub(crate) async fn start(realm: &Value) -> Option<Self> {
        let distribution = installed("WARDED_KEYCLOAK")?;
        // It writes into its own folder, and others may run at the same time.
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("keycloak");
        let mut copy = Command::new("cp");
        copy.arg("-R").arg(&distribution).arg(&home);
        assert!(end(copy).await.status.success());
        let import = home.join("data/import");
        std::fs::create_dir_all(&import).unwrap();
        std::fs::write(import.join("realm.json"), realm.to_string()).unwrap();
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
        let realm = realm["realm"].as_str().unwrap().to_owned();
        let keycloak = Self { process, port, realm, _home: folder };
        assert!(is_ready, "Keycloak does not start:\n{}", said.join("\n"));
        // Whoever stops reading stops whoever writes.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(keycloak)
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}/realms/{}", self.port, self.realm)
    }

    /// A token that a client gets for a person. The password grant is nothing for people; a test has nobody to log in.
    pub(crate) async fn token(&self, client: &str, person: &str) -> String {
        self.token_with(client, person, "").await
    }

    /// The same with scopes that the client asks for.
    pub(crate) async fn token_with(&self, client: &str, person: &str, scope: &str) -> String {
        let answer = self.answer(client, person, scope).await;
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// The ID token that comes along, which tells the client who it is.
    pub(crate) async fn id_token(&self, client: &str, person: &str, scope: &str) -> String {
        let answer = self.answer(client, person, &format!("openid {scope}")).await;
        answer["id_token"].as_str().unwrap_or_else(|| panic!("no ID token: {answer}")).to_owned()
    }

    async fn answer(&self, client: &str, person: &str, scope: &str) -> Value {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("grant_type", "password"),
            ("client_id", client),
            ("client_secret", &format!("the secret of {client}")),
            ("username", person),
            ("password", &format!("the password of {person}")),
        ]);
        if !scope.is_empty() {
            form.append_pair("scope", scope);
        }
        let endpoint = format!("{}/protocol/openid-connect/token", self.issuer());
        let request = request(Method::POST, &endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (_, _, body) = send(request.body(Full::from(form.finish())).unwrap()).await;
        serde_json::from_slice(&body).unwrap()
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
