//! What must be written where a credential comes in, and where it may go out again.

use crate::{
    flow::{
        inbound::{ACCESS_TOKENS, CARRIERS},
        outbound::QUERY_WRITERS,
    },
    language::Language,
    library::{Call, Does, Holds, Library, Written},
};

/// What the header with the credential is called, in every usual spelling.
pub(super) const AUTHORIZATION: &[&str] = &["authorization", "Authorization", "AUTHORIZATION"];

/// An access token in a query, by a name that is common elsewhere.
pub(super) const JWT: &[&str] = &["jwt", "JWT"];

/// What marks a parameter of a handler as a header, in `FastAPI`.
const PARAMETER: &str = "Header";

/// What gives a credential, whatever stands beside it.
pub(super) fn credentials(library: &Library, language: Language) -> Vec<Written> {
    let mut all = library.held_written(language, Holds::Credential);
    all.extend(giving(library, language, &["credential"]));
    all.extend(ACCESS_TOKENS.iter().map(|name| plain(name)));
    all
}

/// What gives a header by its name.
pub(super) fn asked(library: &Library, language: Language) -> Vec<Written> {
    let mut all = headers(library, language);
    all.extend(giving(library, language, &["header"]));
    all.push(plain(PARAMETER));
    all
}

/// What gives all headers of a request that came in.
pub(super) fn headers(library: &Library, language: Language) -> Vec<Written> {
    let mut all = library.held_written(language, Holds::Headers);
    all.extend(giving(library, language, &["headers"]));
    all
}

/// What sends headers.
pub(super) fn outgoing(library: &Library, language: Language) -> Vec<Written> {
    let mut all = library.given_written(language, |call| &call.headers);
    all.extend(library.calls_written(language, |call| call.outgoing));
    all.extend(library.held_written(language, Holds::Outgoing));
    all.extend(CARRIERS.iter().map(|name| plain(name)));
    all
}

/// What makes a query, or sends one.
pub(super) fn queries(library: &Library, language: Language) -> Vec<Written> {
    let mut all = library.given_written(language, |call| &call.query);
    all.extend(library.written(language, Does::Encode));
    all.retain(|written| !of_anything(written));
    all.extend(QUERY_WRITERS.iter().map(|name| plain(name)));
    all.extend(giving(library, language, &["parameters"]));
    all
}

/// Whether that makes a text of anything, and no address of it.
fn of_anything(written: &Written) -> bool {
    let near = written.near();
    let mut parts = near.split('.').filter(|part| !part.is_empty());
    parts.next().is_none_or(|first| {
        ["JSON", "Object", "String", "TextEncoder", "structuredClone", "?"].contains(&first)
    })
}

/// What gives a part of the query of a request that came in.
pub(super) fn parameters(library: &Library, language: Language) -> Vec<Written> {
    let mut all = library.held_written(language, Holds::Query);
    all.extend(giving(library, language, &["query", "parameter"]));
    all
}

fn plain(name: &str) -> Written {
    Written { here: name.to_owned(), ..Written::default() }
}

fn giving(library: &Library, language: Language, what: &[&str]) -> Vec<Written> {
    let gives = |call: &Call| {
        let given = call.gives.as_deref().and_then(|gives| gives.split(':').next());
        given.is_some_and(|given| what.contains(&given))
    };
    library.calls_written(language, gives)
}
