//! How much of what a process has said waits to be read? A caller that asks and does not read must not fill the memory:
//! its process waits for it, as it would for a pipe that is full.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::desk::Event;

/// The room for what waits, in bytes, unless one message has more.
const MOST: u32 = 16 * 1024 * 1024;

/// The room for what one process has said.
pub(super) struct Unread(Arc<Semaphore>);

/// A message, and the room that it takes.
struct Kept {
    message: Bytes,
    _room: OwnedSemaphorePermit,
}

impl Unread {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(usize::try_from(MOST).unwrap_or(usize::MAX))))
    }

    /// Waits for room for what was said.
    pub(super) async fn keep(&self, event: Event) -> Event {
        match event {
            Event::Said(message) => Event::Said(self.kept(message).await),
            Event::Answered { number, message, error } => {
                Event::Answered { number, message: self.kept(message).await, error }
            }
            ended @ Event::Ended { .. } => ended,
        }
    }

    /// Waits for room for a message. It takes it until nobody holds a piece of it any more, wherever that is: in an
    /// exchange, or in what a connection has yet to write.
    pub(super) async fn kept(&self, message: Bytes) -> Bytes {
        self.room(&message).await.hold(message)
    }

    /// Waits for room for a message, and leaves the message where it is.
    pub(super) async fn room(&self, message: &Bytes) -> Room {
        let bytes = u32::try_from(message.len()).unwrap_or(MOST).min(MOST);
        // It is never closed.
        Room(Arc::clone(&self.0).acquire_many_owned(bytes).await.ok())
    }
}

/// Room for a message.
pub(super) struct Room(Option<OwnedSemaphorePermit>);

impl Room {
    /// The message takes it.
    pub(super) fn hold(self, message: Bytes) -> Bytes {
        match self.0 {
            Some(room) => Bytes::from_owner(Kept { message, _room: room }),
            None => message,
        }
    }
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.message
    }
}
