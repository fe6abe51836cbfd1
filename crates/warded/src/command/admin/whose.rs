//! Which issuer is meant, and which server of it?

use anyhow::{Context as _, bail};
use clap::Args;
use warded_core::{Issuer, ResourceUri};

use super::Desk;
use crate::{config::fleet::BuiltIn, report};

/// Names an issuer.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The server, by its name in the configuration: its built-in issuer is meant
    #[arg(long, value_name = "NAME", global = true)]
    server: Option<String>,
    /// The issuer, by its name in the configuration, or by its URL, which needs no configuration
    #[arg(long, value_name = "NAME|URL", global = true, conflicts_with = "server")]
    issuer: Option<String>,
    /// The one server that the application gets tokens for, by its URL; goes with --issuer
    #[arg(long, value_name = "URL", global = true, requires = "issuer")]
    resource: Option<String>,
}

impl Whose {
    /// The issuer, and the one server that is meant.
    pub(super) fn find(&self, desk: &Desk) -> anyhow::Result<(Issuer, Option<ResourceUri>)> {
        if let Some(name) = &self.server {
            return of_server(name, desk);
        }
        let resource = self.resource()?;
        let [issuer] = self.issuers(desk)?.try_into().map_err(|_: Vec<_>| {
            anyhow::anyhow!("which issuer? --server NAME means that of a server, --issuer names one")
        })?;
        Ok((issuer, resource))
    }

    /// The same, where something is to be made: of an issuer that the configuration does not know, nobody would get a token.
    pub(super) fn find_known(&self, desk: &Desk) -> anyhow::Result<(Issuer, Option<ResourceUri>)> {
        let found = self.find(desk)?;
        if desk.assessment.is_some() && !desk.built_in().any(|built_in| built_in.url == found.0) {
            let known: Vec<_> = desk.built_in().map(|built_in| built_in.name.as_str()).collect();
            bail!("{} is no built-in issuer of {}; it has: {}", found.0, desk.config, known.join(", "));
        }
        Ok(found)
    }

    /// Whether a grant is at the issuer, and for the server, that is meant; all are, where nothing is named.
    pub(super) fn filter(&self, desk: &Desk) -> anyhow::Result<impl Fn(&warded_store::Grant) -> bool> {
        let is_named = self.server.is_some() || self.issuer.is_some();
        let issuers = if is_named { Some(self.issuers(desk)?) } else { None };
        let (server, resource) = (self.server.clone(), self.resource()?);
        Ok(move |grant: &warded_store::Grant| {
            issuers.as_ref().is_none_or(|issuers| issuers.contains(&grant.issuer))
                && server.as_ref().is_none_or(|server| grant.server == *server)
                && resource.as_ref().is_none_or(|resource| grant.resource == *resource)
        })
    }

    fn resource(&self) -> anyhow::Result<Option<ResourceUri>> {
        let resource = self.resource.as_deref().map(ResourceUri::parse).transpose();
        resource.context("--resource is not a server's identifier")
    }

    /// The issuers that are meant: all that are configured, where none is named.
    pub(super) fn issuers(&self, desk: &Desk) -> anyhow::Result<Vec<Issuer>> {
        if let Some(name) = &self.server {
            return Ok(vec![of_server(name, desk)?.0]);
        }
        let Some(issuer) = &self.issuer else {
            if desk.assessment.is_none() {
                bail!("which issuer? --issuer URL names one; there is no {}", desk.config);
            }
            return Ok(desk.built_in().map(|built_in| built_in.url.clone()).collect());
        };
        if let Some(named) = desk.built_in().find(|built_in| built_in.name == *issuer) {
            return Ok(vec![named.url.clone()]);
        }
        Ok(vec![Issuer::parse(issuer).context("--issuer is not the name or the URL of a built-in issuer")?])
    }
}

impl Desk {
    /// The built-in issuers of the configuration.
    pub(super) fn built_in(&self) -> impl Iterator<Item = &BuiltIn> {
        self.assessment.iter().flat_map(|assessment| &assessment.built_in)
    }
}

fn of_server(name: &str, desk: &Desk) -> anyhow::Result<(Issuer, Option<ResourceUri>)> {
    let Some(assessment) = &desk.assessment else {
        bail!("there is no {}; --issuer URL needs none", desk.config);
    };
    let Some(fleet) = &assessment.fleet else {
        bail!("{} is not proved disjoint; `warded check` says why", desk.config);
    };
    let server = fleet
        .server(name)
        .with_context(|| format!("there is no server named `{}`", report::escaped(name)))?;
    let trusted = |built_in: &&BuiltIn| server.issuers().any(|issuer| issuer.url == built_in.url);
    let built_in = assessment.built_in.iter().find(trusted).with_context(|| {
        format!("`{name}` does not trust the built-in issuer: its clients are added at its own")
    })?;
    Ok((built_in.url.clone(), Some(server.resource().clone())))
}
