//! What if the server has ended the session? The client behind the pipe knows of none, so the bridge does what the
//! specification asks of a client: it opens a new one, with the handshake that the client has made.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use tokio::time::timeout;

use super::{Bridge, away::Twice, exchange::Open, headers::Settled, streams::Behalf};
use crate::{channel::Message, login::Notice};

const INITIALIZED: &[u8] = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// A message as it goes to the server.
pub(super) fn post(body: Bytes) -> Message {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    Message::new(Method::POST, headers, body)
}

impl Bridge {
    /// Opens a new session in place of one that is lost, unless somebody has done it meanwhile. The server has told its
    /// client what it can do; where it comes back as another, the client must hear of it.
    pub(super) async fn open_again(&self, lost: &Settled, behalf: Behalf) -> Result<(), String> {
        // Everybody else waits for whoever is at it, and nobody longer than the client would.
        let opened = timeout(self.grace, self.shake_hands_again(lost, behalf)).await;
        opened.map_err(|_| "the server has ended the session and does not open a new one in time")?
    }

    async fn shake_hands_again(&self, lost: &Settled, behalf: Behalf) -> Result<(), String> {
        let handshake = self.handshake.lock().await;
        if self.wire.now() != *lost {
            return Ok(());
        }
        let ended = |why: &str| format!("the server has ended the session{why}; connect again");
        let call = handshake.as_deref().ok_or_else(|| ended(""))?;
        let answer = self.send(&post(call.body()), behalf, Twice::Harmless).await?;
        if !answer.status.is_success() {
            let status = answer.status.as_u16();
            return Err(ended(&format!(" and opens no new one (status {status})")));
        }
        let session = Settled::session_of(&answer.headers);
        let mut open = Open::quiet(call, behalf);
        self.receive(answer, &mut open).await?;
        let settled = Settled::new(session, open.revision());
        if !settled.is_of_revision(lost) {
            return Err(ended(" and speaks another revision now"));
        }
        let mut initialized = post(Bytes::from_static(INITIALIZED));
        settled.dress(&mut initialized);
        self.send(&initialized, behalf, Twice::Harmless).await?;
        self.wire.replace(settled);
        self.session.tell(Notice::OpenedAgain);
        Ok(())
    }
}
