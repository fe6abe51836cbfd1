//! Which connections of HTTP/1.1 are kept for the next call? Each takes one call at a time. A call takes one that waits,
//! the one that waited shortest, or makes one.

use std::{
    collections::HashMap,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
    time::Duration,
};

use http::{Response, Uri};
use http_body::Body;
use hyper::body::Incoming;
use tokio::{
    runtime::Handle,
    time::{Instant, sleep, timeout_at},
};
use tower::ServiceExt as _;
use warded_core::Fault;
use warded_guard::Unsent;

use super::{
    Connector, fault,
    wire::{Failed, Message, Piece, Wire},
};

/// Shorter than what common servers allow (five seconds): a connection that they are about to close is not used.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// Most connections to one server behind that wait.
const MOST_IDLE: usize = 64;

/// Every server behind that is spoken to in HTTP/1.1, by scheme, host and port.
#[derive(Clone)]
pub(super) struct Roads {
    connector: Connector,
    known: Arc<Mutex<HashMap<String, Weak<Road>>>>,
}

/// The way to one server behind.
pub(super) struct Road {
    connector: Connector,
    to: Uri,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    waiting: Vec<Waiting>,
    /// Whether somebody comes by and closes what nobody used.
    is_swept: bool,
}

struct Waiting {
    wire: Box<Wire>,
    since: Instant,
}

/// A connection that is taken, until its answer is over.
pub(crate) struct Taken {
    wire: Option<Box<Wire>>,
    road: Arc<Road>,
}

impl Roads {
    pub(super) fn over(connector: Connector) -> Self {
        Self { connector, known: Arc::default() }
    }

    /// The way to the server behind that this URL names: one for all who name it.
    pub(super) fn to(&self, uri: &Uri) -> Arc<Road> {
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
        let key = format!("{scheme}://{}", authority.unwrap_or_default());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(road) = known.get(&key).and_then(Weak::upgrade) {
            return road;
        }
        let road =
            Arc::new(Road { connector: self.connector.clone(), to: uri.clone(), kept: Mutex::default() });
        known.retain(|_, road| road.strong_count() > 0);
        known.insert(key, Arc::downgrade(&road));
        road
    }
}

impl Road {
    /// Sends a request whose target is in the form of the origin, and waits for the head of its answer, for so long at
    /// most.
    pub(super) async fn send(
        self: &Arc<Self>,
        message: Message,
        patience: Duration,
        server: &str,
        unsent: &Unsent,
    ) -> Result<(Response<Incoming>, Taken), Fault> {
        let mut message = message;
        let now = Instant::now();
        let until = now + patience;
        loop {
            let (mut wire, is_fresh) = match self.take(now) {
                Some(wire) => (wire, false),
                // Few calls make one, and none of them has to have room for it.
                None => (Box::pin(self.open(until, server)).await?, true),
            };
            unsent.is_sent();
            match wire.send(message, until).await {
                Ok(answer) => return Ok((answer, Taken { wire: Some(wire), road: Arc::clone(self) })),
                Err(Failed::Late) => return Err(fault::of_waiting(server)),
                Err(Failed::Broken(mut failed)) => match failed.take_message() {
                    // Not one byte of it was sent: the connection had ended while nobody looked. A new one is another
                    // matter.
                    Some(whole) if !is_fresh => {
                        unsent.is_unsent();
                        message = whole;
                    }
                    whole => return Err(fault::of_http(failed.error(), whole.is_none(), server)),
                },
            }
        }
    }

    async fn open(&self, until: Instant, server: &str) -> Result<Box<Wire>, Fault> {
        let stream = timeout_at(until, self.connector.clone().oneshot(self.to.clone())).await;
        let stream = stream.map_err(|_| fault::of_waiting(server))?;
        let stream = stream.map_err(|error| fault::of_connecting(&*error, server))?;
        let wire = Wire::over(stream).await.map_err(|error| fault::of_http(&error, false, server))?;
        Ok(Box::new(wire))
    }

    /// One that waits and is not about to be closed.
    fn take(&self, now: Instant) -> Option<Box<Wire>> {
        let mut kept = self.kept();
        while let Some(Waiting { wire, since }) = kept.waiting.pop() {
            if wire.is_free() && now.duration_since(since) < IDLE_TIMEOUT {
                return Some(wire);
            }
        }
        None
    }

