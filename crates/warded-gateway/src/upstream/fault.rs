//! Whose fault was it that there is no answer? What went wrong on the way to a server behind, in the words of our table.

use std::{error::Error, io};

use warded_core::Fault;
use warded_guard::request;

type Cause<'a> = &'a (dyn Error + 'static);

/// Nothing was sent: no connection came about.
pub(super) fn of_connecting(error: &(dyn Error + 'static), server: &str) -> Fault {
    let fault = if chain(error).any(<dyn Error>::is::<rustls::Error>) {
        Fault::UpstreamUnproven
    } else {
        Fault::UpstreamUnreachable
    };
    tracing::warn!(server, code = fault.code(), request = %request::current(), error = causes(error), "the server behind cannot be reached");
    fault
}

/// The answer did not begin in time.
pub(super) fn of_waiting(server: &str) -> Fault {
    tracing::warn!(server, request = %request::current(), "the server behind did not begin its answer in time");
    Fault::UpstreamTimeout
}

/// There was a connection, and no answer came over it. `is_sent`: the server may have seen the call.
pub(super) fn of_http(error: &(dyn Error + 'static), is_sent: bool, server: &str) -> Fault {
    let unreadable = |cause: Cause<'_>| {
        cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(|error| error.is_parse() || error.is_parse_too_large())
    };
    let fault = if chain(error).any(unreadable) {
        Fault::UpstreamUnusable
    } else if is_sent {
        Fault::UpstreamBroke
    } else {
        Fault::UpstreamUnreachable
    };
    tracing::warn!(server, code = fault.code(), request = %request::current(), error = causes(error), "the server behind gave no answer");
    fault
}

/// An error and what caused it. An `io::Error` hides what it was made of from those who only follow `source`.
fn chain<'a>(error: Cause<'a>) -> impl Iterator<Item = Cause<'a>> {
    let inside = |error: Cause<'a>| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as Cause<'a>).or_else(|| error.source())
    };
    std::iter::successors(Some(error), move |error| inside(*error))
}

/// What is told to the operator. None of it repeats a request.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in chain(error) {
        let cause = cause.to_string();
        // A wrapper often repeats what it wraps.
        if !text.ends_with(&cause) {
            text += if text.is_empty() { "" } else { ": " };
            text += &cause;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_in_tls_is_found_however_it_is_wrapped() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert_eq!(of_connecting(&wrapped, "notes"), Fault::UpstreamUnproven);
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(of_connecting(&io::Error::other(refused), "notes"), Fault::UpstreamUnreachable);
    }

    #[test]
    fn what_may_have_been_seen_is_told_apart_from_what_was_not_sent() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(of_http(&reset, true, "notes"), Fault::UpstreamBroke);
        assert_eq!(of_http(&reset, false, "notes"), Fault::UpstreamUnreachable);
    }
}
