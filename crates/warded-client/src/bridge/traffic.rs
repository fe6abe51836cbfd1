//! What is under way, and what may overtake what? Requests go past each other; what the rest depends on holds it up.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    sync::{Semaphore, mpsc},
    task::{AbortHandle, JoinSet},
    time::timeout,
};

use super::{Bridge, lines::Line, message, message::Call};

/// Requests that are under way at once.
const IN_FLIGHT: usize = 256;
/// How long a notification holds up what comes after it. What follows `notifications/initialized` must not overtake it.
const NOTIFICATION: Duration = Duration::from_secs(10);

/// What is under way.
#[derive(Default)]
pub(super) struct Traffic {
    tasks: JoinSet<()>,
    own_accord: Option<AbortHandle>,
    requests: Vec<(Value, AbortHandle)>,
}

impl Traffic {
    /// Carries each message, in the order in which they came as far as it matters, until every request has been answered
    /// and no more come.
    pub(super) async fn carry(&mut self, bridge: &Arc<Bridge>, mut lines: mpsc::Receiver<Line>) {
        let room = Arc::new(Semaphore::new(IN_FLIGHT));
        while let Some(line) = lines.recv().await {
            let text = match line {
                Line::TooLong => {
                    bridge.complain(&Value::Null, "the message is too large").await;
                    continue;
                }
                Line::Text(text) => text,
            };
            let call = match Call::parse(text) {
                Ok(call) => Arc::new(call),
                Err(reason) => {
                    bridge.say(message::parse_error(reason)).await;
                    continue;
                }
            };
            while self.tasks.try_join_next().is_some() {}
            self.requests.retain(|(_, task)| !task.is_finished());
            if let Some(id) = call.cancels() {
                self.cancel(bridge, id);
            }
            // Whoever waited here could not read what calls a request off. Notifications take no room.
            let permit = if call.ids().is_empty() {
                Ok(None)
            } else {
                Arc::clone(&room).try_acquire_owned().map(Some)
            };
            let Ok(permit) = permit else {
                for id in call.ids() {
                    bridge.complain(id, "too many requests are under way").await;
                }
                continue;
            };
            let (pipe, carried) = (Arc::clone(bridge), Arc::clone(&call));
            let (done, mut finished) = mpsc::channel::<()>(1);
            let task = self.tasks.spawn(async move {
                pipe.exchange(&carried).await;
                drop((permit, done));
            });
            self.requests.extend(call.ids().iter().map(|id| (id.clone(), task.clone())));
            // Everything else depends on what the handshake settles. A notification is answered at once, and what
            // comes after it may depend on it; a request takes as long as it takes, and others go past it.
            if call.is_handshake() {
                finished.recv().await;
            } else if call.ids().is_empty() {
                timeout(NOTIFICATION, finished.recv()).await.ok();
            }
            if call.is_initialized() && self.own_accord.is_none() && bridge.wire.has_revision() {
                self.own_accord = Some(self.tasks.spawn(Arc::clone(bridge).hear_own_accord()));
            }
        }
        self.settle().await;
    }

    /// From 2026-07-28 on a request is cancelled by hanging up; the notification alone would leave the stream open.
    fn cancel(&self, bridge: &Bridge, id: &Value) {
        if !bridge.wire.has_revision() {
            for (_, task) in self.requests.iter().filter(|(open, _)| open == id) {
                task.abort();
            }
        }
    }

    /// Waits until every request has been answered. The stream of the server's own accord never ends by itself.
    async fn settle(&mut self) {
        if let Some(task) = self.own_accord.take() {
            task.abort();
        }
        while self.tasks.join_next().await.is_some() {}
    }

    pub(super) async fn end(&mut self) {
        self.tasks.shutdown().await;
    }
}
