//! `client_credentials` (RFC 6749 §4.4): a program in its own name, registered by the operator.

use warded_store::GrantType;

use super::{Asking, Granted};
use crate::{
    AuthorizationServer,
    mint::{Grantee, Subject},
    refused::Refused,
};

/// Gives a client a token in its own name. There is nothing to refresh.
pub(super) async fn grant(server: &AuthorizationServer, asking: &Asking<'_>) -> Result<Granted, Refused> {
    let (client, form, now) = (asking.client(), asking.form, asking.now);
    client.may(GrantType::ClientCredentials)?;
    let resource = server.registry.resolve(&form.resources(), client.pinned.as_ref())?;
    let scopes = resource.scopes(form.get("scope"))?;
    let sender = server.token.proofs.sender(asking.headers, client.bound(), now)?;
    let grantee = Grantee {
        subject: Subject::Client,
        client: &client.id,
        resource: &resource,
        scopes: &scopes,
        grant: None,
        root: None,
        status: server.place().await?,
        key: sender.key(),
        act: None,
        ends: None,
    };
    let minted = server.issue(&grantee, now).await?;
    asking.known.use_up(server, sender.proof()).await?;
    Ok(Granted::of(minted, scopes, None, &sender))
}
