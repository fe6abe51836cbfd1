//! What is wrong with rules.

use crate::{Code, Severity};

pub(crate) static NAMELESS: Code = Code {
    code: "policy-nameless",
    severity: Severity::Warning,
    meaning: "A rule has no name, so that messages and records can only say where it stood. Intercept's pages have such rules, and the version of it that can be read refuses them.",
    advice: "Add `name:`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - action: deny\n",
};

pub(crate) static ACTION: Code = Code {
    code: "policy-action",
    severity: Severity::Error,
    meaning: "A rule does something that is not known.",
    advice: "Possible are `evaluate`, `deny` and `require_approval`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: block }\n",
};

pub(crate) static PROVISIONAL: Code = Code {
    code: "policy-provisional",
    severity: Severity::Note,
    meaning: "A key is known from Intercept's pages only. It does what they say, and may change as they do.",
    advice: "Nothing is to be done.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: require_approval }\n",
};

pub(crate) static DURATION: Code = Code {
    code: "policy-duration",
    severity: Severity::Error,
    meaning: "A duration is not spelled as in Go, or is none that anybody waits for.",
    advice: "Write `30m`, `90s` or `1h30m`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: require_approval, approval_timeout: 30 }\n",
};

pub(crate) static TIMEOUT_UNUSED: Code = Code {
    code: "policy-timeout-unused",
    severity: Severity::Warning,
    meaning: "`approval_timeout` stands at a rule that holds no call.",
    advice: "Write `action: require_approval`, or remove it.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: deny, approval_timeout: 10m }\n",
};

pub(crate) static RATE_LIMIT: Code = Code {
    code: "policy-rate-limit",
    severity: Severity::Error,
    meaning: "A rate limit is a whole number, a slash and `minute`, `hour` or `day`.",
    advice: "Write `rate_limit: 5/minute`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, rate_limit: 5 / minute }\n",
};

pub(crate) static RATE_LIMIT_BESIDE: Code = Code {
    code: "policy-rate-limit-beside",
    severity: Severity::Error,
    meaning: "`rate_limit` is short for a counter and a condition, so neither these nor another action stands beside it.",
    advice: "Make two rules of it.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: deny, rate_limit: 5/minute }\n",
};

pub(crate) static NO_RATE_LIMIT: Code = Code {
    code: "policy-no-rate-limit",
    severity: Severity::Error,
    meaning: "`per` and `sliding` of a rule say how its `rate_limit` counts.",
    advice: "Add `rate_limit`, or move the key into `state`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: deny, per: subject }\n",
};

pub(crate) static IDLE: Code = Code {
    code: "policy-idle",
    severity: Severity::Warning,
    meaning: "A rule evaluates, and has nothing to evaluate.",
    advice: "Add `conditions`, write `action: deny`, or remove the rule.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, on_deny: no }\n",
};

pub(crate) static DENY_CONDITIONS: Code = Code {
    code: "policy-deny-conditions",
    severity: Severity::Warning,
    meaning: "A rule that denies does so whatever its conditions say.",
    advice: "To deny where something holds, write `action: evaluate` and a condition that holds where it may pass, such as `neq`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: deny, conditions: [{ path: args.a, op: eq, value: 1 }] }\n",
};

pub(crate) static UNREACHABLE: Code = Code {
    code: "policy-unreachable",
    severity: Severity::Warning,
    meaning: "A rule stands behind one that denies every call.",
    advice: "Move it up, or remove it.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: a, action: deny }\n      - { name: b, action: deny }\n",
};
