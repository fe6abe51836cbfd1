//! How does a browser get to the client, from behind one of our forms?
//!
//! Browsers hold every redirect behind a form to its page's `form-action` (CSP3 §6.3.1), and where a client's callback
//! leads on to is the client's affair: `www` to the bare name, an API to its application. A redirect would end there, with
//! the code delivered and the person still before our question. So the form is answered with a page that leaves.

use askama::Template;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{Frame, Leads};
use crate::{AuthorizationServer, refused::Refused};

#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage<'a> {
    frame: Frame<'a>,
    location: &'a str,
    /// Whether it leads to a place of ours, and not to the application.
    is_ours: bool,
}

impl AuthorizationServer {
    /// The same answer as a page, where it would redirect a browser from behind a form to the web or to a program that
    /// listens here. What has no form behind it stays a redirect; so does what goes to a custom scheme, which phones
    /// open only as long as they remember the click; and so does every answer to a program that says no `Sec-Fetch-*`:
    /// a browser so old is still led by the client's origin in `form-action`.
    pub(crate) fn out_of_form(&self, headers: &HeaderMap, answer: Response) -> Response {
        if answer.status() != StatusCode::SEE_OTHER || !is_behind_form(headers) {
            return answer;
        }
        let Some(location) = answer.headers().get(header::LOCATION).filter(|to| can_refresh(to)) else {
            return answer;
        };
        self.onward_page(location, false).unwrap_or_else(|refused| self.refusal_page(refused))
    }

    /// The same answer as a page, where a browser has come back from a provider: that is behind the provider's form, whose
    /// page may name our origin as the only one that its form leads to, and no browser tells us. Our own redirects behind
    /// it lead on to the client, where consent was given before.
    pub(crate) fn out_of_their_form(&self, answer: Response) -> Response {
        let location =
            answer.headers().get(header::LOCATION).filter(|_| answer.status() == StatusCode::SEE_OTHER);
        let Some(location) = location.and_then(|location| location.to_str().ok()) else { return answer };
        let is_ours = location.starts_with('/');
        let location =
            HeaderValue::try_from(if is_ours { self.whole(location) } else { location.to_owned() });
        let Some(location) = location.ok().filter(can_refresh) else { return answer };
        match self.onward_page(&location, is_ours) {
            Ok(mut page) => {
                let cookies = answer.headers().get_all(header::SET_COOKIE).iter().cloned();
                page.headers_mut().extend(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
                page
            }
            Err(refused) => self.refusal_page(refused),
        }
    }

    fn onward_page(&self, to: &HeaderValue, is_ours: bool) -> Result<Response, Refused> {
        let location = to.to_str().map_err(|_| Refused::Unable)?;
        let page = OnwardPage { frame: self.frame(), location, is_ours };
        let mut response = self.page(StatusCode::OK, &page, &Leads::Onward, None)?;
        response.headers_mut().insert(header::REFRESH, refresh(location)?);
        Ok(response)
    }

    /// The whole address of a path of ours.
    fn whole(&self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut address = format!("{}{path}", self.home.origin());
        if !query.is_empty() {
            address.push('?');
        }
        address.push_str(&readable(query));
        address
    }
}

/// A query, spelled so that every browser reads it to its end in a `Refresh`.
pub(crate) fn readable(query: &str) -> String {
    let mut spelled = String::with_capacity(query.len());
    for character in query.chars() {
        match character {
            ';' => spelled.push_str("%3B"),
            ',' => spelled.push_str("%2C"),
            '\'' => spelled.push_str("%27"),
            '"' => spelled.push_str("%22"),
            ' ' => spelled.push_str("%20"),
            other => spelled.push(other),
        }
    }
    spelled
}

/// Leaves for `location` at once. Only for what [`can_refresh`].
pub(super) fn refresh(location: &str) -> Result<HeaderValue, Refused> {
    let mut refresh = HeaderValue::from_str(&format!("0; url={location}")).map_err(|_| Refused::Unable)?;
    refresh.set_sensitive(true);
    Ok(refresh)
}

/// Whether it is an address on the web that every browser reads to its end: a `;`, a `,`, a quote or a blank would be
/// the end for some.
pub(super) fn can_refresh(location: &HeaderValue) -> bool {
    let location = location.as_bytes();
    location.starts_with(b"http") && !location.iter().any(|byte| b"; ,'\"".contains(byte))
}

/// Whether a browser says that a page of ours brought it here, redirects on the way included (Fetch Metadata §2.3).
fn is_behind_form(headers: &HeaderMap) -> bool {
    let says = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
    says("sec-fetch-site", "same-origin") && says("sec-fetch-mode", "navigate")
}
