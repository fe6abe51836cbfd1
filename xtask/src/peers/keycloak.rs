//! An identity provider that exchanges tokens: Keycloak, as its makers publish it for Maven.

use std::path::PathBuf;

use anyhow::Context as _;

use super::place::Place;
use crate::shell::{answers, command, run};

/// The distribution, by coordinates.
const LIST: &str = "crates/warded/tests/clients/scripts/keycloak.txt";
/// Maven's own way to unpack something.
const UNPACK: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

/// The unpacked distribution; none where there is no Java to run it, or no Maven to get it.
pub(super) fn distribution() -> anyhow::Result<Option<PathBuf>> {
    if !answers("java", &["-version"]) || !answers("mvn", &["--version"]) {
        return Ok(None);
    }
    let place = Place::of("keycloak", LIST)?;
    let coordinates = std::fs::read_to_string(place.list()).context("cannot read Keycloak's coordinates")?;
    let coordinates = coordinates.trim();
    let version = coordinates.split(':').nth(2).context("Keycloak's coordinates name no version")?;
    let home = place.path.join(format!("keycloak-{version}"));
    if !place.is_current()? {
        let (artifact, folder) = (format!("-Dartifact={coordinates}"), place.path.display().to_string());
        // Strict: what is not what its publisher's checksum says is not unpacked.
        let options = ["--batch-mode", "--quiet", "--strict-checksums"];
        let arguments = [UNPACK, &artifact, &format!("-DoutputDirectory={folder}")];
        let mut mvn = command("mvn", &[&options[..], &arguments[..]].concat());
        // There is no project here, and none is meant.
        mvn.current_dir(&place.path);
        run(mvn)?;
        place.mark_current()?;
    }
    Ok(Some(home))
}
