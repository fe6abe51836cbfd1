//! What is wrong with conditions.

use crate::{Code, Severity};

pub(crate) static PATH: Code = Code {
    code: "policy-path",
    severity: Severity::Error,
    meaning: "Nothing stands at such a path.",
    advice: "Paths begin with `args.`, `state.`, `auth.`, `server.`, `client.`, `request.` or `time.`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: amount, op: lt, value: 5 }] }\n",
};

pub(crate) static BRACKETS: Code = Code {
    code: "policy-brackets",
    severity: Severity::Note,
    meaning: "A bracket in a path leads into a list, or to a key in quotes. In Intercept it is a part of the key.",
    advice: "Nothing is to be done, unless a key has a bracket in its name: then quote it, `args[\"a[0]\"]`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: \"args.a[0]\", op: eq, value: 5 }] }\n",
};

pub(crate) static OP: Code = Code {
    code: "policy-op",
    severity: Severity::Error,
    meaning: "An operator is not known.",
    advice: "Take one that is.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: equals, value: 5 }] }\n",
};

pub(crate) static TEMPLATE: Code = Code {
    code: "policy-template",
    severity: Severity::Error,
    meaning: "A `${...}` in a value is no path.",
    advice: "Write `$${` where the text itself has a `${`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: eq, value: \"${HOME}\" }] }\n",
};

pub(crate) static REGEX: Code = Code {
    code: "policy-regex",
    severity: Severity::Error,
    meaning: "A pattern does not compile, or only to more than a pattern may take.",
    advice: "Write it in RE2's syntax: it has no lookaround and no back-references.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: regex, value: \"(?=a)\" }] }\n",
};

pub(crate) static NUMBER: Code = Code {
    code: "policy-number",
    severity: Severity::Error,
    meaning: "A value is a number that no call can have.",
    advice: "Write a number with digits.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: lt, value: .inf }] }\n",
};

pub(crate) static NEVER: Code = Code {
    code: "policy-never",
    severity: Severity::Warning,
    meaning: "A condition never holds: an evaluating rule denies every call by it, and a rule that asks for approval never does.",
    advice: "Compare with something that can stand there, or remove the condition.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: in, value: [] }] }\n",
};

pub(crate) static ALWAYS: Code = Code {
    code: "policy-always",
    severity: Severity::Warning,
    meaning: "A condition always holds.",
    advice: "Put something into the list, or remove the condition.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: not_in, value: [] }] }\n",
};

pub(crate) static OCTAL: Code = Code {
    code: "policy-octal",
    severity: Severity::Warning,
    meaning: "A number with a zero in front is read in base 8, as Intercept does, and as few people do.",
    advice: "Write it without the zero, or with `0o`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.mode, op: eq, value: 0777 }] }\n",
};

pub(crate) static WORD: Code = Code {
    code: "policy-word",
    severity: Severity::Note,
    meaning: "`yes`, `no`, `on` and `off` are texts here, as in Intercept, and booleans for other readers of YAML.",
    advice: "Put it in quotes, or write `true` or `false`.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: eq, value: yes }] }\n",
};

pub(crate) static DATE: Code = Code {
    code: "policy-date",
    severity: Severity::Note,
    meaning: "A date without quotes is a text here. Intercept makes a point in time of it, to which no argument is equal.",
    advice: "Put it in quotes.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: eq, value: 2026-11-22 }] }\n",
};

pub(crate) static EXACT: Code = Code {
    code: "policy-exact",
    severity: Severity::Note,
    meaning: "Numbers are compared and counted as they are written. Intercept rounds what has more digits than a float64, and cuts fractions off where it counts.",
    advice: "Nothing is to be done.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - { name: r, conditions: [{ path: args.a, op: eq, value: 9007199254740993 }] }\n",
};
