//! Does the person agree? Who asks, for which server, for what, and where the answer goes.
//!
//! An answer is remembered only where nobody else can receive it: at an https redirect URI. Any program on a
//! computer can listen on loopback or claim a scheme and use the client id of another, so there the question is
//! asked each time (RFC 8252 §8.6).

use std::sync::Arc;

use axum::{body::Body, extract::State, response::Response};
use http::Request;
use warded_core::jose::base64url;
use warded_store::{Consent, Grant, NewCode};

use super::{Person, Purpose, Visitor, is_form_token, mark, page::wish::permissions, refuse_other_sites};
use crate::{
    AuthorizationServer,
    authorize::{Asked, Halt, Prompt, asked},
    client::Vouched,
    form::posted,
    random::{self, Secret},
    redirect::Kind,
    refused::Refused,
    throttle::{self, Peer},
};

impl AuthorizationServer {
    /// Asks the person, or answers at once where the same was agreed to before.
    pub(crate) async fn ask_consent(
        &self,
        asked: &Asked,
        visitor: &Visitor,
        person: &Person,
    ) -> Result<Response, Halt> {
        if asked.prompt != Prompt::Consent
            && let Some(consent) = memorable(self, asked, person)
            && let Some(held) = self.store.consented(&consent).await.map_err(Refused::from)?
            && asked.scopes.missing_from(&held).is_empty()
        {
            self.end_where_overheard(visitor).await?;
            return self.agree(asked, person).await;
        }
        if asked.prompt == Prompt::None {
            return Err(asked.refuse(Refused::ConsentRequired));
        }
        let cookie = visitor.cookie.as_ref().ok_or(Refused::FormForeign)?;
        let question = question(asked, person);
        let question: Vec<&str> = question.iter().map(String::as_str).collect();
        let token = self.form_token(cookie, Purpose::Consent, &question)?;
        Ok(self.consent_page(asked, &token, &person.user.name)?)
    }

    /// Turns an agreement into a grant of one server, and sends its code to the client.
    async fn agree(&self, asked: &Asked, person: &Person) -> Result<Response, Halt> {
        let (code, now) = (Secret::new(&*self.random)?, self.clock.now());
        // Before anything comes of it: whoever gives grants and takes them back all the time would fill what guards can
        // remember, and then they admit nobody.
        if !self.strangers.may_agree(&person.user.id, now) {
            return Err(Refused::TooMany.into());
        }
        let status = self.place().await?;
        let grant = Grant {
            id: random::id(&*self.random)?,
            issuer: self.issuer.clone(),
            client: asked.client.id.clone(),
            user: person.user.id.clone(),
            server: asked.resource.name().to_owned(),
            resource: asked.resource.identifier().clone(),
            scopes: asked.scopes.clone(),
            auth_time: person.auth_time,
            ends: now.plus(self.policy.grant),
            key: None,
            status,
            redirect_origin: origin(asked).cloned(),
        };
        let code_record = NewCode {
            digest: code.digest(),
            redirect_uri: asked.answer.redirect.as_str().to_owned(),
            challenge: asked.challenge.clone(),
            key: asked.key,
            expires: now.plus(self.policy.code),
            room: self.strangers.room().map(|room| (room, now)),
        };
        let ended = self.store.issue_code(grant, code_record).await.map_err(Refused::from)?;
        if ended > 0 {
            tracing::info!(
                issuer = %self.issuer, client = asked.client.id, user = person.user.id, ended,
                "a person has so many grants that those which were not used for longest have ended"
            );
        }
        Ok(self.send_on(&asked.answer.with_code(code.reveal()), None)?)
    }
}

/// `POST /consent`
pub(crate) async fn consent(
    State(server): State<Arc<AuthorizationServer>>,
    request: Request<Body>,
) -> Response {
    let peer = throttle::peer(request.extensions());
    let headers = request.headers().clone();
    let answer = answer(&server, request, peer).await.unwrap_or_else(|halt| halt.respond(&server));
    server.out_of_form(&headers, answer)
}

