//! Other people's programs that the tests compare with: installed once below `target/peers`, by name and version.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, bail};

use crate::shell::{answers, command, complain, root, run};

const PEERS: &str = "crates/warded-core/tests/peers";
/// The test vectors of project Wycheproof, as a Go module.
const WYCHEPROOF: &str = "github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a";
/// What Go's checksum database says of that module.
const WYCHEPROOF_SUM: &str = "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c=";

/// Where the peers are; none where this machine cannot have them.
#[derive(Default)]
pub(crate) struct Peers {
    python: Option<PathBuf>,
    node: Option<PathBuf>,
    wycheproof: Option<PathBuf>,
}

impl Peers {
    /// Installs what is missing.
    pub(crate) fn install() -> anyhow::Result<Self> {
        Ok(Self { python: Some(python()?), node: Some(node()?), wycheproof: wycheproof()? })
    }

    /// Tells a test run where they are.
    pub(crate) fn tell(&self, command: &mut Command) {
        let named = [
            ("WARDED_PEERS_PYTHON", &self.python),
            ("WARDED_PEERS_NODE", &self.node),
            ("WARDED_WYCHEPROOF", &self.wycheproof),
        ];
        for (name, path) in named {
            if let Some(path) = path {
                command.env(name, path);
            }
        }
    }

    /// What was left out, and why.
    pub(crate) fn skipped(&self) -> Vec<&'static str> {
        let wycheproof = self
            .wycheproof
            .is_none()
            .then_some("the Wycheproof vectors: they come as a Go module, and there is no Go");
        wycheproof.into_iter().collect()
    }
}

fn folder(name: &str) -> anyhow::Result<PathBuf> {
    let path = root().join("target/peers").join(name);
    std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
    Ok(path)
}

/// A virtual environment with the pinned packages.
fn python() -> anyhow::Result<PathBuf> {
    let environment = folder("python")?;
    let interpreter = environment.join("bin/python");
    let requirements = root().join(PEERS).join("requirements.txt");
    if is_current(&environment, &requirements)? {
        return Ok(interpreter);
    }
    if !answers("python3", &["-c", "import ensurepip, venv"]) {
        // Debian keeps them in a package of their own.
        run(command("apt-get", &["update", "--quiet"]))?;
        run(command("apt-get", &["install", "--quiet", "--yes", "python3-venv"]))?;
    }
    let path = environment.to_string_lossy().into_owned();
    run(command("python3", &["-m", "venv", "--clear", &path]))?;
    let requirements_path = requirements.to_string_lossy().into_owned();
    run(command(&interpreter, &["-m", "pip", "install", "--quiet", "--requirement", &requirements_path]))?;
    mark_current(&environment, &requirements)?;
    Ok(interpreter)
}

/// A folder with the pinned packages in `node_modules`.
fn node() -> anyhow::Result<PathBuf> {
    let place = folder("node")?;
    let lock = root().join(PEERS).join("package-lock.json");
    if is_current(&place, &lock)? {
        return Ok(place);
    }
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        std::fs::copy(root().join(PEERS).join(file), place.join(file))
            .with_context(|| format!("cannot copy {file}"))?;
    }
    let mut npm = command("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    npm.current_dir(&place);
    run(npm)?;
    mark_current(&place, &lock)?;
    Ok(place)
}

fn wycheproof() -> anyhow::Result<Option<PathBuf>> {
    if !answers("go", &["version"]) {
        complain("SKIPPED: the Wycheproof vectors come as a Go module, and there is no Go on this machine");
        return Ok(None);
    }
    // The Go tools keep modules in their own cache; downloading twice costs nothing.
    let answer = crate::shell::output(command("go", &["mod", "download", "-json", WYCHEPROOF]))?;
    let module: serde_json::Value =
        serde_json::from_str(&answer).context("go did not say where the module is")?;
    if module["Sum"] != WYCHEPROOF_SUM {
        bail!("the Wycheproof module is not the one that was pinned: {}", module["Sum"]);
    }
    let folder = module["Dir"].as_str().context("go did not say where the module is")?;
    Ok(Some(PathBuf::from(folder).join("testvectors_v1")))
}

/// Whether what is installed was made from this very list.
fn is_current(place: &std::path::Path, list: &std::path::Path) -> anyhow::Result<bool> {
    let wanted = std::fs::read(list).with_context(|| format!("cannot read {}", list.display()))?;
    Ok(std::fs::read(place.join("installed-from")).is_ok_and(|installed| installed == wanted))
}

fn mark_current(place: &std::path::Path, list: &std::path::Path) -> anyhow::Result<()> {
    std::fs::copy(list, place.join("installed-from")).context("cannot note what was installed")?;
    Ok(())
}
