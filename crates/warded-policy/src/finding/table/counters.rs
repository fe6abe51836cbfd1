//! What is wrong with counters.

use crate::{Code, Severity};

pub(crate) static NOT_COUNTED: Code = Code {
    code: "policy-not-counted",
    severity: Severity::Error,
    meaning: "A condition compares a counter that no rule of that section counts.",
    advice: "Add `state` to a rule of it, or name another counter.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: state.t.n, op: lte, value: 5 }] }\n",
};

pub(crate) static COUNTER_TWICE: Code = Code {
    code: "policy-counter-twice",
    severity: Severity::Error,
    meaning: "Two rules of a section have a counter of one name, even if for different times. Each call would be counted twice.",
    advice: "Give each a name of its own.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: a, rate_limit: 5/minute }\n      - { name: b, rate_limit: 6/minute }\n",
};

pub(crate) static WINDOW: Code = Code {
    code: "policy-window",
    severity: Severity::Error,
    meaning: "A counter counts for a minute, an hour or a day.",
    advice: "Write `window: minute`, `window: hour` or `window: day`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, state: { counter: n, window: week } }\n",
};

pub(crate) static INCREMENT_FROM: Code = Code {
    code: "policy-increment-from",
    severity: Severity::Error,
    meaning: "How much a call counts for stands in its arguments. A resource has none.",
    advice: "Write `increment_from: args.NAME`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, state: { counter: n, window: day, increment_from: auth.claims.n } }\n",
};

pub(crate) static INCREMENT_TWICE: Code = Code {
    code: "policy-increment-twice",
    severity: Severity::Warning,
    meaning: "`increment_from` counts, and `increment` beside it does not.",
    advice: "Remove one of both.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: state.t.n, op: lte, value: 5 }], state: { counter: n, window: day, increment: 2, increment_from: args.n } }\n",
};

pub(crate) static INCREMENT_ZERO: Code = Code {
    code: "policy-increment-zero",
    severity: Severity::Warning,
    meaning: "An increment of nothing counts as 1, as in Intercept.",
    advice: "Write `increment: 1`, or leave it out.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: state.t.n, op: lte, value: 5 }], state: { counter: n, window: day, increment: 0 } }\n",
};

pub(crate) static INCREMENT_NEGATIVE: Code = Code {
    code: "policy-increment-negative",
    severity: Severity::Warning,
    meaning: "A negative increment counts as 0. In Intercept it fills a budget up again, for whoever makes the call.",
    advice: "Write a positive number.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: state.t.n, op: lte, value: 5 }], state: { counter: n, window: day, increment: -5 } }\n",
};

pub(crate) static TOO_MUCH: Code = Code {
    code: "policy-too-much",
    severity: Severity::Error,
    meaning: "An increment or a limit is more than a counter can come to: counters count in millionths, up to 9223372036854.775806.",
    advice: "Count in a larger unit, or take a lower number.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, rate_limit: 9223372036855/day }\n",
};

pub(crate) static PER: Code = Code {
    code: "policy-per",
    severity: Severity::Error,
    meaning: "A counter is a subject's, a client's, a token's or a server's.",
    advice: "Write `per: subject`, `client`, `token` or `server`, or a list of these.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, rate_limit: 5/minute, per: user }\n",
};

pub(crate) static UNCOUNTED: Code = Code {
    code: "policy-uncounted",
    severity: Severity::Warning,
    meaning: "A counter counts only where its own rule limits it, by `lt` or `lte` and a number.",
    advice: "Add a condition on it to this rule.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: lt, value: 5 }], state: { counter: n, window: day } }\n",
};

pub(crate) static NOTHING_PASSES: Code = Code {
    code: "policy-nothing-passes",
    severity: Severity::Warning,
    meaning: "A limit of nothing, or of less, lets no call pass.",
    advice: "Write `action: deny`, which says so.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: state.t.n, op: lte, value: 0 }], state: { counter: n, window: day } }\n",
};

pub(crate) static GLOBAL: Code = Code {
    code: "policy-global",
    severity: Severity::Warning,
    meaning: "A tool is named as the counters of `*` are called. Its own are apart here; in Intercept they would be the same.",
    advice: "Write `state[\"_global\"].COUNTER` for the tool, and `state._global.COUNTER` for `*`.",
    example: "version: \"1\"\ntools:\n  _global:\n    rules:\n      - { name: r, rate_limit: 5/minute }\n",
};
