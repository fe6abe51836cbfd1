//! What is wrong with servers that run as processes.

use crate::finding::{Rule, Severity};

pub(crate) static STDIO_INVALID: Rule = Rule {
    code: "stdio-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`stdio` is no command, or `env` has a name that no variable can have. No shell reads it: a command is its words, each by itself.",
    advice: "Write `stdio: [\"npx\", \"-y\", \"some-server\"]`.",
    example: "`stdio: [\"npx -y some-server\"]`",
};

pub(crate) static STDIO_UNUSED: Rule = Rule {
    code: "stdio-unused",
    severity: Severity::High,
    fatal: false,
    meaning: "A key that says how a process runs, at a server that is none; or `upstream_auth` at a process, which is shown no headers. Somebody expected it to do something.",
    advice: "Remove the key; or add `stdio`, and give a process its secrets in `env`.",
    example: "`env` beside `upstream`",
};

pub(crate) static UPSTREAM_TWICE: Rule = Rule {
    code: "upstream-twice",
    severity: Severity::High,
    fatal: false,
    meaning: "A server has both `upstream` and `stdio`. Calls go to one place.",
    advice: "Remove the one that is not meant, or make two servers of it.",
    example: "`upstream: http://127.0.0.1:3001/mcp` and `stdio: [\"npx\", \"some-server\"]`",
};
