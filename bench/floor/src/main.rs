//! What is the least that it can cost? Proxies of hyper on one thread, for the bench: one that looks at nothing, and one
//! that does as little as a gate can do. They are measured, and never used.
//!
//! `warded-floor LISTEN UPSTREAM plain`, `warded-floor LISTEN UPSTREAM remember|verify KEYS`,
//! `warded-floor events source|read ...`; addresses are ports of this machine.

mod events;
mod gate;

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header, uri::Authority};
use http_body_util::{BodyExt, Either, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::net::TcpListener;

use gate::{Gate, Memory};

/// Longest message that the gate reads, in bytes.
const MAX_MESSAGE: usize = 64 * 1024;

type Sent = Either<Incoming, Full<Bytes>>;
type Answer = Response<UnsyncBoxBody<Bytes, hyper::Error>>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match *words {
        ["events", ref rest @ ..] => runtime.block_on(events::run(rest)),
        [listen, upstream, "plain"] => runtime.block_on(serve(listen.parse()?, upstream.parse()?, None)),
        [listen, upstream, way @ ("remember" | "verify"), keys] => {
            let memory = (way == "remember").then(Memory::default);
            let gate = Gate::read(&std::fs::read(keys)?, memory)?;
            runtime.block_on(serve(listen.parse()?, upstream.parse()?, Some(gate)))
        }
        _ => bail!("write: LISTEN UPSTREAM plain|remember|verify [KEYS], or: events source|read ..."),
    }
}

/// Passes requests on, for ever.
async fn serve(listen: u16, upstream: u16, gate: Option<Gate>) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, listen)).await?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    #[expect(clippy::disallowed_methods, reason = "what is measured is the bare client")]
    let mut builder = Client::builder(TokioExecutor::new());
    let client: Client<_, Sent> = builder.pool_max_idle_per_host(256).set_host(false).build(connector);
    let authority: Authority = format!("127.0.0.1:{upstream}").parse()?;
    let way = Arc::new(Way { client, authority, gate });
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let way = Arc::clone(&way);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let way = Arc::clone(&way);
                async move { way.pass(request).await }
            });
            // How a connection ends is the caller's business.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

struct Way {
    client: Client<HttpConnector, Sent>,
    authority: Authority,
    gate: Option<Gate>,
}

impl Way {
    async fn pass(&self, request: Request<Incoming>) -> anyhow::Result<Answer> {
        let (mut parts, body) = request.into_parts();
        let body = match &self.gate {
            None => Either::Left(body),
            Some(gate) => {
                let Some(server) = gate::server(parts.uri.path()) else {
                    return Ok(refused(StatusCode::NOT_FOUND));
                };
                if !gate.admits(&parts.headers, server) {
                    return Ok(refused(StatusCode::UNAUTHORIZED));
                }
                let Ok(message) = Limited::new(body, MAX_MESSAGE).collect().await else {
                    return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE));
                };
                let message = message.to_bytes();
                if !gate::may_call(&message) {
                    return Ok(refused(StatusCode::FORBIDDEN));
                }
                parts.headers.remove(header::TRANSFER_ENCODING);
                Either::Right(Full::new(message))
            }
        };
        parts.headers.remove(header::AUTHORIZATION);
        let target = parts.uri.path_and_query().cloned().context("a request without a target")?;
        let uri = Uri::builder().scheme("http").authority(self.authority.clone()).path_and_query(target);
        parts.uri = uri.build()?;
        let answer = self.client.request(Request::from_parts(parts, body)).await?;
        Ok(answer.map(BodyExt::boxed_unsync))
    }
}

fn refused(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default().map_err(|never| match never {}).boxed_unsync());
    *answer.status_mut() = status;
    answer
}
