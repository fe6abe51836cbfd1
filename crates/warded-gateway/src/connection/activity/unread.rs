//! Does the caller read its answers, where many go over one connection? Each stream of HTTP/2 has a window of its own
//! (RFC 9113 §5.2): whoever keeps it shut lets nothing of an answer go, no write is ever late, and what the answer holds
//! (a connection to the server behind, its place in the journal, up to megabytes) would be held for ever.

use std::{
    collections::HashMap,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::sleep;
use warded_guard::{Body, BoxError};

/// Most that is handed out at once: taking it shows that somebody reads, and one piece of megabytes would show it once.
const PIECE: usize = 16 * 1024;
/// Nobody looks more often, whatever the operator says.
const LEAST: Duration = Duration::from_millis(10);
/// It waits for what it comes from, and not for its reader.
const ASKED: u8 = 0;
/// Something was handed out, and it was not asked for more since. What is larger counts the looks since then.
const HANDED: u8 = 1;
/// Two looks more are the whole time at least, however it lay between them: the next one is the last.
const OLD: u8 = HANDED + 2;

/// The answer was let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody took what there was of the answer for too long")]
struct LetGo;

/// The answers of one connection that somebody has to read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    next: AtomicUsize,
    slots: Mutex<HashMap<usize, Weak<dyn Slot>>>,
}

/// An answer on its way out, and what is held for as long as it is.
pub(in crate::connection) struct Outgoing<H> {
    number: usize,
    slot: Arc<Half<H>>,
    unread: Arc<Unread>,
}

/// What the connection sees of it.
trait Slot: fmt::Debug + Send + Sync {
    /// Looks once more whether somebody reads; where nobody has for so long, lets go of it.
    fn is_let_go(&self) -> bool;
}

struct Half<H> {
    age: AtomicU8,
    held: Mutex<Option<Held<H>>>,
}

struct Held<H> {
    body: Body,
    /// What the body gave and was not handed out yet.
    rest: Bytes,
    _with: H,
}

impl Unread {
    /// Watches over this one, which holds something else, too.
    pub(super) fn watch<H: Send + 'static>(self: Arc<Self>, body: Body, with: H) -> Outgoing<H> {
        let held = Mutex::new(Some(Held { body, rest: Bytes::new(), _with: with }));
        // Until it is asked for the first time, it is not read either.
        let slot = Arc::new(Half { age: AtomicU8::new(HANDED), held });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let seen = Arc::downgrade(&slot);
        self.slots().insert(number, seen);
        Outgoing { number, slot, unread: self }
    }

    /// Ends when nothing of some answer was taken for at least this time, and half of it more at most.
    pub(super) async fn one_for(&self, time: Duration) {
        loop {
            sleep((time / 2).max(LEAST)).await;
            let slots: Vec<_> = self.slots().values().filter_map(Weak::upgrade).collect();
            let let_go = slots.iter().filter(|slot| slot.is_let_go()).count();
            if let_go > 0 {
                return;
            }
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<usize, Weak<dyn Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H> Half<H> {
    fn held(&self) -> MutexGuard<'_, Option<Held<H>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H: Send> Slot for Half<H> {
    fn is_let_go(&self) -> bool {
        // Being asked says that there is room; whoever asks at this moment is young again.
        let older = |age| (age != ASKED).then(|| u8::saturating_add(age, 1));
        let was = self.age.fetch_update(Ordering::Relaxed, Ordering::Relaxed, older);
        if was.is_ok_and(|age| age >= OLD) {
            let held = self.held().take();
            return held.is_some();
        }
        false
    }
}

impl<H> fmt::Debug for Half<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Half({})", self.age.load(Ordering::Relaxed))
    }
}

