//! The ways in that need no browser here, as a person or a script writes them.

use std::path::PathBuf;

use serde_json::{Value, json};
use tokio::process::Command;
use warded_core::jose::base64url;

use crate::{
    process::{INITIALIZE, Person, Process, command},
    stage::{Stage, json as as_json},
};

async fn ready() -> Stage {
    let stage = Stage::new().await;
    stage.server.play(|seen| {
        let call: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        let result = json!({ "protocolVersion": "2025-11-25" });
        as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
    });
    stage
}

/// Runs it once, without a person; what it said.
async fn connected(stage: &Stage, arguments: &[&str]) -> (Value, String) {
    with(stage, arguments, |_| {}).await
}

async fn with(stage: &Stage, arguments: &[&str], change: impl FnOnce(&mut Command)) -> (Value, String) {
    let mut command = command(&stage.server.url(), &stage.state());
    command.args(arguments);
    change(&mut command);
    let mut process = Process::start(command, &Person::new(|_| async {}));
    let answer = process.ask(INITIALIZE).await;
    let (_, _, said) = process.end().await;
    (answer, said)
}

fn file(stage: &Stage, name: &str, text: &str) -> PathBuf {
    let path = stage.state().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn jwt(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "ES256" })), part(claims))
}

#[tokio::test]
async fn a_workload_shows_what_its_platform_says_of_it_from_a_file_or_the_environment() {
    let stage = ready().await;
    let of = |sub: &str| jwt(&json!({ "iss": "https://platform.example", "sub": sub, "aud": stage.one.url }));
    stage.one.turn(|knobs| knobs.trusted = vec![of("file"), of("environment")]);
    let path = file(&stage, "assertion", &format!("{}\n", of("file")));
    let (answer, said) =
        connected(&stage, &["--client-id", "job", "--assertion-file", path.to_str().unwrap()]).await;
    assert!(answer["result"].is_object(), "{answer} {said}");
    let arguments = ["--client-id", "job", "--assertion-file", "env:WORKLOAD"];
    let (answer, said) = with(&stage, &arguments, |command| {
        command.env("WORKLOAD", of("environment"));
    })
    .await;
    assert!(answer["result"].is_object(), "{answer} {said}");
    assert_eq!(stage.one.grants("jwt-bearer").len(), 2);
    assert!(!said.contains("visit") && !said.contains("ey"), "{said}");
}

#[tokio::test]
async fn a_token_is_exchanged_at_the_issuer_that_is_named() {
    let stage = ready().await;
    stage.one.turn(|knobs| knobs.trusted = vec!["SUBJECT".to_owned()]);
    let path = file(&stage, "subject", "SUBJECT\n");
    let arguments = ["--client-id", "job", "--issuer", &stage.one.url, "--subject-token-file"];
    let (answer, said) = connected(&stage, &[&arguments[..], &[path.to_str().unwrap()]].concat()).await;
    assert!(answer["result"].is_object(), "{answer} {said}");
    let kind = stage.one.grants("token-exchange")[0].parameter("subject_token_type");
    assert_eq!(kind.as_deref(), Some("urn:ietf:params:oauth:token-type:access_token"));
    assert!(!stage.server.log.has("SUBJECT"));
}

#[tokio::test]
async fn an_identity_provider_speaks_for_its_user() {
    let stage = ready().await;
    let jag = jwt(&json!({ "aud": stage.one.url, "resource": stage.server.url(), "sub": "ann" }));
    stage.one.turn(|knobs| knobs.trusted = vec![jag.clone()]);
    stage.two.turn(|knobs| {
        knobs.trusted = vec!["IDTOKEN-of-ann".to_owned()];
        knobs.introduces = Some(jag.clone());
    });
    let path = file(&stage, "id", "IDTOKEN-of-ann\n");
    let arguments = ["--client-id", "job", "--idp", &stage.two.url, "--idp-client-id", "desk"];
    let file = ["--id-token-file", path.to_str().unwrap()];
    let (answer, said) = connected(&stage, &[&arguments[..], &file].concat()).await;
    assert!(answer["result"].is_object(), "{answer} {said}");
    assert_eq!(stage.two.grants("token-exchange")[0].parameter("client_id").as_deref(), Some("desk"));
    assert!(!stage.one.log.has("IDTOKEN-of-ann"));
}

#[tokio::test]
async fn a_code_is_shown_to_be_typed_elsewhere() {
    let stage = ready().await;
    stage.one.turn(|knobs| knobs.devices = Some(vec![]));
    let (answer, said) = connected(&stage, &["--device-code", "--quiet"]).await;
    assert!(answer["result"].is_object(), "{answer} {said}");
    let url = format!("{}/enter", stage.one.url);
    assert!(said.contains(&url) && said.contains("WDJB-MJHT") && !said.contains("DEVICE-"), "{said}");
}

#[tokio::test]
async fn who_cannot_paste_is_told_where_to_log_in() {
    let stage = ready().await;
    // No terminal in a process group of its own: `setsid` takes it away.
    let mut wanted = Command::new("setsid");
    let inner = command(&stage.server.url(), &stage.state());
    let inner = inner.as_std();
    wanted.arg("--wait").arg(inner.get_program()).args(inner.get_args()).arg("--paste");
    wanted.env("XDG_STATE_HOME", stage.state()).kill_on_drop(true);
    wanted.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut process = Process::start(wanted, &Person::new(|_| async {}));
    let answer = process.ask(INITIALIZE).await;
    let (_, _, said) = process.end().await;
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("warded token login"), "{message} {said}");
    assert!(stage.one.log.at("/token").is_empty());
}

#[tokio::test]
async fn an_issuer_that_knows_no_resource_is_asked_without_one_only_where_that_is_said() {
    let stage = ready().await;
    stage.one.turn(|knobs| knobs.refuses_resource = true);
    let start = |arguments: &'static [&'static str]| {
        let mut command = command(&stage.server.url(), &stage.state());
        command.args(arguments);
        Process::start(command, &Person::agreeing())
    };
    let mut process = start(&[]);
    let answer = process.ask(INITIALIZE).await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("invalid_target"), "{answer}");
    process.end().await;
    let mut process = start(&["--unbound-token"]);
    assert!(process.ask(INITIALIZE).await["result"].is_object());
    let (_, _, said) = process.end().await;
    assert!(said.contains("others may take it"), "{said}");
}
