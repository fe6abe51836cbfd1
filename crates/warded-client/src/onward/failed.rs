//! Why is there no token for the server behind, and whom does that concern?

use warded_core::{Issuer, Unfit};

use crate::{
    discover::DiscoverFailed, endpoint::EndpointFailed, fetch::FetchFailed, obtain::ObtainFailed,
    unsaid::Unsaid,
};

/// Why there is no token for the server behind. No variant holds a token or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantFailed {
    /// The issuer's metadata could not be had.
    #[error(transparent)]
    Metadata(DiscoverFailed),
    /// The issuer's metadata names no endpoint.
    #[error("the metadata of the issuer names no usable `token_endpoint`")]
    NoEndpoint,
    /// The issuer gave none.
    #[error(transparent)]
    Obtain(#[from] ObtainFailed),
    /// What it gave is not what it should be.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The caller's token is of an issuer whose tokens are not for this one's eyes.
    #[error(
        "the caller's token is of {issuer}, and is shown to nobody else; list that issuer in `subject_issuers` if it may be"
    )]
    ForeignSubject {
        /// Whose token it is.
        issuer: Issuer,
    },
    /// What the issuer gave has something in it that it was sent, and logs are no place for that.
    #[error(
        "the issuer gave no token that is used, and what it gave is not shown, since it repeats what was sent"
    )]
    Telling {
        /// Whom the failure concerns.
        blame: Blame,
    },
}

/// Whom a failure concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever waits before asking again must know all of them")]
pub enum Blame {
    /// Nobody can be asked, whoever calls.
    Unreachable,
    /// The issuer was asked and gave no answer that counts. It may be down; or it chokes on what this caller sent.
    Unanswered,
    /// The issuer does not want us, whoever calls.
    Everybody,
    /// The issuer gives nothing for this caller.
    Caller,
    /// What the issuer gave must not be used.
    Token,
}

/// RFC 6749 §4.1.2.1, also where token endpoints say so: later it may be better.
const LATER: [&str; 3] = ["temporarily_unavailable", "server_error", "slow_down"];
/// RFC 6749 §5.2: whoever calls, the answer is the same.
const NOT_US: [&str; 3] = ["invalid_client", "unauthorized_client", "unsupported_grant_type"];
/// OpenID Connect Core §3.1.2.6: a person must agree first.
const CONSENT: [&str; 4] =
    ["interaction_required", "consent_required", "login_required", "account_selection_required"];

impl GrantFailed {
    /// Whom it concerns.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Metadata(_) | Self::NoEndpoint => Blame::Unreachable,
            Self::Unfit(Unfit::KeysMissing) => Blame::Unanswered,
            Self::Obtain(failed) => of_answer(failed),
            Self::ForeignSubject { .. } => Blame::Caller,
            Self::Telling { blame } => *blame,
            Self::Unfit(_) => Blame::Token,
        }
    }

    /// The same, without words that repeat what was sent: those of the token that was given, which its issuer writes.
    pub(super) fn without(self, unsaid: &Unsaid) -> Self {
        if unsaid.stands_in(&self.to_string()) { Self::Telling { blame: self.blame() } } else { self }
    }

    /// What the operator should do.
    pub(super) fn advice(&self) -> &'static str {
        let says = |code: &str| matches!(self, Self::Obtain(failed) if failed.is_refusal(code));
        if CONSENT.iter().any(|code| says(code)) {
            return "the person must agree at the issuer, or an administrator for everybody";
        }
        if says("invalid_target") {
            return "check `resource` and `audience` of `upstream_auth`, and that the issuer knows them";
        }
        if matches!(self, Self::Unfit(Unfit::Readable)) {
            return "write `opaque: false` in `upstream_auth`";
        }
        match self.blame() {
            Blame::Unreachable => "check that the issuer can be reached from here",
            Blame::Unanswered => "check at the issuer, or in its log, what is the matter with it",
            Blame::Everybody => {
                "check `client_id`, `auth`, `secret` or `key`, and `audience` of `upstream_auth`, and what the issuer lets that client do"
            }
            Blame::Caller => "check at the issuer whether Warded's client may exchange this caller's tokens",
            Blame::Token => {
                "let the issuer put exactly the `resource` (or `audience`) of `upstream_auth` into `aud`"
            }
        }
    }
}

