//! What must be answered: status, challenge and code, and nothing that helps an attacker.

use warded_client::challenge::Challenge;

use crate::{stage::DOCUMENT, wire::Answer};

/// An answer, as far as an attack is judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It is no attack: it reaches the server, as the caller that the good token names and without any credential.
    Admitted,
    Refused {
        status: u16,
        code: &'static str,
        told: Told,
    },
}

/// How a refused caller is told what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Where to get a token, and nothing else: it sent none.
    WhereToGo,
    /// A challenge with this `error`.
    Error(&'static str),
    /// No challenge: no token cures it.
    Nothing,
    /// No challenge, and when to come back: it is our fault.
    WhenToReturn,
}

pub(crate) const fn bad_token(code: &'static str) -> Expected {
    Expected::Refused { status: 401, code, told: Told::Error("invalid_token") }
}

pub(crate) const fn bad_proof(code: &'static str) -> Expected {
    Expected::Refused { status: 401, code, told: Told::Error("invalid_dpop_proof") }
}

pub(crate) const fn bad_request(code: &'static str) -> Expected {
    Expected::Refused { status: 400, code, told: Told::Error("invalid_request") }
}

pub(crate) const fn no_token(code: &'static str) -> Expected {
    Expected::Refused { status: 401, code, told: Told::WhereToGo }
}

pub(crate) const fn no_scope() -> Expected {
    Expected::Refused { status: 403, code: "scope-missing", told: Told::Error("insufficient_scope") }
}

pub(crate) const fn incurable(status: u16, code: &'static str) -> Expected {
    Expected::Refused { status, code, told: Told::Nothing }
}

pub(crate) const fn our_fault(code: &'static str) -> Expected {
    Expected::Refused { status: 503, code, told: Told::WhenToReturn }
}

impl Expected {
    /// How the page names it.
    pub(crate) fn shown(self) -> String {
        match self {
            Self::Admitted => "admitted".into(),
            Self::Refused { status, code, .. } => format!("{status} `{code}`"),
        }
    }

    /// What is wrong with an answer.
    pub(crate) fn flaw(self, answer: &Answer) -> Option<String> {
        let Self::Refused { status, code, told } = self else {
            return (answer.status != 200).then(|| format!("not admitted: {}", answer.text));
        };
        let is_right = answer.status == status && answer.code() == Some(code);
        if !is_right {
            return Some(format!("not {status} {code}: {}", answer.text));
        }
        told.flaw(answer)
            .or_else(|| indiscretion(answer).map(str::to_owned))
            .map(|flaw| format!("{flaw}: {}", answer.text))
    }
}

impl Told {
    fn flaw(self, answer: &Answer) -> Option<String> {
        let returning = answer.header("Retry-After").map(str::parse::<u32>);
        let is_right = match (self, &returning) {
            (Self::WhenToReturn, Some(Ok(1..=60))) => true,
            (Self::WhenToReturn, _) => false,
            (_, returning) => returning.is_none(),
        };
        if !is_right {
            return Some(format!("comes back after {returning:?}"));
        }
        let challenges = match Challenge::all(&answer.headers) {
            Ok(challenges) => challenges,
            Err(error) => return Some(error.to_string()),
        };
        let error = match self {
            Self::WhereToGo => None,
            Self::Error(error) => Some(error),
            Self::Nothing | Self::WhenToReturn => {
                return (!challenges.is_empty()).then(|| "a challenge".into());
            }
        };
        // The first is of the scheme that was used, and says what was wrong; another only offers itself.
        let [first, others @ ..] = &challenges[..] else {
            return Some("no challenge".into());
        };
        let is_right = is_complete(first, error)
            && others.len() <= 1
            && others.iter().all(|other| other.scheme != first.scheme && is_complete(other, None));
        (!is_right).then(|| format!("another challenge than with error {error:?}"))
    }
}

fn is_complete(challenge: &Challenge, error: Option<&str>) -> bool {
    // A malformed request is not cured by other scopes.
    let scope = challenge.scope.as_ref().map(ToString::to_string).unwrap_or_default();
    let has_scope =
        if error == Some("invalid_request") { scope.is_empty() } else { scope.contains("notes:read") };
    challenge.error.as_deref() == error
        && challenge.error_description.is_some() == error.is_some()
        && challenge.resource_metadata.as_deref() == Some(DOCUMENT)
        && has_scope
}

/// The neighbour's name, a token, an invitation to a cache: none of it is for whoever was refused.
fn indiscretion(answer: &Answer) -> Option<&'static str> {
    if answer.header("Cache-Control") != Some("no-store") {
        return Some("may be cached");
    }
    ["files", "eyJ", "evil"].into_iter().find(|word| answer.text.contains(word)).map(|_| "says too much")
}
