//! What is wrong with the policies that a configuration names. What is wrong in them has codes of the policies' own.

use std::sync::LazyLock;

use warded_policy::reference;

use crate::finding::{Rule, Severity};

pub(crate) static POLICY_FILE_INVALID: Rule = Rule {
    code: "policy-file-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A policy file that the configuration names cannot be read, is not UTF-8 or too large, or stands twice among those of one server. Without its policy a server would let everything pass that has a token.",
    advice: "Check the path, which is seen from the folder of the configuration, and name each file once.",
    example: "`policy: nowhere.yaml`",
};

pub(crate) static POLICY_INVALID: Rule = Rule {
    code: "policy-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "The policy files of a server make no policy together: one alone may be good, and all of them too much for one call.",
    advice: "Look at the place that is shown; `warded policy check` looks at one file alone.",
    example: "two files of a server that limit one tool by counters of one name",
};

/// What can be found in policy files.
static OF_POLICIES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rule = |code: &&warded_policy::Code| Rule {
        code: code.code,
        severity: severity(code.severity),
        fatal: false,
        meaning: code.meaning,
        advice: code.advice,
        example: code.example,
    };
    reference().codes.iter().map(rule).collect()
});

impl Rule {
    /// What of this code can be found in policy files.
    pub(crate) fn of_policy(code: &str) -> Option<&'static Self> {
        OF_POLICIES.iter().find(|rule| rule.code == code)
    }
}

/// How bad it is, among everything that can be found.
const fn severity(severity: warded_policy::Severity) -> Severity {
    match severity {
        warded_policy::Severity::Error => Severity::High,
        warded_policy::Severity::Warning => Severity::Medium,
        warded_policy::Severity::Note => Severity::Note,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_in_a_policy_is_told_from_what_is_found_in_a_configuration() {
        for rule in OF_POLICIES.iter() {
            assert_eq!(Rule::find(rule.code), None, "{} would mean two things", rule.code);
        }
        assert!(Rule::of_policy("policy-unknown-key").is_some_and(|rule| rule.severity == Severity::High));
    }
}
