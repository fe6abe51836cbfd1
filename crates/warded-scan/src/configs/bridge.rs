//! Programs that are fetched and run when a server starts, above all the bridges that hold its token.

use super::words::Word;

/// Bridges between a client that starts programs and a server on a network.
const BRIDGES: &[&str] =
    &["mcp-remote", "supergateway", "mcp-proxy", "mcp-remote-client", "@modelcontextprotocol/client-cli"];

/// Tags that name another version tomorrow.
const MOVING: &[&str] = &["latest", "next", "beta", "alpha", "canary", "main", "nightly", "rc", "dev"];

/// A package that is fetched to be run.
pub(crate) struct Package<'w> {
    pub(crate) word: &'w Word,
    pub(crate) name: String,
    version: Option<String>,
    is_python: bool,
}

/// The bridge that a command starts, by whatever means.
pub(crate) fn bridge(words: &[Word]) -> Option<&'static str> {
    words.iter().find_map(|word| {
        let text = word.text.value.as_str();
        let file = text.rsplit(['/', '\\']).next().unwrap_or(text);
        BRIDGES.iter().find(|name| is_package(text, name) || is_package(file, name)).copied()
    })
}

fn is_package(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '=']))
}

/// The packages that a command fetches.
pub(crate) fn packages(words: &[Word]) -> Vec<Package<'_>> {
    let runs = |word: &Word| {
        let name = word.text.value.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.trim_end_matches(".cmd").trim_end_matches(".exe");
        match name {
            "npx" | "bunx" | "pnpx" => Some((false, "")),
            "npm" => Some((false, "exec")),
            "pnpm" | "yarn" => Some((false, "dlx")),
            "bun" => Some((false, "x")),
            "uvx" => Some((true, "")),
            "pipx" => Some((true, "run")),
            _ => None,
        }
    };
    let Some((at, (is_python, verb))) =
        words.iter().enumerate().find_map(|(at, word)| Some((at, runs(word)?)))
    else {
        return Vec::new();
    };
    let mut rest = words.get(at + 1..).unwrap_or_default().iter();
    if !verb.is_empty() && rest.next().is_none_or(|word| word.text.value != verb) {
        return Vec::new();
    }
    let mut all = Vec::new();
    while let Some(word) = rest.next() {
        match word.text.value.as_str() {
            "-p" | "--package" | "--from" | "--spec" | "--with" => {
                all.extend(rest.next().map(|word| package(word, &word.text.value, is_python)));
            }
            "--python" | "--registry" | "-c" | "--call" | "--index-url" => drop(rest.next()),
            text => match text.strip_prefix("--package=").or_else(|| text.strip_prefix("--from=")) {
                Some(named) => all.push(package(word, named, is_python)),
                None if text.starts_with('-') => {}
                None => {
                    // Where a package was named, this is the program in it.
                    if all.is_empty() {
                        all.push(package(word, text, is_python));
                    }
                    break;
                }
            },
        }
    }
    all
}

fn package<'w>(word: &'w Word, text: &str, is_python: bool) -> Package<'w> {
    let scope = usize::from(text.starts_with('@'));
    let cut = if is_python { text.find(['@', '=', '<', '>', '~', '!', '[']) } else { None };
    let cut = cut.or_else(|| text.get(scope..).and_then(|rest| rest.find('@')).map(|at| at + scope));
    let (name, version) = text.split_at_checked(cut.unwrap_or(text.len())).unwrap_or((text, ""));
    let version = (!version.is_empty()).then(|| version.to_owned());
    Package { word, name: name.to_owned(), version, is_python }
}

impl Package<'_> {
    pub(crate) fn is_bridge(&self) -> bool {
        BRIDGES.contains(&self.name.as_str())
    }

    /// Whether the same code is run each time.
    pub(crate) fn is_pinned(&self) -> bool {
        let Some(version) = &self.version else { return false };
        let number = if self.is_python {
            version.strip_prefix("==").or_else(|| version.strip_prefix('@'))
        } else {
            version.strip_prefix('@')
        };
        number.is_some_and(|number| {
            number.starts_with(|first: char| first.is_ascii_digit())
                && number.matches('.').count() >= 2
                && !number.contains(['*', 'x', 'X', ' ', '|', '<', '>', ','])
        })
    }

    /// Whether it is asked for by a name that is given to another version tomorrow.
    pub(crate) fn is_moving(&self) -> bool {
        let tag = self.version.as_deref().and_then(|version| version.strip_prefix('@'));
        tag.is_some_and(|tag| MOVING.contains(&tag))
    }
}
