//! What is wrong with names and scopes.

use crate::{Code, Severity};

pub(crate) static CASE: Code = Code {
    code: "policy-case",
    severity: Severity::Warning,
    meaning: "Two names differ in case only. MCP takes them for two tools, and so does the policy.",
    advice: "Write both alike, if they were meant to be one.",
    example: "version: \"1\"\ntools: { Delete: {}, delete: {} }\n",
};

pub(crate) static PATTERN: Code = Code {
    code: "policy-pattern",
    severity: Severity::Note,
    meaning: "A star in a name is any text. In Intercept it is a star, so that the rules hold for no tool.",
    advice: "Nothing is to be done.",
    example: "version: \"1\"\ntools: { delete_*: {} }\n",
};

pub(crate) static BLANK_NAME: Code = Code {
    code: "policy-blank-name",
    severity: Severity::Warning,
    meaning: "A section has a name that nothing has.",
    advice: "Name the tool.",
    example: "version: \"1\"\ntools: { \"\": {} }\n",
};

pub(crate) static HIDDEN_RULES: Code = Code {
    code: "policy-hidden-rules",
    severity: Severity::Warning,
    meaning: "A tool is hidden, and has rules: nobody can call it, and nobody asks them.",
    advice: "Remove it from `hide`, or remove the rules.",
    example: "version: \"1\"\nhide: [t]\ntools:\n  t:\n    rules: [{ name: r, action: deny }]\n",
};

pub(crate) static LISTS_NOTHING: Code = Code {
    code: "policy-lists-nothing",
    severity: Severity::Warning,
    meaning: "With `default: deny`, only what a section names may be called, and `*` names nothing.",
    advice: "Name each tool: `NAME: {}`.",
    example: "version: \"1\"\ndefault: deny\ntools:\n  \"*\":\n    rules: [{ name: r, rate_limit: 5/minute }]\n",
};

pub(crate) static GOVERNS_NOTHING: Code = Code {
    code: "policy-governs-nothing",
    severity: Severity::Warning,
    meaning: "`default: deny` holds for resources and prompts only in a file that has sections of them. An empty `resources` or `prompts` has none, so every one passes.",
    advice: "Name what may be read, or deny all by `\"*\"` and a rule with `action: deny`; where all may pass, remove the key.",
    example: "version: \"1\"\ndefault: deny\ntools: { t: {} }\nresources: {}\n",
};

pub(crate) static SCOPE: Code = Code {
    code: "policy-scope",
    severity: Severity::Error,
    meaning: "An OAuth scope is a word of printable ASCII (RFC 6749 section 3.3).",
    advice: "Write a list with one scope each.",
    example: "version: \"1\"\ntools: { t: { scopes: [\"a b\"] } }\n",
};
