//! How does a request get its token? From a file that somebody names, for this one request, or from a login.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Method};
use warded_client::{
    channel::{Channel, Message},
    clock::SystemClock,
    fetch::Streamed,
    possession::Prover,
    secret::Secret,
    session::Session,
};
use warded_core::ResourceUri;
use zeroize::Zeroizing;

use crate::command::login::Login;

/// How long an answer may take to begin.
pub(in crate::command) const PATIENCE: Duration = Duration::from_mins(1);

/// The way to the server.
pub(in crate::command) enum Way {
    /// With a token that is asked for when it is needed.
    LoggedIn(Box<Session>),
    /// With this very token, wherever it belongs: whoever uses it wants to see what happens.
    Given { channel: Box<Channel>, prover: Box<Prover> },
}

impl Way {
    /// The way with a token that was read from a file.
    pub(in crate::command) fn with_token(
        login: &Login,
        server: &ResourceUri,
        token: &str,
    ) -> anyhow::Result<Self> {
        let is_sendable = token.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
        anyhow::ensure!(is_sendable, "the file holds something that cannot be a token");
        let text = Zeroizing::new(format!("Bearer {token}"));
        let fixed = login.fixed()?.with("authorization", Secret::fixed("--token", text));
        let fixed = fixed.context("--token and a --header are for the same")?;
        let channel = Channel::to(server.clone(), &login.fetch(server)?, PATIENCE)?.with(fixed);
        #[expect(
            clippy::disallowed_methods,
            reason = "the command is where randomness comes in; all else takes it"
        )]
        let random = aws_lc_rs::rand::SystemRandom::new();
        let prover = Box::new(Prover::new(Arc::new(SystemClock), Arc::new(random)));
        Ok(Self::Given { channel: Box::new(channel), prover })
    }

    pub(super) async fn send(
        &self,
        method: Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> anyhow::Result<Streamed> {
        let is_farewell = method == Method::DELETE;
        let message = Message::new(method, headers, body);
        Ok(match self {
            // The answer is there already: nobody is asked to log in for a good-bye.
            Self::LoggedIn(session) if is_farewell => session.send_unattended(&message).await?,
            Self::LoggedIn(session) => session.send(&message).await?,
            Self::Given { channel, prover } => channel.send(&message, None, prover).await?,
        })
    }
}
