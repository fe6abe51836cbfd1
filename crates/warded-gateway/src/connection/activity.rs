//! Does anything happen on a connection? HTTP/2 has no end of its own: a caller that answers pings would keep its
//! connection for ever without asking anything, or without reading what it asked for.

mod unread;

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, Version};
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::sleep;
use warded_guard::{Body, BoxError};

use self::unread::{Outgoing, Unread};

/// What happens on one connection.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Requests that have come, ever.
    begun: AtomicUsize,
    /// Requests whose answer has not ended.
    open: AtomicUsize,
    /// Whether it speaks HTTP/2.
    is_two: AtomicBool,
    unread: Arc<Unread>,
}

/// One request that is under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Open {
    counts: Arc<Counts>,
    is_two: bool,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn begins(&self, version: Version) -> Open {
        let is_two = version == Version::HTTP_2;
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.open.fetch_add(1, Ordering::Relaxed);
        if is_two {
            self.0.is_two.store(true, Ordering::Relaxed);
        }
        Open { counts: Arc::clone(&self.0), is_two }
    }

    /// Ends when so long after the beginning nothing had come; never, if something had.
    pub(super) async fn none_within(&self, time: Duration) {
        sleep(time).await;
        if self.0.begun.load(Ordering::Relaxed) > 0 {
            std::future::pending::<()>().await;
        }
    }

    /// Ends when nothing was under way for at least so long.
    pub(super) async fn idle_for(&self, time: Duration) {
        loop {
            let before = self.0.begun.load(Ordering::Relaxed);
            let was_open = self.0.open.load(Ordering::Relaxed) > 0;
            sleep(time).await;
            let is_open = self.0.open.load(Ordering::Relaxed) > 0;
            if !was_open && !is_open && self.0.begun.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }

    /// Ends when the caller has taken nothing of some answer for at least so long, and lets go of that answer. Over
    /// HTTP/1.1 a write that is late says the same.
    pub(super) async fn unread_for(&self, time: Duration) {
        self.0.unread.one_for(time).await;
    }

    /// After the last word on a connection of HTTP/2: ends when what is left has nobody who would take it within so
    /// long.
    pub(super) async fn over_for(&self, time: Duration) {
        if !self.0.is_two.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let dropping = async {
            loop {
                self.unread_for(time).await;
            }
        };
        tokio::select! {
            () = self.idle_for(time) => {}
            () = dropping => {}
        }
    }
}

impl Open {
    /// It lasts as long as the answer.
    pub(super) fn over(self, answer: Response<Body>) -> Response<Lasting> {
        answer.map(|body| {
            // What has no body cannot be left unread.
            if self.is_two && !body.is_end_stream() {
                let unread = Arc::clone(&self.counts.unread);
                return Lasting(Kind::Watched(unread.watch(body, self)));
            }
            Lasting(Kind::Plain { body, _open: self })
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.counts.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body that is under way until it is dropped, or until nobody reads it.
#[derive(Debug)]
pub(super) struct Lasting(Kind);

#[derive(Debug)]
enum Kind {
    Plain { body: Body, _open: Open },
    Watched(Outgoing<Open>),
}

impl http_body::Body for Lasting {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Plain { body, .. } => Pin::new(body).poll_frame(cx),
            Kind::Watched(outgoing) => outgoing.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Plain { body, .. } => body.is_end_stream(),
            Kind::Watched(outgoing) => outgoing.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Plain { body, .. } => body.size_hint(),
            Kind::Watched(outgoing) => outgoing.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const TIME: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_is_open_is_not_idle_however_silent() {
        let activity = Activity::new();
        let open = activity.begins(Version::HTTP_11);
        let idle = activity.idle_for(TIME);
        tokio::pin!(idle);
        assert!(tokio::time::timeout(TIME * 10, &mut idle).await.is_err());
        drop(open);
        idle.await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_asks_now_and_then_is_not_idle() {
        let activity = Activity::new();
        let begin = Instant::now();
        let idle = activity.idle_for(TIME);
        let asking = async {
            for _ in 0..10 {
                sleep(TIME / 2).await;
                drop(activity.begins(Version::HTTP_11));
            }
        };
        tokio::join!(idle, asking);
        assert!(begin.elapsed() >= TIME * 6);
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_at_all_is_noticed_and_nobody_else() {
        Activity::new().none_within(TIME).await;
        let activity = Activity::new();
        drop(activity.begins(Version::HTTP_11));
        assert!(tokio::time::timeout(TIME * 10, activity.none_within(TIME)).await.is_err());
    }
}
