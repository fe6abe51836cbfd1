//! The last step where no token is asked for: what does the server say to what the user sends of their own (`--header`)?

use warded_client::challenge::Challenge;

use super::{
    call,
    knock::{self, Knocked},
    protocol::{self, Heard},
    server::list,
    walk::{Entrance, Stopped, Walk},
};
use crate::diagnosis::{Party, Step, table};

/// Writes down what the server says to the user's own credential. It stands where a token would, so there is nothing else
/// to try: no client would ask who issues.
pub(super) async fn look(step: &mut Step, knocked: Knocked, walk: &Walk<'_>) -> Result<Entrance, Stopped> {
    let did = format!("call `{}` with {}, and ask nobody for a token", knocked.dialect.method(), names(walk));
    step.saw(Party::You, did);
    let heard = knocked.answer.map_err(|_| Stopped)?;
    match heard.status.as_u16() {
        401 | 403 => {
            refused(step, &heard, walk);
            Err(Stopped)
        }
        200..300 if heard.is_response() => opened(step, &heard, walk).await,
        _ => {
            knock::refused(step, &heard, walk);
            Err(Stopped)
        }
    }
}

/// Writes down that nothing else is needed.
pub(super) async fn opened(step: &mut Step, heard: &Heard, walk: &Walk<'_>) -> Result<Entrance, Stopped> {
    call::answered(step, heard, "the call is let in with what you send");
    protocol::farewell(walk, heard, None).await;
    Ok(Entrance::Own)
}

fn refused(step: &mut Step, heard: &Heard, walk: &Walk<'_>) {
    let status = heard.status.as_u16();
    let all = Challenge::all(&heard.headers).unwrap_or_default();
    let described = all.iter().find_map(|challenge| challenge.error_description.as_deref());
    let words = described.or(heard.why.as_deref());
    let words = words.map(|words| format!(": \"{}\"", heard.withheld.shown(words))).unwrap_or_default();
    step.saw(Party::Server, format!("answers with status {status}{words}"));
    let message = format!("the server answers {status} to what you send as {}", names(walk));
    step.find(&table::HEADER_REFUSED, Party::You, message);
}

/// Which header fields; never what is in them.
pub(super) fn names(walk: &Walk<'_>) -> String {
    list(walk.own().names().map(http::HeaderName::as_str))
}
