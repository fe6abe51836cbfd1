//! What can stand in a policy file? The tables that the reader itself reads by, for pages that show them.

mod keys;
mod operators;

pub(crate) use keys::{CONDITION, FILE, RULE, SECTION, STATE};
pub use keys::{Key, Level, Origin};
pub use operators::Operator;

use crate::{Code, finding::table, path::LEAVES};

/// A path, and what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct KnownPath {
    /// As it is written, with capitals where the author chooses.
    pub path: &'static str,
    /// What stands there.
    pub meaning: &'static str,
    /// Whether Intercept has it too.
    pub is_intercepts: bool,
}

/// Everything that a page about the format lists.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct Reference {
    /// The keys, by the mapping in which they stand.
    pub levels: &'static [Level],
    /// The operators of conditions.
    pub operators: &'static [Operator],
    /// The paths of conditions and of `${...}`.
    pub paths: Vec<KnownPath>,
    /// Everything that can be found.
    pub codes: &'static [&'static Code],
}

/// Everything that a page about the format lists.
pub fn reference() -> Reference {
    let known = |path, meaning, is_intercepts| KnownPath { path, meaning, is_intercepts };
    let mut paths = vec![
        known(
            "args.NAME",
            "An argument of the call, and whatever stands in it: `args.a.b`, `args.list[0]`, `args[\"a.b\"]`.",
            true,
        ),
        known(
            "state.TOOL.COUNTER",
            "How much a counter has come to in its window; `state._global.COUNTER` of `*`.",
            true,
        ),
        known("auth.claims.NAME", "A claim of the token, as it stands there, verified.", false),
    ];
    paths.extend(LEAVES.iter().map(|leaf| known(leaf.path, leaf.meaning, false)));
    Reference { levels: &keys::LEVELS, operators: &operators::OPERATORS, paths, codes: &table::ALL }
}
