//! A server on loopback that says exactly these bytes, whatever it is asked, and then waits or hangs up.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What happens after the bytes.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    /// The connection ends.
    HangUp,
    /// The connection is gone, as if nobody had ever had it.
    Reset,
    /// Nothing, for ever.
    Wait,
    /// The last bytes again, for ever.
    Repeat,
}

/// Ends when it is dropped.
pub(crate) struct Raw {
    address: SocketAddr,
    _running: JoinSet<()>,
}

impl Raw {
    pub(crate) async fn start(pieces: &[&str], then: Then) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let pieces = pieces.clone();
                connections.spawn(async move { drop(speak(stream, &pieces, then).await) });
            }
        });
        Self { address, _running: running }
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/", self.address)
    }
}

async fn speak(mut stream: TcpStream, pieces: &[Vec<u8>], then: Then) -> std::io::Result<()> {
    let mut request = [0; 4096];
    // Who speaks before it was asked anything may be read as a mistake of the connection.
    let _some = stream.read(&mut request).await?;
    for piece in pieces {
        stream.write_all(piece).await?;
    }
    match then {
        Then::HangUp => stream.shutdown().await,
        Then::Reset => stream.set_zero_linger(),
        Then::Wait => std::future::pending().await,
        Then::Repeat => loop {
            stream.write_all(pieces.last().unwrap()).await?;
        },
    }
}
