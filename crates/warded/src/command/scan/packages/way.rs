//! How is a registry asked? By the bounded way out that everything takes; where it leads on, every step is looked at anew, and
//! what a registry is shown goes to that registry alone.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, bail};
use fluent_uri::{Uri, UriRef};
use http::{HeaderValue, Method, StatusCode, header};
use tokio::time::{Instant, timeout, timeout_at};
use warded_client::fetch::{Fetch, HostPattern, Network, Outgoing, Proxies, Reach, Streamed, Target};

use super::index::Index;
use crate::{environment, report::escaped};

/// Where PyPI and npm keep the archives that their indexes name, so that a proxy is asked for them, too.
const ARCHIVES: [&str; 2] = ["files.pythonhosted.org", "registry.npmjs.org"];
/// How often a registry may lead on.
const MOST_STEPS: usize = 5;
const MIB: usize = 1 << 20;
/// The largest list of versions; there are packages with tens of thousands of files.
const LARGEST_LIST: usize = 64 * MIB;
/// The largest archive.
const LARGEST_ARCHIVE: usize = 256 * MIB;

/// How long one waits.
#[derive(Clone, Copy, Debug)]
struct Patience {
    connection: Duration,
    /// For a list, or the beginning of an archive.
    answer: Duration,
    /// For all of an archive.
    whole: Duration,
    /// For any more of it.
    silence: Duration,
}

const PATIENCE: Patience = Patience {
    connection: Duration::from_secs(10),
    answer: Duration::from_mins(1),
    whole: Duration::from_mins(5),
    silence: Duration::from_secs(30),
};

/// How far it is, for whoever waits.
#[derive(Debug, Default)]
pub(super) struct Fetching {
    name: Mutex<String>,
    bytes: AtomicU64,
}

impl Fetching {
    pub(super) fn said(&self) -> String {
        let name = self.name.lock().unwrap_or_else(PoisonError::into_inner);
        match self.bytes.load(Ordering::Relaxed) {
            0 => format!("asking for {name}"),
            bytes => format!("fetching {name}, {} KiB", bytes / 1024),
        }
    }
}

/// The way to registries.
pub(super) struct Way<'f> {
    fetch: Fetch,
    patience: Patience,
    fetching: &'f Fetching,
}

/// A list of what a registry has.
pub(super) struct List {
    pub(super) body: Vec<u8>,
    pub(super) is_json: bool,
    /// Where it came from at last: links in it begin there.
    pub(super) url: String,
}

impl<'f> Way<'f> {
    pub(super) fn new(hosts: &[HostPattern], fetching: &'f Fetching) -> anyhow::Result<Self> {
        let listed =
            ARCHIVES.iter().filter_map(|host| HostPattern::parse(host).ok()).chain(hosts.iter().cloned());
        let proxies = Proxies::of_environment(environment::secret)?.listing(listed);
        Self::over(&Network::default().through(proxies), PATIENCE, fetching)
    }

    fn over(network: &Network, patience: Patience, fetching: &'f Fetching) -> anyhow::Result<Self> {
        let fetch =
            Fetch::on(network, Reach::public())?.with_time_limits(patience.connection, patience.answer);
        Ok(Self { fetch, patience, fetching })
    }

    /// Says what is asked for now.
    pub(super) fn tell(&self, name: &str) {
        name.clone_into(&mut self.fetching.name.lock().unwrap_or_else(PoisonError::into_inner));
        self.fetching.bytes.store(0, Ordering::Relaxed);
    }

