//! `refresh_token` (RFC 6749 §6, OAuth 2.1 §4.3.1): each is good once, and gives its successor.
//!
//! There is no time of grace in which a used one works again: its answer would have to be stored, and a thief
//! is as quick as a client that lost it. A client that loses an answer asks its person again.

use warded_core::Scopes;
use warded_store::{Digest, GrantType, Refresh};

use super::{Granted, spent};
use crate::{AuthorizationServer, client::Client, form::Form, refused::Refused};

/// Rotates a refresh token.
pub(super) async fn rotate(
    server: &AuthorizationServer,
    client: &Client,
    form: &Form,
) -> Result<Granted, Refused> {
    let (digest, held) = held(server, &client.id, form).await?;
    let now = server.clock.now();
    if held.expires <= now || held.grant.ends <= now {
        return Err(Refused::RefreshInvalid);
    }
    client.may(GrantType::RefreshToken)?;
    let (resource, _) = server.granted_resource(client, &held.grant, form, Refused::RefreshInvalid)?;
    let asked = narrowed(form.get("scope"), &held.grant.scopes)?;
    let scopes = resource.left_of(&asked).ok_or(Refused::ScopeUnknown)?;
    let access_token = server.mint_for(client, &held.grant, &resource, &scopes).await?;
    let (refresh_token, next) = server.fresh_refresh(client, &held.grant)?.ok_or(Refused::GrantForeign)?;

    let spending = server.store.rotate(&digest, now, server.token_ends(now), next, None).await?;
    spent(server, &held.grant, spending, Refused::RefreshReused, Refused::RefreshInvalid).await?;
    let refresh_token = Some(refresh_token);
    Ok(Granted { access_token, expires_in: server.mint.lifetime(), scopes, refresh_token })
}

/// The refresh token that is presented, if it is that client's and was not used before.
pub(super) async fn held(
    server: &AuthorizationServer,
    client: &str,
    form: &Form,
) -> Result<(Digest, Refresh), Refused> {
    let digest = Digest::of(form.need("refresh_token")?.as_bytes());
    let held = server.store.refresh(&digest).await?.ok_or(Refused::RefreshInvalid)?;
    if held.grant.issuer != server.issuer {
        return Err(Refused::RefreshInvalid);
    }
    // Before any other error, and whoever the client is: refresh tokens go from client to issuer only, so a
    // second presentation shows that two parties hold it. A thief who probes scopes or servers is noticed too
    // (RFC 9700 §4.14.2).
    if held.spent.is_some() {
        server.take_back(&held.grant).await?;
        tracing::warn!(
            issuer = %server.issuer, client,
            "a refresh token was used a second time; its grant is revoked"
        );
        return Err(Refused::RefreshReused);
    }
    if held.grant.client != client {
        return Err(Refused::RefreshInvalid);
    }
    Ok((digest, held))
}

/// Less than was granted, or all of it. The grant itself keeps its scopes (RFC 6749 §6).
fn narrowed(asked: Option<&str>, granted: &Scopes) -> Result<Scopes, Refused> {
    let asked = Scopes::parse(asked.unwrap_or_default()).map_err(|_| Refused::ScopeMalformed)?;
    let asked = Scopes::of(asked.iter().filter(|scope| *scope != "offline_access"))
        .map_err(|_| Refused::ScopeMalformed)?;
    if asked.is_empty() {
        return Ok(granted.clone());
    }
    if asked.missing_from(granted).is_empty() { Ok(asked) } else { Err(Refused::ScopeWider) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_narrows_and_never_widens() {
        let granted = Scopes::parse("read write").unwrap();
        let of = |asked| narrowed(asked, &granted).map(|scopes| scopes.to_string());
        assert_eq!(of(None), Ok("read write".into()));
        assert_eq!(of(Some("offline_access")), Ok("read write".into()));
        assert_eq!(of(Some("read offline_access")), Ok("read".into()));
        assert_eq!(of(Some("read admin")), Err(Refused::ScopeWider));
        assert_eq!(of(Some("a\"b")), Err(Refused::ScopeMalformed));
    }
}
