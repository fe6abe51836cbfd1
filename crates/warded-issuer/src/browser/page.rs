//! What do people see? Plain pages: no script, nothing from elsewhere, not in anybody's frame.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest;
use axum::response::{IntoResponse as _, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::Fresh;
use crate::{
    AuthorizationServer,
    authorize::{Answer, Asked},
    client::{Described, Vouched},
    redirect::{Kind, RedirectUri},
    refused::Refused,
};

const STYLE: &str = include_str!("../../templates/style.css");

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    style: &'static str,
    issuer: &'a str,
    action: &'a str,
    request: &'a str,
    token: &'a str,
    title: &'a str,
    client: &'a str,
    vouched: &'a Vouched,
    described: Described<'a>,
    advice: &'static str,
    error: Option<String>,
    one_click: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    style: &'static str,
    issuer: &'a str,
    action: &'a str,
    request: &'a str,
    token: &'a str,
    title: &'a str,
    client: &'a str,
    vouched: &'a Vouched,
    described: Described<'a>,
    advice: &'static str,
    resource: &'a str,
    scopes: &'a [String],
    destination: String,
    redirect: &'a str,
    person: &'a str,
    other_person: String,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    style: &'static str,
    issuer: &'a str,
    reason: String,
    code: &'static str,
}

#[derive(Template)]
#[template(path = "return.html")]
struct ReturnPage<'a> {
    style: &'static str,
    issuer: &'a str,
    reason: String,
    code: &'static str,
    client: &'a str,
    destination: String,
    redirect: &'a str,
    back: String,
}

impl AuthorizationServer {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.home.path_and_query().trim_end_matches('/'))
    }

    /// The page on which people log in; with what went wrong before, if anything.
    pub(super) fn login_page(
        &self,
        asked: &Asked,
        token: &str,
        wrong: Option<Refused>,
        fresh: Option<Fresh>,
    ) -> Result<Response, Refused> {
        let page = LoginPage {
            style: STYLE,
            issuer: self.issuer.as_str(),
            action: &self.path("login"),
            request: &asked.query,
            token,
            title: asked.resource.title(),
            client: asked.client.name(),
            vouched: &asked.client.vouched,
            described: asked.client.described(),
            advice: "Log in only if you have just started it.",
            error: wrong.map(Refused::public),
            one_click: self.one_click.as_deref(),
        };
        let status = wrong.map_or(StatusCode::OK, Refused::status);
        self.page(status, &page, Some(&asked.answer.redirect), fresh)
    }

    /// The page on which people agree.
    pub(super) fn consent_page(
        &self,
        asked: &Asked,
        token: &str,
        person: &str,
        scopes: &[String],
    ) -> Result<Response, Refused> {
        let redirect = &asked.answer.redirect;
        let page = ConsentPage {
            style: STYLE,
            issuer: self.issuer.as_str(),
            action: &self.path("consent"),
            request: &asked.query,
            token,
            title: asked.resource.title(),
            client: asked.client.name(),
            vouched: &asked.client.vouched,
            described: asked.client.described(),
            advice: "Allow this only if you have just started it.",
            resource: asked.resource.identifier().as_str(),
            scopes,
            destination: redirect.to_string(),
            redirect: redirect.as_str(),
            person,
            other_person: format!("{}?{}", self.path("authorize"), asked.prompting(Some("login"))),
        };
        self.page(StatusCode::OK, &page, Some(redirect), None)
    }

    /// The page that says why nothing happens. It leads nowhere: a URI that is not known to be the client's
    /// would be an open redirector (RFC 6749 §4.1.2.1).
    pub(crate) fn refusal_page(&self, refused: Refused) -> Response {
        let page = RefusalPage {
            style: STYLE,
            issuer: self.issuer.as_str(),
            reason: refused.public(),
            code: refused.code(),
        };
        // A 401 would have to ask for credentials, and no browser has any for this.
        let status = match refused.status() {
            StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
            status => status,
        };
        self.page(status, &page, None, None).unwrap_or_else(|refused| refused.status().into_response())
    }

    /// The page that says what is wrong with the request of an application that nobody vouches for, and where
    /// that application wants to hear of it. Going there is left to the person.
    pub(crate) fn return_page(&self, answer: &Answer, refused: Refused) -> Result<Response, Refused> {
        let page = ReturnPage {
            style: STYLE,
            issuer: self.issuer.as_str(),
            reason: refused.public(),
            code: refused.code(),
            client: &answer.client,
            destination: answer.redirect.to_string(),
            redirect: answer.redirect.as_str(),
            back: answer.with_error(refused),
        };
        self.page(StatusCode::BAD_REQUEST, &page, None, None)
    }

    fn page(
        &self,
        status: StatusCode,
        page: &impl Template,
        leads_to: Option<&RedirectUri>,
        fresh: Option<Fresh>,
    ) -> Result<Response, Refused> {
        let html = page.render().map_err(|_| Refused::Unable)?;
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        protect(headers, leads_to)?;
        if let Some(Fresh(cookie)) = fresh {
            headers.insert(header::SET_COOKIE, self.cookie.set(cookie.reveal())?);
        }
        Ok(response)
    }

    /// Sends the browser on to `location`. 303: the form with the password is not sent along (RFC 9700 §4.12).
    pub(crate) fn send_on(&self, location: &str, fresh: Option<Fresh>) -> Result<Response, Refused> {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let headers = response.headers_mut();
        let mut location = HeaderValue::from_str(location).map_err(|_| Refused::FormForeign)?;
        location.set_sensitive(true);
        headers.insert(header::LOCATION, location);
        protect(headers, None)?;
        if let Some(Fresh(cookie)) = fresh {
            headers.insert(header::SET_COOKIE, self.cookie.set(cookie.reveal())?);
        }
        Ok(response)
    }
}

/// What keeps a page from being framed, scripted, remembered or named to others.
fn protect(headers: &mut HeaderMap, leads_to: Option<&RedirectUri>) -> Result<(), Refused> {
    static STYLE_HASH: LazyLock<String> =
        LazyLock::new(|| STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes())));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_HASH,
        leads_to.map(form_target).unwrap_or_default(),
    );
    let policy = HeaderValue::from_str(&policy).map_err(|_| Refused::Unable)?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "interest-cohort=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(())
}

/// The client as a source that forms may lead to: browsers apply `form-action` to the redirect behind a form as
/// well. An IPv6 address has no spelling in that grammar, so its scheme must do.
fn form_target(redirect: &RedirectUri) -> String {
    match redirect.kind() {
        Kind::Web { origin } | Kind::Loopback { origin } => {
            let is_source = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.' | '-');
            if origin.chars().all(is_source) {
                format!(" {origin}")
            } else {
                format!(" {}:", origin.split(':').next().unwrap_or("https"))
            }
        }
        Kind::App { scheme } => format!(" {scheme}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_us_and_the_client_and_nowhere_else() {
        let target = |text: &str| form_target(&RedirectUri::registered(text).unwrap());
        assert_eq!(target("https://app.example.com:8443/cb"), " https://app.example.com:8443");
        assert_eq!(target("http://127.0.0.1:4711/cb"), " http://127.0.0.1:4711");
        assert_eq!(target("http://[::1]:4711/cb"), " http:");
        assert_eq!(target("com.example.app:/cb"), " com.example.app:");
    }
}
