//! By when must something have happened that nearly always does? A timer that is set once and moved only when it goes
//! off: to set one for each call and to take it back costs more than all that is waited for.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, Sleep, sleep_until};

/// A moment that is moved with each call.
pub(crate) struct Deadline {
    at: Instant,
    /// Goes off at that moment or before it.
    timer: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(crate) fn new(at: Instant) -> Self {
        Self { at, timer: Box::pin(sleep_until(at)) }
    }

    /// From here on it is this moment.
    pub(crate) fn move_to(&mut self, at: Instant) {
        self.at = at;
        if at < self.timer.deadline() {
            self.timer.as_mut().reset(at);
        }
    }

    /// Ready once it is over.
    pub(crate) fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(context));
            if self.timer.deadline() >= self.at {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.at);
        }
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deadline({:?})", self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    async fn over(deadline: &mut Deadline) -> Duration {
        let begin = Instant::now();
        poll_fn(|context| deadline.poll_over(context)).await;
        begin.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_over_at_the_moment_that_was_said_last() {
        let now = Instant::now();
        let mut deadline = Deadline::new(now + MINUTE);
        deadline.move_to(now + MINUTE * 2);
        deadline.move_to(now + MINUTE * 3);
        assert_eq!(over(&mut deadline).await, MINUTE * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn it_can_be_moved_back_and_after_its_end() {
        let now = Instant::now();
        let mut deadline = Deadline::new(now + MINUTE * 3);
        deadline.move_to(now + MINUTE);
        assert_eq!(over(&mut deadline).await, MINUTE);
        assert_eq!(over(&mut deadline).await, Duration::ZERO, "what is over stays over");
        deadline.move_to(now + MINUTE * 2);
        assert_eq!(over(&mut deadline).await, MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn the_timer_of_a_call_before_does_not_end_this_one() {
        let mut deadline = Deadline::new(Instant::now() + MINUTE);
        for _ in 0..10 {
            tokio::time::advance(MINUTE / 2).await;
            deadline.move_to(Instant::now() + MINUTE);
            assert!(poll_fn(|context| Poll::Ready(deadline.poll_over(context))).await.is_pending());
        }
        assert_eq!(over(&mut deadline).await, MINUTE);
    }
}