async fn answer(server: &AuthorizationServer, request: Request<Body>, peer: Peer) -> Result<Response, Halt> {
    let (headers, form) = posted(request).await?;
    refuse_other_sites(&headers)?;
    let visitor = server.visitor(&headers).await?;
    let cookie = visitor.cookie.as_ref().ok_or(Refused::FormForeign)?;
    let Some(person) = &visitor.person else {
        // On loopback the decision in another tab has ended the session; elsewhere time has.
        return server.form_of_another_tab(form.need("request")?, &visitor, peer).await;
    };
    // Everything is read and judged anew: what the hidden field says is no more trusted than a link.
    let asked = asked(server, form.need("request")?, peer).await?;
    let question = question(&asked, person);
    let question: Vec<&str> = question.iter().map(String::as_str).collect();
    let token = form.need("token")?;
    if !is_form_token(token, cookie, Purpose::Consent, &question) {
        // Somebody has logged in in another tab since, or what is asked is not what it was. Nothing of the form is used but
        // what every link may say; and it is asked, whatever has been agreed to meanwhile: the click may have been a no.
        return Ok(server.send_on(&asked.address_of_question(server), None)?);
    }
    let decision = form.get("decision");
    if matches!(decision, Some("allow" | "deny")) {
        // Each page is answered once: what was taken back in between must not be given again by an old one.
        // The session in which it was made is over by then, and the page with it.
        let now = server.clock.now();
        let until = now.plus(server.policy.session);
        if !server.store.first_use(&mark(token), until, now).await.map_err(Refused::from)? {
            return Err(Refused::FormForeign.into());
        }
        // Before anything is given: a cookie that was overheard must not agree a second time.
        server.end_where_overheard(&visitor).await?;
    }
    match decision {
        Some("allow") => {
            if let Some(consent) = memorable(server, &asked, person) {
                server.store.remember_consent(&consent, &asked.scopes).await.map_err(Refused::from)?;
            }
            server.agree(&asked, person).await
        }
        Some("deny") => Err(asked.refuse(Refused::Denied)),
        _ => Err(Refused::ParameterMissing("decision").into()),
    }
}

/// What the person sees, all of it: a description that changed between question and answer is another question.
fn question(asked: &Asked, person: &Person) -> Vec<String> {
    let vouched = match &asked.client.vouched {
        Vouched::Operator => "operator",
        Vouched::Host(host) => host,
        Vouched::Nobody => "nobody",
    };
    let document = asked.client.document().map(|digest| base64url::encode(digest.as_bytes()));
    let fixed = [
        document.as_deref().unwrap_or_default(),
        &asked.query,
        &person.user.id,
        asked.client.name(),
        vouched,
        asked.resource.title(),
        asked.resource.identifier().as_str(),
        asked.answer.redirect.as_str(),
    ];
    let scopes = permissions(asked).into_iter().flat_map(|may| [may.words.unwrap_or_default(), may.scope]);
    let pages = asked.client.pages().iter().map(|(_, url)| url.clone());
    fixed.into_iter().map(str::to_owned).chain(scopes).chain(pages).collect()
}

/// Where on the web the answer goes, if it goes there.
fn origin(asked: &Asked) -> Option<&String> {
    match asked.answer.redirect.kind() {
        Kind::Web { origin } => Some(origin),
        _ => None,
    }
}

/// What would be remembered, if anything.
fn memorable(server: &AuthorizationServer, asked: &Asked, person: &Person) -> Option<Consent> {
    let origin = origin(asked)?;
    Some(Consent {
        issuer: server.issuer.clone(),
        user: person.user.id.clone(),
        client: asked.client.id.clone(),
        redirect_origin: origin.clone(),
        server: asked.resource.name().to_owned(),
        resource: asked.resource.identifier().clone(),
        document: asked.client.document().copied(),
    })
}
