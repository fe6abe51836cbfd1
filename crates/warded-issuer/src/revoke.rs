//! Who gives a token back? The revocation endpoint (RFC 7009).
//!
//! A client gives back what it holds: a refresh token with everything that came of its grant, an access token with its
//! grant, or alone where it comes of none or of an exchange. Who presents the token of another client changes nothing and learns nothing:
//! every answer is the same.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::{
    HeaderMap, HeaderValue, Request,
    header::{CACHE_CONTROL, PRAGMA},
};
use warded_core::{IssuerRules, UnixTime};
use warded_store::{Digest, Grant, GrantMark, REVOKED_LASTS, StatusIndex};
use zeroize::Zeroizing;

use crate::{
    AuthorizationServer,
    client::{Desk, recognise},
    cors,
    form::{Form, posted},
    issued::Issued,
    refused::Refused,
    throttle::{self, Peer},
};

/// What is given back.
enum Held {
    /// A refresh token, spent or not.
    Refresh(Box<Grant>),
    /// An access token.
    Access(Box<Issued>),
}

impl Held {
    /// Whose it is, by `client_id`.
    fn client(&self) -> Option<&str> {
        match self {
            Self::Refresh(grant) => Some(&grant.client),
            Self::Access(issued) => issued.claims().client(),
        }
    }

    /// In whose name it speaks.
    fn subject(&self) -> &str {
        match self {
            Self::Refresh(grant) => &grant.user,
            Self::Access(issued) => issued.claims().subject().unwrap_or_default(),
        }
    }
}

/// `POST /revoke`
pub(crate) async fn revoke(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    cors::open(answer(&server, request).await.unwrap_or_else(|refused| {
        tracing::info!(issuer = %server.issuer, code = refused.code(), "a revocation was refused");
        refused.json()
    }))
}

async fn answer(server: &Arc<AuthorizationServer>, request: Request<Body>) -> Result<Response, Refused> {
    let peer = throttle::peer(request.extensions());
    let (headers, form) = posted(request).await?;
    // Where too many go on by themselves already, it is done as long as its sender waits.
    let Some(room) = server.aside.for_giving_back() else {
        return give_back(server, &headers, &form, peer).await;
    };
    let server = Arc::clone(server);
    // On its own: an application that logs out sends this as its last act, and is gone before it is answered.
    let given = tokio::spawn(async move {
        let _room = room;
        give_back(&server, &headers, &form, peer).await
    });
    given.await.unwrap_or(Err(Refused::Unable))
}

async fn give_back(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    form: &Form,
    peer: Peer,
) -> Result<Response, Refused> {
    let known = match recognise(server, headers, form, peer, Desk::Revocation).await {
        Ok(known) => known,
        // An id that is a URL is not asked who it is, unless the token is its own.
        Err(Refused::RefreshInvalid) => return Ok(done()),
        Err(refused) => return Err(refused),
    };
    // What the hint says is only where to look first (RFC 7009 §2.1), and neither look costs much.
    let held = held(server, form).await?;
    let Some(held) = held.filter(|held| held.client() == Some(&known.client.id)) else {
        known.use_up(server, None).await?;
        return Ok(done());
    };
    // Counted last: nobody uses up what is another's.
    if !server.strangers.may_give_back(held.subject(), server.clock.now()) {
        return Err(Refused::TooMany);
    }
    // Last: whoever is told to come again comes with the same assertion.
    known.use_up(server, None).await?;
    match held {
        Held::Refresh(grant) => server.take_back(&grant).await?,
        Held::Access(issued) => server.take_back_issued(&issued).await?,
    }
    tracing::info!(issuer = %server.issuer, client = known.client.id, "a client gave a token back");
    Ok(done())
}

/// Whether what is given back was granted to a client of that id.
pub(crate) async fn presented_to_it(
    server: &AuthorizationServer,
    id: &str,
    form: &Form,
) -> Result<(), Refused> {
    match held(server, form).await? {
        Some(held) if held.client() == Some(id) => Ok(()),
        _ => Err(Refused::RefreshInvalid),
    }
}

async fn held(server: &AuthorizationServer, form: &Form) -> Result<Option<Held>, Refused> {
    let token = Zeroizing::new(form.need("token")?.to_owned());
    if let Some(refresh) = server.store.refresh(&Digest::of(token.as_bytes())).await? {
        let is_ours = refresh.grant.issuer == server.issuer;
        return Ok(is_ours.then(|| Held::Refresh(Box::new(refresh.grant))));
    }
    Ok(server.issued(&token, None)?.map(|issued| Held::Access(Box::new(issued))))
}

impl AuthorizationServer {
    /// Takes an access token back, and with it the grant that it comes from: its refresh token would only give others.
    async fn take_back_issued(&self, issued: &Issued) -> Result<(), Refused> {
        let claims = issued.claims();
        let of_it = |grant: &Grant| grant.issuer == self.issuer && Some(&*grant.client) == claims.client();
        let standing = self.store.grant_of_mark(&issued.mark()).await?;
        if let Some(standing) = standing.filter(|standing| of_it(&standing.grant)) {
            return Ok(self.take_back(&standing.grant).await?);
        }
        // What was exchanged is given back alone: its place is that of its root, with everything else that came of that.
        let own = claims.status().filter(|_| !issued.is_exchanged());
        let place = own.and_then(|status| self.place_at(status.uri(), status.index()));
        Ok(self.take_back_mark(issued.mark(), place, claims.expires()).await?)
    }

    /// Takes one token back that comes of no grant.
    async fn take_back_mark(
        &self,
        mark: GrantMark,
        place: Option<StatusIndex>,
        expires: UnixTime,
    ) -> Result<(), warded_store::StoreFailed> {
        let until = expires.plus(IssuerRules::MAX_LEEWAY).plus(REVOKED_LASTS);
        self.revocations.enter(mark, until);
        self.store.revoke_mark(&self.issuer, mark, place, until).await
    }
}

/// RFC 7009 §2.2: the answer to a token that is unknown, too.
fn done() -> Response {
    let mut response = Response::default();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
