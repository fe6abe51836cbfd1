//! Lock files that list packages as TOML does: `[[package]]`, `name = "x"`, `version = "1.2"`. Cargo, Poetry, uv and PDM write them,
//! line by line, so they are read like that, however long they are.

use super::{Said, Version};

/// All versions of a package that are locked.
pub(super) fn read(text: &str, is_it: impl Fn(&str) -> bool) -> Option<Said> {
    let (mut is_named, mut is_package) = (false, false);
    let mut all = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            (is_named, is_package) = (false, line == "[[package]]");
        } else if let Some(name) = value(line, "name").filter(|_| is_package) {
            is_named = is_it(name);
        } else if let Some(version) = value(line, "version").filter(|_| is_named) {
            all.extend(Version::parse(version));
        }
    }
    Said::listed(all.into_iter())
}

fn value<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let value = line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim();
    value.strip_prefix('"')?.strip_suffix('"')
}
