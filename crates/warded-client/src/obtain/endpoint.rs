//! How is a token endpoint asked? As one client, for one resource, and with a proof where the token is to be bound to a key.

use http::{HeaderName, Method};
use warded_core::{Issuer, Scopes, metadata::AuthorizationServer};

use super::{Bound, Client, ObtainFailed, Obtained, Source, answer, audience};
use crate::{
    fetch::{Fetch, Fetched, Target},
    possession::{DPOP, Prover, SenderKey, is_about_nonce},
    unsaid::Unsaid,
};

/// The token endpoint of a source, as one client asks it.
#[derive(Clone, Copy, Debug)]
pub struct TokenEndpoint<'a> {
    fetch: &'a Fetch,
    source: &'a Source,
    client: &'a Client,
    bound: &'a Bound,
    server: Option<&'a AuthorizationServer>,
    or_ignored: bool,
    sender: Option<(&'a SenderKey, &'a Prover)>,
}

/// What a token must be to be taken.
#[derive(Clone, Debug)]
pub(super) struct Expected<'a> {
    pub(super) resource: &'a str,
    pub(super) bound: &'a Bound,
    /// The places of the issuer's own, which are no other servers.
    pub(super) own: Vec<&'a str>,
    /// Whether it may be for nobody in particular.
    pub(super) or_ignored: bool,
    pub(super) key: Option<&'a SenderKey>,
    pub(super) issued: Option<&'static str>,
}

impl<'a> TokenEndpoint<'a> {
    /// Will ask for tokens for the resource of this source.
    pub fn new(fetch: &'a Fetch, source: &'a Source, client: &'a Client, bound: &'a Bound) -> Self {
        Self { fetch, source, client, bound, server: None, or_ignored: false, sender: None }
    }

    /// The same with what the issuer says of itself: a token for one of its own places is for no other server.
    #[must_use]
    pub fn described(self, server: &'a AuthorizationServer) -> Self {
        Self { server: Some(server), ..self }
    }

    /// The same for a user who puts up with an issuer that passes `resource` over: a token that names no server will do.
    #[must_use]
    pub fn or_ignored(self, or_ignored: bool) -> Self {
        Self { or_ignored, ..self }
    }

    /// The same for tokens that are bound to a key.
    #[must_use]
    pub fn proving(self, sender: Option<(&'a SenderKey, &'a Prover)>) -> Self {
        Self { sender, ..self }
    }

    /// Sends one grant, with the resource beside it, and takes what is for it.
    pub(super) async fn ask(
        &self,
        grant: &[(&str, &str)],
        scopes: Option<&Scopes>,
    ) -> Result<Obtained, ObtainFailed> {
        self.ask_for(grant, scopes, None).await
    }

    /// The same, where the issuer has to say what it gives (RFC 8693 §2.2.1).
    pub(super) async fn ask_for(
        &self,
        grant: &[(&str, &str)],
        scopes: Option<&Scopes>,
        issued: Option<&'static str>,
    ) -> Result<Obtained, ObtainFailed> {
        let endpoint = Target::learned(self.source.token_endpoint())
            .map_err(|_| ObtainFailed::EndpointMissing { endpoint: "token_endpoint" })?;
        let (answer, unsaid) = self.post(&endpoint, grant, scopes, self.sender).await?;
        let expected = Expected {
            resource: self.source.resource(),
            bound: self.bound,
            own: audience::own(self.source.issuer(), self.server),
            or_ignored: self.or_ignored,
            key: self.sender.map(|(key, _)| key),
            issued,
        };
        answer::read(&answer, &expected, &unsaid)
    }

    /// Posts what is asked, and for which resource and scopes, to one of the issuer's endpoints.
    pub(super) async fn post(
        &self,
        endpoint: &Target,
        grant: &[(&str, &str)],
        scopes: Option<&Scopes>,
        sender: Option<(&SenderKey, &Prover)>,
    ) -> Result<(Fetched, Unsaid), ObtainFailed> {
        let scope = scopes.map(ToString::to_string).filter(|scope| !scope.is_empty());
        let mut form = grant.to_vec();
        // Without it, an issuer may answer with a token for whatever the grant covers (RFC 8707 §2.2).
        form.extend(self.bound.names_resource().then_some(("resource", self.source.resource())));
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        post(self.fetch, endpoint, (self.client, self.source.issuer()), &form, sender).await
    }
}

