//! What does `regex` match? RE2's syntax, as Go has it, in linear time, anywhere in the text.

use regex::{Regex, RegexBuilder};

mod re2;

/// How much memory one pattern may take once it is compiled, in bytes: `\pL{1000}` takes more.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// How much memory searching with it may keep for later, in bytes.
const MOST_KEPT: usize = 1 << 18;

/// How long a pattern may be, in bytes.
const LONGEST: usize = 16 * 1024;

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "whoever explains it must know each")]
pub enum InvalidPattern {
    /// It is longer than any pattern needs to be.
    #[error("a pattern is at most {LONGEST} bytes long")]
    TooLong,
    /// It is no pattern of RE2.
    #[error("not the syntax of RE2")]
    NotRe2,
    /// It does not compile, or only to more than it may take.
    #[error("{0}")]
    Syntax(regex::Error),
}

/// Compiles a pattern of the format that may take so many bytes once it is compiled. What it takes and what it matches is
/// what RE2 does: `\d` is ASCII, and so on.
pub(crate) fn within(pattern: &str, bytes: usize) -> Result<Regex, InvalidPattern> {
    if pattern.len() > LONGEST {
        return Err(InvalidPattern::TooLong);
    }
    let spelled = re2::translate(pattern).ok_or(InvalidPattern::NotRe2)?;
    let built = RegexBuilder::new(&spelled).size_limit(bytes).dfa_size_limit(MOST_KEPT).build();
    built.map_err(InvalidPattern::Syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(pattern: &str) -> Result<Regex, InvalidPattern> {
        within(pattern, MOST_BYTES)
    }

    /// One line each: the pattern, the text, and what Go's `regexp` says of them.
    const AS_GO_SAYS: &str = include_str!("pattern/as-go-says.tsv");

    #[test]
    fn patterns_match_what_they_match_in_go() {
        let mut lines = 0;
        let mut differing = Vec::new();
        for line in AS_GO_SAYS.lines() {
            let mut parts = line.split('\t').map(|part| serde_json::from_str::<String>(part).unwrap());
            let (pattern, text, go) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            let ours = match compile(&pattern) {
                Ok(regex) => regex.is_match(&text).to_string(),
                Err(_) => "invalid".to_owned(),
            };
            if ours != go {
                differing.push(format!("{pattern} on {text:?}: {ours}, in Go {go}"));
            }
            lines += 1;
        }
        assert!(differing.is_empty(), "{differing:#?}");
        assert!(lines > 200, "{lines} lines only");
    }

    /// As Go 1.26 has them.
    #[test]
    fn a_property_may_be_negated_in_its_braces() {
        for (pattern, text, is_match) in [
            (r"\p{^L}", "a", false),
            (r"\p{^L}", "1", true),
            (r"\P{^L}", "a", true),
            (r"\P{^L}", "1", false),
            (r"[\p{^L}]", "1", true),
            (r"^[^\p{^Greek}]$", "\u{3b1}", true),
        ] {
            assert_eq!(compile(pattern).unwrap().is_match(text), is_match, "{pattern} {text}");
        }
    }

    /// As Go 1.26 has them.
    #[test]
    fn what_repeats_in_itself_repeats_a_thousand_times_at_most() {
        for (pattern, is_taken) in [
            ("(a{100}){10}", true),
            ("(a{100}){11}", false),
            ("(a{100}){100}", false),
            ("(b|(a{10}c){10}){10}", true),
            ("(b|(a{10}c){10}){11}", false),
            ("(a{100}b{100}c){10}", true),
            ("(?:a{100})*", true),
            ("((a{100})*){11}", false),
            ("(a{2,}){500}", true),
            ("(a{2,}){501}", false),
            ("(a{0,2}){501}", false),
            ("(a{1000}){0,1}", true),
            ("((a{1000}){0}){1000}", true),
            ("(a{1000}){1,}", true),
            ("(?i)(?)a{1000}(?:b)(c){1000}", true),
            ("(?P<n>a{100}){11}", false),
            (r"\(a{100}\){11}[(]", true),
            (r"\Q(\Ea{1000}b{1000}", true),
        ] {
            assert_eq!(compile(pattern).is_ok(), is_taken, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_takes_too_much_is_refused() {
        assert!(matches!(compile(r"(\pL{100}){10}"), Err(InvalidPattern::Syntax(_))));
        assert!(matches!(compile(r"(\p{Lu}\PN){500}"), Err(InvalidPattern::Syntax(_))));
        assert!(matches!(compile(&"(".repeat(1_000)), Err(InvalidPattern::Syntax(_))));
        let nested = format!("{}a{}", "(".repeat(500), ")".repeat(500));
        assert!(matches!(compile(&nested), Err(InvalidPattern::Syntax(_))));
        assert_eq!(compile(&"a".repeat(LONGEST + 1)).err(), Some(InvalidPattern::TooLong));
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_makes_it_panic(pattern in r"[\\\[\](){}|*+?.^$dDwWsSbBQE&~a-c0-2,:P<>é-]{0,24}") {
            drop(compile(&pattern));
        }
    }
}
