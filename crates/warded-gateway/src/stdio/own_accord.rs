//! What does a process say that answers nobody? It waits until the session's stream is open, and no longer than there
//! is room: a process that talks to itself must not fill the memory.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use tokio::sync::Notify;

/// Most messages that wait.
const MAX_MESSAGES: usize = 256;
/// Most bytes that wait, unless one message has more.
const MAX_BYTES: usize = 1024 * 1024;

/// Messages that wait for somebody to listen.
#[derive(Debug, Default)]
pub(super) struct OwnAccord {
    queue: VecDeque<Bytes>,
    bytes: usize,
    /// Which listener is the last one; earlier ones hear nothing any more.
    listener: u64,
    is_heard: bool,
    is_over: bool,
    news: Arc<Notify>,
}

/// What a listener finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Message(Bytes),
    Nothing,
    Over,
}

impl OwnAccord {
    /// Whether somebody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.is_heard
    }

    /// Keeps a message; gives the older ones that were forgotten for it.
    pub(super) fn push(&mut self, message: Bytes) -> Vec<Bytes> {
        let mut forgotten = Vec::new();
        self.bytes += message.len();
        self.queue.push_back(message);
        while self.queue.len() > MAX_MESSAGES || (self.bytes > MAX_BYTES && self.queue.len() > 1) {
            let Some(oldest) = self.queue.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.len());
            forgotten.push(oldest);
        }
        self.news.notify_waiters();
        forgotten
    }

    /// Somebody listens now. A client that comes back need not wait until its lost connection is noticed: whoever
    /// listened before hears the end.
    pub(super) fn listen(&mut self) -> (u64, Arc<Notify>) {
        self.listener += 1;
        self.is_heard = true;
        self.news.notify_waiters();
        (self.listener, Arc::clone(&self.news))
    }

    /// Whether nobody has begun to listen after that one.
    pub(super) fn is_last(&self, listener: u64) -> bool {
        listener == self.listener
    }

    /// The next message for that listener. It stays here until it is taken.
    pub(super) fn next(&self, listener: u64) -> Next {
        if listener != self.listener {
            return Next::Over;
        }
        match self.queue.front() {
            Some(message) => Next::Message(message.clone()),
            None if self.is_over => Next::Over,
            None => Next::Nothing,
        }
    }

    /// Takes the next message for that listener; false where it is another one by now, or another's.
    pub(super) fn take(&mut self, listener: u64, next: &Bytes) -> bool {
        let is_same = |first: &mut Bytes| (first.as_ptr(), first.len()) == (next.as_ptr(), next.len());
        let taken = if listener == self.listener { self.queue.pop_front_if(is_same) } else { None };
        self.bytes = self.bytes.saturating_sub(taken.as_ref().map_or(0, Bytes::len));
        taken.is_some()
    }

    /// That listener has gone.
    pub(super) fn leave(&mut self, listener: u64) {
        if listener == self.listener {
            self.is_heard = false;
        }
    }

    /// There is nothing more to come.
    pub(super) fn end(&mut self) {
        self.is_over = true;
        self.news.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(said: &mut OwnAccord, listener: u64) -> Next {
        let next = said.next(listener);
        if let Next::Message(message) = &next {
            assert!(said.take(listener, message));
        }
        next
    }

    #[test]
    fn what_is_said_before_anybody_listens_is_heard_in_order() {
        let mut said = OwnAccord::default();
        said.push("1".into());
        said.push("2".into());
        let (me, _) = said.listen();
        assert_eq!(taken(&mut said, me), Next::Message("1".into()));
        assert_eq!(taken(&mut said, me), Next::Message("2".into()));
        assert_eq!(taken(&mut said, me), Next::Nothing);
        said.end();
        assert_eq!(taken(&mut said, me), Next::Over);
    }

    #[test]
    fn the_last_listener_hears() {
        let mut said = OwnAccord::default();
        let (first, _) = said.listen();
        let (second, _) = said.listen();
        said.push("1".into());
        assert_eq!(said.next(first), Next::Over);
        said.leave(first);
        assert!(said.is_heard());
        assert!(!said.take(first, &"1".into()), "it is not for the first");
        assert_eq!(taken(&mut said, second), Next::Message("1".into()));
        said.leave(second);
        assert!(!said.is_heard());
    }

    #[test]
    fn what_nobody_hears_takes_bounded_memory() {
        let mut said = OwnAccord::default();
        let forgotten: usize = (0..10_000).map(|_| said.push("x".into()).len()).sum();
        assert_eq!((said.queue.len(), forgotten), (MAX_MESSAGES, 10_000 - MAX_MESSAGES));
        said.push(vec![b'x'; MAX_BYTES + 1].into());
        assert_eq!(said.queue.len(), 1, "one message of any length is kept");
        said.push("y".into());
        assert_eq!((said.queue.len(), said.bytes), (1, 1));
        let (me, _) = said.listen();
        let Next::Message(next) = said.next(me) else { panic!("a message") };
        said.push(vec![b'x'; MAX_BYTES + 1].into());
        assert!(!said.take(me, &next), "it was forgotten meanwhile");
        assert_eq!(said.bytes, MAX_BYTES + 1);
    }
}
