//! Is it known who asks without saying for which server?

use std::{net::SocketAddr, sync::Arc};

use axum::body::Body;
use http::Request;
use serde_json::Value;
use warded_store::journal::segments::{Segments, Terms};

use crate::stage::{ISSUER, NOTES, Stage, encoded, with, without};

fn records(folder: &std::path::Path) -> Vec<Value> {
    let files = warded_store::journal::segments::segments(folder).unwrap().remove("a").unwrap_or_default();
    let texts = files.iter().map(|file| std::fs::read_to_string(&file.path).unwrap()).collect::<String>();
    texts.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn whoever_names_no_server_is_on_record_and_whoever_does_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(warded_client::clock::SystemClock);
    let journal = Arc::new(Segments::open(folder.path(), Terms::of("a"), clock).unwrap());
    let stage = Stage::with(ISSUER, |setup| setup.journal = Some(Arc::clone(&journal) as _)).await;
    let asks = async |question: &[(&str, &str)]| {
        let path = format!("{}/authorize?{}", stage.base, encoded(question));
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(SocketAddr::from(([192, 0, 2, 7], 9)));
        stage.call(request).await
    };
    let question = stage.question(NOTES);
    asks(&question).await;
    asks(&without(&question, "resource")).await;
    // A stranger fills no line with what it makes up, and who tries over and over none but the first.
    asks(&with(&without(&question, "resource"), "client_id", "made-up")).await;
    asks(&with(&question, "resource", "")).await;
    let (id, secret) = (stage.robot.0.as_str(), stage.robot.1.as_str());
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    stage.token(&form).await;
    stage.token(&with(&form, "resource", NOTES)).await;
    stage.token(&with(&form, "client_secret", "wrong")).await;
    // Its grant says for which server; what it did not say is on record all the same.
    let (_, refresh) = stage.tokens(NOTES).await;
    stage.token(&with(&stage.refreshing(&refresh), "resource", NOTES)).await;
    journal.flush().unwrap();
    let records = records(folder.path());
    let told: Vec<_> = records
        .iter()
        .filter(|record| record["event"] == "unbound")
        .map(|record| (record["endpoint"].as_str().unwrap(), record["client"].as_str().unwrap()))
        .collect();
    let editor = stage.editor.as_str();
    assert_eq!(told, [("authorize", editor), ("token", id), ("token", editor)]);
    assert_eq!((&records[0]["issuer"], &records[0]["from"]), (&ISSUER.into(), &"192.0.2.7".into()));
    let text = format!("{records:?}");
    assert!(!text.contains("made-up") && !text.contains(secret));
}
