//! `warded up --demo`: two small MCP servers inside the binary, an issuer with one person, and a walk past all of it.

mod mcp;
mod notes;
mod search;
mod walk;

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use aws_lc_rs::rand::SecureRandom;
use serde_json::json;
use tokio::net::TcpListener;
use warded_core::jose::base64url;
use zeroize::Zeroizing;

use self::{mcp::Tools, notes::Notes, search::Search};

pub(crate) use walk::walk;

/// The person as whom a visitor continues with one click.
pub(crate) const PERSON: &str = "demo";

/// What the demo puts behind the gateway, and the configuration that says so.
pub(crate) struct Demo {
    folder: Folder,
    source: String,
}

impl Demo {
    /// Starts the servers behind, for a gateway that listens at `listen`.
    pub(crate) async fn open(listen: SocketAddr, random: &dyn SecureRandom) -> anyhow::Result<Self> {
        let folder = Folder::create(random)?;
        let notes = behind(Arc::new(Notes::new()), &folder, random).await?;
        let search = behind(Arc::new(Search), &folder, random).await?;
        let server = |name: &str, title: &str, port: u16, tools: serde_json::Value| {
            json!({
                "title": title,
                "upstream": format!("http://127.0.0.1:{port}{}", mcp::PATH),
                "upstream_auth": { "kind": "bearer", "value": format!("file:{name}.key") },
                "scopes": { "required": [format!("{name}:read")], "tools": tools },
            })
        };
        let writes = json!(["notes:write"]);
        let config = json!({
            "public_url": format!("http://{listen}"),
            "listen": listen,
            "servers": {
                "search": server("search", "A search that anybody may use", search, json!({})),
                "notes": server("notes", "Your notes", notes, json!({ "write_note": writes, "delete_note": writes })),
            },
        });
        Ok(Self { folder, source: format!("{config:#}\n") })
    }

    /// The configuration, as a file would hold it.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The folder that its paths are seen from. It goes when the demo ends.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.0
    }
}

/// Starts one server behind, and leaves its key where the gateway's configuration says that it is.
async fn behind(tools: Arc<dyn Tools>, folder: &Folder, random: &dyn SecureRandom) -> anyhow::Result<u16> {
    let key = Zeroizing::new(word(random)?);
    let path = folder.0.join(format!("{}.key", tools.name()));
    fs::write(&path, key.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
    let port = listener.local_addr()?.port();
    let router = mcp::router(tools, &key);
    // It ends with the process: there is nothing in it that would be lost.
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(port)
}

/// A word that nobody guesses.
fn word(random: &dyn SecureRandom) -> anyhow::Result<String> {
    let mut bytes = Zeroizing::new([0; 24]);
    random.fill(&mut *bytes).ok().context("the system's source of randomness failed")?;
    Ok(base64url::encode(&*bytes))
}

/// A folder of our own, for as long as the demo runs.
struct Folder(PathBuf);

impl Folder {
    fn create(random: &dyn SecureRandom) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("warded-demo-{}", word(random)?));
        private(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self(path))
    }
}

fn private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is left to be told, and the system clears its temporary folder anyway.
        fs::remove_dir_all(&self.0).ok();
    }
}
