//! What is asked for, and may it be asked? The authorization endpoint (RFC 6749 §4.1.1, OAuth 2.1 §4.1.1).
//!
//! Nothing is kept between the steps of a person: each form carries the query, and each step reads and judges
//! it anew.

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::Request;
use warded_core::{
    Issuer, Scopes,
    jose::{Thumbprint, base64url},
};
use warded_store::{GrantType, journal::Endpoint};

use crate::{
    AuthorizationServer,
    browser::{errand::Errand, refuse_embedding},
    client::{Client, Vouched},
    form::Form,
    redirect::RedirectUri,
    refused::Refused,
    registry::Resource,
    throttle::{self, Peer},
    unbound,
};

/// Longest `state` that is sent back.
const MAX_STATE_BYTES: usize = 4096;

/// A request that a person may be asked about.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The query that it was read from.
    pub(crate) query: String,
    pub(crate) client: Client,
    pub(crate) answer: Answer,
    pub(crate) resource: Resource,
    pub(crate) scopes: Scopes,
    pub(crate) challenge: String,
    /// The key that its code will be bound to (RFC 9449 §10).
    pub(crate) key: Option<Thumbprint>,
    pub(crate) prompt: Prompt,
}

/// What the client wants the person to be asked (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// What is needed.
    Needed,
    /// Nothing.
    None,
    /// That they show anew who they are, although somebody is logged in.
    Login,
    /// Who it is, although somebody is logged in.
    Account,
    /// Consent, whatever was agreed to before.
    Consent,
}

impl Prompt {
    /// Of several wishes the one that asks the most; those that nobody knows ask for nothing.
    fn read(text: &str) -> Self {
        if text == "none" {
            return Self::None;
        }
        let asking = [("login", Self::Login), ("select_account", Self::Account), ("consent", Self::Consent)];
        let says = |wanted: &str| text.split(' ').any(|word| word == wanted);
        asking.into_iter().find(|(word, _)| says(word)).map_or(Self::Needed, |(_, prompt)| prompt)
    }

    /// Whether it is asked who it is, whoever is logged in.
    pub(crate) const fn asks_who(self) -> bool {
        matches!(self, Self::Login | Self::Account)
    }
}

/// Where the answer goes, known to be the client's.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) redirect: RedirectUri,
    state: Option<String>,
    issuer: Issuer,
    /// Whether the operator put the client there, and nobody else.
    is_operators: bool,
    /// What it calls itself.
    pub(crate) client: String,
}

/// Why a person is not asked, and who is told.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The person: nothing is known of the client, or it has no part in it.
    Here(Refused),
    /// The client.
    There(Box<Answer>, Refused),
}

impl From<Refused> for Halt {
    fn from(refused: Refused) -> Self {
        Self::Here(refused)
    }
}

impl Halt {
    pub(crate) fn respond(self, server: &AuthorizationServer) -> Response {
        match self {
            Self::Here(refused) => {
                tracing::info!(issuer = %server.issuer, code = refused.code(), "an authorization request was refused");
                server.refusal_page(refused)
            }
            Self::There(answer, refused) => {
                tracing::info!(
                    issuer = %server.issuer, code = refused.code(), to = %answer.redirect.origin(),
                    "an authorization request was refused"
                );
                // Anybody can register a client, send a link with an error in it, and have our name lead to the
                // attacker's page. So a person goes there knowingly, or not at all (RFC 9700 §4.11.2). Whoever
                // said no has acted already.
                let has_acted = refused == Refused::Denied;
                let told = if answer.is_operators || has_acted {
                    server.send_on(&answer.with_error(refused), None)
                } else {
                    server.return_page(&answer, refused)
                };
                told.unwrap_or_else(|refused| server.refusal_page(refused))
            }
        }
    }
}

impl Answer {
    /// The redirect URI with a code. `iss` says whose answer it is, so that it cannot be fed to another
    /// issuer's exchange (RFC 9207 §2).
    pub(crate) fn with_code(&self, code: &str) -> String {
        self.with(&[("code", code)])
    }

    pub(crate) fn with_error(&self, refused: Refused) -> String {
        self.with(&[("error", refused.error()), ("error_description", &refused.public())])
    }

    fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut parameters = parameters.to_vec();
        if let Some(state) = &self.state {
            parameters.push(("state", state));
        }
        parameters.push(("iss", self.issuer.as_str()));
        self.redirect.with(&parameters)
    }
}

