//! What does a user send to a server that knows no OAuth? Header fields whose values are in a file or a variable.

use std::{fmt, path::Path, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use warded_client::{channel::Fixed, secret::Secret};
use zeroize::Zeroizing;

use crate::environment;

/// Header fields of the user's own.
#[derive(Debug, Args)]
pub(super) struct Headers {
    /// A header for the server, and for nobody else, with what is in a variable or a file: `X-Api-Key=env:NOTES_KEY`,
    /// `Authorization=file:/run/secrets/notes`. With `Authorization`, nobody is asked for a token
    #[arg(long, value_name = "NAME=env:VAR|file:PATH", value_parser = given)]
    header: Vec<Given>,
}

/// What somebody wrote. It may be a secret, where they did not know better.
#[derive(Clone)]
struct Given(Zeroizing<String>);

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given")
    }
}

/// It is read later: whoever reads arguments repeats a wrong one on the terminal.
#[expect(clippy::unnecessary_wraps, reason = "what reads arguments may fail, and this does not")]
fn given(text: &str) -> Result<Given, std::convert::Infallible> {
    Ok(Given(Zeroizing::new(text.to_owned())))
}

impl Headers {
    pub(super) fn fixed(&self) -> anyhow::Result<Fixed> {
        self.header.iter().try_fold(Fixed::default(), |fixed, Given(text)| {
            let (name, place) = text.split_once('=').unwrap_or((text, ""));
            let value = place_of(place).context(
                "--header says where its value is and not what it is, since every program of this machine sees a command \
                 line: NAME=env:VAR or NAME=file:PATH",
            )?;
            let fixed = fixed.with(name, value.clone()).context("--header")?;
            // It is read each time that it is sent; that it is not there at all is said at once.
            value.read().context("--header")?;
            Ok(fixed)
        })
    }
}

fn place_of(place: &str) -> Option<Secret> {
    if let Some(path) = place.strip_prefix("file:").filter(|path| !path.is_empty()) {
        return Some(Secret::in_file(Path::new(path)));
    }
    let name = place.strip_prefix("env:").filter(|name| !name.is_empty())?.to_owned();
    let read = move || environment::secret(&name).ok_or_else(|| "there is no such variable".to_owned());
    Some(Secret::of(place, Arc::new(read)))
}
