//! What does the text of a policy file say, and everything that is wrong with it, all at once?

use crate::{Document, Finding, finding::table};

mod action;
mod condition;
mod counted;
mod doubt;
mod expect;
mod fields;
mod file;
mod findings;
mod gathered;
mod hide;
mod kind;
mod mention;
mod names;
mod patterns;
mod rate_limit;
mod rule;
mod section;
mod value;
mod yaml;

use findings::Findings;

/// The largest file that is read, in bytes.
pub const MAX_POLICY_BYTES: usize = 16 * 1024 * 1024;

/// How strictly a file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks chooses one of these")]
pub enum Reading {
    /// What is not understood is an error: whoever wrote it expects it to do something.
    #[default]
    Strict,
    /// Unknown keys, and what stands behind the first document, are passed over with a warning, as Intercept passes over
    /// them in silence.
    Lenient,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a file, or what is wrong with it, and often both")]
pub struct Read {
    /// What the file says; none where any of the findings is an error.
    pub document: Option<Document>,
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
}

/// Reads the text of a policy file.
pub fn read(source: &str, reading: Reading) -> Read {
    let mut found = Findings::new(reading);
    if source.len() > MAX_POLICY_BYTES {
        let message = format!("the file is larger than {MAX_POLICY_BYTES} bytes");
        found.say(Finding::new(&table::TOO_COMPLEX, 0..0, message, "not read"));
        return Read { document: None, findings: found.into_sorted() };
    }
    let document = match yaml::parse(source, &mut found) {
        Some(root) => file::document(&root, &mut found),
        None if found.has_error() => None,
        // Nothing but comments.
        None => {
            found.say(file::no_version(0..0));
            None
        }
    };
    let document = document.filter(|_| !found.has_error());
    Read { document, findings: found.into_sorted() }
}

#[cfg(test)]
mod tests;
