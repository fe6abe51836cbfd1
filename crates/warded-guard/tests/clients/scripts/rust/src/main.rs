//! The official Rust SDK at a guarded server.
//!
//!     TOKEN=... client URL
//!
//! It tells one JSON line, without any token in it: what it could do, or what it read in the challenge.

use std::error::Error;

use rmcp::{
    RoleClient, ServiceExt as _,
    model::CallToolRequestParams,
    service::{ClientInitializeError, RunningService},
    transport::{
        StreamableHttpClientTransport,
        auth::WWWAuthenticateParams,
        streamable_http_client::{AuthRequiredError, StreamableHttpClientTransportConfig},
    },
};
use serde_json::{Value, json};

const NAME: &str = concat!("rmcp ", env!("RMCP_VERSION"), " (Rust)");

async fn call(
    client: &RunningService<RoleClient, ()>,
    tool: &'static str,
    arguments: Value,
) -> Result<String, Box<dyn Error>> {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    let result = client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await?;
    if result.is_error == Some(true) {
        return Err(format!("the tool failed: {result:?}").into());
    }
    Ok(result.content.iter().filter_map(|block| Some(block.as_text()?.text.clone())).collect())
}

async fn errand(client: RunningService<RoleClient, ()>) -> Result<Value, Box<dyn Error>> {
    let mut tools: Vec<_> = client.list_all_tools().await?.into_iter().map(|tool| tool.name).collect();
    tools.sort();
    let calls = json!({
        "whoami": call(&client, "whoami", json!({})).await?,
        "note": call(&client, "note", json!({ "text": "tea" })).await?,
    });
    let revision = client.peer_info().map(|server| server.protocol_version.to_string());
    client.cancel().await?;
    Ok(json!({ "client": NAME, "revision": revision, "tools": tools, "calls": calls }))
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
            return Some(json!({ "client": NAME, "status": 401, "challenge": challenge }));
        }
        cause = error.source();
    }
    None
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("which URL?")?;
    let config = StreamableHttpClientTransportConfig::with_uri(url.clone()).auth_header(std::env::var("TOKEN")?);
    let told = match ().serve(StreamableHttpClientTransport::from_config(config)).await {
        Ok(client) => errand(client).await?,
        Err(error) => refused(&url, &error).ok_or(error)?,
    };
    println!("{told}");
    Ok(())
}
