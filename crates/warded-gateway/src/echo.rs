//! Does the server behind send back our own credential? A page that shows the request, a tool that prints headers:
//! what the caller gets has asterisks in its place (invariant *No passage*: upstream credentials never reach the
//! caller). Only the credential as it is; one that is encoded passes.

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
use zeroize::Zeroizing;

/// What is too short to be a secret stands in answers by chance.
const SHORTEST: usize = 8;

/// The secret to look for.
#[derive(Clone)]
pub(crate) struct Mask(Option<Arc<Zeroizing<Vec<u8>>>>);

impl Mask {
    pub(crate) fn of(secret: Option<&[u8]>) -> Self {
        let secret = secret.filter(|secret| secret.len() >= SHORTEST);
        Self(secret.map(|secret| Arc::new(Zeroizing::new(secret.to_vec()))))
    }

    /// Takes out every header that holds the secret.
    pub(crate) fn clean(&self, headers: &mut HeaderMap) {
        let Some(secret) = &self.0 else { return };
        let holds = |value: &[u8]| memmem::find(value, secret).is_some();
        let telling: Vec<_> = headers
            .iter()
            .filter(|(_, value)| holds(value.as_bytes()))
            .map(|(name, _)| name.clone())
            .collect();
        for name in telling {
            headers.remove(name);
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
            let Some(secret) = &this.mask.0 else {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            };
            this.held.extend_from_slice(&data);
            blot(this.held, secret);
            let sure = this.held.len() - beginning(this.held, secret);
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

    use super::*;

    const SECRET: &[u8] = b"abcabcabd";

    fn masked(chunks: &[&[u8]]) -> String {
        let chunks: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(chunk))))
            .collect();
        let body = Mask::of(Some(SECRET)).over(StreamBody::new(stream::iter(chunks)));
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
        let none = Mask::of(None).over(Full::new(Bytes::from_static(b"abc")));
        assert_eq!(none.size_hint().exact(), Some(3));
        assert!(Mask::of(Some(b"short")).0.is_none());
    }

    #[test]
    fn an_event_is_not_held_back() {
        let mut body = Box::pin(Mask::of(Some(SECRET)).over(Full::new(Bytes::from_static(b"data: abc\n\n"))));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) else { panic!("held back") };
        assert_eq!(frame.into_data().unwrap(), "data: abc\n\n");
    }

    #[test]
    fn a_header_that_holds_the_secret_is_taken_out() {
        let mut headers = HeaderMap::new();
        headers.insert("x-echo", "Bearer abcabcabd".parse().unwrap());
        headers.insert("x-other", "abc".parse().unwrap());
        Mask::of(Some(SECRET)).clean(&mut headers);
        assert!(!headers.contains_key("x-echo") && headers.contains_key("x-other"));
    }

    #[test]
    fn the_announced_length_holds() {
        let body = Mask::of(Some(SECRET)).over(Full::new(Bytes::from_static(b"x abcabcabd y")));
        assert_eq!(body.size_hint().exact(), Some(13));
        drop(body.boxed());
    }
}
