//! What if the server is away for a moment, as it is while it starts again? What has not left this machine is sent when
//! the server is back. What may have been heard is sent once more only where hearing it twice does nothing; a tool is
//! never called twice.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{Bridge, streams::Behalf};
use crate::{
    channel::Message,
    fetch::{FetchFailed, Streamed},
    login::Notice,
};

/// The first pause; each one after it is twice as long.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(4);
/// How long a server may be away before its clients hear of it.
const AWAY: Duration = Duration::from_secs(30);

/// What it does to hear a message twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twice {
    /// Nothing.
    Harmless,
    /// Whatever a tool does.
    Never,
}

impl Twice {
    /// Why there is no answer to what the server may have heard. A model that is not told so calls a second time.
    pub(super) fn unanswered(self, reason: String) -> String {
        match self {
            Self::Harmless => reason,
            Self::Never => {
                format!("{reason}; whether it was carried out is not known, so it is not sent a second time")
            }
        }
    }
}

/// Whether the server is there, as far as is known.
#[derive(Debug, Default)]
pub(super) struct Presence(Mutex<Seen>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Seen {
    /// It has never answered: its URL may be wrong, and whoever waits would wait for nothing.
    #[default]
    Never,
    Here,
    Away,
}

impl Presence {
    fn become_now(&self, now: Seen) -> Seen {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), now)
    }

    fn has_been_here(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) != Seen::Never
    }
}

/// What was put into getting one message across.
#[derive(Debug)]
struct Effort {
    began: Instant,
    /// How long it may take, attempts that hang included: whoever waits does not care what for.
    time: Duration,
    pause: Duration,
    was_cut_off: bool,
}

impl Effort {
    fn within(time: Duration) -> Self {
        Self { began: Instant::now(), time, pause: FIRST, was_cut_off: false }
    }

    /// The pause before the next attempt; none where there is to be no other. What was cut off may have been heard: a
    /// message that its server dies of must not be what it hears first each time that it starts.
    fn goes_on(&mut self, is_cut_off: bool) -> Option<Duration> {
        if self.began.elapsed() >= self.time || (is_cut_off && self.was_cut_off) {
            return None;
        }
        self.was_cut_off |= is_cut_off;
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST);
        Some(pause)
    }
}

impl Bridge {
    /// Sends a message; a person is asked, and a server that is away is waited for, only on behalf of the client.
    pub(super) async fn send(
        &self,
        message: &Message,
        behalf: Behalf,
        twice: Twice,
    ) -> Result<Streamed, String> {
        if behalf == Behalf::Bridge {
            return self.session.send_unattended(message).await.map_err(|error| error.to_string());
        }
        let mut effort = Effort::within(AWAY.min(self.grace));
        loop {
            let error = match self.session.send(message).await {
                Ok(answer) => {
                    if self.presence.become_now(Seen::Here) == Seen::Away {
                        self.session.tell(Notice::Back);
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let is_cut_off = matches!(error.of_server(), Some(FetchFailed::Broken { .. }));
            let is_unsent = error.of_server().is_some_and(FetchFailed::is_unsent);
            let is_late = matches!(error.of_server(), Some(FetchFailed::Timeout { .. }));
            if (is_cut_off && twice == Twice::Never) || is_late {
                return Err(twice.unanswered(error.to_string()));
            }
            if !(is_unsent || is_cut_off) || !self.presence.has_been_here() {
                return Err(error.to_string());
            }
            let Some(pause) = effort.goes_on(is_cut_off) else {
                return Err(error.to_string());
            };
            if self.presence.become_now(Seen::Away) != Seen::Away {
                self.session.tell(Notice::Away { reason: error.to_string() });
            }
            sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn attempts_that_hang_are_part_of_the_time_that_there_is() {
        let mut effort = Effort::within(AWAY);
        for pause in [FIRST, FIRST * 2] {
            assert_eq!(effort.goes_on(false), Some(pause));
            // Nothing comes back from its address for that long.
            advance(Duration::from_secs(15)).await;
        }
        assert_eq!(effort.goes_on(false), None, "half a minute is over");
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_heard_is_sent_once_more_and_what_was_not_as_often_as_there_is_time() {
        let mut effort = Effort::within(AWAY);
        let often = [false, true, false, false].map(|is_cut_off| effort.goes_on(is_cut_off).is_some());
        assert_eq!((often, effort.goes_on(true)), ([true; 4], None));
    }
}
