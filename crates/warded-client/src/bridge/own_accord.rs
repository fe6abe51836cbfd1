//! What does the server say of its own accord? In the revisions with sessions it has a stream for that, which a client
//! opens and keeps open.

use std::{sync::Arc, time::Duration};

use http::StatusCode;

use super::{
    Bridge,
    events::Decoder,
    headers::Settled,
    message::Head,
    streams::{Behalf, is_stream, pause},
};
use crate::{fetch::Streamed, login::Notice};

/// The longest pause between two attempts that come to nothing.
const LONGEST: Duration = Duration::from_mins(1);

impl Bridge {
    /// Keeps the stream open for as long as the server has one.
    pub(super) async fn hear_own_accord(self: Arc<Self>) {
        let mut decoder = Decoder::default();
        let mut heard_in = self.wire.now();
        let mut failures = 0_u32;
        loop {
            match self.own_accord_from(&mut decoder, &mut heard_in).await {
                // 405 and its like: the server has nothing to say of its own accord.
                Ok(None) => return,
                Err(_) => failures += 1,
                Ok(Some(mut answer)) => {
                    let mut events = Vec::new();
                    let mut news = false;
                    while let Some(Ok(piece)) = answer.body.next().await {
                        if decoder.take(&piece, &mut events).is_err() {
                            self.session.tell(Notice::TooMuch);
                            return;
                        }
                        for event in events.drain(..) {
                            news = true;
                            let is_message = event.is_message && !event.data.is_empty();
                            if is_message && Head::all(&event.data).is_some() {
                                self.say(event.data).await;
                            }
                        }
                    }
                    failures = if news { 0 } else { failures + 1 };
                }
            }
            decoder = decoder.again();
            let longer = Duration::from_secs(1 << failures.saturating_sub(1).min(6)).min(LONGEST);
            let pause = if failures > 1 { pause(decoder.retry).max(longer) } else { pause(decoder.retry) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Opens the stream where it was in that session; none where there is no such stream.
    async fn own_accord_from(
        &self,
        decoder: &mut Decoder,
        heard_in: &mut Settled,
    ) -> Result<Option<Streamed>, String> {
        let now = self.wire.now();
        if *heard_in != now {
            // Somebody has opened another session meanwhile, which knows nothing of what the last one said.
            (decoder.last_id, *heard_in) = (None, now);
        }
        let last = decoder.last_id.as_deref();
        let mut answer = self.get(last, heard_in, Behalf::Bridge).await?;
        if answer.status == StatusCode::NOT_FOUND && heard_in.has_session() {
            self.open_again(heard_in, Behalf::Bridge).await?;
            (decoder.last_id, *heard_in) = (None, self.wire.now());
            answer = self.get(None, heard_in, Behalf::Bridge).await?;
        } else if answer.status.is_client_error() && last.is_some() {
            // That may be about the place and not about the stream: a server does not keep for ever what it said.
            decoder.last_id = None;
            answer = self.get(None, heard_in, Behalf::Bridge).await?;
        }
        Ok((answer.status == StatusCode::OK && is_stream(&answer.headers)).then_some(answer))
    }
}
