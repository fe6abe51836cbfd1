//! Does anything happen on a connection? HTTP/2 has no end of its own: a caller that answers pings would keep its
//! connection for ever without asking anything.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::Response;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::sleep;

/// What happens on one connection.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Requests that have come, ever.
    begun: AtomicUsize,
    /// Requests whose answer has not ended.
    open: AtomicUsize,
}

/// One request that is under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Open(Arc<Counts>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn begins(&self) -> Open {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.open.fetch_add(1, Ordering::Relaxed);
        Open(Arc::clone(&self.0))
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
}

impl Open {
    /// It lasts as long as the answer.
    pub(super) fn over<B>(self, answer: Response<B>) -> Response<Lasting<B>> {
        answer.map(|body| Lasting { body, _open: self })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

pin_project! {
    /// A body that is under way until it is dropped.
    pub(super) struct Lasting<B> {
        #[pin]
        body: B,
        _open: Open,
    }
}

impl<B: Body> Body for Lasting<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
        let open = activity.begins();
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
                drop(activity.begins());
            }
        };
        tokio::join!(idle, asking);
        assert!(begin.elapsed() >= TIME * 6);
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_at_all_is_noticed_and_nobody_else() {
        Activity::new().none_within(TIME).await;
        let activity = Activity::new();
        drop(activity.begins());
        assert!(tokio::time::timeout(TIME * 10, activity.none_within(TIME)).await.is_err());
    }
}
