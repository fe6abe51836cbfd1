//! A password comes from a prompt, standard input or a file, never from an argument: arguments stand in shell
//! histories and process lists.

use std::{
    fs::File,
    io::{IsTerminal as _, Read},
    path::Path,
};

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

/// More is no password.
const MAX_INPUT: u64 = 4096;

pub(super) fn read(name: &str, file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    match file {
        Some(path) if path != Path::new("-") => {
            let shown = path.display();
            let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
            first_line(file).with_context(|| format!("cannot read {shown}"))
        }
        None if std::io::stdin().is_terminal() => ask(name),
        _ => first_line(std::io::stdin()).context("cannot read the password from standard input"),
    }
}

fn first_line(from: impl Read) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    from.take(MAX_INPUT).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("there is no password in it");
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn ask(name: &str) -> anyhow::Result<Zeroizing<String>> {
    let shown = crate::report::escaped(name);
    let first = Zeroizing::new(rpassword::prompt_password(format!("Password for {shown}: "))?);
    let again = Zeroizing::new(rpassword::prompt_password("Once more: ")?);
    if *first != *again {
        bail!("the two differ; nothing was changed");
    }
    Ok(first)
}
