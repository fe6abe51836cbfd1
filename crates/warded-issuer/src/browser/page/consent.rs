//! What does somebody see who is asked whether they agree?

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{Frame, Leads, wish::Wish};
use crate::{AuthorizationServer, authorize::Asked, client::Vouched, refused::Refused};

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    frame: Frame<'a>,
    wish: Wish<'a>,
    advice: &'static str,
    request: &'a str,
    token: &'a str,
    action: String,
    person: &'a str,
    other_person: String,
}

impl AuthorizationServer {
    /// The page on which people agree.
    pub(in crate::browser) fn consent_page(
        &self,
        asked: &Asked,
        token: &str,
        person: &str,
    ) -> Result<Response, Refused> {
        let page = ConsentPage {
            frame: self.frame(),
            wish: self.wish(asked),
            advice: "Allow this only if you have just started it.",
            request: &asked.query,
            token,
            action: self.path("consent"),
            person,
            other_person: format!("{}?{}", self.path("authorize"), asked.prompting("select_account")),
        };
        self.page(StatusCode::OK, &page, &Leads::To(&asked.answer.redirect), None)
    }
}
