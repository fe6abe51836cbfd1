//! How does a user's consent come back to the client that asked, and to no other? RFC 6749 §4.1 with PKCE (RFC 7636),
//! `state`, and the issuer named in the response (RFC 9207).

use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
    rand::SecureRandom,
};
use warded_core::{Issuer, Scopes, Shown, jose::base64url};
use zeroize::Zeroizing;

use super::{Bound, Client, ObtainFailed, Source, scopes::is_offline};
use crate::{discover::Discovered, possession::SenderKey};

/// Bytes of randomness in a verifier and in a state; RFC 7636 §7.1 asks for 32.
const ENTROPY: usize = 32;

/// An authorization request that has been made, and what its response must show.
pub struct Authorization {
    url: String,
    source: Source,
    client: Client,
    redirect_uri: String,
    state: Zeroizing<String>,
    verifier: Zeroizing<String>,
    names_itself: bool,
}

/// A code, on its way to the token endpoint of the issuer that gave it.
pub struct Code(Zeroizing<String>);

impl Code {
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

/// Not a response to the request that was made: it ends nothing, or anybody who can reach the callback could end
/// a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the answer to a question that was asked here")]
#[non_exhaustive]
pub struct Unanswered;

impl Authorization {
    /// Makes a request for one resource, for a token that is bound to a key where one is shown.
    pub fn begin(
        discovered: &Discovered,
        client: Client,
        redirect_uri: &str,
        scopes: &Scopes,
        bound: &Bound,
        key: Option<&SenderKey>,
        random: &dyn SecureRandom,
    ) -> Result<Self, ObtainFailed> {
        let source = Source::of(discovered)?;
        if client.issuer() != source.issuer() {
            let (registered, asked) = (client.issuer().clone(), source.issuer().clone());
            return Err(ObtainFailed::ClientOfAnotherIssuer { registered, asked });
        }
        if !promises_s256(discovered) {
            return Err(ObtainFailed::ChallengeMethod);
        }
        let endpoint = discovered.server.authorization_endpoint.as_deref();
        let endpoint =
            endpoint.ok_or(ObtainFailed::EndpointMissing { endpoint: "authorization_endpoint" })?;
        let (state, verifier) = (secret(random)?, secret(random)?);
        let challenge = base64url::encode(digest(&SHA256, verifier.as_bytes()));
        let scope = scopes.to_string();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", client.id())
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if bound.names_resource() {
            query.append_pair("resource", source.resource());
        }
        if let Some(key) = key {
            // RFC 9449 §10: whoever steals the code cannot have a token for a key of their own.
            query.append_pair("dpop_jkt", &key.thumbprint().to_string());
        }
        if !scope.is_empty() {
            query.append_pair("scope", &scope);
        }
        if is_offline(scopes) {
            query.append_pair("prompt", "consent");
        }
        // RFC 6749 §3.1: the endpoint may have a query of its own, which stays.
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(Self {
            url: format!("{endpoint}{joint}{}", query.finish()),
            source,
            client,
            redirect_uri: redirect_uri.to_owned(),
            state,
            verifier,
            names_itself: discovered.server.authorization_response_iss_parameter_supported == Some(true),
        })
    }

    /// Where the user agrees.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Reads the query that came to the redirect URI. Whose answer it is, is settled before what it says: a code or an
    /// error of somebody else is not looked at.
    pub fn accept(&self, query: &str) -> Result<Result<Code, ObtainFailed>, Unanswered> {
        let mut response = Response::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let member = match &*name {
                "state" => &mut response.state,
                "code" => &mut response.code,
                "iss" => &mut response.iss,
                "error" => &mut response.error,
                "error_description" => &mut response.description,
                _ => continue,
            };
            // RFC 6749 §3.1: never twice; which one counts would be anybody's guess.
            if member.replace(Zeroizing::new(value.into_owned())).is_some() {
                return Err(Unanswered);
            }
        }
        let state = response.state.take().ok_or(Unanswered)?;
        verify_slices_are_equal(state.as_bytes(), self.state.as_bytes()).map_err(|_| Unanswered)?;
        Ok(self.settle(response))
    }

    fn settle(&self, response: Response) -> Result<Code, ObtainFailed> {
        let expected = || self.source.issuer().clone();
        match response.iss {
            None if self.names_itself => return Err(ObtainFailed::IssuerMissing { expected: expected() }),
            // RFC 9207 §2.4: simple string comparison. A trailing slash makes another issuer.
            Some(said) if *said != self.source.issuer().as_str() => {
                return Err(ObtainFailed::IssuerOther { expected: expected(), said: Shown::new(&said) });
            }
            _ => {}
        }
        if let Some(error) = response.error {
            let description = response.description.map(|text| Shown::new(&text));
            return Err(ObtainFailed::Denied { error: Shown::new(&error), description });
        }
        response.code.filter(|code| !code.is_empty()).map(Code).ok_or(ObtainFailed::CodeMissing)
    }

    /// The form that redeems a code of this request.
    pub(super) fn form<'a>(&'a self, code: &'a Code) -> [(&'a str, &'a str); 4] {
        [
            ("grant_type", "authorization_code"),
            ("code", code.text()),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &self.verifier),
        ]
    }

    /// Where the answer comes to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Where the code is redeemed.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Who redeems it.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Who was asked.
    pub const fn issuer(&self) -> &Issuer {
        self.source.issuer()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("source", &self.source).finish_non_exhaustive()
    }
}

/// MCP authorization: without the promise there is no login. A server of 2025-03-26 without any metadata has nowhere to
/// promise it; the challenge is sent all the same.
fn promises_s256(discovered: &Discovered) -> bool {
    match &discovered.server.code_challenge_methods_supported {
        Some(methods) => methods.iter().any(|method| method == "S256"),
        None => discovered.is_legacy,
    }
}

#[derive(Default)]
struct Response {
    state: Option<Zeroizing<String>>,
    code: Option<Zeroizing<String>>,
    iss: Option<Zeroizing<String>>,
    error: Option<Zeroizing<String>>,
    description: Option<Zeroizing<String>>,
}

fn secret(random: &dyn SecureRandom) -> Result<Zeroizing<String>, ObtainFailed> {
    let mut bytes = Zeroizing::new([0; ENTROPY]);
    random.fill(&mut *bytes).map_err(|_| ObtainFailed::Randomness)?;
    Ok(Zeroizing::new(base64url::encode(*bytes)))
}
