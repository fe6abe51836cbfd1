//! As whom does a command speak, and where is what shows it?

use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use warded_client::{register::Given, secret::Secret};
use warded_core::ResourceUri;

use crate::environment;

/// As whom.
#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "a field has the name of its flag")]
pub(super) struct Client {
    /// The client's id, where it was registered at the issuer beforehand
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A file that holds the client's secret, for the issuer that --issuer names; or `env:NAME`
    #[arg(long, value_name = "FILE", requires_all = ["client_id", "issuer"], group = "client_proof", value_parser = secret)]
    client_secret_file: Option<Secret>,
    /// A file that holds the client's private key, PKCS #8 in PEM, where the issuer has the public half
    /// (`private_key_jwt`); or `env:NAME`
    #[arg(long, value_name = "FILE", requires = "client_id", group = "client_proof", value_parser = secret)]
    client_key_file: Option<Secret>,
    /// The URL of a document that describes the client, for issuers that read such documents
    #[arg(long, value_name = "URL", conflicts_with = "client_id")]
    client_metadata_url: Option<ResourceUri>,
}

impl Client {
    pub(super) fn given(&self) -> anyhow::Result<Given> {
        let Some(id) = self.client_id.clone() else {
            let url = self.client_metadata_url.as_ref();
            return Ok(url.map_or(Given::Nothing, |url| Given::Document { url: url.as_str().to_owned() }));
        };
        if let Some(key) = &self.client_key_file {
            return Ok(Given::Keyed { id, key: readable(key, "the client's key")? });
        }
        let secret = self.client_secret_file.as_ref().map(|secret| readable(secret, "the client's secret"));
        Ok(Given::Registered { id, secret: secret.transpose()? })
    }
}

/// Where a secret is: a file, or a variable of the environment.
#[expect(clippy::unnecessary_wraps, reason = "what reads arguments may fail, and this does not")]
pub(super) fn secret(place: &str) -> Result<Secret, std::convert::Infallible> {
    let Some(name) = place.strip_prefix("env:").map(str::to_owned) else {
        return Ok(Secret::in_file(Path::new(place)));
    };
    let read = move || environment::secret(&name).ok_or_else(|| "there is no such variable".to_owned());
    Ok(Secret::of(place, std::sync::Arc::new(read)))
}

/// It is read each time that it is used; that it is not there at all is said at once.
pub(super) fn readable(secret: &Secret, what: &'static str) -> anyhow::Result<Secret> {
    secret.read().context(what)?;
    Ok(secret.clone())
}
