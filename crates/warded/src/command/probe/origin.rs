//! Where do the tokens come from? From files, or from a login at the issuer that each server names.

use std::path::Path;

use anyhow::Context as _;
use warded_core::ResourceUri;
use warded_probe::{Credential, Party, Tokens};

use super::Probe;
use crate::command::{inspect::source, token};

/// The two servers with their tokens.
pub(super) async fn parties(probe: &Probe, quiet: bool) -> anyhow::Result<[Party; 2]> {
    let mut of_a = Tokens::access(access(probe, &probe.a, probe.token_a.as_deref(), quiet).await?);
    of_a.id = probe.id_token_a.as_deref().map(read).transpose()?;
    of_a.refresh = probe.refresh_token_a.as_deref().map(read).transpose()?;
    let mut of_b = Tokens::access(access(probe, &probe.b, probe.token_b.as_deref(), quiet).await?);
    of_b.id = probe.id_token_b.as_deref().map(read).transpose()?;
    of_b.refresh = probe.refresh_token_b.as_deref().map(read).transpose()?;
    Ok([Party::new(probe.a.clone(), of_a), Party::new(probe.b.clone(), of_b)])
}

async fn access(
    probe: &Probe,
    server: &ResourceUri,
    file: Option<&Path>,
    quiet: bool,
) -> anyhow::Result<Credential> {
    if let Some(file) = file {
        return read(file);
    }
    let token = token::obtained(&probe.login, server, quiet).await;
    Ok(Credential::parse(token.with_context(|| format!("no token for {server}"))?)?)
}

fn read(file: &Path) -> anyhow::Result<Credential> {
    Credential::parse(source::token(file)?).with_context(|| format!("{} holds no token", file.display()))
}
