//! How long may the head of a request take? hyper sets a timer for each head and takes it back when the head is there.
//! Here all heads of a connection have one and the same.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

use crate::deadline::Deadline;

/// Where the timer lies while no head is waited for.
type Place = Arc<Mutex<Option<Deadline>>>;

/// The timer of one connection of HTTP/1.1.
#[derive(Debug, Default)]
pub(super) struct Heads(Place);

/// A head that is waited for.
struct Awaited {
    deadline: Option<Deadline>,
    place: Place,
}

impl Timer for Heads {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn Sleep>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let deadline = match kept {
            Some(mut deadline) => {
                deadline.move_to(at.into());
                deadline
            }
            None => Deadline::new(at.into()),
        };
        Box::pin(Awaited { deadline: Some(deadline), place: Arc::clone(&self.0) })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

impl Sleep for Awaited {}

impl Future for Awaited {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.deadline.as_mut().map_or(Poll::Ready(()), |deadline| deadline.poll_over(context))
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = self.deadline.take();
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use http::Response;
    use http_body_util::Full;
    use hyper::{server::conn::http1, service::service_fn};
    use hyper_util::rt::TokioIo;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
        time::{advance, sleep},
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// The attack: a head that comes byte by byte. On a connection that has been good for a while it must not have more
    /// time, and none that a head before it has used up.
    #[tokio::test(start_paused = true)]
    async fn each_head_has_its_time_and_no_more() {
        let (mut client, server) = duplex(64 * 1024);
        let answer = service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
        let served = tokio::spawn(
            http1::Builder::new()
                .timer(Heads::default())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(server), answer),
        );
        let mut answers = [0; 4096];
        for _ in 0..10 {
            sleep(PATIENCE * 3 / 4).await;
            client.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
            assert!(client.read(&mut answers).await.unwrap() > 0);
        }
        let begin = tokio::time::Instant::now();
        for byte in b"GET / HTTP/1.1\r\n" {
            drop(client.write_all(&[*byte]).await);
            advance(PATIENCE / 10).await;
        }
        assert!(served.await.unwrap().is_err());
        assert!(begin.elapsed() < PATIENCE * 2);
    }
}