    /// What a registry has of a package; nothing where it knows none of that name.
    pub(super) async fn list(
        &self,
        index: &Index,
        url: String,
        accept: &'static str,
    ) -> anyhow::Result<Option<List>> {
        let until = Instant::now() + self.patience.answer;
        let (url, answer) =
            timeout_at(until, self.follow(index, url, accept)).await.map_err(|_| slow(index))??;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
            status => return Err(refused(index, status)),
        }
        let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_json = kind.is_some_and(|kind| kind.contains("json"));
        let body = timeout_at(until, answer.body.collect(LARGEST_LIST)).await;
        let body = body.map_err(|_| slow(index))??.to_vec();
        Ok(Some(List { body, is_json, url }))
    }

    pub(super) async fn archive(&self, index: &Index, url: &str) -> anyhow::Result<Vec<u8>> {
        let until = Instant::now() + self.patience.whole;
        let followed = timeout_at(until, self.follow(index, url.to_owned(), "*/*")).await;
        let (_, mut answer) = followed.map_err(|_| slow(index))??;
        if answer.status != StatusCode::OK {
            return Err(refused(index, answer.status)).context("its archive");
        }
        let mut archive = Vec::new();
        loop {
            let until = until.min(Instant::now() + self.patience.silence);
            let Some(piece) = timeout_at(until, answer.body.next()).await.map_err(|_| slow(index))? else {
                break;
            };
            let piece = piece?;
            if piece.len() > LARGEST_ARCHIVE - archive.len() {
                bail!("its archive is larger than {} MiB, which is more than is read", LARGEST_ARCHIVE / MIB);
            }
            archive.extend_from_slice(&piece);
            self.fetching.bytes.store(archive.len() as u64, Ordering::Relaxed);
        }
        Ok(archive)
    }

    /// Asks, and goes where the answer leads.
    async fn follow(
        &self,
        index: &Index,
        url: String,
        accept: &'static str,
    ) -> anyhow::Result<(String, Streamed)> {
        let mut url = url;
        for _ in 0..=MOST_STEPS {
            // What a registry names is a stranger's word, unless it is the registry itself.
            let target = Target::beside(&url, index.root()).map_err(|error| {
                anyhow::anyhow!(
                    "{} names a place that nobody is asked at: {}",
                    index.host(),
                    error.flaw().why()
                )
            })?;
            let mut outgoing = Outgoing::nothing().header(header::ACCEPT, HeaderValue::from_static(accept));
            if let Some(secret) =
                index.authorization().filter(|_| target.url().origin() == index.root().origin())
            {
                outgoing = outgoing.header(header::AUTHORIZATION, secret.clone());
            }
            let answer =
                timeout(self.patience.answer, self.fetch.stream(Method::GET, &target, outgoing)).await;
            let answer = answer.map_err(|_| slow(index))??;
            let leads_on = matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308);
            let place = answer.headers.get(header::LOCATION).filter(|_| leads_on);
            let Some(place) = place else { return Ok((url, answer)) };
            let place = place.to_str().ok().and_then(|place| joined(&url, place));
            url = place.with_context(|| format!("{} leads on to no URL", escaped(target.host())))?;
        }
        bail!("{} leads on and on: more than {MOST_STEPS} times", index.host())
    }
}

/// What a link means in a page at this URL. Its fragment is for whoever reads it.
pub(super) fn joined(base: &str, link: &str) -> Option<String> {
    let base = Uri::parse(base).ok()?;
    let link = link.split('#').next().unwrap_or_default();
    let link = UriRef::parse(link).ok()?;
    Some(link.resolve_against(&base).ok()?.as_str().to_owned())
}

fn slow(index: &Index) -> anyhow::Error {
    anyhow::anyhow!("{} does not send it in time; check whether it is overloaded", index.host())
}

fn refused(index: &Index, status: StatusCode) -> anyhow::Error {
    let host = index.host();
    let shown = if index.authorization().is_some() {
        "what it was shown"
    } else {
        "asking without a password or token"
    };
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            anyhow::anyhow!("{host} does not give it for {shown} (status {})", status.as_u16())
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => anyhow::anyhow!("{host} names it and does not have it"),
        status => anyhow::anyhow!("{host} answered with status {}", status.as_u16()),
    }
}

#[cfg(test)]
mod tests;
