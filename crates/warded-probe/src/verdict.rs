//! What does an answer mean? Admitted, refused, or nothing that can be told; only a clear refusal passes.

use std::fmt;

use http::StatusCode;

use crate::{
    case::{Ask, Attempt, Expect, Severity},
    dialogue::{Reply, media_type, reply},
    send::Answer,
};

/// What is known after a case, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// There was nothing to ask: the server has no such thing, or the probe was given no such token.
    Skipped,
    /// The server did what it must, and the right token was admitted before and after.
    Pass,
    /// Nothing can be said.
    Inconclusive,
    /// The server did what it must not.
    Fail,
}

impl Verdict {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A verdict, how bad it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) severity: Option<Severity>,
    pub(crate) why: String,
}

impl Judged {
    pub(crate) fn pass(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Pass, severity: None, why: why.into() }
    }

    pub(crate) fn fail(severity: Severity, why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, severity: Some(severity), why: why.into() }
    }

    pub(crate) fn unclear(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Inconclusive, severity: None, why: why.into() }
    }

    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, severity: None, why: why.into() }
    }
}

/// What an answer says about the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Admitted,
    Refused(StatusCode),
    Unclear(String),
}

/// Reads the answer to an ask.
pub(crate) fn meaning(ask: Ask, answer: &Answer) -> Meaning {
    let status = answer.status;
    match status {
        // Too many, too slow: these say nothing about the token.
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Meaning::Unclear(format!("{} is no answer to a token", status.as_u16()))
        }
        StatusCode::FORBIDDEN if lacks_scope(answer) => {
            Meaning::Unclear("the token lacks a scope, so it may have been admitted before that".to_owned())
        }
        _ if status.is_client_error() => Meaning::Refused(status),
        _ if !status.is_success() => Meaning::Unclear(format!("{} is no answer to a token", status.as_u16())),
        _ => success(ask, answer),
    }
}

fn success(ask: Ask, answer: &Answer) -> Meaning {
    match ask {
        Ask::End => Meaning::Admitted,
        Ask::Stream if media_type(&answer.headers) == "text/event-stream" => Meaning::Admitted,
        Ask::Stream => Meaning::Unclear("the answer is no stream".to_owned()),
        Ask::Open | Ask::List => match reply(&answer.headers, &answer.body) {
            Some(reply) if reply.got_through() => Meaning::Admitted,
            Some(Reply::Error(code)) => {
                Meaning::Unclear(format!("the answer is the JSON-RPC error {code}, which may be any refusal"))
            }
            _ => Meaning::Unclear("the answer is no JSON-RPC answer".to_owned()),
        },
    }
}

/// RFC 6750 §3.1: a token with too few scopes is a token that was admitted otherwise.
fn lacks_scope(answer: &Answer) -> bool {
    let challenges = answer.headers.get_all(http::header::WWW_AUTHENTICATE).iter();
    challenges
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("insufficient_scope"))
}

/// Whether what came back is what must come back.
pub(crate) fn judge(attempt: &Attempt, severity: Severity, meaning: Meaning) -> Judged {
    match (attempt.expect, meaning) {
        (_, Meaning::Unclear(why)) => Judged::unclear(why),
        (Expect::Admitted, Meaning::Admitted) => Judged::pass("admitted, as it must be"),
        (Expect::Admitted, Meaning::Refused(status)) => {
            Judged::fail(severity, format!("refused with {}", status.as_u16()))
        }
        (Expect::Refused(_), Meaning::Admitted) => Judged::fail(severity, "admitted"),
        (Expect::Refused(statuses), Meaning::Refused(status)) if statuses.contains(&status.as_u16()) => {
            Judged::pass(format!("refused with {}", status.as_u16()))
        }
        (Expect::Refused(statuses), Meaning::Refused(status)) => {
            let right = statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
            Judged::fail(
                Severity::Note,
                format!("refused, but with {} in the place of {right}", status.as_u16()),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::case::{Revision, Session};

    fn answer(status: u16, header: (&'static str, &'static str), body: &str) -> Answer {
        let header = (HeaderName::from_static(header.0), HeaderValue::from_static(header.1));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([header]),
            body: body.as_bytes().to_vec(),
            peer: ([127, 0, 0, 1], 1).into(),
        }
    }

    fn judged(ask: Ask, expect: Expect, answer: &Answer) -> (Verdict, Option<Severity>) {
        let attempt = Attempt { ask, session: Session::None, revision: Revision::Spoken, bears: &[], expect };
        let judged = judge(&attempt, Severity::Critical, meaning(ask, answer));
        (judged.verdict, judged.severity)
    }

    const JSON: (&str, &str) = ("content-type", "application/json");
    const RESULT: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    const ERROR: &str = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no"}}"#;

    #[test]
    fn only_a_refusal_with_the_right_status_passes() {
        let pass = (Verdict::Pass, None);
        let unclear = (Verdict::Inconclusive, None);
        let fail = |severity| (Verdict::Fail, Some(severity));
        let refused = Expect::Refused(&[401]);
        for (ask, answer, expected) in [
            (Ask::Open, answer(401, JSON, ""), pass),
            (Ask::Open, answer(200, JSON, RESULT), fail(Severity::Critical)),
            (Ask::Open, answer(403, JSON, ""), fail(Severity::Note)),
            (Ask::Open, answer(404, JSON, ""), fail(Severity::Note)),
            (Ask::Open, answer(200, JSON, ERROR), unclear),
            (Ask::Open, answer(200, ("content-type", "text/html"), "<html>Log in"), unclear),
            (Ask::Open, answer(202, JSON, ""), unclear),
            (Ask::Open, answer(302, JSON, ""), unclear),
            (Ask::Open, answer(429, JSON, ""), unclear),
            (Ask::Open, answer(500, JSON, ""), unclear),
            (Ask::Open, answer(503, JSON, ""), unclear),
            (
                Ask::Open,
                answer(403, ("www-authenticate", "Bearer error=\"insufficient_scope\""), ""),
                unclear,
            ),
            (Ask::Stream, answer(200, ("content-type", "text/event-stream"), ""), fail(Severity::Critical)),
            (Ask::Stream, answer(200, JSON, RESULT), unclear),
            (Ask::Stream, answer(401, JSON, ""), pass),
            (Ask::End, answer(204, JSON, ""), fail(Severity::Critical)),
            (Ask::End, answer(200, JSON, ""), fail(Severity::Critical)),
        ] {
            assert_eq!(judged(ask, refused, &answer), expected, "{ask:?} {answer:?}");
        }
    }

    #[test]
    fn what_must_be_admitted_fails_where_it_is_refused() {
        let admitted = |answer| judged(Ask::Open, Expect::Admitted, &answer);
        assert_eq!(admitted(answer(200, JSON, RESULT)), (Verdict::Pass, None));
        assert_eq!(admitted(answer(401, JSON, "")), (Verdict::Fail, Some(Severity::Critical)));
        assert_eq!(admitted(answer(500, JSON, "")), (Verdict::Inconclusive, None));
    }
}
