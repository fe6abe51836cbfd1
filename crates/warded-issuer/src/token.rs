//! Who gets a token for what they present? The token endpoint (RFC 6749 §3.2).
//!
//! Each grant is a file. Each reads and judges everything, signs, and only then takes its one step in the
//! store: a request that is refused has consumed nothing, so it can be put right and sent again. Proven reuse
//! alone revokes.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE},
};
use serde_json::{Map, Value};
use warded_core::{ResourceUri, Scopes};
use warded_store::{Grant, GrantMark, GrantType, NewRefresh, Spending, journal::Endpoint};
use zeroize::Zeroizing;

use crate::{
    AuthorizationServer,
    client::{Client, authenticate},
    cors,
    form::{Form, posted},
    mint::{Grantee, Subject},
    random::Secret,
    refused::Refused,
    registry::Resource,
    throttle, unbound,
};

mod client_credentials;
mod code;
mod refresh;

/// What a client gets.
struct Granted {
    access_token: Zeroizing<String>,
    expires_in: u32,
    scopes: Scopes,
    refresh_token: Option<Secret>,
}

/// `POST /token`
pub(crate) async fn token(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let (peer, from) = (throttle::peer(request.extensions()), unbound::from(request.extensions()));
    let proves_by_header = request.headers().contains_key(AUTHORIZATION);
    let granted = async {
        let (headers, form) = posted(request).await?;
        let client = authenticate(&server, &headers, &form, peer).await?;
        server.notes_unbound(Endpoint::Token, &client.id, &form, from);
        grant(&server, &client, &form).await
    };
    cors::open(match granted.await {
        Ok(granted) => granted.respond(),
        Err(refused) => {
            tracing::info!(issuer = %server.issuer, code = refused.code(), "a token request was refused");
            let mut response = refused.json();
            // RFC 6749 §5.2: in the scheme that the client used.
            if refused.status() == StatusCode::UNAUTHORIZED && proves_by_header {
                let challenge = HeaderValue::from_static("Basic realm=\"token\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            response
        }
    })
}

async fn grant(server: &AuthorizationServer, client: &Client, form: &Form) -> Result<Granted, Refused> {
    match GrantType::named(form.need("grant_type")?).ok_or(Refused::GrantUnknown)? {
        GrantType::AuthorizationCode => code::redeem(server, client, form).await,
        GrantType::RefreshToken => refresh::rotate(server, client, form).await,
        GrantType::ClientCredentials => client_credentials::grant(server, client, form),
        GrantType::TokenExchange => Err(Refused::GrantUnknown),
    }
}

/// Whether what is presented was granted to a client of that id. Refused here is what would be refused after the
/// client is known, and nobody is asked who it is before.
pub(crate) async fn presented_to_it(
    server: &AuthorizationServer,
    id: &str,
    form: &Form,
) -> Result<(), Refused> {
    match GrantType::named(form.need("grant_type")?).ok_or(Refused::GrantUnknown)? {
        GrantType::AuthorizationCode => code::held(server, id, form).await.map(drop),
        GrantType::RefreshToken => refresh::held(server, id, form).await.map(drop),
        GrantType::ClientCredentials | GrantType::TokenExchange => Err(Refused::GrantForeign),
    }
}

impl AuthorizationServer {
    /// The server of a grant, if it is still the one that is asked for: named again or not at all (RFC 8707
    /// §2.2), still registered, and still the client's; with the scopes of the grant that it still knows. The
    /// refusal `gone` is for a grant of which nothing is left: an identifier that has been given to another
    /// server does not take along what people allowed at the one before.
    fn granted_resource(
        &self,
        client: &Client,
        grant: &Grant,
        form: &Form,
        gone: Refused,
    ) -> Result<(Resource, Scopes), Refused> {
        match form.resources().as_slice() {
            [] | [""] => {}
            [one] if ResourceUri::parse(one).as_ref() == Ok(&grant.resource) => {}
            [_] => return Err(Refused::TargetElsewhere),
            _ => return Err(Refused::TargetSeveral),
        }
        let resource = self.registry.resolve(&[grant.resource.as_str()], client.pinned.as_ref())?;
        if resource.name() != grant.server {
            return Err(gone);
        }
        let scopes = resource.left_of(&grant.scopes).ok_or(gone)?;
        Ok((resource, scopes))
    }

    /// Signs a token for a person's grant, as long as the person is still there.
    async fn mint_for(
        &self,
        client: &Client,
        grant: &Grant,
        resource: &Resource,
        scopes: &Scopes,
    ) -> Result<Zeroizing<String>, Refused> {
        let user = self.store.user(&grant.user).await?.ok_or(Refused::PersonGone)?;
        let subject = Subject::Person(&user.id, grant.auth_time);
        let grant = Some(GrantMark::of(&grant.id));
        let grantee = Grantee { subject, client: &client.id, resource, scopes, grant };
        self.mint.mint(&grantee, self.clock.now(), &*self.random)
    }

    /// A refresh token for a client that is registered for refreshing; it ends with the grant at the latest.
    fn fresh_refresh(&self, client: &Client, grant: &Grant) -> Result<Option<(Secret, NewRefresh)>, Refused> {
        if client.may(GrantType::RefreshToken).is_err() {
            return Ok(None);
        }
        let secret = Secret::new(&*self.random)?;
        let expires = self.clock.now().plus(self.policy.refresh_token).min(grant.ends);
        let record = NewRefresh { digest: secret.digest(), expires };
        Ok(Some((secret, record)))
    }
}

/// What the one step in the store came to.
async fn spent(
    server: &AuthorizationServer,
    grant: &Grant,
    spending: Spending,
    again: Refused,
    gone: Refused,
) -> Result<(), Refused> {
    match spending {
        Spending::Spent => Ok(()),
        Spending::Again => {
            // Between our look and our step somebody else took it: as much a theft as one that was seen at once.
            server.tell_guards(grant);
            tracing::warn!(
                issuer = %grant.issuer, client = grant.client, code = again.code(),
                "what is good once was used twice at the same time; its grant is revoked"
            );
            Err(again)
        }
        // No answer is kept here.
        Spending::Gone | Spending::Kept => Err(gone),
    }
}

impl Granted {
    /// RFC 6749 §5.1
    fn respond(self) -> Response {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("access_token", self.access_token.as_str().into());
        tell("token_type", "Bearer".into());
        tell("expires_in", self.expires_in.into());
        // Always, and not only where it differs: clients compare it with what they need.
        if !self.scopes.is_empty() {
            tell("scope", self.scopes.to_string().into());
        }
        if let Some(refresh_token) = &self.refresh_token {
            tell("refresh_token", refresh_token.reveal().into());
        }
        let mut response = Value::Object(told).to_string().into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}
