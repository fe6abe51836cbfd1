//! A policy that is ready to be asked: compiled once from its files, never changed.

mod bound;
mod condition;
mod counter;
mod file;
mod operand;
mod reads;
mod refer;
mod rule;
mod section;
mod shared;
mod veil;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(crate) use bound::Bound;
pub(crate) use condition::{Condition, Source};
pub(crate) use file::File;
pub(crate) use operand::{Operand, Piece};
pub use reads::Fact;
pub(crate) use rule::{Counts, Increment, Rule};
pub(crate) use section::{Kind, Section, Sees};

use crate::{Document, Finding, MAX_STEPS, Place, Target, finding::table};

/// What becomes of calls, by some files.
#[derive(Debug, Default)]
pub struct Policy {
    pub(crate) files: Vec<File>,
    bound: Bound,
    reads: BTreeSet<Fact>,
}

/// One file of a policy.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever builds a policy must say all of it")]
pub struct Part<'d> {
    /// What it says.
    pub document: &'d Document,
    /// Whose policy it is.
    pub place: Place,
    /// What it is called where it refuses something.
    pub file: &'d str,
}

/// Why files make no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_structs, reason = "whoever tells it must know all of it")]
#[error("{file}: {}", finding.message)]
pub struct Unfit {
    /// In which file.
    pub file: Box<str>,
    /// What is wrong there.
    pub finding: Finding,
}

/// Which scopes calls take in addition, by name or pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "policies have these three sections")]
pub struct AddedScopes {
    /// Of tools.
    pub tools: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// Of resources.
    pub resources: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// Of prompts.
    pub prompts: BTreeMap<Box<str>, Vec<Box<str>>>,
}

impl Policy {
    /// Puts the files together. Each is asked in this order, and the first that denies ends it.
    pub fn of(parts: &[Part<'_>]) -> Result<Self, Box<Unfit>> {
        let mut shared = shared::Shared::default();
        let mut files = Vec::with_capacity(parts.len());
        let (mut files_bound, mut bound, mut counts) = (Bound::default(), Bound::default(), false);
        for part in parts {
            let unfit = |finding| Box::new(Unfit { file: part.file.into(), finding });
            let file = File::of(part, &mut shared).map_err(unfit)?;
            files_bound += file.bound();
            counts |= !file.counters.is_empty();
            bound = if counts { files_bound.twice() } else { files_bound };
            if bound.fixed > MAX_STEPS {
                let message = format!("one call may take more than {MAX_STEPS} steps to judge");
                let finding = Finding::new(&table::TOO_COMPLEX, 0..0, message, "with this file");
                let help = "Give the rules to single tools, so that fewer hold for one call.";
                return Err(unfit(finding.help(help)));
            }
            files.push(file);
        }
        let reads = Fact::ALL.into_iter().filter(|fact| files.iter().any(|file| file.reads(*fact))).collect();
        Ok(Self { files, bound, reads })
    }

    /// How many steps it takes at most to judge a call of so many bytes: its arguments, claims, names and everything else
    /// that is known of it. [`MAX_STEPS`], and as many again for what is only looked at, where only the call itself can tell.
    pub fn most_steps(&self, bytes: usize) -> u64 {
        self.bound.of(bytes).min(2 * MAX_STEPS)
    }

    /// Whether it says nothing of any call.
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(File::is_empty)
    }

    /// Whether nobody sees a tool of this name.
    pub fn hides(&self, tool: &str) -> bool {
        self.files.iter().any(|file| !file.is_shadow && file.hides(tool))
    }

    /// Whether it hides any tool.
    pub fn hides_some(&self) -> bool {
        self.files.iter().any(|file| !file.is_shadow && file.hides_some())
    }

    /// Whether any rule asks for this.
    pub fn reads(&self, fact: Fact) -> bool {
        self.reads.contains(&fact)
    }

    /// Whether it refuses nothing, whatever is called.
    pub fn only_looks(&self) -> bool {
        self.files.iter().all(|file| file.is_shadow || file.only_looks())
    }

    /// Whether a rule for this reads the arguments.
    pub fn reads_arguments(&self, target: Target<'_>) -> bool {
        self.files.iter().any(|file| file.sections(target).any(Section::reads_arguments))
    }

    /// Which scopes calls take in addition. Files that are only looked at add none.
    pub fn scopes(&self) -> AddedScopes {
        let mut added = AddedScopes::default();
        for file in self.files.iter().filter(|file| !file.is_shadow) {
            for (table, added) in [
                (&file.tools, &mut added.tools),
                (&file.resources, &mut added.resources),
                (&file.prompts, &mut added.prompts),
            ] {
                for section in table.all().filter(|section| !section.scopes.is_empty()) {
                    let scopes = added.entry((*section.name).into()).or_default();
                    scopes.extend(section.scopes.iter().cloned());
                    scopes.sort_unstable();
                    scopes.dedup();
                }
            }
        }
        added
    }

    /// The names of its files, in the order in which they are asked.
    pub fn files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.files.iter().map(|file| &file.name)
    }
}
