//! `warded completions`: completion scripts for shells.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::{Answer, Cli};

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded completions bash > /etc/bash_completion.d/warded
  warded completions zsh > \"${fpath[1]}/_warded\"
  warded completions fish > ~/.config/fish/completions/warded.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Answer {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "warded", &mut script);
        Answer::of(String::from_utf8_lossy(&script))
    }
}
