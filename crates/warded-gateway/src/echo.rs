//! Does the server behind send back our own credential? A page that shows the request, a tool that prints headers:
//! what the caller gets has asterisks in its place (invariant *No passage*: upstream credentials never reach the
//! caller). Only the credential as it is; one that is encoded passes.

mod told;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use memchr::memmem;
use pin_project_lite::pin_project;

use self::told::Secret;
pub(crate) use self::told::Told;

/// The secrets to look for.
#[derive(Clone)]
pub(crate) enum Mask {
    /// There are none.
    Nothing,
    /// Those that there were when the answer began.
    Fixed(Arc<Vec<Secret>>),
    /// Those that there are when something of the answer comes.
    Live(Arc<Told>),
}

impl Mask {
    /// For an answer that is in one piece.
    pub(crate) fn of(told: &Told) -> Self {
        Self::Fixed(told.kept())
    }

    /// For a stream, which may last longer than what it was opened with.
    pub(crate) fn of_stream(told: &Arc<Told>) -> Self {
        Self::Live(Arc::clone(told))
    }

    /// Takes out every header that holds a secret.
    pub(crate) fn clean(&self, headers: &mut HeaderMap) {
        if matches!(self, Self::Nothing) {
            return;
        }
        self.with(|secrets| {
            let holds =
                |value: &[u8]| secrets.iter().any(|secret| memmem::find(value, secret.as_bytes()).is_some());
            let telling: Vec<_> = headers
                .iter()
                .filter(|(_, value)| holds(value.as_bytes()))
                .map(|(name, _)| name.clone())
                .collect();
            for name in telling {
                headers.remove(name);
            }
        });
    }

    fn with<T>(&self, look: impl FnOnce(&[Secret]) -> T) -> T {
        match self {
            Self::Nothing => look(&[]),
            Self::Fixed(secrets) => look(secrets),
            Self::Live(told) => look(&told.now()),
        }
    }

    pub(crate) fn over<B>(&self, body: B) -> Masked<B> {
        Masked { body, mask: self.clone(), held: BytesMut::new(), has_ended: false }
    }
}

pin_project! {
    /// A body with asterisks where the secret stood. Nothing is held back but what may be the beginning of it.
    pub(crate) struct Masked<B> {
        #[pin]
        body: B,
        mask: Mask,
        held: BytesMut,
        has_ended: bool,
    }
}

