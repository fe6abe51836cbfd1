//! `client_credentials` (RFC 6749 §4.4): a program in its own name, registered by the operator.

use warded_store::GrantType;

use super::Granted;
use crate::{
    AuthorizationServer,
    client::Client,
    form::Form,
    mint::{Grantee, Subject},
    random,
    refused::Refused,
};

/// Gives a client a token in its own name. Nothing is consumed, and there is nothing to refresh.
pub(super) async fn grant(
    server: &AuthorizationServer,
    client: &Client,
    form: &Form,
) -> Result<Granted, Refused> {
    client.may(GrantType::ClientCredentials)?;
    let resource = server.registry.resolve(&form.resources(), client.pinned.as_ref())?;
    let scopes = resource.scopes(form.get("scope"))?;
    let (subject, client, now) = (Subject::Client, client.id.as_str(), server.clock.now());
    // Nothing but itself comes of it, so it is taken back alone.
    let (grant, status) = (random::mark(&*server.random)?, server.place().await?);
    let (resource, scopes_of, key, act, ends) = (&resource, &scopes, None, None, None);
    let grantee = Grantee { subject, client, resource, scopes: scopes_of, grant, status, key, act, ends };
    let minted = server.issue(&grantee, now).await?;
    let (expires_in, access_token) = (minted.lasts(now), minted.token);
    Ok(Granted { access_token, expires_in, scopes, refresh_token: None })
}
