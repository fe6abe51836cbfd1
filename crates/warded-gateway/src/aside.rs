//! How is something small served beside everything else, such as metrics for operators? Over HTTP/1.1, for a few
//! connections at a time, each of which says what it wants and takes what it gets within bounds.

use std::{convert::Infallible, sync::Arc};

use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinSet};
use tower::{Service, ServiceExt as _};
use warded_guard::BoxError;

use crate::{limits::Limits, serve::Doors, stall::Unstalled};

/// Serves what comes in through `listener`, until it is dropped. Of the limits those hold that are about connections:
/// how many, how many of one address, how long a head may take, how long nothing may be taken of an answer.
pub async fn serve_aside<S, B>(listener: TcpListener, limits: &Limits, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let doors = Doors::of(limits);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.first_byte)
        .max_headers(limits.headers)
        .max_buf_size(limits.head);
    let (builder, stalled) = (Arc::new(builder), limits.stalled);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ended = connections.join_next(), if !connections.is_empty() => {}
            accepted = doors.accept(&listener, |_| false) => {
                let Some((stream, _, seat)) = accepted else { continue };
                let (builder, service) = (Arc::clone(&builder), service.clone());
                connections.spawn(async move {
                    let stream = TokioIo::new(Unstalled::new(stream, stalled));
                    let answer = service_fn(|request| service.clone().oneshot(request));
                    // What went wrong on a connection is between whoever asks and the network.
                    let _ended = builder.serve_connection(stream, answer).await.is_err();
                    drop(seat);
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use http_body_util::Full;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        task::AbortHandle,
    };

    use super::*;

    const ASKED: &str = "GET /metrics HTTP/1.1\r\nHost: here\r\n";

    /// Ends what it serves.
    struct Served(AbortHandle);

    impl Drop for Served {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    async fn served(limits: Limits) -> (SocketAddr, Served) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = tower::service_fn(|_: Request<Incoming>| async {
            Ok::<_, Infallible>(Response::new(Full::new(bytes::Bytes::from_static(b"requests 7\n"))))
        });
        let task = tokio::spawn(async move { serve_aside(listener, &limits, service).await });
        (address, Served(task.abort_handle()))
    }

    async fn said(stream: &mut TcpStream) -> String {
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said).await);
        String::from_utf8(said).unwrap()
    }

    async fn asked(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{ASKED}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
        said(&mut stream).await
    }

    #[tokio::test]
    async fn who_says_nothing_or_half_a_head_is_not_waited_for() {
        let limits = Limits { first_byte: Duration::from_millis(100), ..Limits::default() };
        let (address, _served) = served(limits).await;
        for half in ["", ASKED] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(half.as_bytes()).await.unwrap();
            let said = said(&mut stream).await;
            assert!(!said.contains("200 OK"), "{said}");
        }
        assert!(asked(address).await.ends_with("requests 7\n"));
    }

    #[tokio::test]
    async fn a_connection_too_many_waits_for_its_turn() {
        let (address, _served) = served(Limits { connections: 2, ..Limits::default() }).await;
        let held = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        let mut waiting = Box::pin(asked(address));
        // It is not answered while both are there: whoever is accepted is answered before the next is looked at.
        assert!(tokio::time::timeout(Duration::from_millis(200), &mut waiting).await.is_err());
        let [one, _other] = held;
        drop(one);
        assert!(waiting.await.ends_with("requests 7\n"));
    }
}
