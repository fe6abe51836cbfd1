//! Which tools does nobody see?

use std::collections::HashSet;

use super::Bound;
use crate::{Hidden, Name, Undecided, glob::Glob, steps::Steps};

/// The names that are hidden.
#[derive(Debug, Default)]
pub(crate) struct Veil {
    exactly: HashSet<Box<str>>,
    like: Vec<Glob>,
}

impl Veil {
    pub(crate) fn of(hidden: &Hidden) -> Self {
        let mut veil = Self::default();
        let every = [Name::Every];
        let names = match hidden {
            Hidden::All => &every[..],
            Hidden::Named(names) => names,
        };
        for name in names {
            match name {
                Name::Exactly(name) => {
                    veil.exactly.insert(name.clone());
                }
                Name::Every | Name::Like(_) => veil.like.push(Glob::of(name.text())),
            }
        }
        veil
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.exactly.contains(name) || self.like.iter().any(|glob| glob.matches(name))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.exactly.is_empty() && self.like.is_empty()
    }

    /// Takes the steps for asking.
    pub(crate) fn look(&self, name: &str, steps: &mut Steps) -> Result<(), Undecided> {
        for glob in &self.like {
            steps.take(glob.parts())?;
            steps.read(name.len())?;
        }
        Ok(())
    }

    pub(crate) fn bound(&self) -> Bound {
        let parts: usize = self.like.iter().map(|glob| glob.parts() + 1).sum();
        let looks = 4 + u64::try_from(parts).unwrap_or(u64::MAX);
        Bound::new(looks, looks)
    }
}
