//! What does a challenge offer?

use warded_core::jose::Algorithm;

/// One scheme under which a token may be presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Its name.
    pub(crate) scheme: &'static str,
    /// Parameters that its challenge has and those of other schemes have not, or nothing.
    pub(crate) parameters: &'static str,
}

impl Offer {
    /// RFC 6750: whoever has the token may use it.
    pub(crate) const BEARER: Self = Self { scheme: "Bearer", parameters: "" };
    /// RFC 9449 §7.1: whoever holds the key may use it.
    pub(crate) const DPOP: Self =
        Self { scheme: "DPoP", parameters: "algs=\"EdDSA ES256 ES384 PS256 PS384 PS512 RS256 RS384 RS512\"" };
}

/// The algorithms of acceptable proofs.
pub(crate) fn algorithms() -> impl Iterator<Item = &'static str> {
    Algorithm::ALL.iter().map(|algorithm| algorithm.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_what_is_accepted() {
        let algs = algorithms().collect::<Vec<_>>().join(" ");
        assert_eq!(Offer::DPOP.parameters, format!("algs=\"{algs}\""));
    }
}
