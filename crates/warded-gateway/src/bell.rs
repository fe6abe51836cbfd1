//! Who is told when a connection can go on? Whoever listens at that moment.
//!
//! A connection outlives the calls that it serves, and each of them may be in another task. What a connection is polled
//! with is therefore always the same, and rings for the last who listened. A task that does something to a connection
//! and looks at it right afterwards need not be woken for it: each time that it is, everything is looked at once more.

use std::{
    cell::Cell,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use futures_util::task::AtomicWaker;

thread_local! {
    /// Whether what this thread does at this moment rings no bell.
    static QUIET: Cell<bool> = const { Cell::new(false) };
    /// Who would have heard it.
    static MISSED: Cell<Option<Arc<Listener>>> = const { Cell::new(None) };
}

/// A bell, and the waker that rings it.
pub(crate) struct Bell {
    listener: Arc<Listener>,
    waker: Waker,
}

#[derive(Default)]
struct Listener(AtomicWaker);

impl Bell {
    pub(crate) fn new() -> Self {
        let listener = Arc::<Listener>::default();
        Self { waker: Waker::from(Arc::clone(&listener)), listener }
    }

    /// What rings it.
    pub(crate) const fn waker(&self) -> &Waker {
        &self.waker
    }

    /// From here on it rings for this one, and for nobody else. Whoever listens looks afterwards, so that nothing is missed
    /// that happened before.
    pub(crate) fn rings_for(&self, waker: &Waker) {
        self.listener.0.register(waker);
    }

    /// Looks at something whenever this rings.
    pub(crate) const fn heard<'b, F>(&'b self, by: Pin<&'b mut F>) -> HeardBy<'b, F> {
        HeardBy { bell: self, by }
    }

    /// From here on it rings for nobody.
    pub(crate) fn rings_for_nobody(&self) {
        drop(self.listener.0.take());
    }
}

/// Something that is looked at whenever a bell rings.
pub(crate) struct HeardBy<'b, F> {
    bell: &'b Bell,
    by: Pin<&'b mut F>,
}

impl<F: Future> Future for HeardBy<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.bell.rings_for(context.waker());
        let mut context = Context::from_waker(&self.bell.waker);
        self.by.as_mut().poll(&mut context)
    }
}

impl Wake for Listener {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !QUIET.get() {
            return self.0.wake();
        }
        let before = MISSED.replace(Some(Arc::clone(self)));
        if let Some(other) = before.filter(|before| !Arc::ptr_eq(before, self)) {
            other.0.wake();
        }
    }
}

/// What still has the waker, such as a timer that has not gone off, keeps nobody who listened.
impl Drop for Bell {
    fn drop(&mut self) {
        self.rings_for_nobody();
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bell")
    }
}

/// What rang while nobody was to hear it.
pub(crate) struct Muffled(Option<Arc<Listener>>);

impl Muffled {
    /// It is heard after all.
    pub(crate) fn rings(self) {
        if let Some(listener) = self.0 {
            listener.0.wake();
        }
    }
}

/// Does something that rings no bell on this thread, and gives what would have been heard. Others ring theirs all the same:
/// what comes from outside must not be missed.
pub(crate) fn quietly<T>(does: impl FnOnce() -> T) -> (T, Muffled) {
    /// As it was, also where something panics.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            QUIET.set(self.0);
        }
    }
    let before = Before(QUIET.replace(true));
    let done = does();
    drop(before);
    (done, Muffled(MISSED.take()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[derive(Default)]
    struct Heard(AtomicUsize);

    impl Wake for Heard {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    fn listener() -> (Arc<Heard>, Waker) {
        let heard = Arc::<Heard>::default();
        (Arc::clone(&heard), Waker::from(heard))
    }

    #[test]
    fn it_rings_for_the_last_who_listened_and_for_nobody_once_they_left() {
        let (bell, (first, one), (second, two)) = (Bell::new(), listener(), listener());
        let kept = bell.waker().clone();
        bell.rings_for(&one);
        bell.rings_for(&two);
        kept.wake_by_ref();
        assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
        bell.rings_for(&one);
        bell.rings_for_nobody();
        kept.wake();
        assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
    }

    #[test]
    fn a_bell_that_is_gone_keeps_nobody() {
        let (bell, (heard, waker)) = (Bell::new(), listener());
        let kept = bell.waker().clone();
        bell.rings_for(&waker);
        drop((bell, waker));
        assert_eq!(Arc::strong_count(&heard), 1);
        kept.wake();
        assert_eq!(heard.0.load(SeqCst), 0);
    }

    #[test]
    fn what_is_done_quietly_is_not_heard_and_what_others_do_meanwhile_is() {
        let (bell, (heard, waker)) = (Bell::new(), listener());
        bell.rings_for(&waker);
        let ((), muffled) = quietly(|| bell.waker().wake_by_ref());
        assert_eq!(heard.0.load(SeqCst), 0);
        muffled.rings();
        assert_eq!(heard.0.load(SeqCst), 1);
        bell.rings_for(&waker);
        let other = bell.waker().clone();
        let (done, muffled) = quietly(|| std::thread::spawn(move || other.wake()).join());
        done.unwrap();
        assert_eq!(heard.0.load(SeqCst), 2);
        muffled.rings();
        bell.rings_for(&waker);
        bell.waker().wake_by_ref();
        assert_eq!(heard.0.load(SeqCst), 3);
    }

    #[test]
    fn of_two_bells_neither_is_forgotten() {
        let (one, other, (first, waker), (second, wakes)) =
            (Bell::new(), Bell::new(), listener(), listener());
        one.rings_for(&waker);
        other.rings_for(&wakes);
        let ((), muffled) = quietly(|| {
            one.waker().wake_by_ref();
            other.waker().wake_by_ref();
        });
        muffled.rings();
        assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (1, 1));
    }
}
