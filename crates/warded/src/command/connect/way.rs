//! From what was asked for to an open connection: who asks, where tokens lie, what carries the messages.

use std::{fs::File, future::Future, io::Read as _, path::Path, sync::Arc};

use anyhow::Context as _;
use warded_client::{
    bridge::Bridge,
    channel::Channel,
    clock::SystemClock,
    fetch::{Fetch, Reach},
    listen::Listen,
    login::Opener,
    register::Given,
    session::{Asked, Grant, Session},
    tokens::TokenStore,
};
use zeroize::Zeroizing;

use super::{Connect, told};
use crate::environment;

/// Largest secret that is read.
const MAX_SECRET: u64 = 4096;

/// Opens the connection, and returns when it has ended.
pub(super) async fn open(connect: &Connect, quiet: bool) -> anyhow::Result<()> {
    let session = session(connect, quiet)?;
    let stop = stop()?;
    match connect.listen {
        None => {
            let (input, output) = (tokio::io::stdin(), tokio::io::stdout());
            Bridge::run(session, input, output, connect.patience(), stop).await.context("the bridge broke")
        }
        Some(address) => {
            let listen = Listen::bind(address).await?;
            // A query may hold a key.
            let path = connect.server.path_and_query().split('?').next().unwrap_or_default();
            let origin = connect.server.origin();
            told::say(&format!("listening on http://{}{path} for {origin}{path}", listen.address()));
            listen.serve(Arc::new(session), stop).await;
            Ok(())
        }
    }
}

fn session(connect: &Connect, quiet: bool) -> anyhow::Result<Session> {
    let server = connect.server.clone();
    let fetch = Fetch::new(Reach::of(&server))?;
    let channel = Channel::to(server, &fetch, connect.patience())?;
    let folder = match &connect.token_store {
        Some(folder) => folder.clone(),
        None => environment::state_folder()
            .context("there is no home folder to keep tokens in: pass one with --token-store")?
            .join("warded/tokens"),
    };
    let store = TokenStore::open(folder)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the command is where randomness comes in; all else takes it"
    )]
    let random = aws_lc_rs::rand::SystemRandom::new();
    let tell = told::to_people(quiet);
    Ok(Session::new(channel, fetch, store, Arc::new(SystemClock), Arc::new(random), asked(connect)?, tell))
}

fn asked(connect: &Connect) -> anyhow::Result<Asked> {
    let mut asked = Asked::default();
    asked.given = match (&connect.client_id, &connect.client_metadata_url) {
        (Some(id), _) => {
            let secret = connect.client_secret_file.as_deref().map(secret).transpose()?;
            Given::Registered { id: id.clone(), secret }
        }
        (None, Some(url)) => Given::Document { url: url.as_str().to_owned() },
        (None, None) => Given::Nothing,
    };
    asked.scopes = connect.scopes()?;
    asked.account.clone_from(&connect.account);
    asked.issuer.clone_from(&connect.issuer);
    asked.strict_resource = connect.strict_resource;
    asked.grant = if connect.client_credentials { Grant::Client } else { Grant::User };
    asked.opener = match &connect.browser_command {
        Some(line) => Opener::command(line).context("--browser-command is empty")?,
        None if connect.no_browser => Opener::Nobody,
        None => Opener::System,
    };
    asked.callback_port = connect.callback_port;
    Ok(asked)
}

/// The secret in a file, without the newline that editors put behind it.
fn secret(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let failed = || format!("cannot read the client's secret from {}", path.display());
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(MAX_SECRET).unwrap_or_default()));
    File::open(path).with_context(failed)?.take(MAX_SECRET).read_to_string(&mut text).with_context(failed)?;
    let secret = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    anyhow::ensure!(!secret.is_empty(), "{} holds no secret", path.display());
    Ok(secret)
}

/// Completes when the process is asked to end.
#[cfg(unix)]
fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        tokio::signal::ctrl_c().await.ok();
    })
}
