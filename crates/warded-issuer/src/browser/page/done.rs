//! What does somebody see who took something back?

use askama::Template;
use axum::response::Response;
use http::{StatusCode, header};

use super::{Frame, Leads};
use crate::{AuthorizationServer, refused::Refused};

/// What has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::browser) enum Done {
    /// An application has no access any more.
    TakenAway,
    /// Every other browser is logged out.
    OthersOut,
    /// This browser is logged out.
    LoggedOut,
}

#[derive(Template)]
#[template(path = "done.html")]
struct DonePage<'a> {
    frame: Frame<'a>,
    done: Done,
    /// Whether people log in elsewhere as well, where their sessions go on.
    has_providers: bool,
}

impl AuthorizationServer {
    /// The page that says so; `forget` has the browser throw its cookie away.
    pub(in crate::browser) fn done_page(&self, done: Done, forget: bool) -> Result<Response, Refused> {
        let has_providers = !self.people.doors().is_empty();
        let page = DonePage { frame: self.frame(), done, has_providers };
        let mut response = self.page(StatusCode::OK, &page, &Leads::Nowhere, None)?;
        if forget {
            response.headers_mut().insert(header::SET_COOKIE, self.cookie.forget()?);
        }
        Ok(response)
    }
}
