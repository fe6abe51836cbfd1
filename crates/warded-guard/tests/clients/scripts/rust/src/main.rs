//! The official Rust SDK at servers that want a token.
//!
//! On its input is a JSON list of visits, each `{"url", "token", "errand"}`; it tells one line of JSON for each, without
//! any token in it: what it could do, or what it read in the challenge.

mod errand;

use std::error::Error;

use rmcp::{
    ServiceExt as _,
    service::ClientInitializeError,
    transport::{
        StreamableHttpClientTransport,
        auth::WWWAuthenticateParams,
        streamable_http_client::{AuthRequiredError, StreamableHttpClientTransportConfig},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

use errand::{Errand, Steps};

const NAME: &str = concat!("rmcp ", env!("RMCP_VERSION"), " (Rust)");

#[derive(Deserialize)]
struct Visit {
    url: String,
    token: Option<String>,
    errand: Errand,
}

/// What the SDK's own reader makes of the challenge.
fn refused(url: &str, error: &ClientInitializeError) -> Option<Value> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    if let ClientInitializeError::TransportError { error, .. } = error {
        cause = Some(&*error.error);
    }
    while let Some(error) = cause {
        if let Some(required) = error.downcast_ref::<AuthRequiredError>() {
            let base = url::Url::parse(url).ok()?;
            let read = WWWAuthenticateParams::parse(&required.www_authenticate_header, &base);
            let challenge = json!({
                "resource_metadata": read.resource_metadata_url, "scope": read.scope, "error": read.error,
            });
            return Some(json!({ "status": 401, "challenge": challenge }));
        }
        cause = error.source();
    }
    None
}

async fn outcome(visit: Visit) -> Result<Value, Box<dyn Error>> {
    let Visit { url, token, errand } = visit;
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.clone());
    if let Some(token) = token {
        config = config.auth_header(token);
    }
    let (steps, heard) = Steps::new();
    match steps.serve(StreamableHttpClientTransport::from_config(config)).await {
        Ok(client) => errand.run(client, heard).await,
        Err(error) => Ok(refused(&url, &error).ok_or(error)?),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let visits: Vec<Visit> = serde_json::from_reader(std::io::stdin())?;
    for visit in visits {
        let url = visit.url.clone();
        let mut told = outcome(visit).await.map_err(|error| format!("at {url}: {error}"))?;
        told["client"] = json!(NAME);
        println!("{told}");
    }
    Ok(())
}
