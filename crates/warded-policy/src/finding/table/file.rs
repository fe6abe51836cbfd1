//! What is wrong with the file as a whole.

use crate::{Code, Severity};

pub(crate) static YAML: Code = Code {
    code: "policy-yaml",
    severity: Severity::Error,
    meaning: "The file is no YAML, or a key in it is no text.",
    advice: "See the place; a value with a colon and a blank in it stands in quotes.",
    example: "version: [\n",
};

pub(crate) static DOCUMENTS: Code = Code {
    code: "policy-documents",
    severity: Severity::Error,
    meaning: "Something stands behind the first document. Intercept does not read it, and does not say so.",
    advice: "Put everything into one document, or remove what is behind `---`. `--lenient` passes over it.",
    example: "version: \"1\"\n---\ndefault: deny\n",
};

pub(crate) static DUPLICATE_KEY: Code = Code {
    code: "policy-duplicate-key",
    severity: Severity::Error,
    meaning: "A key stands twice in one mapping. Which of both counts would not be seen.",
    advice: "Remove one.",
    example: "version: \"1\"\ndefault: deny\ndefault: allow\n",
};

pub(crate) static TAG: Code = Code {
    code: "policy-tag",
    severity: Severity::Error,
    meaning: "A value has a YAML tag that is not read, or that it does not keep.",
    advice: "Remove the tag.",
    example: "version: \"1\"\ndefault: !mine deny\n",
};

pub(crate) static TOO_COMPLEX: Code = Code {
    code: "policy-too-complex",
    severity: Severity::Error,
    meaning: "The file is larger, deeper or more entangled than any policy needs to be.",
    advice: "Split the file: a server takes a list of policies.",
    example: "version: \"1\"\ntools: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
};

pub(crate) static UNKNOWN_KEY: Code = Code {
    code: "policy-unknown-key",
    severity: Severity::Error,
    meaning: "A key is not known here. Whoever wrote it expects it to do something; Intercept passes over it in silence.",
    advice: "Remove it. `--lenient` passes over it.",
    example: "version: \"1\"\ntool: {}\n",
};

pub(crate) static MISSING_KEY: Code = Code {
    code: "policy-missing-key",
    severity: Severity::Error,
    meaning: "A key is missing without which the rest means nothing.",
    advice: "Add it.",
    example: "version: \"1\"\ntools:\n  t:\n    rules:\n      - name: r\n        conditions: [{ path: args.a, op: exists }]\n",
};

pub(crate) static TYPE: Code = Code {
    code: "policy-type",
    severity: Severity::Error,
    meaning: "A value is of another kind than what stands here.",
    advice: "Write what is expected.",
    example: "version: \"1\"\nhide: delete_repo\n",
};

pub(crate) static LEFT_OUT: Code = Code {
    code: "policy-left-out",
    severity: Severity::Note,
    meaning: "There are more findings than are listed.",
    advice: "Look at the first ones.",
    example: "",
};

pub(crate) static VERSION: Code = Code {
    code: "policy-version",
    severity: Severity::Error,
    meaning: "The version of the format is missing, or is not known.",
    advice: "Write `version: \"1\"`.",
    example: "version: \"2\"\n",
};

pub(crate) static DEFAULT: Code = Code {
    code: "policy-default",
    severity: Severity::Error,
    meaning: "`default` says what becomes of what stands in no section.",
    advice: "Write `default: allow` or `default: deny`.",
    example: "version: \"1\"\ndefault: block\n",
};

pub(crate) static HIDE: Code = Code {
    code: "policy-hide",
    severity: Severity::Error,
    meaning: "A name in `hide` is blank, or stands there twice.",
    advice: "Name each tool once.",
    example: "version: \"1\"\nhide: [a, \"\"]\n",
};

pub(crate) static APPROVALS: Code = Code {
    code: "policy-approvals",
    severity: Severity::Warning,
    meaning: "`approvals:` tells Intercept whom to tell of calls that wait (provisional). Warded does not read it: nobody is told by webhook.",
    advice: "Use `warded approvals list`, `show`, `approve` and `deny`, and remove the block.",
    example: "version: \"1\"\napprovals: { webhook: { url: https://example.com } }\n",
};
