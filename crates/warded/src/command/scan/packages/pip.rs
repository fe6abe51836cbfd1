//! Which index does pip ask? Its variables and files say so, the last of them most.

use std::path::{Path, PathBuf};

use super::{
    index::Index,
    ini::{entries, text},
};
use crate::{environment, report::escaped};

/// Where everybody gets Python packages.
pub(super) const PUBLIC: &str = "https://pypi.org/simple";

pub(super) fn index() -> anyhow::Result<Index> {
    let set = |name: &str| environment::of_others(name).filter(|value| !value.is_empty());
    if let Some(url) = environment::secret("PIP_INDEX_URL").filter(|url| !url.is_empty()) {
        return Index::read(&url, "PIP_INDEX_URL");
    }
    let places = Places {
        home: environment::home(),
        config_home: set("XDG_CONFIG_HOME").map(PathBuf::from),
        roaming: set("APPDATA").map(PathBuf::from),
        virtual_environment: set("VIRTUAL_ENV").map(PathBuf::from),
        given: set("PIP_CONFIG_FILE").map(PathBuf::from),
    };
    for file in places.files() {
        if let Some(url) = text(&file)?.as_deref().and_then(index_url) {
            return Index::read(&url, &escaped(&file.display().to_string()));
        }
    }
    Index::read(PUBLIC, "pip")
}

/// What decides where pip keeps its settings.
#[derive(Debug, Default)]
struct Places {
    home: Option<PathBuf>,
    config_home: Option<PathBuf>,
    roaming: Option<PathBuf>,
    virtual_environment: Option<PathBuf>,
    given: Option<PathBuf>,
}

impl Places {
    /// The files, the one that counts most first.
    fn files(&self) -> Vec<PathBuf> {
        let name = if cfg!(windows) { "pip.ini" } else { "pip.conf" };
        // pip's own way to say that no file is to be read.
        let null = if cfg!(windows) { "nul" } else { "/dev/null" };
        if self.given.as_deref() == Some(Path::new(null)) {
            return Vec::new();
        }
        let mut files: Vec<PathBuf> = self.given.iter().cloned().collect();
        files.extend(self.virtual_environment.iter().map(|folder| folder.join(name)));
        // A file that somebody names stands for the user's own ones.
        if !self.given.as_ref().is_some_and(|given| given.exists()) {
            let below = |folder: &Option<PathBuf>, beneath: &str| {
                folder.as_ref().map(|folder| folder.join(beneath).join(name))
            };
            if cfg!(windows) {
                files.extend(below(&self.roaming, "pip"));
            }
            if cfg!(target_os = "macos") {
                files.extend(below(&self.home, "Library/Application Support/pip"));
            }
            files.extend(below(&self.config_home, "pip").or_else(|| below(&self.home, ".config/pip")));
            files.extend(below(&self.home, if cfg!(windows) { "pip" } else { ".pip" }));
        }
        if !cfg!(windows) {
            files.extend([PathBuf::from("/etc/pip.conf"), PathBuf::from("/etc/xdg/pip/pip.conf")]);
        }
        files
    }
}

/// What is said of one command counts more than what is said of all.
fn index_url(text: &str) -> Option<String> {
    // A line that begins with a blank goes on with the one above.
    let text = text.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    let first = |value: &str| value.split_whitespace().next().map(str::to_owned);
    let of = |section: &str| {
        let is_one = |key: &str| key.to_ascii_lowercase().replace('_', "-") == "index-url";
        let all = entries(&text, &['=', ':']).filter(|entry| entry.section == section && is_one(entry.key));
        all.last().and_then(|entry| first(entry.value))
    };
    of("install").or_else(|| of("global"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_found_in_the_sections_that_count() {
        let text = "[global]\nindex-url = https://a.example/simple\nextra-index-url = https://evil.example\n";
        assert_eq!(index_url(text).as_deref(), Some("https://a.example/simple"));
        let more =
            format!("{text}[install]\nIndex_URL: https://b.example\n[list]\nindex-url=https://c.example\n");
        assert_eq!(index_url(&more).as_deref(), Some("https://b.example"));
        let below = "[global]\nindex-url =\n    https://d.example\n    https://e.example\n";
        assert_eq!(index_url(below).as_deref(), Some("https://d.example"));
        assert_eq!(index_url("index-url = https://a.example\n[global]\nindex-url =\n"), None);
    }

    #[cfg(not(any(windows, target_os = "macos")))]
    #[test]
    fn the_nearest_file_counts_most() {
        let path = |text: &str| Some(PathBuf::from(text));
        let shown = |places: &Places| {
            places.files().iter().map(|file| file.display().to_string()).collect::<Vec<_>>()
        };
        let places = Places { home: path("/h"), virtual_environment: path("/v"), ..Places::default() };
        assert_eq!(
            shown(&places),
            [
                "/v/pip.conf",
                "/h/.config/pip/pip.conf",
                "/h/.pip/pip.conf",
                "/etc/pip.conf",
                "/etc/xdg/pip/pip.conf"
            ]
        );
        let given = Places { given: path("/"), ..places };
        assert_eq!(shown(&given), ["/", "/v/pip.conf", "/etc/pip.conf", "/etc/xdg/pip/pip.conf"]);
        assert!(shown(&Places { given: path("/dev/null"), ..given }).is_empty());
    }
}
