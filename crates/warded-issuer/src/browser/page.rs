//! How is a page sent? Plain: no script, nothing from elsewhere, not in anybody's frame, remembered by nobody.
//!
//! What the pages say is in a file for each; what they look like, in `templates`.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest;
use axum::response::{IntoResponse as _, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::Fresh;
use crate::{
    AuthorizationServer,
    redirect::{Kind, RedirectUri},
    refused::Refused,
};

pub(super) mod apps;
mod consent;
pub(super) mod done;
mod elsewhere;
pub(super) mod login;
pub(crate) mod onward;
mod refusal;
pub(super) mod when;
pub(super) mod wish;

const STYLE: &str = include_str!("../../templates/style.css");

/// What every page has around it.
struct Frame<'a> {
    style: &'static str,
    issuer: &'a str,
    /// Host and port: what stands in the browser's address, so that people can compare.
    host: &'a str,
    /// The page with the applications that have access.
    apps: String,
}

/// Where the forms of a page lead.
enum Leads<'a> {
    /// It has none.
    Nowhere,
    /// Here.
    Here,
    /// Here, and from here to the client.
    To(&'a RedirectUri),
    /// It has none: the browser is on its way to somebody else.
    Onward,
}

impl AuthorizationServer {
    /// The path of what is called `name` here.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.home.path_and_query().trim_end_matches('/'))
    }

    fn frame(&self) -> Frame<'_> {
        let origin = self.home.origin();
        Frame {
            style: STYLE,
            issuer: self.issuer.as_str(),
            host: origin.split_once("://").map_or(origin, |(_, host)| host),
            apps: self.path("apps"),
        }
    }

    fn page(
        &self,
        status: StatusCode,
        page: &impl Template,
        leads: &Leads<'_>,
        fresh: Option<Fresh>,
    ) -> Result<Response, Refused> {
        let html = page.render().map_err(|_| Refused::Unable)?;
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        protect(headers, leads)?;
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
        protect(headers, &Leads::Onward)?;
        if let Some(Fresh(cookie)) = fresh {
            headers.insert(header::SET_COOKIE, self.cookie.set(cookie.reveal())?);
        }
        Ok(response)
    }
}

/// What keeps a page from being framed, scripted, remembered or named to others.
fn protect(headers: &mut HeaderMap, leads: &Leads<'_>) -> Result<(), Refused> {
    static STYLE_HASH: LazyLock<String> =
        LazyLock::new(|| STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes())));
    let form_action = match leads {
        Leads::Nowhere | Leads::Onward => "'none'".to_owned(),
        Leads::Here => "'self'".to_owned(),
        Leads::To(redirect) => format!("'self' {}", form_target(redirect)),
    };
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_HASH,
    );
    let policy = HeaderValue::from_str(&policy).map_err(|_| Refused::Unable)?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "interest-cohort=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // On the way of an authorization request it would cut the window that an application opened for it off from the
    // application, which then never hears of the end. The other pages are nobody's to open.
    if matches!(leads, Leads::Nowhere | Leads::Here) {
        let policy = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(policy, HeaderValue::from_static("same-origin"));
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
                origin.clone()
            } else {
                format!("{}:", origin.split(':').next().unwrap_or("https"))
            }
        }
        Kind::App { scheme } => format!("{scheme}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_us_and_the_client_and_nowhere_else() {
        let target = |text: &str| form_target(&RedirectUri::registered(text).unwrap());
        assert_eq!(target("https://app.example.com:8443/cb"), "https://app.example.com:8443");
        assert_eq!(target("http://127.0.0.1:4711/cb"), "http://127.0.0.1:4711");
        assert_eq!(target("http://[::1]:4711/cb"), "http:");
        assert_eq!(target("com.example.app:/cb"), "com.example.app:");
    }
}
