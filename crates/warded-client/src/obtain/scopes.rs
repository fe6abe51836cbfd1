//! Which scopes does a client ask for? Those that it was told to, and none of its own invention.

use warded_core::{Scopes, metadata::AuthorizationServer};

/// OpenID Connect Core §11: with it an issuer gives a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";

/// The scopes of an authorization request: those of the challenge, else all that the server's metadata lists, else
/// none (MCP authorization, scope selection). `offline_access` stands beside them only where the issuer lists it, and
/// never alone, since asking for that alone would mean asking for nothing else.
pub fn to_ask(challenge: Option<&Scopes>, listed: Option<&[String]>, server: &AuthorizationServer) -> Scopes {
    let told = challenge.filter(|scopes| !scopes.is_empty()).cloned();
    let told = told.or_else(|| Scopes::of(listed?.iter().map(String::as_str)).ok()).unwrap_or_default();
    let keeps = server.scopes_supported.iter().flatten().any(|scope| scope == OFFLINE_ACCESS);
    match Scopes::of([OFFLINE_ACCESS]) {
        Ok(offline) if keeps && !told.is_empty() => told.union(&offline),
        _ => told,
    }
}

/// Whether a refresh token is asked for; OpenID Connect asks for consent then, or the issuer may ignore the wish.
pub(super) fn is_offline(scopes: &Scopes) -> bool {
    scopes.iter().any(|scope| scope == OFFLINE_ACCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(challenge: Option<&str>, listed: Option<&[&str]>, known: &[&str]) -> String {
        let mut server = AuthorizationServer::default();
        server.scopes_supported = Some(known.iter().map(|scope| (*scope).to_owned()).collect());
        let challenge = challenge.map(|scopes| Scopes::parse(scopes).unwrap());
        let listed: Option<Vec<_>> =
            listed.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
        to_ask(challenge.as_ref(), listed.as_deref(), &server).to_string()
    }

    #[test]
    fn the_challenge_goes_before_the_metadata_and_nothing_is_invented() {
        assert_eq!(asked(Some("a b"), Some(&["c"]), &["d"]), "a b");
        assert_eq!(asked(None, Some(&["c", "d"]), &["e"]), "c d");
        assert_eq!(asked(Some(""), Some(&["c"]), &[]), "c");
        assert_eq!(asked(None, None, &["openid", "profile"]), "");
        assert_eq!(asked(None, Some(&["not a scope"]), &[]), "");
    }

    #[test]
    fn offline_access_is_asked_for_where_the_issuer_lists_it_and_never_alone() {
        assert_eq!(asked(Some("a"), None, &["offline_access"]), "a offline_access");
        assert_eq!(asked(Some("a"), None, &["openid"]), "a");
        assert_eq!(asked(None, None, &["offline_access"]), "");
    }
}
