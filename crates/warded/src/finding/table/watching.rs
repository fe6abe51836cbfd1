//! What is wrong with how a running Warded is looked after.

use crate::finding::{Rule, Severity};

pub(crate) static OPERATIONS_INVALID: Rule = Rule {
    code: "operations-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`operations` is not an address and a port, or is the one that callers use. What it serves (metrics, names of servers and issuers) is for operators.",
    advice: "Write an address of this machine or of a network that callers are not on, such as `127.0.0.1:9700`.",
    example: "`operations: metrics.example.com`",
};

pub(crate) static ALERTS_INVALID: Rule = Rule {
    code: "alerts-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "Alerts cannot be sent as `alerts` says: the URL is none, the secret is no reference, a code does not exist or the number is out of bounds. Somebody relies on being told.",
    advice: "Write `url: https://...`, `secret: env:NAME`, and codes as `warded explain` lists them.",
    example: "`alerts: { url: hooks.example.com, codes: [wrong-audience] }`",
};
