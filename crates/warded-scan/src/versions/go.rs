//! Go: `go.mod` names the version that is built, of everything.

use super::{Said, Version};

pub(super) fn read(file: &str, text: &str, package: &str) -> Option<Said> {
    if file != "go.mod" {
        return None;
    }
    let versions = text.lines().filter_map(|line| {
        let line = line.split("//").next().unwrap_or_default();
        let mut words = line.split_whitespace().skip_while(|word| *word == "require");
        let is_it = words.next()?.trim_matches('"') == package;
        Version::parse(words.next().filter(|_| is_it)?)
    });
    versions.max().map(Said::locked)
}
