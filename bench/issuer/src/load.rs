//! So many requests over so many connections that are kept, each after the answer to the one before.
//!
//! The job is one JSON document on standard input; the outcome one line of JSON.

use std::{
    collections::VecDeque,
    io::Read as _,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::{net::TcpStream, task::JoinSet};

/// What is sent, and what is kept of the answers.
#[derive(Debug, Deserialize)]
struct Job {
    port: u16,
    host: String,
    path: String,
    connections: usize,
    /// How many requests in all; with `items` and no `chain`, one for each.
    count: usize,
    #[serde(default)]
    cookie: String,
    /// A form, sent with POST; where there is none, it is a GET.
    form: Option<String>,
    /// What is presented: each is sent behind the form.
    items: Option<PathBuf>,
    /// The successor in the answer is what the connection presents next.
    #[serde(default)]
    chain: bool,
    /// What is kept of answers: `code`, of where they lead, or `refresh_token`.
    keep: Option<String>,
    /// Where what is kept goes, line by line.
    kept: Option<PathBuf>,
    /// The status of a good answer.
    status: u16,
}

/// What all connections share.
struct Work {
    job: Job,
    left: Mutex<(usize, VecDeque<String>)>,
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    micros: Vec<u64>,
    kept: Vec<String>,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let job: Job = serde_json::from_str(&text)?;
    let items = match &job.items {
        Some(path) => std::fs::read_to_string(path)?.lines().map(str::to_owned).collect(),
        None => VecDeque::new(),
    };
    let (connections, left) = (job.connections, Mutex::new((job.count, items)));
    let work = Arc::new(Work { job, left, done: Mutex::default() });
    let mut tasks = JoinSet::new();
    let begin = now();
    for _ in 0..connections {
        tasks.spawn(connection(Arc::clone(&work)));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let took = begin.elapsed();
    let mut done = std::mem::take(&mut *work.done.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(path) = &work.job.kept {
        std::fs::write(path, done.kept.join("\n") + "\n")?;
    }
    done.micros.sort_unstable();
    let at = |share: usize| done.micros.get(done.micros.len() * share / 100).copied();
    println!(
        "{}",
        json!({
            "requests": done.micros.len(), "took_s": took.as_secs_f64(), "p50_us": at(50), "p99_us": at(99),
            "max_us": done.micros.last(),
        })
    );
    Ok(())
}

async fn connection(work: Arc<Work>) -> anyhow::Result<()> {
    let mut sender = connect(work.job.port).await?;
    let (mut micros, mut kept, mut next) = (Vec::new(), Vec::new(), None);
    while let Some(item) = take(&work, &mut next) {
        if sender.is_closed() {
            sender = connect(work.job.port).await?;
        }
        sender.ready().await?;
        let request = request(&work.job, &item)?;
        let begin = now();
        let answer = sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        micros.push(u64::try_from(begin.elapsed().as_micros())?);
        if head.status != work.job.status {
            bail!("{}: {}", head.status, String::from_utf8_lossy(&body));
        }
        if let Some(name) = &work.job.keep {
            let found = found(name, head.status, &head.headers, &body)?;
            if work.job.chain {
                next = Some(found);
            } else {
                kept.push(found);
            }
        }
    }
    // Of a chain the last one is good.
    kept.extend(next);
    let mut done = work.done.lock().unwrap_or_else(PoisonError::into_inner);
    done.micros.extend(micros);
    done.kept.extend(kept);
    Ok(())
}

/// What the next request presents: an item, or nothing. None where all are on their way.
fn take(work: &Work, next: &mut Option<String>) -> Option<String> {
    let mut left = work.left.lock().unwrap_or_else(PoisonError::into_inner);
    left.0 = left.0.checked_sub(1)?;
    if work.job.items.is_none() {
        return Some(String::new());
    }
    next.take().or_else(|| left.1.pop_front())
}

async fn connect(port: u16) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

fn request(job: &Job, item: &str) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut request = Request::builder().uri(&job.path).header(header::HOST, &job.host);
    if !job.cookie.is_empty() {
        request = request.header(header::COOKIE, &job.cookie);
    }
    let Some(form) = &job.form else { return Ok(request.body(Full::default())?) };
    request = request.method(Method::POST).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    Ok(request.body(Full::new(format!("{form}{item}").into()))?)
}

fn found(name: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> anyhow::Result<String> {
    if status.is_redirection() {
        let location = headers.get(header::LOCATION).context("it leads nowhere")?.to_str()?;
        let query = location.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let value = pairs.find(|(held, _)| held == name).map(|(_, value)| value.into_owned());
        return value.with_context(|| format!("no {name} in {location}"));
    }
    let answer: serde_json::Value = serde_json::from_slice(body)?;
    let value = answer.get(name).and_then(serde_json::Value::as_str);
    value.map(str::to_owned).with_context(|| format!("no {name} in the answer"))
}

#[expect(clippy::disallowed_methods, reason = "this is what is measured")]
fn now() -> Instant {
    Instant::now()
}
