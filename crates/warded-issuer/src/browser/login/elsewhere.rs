//! How does somebody get to a provider, and back? Away by a button under the whole question, and back in the same
//! browser, with an answer of the provider that was asked.
//!
//! Everything that can be said of the answer without asking anybody is said before the row is taken: an answer of another
//! provider, for another browser or without a code spends nothing.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    response::Response,
    routing::{get, post},
};
use http::{HeaderMap, Request, header::SET_COOKIE};
use warded_core::{Shown, UnixTime};
use zeroize::Zeroizing;

use crate::{
    AuthorizationServer,
    authorize::{Halt, Prompt},
    browser::{
        Purpose, Visitor, device::returning::acquaintance_of, errand::Errand, is_form_token,
        refuse_embedding, refuse_other_sites,
    },
    form::{Form, posted},
    people::{Door, People, under_way::Returned},
    provider::{ProviderFailed, Question, Reply, Said},
    random::Secret,
    refused::Refused,
    throttle,
};

/// Where people go to providers and come back. Each has its own path: an answer says by the place where it arrives whose
/// it is (RFC 9700 §4.4.2.1).
pub(crate) fn routes(base: &str, people: &People) -> Router<Arc<AuthorizationServer>> {
    // A path is the operator's text, not a pattern.
    let mut router = Router::new().without_v07_checks();
    for door in people.doors() {
        let (away, back) = (door.name.clone(), door.name.clone());
        let begin = move |State(server): State<Arc<AuthorizationServer>>, request: Request<Body>| {
            let away = away.clone();
            let headers = request.headers().clone();
            async move {
                let answer = begin(&server, &away, request).await;
                server.out_of_form(&headers, answer.unwrap_or_else(|halt| halt.respond(&server)))
            }
        };
        let finish = move |State(server): State<Arc<AuthorizationServer>>, request: Request<Body>| {
            let back = back.clone();
            async move {
                let answer = finish(&server, &back, request).await;
                server.out_of_their_form(answer.unwrap_or_else(|halt| halt.respond(&server)))
            }
        };
        let path = format!("{base}/login/{}", door.name);
        router = router.route(&path, post(begin)).route(&format!("{path}/callback"), get(finish));
    }
    router
}

/// `POST /login/NAME`
async fn begin(server: &AuthorizationServer, name: &str, request: Request<Body>) -> Result<Response, Halt> {
    let peer = throttle::peer(request.extensions());
    let (headers, form) = posted(request).await?;
    refuse_other_sites(&headers)?;
    let visitor = server.visitor(&headers).await?;
    let cookie = visitor.cookie.as_ref().ok_or(Refused::FormForeign)?;
    let text = form.need("request")?;
    // No other site sends anybody to a provider: who is logged in there would come back logged in here, without having
    // seen who asks (MCP security best practices, *confused deputy*).
    if !is_form_token(form.need("token")?, cookie, Purpose::Login, &[text]) {
        return server.form_of_another_tab(text, &visitor, peer).await;
    }
    let door = server.people.door(name).ok_or(Refused::FormForeign)?;
    let errand = server.errand(text, peer).await?;
    let who = visitor.person.as_ref().map(|person| acquaintance_of(&person.user.id));
    let who = who.or_else(|| server.devices.acquaintance(&headers));
    if !server.strangers.may_go_elsewhere(peer, who, server.clock.now()) {
        return Ok(server.ask_again(&errand, &visitor, Some(Refused::TooMany))?);
    }
    let browser = match &visitor.away {
        Some(browser) => browser.clone(),
        None => Zeroizing::new(Secret::new(&*server.random)?.reveal().to_owned()),
    };
    let once = server.send_off(door, errand.text(), &browser, peer).await?;
    let question = Question { once: &once, redirect_uri: &door.redirect_uri, prompt: errand.prompt() };
    match door.upstream.ask(&question).await {
        Ok(location) => {
            let mut response = server.send_elsewhere(&location, &door.title)?;
            response.headers_mut().append(SET_COOKIE, server.away().set(&browser)?);
            Ok(response)
        }
        Err(failed) => again(server, door, &errand, &visitor, &failed),
    }
}

