//! What brings somebody to the login page? The request of an application, or a look at what they allowed before.

use crate::{
    AuthorizationServer,
    authorize::{Asked, Halt, Prompt, asked},
    throttle::Peer,
};

/// The text of the second errand. No request of an application reads like that: it would have a client.
const APPS: &str = "apps";

/// Why somebody is asked who they are.
#[derive(Debug)]
pub(crate) enum Errand {
    /// An application asks for access.
    Asked(Box<Asked>),
    /// They look at the applications that have access.
    Apps,
}

impl AuthorizationServer {
    /// Reads an errand back from where it was kept, and judges it anew: what a form carries is no more trusted than a
    /// link.
    pub(crate) async fn errand(&self, text: &str, peer: Peer) -> Result<Errand, Halt> {
        if text == APPS {
            return Ok(Errand::Apps);
        }
        Ok(Errand::Asked(Box::new(asked(self, text, peer).await?)))
    }
}

impl Errand {
    /// What forms carry.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Asked(asked) => &asked.query,
            Self::Apps => APPS,
        }
    }

    /// Where it is judged anew, as if nobody had asked for it yet.
    pub(crate) fn address(&self, server: &AuthorizationServer) -> String {
        match self {
            Self::Asked(asked) => server.path(&format!("authorize?{}", asked.query)),
            Self::Apps => server.path("apps"),
        }
    }

    /// Where the browser goes once it is known who sits there.
    pub(crate) fn after_login(&self, server: &AuthorizationServer) -> String {
        match self {
            // Who it is has been asked: the client's wish for that would be fulfilled over and over. Consent is
            // always asked after it, as somebody who is new to this browser has seen nothing yet.
            Self::Asked(asked) if asked.prompt.asks_who() => {
                server.path(&format!("authorize?{}", asked.prompting("consent")))
            }
            _ => self.address(server),
        }
    }

    /// What is to be asked besides what must be.
    pub(crate) fn prompt(&self) -> Prompt {
        match self {
            Self::Asked(asked) => asked.prompt,
            Self::Apps => Prompt::Needed,
        }
    }
}
