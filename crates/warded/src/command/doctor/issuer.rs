//! The fourth step: what does the issuer say of itself? Its metadata (RFC 8414, OpenID Discovery), PKCE, `iss`, its
//! endpoints.

use warded_client::discover::{Discovered, discover};
use warded_core::Shown;

use super::{
    clock,
    knock::Challenged,
    server::{Described, list, tried},
    trouble,
    walk::{Stopped, Walk},
};
use crate::diagnosis::{Party, Step, table};

/// Writes down what discovery finds, exactly as a client makes it; none where a client would stop.
pub(super) async fn look(
    step: &mut Step,
    challenged: &Challenged,
    described: Described,
    walk: &Walk<'_>,
) -> Result<Discovered, Stopped> {
    let outcome = discover(&walk.fetch, walk.server, challenged.challenge.as_ref(), walk.issuer).await;
    let passages = walk.wire.take();
    // What is asked of the server, once more, stands in the step before.
    let is_of_server = |url: &String| described.asked.contains(url);
    let of_issuer: Vec<_> = passages.iter().filter(|passage| !is_of_server(&passage.url)).cloned().collect();
    tried(step, Party::Issuer, &of_issuer);
    let discovered = match outcome {
        Ok(discovered) => discovered,
        Err(failure) => {
            trouble::discovery(step, &failure, &passages);
            return Err(Stopped);
        }
    };
    if discovered.resource.as_ref() != described.introduction.as_ref().map(|introduced| &introduced.document)
    {
        let message = "the server described itself differently when it was asked again";
        step.find(&table::METADATA_UNSTEADY, Party::Server, message);
        return Err(Stopped);
    }
    clock::compare(step, Party::Issuer, clock::of(&of_issuer), walk.now());
    says(step, &discovered);
    Ok(discovered)
}

fn says(step: &mut Step, discovered: &Discovered) {
    let (issuer, server) = (Shown::new(discovered.issuer.as_str()), &discovered.server);
    if discovered.is_legacy {
        step.saw(Party::Issuer, format!("is taken to be {issuer}, the server's own origin"));
    } else {
        let did = format!("calls itself {issuer}, byte for byte as the server names it");
        step.follows(Party::Issuer, did, "RFC 8414 §3.3");
    }
    if server.code_challenge_methods_supported.is_some() && !server.response_types_supported.is_empty() {
        step.follows(Party::Issuer, "promises PKCE with S256", "MCP authorization, RFC 7636 §4.2");
    } else {
        step.saw(Party::You, "use PKCE with S256 all the same");
    }
    if server.authorization_response_iss_parameter_supported == Some(true) {
        step.follows(Party::Issuer, "promises to name itself in authorization responses", "RFC 9207 §3");
    } else if !discovered.is_legacy {
        step.breaks(
            Party::Issuer,
            "does not promise to name itself in authorization responses",
            "RFC 9207 §3",
        );
        let message = format!("{issuer} does not promise `iss` in authorization responses");
        step.find(&table::ISS_UNPROMISED, Party::Issuer, message);
    }
    if let Some(methods) = &server.token_endpoint_auth_methods_supported {
        let methods = list(methods.iter().map(String::as_str));
        step.follows(Party::Issuer, format!("lets clients authenticate by {methods}"), "RFC 8414 §2");
    }
    if let Some(algorithms) = &server.dpop_signing_alg_values_supported {
        let algorithms = list(algorithms.iter().map(String::as_str));
        step.follows(Party::Issuer, format!("binds tokens to keys ({algorithms})"), "RFC 9449 §5.1");
    }
}
