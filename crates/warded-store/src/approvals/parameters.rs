//! With what would a held call be made? Whoever approves it looks at it; of much, the two ends are kept, and a hash of all.

use std::{fmt, sync::Arc};

/// The parameters of a held call, as JSON, as far as they are kept.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever shows them must know each")]
pub enum Parameters {
    /// All of them.
    Whole(Arc<str>),
    /// The beginning and the end of many.
    Ends(Arc<Ends>),
}

/// What is kept of parameters that are too many to be kept.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever cuts them knows all of it")]
pub struct Ends {
    /// How they begin.
    pub first: Box<str>,
    /// How they end.
    pub last: Box<str>,
    /// How many bytes all of them are.
    pub bytes: u32,
    /// The SHA-256 of all of them.
    pub sha256: [u8; 32],
}

impl Parameters {
    /// All of them, or as much as fits into so many bytes: one half from the beginning and one from the end.
    pub fn kept(all: &str, sha256: [u8; 32], most: usize) -> Self {
        if all.len() <= most {
            return Self::Whole(all.into());
        }
        let first = all.get(..all.floor_char_boundary(most / 2)).unwrap_or_default();
        let last = all.get(all.ceil_char_boundary(all.len().saturating_sub(most / 2))..).unwrap_or_default();
        let bytes = u32::try_from(all.len()).unwrap_or(u32::MAX);
        Self::Ends(Arc::new(Ends { first: first.into(), last: last.into(), bytes, sha256 }))
    }
}

/// They are for whoever approves the call, and for no log.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Ends(_) => "Ends",
        })
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_much_both_ends_are_kept_and_no_letter_is_cut() {
        assert_eq!(Parameters::kept("éé", [1; 32], 4), Parameters::Whole("éé".into()));
        let Parameters::Ends(ends) = Parameters::kept("éabcdé", [1; 32], 6) else { panic!("cut") };
        assert_eq!((&*ends.first, &*ends.last, ends.bytes, ends.sha256), ("éa", "dé", 8, [1; 32]));
        let Parameters::Ends(ends) = Parameters::kept("aéabcéb", [1; 32], 4) else { panic!("cut") };
        assert_eq!((&*ends.first, &*ends.last), ("a", "b"));
        let said = format!("{ends:?} {:?}", Parameters::Whole("secret".into()));
        assert!(!said.contains("secret") && !said.contains('é'), "{said}");
    }
}
