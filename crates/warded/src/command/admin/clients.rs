//! The applications that the operator vouches for at the built-in issuers, and those that registered themselves.

mod shown;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use warded_core::Issuer;
use warded_issuer::operator::{self, KeysOf, NewClient};
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
        /// Instead of a secret, it signs: the file with its public keys, a JSON Web Key Set
        #[arg(long, value_name = "FILE", conflicts_with_all = ["jwks_uri", "confidential"])]
        jwks: Option<PathBuf>,
        /// Instead of a secret, it signs: the URL of its public keys
        #[arg(long, value_name = "URL", conflicts_with = "confidential")]
        jwks_uri: Option<String>,
        /// It always proves a key (DPoP): nobody gets a token for what is its own without one
        #[arg(long)]
        dpop_bound: bool,
    },
    /// Give an application another secret, which is shown this once; the one before is good for nothing from now on
    RenewSecret {
        /// Its `client_id`
        #[arg(allow_hyphen_values = true)]
        id: String,
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
    /// Whether it may be the first thing that is done with a store.
    pub(crate) fn begins(&self) -> bool {
        matches!(self.action, Action::Add { .. })
    }

    pub(crate) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        match &self.action {
            Action::Add { .. } => self.add(desk).await,
            Action::RenewSecret { id } => {
                let (issuer, _) = self.whose.find(desk)?;
                let renew = async {
                    let secret = operator::renew_secret(&*desk.store, &issuer, id, &*desk.random).await?;
                    secret.with_context(|| format!("{}, or it has no secret", nothing(id, &issuer)))
                };
                let secret = desk.doing(act("clients/renew-secret", &issuer, Some(id)), renew).await?;
                let told = json!({ "client_id": id, "client_secret": secret.as_str() });
                Ok(desk.said(&told, &format!("client secret   {}\n", secret.as_str())))
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
                    let is_gone = operator::remove_client(&*desk.store, &issuer, id, desk.now).await?;
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

impl Clients {
    async fn add(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let Action::Add { name, redirect_uri, grant, confidential, jwks, jwks_uri, dpop_bound } =
            &self.action
        else {
            bail!("nothing is to be added");
        };
        let (issuer, resource) = self.whose.find_known(desk)?;
        let mut grants: Vec<GrantType> = grant.iter().copied().map(GrantType::from).collect();
        if grants.is_empty() {
            grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        }
        let keys = match (jwks, jwks_uri) {
            (Some(file), _) => {
                let read = fs::read_to_string(file);
                Some(KeysOf::Set(read.with_context(|| format!("cannot read {}", file.display()))?))
            }
            (None, Some(url)) => Some(KeysOf::At(url.clone())),
            (None, None) => None,
        };
        let keeps_secret = [GrantType::ClientCredentials, GrantType::TokenExchange];
        let new = NewClient {
            issuer: issuer.clone(),
            name: name.clone(),
            redirect_uris: redirect_uri.clone(),
            confidential: *confidential || grants.iter().any(|grant| keeps_secret.contains(grant)),
            grants,
            pinned: resource,
            dpop_bound: *dpop_bound,
        };
        let add = async {
            let (store, random) = (&*desk.store, &*desk.random);
            Ok(match keys {
                Some(keys) => operator::add_signing_client(store, new, keys, desk.now, random).await?,
                None => operator::add_client(store, new, desk.now, random).await?,
            })
        };
        let act = Act { names: vec![name.as_str().into()], ..act("clients/add", &issuer, None) };
        let added = desk.doing(act, add).await?;
        Ok(Answer::of(shown::told(added, desk.format)))
    }
}

fn nothing(id: &str, issuer: &Issuer) -> String {
    format!("there is no application `{}` at {issuer}", report::escaped(id))
}

fn act(action: &'static str, issuer: &Issuer, id: Option<&str>) -> Act {
    Act { action, issuer: Some(issuer.as_str().into()), client: id.map(Into::into), ..Act::default() }
}
