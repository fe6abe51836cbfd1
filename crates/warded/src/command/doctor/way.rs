//! The first step: is there a way to the server? Name, proxy, connection, TLS, and how long each took.

use std::time::Duration;

use warded_client::{channel::ChannelFailed, fetch::Passage};

use super::{
    clock,
    knock::Knocked,
    trouble,
    walk::{Stopped, Walk},
};
use crate::diagnosis::{Party, Step};

/// Writes down how the server was reached; none where it was not.
pub(super) fn look(step: &mut Step, knocked: &Knocked, walk: &Walk<'_>) -> Result<(), Stopped> {
    if let Some(passage) = knocked.passages.last() {
        went(step, passage);
    }
    match &knocked.answer {
        Ok(_) => {
            clock::compare(step, Party::Server, clock::of(&knocked.passages), walk.now());
            Ok(())
        }
        Err(ChannelFailed::Fetch(failure)) => {
            trouble::fetch(step, Party::Server, failure, &knocked.passages);
            Err(Stopped)
        }
        Err(other) => {
            step.skipped = Some(other.to_string());
            Err(Stopped)
        }
    }
}

fn went(step: &mut Step, passage: &Passage) {
    let took = passage.took;
    if let Some(proxy) = &passage.proxy {
        step.saw(Party::You, format!("leave through the proxy {proxy}, which looks the name up"));
    }
    if !passage.addresses.is_empty() {
        let addresses: Vec<_> = passage.addresses.iter().take(8).map(ToString::to_string).collect();
        step.saw(Party::Server, format!("has the address {}{}", addresses.join(", "), after(took.resolved)));
    }
    if let Some(reached) = passage.reached {
        // Behind a proxy, nobody here knows where the server is.
        let (who, what) = match passage.proxy {
            Some(_) => (Party::You, "reach the proxy"),
            None => (Party::Server, "accepts connections"),
        };
        step.saw(who, format!("{what} at {reached}{}", after(took.connected)));
    }
    if let Some(version) = passage.tls {
        let message =
            format!("shows a certificate that is believed, and speaks {version}{}", after(took.secured));
        step.follows(Party::Server, message, "RFC 9110 §4.3.4");
    }
    if passage.answer.is_some() {
        step.saw(Party::Server, format!("answers{}", after(took.answered)));
    }
}

fn after(took: Option<Duration>) -> String {
    took.map(|took| format!(" (after {} ms)", took.as_millis())).unwrap_or_default()
}
