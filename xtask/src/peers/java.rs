//! A Java program with libraries from Maven.

use std::path::PathBuf;

use anyhow::Context as _;

use super::place::Place;
use crate::shell::{answers, command, root, run};

/// Maven's own way to fetch what a project depends on.
const FETCH: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// A folder with the `classes` of a program and the `libraries` of its `pom.xml`; none where there is no compiler, or no
/// Maven to get them with.
pub(super) fn program(name: &str, folder: &str) -> anyhow::Result<Option<PathBuf>> {
    if !answers("javac", &["-version"]) || !answers("mvn", &["--version"]) {
        return Ok(None);
    }
    let place = Place::of(name, &format!("{folder}/pom.xml"))?;
    let libraries = place.path.join("libraries");
    if !place.is_current()? {
        // What an older list asked for must not answer for what this one does.
        if libraries.exists() {
            std::fs::remove_dir_all(&libraries).context("cannot remove old libraries")?;
        }
        let (project, output) =
            (place.list().display().to_string(), format!("-DoutputDirectory={}", libraries.display()));
        // Strict: what is not what its publisher's checksum says is not used.
        let options = ["--batch-mode", "--quiet", "--strict-checksums", "--file", &project];
        run(command("mvn", &[&options[..], &[FETCH, &output]].concat()))?;
        place.mark_current()?;
    }
    let (classes, libraries) = (place.path.join("classes"), libraries.join("*"));
    let mut javac = command("javac", &["-nowarn", "-Xlint:none"]);
    javac.arg("-d").arg(classes).arg("-cp").arg(libraries).args(sources(folder)?);
    run(javac)?;
    Ok(Some(place.path))
}

fn sources(folder: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(root().join(folder)).with_context(|| format!("cannot read {folder}"))?;
    let mut sources = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {folder}"))?.path();
        if path.extension().is_some_and(|extension| extension == "java") {
            sources.push(path);
        }
    }
    Ok(sources)
}
