//! Who gets a token for what they present? The token endpoint (RFC 6749 §3.2).
//!
//! Each grant is a file. Each reads and judges everything, signs, and only then takes its one step in the store, which uses up
//! what was shown together with the code or refresh token: a request that is refused has consumed nothing, so it can be put
//! right and sent again.
//! Proven reuse alone revokes.

use std::{net::SocketAddr, sync::Arc};

use axum::{body::Body, extract::State, response::Response};
use http::{
    HeaderMap, HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use warded_core::{Scopes, UnixTime};
use warded_store::{Grant, GrantMark, GrantType, NewRefresh, journal::Endpoint};

use crate::{
    AuthorizationServer,
    client::{Client, Desk, Known, recognise},
    cors,
    dpop::{PROOF, Sender},
    form::{Form, posted},
    mint::{Grantee, Minted, Subject},
    random::Secret,
    refused::Refused,
    registry::Resource,
    throttle, unbound,
};

mod client_credentials;
mod code;
mod exchange;
mod granted;
mod noticed;
mod refresh;
mod retry;
mod rules;

use granted::Granted;
use noticed::{Said, Unseen};
pub(crate) use rules::Rules;

/// A request whose client has shown who it is.
struct Asking<'a> {
    known: &'a Known,
    form: &'a Form,
    headers: &'a HeaderMap,
    now: UnixTime,
    unseen: &'a Unseen,
}

impl Asking<'_> {
    fn client(&self) -> &Client {
        &self.known.client
    }
}

/// `POST /token`
pub(crate) async fn token(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let (peer, from) = (throttle::peer(request.extensions()), unbound::from(request.extensions()));
    let proves_by_header = request.headers().contains_key(AUTHORIZATION);
    let shows_key = request.headers().contains_key(PROOF);
    let granted = async {
        let (headers, form) = posted(request).await?;
        let said = Arc::new(Said { headers, form, peer });
        let unseen = Unseen::of(&server, &said);
        let granted = answer(&server, &said, &unseen, from).await;
        unseen.is_seen();
        granted
    };
    let granted = granted.await;
    let now = server.clock.now();
    // Whoever has to come back with a proof learns the nonce for it at once.
    let must_know = shows_key || matches!(granted, Err(Refused::ProofRequired));
    let mut response = granted.map_or_else(
        |refused| {
            tracing::info!(issuer = %server.issuer, code = refused.code(), "a token request was refused");
            let mut response = refused.json();
            // RFC 6749 §5.2: in the scheme that the client used.
            if refused.status() == StatusCode::UNAUTHORIZED && proves_by_header {
                let challenge = HeaderValue::from_static("Basic realm=\"token\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            response
        },
        |granted| granted.respond(now),
    );
    if must_know {
        server.token.proofs.renew(&mut response, now);
    }
    cors::open(response)
}

async fn answer(
    server: &AuthorizationServer,
    said: &Said,
    unseen: &Unseen,
    from: Option<SocketAddr>,
) -> Result<Granted, Refused> {
    let Said { headers, form, peer } = said;
    let known = recognise(server, headers, form, *peer, Desk::Token).await?;
    server.notes_unbound(Endpoint::Token, &known.client.id, form, from);
    let now = server.clock.now();
    grant(server, &Asking { known: &known, form, headers, now, unseen }).await
}

async fn grant(server: &AuthorizationServer, asking: &Asking<'_>) -> Result<Granted, Refused> {
    match named(asking.form)? {
        GrantType::AuthorizationCode => code::redeem(server, asking).await,
        GrantType::RefreshToken => refresh::rotate(server, asking).await,
        GrantType::ClientCredentials => client_credentials::grant(server, asking).await,
        GrantType::TokenExchange => exchange::exchange(server, asking).await,
    }
}

fn named(form: &Form) -> Result<GrantType, Refused> {
    GrantType::named(form.need("grant_type")?).ok_or(Refused::GrantUnknown)
}

/// Whether what is presented was granted to a client of that id. Refused here is what would be refused after the
/// client is known, and nobody is asked who it is before.
pub(crate) async fn presented_to_it(
    server: &AuthorizationServer,
    id: &str,
    form: &Form,
) -> Result<(), Refused> {
    match named(form)? {
        GrantType::AuthorizationCode => code::held(server, id, form).await.map(drop),
        GrantType::RefreshToken => refresh::is_its_own(server, id, form).await,
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
        if self.registry.only(&form.resources())?.is_some_and(|asked| asked != grant.resource) {
            return Err(Refused::TargetElsewhere);
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
        asking: &Asking<'_>,
        grant: &Grant,
        (resource, scopes): (&Resource, &Scopes),
        sender: &Sender,
    ) -> Result<Minted, Refused> {
        let user = self.store.user(&grant.user).await?.ok_or(Refused::PersonGone)?;
        let grantee = Grantee {
            subject: Subject::Person(&user.id, grant.auth_time),
            client: &asking.client().id,
            resource,
            scopes,
            grant: Some(GrantMark::of(&grant.id)),
            root: None,
            status: grant.status,
            key: sender.key(),
            act: None,
            ends: Some(grant.ends),
        };
        self.issue(&grantee, asking.now).await
    }

    /// A refresh token for a client that is registered for refreshing; it ends with the grant at the latest.
    fn fresh_refresh(
        &self,
        asking: &Asking<'_>,
        grant: &Grant,
    ) -> Result<Option<(Secret, NewRefresh)>, Refused> {
        if asking.client().may(GrantType::RefreshToken).is_err() {
            return Ok(None);
        }
        let secret = Secret::new(&*self.random)?;
        let expires = asking.now.plus(self.policy.refresh_token).min(grant.ends);
        let record = NewRefresh { digest: secret.digest(), expires };
        Ok(Some((secret, record)))
    }

    /// Between our look and our step somebody else took what is good once: as much a theft as one that was seen at
    /// once. The store has ended the grant.
    fn was_taken(&self, grant: &Grant, again: Refused) -> Refused {
        self.tell_guards(grant);
        tracing::warn!(
            issuer = %grant.issuer, client = grant.client, code = again.code(),
            "what is good once was used twice at the same time; its grant is revoked"
        );
        again
    }
}
