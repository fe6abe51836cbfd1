//! Does each pattern compile, and all of them together to no more than a policy may take?

use super::{
    findings::{Findings, shown},
    yaml::At,
};
use crate::{Finding, InvalidPattern, expression::Expression, finding::table, pattern::MOST_BYTES};

/// How much memory all patterns of a file may take once they are compiled, in bytes: ten thousand usual ones take less.
const MOST_TOGETHER: usize = 256 << 20;

/// The patterns of a file.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    bytes: usize,
}

impl Patterns {
    /// Whether one more compiles. One that is too large has taken as long as the largest.
    pub(super) fn compiles(&mut self, text: &str, at: At, found: &mut Findings) -> bool {
        if self.bytes > MOST_TOGETHER {
            return false;
        }
        let compiled = Expression::of(text);
        self.bytes += match &compiled {
            Ok(expression) => expression.bytes(),
            Err(InvalidPattern::Syntax(regex::Error::CompiledTooBig(_))) => MOST_BYTES,
            Err(_) => text.len(),
        };
        if let Err(why) = &compiled {
            found.say(invalid(text, why, at));
        }
        if self.bytes > MOST_TOGETHER {
            let message = "the patterns of the file take too much memory";
            found.say(Finding::new(&table::TOO_COMPLEX, at.range(), message, "here it became too much"));
        }
        compiled.is_ok()
    }
}

fn invalid(text: &str, why: &InvalidPattern, at: At) -> Finding {
    if let InvalidPattern::Syntax(regex::Error::CompiledTooBig(_)) = why {
        let message = format!("`{}` takes more than 1 MiB once it is compiled", shown(text));
        let finding = Finding::new(&table::REGEX, at.range(), message, "too large");
        return finding.help(
            "Repeat less, or classes of fewer letters: `[a-z]{1,50}` is small, and `\\pL{1,50}` is not.",
        );
    }
    // The crate's own text is of several lines, and shows the pattern as it was spelled anew.
    let why = why.to_string();
    let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
    let message = format!("`{}` is no pattern: {why}", shown(text));
    Finding::new(&table::REGEX, at.range(), message, "no pattern")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reading;

    const AT: At = At::nowhere();

    #[test]
    fn patterns_that_take_too_much_together_are_refused_and_said_so_once() {
        let mut found = Findings::new(Reading::Strict);
        let mut patterns = Patterns { bytes: MOST_TOGETHER - 10_000 };
        assert!(patterns.compiles("^a$", AT, &mut found));
        assert!(!found.has_error());
        for _ in 0..5 {
            patterns.compiles("^[a-z]+$", AT, &mut found);
        }
        let codes: Vec<_> = found.into_sorted().iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [table::TOO_COMPLEX.code]);
    }

    #[test]
    fn a_pattern_that_is_too_large_counts_as_the_largest() {
        let mut found = Findings::new(Reading::Strict);
        let mut patterns = Patterns::default();
        assert!(!patterns.compiles(r"\pL{1000}", AT, &mut found));
        assert_eq!(patterns.bytes, MOST_BYTES);
    }
}
