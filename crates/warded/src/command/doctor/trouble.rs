//! A request has no usable answer: what is that called, and at whom is it?

use warded_client::{
    discover::{DiscoverFailed, Document},
    fetch::{FetchFailed, Passage, Unreached},
};
use warded_core::{Shown, metadata::InvalidMetadata};

use crate::diagnosis::{Diagnosis, Party, Step, table};

/// Writes down why a request came to nothing.
pub(super) fn fetch(step: &mut Step, at: Party, failure: &FetchFailed, passages: &[Passage]) {
    let last = passages.last();
    let (diagnosis, at) = of(failure, at);
    let mut message = failure.to_string();
    if let FetchFailed::Status { status, .. } = failure {
        let location = last.and_then(|passage| passage.answer.as_ref()?.location.as_deref());
        let to = location.map(|to| format!(" to {}", Shown::new(to))).unwrap_or_default();
        message = format!("{} answered with status {status}{to}", place(last));
    }
    step.find(diagnosis, at, message);
}

fn of(failure: &FetchFailed, at: Party) -> (&'static Diagnosis, Party) {
    match failure {
        FetchFailed::Unresolvable { .. } => (&table::NAME_UNKNOWN, at),
        FetchFailed::Timeout { .. } | FetchFailed::Unreachable { because: Unreached::Stuck, .. } => {
            (&table::ANSWER_LATE, at)
        }
        FetchFailed::Unreachable { because, .. } if *because != Unreached::CutOff => {
            (&table::NOBODY_THERE, at)
        }
        FetchFailed::Tls { .. } => (&table::CERTIFICATE_UNTRUSTED, at),
        FetchFailed::NotProxied { .. }
        | FetchFailed::ProxyUnreachable { .. }
        | FetchFailed::ProxyRefused { .. } => (&table::PROXY_REFUSES, Party::You),
        FetchFailed::Vetoed { .. } => (&table::PLACE_VETOED, at),
        FetchFailed::Status { status: 300..400, .. } => (&table::REDIRECTED, at),
        FetchFailed::Status { status: 500.., .. } => (&table::FAILING, at),
        FetchFailed::Status { .. } => (&table::DOCUMENT_WITHHELD, at),
        FetchFailed::ContentType { .. } => (&table::DOCUMENT_INVALID, at),
        FetchFailed::TlsSetup(_) => (&table::CERTIFICATE_UNTRUSTED, Party::You),
        // Broken, cut off in the handshake, encoded, too large, and what is added some day.
        _ => (&table::ANSWER_UNUSABLE, at),
    }
}

fn place(last: Option<&Passage>) -> String {
    last.map_or("it".to_owned(), |passage| Shown::new(&passage.url).to_string())
}

/// Writes down why discovery stopped.
pub(super) fn discovery(step: &mut Step, failure: &DiscoverFailed, passages: &[Passage]) {
    let message = failure.to_string();
    match failure {
        // The server has named its issuer, and the issuer the login page, which is no document that anybody fetches.
        DiscoverFailed::Fetch { error: error @ FetchFailed::Vetoed { .. }, .. } => {
            let is_of_document = passages.last().is_some_and(|passage| passage.failure.is_some());
            fetch(step, if is_of_document { Party::Server } else { Party::Issuer }, error, passages);
        }
        DiscoverFailed::Fetch { document, error } => fetch(step, party(*document), error, passages),
        DiscoverFailed::Invalid { document, error } => {
            let diagnosis = match (document, error) {
                (Document::AuthorizationServer, InvalidMetadata::SomebodyElse { .. }) => {
                    &table::ISSUER_DIFFERENT
                }
                (_, InvalidMetadata::SomebodyElse { .. }) => &table::RESOURCE_ELSEWHERE,
                _ => &table::DOCUMENT_INVALID,
            };
            step.find(diagnosis, party(*document), format!("{}: {error}", place(passages.last())));
        }
        DiscoverFailed::MetadataElsewhere => step.find(&table::METADATA_ELSEWHERE, Party::Server, message),
        DiscoverFailed::ResourceElsewhere { .. } => {
            step.find(&table::RESOURCE_ELSEWHERE, Party::Server, message);
        }
        DiscoverFailed::NoIssuer => step.find(&table::ISSUER_UNNAMED, Party::Server, message),
        DiscoverFailed::NoPkce { .. } => {
            step.breaks(
                Party::Issuer,
                "does not promise PKCE with S256 (`code_challenge_methods_supported`)",
                "MCP authorization, RFC 7636 §4.2",
            );
            step.find(&table::PKCE_UNPROMISED, Party::Issuer, message);
        }
        // Silence, and what is added some day.
        _ => step.find(&table::ISSUER_SILENT, Party::Issuer, message),
    }
}

fn party(document: Document) -> Party {
    match document {
        Document::ProtectedResource => Party::Server,
        _ => Party::Issuer,
    }
}