fn of_answer(failed: &ObtainFailed) -> Blame {
    let says = |codes: &[&str]| codes.iter().any(|code| failed.is_refusal(code));
    match failed {
        ObtainFailed::Fetch(
            FetchFailed::Broken { .. }
            | FetchFailed::Timeout { .. }
            | FetchFailed::TooLarge { .. }
            | FetchFailed::Encoded { .. }
            | FetchFailed::Status { .. }
            | FetchFailed::ContentType { .. },
        ) => Blame::Unanswered,
        ObtainFailed::Fetch(_) => Blame::Unreachable,
        ObtainFailed::Status { status } if *status >= 500 || *status == 429 => Blame::Unanswered,
        ObtainFailed::Refused { .. } if says(&LATER) => Blame::Unanswered,
        ObtainFailed::Refused { .. } if says(&NOT_US) => Blame::Everybody,
        ObtainFailed::Refused { .. } => Blame::Caller,
        ObtainFailed::ClientOfAnotherIssuer { .. }
        | ObtainFailed::Unsigned
        | ObtainFailed::Randomness
        | ObtainFailed::Authentication => Blame::Everybody,
        _ => Blame::Token,
    }
}

impl From<EndpointFailed> for GrantFailed {
    fn from(failed: EndpointFailed) -> Self {
        match failed {
            EndpointFailed::Metadata(failed) => Self::Metadata(failed),
            EndpointFailed::NotNamed => Self::NoEndpoint,
        }
    }
}

#[cfg(test)]
mod tests {
    use warded_core::{Refusal, Shown};

    use super::*;

    fn refused(error: &str) -> GrantFailed {
        ObtainFailed::Refused { status: 400, error: Shown::new(error), description: None }.into()
    }

    #[test]
    fn one_callers_trouble_is_not_everybodys() {
        for code in
            ["invalid_grant", "interaction_required", "invalid_target", "access_denied", "anything_else"]
        {
            assert_eq!(refused(code).blame(), Blame::Caller, "{code}");
        }
        for code in NOT_US {
            assert_eq!(refused(code).blame(), Blame::Everybody, "{code}");
        }
        for code in LATER {
            assert_eq!(refused(code).blame(), Blame::Unanswered, "{code}");
        }
    }

    #[test]
    fn an_outage_is_no_verdict_on_anybody() {
        let timeout = ObtainFailed::Fetch(FetchFailed::Timeout { host: "login".into() });
        for failed in [timeout, ObtainFailed::Status { status: 502 }, ObtainFailed::Status { status: 429 }] {
            assert_eq!(GrantFailed::from(failed).blame(), Blame::Unanswered);
        }
        let nobody = ObtainFailed::Fetch(FetchFailed::Unreachable {
            host: "login".into(),
            because: crate::fetch::Unreached::Refused,
        });
        for failed in [GrantFailed::NoEndpoint, nobody.into()] {
            assert_eq!(failed.blame(), Blame::Unreachable);
        }
        assert_eq!(GrantFailed::from(Unfit::KeysMissing).blame(), Blame::Unanswered);
        for unfit in [Unfit::Bound, Unfit::CallersOwn, Unfit::Untrusted(Refusal::AudienceMissing)] {
            assert_eq!(GrantFailed::from(unfit).blame(), Blame::Token);
        }
        for failed in [ObtainFailed::TokenType { wanted: "Bearer" }, ObtainFailed::Status { status: 302 }] {
            assert_eq!(GrantFailed::from(failed).blame(), Blame::Token);
        }
    }

    #[test]
    fn a_token_whose_words_repeat_what_was_sent_is_not_shown() {
        let token = "2YotnFZFEjr1zCsicMWpAA";
        let unsaid = Unsaid::of(&[("subject_token", token)], Some("the secret of the client"));
        for said in
            [token, &format!("{}{token}", "x".repeat(80)), "the secret of the client", "the%20secret of"]
        {
            let unfit = Unfit::OtherAudience { expected: Shown::new("x"), said: Shown::new(said) };
            let failed = GrantFailed::from(unfit).without(&unsaid);
            assert_eq!(failed, GrantFailed::Telling { blame: Blame::Token }, "{said}");
        }
        assert_eq!(refused("invalid_grant").without(&unsaid), refused("invalid_grant"));
    }

    #[test]
    fn the_operator_is_told_what_to_change() {
        for code in CONSENT {
            assert!(refused(code).advice().contains("must agree"), "{code}");
        }
        assert!(refused("invalid_target").advice().contains("`resource`"));
        assert!(refused("invalid_client").advice().contains("`client_id`"));
        assert!(GrantFailed::from(Unfit::Readable).advice().contains("`opaque: false`"));
    }
}
