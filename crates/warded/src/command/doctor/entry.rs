//! The sixth step: a token. Kept from before, refreshed, or from a login where that is wanted.

mod failed;

use std::sync::Arc;

use warded_client::{discover::Discovered, fetch::Passage, session::SessionFailed, tokens::Record};

use self::failed::failed;
use super::{
    knock::Challenged,
    protocol,
    protocol::Heard,
    walk::{Stopped, Walk},
};
use crate::diagnosis::{Party, Step, table};

/// A token, and what is known of how it came.
pub(super) struct Entered {
    pub(super) record: Arc<Record>,
    /// The answer to a call with it, where it was let in.
    pub(super) opened: Option<Heard>,
    /// Whether its issuer gave it just now.
    pub(super) is_fresh: bool,
    /// Whether its issuer was asked for a newer one, and gave none.
    pub(super) is_given_up: bool,
}

/// Gets a token as a client would; none where there is none.
pub(super) async fn look(
    step: &mut Step,
    discovered: &Discovered,
    challenged: &Challenged,
    walk: &Walk<'_>,
) -> Result<Entered, Stopped> {
    let opening = challenged.dialect.opening();
    let sent = if walk.logs_in {
        walk.session.send(&opening).await
    } else {
        walk.session.send_with_kept(&opening).await
    };
    let passages = walk.wire.take();
    let trades = asked(step, discovered, &passages, walk);
    let held = walk.session.held();
    let (opened, failure) = match sent {
        Ok(answer) => (Some(protocol::hear(answer, walk.patience).await), None),
        Err(failure) => (None, Some(failure)),
    };
    let Some(record) = held else {
        match failure {
            Some(failure) if walk.logs_in || !is_without_login(&failure) => {
                failed(step, &failure, &passages);
            }
            Some(_) => {
                let hint = "no token for this server is kept: `--login` registers and logs in";
                step.skipped = Some(hint.to_owned());
            }
            None => step.skipped = Some("the server asked for none, so no client would get one".to_owned()),
        }
        return Err(Stopped);
    };
    let is_fresh = trades.given > 0;
    let is_given_up = trades.refused > 0 && !is_fresh;
    let whence = if is_fresh { "was given just now" } else { "was kept from an earlier login" };
    step.saw(Party::You, format!("have a token for this server, which {whence}"));
    if let Some(failure) = failure.filter(is_of_login) {
        failed(step, &failure, &passages);
    }
    if trades.refusals_before > 1 && opened.is_some() {
        let message = "the token that was kept was refused, and a new one is accepted";
        step.find(&table::TOKEN_RENEWED, Party::You, message);
    }
    Ok(Entered { record, opened, is_fresh, is_given_up })
}

/// How often the token endpoint gave something, and how often not.
#[derive(Default)]
struct Trades {
    given: usize,
    refused: usize,
    /// How often the server had refused a call when something was given first. The first call of a session has no token:
    /// only a second refusal is one of a token that was kept.
    refusals_before: usize,
}

/// Writes down what was asked of the issuer.
fn asked(step: &mut Step, discovered: &Discovered, passages: &[Passage], walk: &Walk<'_>) -> Trades {
    let (mut trades, mut refusals) = (Trades::default(), 0);
    for (number, passage) in (1..).zip(passages) {
        let is_at = |endpoint: &Option<String>| {
            endpoint.as_deref().is_some_and(|url| url.split('?').next() == Some(passage.url.as_str()))
        };
        let Some(status) = status(passage) else { continue };
        let is_good = (200..300).contains(&status);
        // RFC 9449 §8: a nonce that is demanded is no refusal of what was asked for.
        let demands = status == 400 && passage.answer.as_ref().is_some_and(|head| head.has_nonce);
        if passage.method == http::Method::POST && is_at(&discovered.server.registration_endpoint) {
            step.saw(Party::You, format!("register: status {status}"));
        } else if passage.method == http::Method::POST && is_at(&discovered.server.token_endpoint) {
            let nonce = if demands { ", and a nonce for the proof" } else { "" };
            step.saw(Party::You, format!("ask the token endpoint: status {status}{nonce}"));
            if is_good {
                if trades.given == 0 {
                    trades.refusals_before = refusals;
                }
                trades.given += 1;
            } else {
                trades.refused += 1;
            }
        } else if is_call(passage, walk) {
            // RFC 9449 §9: where a nonce is demanded, the same call follows at once. After a refusal of a token, the issuer
            // is looked up.
            let is_repeated = passages.get(number).is_some_and(|next| is_call(next, walk));
            refusals += usize::from(status == 401 && !is_repeated);
        }
    }
    trades
}

fn status(passage: &Passage) -> Option<u16> {
    Some(passage.answer.as_ref()?.status)
}

fn is_call(passage: &Passage, walk: &Walk<'_>) -> bool {
    let server = walk.server.as_str();
    server.split('?').next() == Some(passage.url.as_str())
}

/// Whether all that is missing is a login.
fn is_without_login(failure: &SessionFailed) -> bool {
    matches!(failure, SessionFailed::Unattended)
}

/// Whether a login went wrong, and not what came after it.
fn is_of_login(failure: &SessionFailed) -> bool {
    matches!(
        failure,
        SessionFailed::Login(_)
            | SessionFailed::Register(_)
            | SessionFailed::Obtain(_)
            | SessionFailed::Ungranted(_)
            | SessionFailed::Discover(_)
            | SessionFailed::Store(_)
    )
}
