//! How does a browser get to the party that says who people are?

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::{
    Frame, Leads,
    onward::{can_refresh, refresh},
};
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
        let mut response = self.page(StatusCode::OK, &page, &Leads::Onward, None)?;
        if !HeaderValue::from_str(location).is_ok_and(|location| can_refresh(&location)) {
            return Err(Refused::Unable);
        }
        response.headers_mut().insert(header::REFRESH, refresh(location)?);
        Ok(response)
    }
}
