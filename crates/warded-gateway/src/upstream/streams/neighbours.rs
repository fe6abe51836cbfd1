//! Does what one caller does with its stream keep the others of the connection from their answers? They are other
//! callers, and may call other servers at the same host.

use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

use bytes::Bytes;
use h2::server::SendResponse;
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnectorBuilder;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};
use tokio::{net::TcpListener, time::timeout};
use warded_client::fetch::{Fetch, Network, Reach};

use super::{
    super::{dial::Dial, within::Within},
    *,
};

const BOUND: Duration = Duration::from_secs(30);

/// What a server does with a request, by the number of the connection and of the stream on it.
type Does = fn(usize, usize, SendResponse<Bytes>);

/// A server that speaks HTTP/2 and names no bound of streams.
struct Behind {
    trunk: Arc<Trunk>,
    connections: Arc<AtomicUsize>,
}

impl Behind {
    async fn that(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection = counted.fetch_add(1, SeqCst);
                tokio::spawn(async move {
                    let mut wire = h2::server::handshake(stream).await.unwrap();
                    let mut number = 0;
                    while let Some(Ok((_, answer))) = wire.accept().await {
                        does(connection, number, answer);
                        number += 1;
                    }
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
        Self { trunk, connections }
    }

    /// The head of an answer, and the stream that the rest comes over.
    async fn asked(&self) -> Result<(Response<Incoming>, Stream), Fault> {
        let message = Request::post(self.trunk.uri.clone()).body(Full::new(Bytes::from_static(b"{}")));
        self.trunk.send(message.unwrap(), "notes").await
    }

    /// A whole answer.
    async fn answer(&self) -> Result<Bytes, Fault> {
        let (answer, stream) = self.asked().await?;
        let body = timeout(BOUND, answer.into_body().collect()).await.expect("the answer does not come");
        drop(stream);
        Ok(body.unwrap().to_bytes())
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
    let behind = Behind::that(|_, number, answer| {
        says(answer, if number < UNREAD { 1024 * 1024 } else { 83 });
    })
    .await;
    let mut unread = Vec::new();
    for _ in 0..UNREAD {
        unread.push(behind.asked().await.unwrap());
    }
    assert_eq!(behind.answer().await.unwrap().len(), 83);
    assert_eq!(behind.connections(), 1);
}

#[tokio::test]
async fn a_server_that_names_no_bound_gets_no_more_streams_on_a_connection_than_we_can_hold() {
    let behind = Behind::that(|_, _, answer| says(answer, 1024)).await;
    let mut open = Vec::new();
    for _ in 0..600 {
        open.push(behind.asked().await.unwrap());
    }
    assert_eq!(behind.connections(), 3);
}
