//! `client_credentials` (RFC 6749 §4.4): a program in its own name, registered by the operator.

use warded_store::GrantType;

use super::Granted;
use crate::{
    AuthorizationServer,
    client::Client,
    form::Form,
    mint::{Grantee, Subject},
    refused::Refused,
};

/// Gives a client a token in its own name. Nothing is consumed, and there is nothing to refresh.
pub(super) fn grant(server: &AuthorizationServer, client: &Client, form: &Form) -> Result<Granted, Refused> {
    client.may(GrantType::ClientCredentials)?;
    let resource = server.registry.resolve(&form.resources(), client.pinned.as_ref())?;
    let scopes = resource.scopes(form.get("scope"))?;
    let (subject, client) = (Subject::Client, client.id.as_str());
    let grantee = Grantee { subject, client, resource: &resource, scopes: &scopes, grant: None };
    let access_token = server.mint.mint(&grantee, server.clock.now(), &*server.random)?;
    Ok(Granted { access_token, expires_in: server.mint.lifetime(), scopes, refresh_token: None })
}
