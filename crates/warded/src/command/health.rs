//! `warded health`: does the Warded of a configuration take requests? For whoever looks after containers.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use http::StatusCode;
use warded_client::fetch::{Fetch, Reach, Target};
use warded_core::UnixTime;

use crate::{
    cli::{Answer, Global},
    config::{self, fleet::assess},
    runtime,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Ask a running Warded on this machine whether it takes requests
///
/// Asks where the configuration says that it listens: at `operations`, or else at the first place of `listen` that speaks
/// plain HTTP. Exits with 0 where it is ready and with 1 where it is not, or where nobody answers.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded health
  warded health --config /etc/warded/warded.yaml
  warded health --at 127.0.0.1:9700")]
pub(crate) struct Health {
    /// Where to ask [default: the configuration's]
    #[arg(long, value_name = "ADDRESS:PORT")]
    at: Option<SocketAddr>,
}

impl Health {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let at = reached(match self.at {
            Some(at) => at,
            None => configured(global, now)?,
        });
        runtime::block_on(async move {
            let url = format!("http://{at}/readyz");
            let target = Target::configured(&url).with_context(|| {
                format!("{at} is not on this machine; nothing is asked in plain HTTP elsewhere")
            })?;
            let fetch = Fetch::new(Reach::public())?.with_time_limits(PATIENCE, PATIENCE);
            let answer = fetch.get(&target).await.with_context(|| format!("nobody answers at {at}"))?;
            let said = String::from_utf8_lossy(&answer.body);
            if answer.status != StatusCode::OK {
                bail!("{at} says: {}", crate::report::escaped(said.trim()));
            }
            Ok(Answer::of("ready\n"))
        })
    }
}

/// Where the configuration says that it can be asked.
fn configured(global: &Global, now: UnixTime) -> anyhow::Result<SocketAddr> {
    let unread = |finding: Box<crate::finding::Finding>| anyhow::anyhow!("{}", finding.message);
    let config = config::load(&config::read(global.config()).map_err(unread)?).map_err(unread)?;
    let serving = assess(&config, now).serving;
    let plain = || serving.listen.iter().find(|place| !place.is_secured).map(|place| place.address);
    let at = serving.watching.operations.or_else(plain);
    at.context("there is nowhere to ask in plain HTTP: add `operations: 127.0.0.1:9700` to the configuration")
}

/// Who listens at every address listens on this machine.
fn reached(at: SocketAddr) -> SocketAddr {
    let here = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(here, at.port())
}
