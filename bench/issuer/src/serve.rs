//! The issuer on one thread: a person, a client that people agree to, and a program in its own name.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Context as _;
use aws_lc_rs::rand::SystemRandom;
use axum::body::Body as AxumBody;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::net::TcpListener;
use tower::{ServiceExt as _, util::BoxCloneSyncService};
use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, Reach},
};
use warded_core::{Clock as _, Issuer, ResourceUri, Scopes, jose::Algorithm};
use warded_gateway::{Current, Gateway, Listener};
use warded_issuer::{
    AuthorizationServer, IssuerSetup, Registered, Strangers,
    operator::{NewClient, NewlyAdded, add_client, add_user},
};
use warded_store::{GrantType, Store, memory::Memory, sqlite::Sqlite};

/// As the world knows it; TLS would be a proxy's.
const ISSUER: &str = "https://as.example";
const RESOURCE: &str = "https://a.example/mcp";
const CALLBACK: &str = "https://portal.example/cb";

pub(crate) async fn run(port: u16, algorithm: &str, file: Option<&str>) -> anyhow::Result<()> {
    let algorithm = match algorithm {
        "EdDSA" => Algorithm::EdDsa,
        "ES256" => Algorithm::Es256,
        "RS256" => Algorithm::Rs256,
        other => anyhow::bail!("no such algorithm: {other}"),
    };
    #[expect(clippy::disallowed_methods, reason = "this is the process")]
    let random = Arc::new(SystemRandom::new());
    let store: Arc<dyn Store> = match file {
        Some(file) => Arc::new(Sqlite::open(file).await?),
        None => Arc::new(Memory::new()),
    };
    let issuer = Issuer::parse(ISSUER)?;
    let mut server = Registered::new("a", ResourceUri::parse(RESOURCE)?);
    server.scopes = Scopes::parse("mcp:tools docs:read")?;
    server.default_scopes = Scopes::parse("mcp:tools")?;
    let mut setup = IssuerSetup::new("default", issuer.clone(), vec![server]);
    setup.policy.algorithm = algorithm;
    // One person agrees to everything, and each connection refreshes one grant.
    setup.strangers = Strangers::with_grants_unbounded();
    let opened = AuthorizationServer::open(
        setup,
        Arc::clone(&store),
        Fetch::new(Reach::public())?,
        Arc::new(SystemClock),
        Arc::clone(&random) as _,
    )
    .await?;

    if store.user_named("ada").await?.is_none() {
        add_user(&*store, "ada", "correct horse battery staple", SystemClock.now(), &*random).await?;
    }
    let by_code = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let portal = client(&issuer, "portal", &[CALLBACK], &by_code, &*store, &random).await?;
    let robot = client(&issuer, "robot", &[], &[GrantType::ClientCredentials], &*store, &random).await?;

    let router = opened
        .served()
        .map_request(|request: Request<warded_guard::Body>| request.map(AxumBody::new))
        .map_response(|answer: Response<AxumBody>| {
            answer.map(|body| body.map_err(Into::into).boxed_unsync())
        });
    let gateway = Gateway::builder().issuer(&issuer, &BoxCloneSyncService::new(router))?.build();
    let listener = Listener::plain(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?)?;
    let named = |added: NewlyAdded| {
        let id = added.client.id.clone();
        json!({ "id": id, "secret": added.into_secret().context("no secret").map(|secret| secret.to_string()).ok() })
    };
    println!("{}", json!({ "portal": named(portal), "robot": named(robot) }));
    let (_stopper, stopping) = warded_gateway::stop();
    warded_gateway::serve(vec![listener], Current::of(gateway), stopping).await;
    Ok(())
}

async fn client(
    issuer: &Issuer,
    name: &str,
    redirect_uris: &[&str],
    grants: &[GrantType],
    store: &dyn Store,
    random: &SystemRandom,
) -> anyhow::Result<NewlyAdded> {
    let new = NewClient {
        issuer: issuer.clone(),
        name: name.to_owned(),
        redirect_uris: redirect_uris.iter().map(|&uri| uri.to_owned()).collect(),
        grants: grants.to_vec(),
        confidential: true,
        pinned: None,
        dpop_bound: false,
    };
    Ok(add_client(store, new, SystemClock.now(), random).await?)
}
