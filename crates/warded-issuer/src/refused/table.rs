//! The table of reasons: one row per code.

mod asked;
mod elsewhere;
mod exchange;
mod presented;
mod request;
mod shown;

pub(super) use asked::*;
pub(super) use elsewhere::*;
pub(super) use exchange::*;
pub(super) use presented::*;
pub(super) use request::*;
pub(super) use shown::*;

/// One row: everything that is said about one code.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// The stable name.
    pub code: &'static str,
    /// The HTTP status of the answer, where it is not sent to the client by way of the browser.
    pub status: u16,
    /// The `error` that clients know (RFC 6749, 7591, 8707, 9449, OpenID Connect Core).
    pub error: &'static str,
    /// The text that it stands on.
    pub clause: &'static str,
    /// What the other side is told. Helps an honest client and no attacker.
    pub public: &'static str,
    /// What happened, for the operator.
    pub meaning: &'static str,
    /// What the operator should do.
    pub advice: &'static str,
}

impl Reason {
    /// Every row, in the order in which a request meets them.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        [request::ALL, shown::ALL, asked::ALL, elsewhere::ALL, exchange::ALL, presented::ALL]
            .into_iter()
            .flatten()
            .copied()
    }

    /// The row of that code.
    pub fn find(code: &str) -> Option<&'static Self> {
        Self::all().find(|reason| reason.code == code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warded_core::Entry;

    use super::Reason;

    /// The errors that RFC 6749, 6750, 7591, 8707, 9101, 9449 and OpenID Connect Core name.
    const ERRORS: &[&str] = &[
        "access_denied",
        "consent_required",
        "invalid_client",
        "invalid_client_metadata",
        "invalid_dpop_proof",
        "invalid_grant",
        "invalid_redirect_uri",
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "invalid_token",
        "login_required",
        "request_not_supported",
        "request_uri_not_supported",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
    ];

    #[test]
    fn each_code_is_its_own_in_all_of_warded() {
        let codes: BTreeSet<_> = Reason::all().map(|reason| reason.code).collect();
        assert_eq!(codes.len(), Reason::all().count());
        for code in codes {
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
            assert_eq!(Reason::find(code).map(|reason| reason.code), Some(code));
            assert!(Entry::find(code).is_none(), "`warded explain {code}` would have two answers");
        }
    }

    #[test]
    fn each_row_is_complete_and_uses_an_error_that_clients_know() {
        let errors: BTreeSet<_> = Reason::all().map(|reason| reason.error).collect();
        assert_eq!(errors.into_iter().collect::<Vec<_>>(), ERRORS);
        for reason in Reason::all() {
            assert!((400..600).contains(&reason.status), "{}", reason.code);
            for text in [reason.clause, reason.public, reason.meaning, reason.advice] {
                assert!(!text.is_empty() && !text.contains("  "), "{}", reason.code);
            }
            // RFC 6749 §5.2: characters outside this set must not be in a description.
            let fits = |c| matches!(c, ' '..='~') && c != '"' && c != '\\';
            assert!(reason.public.chars().all(fits), "{}", reason.code);
        }
    }
}
