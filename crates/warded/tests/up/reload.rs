//! The configuration changes while it runs: at once and as a whole, or not at all. No verdict of the old rules holds.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::{
    caller::{get, ping, post, tool},
    issuer::Issuer,
    stage::{Gateway, Stage},
    upstream::Upstream,
    wait::until,
};

pub(crate) const HOLDS: &str = "was read again and holds now";
const STAYS: &str = "was not read again; everything runs on as before";

impl Gateway {
    /// Writes the configuration anew, as a person with an editor does, and waits until the log says `said` once more.
    pub(crate) async fn rewritten(&self, said: &str, change: impl Fn(&str) -> String) {
        let path = self.folder.path().join("warded.yaml");
        let before = self.log().matches(said).count();
        let source = std::fs::read_to_string(&path).unwrap();
        let changed = change(&source);
        assert_ne!(source, changed, "nothing was changed");
        std::fs::write(&path, changed).unwrap();
        self.says_once_more(said, before).await;
    }

    async fn says_once_more(&self, said: &str, before: usize) {
        until(said, async || self.log().matches(said).count() > before).await;
    }
}

async fn asked(stage: &Stage, path: &str, token: &str) -> String {
    let answer = post(path, &ping()).token(token).send(stage.gateway.address).await;
    answer.code()
}

#[tokio::test]
async fn a_remembered_token_is_refused_once_its_audience_is_not_the_servers_any_more() {
    let stage = Stage::with("    aliases: [\"http://127.0.0.1:PORT/old/mcp\"]\n").await;
    let old = stage.issuer.token(&stage.gateway.url("old"), json!({}));
    let new = stage.token("notes", json!({}));
    for path in ["/notes/mcp", "/old/mcp", "/notes/mcp"] {
        assert_eq!(asked(&stage, path, &old).await, "200");
    }
    let without = |source: &str| {
        let kept = source.lines().filter(|line| !line.contains("aliases:"));
        kept.flat_map(|line| [line, "\n"]).collect::<String>()
    };
    stage.gateway.rewritten(HOLDS, without).await;
    assert_eq!(asked(&stage, "/notes/mcp", &old).await, "audience-unknown");
    assert_eq!(asked(&stage, "/old/mcp", &old).await, "server-unknown");
    assert_eq!(asked(&stage, "/notes/mcp", &new).await, "200");
}

#[tokio::test]
async fn a_remembered_token_is_refused_once_its_server_has_another_name() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
    stage.gateway.rewritten(HOLDS, |source| source.replace("  notes:", "  memos:")).await;
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "server-unknown");
    assert_eq!(asked(&stage, "/memos/mcp", &token).await, "audience-unknown");
    // What was behind one name is behind another now: the token goes with the name, and not with the place.
    stage.gateway.rewritten(HOLDS, |source| source.replace("  files:", "  notes:")).await;
    assert_eq!(asked(&stage, "/memos/mcp", &token).await, "audience-elsewhere");
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
}

#[tokio::test]
async fn a_remembered_token_is_refused_once_its_issuer_is_trusted_no_more() {
    let stage = Stage::start().await;
    let other = Issuer::start().await;
    let token = stage.token("notes", json!({}));
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
    stage.gateway.rewritten(HOLDS, |source| source.replace(&stage.issuer.url, &other.url)).await;
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "issuer-unknown");
    // Its keys were fetched before it was asked for them.
    let theirs = other.token(&stage.gateway.url("notes"), json!({}));
    assert_eq!(asked(&stage, "/notes/mcp", &theirs).await, "200");
}

#[tokio::test]
async fn keys_of_a_file_are_not_kept_once_the_issuer_is_asked_nor_the_other_way_round() {
    let stage = Stage::start().await;
    let (of_file, _, keys) = Issuer::called(stage.issuer.url.clone());
    std::fs::write(stage.gateway.folder.path().join("keys.json"), keys.to_string()).unwrap();
    let fetched = stage.token("notes", json!({}));
    let kept = of_file.token(&stage.gateway.url("notes"), json!({}));
    let is_taken = async |token: &str| {
        let code = asked(&stage, "/notes/mcp", token).await;
        // Whether the issuer has a new key since a moment ago, nobody asks it at once.
        assert!(
            ["200", "key-unknown", "signature-invalid", "keys-missing"].contains(&code.as_str()),
            "{code}"
        );
        code == "200"
    };
    let asks = format!("corp: {{ url: \"{}\" }}", stage.issuer.url);
    let keeps = asks.replace(" }", ", keys: \"file:keys.json\" }");
    assert_eq!((is_taken(&fetched).await, is_taken(&kept).await), (true, false));
    for _ in 0..2 {
        stage.gateway.rewritten(HOLDS, |source| source.replace(&asks, &keeps)).await;
        assert_eq!((is_taken(&fetched).await, is_taken(&kept).await), (false, true));
        stage.gateway.rewritten(HOLDS, |source| source.replace(&keeps, &asks)).await;
        assert_eq!((is_taken(&fetched).await, is_taken(&kept).await), (true, false));
    }
}

