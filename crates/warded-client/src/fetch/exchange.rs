//! One request, and the head of its answer: over a connection that was kept for it, or over one of its own.

use std::sync::Arc;

use http::{HeaderValue, Method, Response, Version, header};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::{
    Fetch, FetchFailed, Outgoing, Streamed, Streaming, Target, Untrusted, Withheld,
    connect::end_of,
    failed,
    kept::{Home, Kept},
    request,
    watch::Notes,
    wire::{Request, Wire},
};

impl Fetch {
    pub(super) async fn open(
        &self,
        method: Method,
        target: &Target,
        outgoing: Outgoing,
        kept: Option<&Arc<Kept>>,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<Streamed, FetchFailed> {
        let request = request::of(method, target, outgoing, kept.is_some())?;
        let withheld = Withheld::of(request.headers());
        let (answer, wire) = self.exchange(request, target, kept, until, notes).await?;
        let (head, body) = answer.into_parts();
        notes.answered(head.status, &head.headers);
        // We asked for none; what comes encoded anyway may be small on the wire and huge behind a decoder.
        // RFC 9110 §8.4.1, RFC 9112 §7: the names of codings are the same in capitals.
        let is_plain =
            |coding: &HeaderValue, plain: &str| coding.as_bytes().eq_ignore_ascii_case(plain.as_bytes());
        let is_coded = |name, plain| !head.headers.get_all(name).iter().all(|coding| is_plain(coding, plain));
        if is_coded(header::CONTENT_ENCODING, "identity") || is_coded(header::TRANSFER_ENCODING, "chunked") {
            return Err(FetchFailed::Encoded { host: target.host().into() });
        }
        // RFC 9112 §C.2.2: old proxies passed on that a connection stays open, and did not know what it meant.
        let kept = kept.filter(|_| head.version == Version::HTTP_11);
        let home = kept.map(|kept| Home::of(kept, &head.headers));
        let body = Streaming::new(body, wire, home, target);
        Ok(Streamed { status: head.status, headers: head.headers, body, withheld })
    }

    async fn exchange(
        &self,
        mut request: Request,
        target: &Target,
        kept: Option<&Arc<Kept>>,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<(Response<Incoming>, Box<Wire>), FetchFailed> {
        loop {
            let waiting = match kept {
                Some(kept) => kept.take().await,
                None => None,
            };
            let is_fresh = waiting.is_none();
            let mut wire = match waiting {
                Some(wire) => wire,
                None => self.wire(target, until, notes).await?,
            };
            let sent = timeout_at(until, wire.send(request)).await.map_err(|_| failed::timeout(target))?;
            let mut failed = match sent {
                Ok(answer) => return Ok((answer, wire)),
                Err(failed) => failed,
            };
            request = match failed.take_message() {
                // Not one byte of it was sent: the server had ended the connection while nobody looked. Whatever may have
                // been read is never sent again (RFC 9112 §9.3.1).
                Some(unsent) if !is_fresh => unsent,
                _ => return Err(broken(failed.error(), target, is_fresh)),
            };
        }
    }

    async fn wire(
        &self,
        target: &Target,
        until: Instant,
        notes: &mut Notes,
    ) -> Result<Box<Wire>, FetchFailed> {
        let connection = self.connect(target, until.min(end_of(self.limits.connect)), notes).await?;
        Wire::over(connection).await.map(Box::new).map_err(|error| broken(&error, target, true))
    }
}

/// Where an answer had come over it before, the other end has believed us.
fn broken(error: &hyper::Error, target: &Target, is_fresh: bool) -> FetchFailed {
    let host = target.host().into();
    match Untrusted::behind(error).filter(|_| is_fresh) {
        Some(because) => FetchFailed::Tls { host, because },
        None => FetchFailed::Broken { host },
    }
}
