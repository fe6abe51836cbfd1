//! What is asked for.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::label::{Ecosystem, Half};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) halves: Vec<Half>,
    pub(super) ecosystems: Vec<Ecosystem>,
    /// Each wrong finding and each missed label, one by one.
    pub(super) list: bool,
    /// Only what lies in the same folders as something labelled: for whoever builds the scanner, and no score.
    pub(super) quick: bool,
    /// The largest packages instead of the labelled ones.
    pub(super) large: bool,
    /// How long one package may be looked at.
    pub(super) limit: Duration,
}

impl Arguments {
    pub(super) fn read(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut asked = Self {
            halves: Half::BOTH.to_vec(),
            ecosystems: Ecosystem::ALL.to_vec(),
            list: false,
            quick: false,
            large: false,
            limit: Duration::from_mins(5),
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} wants a value"));
            match *argument {
                "--half" => {
                    asked.halves = match *value()? {
                        "both" => Half::BOTH.to_vec(),
                        name => vec![
                            Half::BOTH
                                .into_iter()
                                .find(|half| half.name() == name)
                                .with_context(|| format!("`{name}` is no half: open, held, both"))?,
                        ],
                    }
                }
                "--ecosystem" => {
                    let names = value()?.split(',');
                    let known = names.map(|name| {
                        Ecosystem::named(name)
                            .with_context(|| format!("`{name}` is no ecosystem: pypi, npm, cargo, go, maven"))
                    });
                    asked.ecosystems = known.collect::<anyhow::Result<_>>()?;
                }
                "--seconds" => {
                    asked.limit = Duration::from_secs(value()?.parse().context("--seconds wants a number")?);
                }
                "--list" => asked.list = true,
                "--quick" => asked.quick = true,
                "--large" => asked.large = true,
                other => {
                    bail!("`{other}` is no option: --half, --ecosystem, --list, --quick, --large, --seconds")
                }
            }
        }
        // Whoever builds the scanner reads such a list, and must not see the other half.
        ensure!(!asked.list || asked.halves == [Half::Open], "--list goes with --half open only");
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Half};

    #[test]
    fn the_held_half_is_never_listed() {
        for halves in [&["--list"][..], &["--list", "--half", "held"], &["--list", "--half", "both"]] {
            assert!(Arguments::read(halves).unwrap_err().to_string().contains("open only"), "{halves:?}");
        }
        assert_eq!(Arguments::read(&["--list", "--half", "open"]).unwrap().halves, [Half::Open]);
    }

    #[test]
    fn what_is_not_known_is_told() {
        for wrong in [
            &["--half"][..],
            &["--half", "left"],
            &["--ecosystem", "pypi,nuget"],
            &["--seconds", "-1"],
            &["x"],
        ] {
            assert!(Arguments::read(wrong).is_err(), "{wrong:?}");
        }
    }
}
