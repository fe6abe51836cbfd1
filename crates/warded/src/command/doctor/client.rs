//! The fifth step: as whom would a client speak to the issuer, and what would it ask for? Nothing is sent.

use warded_client::{
    discover::Discovered,
    obtain::ObtainFailed,
    register::RegisterFailed,
    session::{SessionFailed, Standing, Survey},
};
use warded_core::Shown;

use super::{
    knock::Challenged,
    walk::{Stopped, Walk},
};
use crate::diagnosis::{Party, Step, table};

/// Writes down what would be done; none where a client would stop.
pub(super) fn look(
    step: &mut Step,
    discovered: &Discovered,
    challenged: &Challenged,
    walk: &Walk<'_>,
) -> Result<Survey, Stopped> {
    let survey = match walk.session.survey(discovered, &challenged.headers) {
        Ok(survey) => survey,
        Err(failure) => {
            unable(step, &failure, discovered);
            return Err(Stopped);
        }
    };
    for endpoint in &survey.lacks {
        lacking(step, endpoint, discovered);
    }
    if !survey.lacks.is_empty() {
        return Err(Stopped);
    }
    let shown = |text: &str| Shown::new(text).to_string();
    let (did, clause) = match &survey.standing {
        Standing::Given { id } => {
            (format!("speak as the client `{}`, which was registered beforehand", shown(id)), "RFC 6749 §2.2")
        }
        Standing::Document { url } => {
            (format!("speak as {}, which describes the client", shown(url)), "Client ID Metadata Document §3")
        }
        Standing::Registered { id } => (
            format!("speak as the client `{}`, which registered itself here before", shown(id)),
            "RFC 7591 §3.2.1",
        ),
        Standing::Unregistered { endpoint, method } => (
            format!("would register at {} (authentication: `{method}`)", shown(endpoint)),
            "RFC 7591 §3.1, RFC 8252 §8.4",
        ),
        _ => {
            let issuer = shown(discovered.issuer.as_str());
            let message = if discovered.server.registration_endpoint.is_none() {
                step.saw(Party::Issuer, "names no `registration_endpoint`");
                format!("{issuer} registers no clients by itself, and none was given")
            } else {
                // Whoever registers itself is known to nobody, and here no person vouches for it.
                step.saw(Party::You, "would not register a client that speaks without a person");
                format!(
                    "a client that speaks without a person has to be known to {issuer}, and none was given"
                )
            };
            step.find(&table::REGISTRATION_CLOSED, Party::You, message);
            return Err(Stopped);
        }
    };
    step.follows(Party::You, did, clause);
    let resource = shown(survey.place.source.resource());
    step.follows(Party::You, format!("would ask for a token for `resource={resource}`"), "RFC 8707 §2");
    let did = if survey.scopes.is_empty() {
        "would ask for no scope, since the server names none".to_owned()
    } else {
        format!("would ask for the scopes `{}`", shown(&survey.scopes.to_string()))
    };
    step.follows(Party::You, did, "MCP authorization, scope selection");
    if survey.is_bound {
        step.follows(Party::You, "would bind the token to a key of its own", "RFC 9449 §5");
    }
    Ok(survey)
}

/// An endpoint is missing without which nobody gets a token this way.
fn lacking(step: &mut Step, endpoint: &str, discovered: &Discovered) {
    step.breaks(Party::Issuer, format!("names no `{endpoint}`"), "RFC 8414 §2");
    let issuer = Shown::new(discovered.issuer.as_str());
    let message = format!("the metadata of {issuer} names no `{endpoint}`");
    step.find(&table::ENDPOINT_MISSING, Party::Issuer, message);
}

fn unable(step: &mut Step, failure: &SessionFailed, discovered: &Discovered) {
    let (diagnosis, at) = match failure {
        SessionFailed::IssuerChanged { .. } => (&table::ISSUER_UNEXPECTED, Party::Server),
        SessionFailed::WideResource { .. } => (&table::RESOURCE_WIDE, Party::Server),
        SessionFailed::Obtain(ObtainFailed::EndpointMissing { endpoint }) => {
            return lacking(step, endpoint, discovered);
        }
        SessionFailed::PossessionWanted { .. } => (&table::POSSESSION_IMPOSSIBLE, Party::Server),
        SessionFailed::Register(RegisterFailed::Obtain(_))
        | SessionFailed::Obtain(ObtainFailed::Authentication) => {
            (&table::AUTHENTICATION_UNKNOWN, Party::Issuer)
        }
        SessionFailed::Store(_) => (&table::STORE_UNUSABLE, Party::You),
        _ => (&table::LOGIN_FAILED, Party::You),
    };
    step.find(diagnosis, at, failure.to_string());
}
