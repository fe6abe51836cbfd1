//! What `warded token` does with what is kept, and what it asks of whom.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, process::Command};

use crate::{
    process::{Person, person, soon},
    stage::{Revokes, Stage},
};

/// Runs `warded token`; exit code, standard output, standard error. Whoever is asked to log in agrees.
async fn token(stage: &Stage, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["--color", "never", "token"]).args(arguments);
    command.env("XDG_STATE_HOME", stage.state()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let said = tokio::spawn(person(child.stderr.take().unwrap(), Person::agreeing()));
    let mut output = String::new();
    soon(child.stdout.take().unwrap().read_to_string(&mut output)).await.unwrap();
    let code = soon(child.wait()).await.unwrap().code().unwrap();
    (code, output, soon(said).await.unwrap())
}

async fn login(stage: &Stage, arguments: &[&str]) -> String {
    let url = stage.server.url();
    let (code, output, said) = token(stage, &[&["login", &url, "--no-browser"], arguments].concat()).await;
    assert_eq!(code, 0, "{said}");
    quiet(&output, &said);
    let name = output.split(' ').next().unwrap().to_owned();
    assert!(name.len() == 12 && output.contains(&url) && output.contains("until "), "{output}");
    name
}

/// Nothing that opens anything.
#[track_caller]
fn quiet(output: &str, said: &str) {
    for secret in ["ACCESS", "REFRESH", "CODE-", "SECRET", "IDTOKEN"] {
        assert!(!output.contains(secret) && !said.contains(secret), "{output}\n{said}");
    }
}

async fn listed(stage: &Stage) -> Vec<Value> {
    let (code, output, said) = token(stage, &["list", "--format", "json"]).await;
    assert_eq!((code, said.as_str()), (0, ""));
    quiet(&output, &said);
    let answer: Value = serde_json::from_str(&output).unwrap();
    answer["tokens"].as_array().unwrap().clone()
}

