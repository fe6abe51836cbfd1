//! What is inspected, and by what: a token, keys, a proved fleet.

use std::{
    fs::File,
    io::{IsTerminal as _, Read as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use warded_core::{
    UnixTime,
    jose::{KeySet, MAX_KEY_SET_BYTES, MAX_TOKEN_BYTES},
};
use zeroize::Zeroizing;

use crate::{
    config::{
        self,
        fleet::{Assessment, assess},
    },
    finding::Severity,
    report,
};

/// Reads the token, from standard input or a file.
pub(crate) fn token(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let is_stdin = file == Path::new("-");
    let shown = file.to_string_lossy();
    let mut bytes = Zeroizing::new(Vec::new());
    // White space around the token, and room to see that there is too much.
    let limit = MAX_TOKEN_BYTES as u64 * 2;
    if is_stdin {
        if std::io::stdin().is_terminal() {
            let mut stderr = anstream::stderr();
            writeln!(stderr, "Paste the token, then press Enter and Ctrl-D.")?;
        }
        std::io::stdin().take(limit).read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        let file = File::open(file).with_context(|| format!("cannot open {shown}"))?;
        file.take(limit).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    }
    let text = std::str::from_utf8(&bytes).context("the token is not text")?.trim();
    let text = strip_scheme(text);
    if text.is_empty() {
        bail!("there is no token: pass it on standard input or in a file");
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// People copy whole headers.
fn strip_scheme(text: &str) -> &str {
    let text = text.strip_prefix("Authorization:").unwrap_or(text).trim_start();
    match text.split_once(' ').unwrap_or((text, "")) {
        (scheme, token) if ["bearer", "dpop"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            token.trim_start()
        }
        _ => text,
    }
}

/// Reads the issuer's keys.
pub(super) fn keys(path: &Path) -> anyhow::Result<KeySet> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    file.take(MAX_KEY_SET_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    KeySet::parse(&bytes).with_context(|| format!("{} is not a key set", path.display()))
}

/// Reads a configuration whose fleet is proved; about any other nothing can be said.
pub(crate) fn fleet(path: &Path, now: UnixTime) -> anyhow::Result<Assessment> {
    let source = config::read(path).map_err(|finding| anyhow::anyhow!(finding.message))?;
    let config = config::load(&source).map_err(|finding| {
        anyhow::anyhow!("{}", report::plain(&finding, &path.display().to_string(), &source))
    })?;
    let assessment = assess(&config, now);
    match assessment.findings.iter().find(|finding| finding.rule.severity >= Severity::High) {
        None => Ok(assessment),
        Some(worst) => bail!(
            "{} is not proved disjoint, so nothing can be said about its servers: {} (`warded check` says more)",
            path.display(),
            worst.message,
        ),
    }
}
