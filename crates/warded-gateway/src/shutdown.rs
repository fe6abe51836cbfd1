//! When does it end? First nothing new is begun, then what runs has its time, then it is over.

use std::time::Duration;

use tokio::sync::watch;

/// How long requests may go on after the gateway was told to stop, unless somebody says otherwise.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    Announced,
    Draining,
    Over,
}

/// Stops a gateway.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Stage>);

/// Knows when a gateway is to stop.
#[derive(Clone, Debug)]
pub struct Stopping {
    process: watch::Receiver<Stage>,
    grace: Duration,
    /// What else ends streams that have no end of their own.
    term: Option<watch::Receiver<Stage>>,
}

/// A gateway's end, from both sides. A [`Stopper`] that is dropped stops it, too.
pub fn stop() -> (Stopper, Stopping) {
    stop_within(GRACE)
}

/// The same; requests that run then have so much time.
pub fn stop_within(grace: Duration) -> (Stopper, Stopping) {
    let (sender, receiver) = watch::channel(Stage::Running);
    (Stopper(sender), Stopping { process: receiver, grace, term: None })
}

impl Stopper {
    /// Says to whoever balances load that requests should go elsewhere, and takes them all the same.
    pub fn announce(&self) {
        self.reach(Stage::Announced);
    }

    /// Takes no new requests and lets those that run end.
    pub fn begin(&self) {
        self.reach(Stage::Draining);
    }

    /// Ends at once.
    pub fn at_once(&self) {
        self.reach(Stage::Over);
    }

    fn reach(&self, stage: Stage) {
        self.0.send_if_modified(|now| {
            let is_later = stage > *now;
            *now = stage.max(*now);
            is_later
        });
    }
}

impl Stopping {
    /// Streams end also with the other.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self { term: Some(other.process.clone()), ..self }
    }

    /// How long requests may go on from then on.
    pub(crate) const fn grace(&self) -> Duration {
        self.grace
    }

    /// Whether new requests should go elsewhere.
    pub(crate) fn is_announced(&self) -> bool {
        has_reached(&self.process, Stage::Announced)
    }

    /// Whether nothing new is to be begun.
    pub(crate) fn has_begun(&self) -> bool {
        has_reached(&self.process, Stage::Draining)
    }

    /// Waits until nothing new is to be begun, and what has no end of its own is to end.
    pub(crate) async fn begun(&mut self) {
        match &mut self.term {
            None => reached(&mut self.process, Stage::Draining).await,
            Some(term) => tokio::select! {
                () = reached(&mut self.process, Stage::Draining) => {}
                () = reached(term, Stage::Draining) => {}
            },
        }
    }

    /// Waits until all is to be over.
    pub(crate) async fn over(&mut self) {
        reached(&mut self.process, Stage::Over).await;
    }

    #[cfg(test)]
    pub(crate) fn is_over_now(&self) -> bool {
        self.has_begun() || self.term.as_ref().is_some_and(|term| has_reached(term, Stage::Draining))
    }
}

fn has_reached(receiver: &watch::Receiver<Stage>, stage: Stage) -> bool {
    *receiver.borrow() >= stage || receiver.has_changed().is_err()
}

async fn reached(receiver: &mut watch::Receiver<Stage>, stage: Stage) {
    // Nobody is left who could stop us: that is a stop.
    let _gone = receiver.wait_for(|now| *now >= stage).await.is_err();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_never_goes_back() {
        let (stopper, mut stopping) = stop();
        assert!(!stopping.has_begun());
        stopper.at_once();
        stopper.begin();
        stopping.begun().await;
        stopping.over().await;
        assert!(stopping.has_begun());
    }

    #[tokio::test]
    async fn who_leaves_stops_it() {
        let (stopper, mut stopping) = stop();
        drop(stopper);
        stopping.over().await;
        assert!(stopping.has_begun());
    }
}