impl<H> Outgoing<H> {
    pub(super) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut held = self.slot.held();
        let Some(Held { body, rest, .. }) = held.as_mut() else {
            return Poll::Ready(Some(Err(LetGo.into())));
        };
        self.slot.age.store(ASKED, Ordering::Relaxed);
        if rest.is_empty() {
            match std::task::ready!(Pin::new(body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => *rest = data,
                    Err(trailers) => {
                        self.slot.age.store(HANDED, Ordering::Relaxed);
                        return Poll::Ready(Some(Ok(trailers)));
                    }
                },
                end => return Poll::Ready(end),
            }
        }
        self.slot.age.store(HANDED, Ordering::Relaxed);
        let piece = rest.split_to(rest.len().min(PIECE));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    pub(super) fn is_end_stream(&self) -> bool {
        self.slot.held().as_ref().is_some_and(|held| held.rest.is_empty() && held.body.is_end_stream())
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        let held = self.slot.held();
        let Some(Held { body, rest, .. }) = held.as_ref() else { return SizeHint::default() };
        let (inner, rest) = (body.size_hint(), rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper().and_then(|upper| upper.checked_add(rest)) {
            hint.set_upper(upper);
        }
        hint
    }
}

impl<H> fmt::Debug for Outgoing<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({})", self.number)
    }
}

impl<H> Drop for Outgoing<H> {
    fn drop(&mut self) {
        self.unread.slots().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::{BodyExt as _, Channel, Full};
    use tokio::time::timeout;

    use super::*;

    const TIME: Duration = Duration::from_mins(1);

    fn whole(length: usize) -> Body {
        Full::new(Bytes::from(vec![b'x'; length])).map_err(|never: Infallible| match never {}).boxed_unsync()
    }

    /// An answer, and whether it is still held.
    fn answer(unread: &Arc<Unread>, body: Body) -> (Outgoing<Arc<()>>, impl Fn() -> bool) {
        let held = Arc::new(());
        let seen = Arc::downgrade(&held);
        (Arc::clone(unread).watch(body, held), move || seen.strong_count() > 0)
    }

    async fn next(outgoing: &mut Outgoing<Arc<()>>) -> Option<Result<usize, BoxError>> {
        let frame = std::future::poll_fn(|cx| outgoing.poll_frame(cx)).await;
        frame.map(|frame| frame.map(|frame| frame.into_data().unwrap().len()))
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_asks_for_is_let_go_of() {
        let unread = Arc::new(Unread::default());
        let (mut never, is_never_held) = answer(&unread, whole(1));
        let (mut once, is_once_held) = answer(&unread, whole(PIECE + 1));
        assert_eq!(next(&mut once).await.unwrap().unwrap(), PIECE);
        assert!(!once.is_end_stream() && once.size_hint().exact() == Some(1));
        assert!(timeout(TIME * 9 / 10, unread.one_for(TIME)).await.is_err());
        assert!(is_never_held() && is_once_held());
        unread.one_for(TIME).await;
        assert!(!is_never_held() && !is_once_held());
        // It did not end: it broke off.
        assert!(!once.is_end_stream() && next(&mut once).await.unwrap().unwrap_err().is::<LetGo>());
        assert!(next(&mut never).await.unwrap().unwrap_err().is::<LetGo>());
        drop((never, once));
        assert!(unread.slots().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_piece_now_and_then_gets_everything() {
        let unread = Arc::new(Unread::default());
        let (mut outgoing, _) = answer(&unread, whole(10 * PIECE));
        let reading = async {
            let mut read = 0;
            while let Some(piece) = next(&mut outgoing).await {
                read += piece.unwrap();
                sleep(TIME * 3 / 4).await;
            }
            read
        };
        tokio::select! {
            read = reading => assert_eq!(read, 10 * PIECE),
            () = unread.one_for(TIME) => panic!("somebody reads"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_server_behind_is_not_who_does_not_read() {
        let unread = Arc::new(Unread::default());
        let (mut sender, body) = Channel::<Bytes, BoxError>::new(1);
        let (mut outgoing, is_held) = answer(&unread, body.boxed_unsync());
        let waiting = async { tokio::join!(next(&mut outgoing), unread.one_for(TIME)) };
        assert!(timeout(TIME * 100, waiting).await.is_err());
        assert!(is_held());
        sender.send_data("data: 1\n\n".into()).await.unwrap();
        assert_eq!(next(&mut outgoing).await.unwrap().unwrap(), 9);
        unread.one_for(TIME).await;
        assert!(!is_held());
    }
}
