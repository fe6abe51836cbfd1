//! What came back? An answer that was read whole, or one whose body still arrives. Neither prints its body, which
//! may be a token.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
#[cfg(feature = "bridge")]
use tokio::time::{Duration, timeout};

use super::{FetchFailed, Target, Withheld, kept::Home, wire::Wire};

/// Most bytes of a body that nobody reads which are read past, so that its connection can be kept.
#[cfg(feature = "bridge")]
const MOST_PASSED_OVER: usize = 16 * 1024;
/// How long they may take.
#[cfg(feature = "bridge")]
const PASSED_OVER_WITHIN: Duration = Duration::from_secs(1);

/// An answer, read whole.
#[non_exhaustive]
pub struct Fetched {
    /// Its status, whatever it is.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    pub(super) host: Box<str>,
}

impl Fetched {
    /// The body of a successful answer that calls itself JSON. An HTML page with a 200 is how many servers say
    /// that something is not there.
    pub fn json(&self) -> Result<&Bytes, FetchFailed> {
        // A part of a document is none (RFC 9110 §15.3.7), and we asked for no part.
        if !self.status.is_success() || self.status == StatusCode::PARTIAL_CONTENT {
            return Err(FetchFailed::Status { host: self.host.clone(), status: self.status.as_u16() });
        }
        if self.is_json() {
            Ok(&self.body)
        } else {
            Err(FetchFailed::ContentType { host: self.host.clone() })
        }
    }

    /// Whether the answer calls itself JSON, successful or not (RFC 6839 §3.1).
    pub fn is_json(&self) -> bool {
        is_json(&self.headers)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Some(kind) = value.to_str().ok().and_then(|text| text.split(';').next()) else {
        return false;
    };
    let kind = kind.trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// An answer whose body still arrives.
#[non_exhaustive]
pub struct Streamed {
    /// Its status, whatever it is.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Streaming,
    /// What must not be seen, should it repeat what it was sent.
    pub withheld: Withheld,
}

impl Streamed {
    /// Whether the answer calls itself JSON.
    pub fn is_json(&self) -> bool {
        is_json(&self.headers)
    }
}

/// A body that still arrives. Dropping it before its end closes the connection.
pub struct Streaming {
    incoming: Incoming,
    host: Box<str>,
    /// None when nothing more comes over it.
    wire: Option<Box<Wire>>,
    /// Where the connection goes at the end; none where it is closed.
    home: Option<Home>,
}

impl Streaming {
    pub(super) fn new(incoming: Incoming, wire: Box<Wire>, home: Option<Home>, target: &Target) -> Self {
        let mut body = Self { incoming, host: target.host().into(), wire: Some(wire), home };
        if body.incoming.is_end_stream() {
            body.end();
        }
        body
    }

    fn end(&mut self) {
        if let (Some(wire), Some(home)) = (self.wire.take(), self.home.take()) {
            home.take_back(wire);
        }
    }

    /// Nobody reads on. Where the rest is little and comes at once, which is mostly the end of a stream that has said
    /// everything, the connection can be kept; otherwise it is closed.
    #[cfg(feature = "bridge")]
    pub(crate) fn let_go(mut self) {
        if self.wire.is_none() || self.home.is_none() {
            return;
        }
        let rest = async move {
            let mut room = MOST_PASSED_OVER;
            while let Some(Ok(piece)) = self.next().await {
                room = room.checked_sub(piece.len())?;
            }
            Some(())
        };
        tokio::spawn(timeout(PASSED_OVER_WITHIN, rest));
    }

    /// The next piece; none at the end. An end in the middle is an error.
    pub async fn next(&mut self) -> Option<Result<Bytes, FetchFailed>> {
        while let Some(frame) = self.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(piece)) => return Some(Ok(piece)),
                // Trailers say nothing that is read.
                Ok(Err(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    /// All that is left, unless it is more than `limit`.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, FetchFailed> {
        let too_large = FetchFailed::TooLarge { host: self.host.clone(), limit };
        if self.incoming.size_hint().lower() > limit as u64 {
            return Err(too_large);
        }
        let mut whole = BytesMut::new();
        while let Some(piece) = self.next().await.transpose()? {
            if piece.len() > limit - whole.len() {
                return Err(too_large);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

impl Body for Streaming {
    type Data = Bytes;
    type Error = FetchFailed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FetchFailed>>> {
        let Self { incoming, wire, .. } = &mut *self;
        let frame = match wire {
            Some(wire) => wire.poll_frame(incoming, context),
            None => Pin::new(incoming).poll_frame(context),
        };
        match &frame {
            Poll::Ready(Some(Err(_))) => self.wire = None,
            Poll::Ready(None) => self.end(),
            Poll::Ready(Some(Ok(_))) if self.incoming.is_end_stream() => self.end(),
            Poll::Pending | Poll::Ready(Some(Ok(_))) => {}
        }
        frame.map_err(|_| FetchFailed::Broken { host: self.host.clone() })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetched({}, {} bytes)", self.status.as_u16(), self.body.len())
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Streamed({})", self.status.as_u16())
    }
}

impl fmt::Debug for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streaming")
    }
}
