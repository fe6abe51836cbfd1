//! One process, as those who use it see it: they say something, and hear what is said to them.

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep},
};
use warded_core::Fault;
use warded_guard::Stop;

use super::{
    desk::{Desk, Event, Mode, Terms},
    held::Held,
    inbox::{Inbox, Outbox, boxes},
    own_accord::Next,
    quota::Quota,
    repeated::Argument,
    unread::Unread,
};
use crate::{egress::Sayable, shutdown::GRACE};

/// What one exchange holds before the process has to wait for its client.
const UNHEARD: usize = 2;

/// An owner, or a person, in few bytes.
pub(super) type OwnerDigest = [u8; 32];

/// Whose process it is.
#[derive(Clone, Copy)]
pub(super) struct Whose {
    /// Whoever it answers to.
    pub(super) owner: OwnerDigest,
    /// Among whose processes it counts.
    pub(super) person: OwnerDigest,
}

/// One process.
pub(super) struct Child {
    pub(super) server: String,
    pub(super) whose: Whose,
    /// The session that it is for; none where it is for all requests of its owner.
    pub(super) session: Option<Box<str>>,
    state: Mutex<State>,
    input: Outbox,
    unread: Unread,
    ending: watch::Sender<bool>,
    hung_up: Notify,
    begun: Instant,
}

struct State {
    desk: Desk,
    quota: Quota,
    /// Exchanges and streams that are open.
    live: usize,
    last_used: Instant,
    is_closed: bool,
    /// Whether it ends with the last of its exchanges.
    is_retired: bool,
}

impl Child {
    /// A process that is about to begin, and what it will be told.
    pub(super) fn new(server: &str, whose: Whose, session: Option<Box<str>>) -> (Arc<Self>, Inbox) {
        let (input, lines) = boxes();
        let mode = if session.is_some() { Mode::Session } else { Mode::Shared };
        let state = State {
            desk: Desk::new(mode),
            quota: Quota::new(),
            live: 0,
            last_used: Instant::now(),
            is_closed: false,
            is_retired: false,
        };
        let child = Self {
            server: server.to_owned(),
            whose,
            session,
            state: Mutex::new(state),
            input,
            unread: Unread::new(),
            ending: watch::Sender::new(false),
            hung_up: Notify::new(),
            begun: Instant::now(),
        };
        (Arc::new(child), lines)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to use it; none where it has gone.
    pub(super) fn hold(self: &Arc<Self>) -> Option<Held> {
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        state.live += 1;
        Some(Held::counted(Arc::clone(self)))
    }

    /// Says a message; none where the process has gone before it took it.
    pub(super) async fn say(
        self: &Arc<Self>,
        message: &Sayable,
        terms: Terms,
        hangs_up: bool,
    ) -> Result<Option<Exchange>, Stop> {
        let (to, events) = mpsc::channel(UNHEARD);
        let Some(child) = self.hold() else { return Ok(None) };
        // From here on it is undone where the caller goes away.
        let mut exchange = Exchange { child, open: Vec::new(), events, hangs_up, opens_session: false };
        // Nothing is taken before there is room for it: who hangs up while it waits has asked nothing.
        let Some(room) = self.input.room(message.bytes().len()).await else {
            return Ok(None);
        };
        let mut state = self.state();
        if state.is_closed {
            return Ok(None);
        }
        let taken = state.desk.take(message, terms, &to)?;
        // Whole or not at all: half a line would be the beginning of the next one.
        let is_said = self.input.put(taken.line, room);
        drop(state);
        exchange.open = taken.open;
        Ok(is_said.then_some(exchange))
    }

    /// What is repeated in headers of the arguments of a tool.
    pub(super) fn repeats(&self, tool: &str) -> Option<Arc<[Argument]>> {
        self.state().desk.repeated.of(tool)
    }

    /// Hears a line, and takes it where it belongs. Where a client is slow, the process waits.
    pub(super) async fn hear(&self, line: &[u8]) {
        let heard = {
            let mut state = self.state();
            let mut heard = state.desk.hear(line);
            if heard.complaint.is_some() && state.quota.one_more().is_none() {
                heard.complaint = None;
            }
            heard
        };
        if let Some(complaint) = heard.complaint {
            tracing::warn!(server = self.server, "the process behind is wrong: {complaint}");
        }
        for (to, event) in heard.deliveries {
            // A client that has gone hears nothing, and is not waited for.
            let event = tokio::select! {
                event = self.unread.keep(event) => event,
                () = to.closed() => continue,
            };
            let _gone = to.send(event).await.is_err();
        }
        for reply in heard.replies {
            self.input.offer(reply);
        }
    }

    /// Begins to hear what is said of its own accord; none where the process has gone.
    pub(super) fn listen(self: &Arc<Self>) -> Option<Listener> {
        let child = self.hold()?;
        let (number, news) = self.state().desk.own_accord.listen();
        Some(Listener { child, number, news })
    }

    /// Asks for its end: nothing new is begun.
    pub(super) fn end(&self) {
        self.state().is_closed = true;
        self.ending.send_replace(true);
    }

    /// Asks for its end once what is under way has ended, and not much later.
    pub(super) fn retire(self: &Arc<Self>) {
        let mut state = self.state();
        (state.is_closed, state.is_retired) = (true, true);
        if state.live == 0 {
            self.ending.send_replace(true);
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let child = Arc::downgrade(self);
            runtime.spawn(async move {
                sleep(GRACE).await;
                if let Some(child) = child.upgrade() {
                    child.end();
                }
            });
        }
    }

    /// Asks for its end if nobody uses it, and nobody did for so long.
    pub(super) fn end_if_idle(&self, idle: Duration) -> bool {
        let mut state = self.state();
        let is_idle = state.live == 0 && state.last_used.elapsed() >= idle;
        if is_idle {
            state.is_closed = true;
            self.ending.send_replace(true);
        }
        is_idle
    }

    /// Since when nobody uses it; none while somebody does.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.live == 0).then_some(state.last_used)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// How long it has been there.
    pub(super) fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn has_spoken(&self) -> bool {
        self.state().desk.has_spoken
    }

    /// Waits until its end is asked for.
    pub(super) async fn ending(&self) {
        // The sender lives as long as we do.
        let _ended = self.ending.subscribe().wait_for(|ending| *ending).await.is_ok();
    }

    /// It has closed a pipe at its end: nobody is led to it any more, whether it ends now or lives on.
    pub(super) fn hangs_up(&self) {
        self.state().is_closed = true;
        self.hung_up.notify_one();
    }

    /// Waits until it has hung up.
    pub(super) async fn hung_up(&self) {
        self.hung_up.notified().await;
    }

    /// It is gone: whoever still waits learns it.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.desk.close();
        drop(state);
        self.ending.send_replace(true);
    }

