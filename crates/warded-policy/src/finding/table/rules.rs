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
    meaning: "A rate limit is a whole number above zero, a slash and `minute`, `hour` or `day`.",
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
    severity: Severity::Error,
    meaning: "A rule evaluates, and has nothing to evaluate: it would let everything pass. Intercept refuses it, too.",
    advice: "Add `conditions`, write `action: deny`, or remove the rule.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, on_deny: no }\n",
};

pub(crate) static HELD_STATE: Code = Code {
    code: "policy-held-state",
    severity: Severity::Error,
    meaning: "A rule that asks for approval keeps a counter, and such a rule counts nothing.",
    advice: "Count in a rule of its own, with `action: evaluate`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, action: require_approval, state: { counter: c, window: day }, conditions: [{ path: state.t.c, op: gt, value: 5 }] }\n",
};

pub(crate) static HELD_BY_COUNTER: Code = Code {
    code: "policy-held-by-counter",
    severity: Severity::Warning,
    meaning: "A rule asks for approval by what was counted before the call: neither what the call itself takes nor what calls at the same time take is in it.",
    advice: "Ask for approval by the amount of the call itself, and limit what is spent with `lte` in a rule that evaluates.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: a, state: { counter: c, window: day, increment_from: args.n }, conditions: [{ path: state.t.c, op: lte, value: 500 }] }\n      - { name: b, action: require_approval, conditions: [{ path: state.t.c, op: gt, value: 100 }] }\n",
};

pub(crate) static DENY_CONDITIONS: Code = Code {
    code: "policy-deny-conditions",
    severity: Severity::Error,
    meaning: "A rule that denies has conditions, and would deny whatever they say. Intercept refuses it, too.",
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