#[tokio::test]
async fn an_issuer_that_goes_takes_no_keys_of_others_with_it() {
    let (notes, lab) = (Upstream::start().await, Issuer::start().await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (corp, metadata, keys) = Issuer::called(format!("http://{}", listener.local_addr().unwrap()));
    let is_down = Arc::new(AtomicBool::new(false));
    let served = |document: Value| {
        let is_down = Arc::clone(&is_down);
        axum::routing::get(async move || {
            if is_down.load(Relaxed) { Err(http::StatusCode::BAD_GATEWAY) } else { Ok(axum::Json(document)) }
        })
    };
    let router = axum::Router::new()
        .route("/.well-known/oauth-authorization-server", served(metadata))
        .route("/jwks", served(keys));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ upstream: \"{}\", issuers: [corp, lab] }}
issuers:
  corp: {{ url: \"{}\" }}
  lab: {{ url: \"{}\" }}
",
        notes.url, corp.url, lab.url
    ))
    .await;
    let of_corp = corp.token(&gateway.url("notes"), json!({}));
    let of_lab = lab.token(&gateway.url("notes"), json!({}));
    let asked =
        async |token: &str| post("/notes/mcp", &ping()).token(token).send(gateway.address).await.code();
    until("both are trusted", async || asked(&of_corp).await == "200" && asked(&of_lab).await == "200").await;
    is_down.store(true, Relaxed);
    let without = |source: &str| {
        let kept = source.lines().filter(|line| !line.starts_with("  lab:"));
        kept.flat_map(|line| [line, "\n"]).collect::<String>().replace(", lab]", "]")
    };
    gateway.rewritten(HOLDS, without).await;
    assert_eq!(asked(&of_corp).await, "200", "its keys are good for a day");
    assert_eq!(asked(&of_lab).await, "issuer-unknown");
}

#[tokio::test]
async fn a_remembered_token_needs_the_scopes_that_are_needed_now() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({ "scope": "notes:read" }));
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
    let needs = |scope: &str| {
        let scopes = format!("  notes:\n    scopes: {{ required: [\"{scope}\"] }}\n");
        move |source: &str| source.replace("  notes:\n", &scopes)
    };
    stage.gateway.rewritten(HOLDS, needs("notes:write")).await;
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "scope-missing");
    stage.gateway.rewritten(HOLDS, |source| source.replace("notes:write", "notes:read")).await;
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
}

#[tokio::test]
async fn what_is_not_fit_changes_nothing_and_is_said_as_check_says_it() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    for (change, said) in [
        (("servers:", "servers: ["), "error[config-"),
        (("issuers: [corp]", "issuers: [nobody]"), "issuer-undefined"),
        (
            ("  files:\n", "  files:\n    resource: \"http://127.0.0.1:PORT/notes/mcp\"\n"),
            "error[audience-overlap]",
        ),
        (
            ("  notes:\n", "  notes:\n    upstream_auth: { kind: bearer, value: file:nothing }\n"),
            "error[secret-missing]",
        ),
        (("servers:", "token_memory: 1MiB\nstore: sqlite:other.db\nservers:"), "`store` has another value"),
        (("listen: 127.0.0.1", "listen: 127.0.0.2"), "`listen` has another value"),
    ] {
        let path = stage.gateway.folder.path().join("warded.yaml");
        let before = std::fs::read_to_string(&path).unwrap();
        let (from, to) = (change.0, change.1.replace("PORT", &stage.gateway.address.port().to_string()));
        stage.gateway.rewritten(STAYS, |source| source.replacen(from, &to, 1)).await;
        let log = stage.gateway.log();
        let told = log.rsplit(STAYS).next().unwrap();
        assert!(told.contains(said), "{said}: {told}");
        assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200", "{said}");
        stage.gateway.rewritten(HOLDS, |_| before.clone()).await;
    }
}

#[tokio::test]
async fn a_hangup_reads_it_again_and_ends_nothing() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let before = stage.gateway.log().matches(HOLDS).count();
    stage.gateway.signal("HUP");
    stage.gateway.says_once_more(HOLDS, before).await;
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
}

