//! What lies behind a server, and how much of what it was told it has kept.

use std::path::Path;

use crate::upstream::Upstream;

/// What lies behind a server.
pub(super) enum Behind {
    Http(Upstream),
    /// A process, and where it keeps what it was told.
    Stdio(std::path::PathBuf),
}

impl Behind {
    pub(super) async fn of(kind: Kind, folder: &Path, name: &str) -> Self {
        match kind {
            Kind::Http => Self::Http(Upstream::start().await),
            Kind::Stdio => Self::Stdio(folder.join(name)),
        }
    }

    pub(super) fn configured(&self) -> String {
        match self {
            Self::Http(upstream) => format!("upstream: {}", upstream.url),
            Self::Stdio(kept) => {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/up/nod.py");
                format!("stdio: [python3, \"{}\", \"{}\"]", script.display(), kept.display())
            }
        }
    }

    /// How much it has heard.
    pub(super) fn heard(&self) -> usize {
        match self {
            Self::Http(upstream) => upstream.requests().len(),
            Self::Stdio(kept) => std::fs::read(kept).unwrap_or_default().len(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    Stdio,
}
