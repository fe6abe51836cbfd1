//! Does the caller hold the key that the token is bound to? (RFC 9449 §7.1, RFC 8705 §3)

use crate::{claims::Binding, jose::Thumbprint, refusal::Refusal};

/// What the caller has proved to hold, besides the token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Possession {
    /// The key of a verified DPoP proof.
    pub key: Option<Thumbprint>,
    /// The certificate of a verified TLS connection.
    pub certificate: Option<Thumbprint>,
}

/// Proof that a bound token came from its holder. Only [`shown`] makes one.
#[derive(Debug)]
pub(crate) struct PossessionShown(());

/// An unbound token needs no proof; a bound one needs every proof that it asks for.
pub(crate) fn shown(binding: Option<&Binding>, possession: &Possession) -> Result<PossessionShown, Refusal> {
    let Some(binding) = binding else {
        return Ok(PossessionShown(()));
    };
    if binding.key.is_none() && binding.certificate.is_none() {
        // Bound to something that we cannot check, so nobody can prove it here.
        return Err(Refusal::SenderUnproven);
    }
    matches(binding.key, possession.key)?;
    matches(binding.certificate, possession.certificate)?;
    Ok(PossessionShown(()))
}

fn matches(wanted: Option<Thumbprint>, proved: Option<Thumbprint>) -> Result<(), Refusal> {
    match (wanted, proved) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Refusal::SenderUnproven),
        (Some(wanted), Some(proved)) if wanted == proved => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::SenderMismatch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thumbprint(letter: &str) -> Thumbprint {
        Thumbprint::parse(&letter.repeat(43)).unwrap()
    }

    #[test]
    fn a_bound_token_needs_every_proof_that_it_asks_for() {
        let (a, e) = (Some(thumbprint("A")), Some(thumbprint("E")));
        let verdict = |wanted: Option<(Option<Thumbprint>, Option<Thumbprint>)>, key, certificate| {
            let binding = wanted.map(|(key, certificate)| Binding { key, certificate });
            shown(binding.as_ref(), &Possession { key, certificate }).map(|_| ())
        };
        assert_eq!(verdict(None, None, None), Ok(()));
        assert_eq!(verdict(None, a, e), Ok(()));
        assert_eq!(verdict(Some((a, None)), a, None), Ok(()));
        assert_eq!(verdict(Some((None, e)), a, e), Ok(()));
        assert_eq!(verdict(Some((a, e)), a, e), Ok(()));
        assert_eq!(verdict(Some((None, None)), a, e), Err(Refusal::SenderUnproven));
        assert_eq!(verdict(Some((a, None)), None, a), Err(Refusal::SenderUnproven));
        assert_eq!(verdict(Some((a, None)), e, a), Err(Refusal::SenderMismatch));
        assert_eq!(verdict(Some((a, e)), a, None), Err(Refusal::SenderUnproven));
        assert_eq!(verdict(Some((a, e)), a, a), Err(Refusal::SenderMismatch));
    }
}
