//! What did the user say about how to get in?

use warded_core::{Issuer, Scopes};

use crate::{login::Opener, register::Given};

/// What the user said.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Asked {
    /// Who the client is.
    pub given: Given,
    /// Scopes to ask for besides those that the server names.
    pub scopes: Scopes,
    /// Which of several accounts.
    pub account: Option<String>,
    /// The only issuer to deal with.
    pub issuer: Option<Issuer>,
    /// Whether a server that names itself by more than its URL is refused.
    pub strict_resource: bool,
    /// On whose behalf.
    pub grant: Grant,
    /// How the login page is shown.
    pub opener: Opener,
    /// The port on which the answer of a login arrives; any where none is given.
    pub callback_port: Option<u16>,
}

/// On whose behalf tokens are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grant {
    /// A user's, who logs in.
    #[default]
    User,
    /// The client's own (RFC 6749 §4.4).
    Client,
}