#[tokio::test]
async fn a_secret_that_changes_in_its_file_is_shown_from_then_on() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let key = stage.gateway.folder.path().join("key");
    std::fs::write(&key, "the-first-key\n").unwrap();
    let auth = "  notes:\n    upstream_auth: { kind: bearer, value: file:key }\n";
    stage.gateway.rewritten(HOLDS, |source| source.replace("  notes:\n", auth)).await;
    let shown = async || {
        assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
        stage.notes.last().headers["authorization"].to_str().unwrap().to_owned()
    };
    assert_eq!(shown().await, "Bearer the-first-key");
    let before = stage.gateway.log().matches(HOLDS).count();
    std::fs::write(&key, "the-second-key\n").unwrap();
    stage.gateway.says_once_more(HOLDS, before).await;
    assert_eq!(shown().await, "Bearer the-second-key");
    assert!(!stage.gateway.log().contains("the-second-key"));
}

#[tokio::test]
async fn a_folder_that_is_not_there_hides_no_change_and_is_looked_at_once_it_is() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let auth = "  notes:\n    upstream_auth: { kind: bearer, value: file:later/key }\n";
    stage.gateway.rewritten(STAYS, |source| source.replace("  notes:\n", auth)).await;
    stage.gateway.rewritten(HOLDS, |source| source.replace(auth, "  notes:\n")).await;
    stage.gateway.rewritten(STAYS, |source| source.replace("  notes:\n", auth)).await;
    // No system tells that somebody wrote into a folder that was not there.
    let before = stage.gateway.log().matches(HOLDS).count();
    let folder = stage.gateway.folder.path().join("later");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("key"), "the-key\n").unwrap();
    stage.gateway.says_once_more(HOLDS, before).await;
    assert_eq!(asked(&stage, "/notes/mcp", &token).await, "200");
    assert_eq!(stage.notes.last().headers["authorization"], "Bearer the-key");
}

#[tokio::test]
async fn what_changes_while_it_starts_is_not_missed() {
    let stage = Stage::start().await;
    let Stage { gateway, issuer, notes: _notes, files: _files } = stage;
    let folder = tempfile::tempdir().unwrap();
    let port = crate::port::free_port().to_string();
    let source = std::fs::read_to_string(gateway.folder.path().join("warded.yaml")).unwrap();
    let source = source.replace(&gateway.address.port().to_string(), &port);
    let auth = "  notes:\n    upstream_auth: { kind: bearer, value: file:pipe }\n";
    std::fs::write(folder.path().join("warded.yaml"), source.replace("  notes:\n", auth)).unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let path = folder.path().join("warded.yaml");
    let changing = tokio::task::spawn_blocking(move || {
        // Opens once the other side is being read, and the configuration has been.
        let mut pipe = std::fs::File::options().write(true).open(pipe).unwrap();
        std::fs::write(path, source.replace("  notes:", "  memos:")).unwrap();
        std::io::Write::write_all(&mut pipe, b"a-key\n").unwrap();
    });
    let started = Gateway::start_with(folder, "true").await;
    changing.await.unwrap();
    started.says_once_more(HOLDS, 0).await;
    let memos = issuer.token(&started.url("memos"), json!({}));
    let answer = post("/memos/mcp", &ping()).token(&memos).send(started.address).await;
    assert_eq!(answer.code(), "200");
}

#[tokio::test]
async fn connections_and_calls_outlive_it() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<bytes::Bytes>>(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = |path: &str| {
        let request = http::Request::post(path).header("host", to.to_string());
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        request.body(Full::from(ping().to_string())).unwrap()
    };
    let answer = sender.send_request(request("/notes/mcp")).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.unwrap();
    let call = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;

    stage.gateway.rewritten(HOLDS, |source| source.replace("  notes:", "  memos:")).await;
    let answer = sender.send_request(request("/notes/mcp")).await.unwrap();
    assert_eq!(answer.status(), 404, "the same connection, and what holds now");
    stage.notes.release();
    let answer = call.await.unwrap();
    assert!(answer.body.contains("released"), "{answer:?}");
}

#[tokio::test]
async fn streams_go_on_at_servers_that_are_what_they_were_and_end_at_the_others() {
    let mut stage = Stage::start().await;
    let to = stage.gateway.address;
    let notes = stage.token("notes", json!({}));
    let mut stream = get("/notes/mcp").token(&notes).open(to).await.into_body();
    let mut events = stage.notes.streams.recv().await.unwrap();
    let files = stage.token("files", json!({}));
    let mut other = get("/files/mcp").token(&files).open(to).await.into_body();
    let _others = stage.files.streams.recv().await.unwrap();

    let stricter = "  files:\n    scopes: { required: [\"files:read\"] }\n";
    stage.gateway.rewritten(HOLDS, |source| source.replace("  files:\n", stricter)).await;
    assert!(other.frame().await.is_none(), "it has ended properly");
    assert_eq!(asked(&stage, "/files/mcp", &files).await, "scope-missing");
    events.send_data("data: {}\n\n".into()).await.unwrap();
    let event = stream.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(event, "data: {}\n\n");

    stage.gateway.rewritten(HOLDS, |source| source.replace("  notes:", "  memos:")).await;
    assert!(stream.frame().await.is_none());
}

