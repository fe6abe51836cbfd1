//! Which keys has a policy file?

/// A key, and what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct Key {
    /// As it is written.
    pub key: &'static str,
    /// What stands behind it.
    pub value: &'static str,
    /// What it is where it does not stand; empty where it must, or where there is nothing then.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Whose it is.
    pub origin: Origin,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever shows keys must know each")]
pub enum Origin {
    /// Intercept has it, and it means the same.
    Intercept,
    /// Only pages of Intercept tell of it: what it means may still change.
    Provisional,
    /// Warded has it in addition.
    Warded,
}

/// The keys of one kind of mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct Level {
    /// Where the mapping stands.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

const fn key(
    origin: Origin,
    key: &'static str,
    value: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Key {
    Key { key, value, default, meaning, origin }
}

use Origin::{Intercept, Provisional, Warded};

pub(crate) static FILE: [Key; 9] = [
    key(Intercept, "version", "`\"1\"`", "", "The version of the format."),
    key(Intercept, "description", "a text", "", "What the policy is for. Nothing reads it."),
    key(Intercept, "default", "`allow` or `deny`", "`allow`", "What becomes of what stands in no section."),
    key(Intercept, "hide", "a list of names", "", "Tools that nobody sees or calls; `*` is all of them."),
    key(
        Warded,
        "shadow",
        "`true` or `false`",
        "`false`",
        "Whether the file refuses nothing, and only records what it would refuse.",
    ),
    key(
        Intercept,
        "tools",
        "a mapping",
        "",
        "Rules by the name of the tool; `*` is for all, and a `*` in a name is any text.",
    ),
    key(Warded, "resources", "a mapping", "", "Rules by the URI of the resource."),
    key(Warded, "prompts", "a mapping", "", "Rules by the name of the prompt."),
    key(
        Provisional,
        "approvals",
        "a mapping",
        "",
        "Where Intercept is told of calls that wait. Warded does not read it.",
    ),
];

pub(crate) static SECTION: [Key; 2] = [
    key(Intercept, "rules", "a list", "", "Rules, looked at in this order."),
    key(
        Warded,
        "scopes",
        "a list of texts",
        "",
        "OAuth scopes that are needed in addition; a caller without them is told which.",
    ),
];

pub(crate) static RULE: [Key; 10] = [
    key(Intercept, "name", "a text", "", "What the rule is called in messages and records."),
    key(
        Intercept,
        "action",
        "`evaluate`, `deny` or `require_approval`",
        "`evaluate`",
        "Where none stands, or an empty one, it is `evaluate`. `evaluate` denies where a condition does not hold, `deny` always, and `require_approval` holds the call where all conditions hold.",
    ),
    key(
        Intercept,
        "rate_limit",
        "`N/minute`, `N/hour` or `N/day`",
        "",
        "How many calls there may be: short for a counter and a condition on it.",
    ),
    key(Intercept, "conditions", "a list", "", "All of them must hold."),
    key(Intercept, "on_deny", "a text", "`Denied by rule \"NAME\"`", "What whoever is denied is told."),
    key(Intercept, "state", "a mapping", "", "What the rule counts."),
    key(
        Warded,
        "shadow",
        "`true` or `false`",
        "`false`",
        "Whether the rule refuses nothing, and only records what it would refuse.",
    ),
    key(
        Provisional,
        "approval_timeout",
        "a duration such as `1h30m`",
        "`10m`",
        "For how long a call waits for approval, and the approval is good.",
    ),
    key(
        Warded,
        "per",
        "`subject`, `client`, `token`, `server`, or a list of these",
        "",
        "Beside `rate_limit`: who has a limit of one's own.",
    ),
    key(
        Warded,
        "sliding",
        "`true` or `false`",
        "`false`",
        "Beside `rate_limit`: whether the last minute, hour or day counts, and not the one on the clock.",
    ),
];

pub(crate) static CONDITION: [Key; 3] = [
    key(Intercept, "path", "a path", "", "What is compared."),
    key(Intercept, "op", "an operator", "", "How."),
    key(Intercept, "value", "anything; `${PATH}` in a text is read", "", "With what."),
];

pub(crate) static STATE: [Key; 6] = [
    key(
        Intercept,
        "counter",
        "a text",
        "",
        "The name of the counter: one of its own for each rule of a section.",
    ),
    key(
        Intercept,
        "window",
        "`minute`, `hour` or `day`",
        "",
        "For how long it counts, by the clock and the calendar in UTC.",
    ),
    key(Intercept, "increment", "a number", "`1`", "How much each call counts for."),
    key(
        Intercept,
        "increment_from",
        "a path of the arguments",
        "",
        "Where in the arguments it stands instead.",
    ),
    key(
        Warded,
        "per",
        "`subject`, `client`, `token`, `server`, or a list of these",
        "",
        "Who has a counter of one's own.",
    ),
    key(
        Warded,
        "sliding",
        "`true` or `false`",
        "`false`",
        "Whether the last minute, hour or day counts, and not the one on the clock.",
    ),
];

pub(crate) static LEVELS: [Level; 5] = [
    Level { name: "The file", keys: &FILE },
    Level { name: "A section: `tools.NAME`, `resources.URI`, `prompts.NAME`", keys: &SECTION },
    Level { name: "A rule: an entry of `rules`", keys: &RULE },
    Level { name: "A condition: an entry of `conditions`", keys: &CONDITION },
    Level { name: "`state`", keys: &STATE },
];
