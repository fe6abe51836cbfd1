//! How does it run, and how does it end? First it says that it ends, then it takes nothing new, then what runs has its
//! time, then it is over; a second signal leaves out what is left.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use futures_util::{Stream, StreamExt as _};
use tokio::{task::JoinHandle, time::sleep};
use warded_gateway::Stopper;
use warded_store::Uncertain;

use super::{certificates::Held, made::ServedAt, notify, reload::Reloading, watching::Watching};
use crate::finding::Finding;

/// A gateway that runs.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it serves.
    pub(crate) served: Vec<ServedAt>,
    /// The calls of which nobody knows whether they were made, told once.
    pub(super) uncertain: Vec<Uncertain>,
    pub(super) watched: Watching,
    /// How long requests are taken after it is said that they should go elsewhere.
    pub(super) drain: Duration,
    pub(super) stopper: Stopper,
    pub(super) task: JoinHandle<()>,
    pub(super) reloading: Reloading,
    pub(super) _certificates: Option<Held>,
}

impl Running {
    /// What is doubtful in policies.
    pub(super) fn doubts(&self) -> &[Finding] {
        self.reloading.made.policies.doubts()
    }

    /// Where operators look.
    pub(crate) fn operations(&self) -> Option<SocketAddr> {
        self.watched.operations()
    }

    /// Runs until there is a signal, then lets requests end; a second signal ends them at once. Until then every hang-up,
    /// and every change of a file, has the configuration read again.
    pub(crate) async fn until(
        self,
        signals: impl Stream<Item = ()>,
        hangups: impl Stream<Item = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let Self { watched, drain, stopper, mut task, reloading, _certificates, .. } = self;
        let ground = Arc::clone(&reloading.ground);
        let following = reloading.follow(hangups);
        let mut signals = std::pin::pin!(signals);
        notify::say("READY=1");
        tokio::select! {
            _signal = signals.next() => tracing::info!("stopping; a second signal ends it at once"),
            ended = &mut task => {
                ended.context("the gateway ended by itself")?;
            }
        }
        notify::say("STOPPING=1");
        watched.stops(&ground.health);
        stopper.announce();
        let mut is_patient = within(sleep(drain), &mut signals).await;
        drop(following);
        if is_patient {
            stopper.begin();
        } else {
            stopper.at_once();
        }
        if !task.is_finished() && !within(&mut task, &mut signals).await {
            is_patient = false;
            stopper.at_once();
            let _ended = task.await;
        }
        if is_patient {
            // What we do not wait for is killed when we are gone.
            let _ended = within(ground.processes.end(), &mut signals).await;
        }
        Ok(())
    }
}

/// Waits for something, unless there is a signal; says whether it came.
async fn within(wanted: impl Future, signals: &mut (impl Stream<Item = ()> + Unpin)) -> bool {
    tokio::select! {
        biased;
        _came = wanted => true,
        Some(()) = signals.next() => false,
    }
}
