//! `warded client`: the applications that the operator vouches for at the built-in issuers. Others register
//! themselves.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use warded_core::{Issuer, ResourceUri, UnixTime};
use warded_issuer::operator::{self, NewClient};
use warded_store::{GrantType, Store};

use super::{kept, up::randomness};
use crate::{
    cli::{Answer, Format, Global},
    config::fleet::Assessment,
    report, runtime,
};

/// Add, list and remove applications at the built-in issuers
///
/// Most clients register themselves. Those that cannot, and programs that act for nobody but themselves, are added by
/// hand. An application that is added for a server gets tokens for that server only.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded client add editor --server notes --redirect-uri http://127.0.0.1/callback
  warded client add nightly --server notes --grant client-credentials
  warded client list --server notes
  warded client remove CLIENT_ID --server notes")]
pub(crate) struct Client {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    whose: Whose,
    /// The file of the store [default: the configuration's, or warded.db]
    #[arg(long, value_name = "FILE", global = true)]
    store: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Whose {
    /// The server, by its name in the configuration: its built-in issuer is meant
    #[arg(long, value_name = "NAME", global = true)]
    server: Option<String>,
    /// The issuer, by its URL, where there is no configuration file
    #[arg(long, value_name = "URL", global = true, conflicts_with = "server")]
    issuer: Option<String>,
    /// The one server that the application gets tokens for, by its URL; goes with --issuer
    #[arg(long, value_name = "URL", global = true, requires = "issuer")]
    resource: Option<String>,
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
        /// Give it a secret, because it can keep one; the grant client-credentials implies it
        #[arg(long)]
        confidential: bool,
    },
    /// List the applications of the issuer, also those that registered themselves
    List,
    /// Remove an application, with all of its grants
    Remove {
        /// Its `client_id`
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
}

impl From<Grant> for GrantType {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::AuthorizationCode => Self::AuthorizationCode,
            Grant::RefreshToken => Self::RefreshToken,
            Grant::ClientCredentials => Self::ClientCredentials,
        }
    }
}

impl Client {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        runtime::block_on(async {
            let assessment = kept::assessment(global, now)?;
            let (issuer, resource) = self.whose.find(assessment.as_ref(), global)?;
            let store = kept::open(self.store.as_deref(), assessment.as_ref(), global).await?;
            let answer = self.act(&store, issuer, resource, global, now).await;
            store.close().await;
            answer
        })
    }

    async fn act(
        &self,
        store: &dyn Store,
        issuer: Issuer,
        resource: Option<ResourceUri>,
        global: &Global,
        now: UnixTime,
    ) -> anyhow::Result<Answer> {
        match &self.action {
            Action::Add { name, redirect_uri, grant, confidential } => {
                let mut grants: Vec<GrantType> = grant.iter().copied().map(GrantType::from).collect();
                if grants.is_empty() {
                    grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
                }
                let new = NewClient {
                    issuer,
                    name: name.clone(),
                    redirect_uris: redirect_uri.clone(),
                    confidential: *confidential || grants.contains(&GrantType::ClientCredentials),
                    grants,
                    pinned: resource,
                };
                let added = operator::add_client(store, new, now, &*randomness()).await?;
                Ok(Answer::of(told(added, global.format)))
            }
            Action::List => {
                let clients = store.clients(&issuer).await?;
                Ok(Answer::of(listed(&clients, global.format)))
            }
            Action::Remove { id } => {
                if !store.remove_client(&issuer, id).await? {
                    bail!("there is no application `{}` at {issuer}", report::escaped(id));
                }
                Ok(match global.format {
                    Format::Json => Answer::of(report::document(&json!({ "removed": id }))),
                    Format::Text => Answer::of(format!("{} is gone\n", report::escaped(id))),
                })
            }
        }
    }
}

impl Whose {
    /// The issuer, and the one server that is meant.
    fn find(
        &self,
        assessment: Option<&Assessment>,
        global: &Global,
    ) -> anyhow::Result<(Issuer, Option<ResourceUri>)> {
        if let Some(issuer) = &self.issuer {
            let resource = self.resource.as_deref().map(ResourceUri::parse).transpose();
            let resource = resource.context("--resource is not a server's identifier")?;
            return Ok((Issuer::parse(issuer).context("--issuer is not an issuer")?, resource));
        }
        let Some(name) = &self.server else {
            bail!("which issuer? --server NAME means that of a server, --issuer URL names one");
        };
        let Some(assessment) = assessment else {
            bail!("there is no {}; --issuer URL needs none", global.config().display());
        };
        let Some(fleet) = &assessment.fleet else {
            bail!("{} is not proved disjoint; `warded check` says why", global.config().display());
        };
        let server = fleet
            .server(name)
            .with_context(|| format!("there is no server named `{}`", report::escaped(name)))?;
        let built_in = assessment
            .built_in
            .iter()
            .find(|built_in| server.issuers().any(|issuer| issuer.url == built_in.url))
            .with_context(|| {
                format!("`{name}` does not trust the built-in issuer: its clients are added at its own")
            })?;
        Ok((built_in.url.clone(), Some(server.resource().clone())))
    }
}

/// The one time that the secret is told.
fn told(added: operator::NewlyAdded, format: Format) -> String {
    let (id, issuer) = (added.client.id.clone(), added.client.issuer.clone());
    let resource = added.client.pinned.clone();
    let secret = added.into_secret();
    match format {
        Format::Json => report::document(&json!({
            "client_id": id,
            "client_secret": secret.as_ref().map(|secret| secret.as_str()),
            "issuer": issuer.as_str(),
            "resource": resource.as_ref().map(ResourceUri::as_str),
        })),
        Format::Text => {
            let mut rows = vec![vec!["client id".to_owned(), id]];
            rows.extend(secret.map(|secret| vec!["client secret".to_owned(), secret.to_string()]));
            rows.push(vec!["issuer".to_owned(), issuer.to_string()]);
            rows.extend(resource.map(|resource| vec!["server".to_owned(), resource.to_string()]));
            report::table(&rows)
        }
    }
}

fn listed(clients: &[warded_store::Client], format: Format) -> String {
    let grants =
        |client: &warded_store::Client| client.grants.iter().map(|grant| grant.name()).collect::<Vec<_>>();
    match format {
        Format::Json => {
            let rows = clients.iter().map(|client| {
                json!({
                    "client_id": client.id,
                    "name": client.name,
                    "confidential": client.secret.is_some(),
                    "grants": grants(client),
                    "redirect_uris": client.redirect_uris,
                    "resource": client.pinned.as_ref().map(ResourceUri::as_str),
                })
            });
            report::document(&json!({ "clients": rows.collect::<Vec<_>>() }))
        }
        Format::Text => {
            let mut rows = vec![["CLIENT ID", "NAME", "SERVER", "GRANTS"].map(str::to_owned).to_vec()];
            rows.extend(clients.iter().map(|client| {
                let name = client.name.as_deref().map(report::escaped).unwrap_or_default();
                let server = client.pinned.as_ref().map_or("any".to_owned(), ToString::to_string);
                vec![client.id.clone(), name, server, grants(client).join(", ")]
            }));
            report::table(&rows)
        }
    }
}