    /// Somebody else uses it, whatever becomes of it.
    pub(super) fn enter(&self) {
        self.state().live += 1;
    }

    /// Somebody uses it no more.
    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.live = state.live.saturating_sub(1);
        state.last_used = Instant::now();
        if state.is_retired && state.live == 0 {
            self.ending.send_replace(true);
        }
    }
}

/// Requests that wait for their answers. Where it is dropped before, nobody waits any more.
pub(super) struct Exchange {
    child: Held,
    open: Vec<(u64, Box<str>)>,
    events: mpsc::Receiver<Event>,
    /// Whether going away calls the requests off (2026-07-28, Cancellation).
    hangs_up: bool,
    /// Whether a session begins with it, and ends with it where it comes to nothing.
    opens_session: bool,
}

impl Exchange {
    /// A session begins with it.
    pub(super) fn opens_session(&mut self) {
        self.opens_session = true;
    }

    /// The requests that have no answer yet, as their client calls them.
    pub(super) fn open(&self) -> impl ExactSizeIterator<Item = &str> {
        self.open.iter().map(|(_, written)| &**written)
    }

    /// What comes next; none where nothing can come any more.
    pub(super) async fn next(&mut self) -> Option<Event> {
        let event = self.events.recv().await?;
        if self.opens_session && matches!(event, Event::Answered { error: Some(_), .. }) {
            self.child.end();
        }
        if let Event::Answered { number, .. } | Event::Ended { number } = &event {
            self.open.retain(|(open, _)| open != number);
        }
        Some(event)
    }

    /// Gives up: also before 2026-07-28 a request that is waited for no longer is called off (2025-11-25, Timeouts).
    pub(super) fn give_up(mut self) {
        self.hangs_up = true;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        for (number, _) in &self.open {
            let line = self.child.state().desk.abandon(*number);
            if let Some(line) = line.filter(|_| self.hangs_up) {
                self.child.input.call_off(line);
            }
        }
    }
}

/// Somebody who hears what a process says of its own accord.
pub(super) struct Listener {
    child: Held,
    number: u64,
    news: Arc<Notify>,
}

impl Listener {
    /// What comes next; none where nothing can come any more.
    pub(super) async fn next(&mut self) -> Option<bytes::Bytes> {
        loop {
            let mut news = std::pin::pin!(self.news.notified());
            // What is said between the look and the wait is news, too.
            news.as_mut().enable();
            let next = self.child.state().desk.own_accord.next(self.number);
            match next {
                // It stays where it is until there is room for it: whoever waits here may give up, and ask again.
                Next::Message(message) => {
                    let room = tokio::select! {
                        room = self.child.unread.room(&message) => room,
                        () = self.replaced() => return None,
                    };
                    if self.child.state().desk.own_accord.take(self.number, &message) {
                        return Some(room.hold(message));
                    }
                    continue;
                }
                Next::Over => return None,
                Next::Nothing => {}
            }
            news.await;
        }
    }

    /// Waits until somebody else listens.
    async fn replaced(&self) {
        loop {
            let mut news = std::pin::pin!(self.news.notified());
            news.as_mut().enable();
            if !self.child.state().desk.own_accord.is_last(self.number) {
                return;
            }
            news.await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.child.state().desk.own_accord.leave(self.number);
    }
}

/// What is said where a process is gone.
pub(super) fn gone() -> Stop {
    Fault::UpstreamUnreachable.into()
}

impl std::fmt::Debug for Child {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Child({})", self.server)
    }
}
