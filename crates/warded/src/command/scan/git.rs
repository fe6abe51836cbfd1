//! What was changed since a revision, as the `git` command tells.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use warded_scan::{Changed, git_path};

use super::shown;
use crate::report;

/// What was changed in the repositories of these paths, with what is not committed yet, and with files that are new.
pub(super) fn changed(revision: &str, roots: &[PathBuf]) -> anyhow::Result<Changed> {
    // No revision begins like that, and an option of git would.
    if revision.is_empty() || revision.starts_with('-') {
        bail!("`{}` is no revision of git", report::escaped(revision));
    }
    if roots.is_empty() {
        bail!("`--diff` needs a PATH: your own configurations are in no repository");
    }
    let mut changed = Changed::default();
    let tops = roots.iter().map(|root| top(root));
    for top in tops.collect::<anyhow::Result<BTreeSet<_>>>()? {
        let base = base(revision, &top)?;
        let diff = git(&top, &[DIFF, &[&base, "--"]].concat())?;
        changed.read(&String::from_utf8_lossy(&diff), &top);
        let new = git(&top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
        for name in new.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            changed.is_new(top.join(git_path(name)));
        }
    }
    Ok(changed)
}

/// Whatever somebody's own settings would change in it is said here; and nothing is run that a repository names.
const DIFF: &[&str] = &[
    "diff",
    "--unified=0",
    "--inter-hunk-context=0",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--text",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--no-relative",
    "--ignore-submodules=all",
];

/// The repository that a path lies in.
fn top(root: &Path) -> anyhow::Result<PathBuf> {
    let place = fs::canonicalize(root).with_context(|| shown(root))?;
    let folder = if place.is_dir() { place.as_path() } else { place.parent().unwrap_or(&place) };
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    let top = git_path(top.strip_suffix(b"\n").unwrap_or(&top));
    // By the name that files have here.
    fs::canonicalize(&top).with_context(|| shown(&top))
}

/// Where the revision and what is checked out parted; where nobody knows that, as in a shallow clone, the revision itself.
fn base(revision: &str, top: &Path) -> anyhow::Result<String> {
    let commit = format!("{revision}^{{commit}}");
    let commit = git(top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]);
    let Some(commit) = commit.ok().and_then(|said| id(&said)) else {
        bail!("there is no revision `{}` in {}", report::escaped(revision), shown(top));
    };
    let parted = git(top, &["merge-base", &commit, "HEAD"]);
    Ok(parted.ok().and_then(|said| id(&said)).unwrap_or(commit))
}

/// What git says of a commit. Older ones say before it that options end.
fn id(said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let id = said.lines().last()?;
    (id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new("git")
        .args(["--no-pager", "--literal-pathspecs"])
        .args(["-c", "core.quotePath=true", "-c", "core.fsmonitor=false"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("`--diff` needs git, and there is none"),
        Err(error) => return Err(error).context("git cannot be run"),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("it failed");
        bail!("`--diff` needs git, which says in {}: {}", shown(folder), report::escaped(said));
    }
    Ok(output.stdout)
}
