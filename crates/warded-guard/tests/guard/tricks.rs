//! Tricks with headers and bodies: whatever somebody writes to be read in two ways. Each stands between two calls that
//! are as they should be, at the same guard, so that a guard that refuses everything would be noticed.

use http::Request;

use crate::stage::{Answer, Door, body, full, good, ping};

pub(crate) mod bodies;
mod headers;
mod wire;

/// What becomes of a trick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes no further, with this status and code.
    Refused(u16, &'static str),
    /// It is no trick to anybody: every byte goes on.
    Through,
}

pub(crate) const MALFORMED: Fate = Fate::Refused(400, "call-malformed");
pub(crate) const TWICE: Fate = Fate::Refused(400, "call-duplicate-member");
pub(crate) const LOOKALIKE: Fate = Fate::Refused(400, "call-lookalike-member");
pub(crate) const DISAGREES: Fate = Fate::Refused(400, "header-disagrees");
pub(crate) const MEDIA: Fate = Fate::Refused(415, "media-type");

/// How many tricks are known, with those on the wire.
#[test]
fn there_are_more_than_eighty_tricks() {
    let counts = [bodies::all().len(), headers::all().len(), wire::COUNT];
    println!("bodies, headers, on the wire: {counts:?}");
    assert!(counts.iter().sum::<usize>() >= 80 && counts.iter().all(|count| *count >= 15), "{counts:?}");
}

async fn control(door: &Door, trick: &str) {
    let answer = door.ask(good().body(body(&ping())).unwrap()).await;
    let reached = door.reached.lock().unwrap().pop();
    assert!(reached.is_some(), "a good call beside {trick}: {answer:?}");
}

/// What became of a request whose body is this.
async fn fate(door: &Door, request: http::request::Builder, sent: &[u8]) -> (Answer, Option<Vec<u8>>) {
    let request: Request<_> = request.body(full(sent.to_vec())).unwrap();
    let answer = door.ask(request).await;
    let reached = door.reached.lock().unwrap().pop().map(|permitted| match permitted.called {
        warded_guard::Called::Post { message, .. } => message.to_vec(),
        _ => Vec::new(),
    });
    (answer, reached)
}

async fn check(door: &Door, trick: &str, request: http::request::Builder, sent: &[u8], expected: Fate) {
    control(door, trick).await;
    let (answer, reached) = fate(door, request, sent).await;
    match expected {
        Fate::Refused(status, code) => {
            assert!(reached.is_none(), "{trick} got through");
            assert_eq!((answer.status.as_u16(), &*answer.code()), (status, code), "{trick}");
        }
        Fate::Through => {
            assert!(reached.is_some(), "{trick}: {answer:?}");
            assert_eq!(reached.as_deref(), Some(sent), "{trick} was changed");
        }
    }
    control(door, trick).await;
}
