//! What does the configuration say of the server at which a call is made?

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use warded_core::{Server, UnixTime};
use warded_guard::ScopeRules;

use super::facts::At;
use crate::{command::inspect::source, config::Located, report};

/// A server of the configuration.
#[derive(Debug)]
pub(super) struct Configured {
    /// As policies see it.
    pub(super) at: At,
    /// Where its tokens are judged.
    pub(super) server: Server,
    /// Which scopes its calls need, but for those that policies add.
    pub(super) scopes: ScopeRules,
    /// The policies of all servers.
    pub(super) shared: Vec<PathBuf>,
    /// Its own.
    pub(super) own: Vec<PathBuf>,
}

impl Configured {
    /// The one of this name.
    pub(super) fn named(name: &str, config: &Path, now: UnixTime) -> anyhow::Result<Self> {
        let assessment = source::fleet(config, now)
            .with_context(|| format!("--server names a server of {}", config.display()))?;
        let fleet = assessment.fleet.as_ref().context("the configuration is not proved")?;
        let mut servers = fleet.servers().zip(&assessment.serving.servers);
        let Some((server, behind)) = servers.find(|(server, _)| server.name() == name) else {
            let names = fleet.servers().take(assessment.serving.servers.len());
            let names: Vec<_> = names.map(|server| format!("`{}`", report::escaped(server.name()))).collect();
            bail!(
                "{} has no server `{}`; it has {}",
                config.display(),
                report::escaped(name),
                if names.is_empty() { "none".to_owned() } else { names.join(", ") },
            );
        };
        let folder = config.parent().unwrap_or(Path::new(""));
        let paths = |files: &[Located<PathBuf>]| files.iter().map(|file| folder.join(&file.value)).collect();
        Ok(Self {
            at: At {
                identity: server.resource().to_string(),
                name: name.to_owned(),
                tier: server.spec().tier.to_string(),
            },
            scopes: behind.scopes.clone(),
            shared: paths(&assessment.serving.policies),
            own: paths(&behind.policies),
            server,
        })
    }
}
