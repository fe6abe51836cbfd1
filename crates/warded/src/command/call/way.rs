//! How does a request get its token? From a file that somebody names, for this one request, or from a login.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header::AUTHORIZATION};
use warded_client::{
    channel::Message,
    fetch::{Fetch, Network, Outgoing, Reach, Streamed, Target},
    session::Session,
};
use warded_core::ResourceUri;
use zeroize::Zeroizing;

/// How long an answer may take to begin.
pub(in crate::command) const PATIENCE: Duration = Duration::from_mins(1);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The way to the server.
pub(in crate::command) enum Way {
    /// With a token that is asked for when it is needed.
    LoggedIn(Box<Session>),
    /// With this very token, wherever it belongs: whoever uses it wants to see what happens.
    Given { fetch: Fetch, target: Target, token: HeaderValue },
}

impl Way {
    /// The way with a token that was read from a file.
    pub(in crate::command) fn with_token(
        network: &Network,
        server: &ResourceUri,
        token: &str,
    ) -> anyhow::Result<Self> {
        let fetch = Fetch::on(network, Reach::of(server))?.with_time_limits(CONNECT, PATIENCE);
        let value = Zeroizing::new(format!("Bearer {token}"));
        let mut token = HeaderValue::from_str(&value)
            .map_err(|_| anyhow::anyhow!("the file holds something that cannot be a token"))?;
        token.set_sensitive(true);
        Ok(Self::Given { fetch, target: Target::configured(server.as_str())?, token })
    }

    pub(super) async fn send(
        &self,
        method: Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> anyhow::Result<Streamed> {
        match self {
            Self::LoggedIn(session) => Ok(session.send(&Message::new(method, headers, body)).await?),
            Self::Given { fetch, target, token } => {
                let kind = HeaderValue::from_static("application/json");
                let outgoing =
                    if body.is_empty() { Outgoing::nothing() } else { Outgoing::bytes(kind, body) };
                let outgoing = headers
                    .iter()
                    .filter(|(name, _)| *name != http::header::CONTENT_TYPE)
                    .fold(outgoing, |outgoing, (name, value)| outgoing.header(name.clone(), value.clone()))
                    .header(AUTHORIZATION, token.clone());
                Ok(fetch.stream(method, target, outgoing).await?)
            }
        }
    }
}