impl<B: Body<Data = Bytes>> Body for Masked<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut this = self.project();
        loop {
            if *this.has_ended {
                return Poll::Ready(None);
            }
            let Some(frame) = ready!(this.body.as_mut().poll_frame(cx)).transpose()? else {
                *this.has_ended = true;
                if this.held.is_empty() {
                    return Poll::Ready(None);
                }
                return Poll::Ready(Some(Ok(Frame::data(this.held.split().freeze()))));
            };
            // Trailers are headers that nobody has looked at, and MCP has none.
            let Ok(data) = frame.into_data() else { continue };
            if matches!(this.mask, Mask::Nothing) {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            this.held.extend_from_slice(&data);
            let held = &mut *this.held;
            let open = this.mask.with(|secrets| {
                for secret in secrets {
                    blot(held, secret.as_bytes());
                }
                secrets.iter().map(|secret| beginning(held, secret.as_bytes())).max().unwrap_or(0)
            });
            let sure = this.held.len() - open;
            if sure > 0 {
                return Poll::Ready(Some(Ok(Frame::data(this.held.split_to(sure).freeze()))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && (self.has_ended || self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held.len() as u64;
        let inner = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + held);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}

/// Asterisks keep the length, which may have been announced.
fn blot(bytes: &mut [u8], secret: &[u8]) {
    let mut from = 0;
    while let Some(at) = bytes.get(from..).and_then(|rest| memmem::find(rest, secret)) {
        let end = from + at + secret.len();
        if let Some(found) = bytes.get_mut(from + at..end) {
            found.fill(b'*');
        }
        from = end;
    }
}

/// How many bytes at the end may be the beginning of the secret.
fn beginning(bytes: &[u8], secret: &[u8]) -> usize {
    let longest = bytes.len().min(secret.len() - 1);
    (1..=longest)
        .rev()
        .find(|length| secret.get(..*length).is_some_and(|start| bytes.ends_with(start)))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use warded_core::UnixTime;

    use super::*;

    const SECRET: &[u8] = b"abcabcabd";

    fn told(secrets: &[&[u8]]) -> Arc<Told> {
        let told = Arc::<Told>::default();
        for secret in secrets {
            told.tell(secret, None, UnixTime::from_seconds(0));
        }
        told
    }

    fn mask() -> Mask {
        Mask::of(&told(&[SECRET]))
    }

    fn masked(chunks: &[&[u8]]) -> String {
        let chunks: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(chunk))))
            .collect();
        collected(mask().over(StreamBody::new(stream::iter(chunks))))
    }

    fn collected(body: impl Body<Data = Bytes, Error = Infallible>) -> String {
        let mut body = std::pin::pin!(body);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut all = Vec::new();
        while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut cx) {
            all.extend(frame.unwrap().into_data().unwrap());
        }
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn the_secret_is_blotted_out_wherever_it_is_cut() {
        let text = b"key=abcabcabd, again abcabcabcabdabcabcabd.";
        let expected = "key=*********, again abc******************.";
        assert_eq!(masked(&[text]), expected);
        for first in 0..text.len() {
            for second in first..text.len() {
                let parts = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(masked(&parts), expected, "{first} {second}");
            }
        }
    }

    #[test]
    fn everything_else_passes_as_it_is() {
        for text in ["", "abcabcab", "abcabcabc", "data: {}\n\n"] {
            assert_eq!(masked(&[text.as_bytes()]), text);
        }
        let none = Mask::Nothing.over(Full::new(Bytes::from_static(b"abc")));
        assert_eq!(none.size_hint().exact(), Some(3));
        let short = Mask::of(&told(&[b"short"])).over(Full::new(Bytes::from_static(b"in short")));
        assert_eq!(collected(short), "in short");
    }

    /// The attack: a stream that outlives the token that it was opened with.
    #[test]
    fn a_stream_looks_for_what_is_shown_later_and_for_what_was_shown_before() {
        let (told, (send, receive)) = (told(&[b"token-of-before"]), std::sync::mpsc::channel());
        told.tell(b"token-of-now", None, UnixTime::from_seconds(0));
        let events = stream::iter(std::iter::from_fn(move || receive.try_recv().ok()));
        let mut body = Box::pin(Mask::of_stream(&told).over(StreamBody::new(events)));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut passed = |text: &'static str| {
            send.send(Ok::<_, Infallible>(Frame::data(Bytes::from_static(text.as_bytes())))).unwrap();
            let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) else { panic!("held back") };
            String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
        };
        assert_eq!(passed("a token-of-now b token-of-before\n"), "a ************ b ***************\n");
        assert_eq!(passed("a token-of-later\n"), "a token-of-later\n");
        told.tell(b"token-of-later", None, UnixTime::from_seconds(0));
        assert_eq!(passed("a token-of-later, token-of-now\n"), "a **************, ************\n");
    }

    #[test]
    fn an_event_is_not_held_back() {
        let mut body = Box::pin(mask().over(Full::new(Bytes::from_static(b"data: abc\n\n"))));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) else { panic!("held back") };
        assert_eq!(frame.into_data().unwrap(), "data: abc\n\n");
    }

    #[test]
    fn a_header_that_holds_the_secret_is_taken_out() {
        let mut headers = HeaderMap::new();
        headers.insert("x-echo", "Bearer abcabcabd".parse().unwrap());
        headers.insert("x-other", "abc".parse().unwrap());
        mask().clean(&mut headers);
        assert!(!headers.contains_key("x-echo") && headers.contains_key("x-other"));
    }

    #[test]
    fn the_announced_length_holds() {
        let body = mask().over(Full::new(Bytes::from_static(b"x abcabcabd y")));
        assert_eq!(body.size_hint().exact(), Some(13));
        drop(body.boxed());
    }
}
