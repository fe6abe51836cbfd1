//! How much waits to be written to a process? A process that reads nothing must not fill the memory with what it was
//! told.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::line::Line;

/// The room for what waits: so many small lines, or 4 MiB, or one line of any length.
const PLACES: u32 = 64;
const PLACE: usize = 64 * 1024;
/// What calls requests off has room of its own, so that it never waits: these lines are small.
const CALLED_OFF: usize = 256;

/// Where lines are put for a process.
pub(super) struct Outbox {
    lines: mpsc::UnboundedSender<Waiting>,
    room: Arc<Semaphore>,
    called_off: Arc<Semaphore>,
}

/// Where they are taken out. When it is dropped, nobody waits for room any more.
pub(super) struct Inbox {
    lines: mpsc::UnboundedReceiver<Waiting>,
    room: Arc<Semaphore>,
}

/// A line, and the room that it takes until it is written.
pub(super) struct Waiting {
    pub(super) line: Line,
    _room: Room,
}

/// Room for a line, until it is dropped.
pub(super) struct Room(#[expect(dead_code, reason = "it gives the room back")] OwnedSemaphorePermit);

/// The two ends.
pub(super) fn boxes() -> (Outbox, Inbox) {
    let (sender, lines) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(usize::try_from(PLACES).unwrap_or(usize::MAX)));
    let outbox =
        Outbox { lines: sender, room: Arc::clone(&room), called_off: Arc::new(Semaphore::new(CALLED_OFF)) };
    (outbox, Inbox { lines, room })
}

fn places(bytes: usize) -> u32 {
    u32::try_from(bytes / PLACE + 1).unwrap_or(PLACES).min(PLACES)
}

impl Outbox {
    /// Waits for room for so many bytes; none where nobody will write them.
    pub(super) async fn room(&self, bytes: usize) -> Option<Room> {
        Arc::clone(&self.room).acquire_many_owned(places(bytes)).await.ok().map(Room)
    }

    /// Puts a line in; false where nobody will write it.
    pub(super) fn put(&self, line: Line, room: Room) -> bool {
        self.lines.send(Waiting { line, _room: room }).is_ok()
    }

    /// Puts a line in where there is room for it just now: a process that asks and does not read gets no answer.
    pub(super) fn offer(&self, line: Line) {
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(places(line.bytes().len())) {
            self.put(line, Room(room));
        }
    }

    /// Calls a request off. A process that does not read at all is not told.
    pub(super) fn call_off(&self, line: Line) {
        if let Ok(room) = Arc::clone(&self.called_off).try_acquire_owned() {
            self.put(line, Room(room));
        }
    }
}

impl Inbox {
    /// The next line; none where nobody has anything to say any more.
    pub(super) async fn next(&mut self) -> Option<Waiting> {
        self.lines.recv().await
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.room.close();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn line() -> Line {
        Line::cancels("1")
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_lines_and_in_bytes() {
        for (bytes, most) in [(1, 64), (PLACE, 32), (8 * PLACE - 1, 8), (usize::MAX, 1)] {
            let (outbox, mut inbox) = boxes();
            for _ in 0..most {
                let room = outbox.room(bytes).now_or_never().unwrap().unwrap();
                assert!(outbox.put(line(), room));
            }
            assert!(outbox.room(bytes).now_or_never().is_none(), "{bytes}");
            drop(inbox.next().await);
            assert!(outbox.room(bytes).now_or_never().is_some(), "{bytes}");
        }
    }

    #[tokio::test]
    async fn what_calls_off_waits_for_nobody_and_is_bounded() {
        let (outbox, mut inbox) = boxes();
        let all = outbox.room(usize::MAX).await.unwrap();
        for _ in 0..10 * CALLED_OFF {
            outbox.call_off(line());
            outbox.offer(line());
        }
        drop((all, outbox));
        let mut waiting = 0;
        while inbox.next().await.is_some() {
            waiting += 1;
        }
        assert_eq!(waiting, CALLED_OFF);
    }

    #[tokio::test]
    async fn where_nobody_writes_nobody_waits() {
        let (outbox, inbox) = boxes();
        let all = outbox.room(usize::MAX).await.unwrap();
        let (late, ()) = tokio::join!(outbox.room(1), async { drop(inbox) });
        assert!(late.is_none());
        assert!(!outbox.put(line(), all));
    }
}
