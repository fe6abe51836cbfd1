//! Two servers behind our own guard, attacked by our own probe: everything that can be asked is passed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

#[expect(dead_code, reason = "the tests of the probe itself need more of it")]
#[path = "../../warded-probe/tests/server/mod.rs"]
mod server;

use std::{convert::Infallible, num::NonZeroU32, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use server::{ISSUER, key, token};
use tokio::{net::TcpListener, task::JoinSet};
use tower::Layer as _;
use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, Reach as Outward},
    keys::Keys,
    tls,
};
use warded_core::{
    Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, ServerSpec,
    jose::{KeySet, SigningKey},
};
use warded_guard::{Body, Guard};
use warded_probe::{Credential, Outcome, Pace, Party, Probe, Reach, Tokens, Verdict};

/// A server that checks nothing: what stands before it must.
async fn careless(request: Request<Body>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let answer = |status: StatusCode| {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = status;
        Ok(answer)
    };
    match head.method {
        Method::GET => {
            let mut answer = answer(StatusCode::OK)?;
            answer.headers_mut().insert(header::CONTENT_TYPE, "text/event-stream".parse().unwrap());
            return Ok(answer);
        }
        Method::DELETE => return answer(StatusCode::NO_CONTENT),
        _ => {}
    }
    let message: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": { "name": "x", "version": "1" },
        }),
        "tools/list" => json!({ "tools": [] }),
        _ => return answer(StatusCode::ACCEPTED),
    };
    let body = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
    let mut answer = Response::new(Full::from(body.to_string()));
    answer.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    answer.headers_mut().insert("mcp-session-id", "one-for-all".parse().unwrap());
    Ok(answer)
}

fn serve(guard: &Guard, listener: TcpListener) -> JoinSet<()> {
    let service = guard.layer(tower::service_fn(careless));
    let mut accepting = JoinSet::new();
    accepting.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            connections.spawn(async move {
                http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
            });
        }
    });
    accepting
}

fn fleet(urls: [&str; 2]) -> Fleet {
    let server = |url: &str| ServerSpec {
        name: url.into(),
        resource: ResourceUri::parse(url).unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let issuer = IssuerSpec {
        url: Issuer::parse(ISSUER).unwrap(),
        rules: IssuerRules::default(),
        audiences: vec![],
        across_tiers: vec![],
    };
    Fleet::prove(urls.map(server).to_vec(), vec![issuer]).unwrap()
}

fn guard(fleet: &Fleet, url: &str, key: &SigningKey) -> Guard {
    let issuer = Issuer::parse(ISSUER).unwrap();
    let keys = Keys::new(Fetch::new(Outward::public()).unwrap(), Arc::new(SystemClock), []);
    let set = KeySet::parse(json!({ "keys": [key.public_jwk()] }).to_string().as_bytes()).unwrap();
    keys.hold(&issuer, set);
    Guard::at(fleet.server(url).unwrap(), keys).clock(Arc::new(SystemClock)).build()
}

fn party(key: &SigningKey, url: &str) -> Party {
    let credential = |text: String| Credential::parse(text).unwrap();
    let mut tokens = Tokens::access(credential(token(key, "at+jwt", &json!(url))));
    tokens.id = Some(credential(token(key, "JWT", &json!("agent"))));
    tokens.refresh = Some(credential("a-refresh-token-of-some-issuer".to_owned()));
    Party::new(ResourceUri::parse(url).unwrap(), tokens)
}

#[tokio::test]
async fn a_guard_passes_every_case() {
    let listeners =
        [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
    let urls = listeners.each_ref().map(|listener| format!("http://{}/mcp", listener.local_addr().unwrap()));
    let [a, b] = urls.each_ref().map(String::as_str);
    let (key, fleet) = (key(), fleet([a, b]));
    let [to_a, to_b] = listeners;
    let _running = [serve(&guard(&fleet, a, &key), to_a), serve(&guard(&fleet, b, &key), to_b)];

    let pace = Pace::per_second(NonZeroU32::new(100_000).unwrap());
    let tls = tls::client_config([]).unwrap();
    let probe = Probe::new(party(&key, a), party(&key, b), tls, Reach::Loopback, pace).unwrap();
    let report = probe.run(&mut |_| ()).await;
    let is_other = |outcome: &&Outcome| outcome.verdict != Verdict::Pass;
    let others: Vec<_> = report.outcomes.iter().filter(is_other).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!(report.servers.each_ref().map(|server| server.has_sessions), [true, true]);
}
