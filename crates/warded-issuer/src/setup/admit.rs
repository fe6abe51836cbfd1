//! Of all the people whom a provider knows, who may come in?

use warded_store::{AddedBy, Standing};

/// Who may log in by way of a provider. A provider for everybody (Google, GitHub) lets everybody log in; so unless the
/// operator says otherwise, nobody gets in whom the operator has not added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks looks at each")]
pub enum Admit {
    /// People whom the operator has added, by the provider's name for them; not those who came in by themselves, here or by
    /// another login of the same provider.
    #[default]
    Known,
    /// Everybody whom the provider lets log in, but for those who were removed; who is new is added.
    Anyone,
    /// Those of whom the provider says one of these, at each login anew; who is new is added. Who no longer belongs is
    /// out, and somebody whom the operator has added is in only if listed as well.
    Those(Vec<Admitted>),
}

/// What may be said of somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks looks at each")]
pub enum Admitted {
    /// The provider's own name for the person: `sub`, `oid` at Entra, the number of the account at GitHub.
    Subject(String),
    /// The domain of the organisation (`hd`) at Google; elsewhere that of an address of which the provider says that it
    /// has been verified. Compared whole and without case: `example.com` is no other domain of that owner.
    Domain(String),
    /// An organisation at GitHub of which the person is an active member, by its login.
    Organization(String),
}

impl Admit {
    /// Whether somebody of whom all this is said may come in.
    pub(crate) fn admits(&self, said: &[Admitted]) -> bool {
        match self {
            // Who the operator has added is known in the store, and not here.
            Self::Known | Self::Anyone => true,
            Self::Those(listed) => said.iter().any(|said| listed.iter().any(|listed| listed.is(said))),
        }
    }

    /// Whether somebody may come in who stands so in the store. Another login of the same provider may be open to everybody,
    /// or this one may have been: only the operator makes somebody known. Whoever was removed is out until added again.
    pub(crate) fn welcomes(&self, standing: &Standing) -> bool {
        match standing {
            Standing::Here(_, AddedBy::Operator) => true,
            Standing::Here(_, AddedBy::Themself) | Standing::New => *self != Self::Known,
            Standing::Removed => false,
        }
    }

    pub(crate) fn listed(&self) -> impl Iterator<Item = &Admitted> {
        match self {
            Self::Known | Self::Anyone => &[],
            Self::Those(listed) => listed.as_slice(),
        }
        .iter()
    }
}

impl Admitted {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Subject(text) | Self::Domain(text) | Self::Organization(text) => text,
        }
    }

    /// Whether it can be said of anybody at all: no pattern, no address, nothing that leads elsewhere in a URL.
    pub(crate) fn is_readable(&self) -> bool {
        let is_of = |more: &[u8]| {
            let text = self.text();
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        match self {
            Self::Subject(subject) => !subject.is_empty(),
            Self::Domain(_) => is_of(b"-."),
            Self::Organization(_) => is_of(b"-_"),
        }
    }

    fn is(&self, said: &Self) -> bool {
        match (self, said) {
            (Self::Subject(listed), Self::Subject(said)) => listed == said,
            (Self::Domain(listed), Self::Domain(said))
            | (Self::Organization(listed), Self::Organization(said)) => listed.eq_ignore_ascii_case(said),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use warded_core::UnixTime;
    use warded_store::User;

    use super::*;

    #[test]
    fn a_list_admits_what_stands_on_it_and_nothing_that_looks_like_it() {
        let listed = Admit::Those(vec![
            Admitted::Subject("42".into()),
            Admitted::Domain("example.com".into()),
            Admitted::Organization("acme".into()),
        ]);
        let subject = |text: &str| Admitted::Subject(text.into());
        let domain = |text: &str| Admitted::Domain(text.into());
        let organization = |text: &str| Admitted::Organization(text.into());
        for said in [subject("42"), domain("Example.COM"), organization("Acme")] {
            assert!(listed.admits(&[subject("7"), said.clone()]), "{said:?}");
        }
        for said in [
            subject("4"),
            subject("example.com"),
            domain("42"),
            domain("acme"),
            domain("mail.example.com"),
            domain("badexample.com"),
            domain("example.com."),
            organization("acme-2"),
            organization("example.com"),
        ] {
            assert!(!listed.admits(std::slice::from_ref(&said)), "{said:?}");
        }
        assert!(!listed.admits(&[]) && Admit::Anyone.admits(&[]));
        assert!(!Admit::Those(vec![]).admits(&[subject("42")]), "an empty list is nobody");
    }

    #[test]
    fn who_came_by_themself_is_not_known_and_who_was_removed_is_nobodys_guest() {
        let user =
            User { id: "x".into(), name: "x".into(), password: None, created: UnixTime::from_seconds(0) };
        let listed = Admit::Those(vec![Admitted::Subject("42".into())]);
        let here = |by| Standing::Here(user.clone(), by);
        for (standing, known, others) in [
            (Standing::New, false, true),
            (here(AddedBy::Themself), false, true),
            (here(AddedBy::Operator), true, true),
            (Standing::Removed, false, false),
        ] {
            let welcomes = [&Admit::Known, &Admit::Anyone, &listed].map(|admit| admit.welcomes(&standing));
            assert_eq!(welcomes, [known, others, others], "{standing:?}");
        }
    }
}
