//! Maven and Gradle: versions that `pom.xml` and `build.gradle` write out. They are programs, so all else is not known.

use super::{Said, Version};

pub(super) fn read(file: &str, text: &str, package: &str) -> Option<Said> {
    let (group, artifact) = package.split_once(':')?;
    let version = match file {
        "pom.xml" => of_pom(text, group, artifact),
        "build.gradle" | "build.gradle.kts" => of_gradle(text, group, artifact),
        _ => None,
    };
    version.map(Said::locked)
}

fn of_pom(text: &str, group: &str, artifact: &str) -> Option<Version> {
    let dependencies = text.split("<dependency>").skip(1).map(|rest| rest.split("</dependency>").next());
    let mut versions = dependencies.flatten().filter_map(|dependency| {
        let is_it = element(dependency, "groupId") == Some(group)
            && element(dependency, "artifactId") == Some(artifact);
        let version = element(dependency, "version").filter(|_| is_it)?;
        // A property of the same file.
        let name = version.strip_prefix("${").and_then(|name| name.strip_suffix('}'));
        Version::parse(match name {
            Some(name) => element(text, name)?,
            None => version,
        })
    });
    versions.next()
}

/// What stands in the first element of that name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner.trim())
}

/// `implementation 'com.auth0:java-jwt:4.4.0'`.
fn of_gradle(text: &str, group: &str, artifact: &str) -> Option<Version> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut versions = lines.filter_map(|line| {
        let (_, rest) = line.split_once(&format!("{group}:{artifact}:"))?;
        Version::parse(rest.split(['\'', '"', '@', ':']).next()?)
    });
    versions.next()
}
