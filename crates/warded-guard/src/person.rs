//! Who has a share of what is there for all? A person, through whichever client and with however many tokens.

use warded_core::VerifiedToken;

/// Whoever an issuer's token is used for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Person {
    issuer: Box<str>,
    who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Who {
    Subject(Box<str>),
    Client(Box<str>),
    /// That very token: two of them may be two people's, and one must not take the share of all such.
    Token([u8; 32]),
}

impl Person {
    pub(crate) fn of(token: &VerifiedToken) -> Self {
        let claims = token.claims();
        Self::named(token.issuer().as_str(), claims.subject(), claims.client(), token.digest().sha256())
    }

    /// By what a token says of it, as far as it does.
    pub(crate) fn named(issuer: &str, subject: Option<&str>, client: Option<&str>, token: &[u8; 32]) -> Self {
        let who = match (subject, client) {
            (Some(subject), _) => Who::Subject(subject.into()),
            (None, Some(client)) => Who::Client(client.into()),
            (None, None) => Who::Token(*token),
        };
        Self { issuer: issuer.into(), who }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_taken_for_somebody_else() {
        let (one, two) = ([1; 32], [2; 32]);
        let of = |subject, client, token| Person::named("https://login.example.com", subject, client, token);
        let others = [
            of(Some("x"), None, &one),
            of(None, Some("x"), &one),
            of(None, None, &one),
            of(None, None, &two),
            Person::named("https://login.example.org", Some("x"), None, &one),
        ];
        for (number, person) in others.iter().enumerate() {
            assert!(others[number + 1..].iter().all(|other| other != person), "{person:?}");
        }
        assert_eq!(of(Some("x"), Some("app"), &one), of(Some("x"), None, &two), "in whatever program");
    }
}
