//! What is a person told who is not let through? What it means for them, and what they can do.
//!
//! The code and the words of the table stand below it, for whoever helps them.

use crate::refused::Refused;

/// A refusal in the words of somebody who did nothing but follow a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    pub(super) next: &'static str,
}

pub(super) fn told(refused: Refused) -> Told {
    let (title, meaning, next) = match refused {
        Refused::FormForeign => (
            "This page is out of date",
            "It was made for another moment, another browser or another person, or it was answered already. Nothing was changed.",
            "Go back to the application and start again. If this keeps happening, let this address set cookies.",
        ),
        Refused::LoginStale => (
            "This login is over",
            "You came back from logging in elsewhere, but not in the browser that you left from, or too late, or for the second time. Nobody was logged in.",
            "Go back to the application and start again. If this keeps happening, let this address set cookies.",
        ),
        Refused::TooMany => (
            "Too many attempts",
            "There were so many attempts from here that no more are looked at for now.",
            "Wait 15 minutes, go back to the application and start again.",
        ),
        Refused::ClientUnknown => (
            "This application is not known here",
            "It may have registered a while ago and been forgotten since, because it was not used.",
            "Remove the connection in the application, add it again, and start again.",
        ),
        Refused::ClientDocument | Refused::ClientUnreachable => (
            "This application cannot be checked",
            "It says about itself that it is described at an address, and what is there cannot be read or does not fit.",
            "Go back to the application and start again. If it does not help, whoever makes it has to put that right.",
        ),
        Refused::RedirectUnknown => (
            "The answer would go somewhere unknown",
            "The application wants its answer at an address that it never registered. That is a mistake of its makers, or somebody tries to steal access. Nothing was sent there.",
            "If somebody sent you a link, close this page. If not, go back to the application and start again.",
        ),
        refused if refused.status().is_server_error() => (
            "Something is wrong here",
            "It is not your fault, and not that of the application. Nothing was given to anybody.",
            "Try again in a few minutes. If it does not help, tell whoever runs this server.",
        ),
        _ => (
            "This cannot continue",
            "The application asked in a way that cannot be answered. Nothing was sent to it.",
            "Close this page, or go back to the application and start again.",
        ),
    };
    Told { title, meaning, next }
}
