//! What is sent to a token endpoint: a code, a refresh token or the client's own credentials, and always `resource`.

use warded_core::Scopes;

use super::{Authorization, Client, Code, ObtainFailed, Obtained, RefreshToken, Source, answer};
use crate::fetch::{Fetch, Target};

/// Redeems the code of an authorization (RFC 6749 §4.1.3). The code is spent: it is good for one attempt.
pub async fn redeem(
    fetch: &Fetch,
    authorization: &Authorization,
    code: Code,
) -> Result<Obtained, ObtainFailed> {
    let form = authorization.form(&code);
    ask(fetch, authorization.source(), authorization.client(), &form).await
}

/// Trades a refresh token at the source that it came from (RFC 6749 §6). The scopes stay as they were.
pub async fn refresh(
    fetch: &Fetch,
    source: &Source,
    client: &Client,
    token: &RefreshToken,
) -> Result<Obtained, ObtainFailed> {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.text()),
        // Without it, an issuer may answer with a token for whatever the grant covers (RFC 8707 §2.2).
        ("resource", source.resource()),
    ];
    ask(fetch, source, client, &form).await
}

/// Asks for a token on behalf of nobody but the client itself (RFC 6749 §4.4).
pub async fn client_credentials(
    fetch: &Fetch,
    source: &Source,
    client: &Client,
    scopes: &Scopes,
) -> Result<Obtained, ObtainFailed> {
    let scope = scopes.to_string();
    let mut form = vec![("grant_type", "client_credentials"), ("resource", source.resource())];
    if !scope.is_empty() {
        form.push(("scope", &scope));
    }
    ask(fetch, source, client, &form).await
}

async fn ask(
    fetch: &Fetch,
    source: &Source,
    client: &Client,
    form: &[(&str, &str)],
) -> Result<Obtained, ObtainFailed> {
    let (request, unsaid) = client.sign(form, source.issuer())?;
    let endpoint = Target::learned(source.token_endpoint())
        .map_err(|_| ObtainFailed::EndpointMissing { endpoint: "token_endpoint" })?;
    answer::read(&fetch.post(&endpoint, request).await?, source.resource(), &unsaid)
}
