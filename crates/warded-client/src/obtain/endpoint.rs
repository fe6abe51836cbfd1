//! How is a token endpoint asked? As one client, for one resource, and with a proof where the token is to be bound to a key.

use http::{HeaderName, Method};
use warded_core::{Issuer, Scopes};

use super::{Bound, Client, ObtainFailed, Obtained, Source, Unsaid, answer};
use crate::{
    fetch::{Fetch, Fetched, Target},
    possession::{DPOP, Prover, SenderKey, is_about_nonce},
};

/// The token endpoint of a source, as one client asks it.
#[derive(Clone, Copy, Debug)]
pub struct TokenEndpoint<'a> {
    fetch: &'a Fetch,
    source: &'a Source,
    client: &'a Client,
    bound: &'a Bound,
    sender: Option<(&'a SenderKey, &'a Prover)>,
}

/// What a token must be to be taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) resource: &'a str,
    pub(super) bound: &'a Bound,
    pub(super) key: Option<&'a SenderKey>,
    pub(super) issued: Option<&'static str>,
}

impl<'a> TokenEndpoint<'a> {
    /// Will ask for tokens for the resource of this source.
    pub fn new(fetch: &'a Fetch, source: &'a Source, client: &'a Client, bound: &'a Bound) -> Self {
        Self { fetch, source, client, bound, sender: None }
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
    let mut may_repeat = true;
    loop {
        let (mut request, unsaid) = client.sign(form, issuer)?;
        if let Some((key, prover)) = sender {
            let proof = prover.proof(key, &Method::POST, endpoint.url(), None)?;
            request = request.header(HeaderName::from_static(DPOP), proof);
        }
        let answer = fetch.post(endpoint, request).await?;
        let is_new = sender.is_some_and(|(_, prover)| prover.hear(endpoint.url(), &answer.headers));
        let wants_nonce = || answer::error(&answer).is_some_and(|error| is_about_nonce(&error));
        if !(is_new && may_repeat && wants_nonce()) {
            return Ok((answer, unsaid));
        }
        may_repeat = false;
    }
}
