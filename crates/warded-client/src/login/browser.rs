//! Which program shows a page to the user?

use std::process::Stdio;

use tokio::process::Command;

/// How a page is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Opener {
    /// By the system's own opener.
    #[default]
    System,
    /// By a command of the user's, the URL as its last argument.
    Command(Vec<String>),
    /// Not at all: the user takes the URL from the terminal.
    Nobody,
}

impl Opener {
    /// Reads a command; it is split at blanks and no shell sees it, so that a URL cannot become a command.
    pub fn command(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        (!words.is_empty()).then_some(Self::Command(words))
    }

    /// Starts the program and leaves it to itself. Its output would mix with a protocol, so it has none.
    pub(crate) fn open(&self, url: &str) -> Result<(), String> {
        let words = match self {
            Self::Nobody => return Ok(()),
            Self::System => system(),
            Self::Command(words) => words.clone(),
        };
        let Some((program, arguments)) = words.split_first() else {
            return Ok(());
        };
        let mut child = Command::new(program)
            .args(arguments)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("`{program}`: {error}"))?;
        // Somebody must wait for it, or it stays as a zombie until the bridge ends.
        tokio::spawn(async move { child.wait().await.ok() });
        Ok(())
    }
}

fn system() -> Vec<String> {
    let words: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(windows) {
        // `start` belongs to a shell that would read the `&` of a URL.
        &["rundll32", "url.dll,FileProtocolHandler"]
    } else {
        &["xdg-open"]
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_at_blanks_and_nothing_else() {
        let words =
            |words: &[&str]| Some(Opener::Command(words.iter().map(|word| (*word).to_owned()).collect()));
        assert_eq!(Opener::command("node  browser.mjs"), words(&["node", "browser.mjs"]));
        assert_eq!(Opener::command("sh -c 'x'"), words(&["sh", "-c", "'x'"]));
        assert_eq!(Opener::command("  "), None);
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let opener = Opener::Command(vec!["/nonexistent/browser".to_owned()]);
        assert!(opener.open("https://login.example.com").unwrap_err().contains("/nonexistent/browser"));
    }
}
