//! What does somebody see when nothing comes of it?

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::{Frame, Leads};
use crate::{
    AuthorizationServer,
    authorize::Answer,
    browser::error::{Told, told},
    refused::Refused,
};

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    frame: Frame<'a>,
    told: Told,
    reason: String,
    code: &'static str,
}

#[derive(Template)]
#[template(path = "return.html")]
struct ReturnPage<'a> {
    frame: Frame<'a>,
    reason: String,
    code: &'static str,
    client: &'a str,
    destination: String,
    redirect: &'a str,
    back: String,
}

impl AuthorizationServer {
    /// The page that says why nothing happens. It leads nowhere: a URI that is not known to be the client's
    /// would be an open redirector (RFC 6749 §4.1.2.1).
    pub(crate) fn refusal_page(&self, refused: Refused) -> Response {
        let page = RefusalPage {
            frame: self.frame(),
            told: told(refused),
            reason: refused.public(),
            code: refused.code(),
        };
        // A 401 would have to ask for credentials, and no browser has any for this.
        let status = match refused.status() {
            StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
            status => status,
        };
        self.page(status, &page, &Leads::Nowhere, None)
            .unwrap_or_else(|refused| refused.status().into_response())
    }

    /// The page that says what is wrong with the request of an application that nobody vouches for, and where
    /// that application wants to hear of it. Going there is left to the person.
    pub(crate) fn return_page(&self, answer: &Answer, refused: Refused) -> Result<Response, Refused> {
        let page = ReturnPage {
            frame: self.frame(),
            reason: refused.public(),
            code: refused.code(),
            client: &answer.client,
            destination: answer.redirect.to_string(),
            redirect: answer.redirect.as_str(),
            back: answer.with_error(refused),
        };
        self.page(StatusCode::BAD_REQUEST, &page, &Leads::Onward, None)
    }
}
