//! The second step: what does the server say to a call without a token? A 401 with a challenge, if all is well.

use http::{HeaderMap, StatusCode, header};
use warded_client::{
    challenge::{Challenge, Scheme},
    channel::ChannelFailed,
    fetch::Passage,
};
use warded_core::UnixTime;

use super::{
    clock, own, protocol,
    protocol::{Dialect, Heard},
    walk::{Stopped, Walk},
};
use crate::diagnosis::{Party, Step, table};

/// What came of the first call.
pub(super) struct Knocked {
    pub(super) dialect: Dialect,
    pub(super) answer: Result<Heard, ChannelFailed>,
    pub(super) passages: Vec<Passage>,
}

/// What the server asks for.
pub(super) struct Challenged {
    pub(super) challenge: Option<Challenge>,
    /// The header fields that the challenge stood in.
    pub(super) headers: HeaderMap,
    pub(super) dialect: Dialect,
    /// The answer of a server that let the call in.
    pub(super) opened: Option<Heard>,
    /// What time it was there.
    pub(super) clock: Option<UnixTime>,
}

/// Calls the server without a token; in the way of 2026-07-28 where it does not know the older one.
pub(super) async fn knock(walk: &Walk<'_>) -> Knocked {
    let mut knocked = call(walk, Dialect::Handshake).await;
    if let Ok(heard) = &knocked.answer
        && (matches!(heard.status.as_u16(), 400 | 404 | 405 | 406) || heard.error().is_some())
    {
        let again = call(walk, Dialect::Stateless).await;
        let is_better = |heard: &Heard| {
            heard.status == StatusCode::UNAUTHORIZED || (heard.status.is_success() && heard.error().is_none())
        };
        if again.answer.as_ref().is_ok_and(is_better) {
            knocked = again;
        }
    }
    knocked
}

async fn call(walk: &Walk<'_>, dialect: Dialect) -> Knocked {
    let answer = match walk.channel().send(&dialect.opening(), None, walk.session.prover()).await {
        Ok(answer) => Ok(protocol::hear(answer, walk.patience).await),
        Err(failure) => Err(failure),
    };
    Knocked { dialect, answer, passages: walk.wire.take() }
}

/// Writes down what the server asks for; none where a client would stop.
pub(super) fn look(step: &mut Step, knocked: Knocked, walk: &Walk<'_>) -> Result<Challenged, Stopped> {
    let (dialect, clock) = (knocked.dialect, clock::of(&knocked.passages));
    let heard = knocked.answer.map_err(|_| Stopped)?;
    let status = heard.status.as_u16();
    let beside = walk.own().names().next().map(|_| format!(", with {} of your own", own::names(walk)));
    let beside = beside.unwrap_or_default();
    step.saw(Party::You, format!("call `{}` without a token{beside}", dialect.method()));
    match status {
        401 => {
            let challenge = challenge(step, &heard)?;
            Ok(Challenged { challenge, headers: heard.headers, dialect, opened: None, clock })
        }
        200..300 if heard.is_response() => {
            step.saw(Party::Server, format!("answers with status {status}: the call is let in"));
            let headers = HeaderMap::new();
            Ok(Challenged { challenge: None, headers, dialect, opened: Some(heard), clock })
        }
        _ => {
            refused(step, &heard, walk);
            Err(Stopped)
        }
    }
}

fn challenge(step: &mut Step, heard: &Heard) -> Result<Option<Challenge>, Stopped> {
    let found = match Challenge::find(&heard.headers) {
        Ok(found) => found,
        Err(error) => {
            step.breaks(
                Party::Server,
                "answers 401 with a challenge that cannot be read",
                "RFC 9110 §11.6.1",
            );
            step.find(&table::CHALLENGE_MALFORMED, Party::Server, error.to_string());
            return Err(Stopped);
        }
    };
    let Some(found) = found else {
        match heard.headers.get(header::WWW_AUTHENTICATE) {
            None => {
                step.breaks(Party::Server, "answers 401 without a challenge", "RFC 9110 §11.6.1");
                let message = "the server answers 401 and does not say what it wants";
                step.find(&table::CHALLENGE_ABSENT, Party::Server, message);
            }
            Some(other) => {
                let text = other.to_str().unwrap_or_default();
                let scheme = heard.withheld.shown(text.split([' ', ',']).next().unwrap_or_default());
                step.breaks(Party::Server, format!("answers 401 and asks for {scheme}"), "RFC 6750 §3");
                let message = format!("the server asks for {scheme}, and for no Bearer or DPoP token");
                step.find(&table::CHALLENGE_FOREIGN, Party::Server, message);
            }
        }
        return Ok(None);
    };
    let scheme = if found.scheme == Scheme::Dpop { "DPoP" } else { "Bearer" };
    let mut did = format!("answers 401 with a {scheme} challenge");
    if let Some(scope) = &found.scope {
        did += &format!(", for the scopes `{}`", heard.withheld.shown(&scope.to_string()));
    }
    step.follows(Party::Server, did, if scheme == "DPoP" { "RFC 9449 §7.1" } else { "RFC 6750 §3" });
    if let Some(url) = &found.resource_metadata {
        let did = format!("says where it is described: {}", heard.withheld.shown(url));
        step.follows(Party::Server, did, "RFC 9728 §5.1");
    } else {
        step.breaks(Party::Server, "does not say where it is described", "RFC 9728 §5.1");
        let message = "the challenge has no `resource_metadata`";
        step.find(&table::CHALLENGE_WITHOUT_METADATA, Party::Server, message);
    }
    Ok(Some(found))
}

/// Neither let in nor asked for a token.
pub(super) fn refused(step: &mut Step, heard: &Heard, walk: &Walk<'_>) {
    let status = heard.status.as_u16();
    let location = heard.headers.get(header::LOCATION).and_then(|to| to.to_str().ok());
    let diagnosis = match status {
        300..400 => &table::REDIRECTED,
        403 => &table::FORBIDDEN,
        500.. => &table::FAILING,
        _ => &table::NOT_MCP,
    };
    // A query may hold what must not be seen.
    let to = location.map(|to| heard.withheld.shown(to.split(['?', '#']).next().unwrap_or_default()));
    let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
    let what = if heard.status.is_success() { ", and not with a JSON-RPC response" } else { "" };
    step.saw(Party::Server, format!("answers with status {status}{to}{what}"));
    let message = format!("{} answers a call with status {status}{to}{what}", walk.server);
    step.find(diagnosis, Party::Server, message);
}
