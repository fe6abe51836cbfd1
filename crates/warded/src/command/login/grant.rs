//! On whose behalf does a command ask for a token, and how do they say yes?

use clap::Args;
use warded_client::{
    register::Given,
    secret::Secret,
    session::{Enterprise, Grant, Subject, Way},
};
use warded_core::Issuer;

use super::{
    client::{readable, secret},
    issuer,
};

/// On whose behalf. Without any of these, a person's, who logs in in a browser.
#[derive(Debug, Args)]
pub(super) struct Grants {
    /// Log in on another device: the terminal shows a code to type there (RFC 8628)
    #[arg(long, group = "grant")]
    device_code: bool,
    /// Log in in a browser on another machine, and paste the URL that it was sent to
    #[arg(long, group = "grant")]
    paste: bool,
    /// Ask for a token on behalf of the client itself; nobody logs in
    #[arg(long, requires = "client_proof", group = "grant")]
    client_credentials: bool,
    /// A file with an assertion about this workload, such as a platform puts into its containers (RFC 7523); or `env:NAME`.
    /// It goes to the issuer that it names as its audience, or that --issuer names
    #[arg(long, value_name = "FILE", group = "grant", value_parser = secret)]
    assertion_file: Option<Secret>,
    /// A file with a token that the issuer exchanges for one of the server (RFC 8693); or `env:NAME`
    #[arg(long, value_name = "FILE", requires = "issuer", group = "grant", value_parser = secret)]
    subject_token_file: Option<Secret>,
    /// What kind of token that is: `access_token`, `id_token`, `jwt`, or a URN [default: `access_token`]
    #[arg(long, value_name = "KIND", requires = "subject_token_file")]
    subject_token_type: Option<String>,
    /// A file with an ID token of the identity provider --idp, which says to the server's issuer who you are
    /// (enterprise-managed authorization); or `env:NAME`
    #[arg(long, value_name = "FILE", requires_all = ["idp", "idp_client_id"], group = "grant", value_parser = secret)]
    id_token_file: Option<Secret>,
    /// The identity provider that the ID token is of
    #[arg(long, value_name = "URL", requires = "id_token_file", value_parser = issuer)]
    idp: Option<Issuer>,
    /// The client's id there
    #[arg(long, value_name = "ID", requires = "id_token_file")]
    idp_client_id: Option<String>,
    /// A file that holds the client's secret there; or `env:NAME`
    #[arg(long, value_name = "FILE", requires = "idp_client_id", value_parser = secret)]
    idp_client_secret_file: Option<Secret>,
}

impl Grants {
    pub(super) fn grant(&self) -> anyhow::Result<Grant> {
        if let Some(assertion) = &self.assertion_file {
            return Ok(Grant::Assertion(readable(assertion, "the assertion")?));
        }
        if let Some(token) = &self.subject_token_file {
            let kind = self.subject_token_type.as_deref().unwrap_or("access_token");
            // RFC 8693 §3
            let urn = format!("urn:ietf:params:oauth:token-type:{kind}");
            let kind = if kind.contains(':') { kind.to_owned() } else { urn };
            return Ok(Grant::Exchange(Subject::new(readable(token, "the subject token")?, kind)));
        }
        if let (Some(token), Some(idp), Some(id)) = (&self.id_token_file, &self.idp, &self.idp_client_id) {
            let secret = self.idp_client_secret_file.as_ref();
            let secret =
                secret.map(|secret| readable(secret, "the client's secret at the identity provider"));
            let given = Given::Registered { id: id.clone(), secret: secret.transpose()? };
            let token = readable(token, "the ID token")?;
            return Ok(Grant::Enterprise(Enterprise::new(idp.clone(), given, token)));
        }
        Ok(match (self.client_credentials, self.device_code, self.paste) {
            (true, ..) => Grant::Client,
            (_, true, _) => Grant::User(Way::Device),
            (_, _, true) => Grant::User(Way::Paste),
            _ => Grant::User(Way::Loopback),
        })
    }
}