impl Asked {
    /// The same query with another `prompt`; no longer than it, but for that.
    pub(crate) fn prompting(&self, prompt: &str) -> String {
        let is_prompt = |pair: &str| {
            form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(name, _)| name == "prompt")
        };
        let mut query: String =
            self.query.split('&').filter(|pair| !is_prompt(pair)).flat_map(|pair| [pair, "&"]).collect();
        query.push_str("prompt=");
        query.push_str(prompt);
        query
    }

    /// Where consent is asked for, whatever was agreed to before; and who it is, where the client wants that.
    pub(crate) fn address_of_question(&self, server: &AuthorizationServer) -> String {
        let query = if self.prompt.asks_who() { self.query.clone() } else { self.prompting("consent") };
        server.path(&format!("authorize?{query}"))
    }

    /// Tells the client.
    pub(crate) fn refuse(&self, refused: Refused) -> Halt {
        Halt::There(Box::new(self.answer.clone()), refused)
    }
}

/// `GET /authorize`
pub(crate) async fn authorize(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let (head, _) = request.into_parts();
    let peer = throttle::peer(&head.extensions);
    let query = head.uri.query().unwrap_or_default();
    let answered = async {
        // On loopback any page in the browser could otherwise make us ask around among the neighbours.
        if server.home.is_plain_http() {
            refuse_embedding(&head.headers)?;
        }
        let asked = asked(&server, query, peer).await;
        if !matches!(asked, Err(Halt::Here(_)))
            && let Ok(form) = Form::read(query.as_bytes())
        {
            let client = form.get("client_id").unwrap_or_default();
            server.notes_unbound(Endpoint::Authorize, client, &form, unbound::from(&head.extensions));
        }
        let asked = asked?;
        let visitor = server.visitor(&head.headers).await?;
        match &visitor.person {
            Some(person) if !asked.prompt.asks_who() => server.ask_consent(&asked, &visitor, person).await,
            _ if asked.prompt == Prompt::None => Err(asked.refuse(Refused::LoginRequired)),
            _ => Ok(server.ask_who(&Errand::Asked(Box::new(asked)), &visitor)?),
        }
    };
    let answer = answered.await.unwrap_or_else(|halt| halt.respond(&server));
    // A login leads here, and what was agreed to before is answered at once: that is still behind its form.
    server.out_of_form(&head.headers, answer)
}

/// Reads an authorization request. Client and redirect URI come first: before they are known to belong
/// together, no error is sent anywhere (RFC 6749 §4.1.2.1, RFC 9700 §4.11).
pub(crate) async fn asked(server: &AuthorizationServer, query: &str, peer: Peer) -> Result<Asked, Halt> {
    let form = Form::read(query.as_bytes())?;
    let client = server.client(form.need("client_id")?, peer).await?;
    let redirect = client.redirect(form.need("redirect_uri")?, &server.policy.app_schemes)?;
    let state = form.get("state").map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > MAX_STATE_BYTES) {
        return Err(Refused::TooLarge.into());
    }
    let answer = Answer {
        redirect,
        state,
        issuer: server.issuer.clone(),
        is_operators: client.vouched == Vouched::Operator,
        client: client.name().to_owned(),
    };
    let wanted =
        if server.people.keeps(query) { wanted(server, &client, &form) } else { Err(Refused::TooLarge) };
    match wanted {
        Ok(Wanted { resource, scopes, challenge, key, prompt }) => {
            Ok(Asked { query: query.to_owned(), client, answer, resource, scopes, challenge, key, prompt })
        }
        Err(refused) => Err(Halt::There(Box::new(answer), refused)),
    }
}

/// What is asked for, once it is known who asks.
struct Wanted {
    resource: Resource,
    scopes: Scopes,
    challenge: String,
    key: Option<Thumbprint>,
    prompt: Prompt,
}

fn wanted(server: &AuthorizationServer, client: &Client, form: &Form) -> Result<Wanted, Refused> {
    // A request object could say something else than what we read (RFC 9101 §6.3).
    if form.get("request").is_some() {
        return Err(Refused::RequestObject);
    }
    if form.get("request_uri").is_some() {
        return Err(Refused::RequestUri);
    }
    if form.need("response_type")? != "code" {
        return Err(Refused::ResponseType);
    }
    if form.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(Refused::ResponseMode);
    }
    client.may(GrantType::AuthorizationCode)?;
    let (challenge, key) = (challenge(form)?, server.token.proofs.announced(form)?);
    let resource = server.registry.resolve(&form.resources(), client.pinned.as_ref())?;
    let scopes = resource.scopes(form.get("scope"))?;
    let prompt = Prompt::read(form.get("prompt").unwrap_or_default());
    Ok(Wanted { resource, scopes, challenge, key, prompt })
}

/// The S256 challenge: what SHA-256 looks like in base64url. A missing method means `plain` (RFC 7636 §4.3),
/// which whoever sees the request can answer.
fn challenge(form: &Form) -> Result<String, Refused> {
    let (challenge, method) = (form.get("code_challenge"), form.get("code_challenge_method"));
    let is_digest = |text: &&str| base64url::decode(text).is_some_and(|bytes| bytes.len() == 32);
    match (challenge.filter(is_digest), method) {
        (Some(challenge), Some("S256")) => Ok(challenge.to_owned()),
        _ => Err(Refused::ChallengeMissing),
    }
}
