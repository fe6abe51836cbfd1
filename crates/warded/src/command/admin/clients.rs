//! The applications that the operator vouches for at the built-in issuers, and those that registered themselves.

mod shown;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use warded_core::Issuer;
use warded_issuer::operator::{self, NewClient};
use warded_store::{GrantType, journal::Act};

use super::{Desk, whose::Whose};
use crate::{
    cli::{Answer, Format},
    report,
};

#[derive(Debug, Args)]
pub(crate) struct Clients {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add an application; its id, and its secret where it has one, are shown this once
    Add {
        /// What people read on the consent page
        name: String,
        /// Where answers may go; may stand several times
        #[arg(long, value_name = "URL")]
        redirect_uri: Vec<String>,
        /// What it may present at the token endpoint [default: authorization-code, refresh-token]
        #[arg(long, value_name = "GRANT", value_delimiter = ',')]
        grant: Vec<Grant>,
        /// Give it a secret, because it can keep one; the grants client-credentials and token-exchange imply it
        #[arg(long)]
        confidential: bool,
    },
    /// List the applications of the issuer, also those that registered themselves
    List,
    /// Show an application
    Show {
        /// Its `client_id`
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Remove an application, with all of its grants
    Remove {
        /// Its `client_id`
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
}

/// What an application may present at the token endpoint.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Grant {
    /// A person logs in
    AuthorizationCode,
    /// It stays logged in
    RefreshToken,
    /// It acts for itself
    ClientCredentials,
    /// It exchanges tokens that it holds, as far as the issuer's `exchange` allows
    TokenExchange,
}

impl From<Grant> for GrantType {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::AuthorizationCode => Self::AuthorizationCode,
            Grant::RefreshToken => Self::RefreshToken,
            Grant::ClientCredentials => Self::ClientCredentials,
            Grant::TokenExchange => Self::TokenExchange,
        }
    }
}

impl Clients {
    pub(crate) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        match &self.action {
            Action::Add { name, redirect_uri, grant, confidential } => {
                let (issuer, resource) = self.whose.find(desk)?;
                let mut grants: Vec<GrantType> = grant.iter().copied().map(GrantType::from).collect();
                if grants.is_empty() {
                    grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
                }
                let keeps_secret = [GrantType::ClientCredentials, GrantType::TokenExchange];
                let new = NewClient {
                    issuer: issuer.clone(),
                    name: name.clone(),
                    redirect_uris: redirect_uri.clone(),
                    confidential: *confidential || grants.iter().any(|grant| keeps_secret.contains(grant)),
                    grants,
                    pinned: resource,
                };
                let add =
                    async { Ok(operator::add_client(&*desk.store, new, desk.now, &*desk.random).await?) };
                let act = Act { names: vec![name.as_str().into()], ..act("clients/add", &issuer, None) };
                let added = desk.doing(act, add).await?;
                Ok(Answer::of(shown::told(added, desk.format)))
            }
            Action::List => {
                let mut clients = Vec::new();
                for issuer in self.whose.issuers(desk)? {
                    clients.extend(desk.store.clients(&issuer).await?);
                }
                Ok(Answer::of(shown::listed(&clients, desk.format)))
            }
            Action::Show { id } => {
                let (issuer, _) = self.whose.find(desk)?;
                let client = desk.store.client(&issuer, id).await?;
                let client = client.with_context(|| nothing(id, &issuer))?;
                Ok(Answer::of(shown::one(&client, desk.format)))
            }
            Action::Remove { id } => {
                let (issuer, _) = self.whose.find(desk)?;
                let remove = async {
                    let is_gone = desk.store.remove_client(&issuer, id).await?;
                    is_gone.then_some(()).with_context(|| nothing(id, &issuer))
                };
                desk.doing(act("clients/remove", &issuer, Some(id)), remove).await?;
                Ok(match desk.format {
                    Format::Json => Answer::of(report::document(&json!({ "removed": id }))),
                    Format::Text => Answer::of(format!("{} is gone\n", report::escaped(id))),
                })
            }
        }
    }
}

fn nothing(id: &str, issuer: &Issuer) -> String {
    format!("there is no application `{}` at {issuer}", report::escaped(id))
}

fn act(action: &'static str, issuer: &Issuer, id: Option<&str>) -> Act {
    Act { action, issuer: Some(issuer.as_str().into()), client: id.map(Into::into), ..Act::default() }
}
