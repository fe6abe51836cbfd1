//! Everything that can be found in a policy file: a stable code, what it means, what to do, and a file in which it is found.

use crate::Code;

mod conditions;
mod counters;
mod file;
mod names;
mod rules;

pub(crate) use conditions::{
    ALWAYS, BRACKETS, DATE, EXACT, NEVER, NUMBER, OCTAL, OP, PATH, REGEX, TEMPLATE, WORD,
};
pub(crate) use counters::{
    COUNTER_TWICE, GLOBAL, INCREMENT_FROM, INCREMENT_NEGATIVE, INCREMENT_TWICE, INCREMENT_ZERO, NOT_COUNTED,
    NOTHING_PASSES, PER, TOO_MUCH, UNCOUNTED, WINDOW,
};
pub(crate) use file::{
    APPROVALS, DEFAULT, DOCUMENTS, DUPLICATE_KEY, HIDE, LEFT_OUT, MISSING_KEY, TAG, TOO_COMPLEX, TYPE,
    UNKNOWN_KEY, VERSION, YAML,
};
pub(crate) use names::{BLANK_NAME, CASE, GOVERNS_NOTHING, HIDDEN_RULES, LISTS_NOTHING, PATTERN, SCOPE};
pub(crate) use rules::{
    ACTION, DENY_CONDITIONS, DURATION, HELD_BY_COUNTER, HELD_STATE, IDLE, NAMELESS, NO_RATE_LIMIT,
    PROVISIONAL, RATE_LIMIT, RATE_LIMIT_BESIDE, TIMEOUT_UNUSED, UNREACHABLE,
};

/// All of them.
pub(crate) static ALL: [&Code; 57] = [
    &YAML,
    &DOCUMENTS,
    &DUPLICATE_KEY,
    &TAG,
    &TOO_COMPLEX,
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &TYPE,
    &LEFT_OUT,
    &VERSION,
    &DEFAULT,
    &HIDE,
    &APPROVALS,
    &NAMELESS,
    &ACTION,
    &PROVISIONAL,
    &DURATION,
    &TIMEOUT_UNUSED,
    &RATE_LIMIT,
    &RATE_LIMIT_BESIDE,
    &NO_RATE_LIMIT,
    &IDLE,
    &HELD_STATE,
    &HELD_BY_COUNTER,
    &DENY_CONDITIONS,
    &UNREACHABLE,
    &PATH,
    &BRACKETS,
    &OP,
    &TEMPLATE,
    &REGEX,
    &NUMBER,
    &NEVER,
    &ALWAYS,
    &OCTAL,
    &WORD,
    &DATE,
    &EXACT,
    &NOT_COUNTED,
    &COUNTER_TWICE,
    &WINDOW,
    &INCREMENT_FROM,
    &INCREMENT_TWICE,
    &INCREMENT_ZERO,
    &INCREMENT_NEGATIVE,
    &TOO_MUCH,
    &PER,
    &UNCOUNTED,
    &NOTHING_PASSES,
    &GLOBAL,
    &CASE,
    &PATTERN,
    &BLANK_NAME,
    &HIDDEN_RULES,
    &LISTS_NOTHING,
    &GOVERNS_NOTHING,
    &SCOPE,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{Reading, read};

    #[test]
    fn each_example_is_found_to_be_what_it_is_an_example_of() {
        for code in ALL.iter().filter(|code| code.code != LEFT_OUT.code) {
            let read = read(code.example, Reading::Strict);
            let found = read.findings.iter().find(|finding| finding.code == code.code);
            let found = found.unwrap_or_else(|| panic!("{}: {:#?}", code.code, read.findings));
            assert_eq!(found.severity, code.severity, "{}", code.code);
            assert!(code.example.get(found.span.clone()).is_some(), "{}: {:?}", code.code, found.span);
            assert_eq!(read.document.is_some(), code.severity < crate::Severity::Error, "{}", code.code);
        }
    }

    #[test]
    fn codes_are_told_apart_and_say_what_to_do() {
        let codes: HashSet<_> = ALL.iter().map(|code| code.code).collect();
        assert_eq!(codes.len(), ALL.len());
        for code in ALL {
            assert!(code.code.starts_with("policy-"));
            assert!(code.meaning.ends_with('.') && code.advice.ends_with('.'), "{}", code.code);
        }
    }
}
