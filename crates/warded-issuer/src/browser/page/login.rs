//! What does somebody see who is asked who they are?

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{Frame, Leads, wish::Wish};
use crate::{
    AuthorizationServer,
    browser::{Fresh, errand::Errand},
    client::Vouched,
    refused::Refused,
};

/// How people may log in.
#[derive(Clone, Debug)]
pub(in crate::browser) struct Ways {
    /// Here, with a password.
    pub(in crate::browser) with_password: bool,
    /// With somebody else.
    pub(in crate::browser) elsewhere: Vec<Elsewhere>,
}

/// Somebody else who says who people are.
#[derive(Clone, Debug)]
pub(in crate::browser) struct Elsewhere {
    /// The name that its path ends with: `login/NAME`.
    pub(in crate::browser) name: String,
    /// Its name for people.
    pub(in crate::browser) title: String,
}

/// A button that leads to one of them.
struct Button<'a> {
    action: String,
    title: &'a str,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    frame: Frame<'a>,
    wish: Option<Wish<'a>>,
    advice: &'static str,
    error: Option<String>,
    /// Whether it was what they typed that was wrong.
    is_mistyped: bool,
    request: &'a str,
    token: &'a str,
    action: String,
    one_click: Option<&'a str>,
    with_password: bool,
    buttons: Vec<Button<'a>>,
}

impl AuthorizationServer {
    /// The page on which people log in; with what went wrong before, if anything.
    ///
    /// It tells all of what an application asks for, and leads to another party only by a button under that: whoever is
    /// logged in there already would otherwise be sent round without having seen who asks (MCP security best
    /// practices, *confused deputy*).
    pub(in crate::browser) fn login_page(
        &self,
        errand: &Errand,
        token: &str,
        ways: &Ways,
        wrong: Option<Refused>,
        fresh: Option<Fresh>,
    ) -> Result<Response, Refused> {
        let asked = match errand {
            Errand::Asked(asked) => Some(asked),
            Errand::Apps => None,
        };
        let button = |elsewhere: &'_ Elsewhere| self.path(&format!("login/{}", elsewhere.name));
        let page = LoginPage {
            frame: self.frame(),
            wish: asked.map(|asked| self.wish(asked)),
            advice: "Log in only if you have just started it.",
            error: wrong.map(Refused::public),
            is_mistyped: wrong == Some(Refused::LoginWrong),
            request: errand.text(),
            token,
            action: self.path("login"),
            one_click: self.one_click.as_deref(),
            with_password: ways.with_password,
            buttons: ways
                .elsewhere
                .iter()
                .map(|elsewhere| Button { action: button(elsewhere), title: &elsewhere.title })
                .collect(),
        };
        let status = wrong.map_or(StatusCode::OK, Refused::status);
        // What was agreed to before is answered at once, so the form leads on to the client.
        let leads = asked.map_or(Leads::Here, |asked| Leads::To(&asked.answer.redirect));
        self.page(status, &page, &leads, fresh)
    }
}
