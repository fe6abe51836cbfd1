//! Does what one caller does with its stream keep the others of the connection from their answers? They are other
//! callers, and may call other servers at the same host.

use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::poll_fn};
use h2::{Reason, server::SendResponse};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnectorBuilder;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc},
    time::timeout,
};
use warded_client::fetch::{Fetch, Network, Reach};

use super::{
    super::{
        answered::{Answered, Way},
        dial::Dial,
        within::Within,
    },
    *,
};

const BOUND: Duration = Duration::from_secs(30);

/// What a server does with a request, by the number of the connection and of the stream on it. It may wait to be told to
/// go on.
type Does = fn(usize, usize, SendResponse<Bytes>, Arc<Notify>);

/// A server that speaks HTTP/2 and names no bound of streams.
struct Behind {
    trunk: Arc<Trunk>,
    connections: Arc<AtomicUsize>,
    goes_on: Arc<Notify>,
    /// Says the number of each connection that has ended.
    ended: mpsc::UnboundedReceiver<usize>,
}

impl Behind {
    async fn that(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&connections);
        let goes_on = Arc::<Notify>::default();
        let waits = Arc::clone(&goes_on);
        let (ends, ended) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (connection, ends) = (counted.fetch_add(1, SeqCst), ends.clone());
                let waits = Arc::clone(&waits);
                tokio::spawn(async move {
                    let mut wire = h2::server::handshake(stream).await.unwrap();
                    let mut number = 0;
                    while let Some(Ok((_, answer))) = wire.accept().await {
                        does(connection, number, answer, Arc::clone(&waits));
                        number += 1;
                    }
                    ends.send(connection).ok();
                });
            }
        });
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let dial = Dial::new(Fetch::on(&Network::default(), Reach::public()).unwrap(), BOUND);
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http2();
        let streams = Streams::over(Within::new(connector.wrap_connector(dial), BOUND));
        let trunk = streams.to(&format!("http://127.0.0.1:{port}/mcp").parse().unwrap());
        Self { trunk, connections, goes_on, ended }
    }

    /// The head of an answer, and the stream that the rest comes over.
    async fn asked(&self) -> Result<(Response<Incoming>, Stream), Fault> {
        let message = Request::post(self.trunk.uri.clone()).body(Full::new(Bytes::from_static(b"{}")));
        self.trunk.send(message.unwrap(), "notes", &Unsent::default()).await
    }

    /// An answer, as it is passed on.
    async fn begun(&self) -> Result<Answered, Fault> {
        let (answer, stream) = self.asked().await?;
        Ok(Answered::new(answer.into_body(), None, Way::Two(stream)))
    }

    /// A whole answer; none where it broke off.
    async fn answer(&self) -> Result<Option<Bytes>, Fault> {
        let reading = self.begun().await?.collect();
        let read = timeout(BOUND, reading).await.expect("the answer does not come");
        Ok(read.ok().map(http_body_util::Collected::to_bytes))
    }

    /// Waits until a connection has ended.
    async fn ends(&mut self) -> usize {
        timeout(BOUND, self.ended.recv()).await.expect("no connection ends").unwrap()
    }

    fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

/// Answers with so many bytes.
fn says(mut answer: SendResponse<Bytes>, bytes: usize) {
    answer
        .send_response(Response::new(()), false)
        .unwrap()
        .send_data(vec![b'x'; bytes].into(), true)
        .unwrap();
}

#[tokio::test]
async fn answers_that_nobody_reads_keep_no_other_answer_from_coming() {
    const UNREAD: usize = 200;
    let behind = Behind::that(|_, number, answer, _| {
        says(answer, if number < UNREAD { 1024 * 1024 } else { 83 });
    })
    .await;
    let mut unread = Vec::new();
    for _ in 0..UNREAD {
        unread.push(behind.asked().await.unwrap());
    }
    assert_eq!(behind.answer().await.unwrap().unwrap().len(), 83);
    assert_eq!(behind.connections(), 1);
}

#[tokio::test]
async fn a_server_that_names_no_bound_gets_no_more_streams_on_a_connection_than_we_can_hold() {
    let behind = Behind::that(|_, _, answer, _| says(answer, 1024)).await;
    let mut open = Vec::new();
    for _ in 0..600 {
        open.push(behind.asked().await.unwrap());
    }
    assert_eq!(behind.connections(), 3);
}

