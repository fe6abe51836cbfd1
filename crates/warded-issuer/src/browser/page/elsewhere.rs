//! How does a browser get to the party that says who people are?

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::{Frame, Leads};
use crate::{AuthorizationServer, refused::Refused};

#[derive(Template)]
#[template(path = "elsewhere.html")]
struct ElsewherePage<'a> {
    frame: Frame<'a>,
    title: &'a str,
    location: &'a str,
}

impl AuthorizationServer {
    /// Sends the browser to `location`, where `title` says who somebody is.
    ///
    /// A page that the browser leaves at once, and no redirect: it follows a form, and browsers hold the redirects
    /// behind a form to its page's `form-action`, which would have to list every place that a provider might use.
    pub(crate) fn send_elsewhere(&self, location: &str, title: &str) -> Result<Response, Refused> {
        let page = ElsewherePage { frame: self.frame(), title, location };
        let mut response = self.page(StatusCode::OK, &page, &Leads::Nowhere, None)?;
        // A `;`, a `,` or a blank would end the address for some browsers.
        if !location.starts_with("http") || location.contains([';', ',', ' ', '\'', '"']) {
            return Err(Refused::Unable);
        }
        let mut refresh =
            HeaderValue::from_str(&format!("0; url={location}")).map_err(|_| Refused::Unable)?;
        refresh.set_sensitive(true);
        response.headers_mut().insert(header::REFRESH, refresh);
        Ok(response)
    }
}
