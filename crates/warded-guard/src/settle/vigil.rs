//! Does the token still stand while its answer goes on? A stream can last for hours, and being open is no reason to
//! outlive what opened it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use warded_core::{Fault, VerifiedToken};

use crate::{Guard, answer::Stop};

/// How often it is asked: as often as it is looked what other processes took back.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Watches over the token of one answer, from the moment in which somebody has to wait for it.
pub(crate) struct Vigil<S = Of> {
    of: S,
    listens: bool,
    /// The token does not live for longer, and whoever only listens does so for as long as it lives: counted from when it
    /// was admitted, and not from when somebody first read.
    until: Option<Instant>,
    waiting: Option<Box<Waiting>>,
}

/// What is watched over: nearly every answer has come before anybody looks.
pub(crate) struct Of {
    guard: Guard,
    token: Arc<VerifiedToken>,
}

/// Whether it still stands.
pub(crate) trait Stands {
    /// Looks; whether it is about one who listens.
    fn look(&self, listens: bool) -> BoxFuture<'static, Result<(), Stop>>;
}

impl Stands for Of {
    fn look(&self, listens: bool) -> BoxFuture<'static, Result<(), Stop>> {
        let (guard, token) = (self.guard.clone(), Arc::clone(&self.token));
        let look = async move {
            // A key is withdrawn when a thief has it, and what the thief listens to must not go on for as long as the
            // thief has written into the token. Whoever is honest comes back with another one.
            if listens && !guard.rules().still_vouches(&token) {
                return Err(Fault::KeysMissing.into());
            }
            guard.rules().still_stands(&token).await
        };
        look.boxed()
    }
}

/// Of an answer that takes its time.
struct Waiting {
    timers: Timers,
    asking: Option<BoxFuture<'static, Result<(), Stop>>>,
}

struct Timers {
    over: Option<Pin<Box<Sleep>>>,
    next: Pin<Box<Sleep>>,
}

impl Timers {
    fn begin(until: Option<Instant>) -> Self {
        Self { over: until.map(|until| Box::pin(sleep_until(until))), next: Box::pin(sleep(BETWEEN_LOOKS)) }
    }
}

/// Why an answer goes on no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// It was a stream that ends with its token.
    Ended,
    /// The token was taken back in the middle of it: who reads half of it must not take it for the whole.
    TakenBack,
}

impl Vigil {
    /// Over a token that was admitted. Whoever only listens has so much patience.
    pub(crate) fn over(guard: &Guard, token: &Arc<VerifiedToken>, patience: Option<Duration>) -> Self {
        Self::asking(patience, Of { guard: guard.clone(), token: Arc::clone(token) })
    }
}

impl<S: Stands> Vigil<S> {
    fn asking(patience: Option<Duration>, of: S) -> Self {
        let until = patience.and_then(|patience| Instant::now().checked_add(patience));
        Self { of, listens: patience.is_some(), until, waiting: None }
    }

    /// Whether it is a stream that has outlived its token. No timer need run for that, and no others are asked.
    pub(super) fn has_ended(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Ready once the answer must go no further.
    pub(super) fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<Over> {
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::new(Waiting { timers: Timers::begin(self.until), asking: None }));
        let Waiting { timers, asking } = &mut **waiting;
        if timers.over.as_mut().is_some_and(|over| over.as_mut().poll(context).is_ready()) {
            return Poll::Ready(Over::Ended);
        }
        loop {
            if let Some(look) = asking {
                let settled = ready!(look.as_mut().poll(context));
                *asking = None;
                timers.next = Box::pin(sleep(BETWEEN_LOOKS));
                match settled {
                    // Whoever listens comes back, and is told why.
                    Err(_) if self.listens => return Poll::Ready(Over::Ended),
                    Err(Stop::Refused(_)) => return Poll::Ready(Over::TakenBack),
                    // A call that was permitted is answered; that nobody can say more is no reason to break it off.
                    Ok(()) | Err(_) => {}
                }
            }
            ready!(timers.next.as_mut().poll(context));
            *asking = Some(self.of.look(self.listens));
        }
    }
}

impl std::fmt::Debug for Vigil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vigil")
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
    };

    use warded_core::Refusal;

    use super::*;

    impl<F: Fn() -> BoxFuture<'static, Result<(), Stop>>> Stands for F {
        fn look(&self, _: bool) -> BoxFuture<'static, Result<(), Stop>> {
            self()
        }
    }

    /// What it comes to where the second look finds this.
    async fn found(patience: Option<Duration>, stop: fn() -> Stop) -> (Option<Over>, Duration) {
        let began = Instant::now();
        let looks = AtomicUsize::new(0);
        let mut vigil = Vigil::asking(patience, move || {
            let look = looks.fetch_add(1, SeqCst);
            async move { if look == 1 { Err(stop()) } else { Ok(()) } }.boxed()
        });
        let over = poll_fn(|context| vigil.poll_over(context));
        let over = tokio::time::timeout(Duration::from_mins(1), over).await.ok();
        (over, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_where_its_token_no_longer_stands_or_nobody_can_tell() {
        let listens = Some(Duration::from_hours(1));
        let ten = Duration::from_secs(10);
        assert_eq!(found(listens, || Refusal::TokenRevoked.into()).await, (Some(Over::Ended), ten));
        assert_eq!(found(listens, || Fault::StatusUnavailable.into()).await, (Some(Over::Ended), ten));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_breaks_off_where_its_token_was_taken_back_and_only_there() {
        let ten = Duration::from_secs(10);
        assert_eq!(found(None, || Refusal::TokenRevoked.into()).await, (Some(Over::TakenBack), ten));
        assert_eq!(found(None, || Fault::StatusUnavailable.into()).await.0, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_with_its_token() {
        let seven = Duration::from_secs(7);
        assert_eq!(found(Some(seven), || Refusal::TokenRevoked.into()).await, (Some(Over::Ended), seven));
    }

    #[tokio::test(start_paused = true)]
    async fn the_life_of_a_token_is_not_counted_from_when_somebody_first_reads() {
        let seven = Duration::from_secs(7);
        let mut vigil = Vigil::asking(Some(seven), || async { Ok(()) }.boxed());
        assert!(!vigil.has_ended());
        // The server behind takes its time for the head, or the caller's window is shut.
        tokio::time::advance(seven).await;
        assert!(vigil.has_ended());
        let began = Instant::now();
        assert_eq!(poll_fn(|context| vigil.poll_over(context)).await, Over::Ended);
        assert_eq!(began.elapsed(), Duration::ZERO);
        // A call that was permitted is answered.
        let call = Vigil::asking(None, || async { Ok(()) }.boxed());
        tokio::time::advance(seven).await;
        assert!(!call.has_ended());
    }
}