/// Answers the first request of the first connection with what is there so far. All others on it are reset, the second one
/// before its answer begins or, where `is_begun`, within that.
fn grows_tired(
    (connection, number): (usize, usize),
    reason: Reason,
    is_begun: bool,
    mut answer: SendResponse<Bytes>,
    waits: Arc<Notify>,
) {
    let begins = |answer: &mut SendResponse<Bytes>| {
        let mut sending = answer.send_response(Response::new(()), false).unwrap();
        sending.send_data("first, ".into(), false).unwrap();
        sending
    };
    match (connection, number) {
        (0, 0) => {
            let mut sending = begins(&mut answer);
            // It ends when its caller leaves.
            tokio::spawn(async move {
                let _reset = poll_fn(|context| sending.poll_reset(context)).await;
            });
        }
        (0, 1) if is_begun => {
            let mut sending = begins(&mut answer);
            tokio::spawn(async move {
                waits.notified().await;
                sending.send_reset(reason);
            });
        }
        (0, _) => answer.send_reset(reason),
        _ => says(answer, 83),
    }
}

#[tokio::test]
async fn a_connection_on_which_streams_are_refused_is_used_no_longer() {
    let tired: [(Does, bool); 3] = [
        (|c, n, answer, waits| grows_tired((c, n), Reason::ENHANCE_YOUR_CALM, false, answer, waits), false),
        (|c, n, answer, waits| grows_tired((c, n), Reason::ENHANCE_YOUR_CALM, true, answer, waits), true),
        (|c, n, answer, waits| grows_tired((c, n), Reason::REFUSED_STREAM, true, answer, waits), true),
    ];
    for (which, (does, is_begun)) in tired.into_iter().enumerate() {
        let mut behind = Behind::that(does).await;
        let mut first = behind.begun().await.unwrap();
        assert_eq!(first.frame().await.unwrap().unwrap().into_data().unwrap(), "first, ");
        if is_begun {
            let mut refused = behind.begun().await.unwrap();
            assert!(refused.frame().await.unwrap().is_ok());
            behind.goes_on.notify_one();
            assert!(refused.frame().await.unwrap().is_err(), "{which}");
        } else {
            assert_eq!(behind.answer().await, Err(Fault::UpstreamBroke), "{which}");
        }
        for _ in 0..3 {
            assert_eq!(behind.answer().await.unwrap().unwrap().len(), 83, "{which}");
        }
        assert_eq!(behind.connections(), 2, "{which}");
        // What was begun on it goes on, and it ends with that, at once.
        assert!(first.frame().now_or_never().is_none(), "{which}");
        assert!(behind.ended.try_recv().is_err(), "{which}");
        drop(first);
        assert_eq!(behind.ends().await, 0, "{which}");
        assert_eq!(behind.answer().await.unwrap().unwrap().len(), 83, "{which}");
        assert_eq!(behind.connections(), 2, "{which}");
    }
}

#[tokio::test]
async fn connections_that_take_no_more_streams_count_while_they_have_some() {
    let behind = Behind::that(|_, number, answer, waits| {
        grows_tired((0, number), Reason::ENHANCE_YOUR_CALM, false, answer, waits);
    })
    .await;
    let mut kept = Vec::new();
    let refused = loop {
        match behind.begun().await {
            Ok(first) => kept.push(first),
            Err(fault) => break fault,
        }
        assert!(kept.len() <= MOST_LINES, "a connection for each call");
        assert_eq!(behind.answer().await, Err(Fault::UpstreamBroke));
    };
    assert_eq!((refused, kept.len(), behind.connections()), (Fault::ServerBusy, MOST_LINES, MOST_LINES));
    drop(kept);
    assert!(behind.begun().await.is_ok());
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_left_with_no_connections() {
    let mut behind = Behind::that(|_, _, mut answer, _| answer.send_reset(Reason::ENHANCE_YOUR_CALM)).await;
    for connection in 0..10 {
        assert_eq!(behind.answer().await, Err(Fault::UpstreamBroke));
        assert_eq!(behind.ends().await, connection);
    }
}

#[tokio::test]
async fn a_stream_that_was_reset_for_another_reason_is_the_affair_of_its_caller() {
    let behind = Behind::that(|_, number, mut answer, _| match number {
        1 => answer.send_reset(Reason::INTERNAL_ERROR),
        _ => says(answer, 83),
    })
    .await;
    assert_eq!(behind.answer().await.unwrap().unwrap().len(), 83);
    assert_eq!(behind.answer().await, Err(Fault::UpstreamBroke));
    assert_eq!(behind.answer().await.unwrap().unwrap().len(), 83);
    assert_eq!(behind.connections(), 1);
}
