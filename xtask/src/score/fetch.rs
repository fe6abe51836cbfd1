//! Published code, by name and exact version, with the ordinary client of each ecosystem. Nothing of it is run.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};

use super::{
    label::{Archive, Name, Version},
    within,
};
use crate::shell::root;

/// How long a client may take for one package.
const PATIENCE: Duration = Duration::from_mins(10);

/// Maven's own way to unpack something; it takes nothing that it depends on.
const MAVEN_UNPACK: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

/// Unpacks a wheel: refuses to write outside.
const UNZIP: &str = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
/// Unpacks a package of npm, without its outermost folder: refuses to write outside, links that lead there, and devices.
const UNTAR: &str = "\
import sys, tarfile
def one(member, folder):
    _, _, name = member.name.removeprefix('./').partition('/')
    if not name or not (member.isreg() or member.isdir()):
        return None
    return tarfile.data_filter(member.replace(name=name, deep=False), folder)
tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter=one)";

/// The folder of a package's code. What was fetched before is not fetched again.
pub(super) fn package(name: &Name, version: &Version, archive: Archive) -> anyhow::Result<PathBuf> {
    let place =
        root().join("target/score/packages").join(format!("{}@{}", name.flat(), version.0.replace('/', "~")));
    let note = place.join("folder");
    if let Some(folder) = fs::read_to_string(&note).ok().map(PathBuf::from).filter(|folder| folder.is_dir()) {
        return Ok(folder);
    }
    if place.exists() {
        fs::remove_dir_all(&place).context("cannot clear what was fetched by half")?;
    }
    fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
    let folder = match archive {
        Archive::Wheel => wheel(name, version, &place),
        Archive::Sdist => bail!("pip runs what it finds in a source distribution, so none is fetched"),
        Archive::Npm => npm(name, version, &place),
        Archive::Crate => cargo(name, version, &place),
        Archive::Module => go(name, version, &place),
        Archive::SourcesJar => maven(name, version, &place),
    }?;
    ensure!(folder.is_dir(), "{} is not there", folder.display());
    // The last step, so that half a package is never taken for one.
    fs::write(note, folder.to_string_lossy().as_bytes()).context("cannot note where it is")?;
    Ok(folder)
}

fn wheel(name: &Name, version: &Version, place: &Path) -> anyhow::Result<PathBuf> {
    let wanted = format!("{}=={}", name.name, version.0);
    let options =
        ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", "got"];
    // Which Python it is meant for does not matter to whoever only reads it.
    run("python3", &[&options[..], &["--ignore-requires-python", "--", &wanted]].concat(), place)?;
    unpack(UNZIP, place)
}

fn npm(name: &Name, version: &Version, place: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir(place.join("got")).context("cannot create a folder")?;
    let wanted = format!("{}@{}", name.name, version.0);
    run("npm", &["pack", "--silent", "--ignore-scripts", "--pack-destination", "got", "--", &wanted], place)?;
    unpack(UNTAR, place)
}

/// Unpacks the one archive that was got.
fn unpack(program: &str, place: &Path) -> anyhow::Result<PathBuf> {
    let got: Vec<_> = fs::read_dir(place.join("got"))
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .context("nothing was fetched")?;
    let [archive] = got.as_slice() else { bail!("{} archives were fetched instead of one", got.len()) };
    let code = place.join("code");
    let arguments = [OsStr::new("-c"), OsStr::new(program), archive.as_os_str(), code.as_os_str()];
    run("python3", &arguments, place)?;
    fs::remove_file(archive).context("cannot remove the archive")?;
    Ok(code)
}

/// Cargo has no way to get one crate: it is what a crate of ours depends on, and lies where Cargo keeps such crates.
fn cargo(name: &Name, version: &Version, place: &Path) -> anyhow::Result<PathBuf> {
    let manifest = format!(
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [lib]\npath = \"lib.rs\"\n\n[dependencies.wanted]\npackage = \"{}\"\nversion = \"={}\"\ndefault-features = false\n",
        name.name, version.0
    );
    fs::write(place.join("Cargo.toml"), manifest).context("cannot write a manifest")?;
    fs::write(place.join("lib.rs"), "").context("cannot write a crate")?;
    run(env!("CARGO"), &["fetch", "--quiet"], place)?;
    let answer = run(env!("CARGO"), &["metadata", "--format-version", "1", "--locked", "--offline"], place)?;
    let known: serde_json::Value =
        serde_json::from_str(&answer).context("cargo did not say where crates are")?;
    let packages = known["packages"].as_array().context("cargo did not say where crates are")?;
    let wanted =
        packages.iter().find(|package| package["name"] == *name.name && package["version"] == *version.0);
    let manifest =
        wanted.and_then(|package| package["manifest_path"].as_str()).context("cargo fetched another")?;
    Ok(Path::new(manifest).parent().context("cargo keeps it nowhere")?.to_owned())
}

fn go(name: &Name, version: &Version, place: &Path) -> anyhow::Result<PathBuf> {
    let answer = run("go", &["mod", "download", "-json", &format!("{}@{}", name.name, version.0)], place)?;
    let module: serde_json::Value =
        serde_json::from_str(&answer).context("go did not say where the module is")?;
    Ok(PathBuf::from(module["Dir"].as_str().context("go did not say where the module is")?))
}

fn maven(name: &Name, version: &Version, place: &Path) -> anyhow::Result<PathBuf> {
    let artifact = format!("-Dartifact={}:{}:jar:sources", name.name, version.0);
    // Without the second option Maven remembers for a day that something could not be had.
    let options = ["--batch-mode", "--update-snapshots", "--quiet", "-Dstyle.color=never"];
    run("mvn", &[&options[..], &[MAVEN_UNPACK, &artifact, "-DoutputDirectory=code"]].concat(), place)?;
    Ok(place.join("code"))
}

/// Runs a client in a folder; what it prints. The error has the last thing that it complained of.
fn run(program: &str, arguments: &[impl AsRef<OsStr>], place: &Path) -> anyhow::Result<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(place);
    let ended = within::time(PATIENCE, command, &place.join("said"))?;
    if !ended.succeeded {
        let mut complaints =
            ended.complaints.lines().chain(ended.output.lines()).filter(|line| !line.trim().is_empty());
        let first =
            complaints.find(|line| line.to_ascii_lowercase().contains("error")).or_else(|| complaints.next());
        bail!("{program}: {}", first.unwrap_or("failed without a word").trim());
    }
    Ok(ended.output)
}