fn names(tokens: &[Value]) -> Vec<&str> {
    tokens.iter().map(|token| token["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_kept_is_listed_and_shown_without_its_text() {
    let stage = Stage::new().await;
    assert_eq!(token(&stage, &["list"]).await, (0, "no tokens are kept\n".to_owned(), String::new()));
    let first = login(&stage, &["--scope", "read"]).await;
    let again = login(&stage, &["--scope", "read"]).await;
    assert_eq!((first.as_str(), stage.one.authorizations().len()), (again.as_str(), 1), "it is still good");
    let work = login(&stage, &["--account", "work"]).await;

    let tokens = listed(&stage).await;
    assert_eq!(tokens.len(), 2);
    let token_of = |name: &str| tokens.iter().find(|token| token["name"] == *name).unwrap().clone();
    assert_eq!(token_of(&work)["account"], "work");
    let shown = token_of(&first);
    assert_eq!((&shown["server"], &shown["issuer"]), (&json!(stage.server.url()), &json!(stage.one.url)));
    assert_eq!(shown["asked"], json!(["read"]));
    assert_eq!((&shown["is_renewable"], &shown["is_expired"]), (&json!(true), &json!(false)));
    assert_eq!((&shown["bound"], &shown["key"]), (&json!("audience"), &Value::Null));

    let (_, table, said) = token(&stage, &["list"]).await;
    assert!(table.starts_with("NAME") && table.contains(&first) && table.contains(" minutes  "), "{table}");
    quiet(&table, &said);
    let (code, text, said) = token(&stage, &["show", &first]).await;
    assert_eq!(code, 0);
    assert!(text.contains("token endpoint") && text.contains(&stage.one.url), "{text}");
    quiet(&text, &said);
    // By the server, all of them; by an account, those of it.
    let show = async |arguments: &[&str]| {
        let url = stage.server.url();
        let (_, output, _) = token(&stage, &[&["show", &url, "--format", "json"], arguments].concat()).await;
        serde_json::from_str::<Value>(&output).unwrap()["tokens"].as_array().unwrap().len()
    };
    assert_eq!((show(&[]).await, show(&["--account", "work"]).await), (2, 1));
}

#[tokio::test]
async fn what_is_not_there_is_not_guessed() {
    let stage = Stage::new().await;
    login(&stage, &[]).await;
    for which in ["ffffffffffff", "0", "", "https://elsewhere.example/mcp", "warded"] {
        for action in ["show", "forget", "revoke", "refresh"] {
            let (code, output, said) = token(&stage, &[action, which]).await;
            assert_eq!((code, output.as_str()), (1, ""), "{action} {which}");
            assert!(said.contains("no token is kept under"), "{said}");
        }
    }
    assert_eq!(listed(&stage).await.len(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_now_and_nobody_is_asked() {
    let stage = Stage::new().await;
    let name = login(&stage, &[]).await;
    let before = stage.server.log.at("/mcp").len();
    let (code, output, said) = token(&stage, &["refresh", &name, "--format", "json"]).await;
    assert_eq!((code, said.as_str()), (0, ""));
    quiet(&output, &said);
    let answer: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(names(answer["tokens"].as_array().unwrap()), [&name]);
    let refreshes = stage.one.grants("refresh_token");
    assert_eq!((refreshes.len(), stage.one.authorizations().len()), (1, 1));
    assert_eq!(refreshes[0].parameter("resource"), Some(stage.server.url()));
    assert_eq!(stage.server.log.at("/mcp").len(), before, "the server is not asked");
    let (_, got, _) = token(&stage, &["get", &stage.server.url()]).await;
    assert!(stage.server.tokens().contains(&format!("Bearer {}", got.trim_end())));
    assert_eq!(stage.one.grants("refresh_token").len(), 1, "it is the one that is kept");

    // The issuer has ended it: it is said, and gone.
    stage.one.turn(|knobs| knobs.refresh_answer = Some((400, json!({ "error": "invalid_grant" }))));
    let (code, output, said) = token(&stage, &["refresh", &name]).await;
    assert_eq!((code, output.as_str()), (1, ""));
    assert!(said.contains("has ended this login"), "{said}");
    assert!(listed(&stage).await.is_empty());
}

#[tokio::test]
async fn only_invalid_grant_ends_a_login() {
    let stage = Stage::new().await;
    let name = login(&stage, &[]).await;
    for (status, answer) in [
        (400, json!({ "error": "invalid_request" })),
        (400, json!({ "error": "invalid_scope" })),
        (429, json!({ "error": "slow_down" })),
        (500, json!({})),
        (503, json!({ "error": "temporarily_unavailable" })),
        (200, json!({ "nonsense": true })),
        (302, json!({})),
        (401, json!({ "error": "invalid_client" })),
    ] {
        stage.one.turn(|knobs| knobs.refresh_answer = Some((status, answer.clone())));
        let (code, output, said) = token(&stage, &["refresh", &name]).await;
        assert_eq!((code, output.as_str()), (1, ""), "{status} {answer}");
        quiet(&output, &said);
        let kept = listed(&stage).await;
        assert_eq!((names(&kept), &kept[0]["is_renewable"]), (vec![name.as_str()], &json!(true)), "{answer}");
    }
}

#[tokio::test]
async fn what_is_taken_back_is_shown_to_its_own_issuer_first_what_new_tokens_come_of() {
    let stage = Stage::new().await;
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    }
    let name = login(&stage, &[]).await;
    // Whoever the server names now has nothing to do with what was obtained before.
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    let (code, output, said) = token(&stage, &["revoke", &name]).await;
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(output.contains("is taken back and forgotten"), "{output}");
    quiet(&output, &said);
    let seen = stage.one.log.at("/revoke");
    let parameter = |at: usize, name: &str| seen[at].parameter(name).unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(parameter(0, "token_type_hint"), "refresh_token");
    assert!(parameter(0, "token").starts_with("REFRESH-one-"));
    assert_eq!(parameter(1, "token_type_hint"), "access_token");
    assert!(parameter(1, "token").starts_with("ACCESS-one-"));
    assert!(parameter(0, "client_id").starts_with("client-one-"));
    assert!(!stage.two.log.has("-one") && !stage.server.log.has("REFRESH"));
    assert!(listed(&stage).await.is_empty());
    let left = std::fs::read_dir(stage.tokens_of_processes()).unwrap();
    for path in left.map(|entry| entry.unwrap().path()) {
        let kind = path.extension().unwrap().to_owned();
        assert!(kind == "lock" || path.ends_with("kept.json"), "{}", path.display());
    }
}

#[tokio::test]
async fn what_an_issuer_does_not_take_back_is_said_and_kept() {
    let stage = Stage::new().await;
    let name = login(&stage, &[]).await;
    let (code, output, said) = token(&stage, &["revoke", &name]).await;
    assert_eq!((code, output.as_str()), (1, ""));
    assert!(said.contains("RFC 7009") && said.contains("is still kept"), "{said}");

    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Nothing));
    let (code, _, said) = token(&stage, &["revoke", &name]).await;
    assert_eq!(code, 1);
    assert!(said.contains("503"), "{said}");
    assert_eq!(names(&listed(&stage).await), [&name]);

    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::RefreshTokens));
    let (code, output, _) = token(&stage, &["revoke", &name]).await;
    assert_eq!(code, 0);
    assert!(output.contains("good until it expires"), "{output}");
    assert!(listed(&stage).await.is_empty());
}

#[tokio::test]
async fn an_issuer_that_has_moved_its_token_endpoint_is_shown_nothing() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    let name = login(&stage, &[]).await;
    stage.one.turn(|knobs| knobs.token_path = "/moved");
    for action in ["revoke", "refresh"] {
        let (code, _, said) = token(&stage, &[action, &name]).await;
        assert_eq!(code, 1);
        assert!(said.contains("another token endpoint"), "{said}");
    }
    assert!(stage.one.log.at("/revoke").is_empty() && stage.one.log.at("/moved").is_empty());
    assert_eq!(names(&listed(&stage).await), [&name]);
}

#[tokio::test]
async fn what_is_forgotten_is_asked_of_nobody() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    let (home, work) = (login(&stage, &[]).await, login(&stage, &["--account", "work"]).await);
    let before = (stage.one.log.len(), stage.server.log.len());
    let url = stage.server.url();
    let (code, output, said) = token(&stage, &["forget", &url, "--account", "work"]).await;
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(output, format!("{work}  {url} is forgotten here\n"));
    assert_eq!(names(&listed(&stage).await), [&home]);
    let (_, output, _) = token(&stage, &["forget", "--all", "--format", "json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&output).unwrap(), json!({ "forgotten": 1 }));
    assert!(listed(&stage).await.is_empty());
    assert_eq!((stage.one.log.len(), stage.server.log.len()), before);
    // Half a command forgets nothing.
    for wrong in [&["forget"][..], &["forget", &url, "--all"], &["forget", "--all", "--account", "work"]] {
        assert_eq!(token(&stage, wrong).await.0, 2, "{wrong:?}");
    }
}
