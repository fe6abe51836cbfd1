//! What does the server say of its own accord? In the revisions with sessions it has a stream for that, which a client
//! opens and keeps open.

use std::{sync::Arc, time::Duration};

use super::{Bridge, events::Decoder, message::Head, streams::pause};
use crate::login::Notice;

/// The longest pause between two attempts that come to nothing.
const LONGEST: Duration = Duration::from_mins(1);

impl Bridge {
    /// Keeps the stream open for as long as the server has one.
    pub(super) async fn hear_own_accord(self: Arc<Self>) {
        let mut decoder = Decoder::default();
        let mut failures = 0_u32;
        loop {
            match self.own_accord_from(decoder.last_id.as_deref()).await {
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
}
