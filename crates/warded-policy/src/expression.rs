//! How much work is it to search for a regular expression? Its size tells, since each letter of a text may lead through
//! every state of it.

use regex::Regex;

use crate::{
    InvalidPattern,
    pattern::{MOST_BYTES, within},
};

/// The smallest size that is told from others.
const SMALLEST: usize = 1 << 9;

/// What one takes besides, as long as it is kept.
const BESIDES: usize = 1 << 12;

/// How many steps it takes to ask of one byte, for each KiB of the expression. A text can be made for an expression so that
/// nothing that was learned of it is of use for the next letter, and then each letter takes some 100 ns for each KiB.
const STEPS: usize = 6;

/// An expression that is ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    regex: Regex,
    /// How large it is, compiled, at most.
    size: usize,
}

impl Expression {
    pub(crate) fn of(expression: &str) -> Result<Self, InvalidPattern> {
        // The crate does not say how large it is, but whether it fits.
        let mut size = SMALLEST;
        loop {
            match within(expression, size) {
                Ok(regex) => return Ok(Self { regex, size }),
                Err(InvalidPattern::Syntax(regex::Error::CompiledTooBig(_))) if size < MOST_BYTES => {
                    size *= 2;
                }
                Err(why) => return Err(why),
            }
        }
    }

    /// How much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.size + BESIDES
    }

    /// How many steps it takes to ask of so many bytes.
    pub(crate) fn steps(&self, bytes: usize) -> usize {
        1 + bytes.saturating_mul(STEPS * self.size / 1024)
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_expression_takes_more_steps() {
        let (small, large) = (Expression::of("^a").unwrap(), Expression::of(r"\pL{10}").unwrap());
        assert_eq!(small.steps(400), 1_201);
        assert!(large.steps(400) > 100 * small.steps(400), "{}", large.size);
    }

    #[test]
    fn an_expression_that_is_twice_as_large_takes_twice_as_many_steps() {
        let steps =
            |times: usize| Expression::of(&format!("(?:a|b)*a(?:a|b){{{times}}}c")).unwrap().steps(100);
        for times in [20, 40, 80, 160, 320] {
            assert_eq!(steps(2 * times) - 1, 2 * (steps(times) - 1), "{times}");
        }
    }

    #[test]
    fn what_is_too_large_is_none() {
        let too_large = Expression::of(r"\pL{1000}");
        assert!(matches!(too_large, Err(InvalidPattern::Syntax(regex::Error::CompiledTooBig(_)))));
    }
}
