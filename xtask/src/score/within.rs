//! A program that has so much time and no more.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

/// What a program that ended had to say.
pub(super) struct Ended {
    pub(super) succeeded: bool,
    /// How it ended, for people.
    pub(super) how: String,
    pub(super) output: String,
    pub(super) complaints: String,
}

/// Runs a program to its end; one that takes longer is ended. What it says goes through files of this name: a pipe that
/// nobody empties would stop it.
pub(super) fn time(limit: Duration, mut command: Command, files: &Path) -> anyhow::Result<Ended> {
    let (output, complaints) = (beside(files, ".out"), beside(files, ".err"));
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let to = |path: &Path| File::create(path).with_context(|| format!("cannot write {}", path.display()));
    command.stdin(Stdio::null()).stdout(to(&output)?).stderr(to(&complaints)?);
    let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    #[expect(clippy::disallowed_methods, reason = "somebody else's program is given real time")]
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait")? {
            break status;
        }
        if began.elapsed() > limit {
            child.kill().context("cannot end it")?;
            child.wait().context("cannot wait")?;
            bail!("{program} took more than {} seconds", limit.as_secs());
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    };
    let from = |path: &Path| -> anyhow::Result<String> {
        let said = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        fs::remove_file(path).context("cannot remove what it said")?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    };
    let (output, complaints) = (from(&output)?, from(&complaints)?);
    Ok(Ended { succeeded: status.success(), how: status.to_string(), output, complaints })
}

/// The same path with something after it; the end of a version is no extension.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