/// `GET /login/NAME/callback`
async fn finish(server: &AuthorizationServer, name: &str, request: Request<Body>) -> Result<Response, Halt> {
    let (head, _) = request.into_parts();
    let peer = throttle::peer(&head.extensions);
    refuse_embedding(&head.headers)?;
    let answer = Form::read(head.uri.query().unwrap_or_default().as_bytes())?;
    let door = server.people.door(name).ok_or(Refused::LoginStale)?;
    let returned = returned(server, door, &head.headers, &answer).await?;
    let visitor = server.visitor(&head.headers).await?;
    let errand = server.errand(&returned.request, peer).await?;
    let is_anew = errand.prompt() == Prompt::Login;
    let anew_since = is_anew.then_some(returned.departed);
    match identified(server, door, &answer, &returned, anew_since).await {
        Ok(said) => match server.let_in(door, &said).await {
            // They have come back in another tab: a new session would end the questions that are open in it.
            Ok(user) if !is_anew && visitor.is_person(&user) => {
                Ok(server.send_on(&errand.after_login(server), None)?)
            }
            Ok(user) => {
                // Whoever logged in there yesterday, or nobody knows when, has not logged in now; nobody logs in tomorrow.
                let now = server.clock.now();
                let at = said.auth_time.map(|at| at.min(now));
                let fresh = server.log_in(&user, at, &visitor).await?;
                let mut response = server.send_on(&errand.after_login(server), Some(fresh))?;
                response.headers_mut().append(SET_COOKIE, server.devices.has_brought_back(&user.id)?);
                Ok(response)
            }
            Err(refused @ Refused::NotAdmitted) => Ok(server.ask_again(&errand, &visitor, Some(refused))?),
            Err(refused) => Err(refused.into()),
        },
        Err(failed) => again(server, door, &errand, &visitor, &failed),
    }
}

/// Takes the row of the browser that came back, after everything else has been looked at.
async fn returned(
    server: &AuthorizationServer,
    door: &Door,
    headers: &HeaderMap,
    answer: &Form,
) -> Result<Returned, Refused> {
    // Login CSRF: the attacker's own answer, brought along by somebody else's browser.
    let cookie = server.away().read(headers).ok_or(Refused::LoginStale)?;
    let state = answer.get("state").ok_or(Refused::LoginStale)?;
    if !server.is_awaited(door, state, &cookie).await? {
        return Err(Refused::LoginStale);
    }
    if let Err(failed) = door.upstream.is_whose(answer).await {
        tracing::warn!(issuer = %server.issuer, login = door.name, error = %failed, "an answer was not looked at");
        return Err(failed.refused());
    }
    if answer.get("error").is_none() {
        answer.need("code")?;
    }
    server.welcome(door, state, &cookie).await?.ok_or(Refused::LoginStale)
}

async fn identified(
    server: &AuthorizationServer,
    door: &Door,
    answer: &Form,
    returned: &Returned,
    anew_since: Option<UnixTime>,
) -> Result<Said, ProviderFailed> {
    let Some(code) = answer.get("code").filter(|_| answer.get("error").is_none()) else {
        return Err(ProviderFailed::Declined(Shown::new(answer.get("error").unwrap_or_default())));
    };
    let reply = Reply {
        code,
        redirect_uri: &door.redirect_uri,
        nonce: &returned.nonce,
        verifier: &returned.verifier,
        anew_since,
    };
    door.upstream.identify(&reply, server.clock.now()).await
}

/// Nobody is logged in; the question stands as it stood.
fn again(
    server: &AuthorizationServer,
    door: &Door,
    errand: &Errand,
    visitor: &Visitor,
    failed: &ProviderFailed,
) -> Result<Response, Halt> {
    tracing::warn!(issuer = %server.issuer, login = door.name, error = %failed, "nobody was logged in elsewhere");
    Ok(server.ask_again(errand, visitor, Some(failed.refused()))?)
}