/// Posts a form as a client; where the issuer demands a nonce, once more with it. That is asked before anything is used
/// up (RFC 9449 §8), and what the client signs is signed anew: an assertion is good for one request.
pub(super) async fn post(
    fetch: &Fetch,
    endpoint: &Target,
    (client, issuer): (&Client, &Issuer),
    form: &[(&str, &str)],
    sender: Option<(&SenderKey, &Prover)>,
) -> Result<(Fetched, Unsaid), ObtainFailed> {
    let mut nonce = sender.and_then(|(_, prover)| prover.nonce(endpoint.url()));
    let mut may_repeat = true;
    loop {
        let (mut request, unsaid) = client.sign(form, issuer)?;
        if let Some((key, prover)) = sender {
            let proof = prover.proof(key, &Method::POST, endpoint.url(), None, nonce.as_deref())?;
            request = request.header(HeaderName::from_static(DPOP), proof);
        }
        let answer = fetch.post(endpoint, request).await?;
        let given = sender.and_then(|(_, prover)| prover.hear(endpoint.url(), &answer.headers));
        // Others may have heard it before: what counts is what stood in this proof.
        let is_new = given.is_some() && given != nonce;
        let wants_nonce = || answer::error(&answer).is_some_and(|error| is_about_nonce(&error));
        if !(is_new && may_repeat && wants_nonce()) {
            return Ok((answer, unsaid));
        }
        (nonce, may_repeat) = (given, false);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{Router, extract::State};
    use futures_util::future::join_all;
    use http::{HeaderMap, StatusCode};
    use warded_core::{ResourceUri, jose::base64url};

    use super::*;
    use crate::{clock::SystemClock, fetch::Reach};

    /// The nonces of the proofs that came.
    type Seen = Arc<Mutex<Vec<Option<String>>>>;

    async fn demands(
        State(seen): State<Seen>,
        headers: HeaderMap,
    ) -> (StatusCode, [(&'static str, &'static str); 2], &'static str) {
        let proof = headers[DPOP].to_str().unwrap().split('.').nth(1).and_then(base64url::decode).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&proof).unwrap();
        let nonce = claims["nonce"].as_str().map(str::to_owned);
        let has_it = nonce.as_deref() == Some("n1");
        seen.lock().unwrap().push(nonce);
        let (status, body) = if has_it {
            (StatusCode::OK, "{}")
        } else {
            (StatusCode::BAD_REQUEST, r#"{"error":"use_dpop_nonce"}"#)
        };
        (status, [("content-type", "application/json"), ("dpop-nonce", "n1")], body)
    }

    #[tokio::test]
    async fn requests_that_are_refused_at_once_for_a_nonce_are_each_made_again() {
        let seen = Seen::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(demands).with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

        #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
        let random = Arc::new(aws_lc_rs::rand::SystemRandom::new());
        let key = SenderKey::generate(&*random).unwrap();
        let prover = Prover::new(Arc::new(SystemClock), random);
        let (issuer, url) = (Issuer::parse(&origin).unwrap(), format!("{origin}/token"));
        let (client, endpoint) = (Client::public("me", issuer.clone()), Target::configured(&url).unwrap());
        let fetch = Fetch::new(Reach::of(&ResourceUri::parse(&url).unwrap())).unwrap();
        // Whoever is joined has made a proof before the first answer comes.
        let form = [("grant_type", "refresh_token")];
        let one = || post(&fetch, &endpoint, (&client, &issuer), &form, Some((&key, &prover)));
        for answer in join_all((0..4).map(|_| one())).await {
            assert_eq!(answer.unwrap().0.status, StatusCode::OK);
        }
        let seen = seen.lock().unwrap().clone();
        let without = seen.iter().filter(|nonce| nonce.is_none()).count();
        assert_eq!((without, seen.len()), (4, 8), "{seen:?}");
    }
}
