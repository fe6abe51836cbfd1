//! What is said while somebody gets in? On standard error only: standard output belongs to the protocol.

use std::{
    collections::HashSet,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use warded_client::login::{Notice, Pasted, Tell};

use super::terminal;
use crate::report::escaped;

/// Tells people, each thing once; with `quiet`, only what they have to act on; with `verbose`, each step.
pub(super) fn to_people(quiet: bool, verbose: bool) -> Tell {
    let said = Mutex::new(HashSet::new());
    Arc::new(move |notice| match weight(&notice) {
        Weight::Needed => say(&text(&notice)),
        Weight::Step if verbose && !quiet => say(&text(&notice)),
        Weight::Event if !quiet => say(&text(&notice)),
        Weight::News if !quiet => {
            let text = text(&notice);
            if said.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) {
                say(&text);
            }
        }
        _ => {}
    })
}

/// Who wants to hear of something.
enum Weight {
    /// Whoever must do something.
    Needed,
    /// Everybody, once.
    News,
    /// Everybody, each time.
    Event,
    /// Whoever looks for a fault.
    Step,
}

const fn weight(notice: &Notice) -> Weight {
    match notice {
        Notice::Visit { .. } | Notice::Enter { .. } | Notice::Paste { .. } | Notice::NotPasted => {
            Weight::Needed
        }
        Notice::Away { .. } | Notice::Back | Notice::OpenedAgain | Notice::Waiting { .. } => Weight::Event,
        Notice::Kept | Notice::Refreshed { .. } | Notice::Answered { .. } | Notice::Resumed => Weight::Step,
        _ => Weight::News,
    }
}

/// Asks for the answer of a login at the terminal, whatever standard input is. What is typed is not shown: it has a code in
/// it, and terminals remember.
pub(super) fn pasted() -> Pasted {
    Pasted::by(Arc::new(|| Box::pin(terminal::line("URL (not shown): "))))
}

/// Says one line. That nobody listens is no reason to stop.
pub(crate) fn say(text: &str) {
    writeln!(anstream::stderr(), "warded: {text}").ok();
}

/// Words of others are escaped: a terminal obeys some of them.
fn text(notice: &Notice) -> String {
    match notice {
        Notice::Visit { url } => format!("to log in, visit {}", escaped(url)),
        Notice::Enter { url, code } => {
            format!("to log in, visit {} on any device and enter the code {}", escaped(url), escaped(code))
        }
        Notice::Paste { redirect_uri } => format!(
            "then paste the URL that the browser ends at (it begins with {} and shows an error, since nobody listens there)",
            escaped(redirect_uri)
        ),
        Notice::NotPasted => "that is not the answer to this login; paste the whole URL".to_owned(),
        Notice::NoBrowser { reason } => {
            format!("no browser could be started ({}); use the URL above", escaped(reason))
        }
        Notice::WideResource { resource } => format!(
            "the server calls itself {}, which covers its neighbours, too: a token for it may work there",
            escaped(resource)
        ),
        Notice::Legacy => {
            "the server does not describe itself (RFC 9728); its own origin is asked for a token".to_owned()
        }
        Notice::Unbound { issuer } => format!(
            "{} gives no tokens for a server that is named: the token is sent to this server only, but others may take it",
            escaped(issuer)
        ),
        Notice::NotKept { reason } => {
            format!("the token is used and cannot be kept: {}", escaped(reason))
        }
        Notice::LoginLost { issuer } => format!(
            "the login at {} is lost: an earlier renewal of it was cut off, by a process that was killed or a connection that broke, before its result was kept, and the issuer takes a refresh token once only",
            escaped(issuer)
        ),
        Notice::Waiting { server } => {
            format!("another process is at a login for {}; waiting for what comes of it", escaped(server))
        }
        Notice::Away { reason } => format!("{}; trying again for a while", escaped(reason)),
        Notice::Back => "the server is back".to_owned(),
        Notice::OpenedAgain => "the server had ended the session; a new one is open".to_owned(),
        Notice::OtherRevision { client, server } => {
            let client = client.as_deref().unwrap_or("a revision that it does not name");
            let server = if server.is_empty() { "another".to_owned() } else { server.join(", ") };
            format!(
                "the client asks in {}, and the server speaks {}; nothing is translated, so one of them has to be updated, unless the client asks again in another",
                escaped(client),
                escaped(&server)
            )
        }
        Notice::NotTaken { method, reason } => {
            format!("the server did not take {}: {}", escaped(method), escaped(reason))
        }
        Notice::TooMuch => {
            "what the server says of its own accord is too large, and is not listened to any more".to_owned()
        }
        Notice::Kept => "a token for this server is at hand".to_owned(),
        Notice::Refreshed { issuer } => format!("{} has renewed the token", escaped(issuer)),
        Notice::Answered { method, status } => format!("{}: status {status}", escaped(method)),
        Notice::Resumed => "a stream that broke off goes on".to_owned(),
        Notice::LoggedIn { issuer } => format!("{} has issued a token for this server", escaped(issuer)),
        _ => "something happened that this version has no words for".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_do_not_reach_the_terminal_as_commands() {
        let said = text(&Notice::WideResource { resource: "https://a.example/\u{1b}[2J".to_owned() });
        assert!(!said.contains('\u{1b}'), "{said}");
    }
}