    fn give_back(self: &Arc<Self>, mut wire: Box<Wire>) {
        // One that still has something of the last call on it is not waited for.
        if !wire.rests() {
            return;
        }
        let mut kept = self.kept();
        if kept.waiting.len() >= MOST_IDLE {
            return;
        }
        if !kept.is_swept {
            let Ok(runtime) = Handle::try_current() else { return };
            kept.is_swept = true;
            drop(runtime.spawn(sweep(Arc::downgrade(self))));
        }
        kept.waiting.push(Waiting { wire, since: Instant::now() });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// The next piece of the body of the answer.
    pub(super) fn poll_frame<B: Body>(
        &mut self,
        body: Pin<&mut B>,
        context: &mut Context<'_>,
    ) -> Poll<Piece<B>> {
        match &mut self.wire {
            Some(wire) => wire.poll_frame(body, context),
            None => body.poll_frame(context),
        }
    }
}

/// Closes what waited for too long and lets go of what the server behind has closed, until nothing waits.
async fn sweep(road: Weak<Road>) {
    loop {
        sleep(IDLE_TIMEOUT).await;
        let Some(road) = road.upgrade() else { return };
        let now = Instant::now();
        let mut kept = road.kept();
        let is_over = |waiting: &mut Waiting| {
            !waiting.wire.is_alive() || now.duration_since(waiting.since) >= IDLE_TIMEOUT
        };
        for over in kept.waiting.extract_if(.., is_over) {
            tokio::spawn(over.wire.end());
        }
        if kept.waiting.is_empty() {
            kept.is_swept = false;
            return;
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take() {
            self.road.give_back(wire);
        }
    }
}

impl fmt::Debug for Road {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Road({})", self.to)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use bytes::Bytes;
    use futures_util::future::poll_fn;
    use http::Request;
    use http_body_util::{BodyExt as _, Full};
    use hyper_rustls::HttpsConnectorBuilder;
    use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
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

    const PATIENCE: Duration = Duration::from_mins(1);

    /// One connection.
    async fn answers(mut stream: TcpStream, number: usize) {
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { return };
                head.push(byte);
            }
            let text = String::from_utf8(head).unwrap();
            let target = text.split(' ').nth(1).unwrap();
            let said = format!("{number} {target}");
            let whole =
                |text: &str| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
            let answer = match target {
                "/broken" => return,
                "/half" => format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{said}"),
                "/nothing" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
                "/more" => whole(&said) + &whole("an answer to nobody"),
                "/switched" => {
                    format!(
                        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n{said}"
                    )
                }
                _ => whole(&said),
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
            if target == "/last" {
                return;
            }
            if target == "/early" {
                // Its message is not read before somebody else has been answered, and then as if it were requests.
                while stream.read_u8().await.is_ok_and(|byte| byte == b'x') {}
            }
        }
    }

    /// Answers each request with the number of its connection and with its own target, so that no answer can be taken for
    /// another's; some targets are answered as a server should not.
    async fn server() -> (Arc<Road>, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answers(stream, counted.fetch_add(1, SeqCst)));
            }
        });
        (road(&format!("http://127.0.0.1:{port}/mcp")), connections)
    }

    fn request(target: &str) -> Request<Full<Bytes>> {
        Request::post(target).header("host", "behind").body(Full::default()).unwrap()
    }

    fn whole((answer, taken): (Response<Incoming>, Taken)) -> Answered {
        Answered::new(answer.into_body(), None, Way::One(taken))
    }

    async fn asked(road: &Arc<Road>, target: &str) -> Result<Bytes, Fault> {
        let answer = whole(road.send(request(target), PATIENCE, "notes", &Unsent::default()).await?);
        Ok(answer.collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn one_call_after_another_goes_over_one_connection() {
        let (road, connections) = server().await;
        for target in ["/a", "/b", "/c", "/d", "/e"] {
            assert_eq!(asked(&road, target).await.unwrap(), format!("0 {target}"));
        }
        assert_eq!(connections.load(SeqCst), 1);
    }

    #[tokio::test]
    async fn an_answer_without_a_body_leaves_the_connection_for_the_next() {
        let (road, _) = server().await;
        assert_eq!(asked(&road, "/nothing").await.unwrap(), "");
        assert_eq!(asked(&road, "/mcp").await.unwrap(), "0 /mcp");
    }

    #[tokio::test]
    async fn two_calls_at_once_have_a_connection_each() {
        let (road, connections) = server().await;
        let one = road.send(request("/mcp"), PATIENCE, "notes", &Unsent::default()).await.unwrap();
        let two = road.send(request("/mcp"), PATIENCE, "notes", &Unsent::default()).await.unwrap();
        assert_eq!(connections.load(SeqCst), 2);
        drop((one, two));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_read_to_its_end_leaves_no_connection_that_a_call_would_read_it_on() {
        let (road, connections) = server().await;
        for is_given_back_first in [true, false] {
            let (mut answer, mut taken) =
                road.send(request("/half"), PATIENCE, "notes", &Unsent::default()).await.unwrap();
            let begun = poll_fn(|context| taken.poll_frame(Pin::new(answer.body_mut()), context)).await;
            let begun = begun.unwrap().unwrap().into_data().unwrap();
            assert!(begun.ends_with(b" /half"), "{begun:?}");
            if is_given_back_first {
                drop(taken);
                drop(answer);
            } else {
                drop(answer);
                drop(taken);
            }
            let next = connections.load(SeqCst);
            assert_eq!(asked(&road, "/mcp").await.unwrap(), format!("{next} /mcp"));
            assert_eq!(connections.load(SeqCst), next + 1);
            // What was left of the others is used up.
            road.kept().waiting.clear();
        }
    }

    #[tokio::test]
    async fn an_answer_that_came_before_its_message_was_sent_leaves_no_connection() {
        let (road, connections) = server().await;
        let mut early = request("/early");
        *early.body_mut() = Full::from(vec![b'x'; 32 * 1024 * 1024]);
        let answer = whole(road.send(early, PATIENCE, "notes", &Unsent::default()).await.unwrap());
        assert_eq!(answer.collect().await.unwrap().to_bytes(), "0 /early");
        assert_eq!(asked(&road, "/mcp").await.unwrap(), "1 /mcp");
        assert_eq!(connections.load(SeqCst), 2);
    }

    #[tokio::test]
    async fn what_comes_after_an_answer_is_not_the_answer_to_the_next_call() {
        for target in ["/more", "/switched"] {
            let (road, connections) = server().await;
            drop(
                whole(road.send(request(target), PATIENCE, "notes", &Unsent::default()).await.unwrap())
                    .collect()
                    .await,
            );
            assert_eq!(asked(&road, "/mcp").await.unwrap(), "1 /mcp", "{target}");
            assert_eq!(connections.load(SeqCst), 2, "{target}");
        }
    }

    #[tokio::test]
    async fn a_call_goes_again_where_the_connection_had_ended_and_not_where_it_may_have_been_seen() {
        let (road, connections) = server().await;
        assert_eq!(asked(&road, "/last").await.unwrap(), "0 /last");
        while road.kept().waiting.iter_mut().any(|waiting| waiting.wire.is_alive()) {
            tokio::task::yield_now().await;
        }
        assert_eq!(asked(&road, "/mcp").await.unwrap(), "1 /mcp", "the first connection is gone");
        assert_eq!(asked(&road, "/broken").await, Err(Fault::UpstreamBroke), "it was seen");
        assert_eq!(connections.load(SeqCst), 2, "and not sent again");
    }

    /// The way to this URL.
    fn road(url: &str) -> Arc<Road> {
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let dial = Dial::new(Fetch::on(&Network::default(), Reach::public()).unwrap(), IDLE_TIMEOUT);
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1();
        let roads = Roads::over(Within::new(connector.wrap_connector(dial), IDLE_TIMEOUT));
        let uri = url.parse().unwrap();
        let road = roads.to(&uri);
        assert!(Arc::ptr_eq(&road, &roads.to(&uri)), "there is one for all who name it");
        road
    }

    #[tokio::test]
    async fn a_call_that_waits_for_its_connection_was_not_sent() {
        // It takes connections, and never says who it is.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let road = road(&format!("https://127.0.0.1:{}/mcp", silent.local_addr().unwrap().port()));
        let unsent = Unsent::default();
        let sent = road.send(request("/mcp"), Duration::from_millis(50), "notes", &unsent).await;
        assert!(matches!(sent, Err(Fault::UpstreamTimeout)));
        assert!(!unsent.was_sent(), "there was nothing to send it over");
    }

    #[tokio::test]
    async fn a_connection_that_waited_for_long_is_closed_and_not_used() {
        let (road, connections) = server().await;
        assert_eq!(asked(&road, "/mcp").await.unwrap(), "0 /mcp");
        tokio::time::pause();
        tokio::time::advance(IDLE_TIMEOUT).await;
        assert!(road.take(Instant::now()).is_none());
        tokio::time::resume();
        assert_eq!(asked(&road, "/mcp").await.unwrap(), "1 /mcp");
        assert_eq!(connections.load(SeqCst), 2);
    }
}