#[tokio::test]
async fn reloads_under_load_lose_no_call_and_let_no_wrong_token_in() {
    let stage = Arc::new(Stage::start().await);
    let (good, wrong) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    let (is_over, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (stage, good, wrong) = (Arc::clone(&stage), good.clone(), wrong.clone());
            let (is_over, calls) = (Arc::clone(&is_over), Arc::clone(&calls));
            tokio::spawn(async move {
                while !is_over.load(Relaxed) {
                    assert_eq!(asked(&stage, "/notes/mcp", &good).await, "200");
                    assert_eq!(asked(&stage, "/notes/mcp", &wrong).await, "audience-elsewhere");
                    calls.fetch_add(2, Relaxed);
                }
            })
        })
        .collect();
    let rounds = 5;
    for round in 0..rounds {
        let path = stage.gateway.folder.path().join("warded.yaml");
        let whole = std::fs::read_to_string(path).unwrap();
        stage.gateway.rewritten(STAYS, |source| source.split_at(source.len() / 2).0.to_owned() + "]\n").await;
        stage.gateway.rewritten(HOLDS, |_| format!("{whole}# {round}\n")).await;
    }
    is_over.store(true, Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    let calls = calls.load(Relaxed);
    println!(
        "{calls} calls over {rounds} broken files and {rounds} whole ones: every answer was the right one"
    );
    assert!(calls > 0);
}

/// One server, and the built-in issuer.
async fn with_an_issuer_of_its_own(notes: &Upstream) -> Gateway {
    Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ upstream: \"{}\" }}
",
        notes.url
    ))
    .await
}

#[tokio::test]
async fn the_issuer_that_is_built_in_forgets_nobody() {
    let (notes, files) = (Upstream::start().await, Upstream::start().await);
    let gateway = with_an_issuer_of_its_own(&notes).await;
    let add = async |server: &str| {
        let mut command = crate::stage::warded(gateway.folder.path());
        let arguments = ["client", "add", server, "--server", server, "--grant", "client-credentials"];
        let output = command.args(arguments).args(["--format", "json"]).output().await.unwrap();
        let client: Value = serde_json::from_slice(&output.stdout).unwrap();
        (
            client["client_id"].as_str().unwrap().to_owned(),
            client["client_secret"].as_str().unwrap().to_owned(),
        )
    };
    let token = async |(id, secret): &(String, String), server: &str| {
        let form = format!(
            "grant_type=client_credentials&client_id={id}&client_secret={secret}&resource={}",
            gateway.url(server)
        );
        let call = crate::caller::Call::new(http::Method::POST, "/issuers/default/token", &form);
        let call = call.with("content-type", "application/x-www-form-urlencoded");
        let answer = call.send(gateway.address).await;
        let token: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        token["access_token"].as_str().unwrap_or(&answer.body).to_owned()
    };
    let client = add("notes").await;
    let before = token(&client, "notes").await;
    let more = format!("  files: {{ upstream: \"{}\" }}\n", files.url);
    gateway.rewritten(HOLDS, |source| format!("{source}{more}")).await;
    let asked = async |server: &str, token: &str| {
        post(&format!("/{server}/mcp"), &ping()).token(token).send(gateway.address).await.code()
    };
    assert_eq!(asked("notes", &before).await, "200");
    assert_eq!(asked("notes", &token(&client, "notes").await).await, "200");
    let new = token(&add("files").await, "files").await;
    assert_eq!(
        (asked("files", &new).await, asked("notes", &new).await),
        ("200".to_owned(), "audience-elsewhere".to_owned())
    );
}

#[tokio::test]
async fn whoever_has_registered_too_often_has_so_after_a_reload() {
    let notes = Upstream::start().await;
    let gateway = with_an_issuer_of_its_own(&notes).await;
    let register = async || {
        let form = json!({ "redirect_uris": ["http://127.0.0.1/callback"] }).to_string();
        let call = crate::caller::Call::new(http::Method::POST, "/issuers/default/register", &form);
        call.with("content-type", "application/json").send(gateway.address).await.status.as_u16()
    };
    let mut answers = Vec::new();
    for _ in 0..61 {
        answers.push(register().await);
    }
    assert_eq!((answers[0], answers[59], answers[60]), (201, 201, 429));
    let before = gateway.log().matches(HOLDS).count();
    gateway.signal("HUP");
    gateway.says_once_more(HOLDS, before).await;
    assert_eq!(register().await, 429);
}
