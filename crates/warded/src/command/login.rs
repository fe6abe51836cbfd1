//! How does a command get in? The flags that say who logs in where, for every command that needs a token.

mod client;
mod grant;
mod header;
mod network;
mod store;
mod terminal;
mod told;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use clap::Args;
use warded_client::{
    channel::{Channel, Fixed},
    clock::SystemClock,
    fetch::{Fetch, Network, Reach},
    login::Opener,
    session::{Asked, Session},
    tokens::TokenStore,
};
use warded_core::{Issuer, ResourceUri, Scopes};

use self::{client::Client, grant::Grants, header::Headers, network::Outward};
pub(crate) use self::{
    store::Store,
    terminal::{attended, ended, give_back, listen},
    told::say,
};
use crate::environment;

/// How to get in.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Login {
    #[command(flatten)]
    client: Client,
    #[command(flatten)]
    grant: Grants,
    /// The only issuer to deal with [default: the one that the server names]
    #[arg(long, value_name = "URL", value_parser = issuer)]
    issuer: Option<Issuer>,
    /// A scope to ask for besides those that the server names
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// A name of your own for one of several accounts at the same server
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    #[command(flatten)]
    store: Store,
    /// The program that shows the login page; it is split at blanks and gets the URL as its last argument [default:
    /// $`BROWSER`, else the system's]
    #[arg(long, value_name = "COMMAND")]
    browser_command: Option<String>,
    /// Start no browser: the URL of the login is on standard error
    #[arg(long, conflicts_with = "browser_command")]
    no_browser: bool,
    /// The port of 127.0.0.1 at which the issuer's answer arrives [default: any that is free]
    #[arg(long, value_name = "PORT")]
    callback_port: Option<u16>,
    #[command(flatten)]
    outward: Outward,
    #[command(flatten)]
    headers: Headers,
    /// Say each step on standard error; never a token
    #[arg(long)]
    verbose: bool,
    /// Refuse a server whose identifier covers more than its URL
    #[arg(long)]
    strict_resource: bool,
    /// What the issuer calls the server in `aud`, where that is not the server's own name
    #[arg(long, value_name = "NAME")]
    audience: Option<String>,
    /// Take a token that its issuer cannot bind to the server (it refuses `resource` or passes it over); it is sent to
    /// this server only, but other servers may take it
    #[arg(long)]
    unbound_token: bool,
}

fn issuer(text: &str) -> Result<Issuer, warded_core::InvalidResourceUri> {
    Issuer::parse(text)
}

impl Login {
    /// The way out.
    pub(crate) fn network(&self) -> anyhow::Result<Network> {
        self.outward.network()
    }

    /// Requests to one server, each with the token that it needs.
    pub(crate) fn session(
        &self,
        server: &ResourceUri,
        quiet: bool,
        patience: Duration,
    ) -> anyhow::Result<Session> {
        self.session_in(self.store.open()?, server, quiet, patience)
    }

    /// The same for a token that somebody carries elsewhere, and that works without a key.
    pub(crate) fn session_for_bearers(
        &self,
        store: TokenStore,
        server: &ResourceUri,
        quiet: bool,
        patience: Duration,
    ) -> anyhow::Result<Session> {
        let mut asked = self.asked()?;
        asked.bearer = true;
        self.session_as(asked, store, server, quiet, patience)
    }

    /// The same where the store is open already.
    pub(crate) fn session_in(
        &self,
        store: TokenStore,
        server: &ResourceUri,
        quiet: bool,
        patience: Duration,
    ) -> anyhow::Result<Session> {
        self.session_as(self.asked()?, store, server, quiet, patience)
    }

    fn session_as(
        &self,
        asked: Asked,
        store: TokenStore,
        server: &ResourceUri,
        quiet: bool,
        patience: Duration,
    ) -> anyhow::Result<Session> {
        self.assembled(self.fetch(server)?, asked, store, server, quiet, patience)
    }

    /// The same over a way out that is the caller's own.
    pub(crate) fn session_over(
        &self,
        fetch: Fetch,
        server: &ResourceUri,
        quiet: bool,
        patience: Duration,
    ) -> anyhow::Result<Session> {
        self.assembled(fetch, self.asked()?, self.store.open()?, server, quiet, patience)
    }

    /// Requests on behalf of whoever named this server.
    pub(crate) fn fetch(&self, server: &ResourceUri) -> anyhow::Result<Fetch> {
        Ok(Fetch::on(&self.network()?, Reach::of(server))?)
    }

    /// The header fields of the user's own.
    pub(crate) fn fixed(&self) -> anyhow::Result<Fixed> {
        self.headers.fixed()
    }

    fn assembled(
        &self,
        fetch: Fetch,
        asked: Asked,
        store: TokenStore,
        server: &ResourceUri,
        quiet: bool,
        patience: Duration,
    ) -> anyhow::Result<Session> {
        let channel = Channel::to(server.clone(), &fetch, patience)?.with(self.fixed()?);
        #[expect(
            clippy::disallowed_methods,
            reason = "the command is where randomness comes in; all else takes it"
        )]
        let random = aws_lc_rs::rand::SystemRandom::new();
        let tell = told::to_people(quiet, self.verbose);
        Ok(Session::new(channel, fetch, store, Arc::new(SystemClock), Arc::new(random), asked, tell))
    }

    /// Where tokens are kept.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// Which of several accounts.
    pub(crate) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The only issuer to deal with.
    pub(crate) const fn issuer(&self) -> Option<&Issuer> {
        self.issuer.as_ref()
    }

    fn asked(&self) -> anyhow::Result<Asked> {
        let mut asked = Asked::default();
        asked.given = self.client.given()?;
        asked.scopes = Scopes::of(self.scope.iter().flat_map(|list| list.split_whitespace()))?;
        asked.account.clone_from(&self.account);
        asked.issuer.clone_from(&self.issuer);
        asked.strict_resource = self.strict_resource;
        asked.audience.clone_from(&self.audience);
        asked.unbound = self.unbound_token;
        asked.grant = self.grant.grant()?;
        asked.pasted = Some(told::pasted());
        asked.opener = match &self.browser_command {
            Some(line) => Opener::command(line).context("--browser-command is empty")?,
            None if self.no_browser => Opener::Nobody,
            None => environment::browser().as_deref().and_then(Opener::command).unwrap_or_default(),
        };
        asked.callback_port = self.callback_port;
        Ok(asked)
    }
}
