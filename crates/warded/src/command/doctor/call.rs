//! The last step: what does the server say to the token? Let in, and in which revision; or refused, and over what.

use http::{StatusCode, header};
use warded_client::{challenge::Challenge, channel::ChannelFailed};
use warded_core::Entry;

use super::{
    entry::Entered,
    knock::Challenged,
    protocol::{self, Heard, is_known},
    server::list,
    trouble,
    walk::Walk,
};
use crate::diagnosis::{Known, Party, Refused, Step, reason, table};

/// Writes down what the server says to the token.
pub(super) async fn look(
    step: &mut Step,
    entered: Entered,
    known: Known,
    challenged: Challenged,
    walk: &Walk<'_>,
) {
    let Entered { record, opened, .. } = entered;
    let method = challenged.dialect.method();
    step.saw(Party::You, format!("call `{method}` with the token"));
    let opening = challenged.dialect.opening();
    let heard = match opened {
        Some(heard) => heard,
        // The session stopped at this answer; here it is looked at.
        None => match walk.channel().send(&opening, Some(&record), walk.session.prover()).await {
            Ok(answer) => protocol::hear(answer, walk.patience).await,
            Err(ChannelFailed::Fetch(failure)) => {
                trouble::fetch(step, Party::Server, &failure, &walk.wire.take());
                return;
            }
            Err(failure @ ChannelFailed::NonceRefused) => {
                step.find(&table::REFUSED_POSSESSION, Party::Server, failure.to_string());
                return;
            }
            Err(other) => {
                step.skipped = Some(other.to_string());
                return;
            }
        },
    };
    let status = heard.status.as_u16();
    let shown = |words: &str| heard.withheld.shown(words).to_string();
    match heard.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let refused = refused(&heard, shown);
            let error = refused.error.as_deref().map(|error| format!(", `{error}`")).unwrap_or_default();
            let words = refused.words.as_deref().map(|words| format!(": \"{words}\"")).unwrap_or_default();
            step.saw(Party::Server, format!("answers with status {status}{error}{words}"));
            disagree(step, &refused, &known);
        }
        _ if heard.status.is_success() => {
            answered(step, &heard, "the token is accepted");
            protocol::farewell(walk, &heard, Some(&record)).await;
        }
        _ => {
            let location = heard.headers.get(header::LOCATION).and_then(|to| to.to_str().ok());
            let to = location.map(|to| shown(to.split(['?', '#']).next().unwrap_or_default()));
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            let diagnosis = match status {
                300..400 => &table::REDIRECTED,
                500.. => &table::FAILING,
                _ => &table::NOT_MCP,
            };
            step.saw(Party::Server, format!("answers with status {status}{to}"));
            let message = format!("the server answers a call with a token with status {status}{to}");
            step.find(diagnosis, Party::Server, message);
        }
    }
}

/// What the server said, without the secrets that it was sent.
fn refused(heard: &Heard, shown: impl Fn(&str) -> String) -> Refused {
    let mut all = Challenge::all(&heard.headers).unwrap_or_default();
    // One that says what was wrong, of whichever scheme.
    let at = all.iter().position(|challenge| challenge.error.is_some()).unwrap_or(0);
    let challenge = (at < all.len()).then(|| all.swap_remove(at));
    let described = challenge.as_ref().and_then(|challenge| challenge.error_description.as_deref());
    Refused {
        status: heard.status.as_u16(),
        error: challenge.as_ref().and_then(|challenge| challenge.error.as_deref()).map(&shown),
        words: described.or(heard.why.as_deref()).map(&shown),
        code: heard.code.as_deref().and_then(Entry::find),
        wants: challenge.and_then(|challenge| challenge.scope).map(|scope| shown(&scope.to_string())),
    }
}

fn disagree(step: &mut Step, refused: &Refused, known: &Known) {
    let (point, why) = reason(refused, known);
    let (diagnosis, message) = match point {
        Some(point) => {
            let about = point.name();
            (point.refused(), format!("the server and its issuer disagree about {about}: {why}"))
        }
        None if refused.status == 403 => (&table::FORBIDDEN, why),
        None => (&table::REFUSED_UNEXPLAINED, why),
    };
    let more = refused.code.map(|entry| format!(" (`warded explain {}`)", entry.code)).unwrap_or_default();
    step.find(diagnosis, Party::Server, format!("{message}{more}"));
}

/// Writes down what the server answers to whom it lets in, and what that means.
pub(super) fn answered(step: &mut Step, heard: &Heard, meaning: &str) {
    let status = heard.status.as_u16();
    if !heard.is_response() {
        step.breaks(
            Party::Server,
            format!("answers with status {status} and without a JSON-RPC response"),
            "MCP, Streamable HTTP",
        );
        let message = "the server lets the token in, and what it answers is no JSON-RPC response";
        step.find(&table::NOT_MCP, Party::Server, message);
        return;
    }
    step.saw(Party::Server, format!("answers with status {status}: {meaning}"));
    match heard.revisions() {
        Some(spoken) if spoken.iter().any(|revision| is_known(revision)) => {
            let spoken = list(spoken.iter().map(String::as_str));
            step.follows(Party::Server, format!("speaks MCP {spoken}"), "MCP, Versioning");
        }
        Some(spoken) => {
            let spoken = list(spoken.iter().map(String::as_str));
            step.breaks(Party::Server, format!("speaks MCP {spoken}"), "MCP, Versioning");
            step.find(&table::REVISION_UNSHARED, Party::Server, format!("the server speaks {spoken} only"));
        }
        None => {
            let error = heard.error().map(|code| format!(" (JSON-RPC error {code})")).unwrap_or_default();
            let message = format!("the server does not say which revision of MCP it speaks{error}");
            step.breaks(Party::Server, message.clone(), "MCP, Versioning");
            step.find(&table::REVISION_UNSHARED, Party::Server, message);
        }
    }
}
