//! How is it known that a token is for the server that it is sent to?

/// How it is known that a token is for its server. Whichever it is, the token is sent to that server alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a kind that is overlooked would be taken for another")]
pub enum Bound {
    /// It was asked for with `resource`, and what can be read of it names the server and nobody else.
    #[default]
    Audience,
    /// The same, but the issuer has a name of its own for the server, which the operator has written down.
    Pinned(Box<str>),
    /// It was asked for with `resource`, which its issuer passes over, and the operator has said that it may be so: other
    /// servers may take it as well.
    Ignored,
    /// The issuer refuses `resource`, and the operator has said that it may be so: other servers may take it as well.
    Unbound,
}

impl Bound {
    /// Whether `resource` is sent.
    pub(crate) fn names_resource(&self) -> bool {
        *self != Self::Unbound
    }
}
