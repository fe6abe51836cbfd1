//! Which texts does a regular expression mean? Those that Go's `regexp` says (RE2's syntax), in time that is linear in the
//! text.
//!
//! The `regex` crate reads some spellings otherwise: `[a&&b]` and `[[a]` as sets of sets, `\<` as the beginning of a word,
//! `\d` as any digit of Unicode. So each expression is written anew, in the words that both read alike.

mod class;
mod escape;
mod translate;

use regex::{Regex, RegexBuilder};

/// A longer one is no expression that somebody wrote.
const MAX_BYTES: usize = 1 << 16;
/// How large an expression may become, compiled: a `.{1000}` does not fit, a list of thousand words does.
const MAX_COMPILED: usize = 1 << 20;
/// What searching may keep for later, for each expression.
const MAX_CACHE: usize = 1 << 18;
/// The smallest that is told from others.
const SMALL: usize = 1 << 12;

/// Compiles an expression as Go reads it; or says why it does not.
pub(crate) fn compile(expression: &str) -> Result<Regex, String> {
    within(expression, MAX_COMPILED)
}

fn within(expression: &str, limit: usize) -> Result<Regex, String> {
    if expression.len() > MAX_BYTES {
        return Err(format!("is longer than {MAX_BYTES} bytes"));
    }
    let translated = translate::translate(expression)?;
    let built = RegexBuilder::new(&translated).size_limit(limit).dfa_size_limit(MAX_CACHE).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "is too large when it is compiled".to_owned(),
        regex::Error::Syntax(text) => {
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
        _ => "does not compile".to_owned(),
    })
}

/// An expression that is ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    regex: Regex,
    /// How large it is, compiled, at most.
    pub(crate) size: usize,
}

impl Expression {
    pub(crate) fn of(expression: &str) -> Result<Self, String> {
        // How large it is tells how slow it may become; the crate says only whether it fits.
        let mut size = SMALL;
        loop {
            match within(expression, size) {
                Ok(regex) => return Ok(Self { regex, size }),
                Err(why) if size == MAX_COMPILED => return Err(why),
                Err(_) => size *= 4,
            }
        }
    }

    /// How many steps it takes to ask of so many bytes. Searching goes through each state for each byte, at worst.
    pub(crate) fn steps(&self, bytes: usize) -> usize {
        1 + (bytes / 4).saturating_mul(self.size / SMALL)
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

#[cfg(test)]
mod tests;
