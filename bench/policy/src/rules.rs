//! What do the rules say, and what do calls look like that keep or break them?

/// Tools with ten rules each.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) tools: usize,
}

/// How many of the ten are limits of numbers.
const LIMITS: usize = 6;

pub(crate) fn tool(number: usize) -> String {
    format!("tool_{number}")
}

impl Fleet {
    /// As a policy of ours.
    pub(crate) fn ours(&self) -> String {
        let mut text = String::from("version: \"1\"\ntools:\n");
        for number in 0..self.tools {
            text += &format!("  {}:\n    rules:\n", tool(number));
            let mut rule = |name: &str, path: &str, op: &str, value: &str| {
                text += &format!(
                    "      - {{ name: {name}, conditions: [{{ path: args.{path}, op: {op}, value: {value} }}] }}\n"
                );
            };
            for limit in 0..LIMITS {
                rule(&format!("limit {limit}"), &format!("a{limit}"), "lte", &(100 + limit).to_string());
            }
            rule("team", "team", "eq", "notes");
            rule("no robot", "kind", "neq", "robot");
            rule("to", "to", "in", "[ada, bob, cleo]");
            rule("reason", "reason", "exists", "true");
        }
        text
    }

    /// As policies of Cedar: everything is permitted, and each rule forbids what breaks it.
    pub(crate) fn cedar(&self) -> String {
        let mut text = String::from("permit(principal, action, resource);\n");
        for number in 0..self.tools {
            let mut rule = |condition: &str| {
                text += &format!(
                    "forbid(principal, action == Action::\"call\", resource == Tool::\"{}\") unless {{ {condition} }};\n",
                    tool(number)
                );
            };
            for limit in 0..LIMITS {
                rule(&format!("context has a{limit} && context.a{limit} <= {}", 100 + limit));
            }
            rule("context has team && context.team == \"notes\"");
            rule("context has kind && context.kind != \"robot\"");
            rule("context has to && [\"ada\", \"bob\", \"cleo\"].contains(context.to)");
            rule("context has reason");
        }
        text
    }
}

/// Arguments that keep every rule, as they come in a message; or break the last of the limits.
pub(crate) fn arguments(is_good: bool) -> String {
    let last = if is_good { 30 } else { 1_000 };
    let mut numbers: Vec<_> = (0..LIMITS - 1).map(|limit| format!("\"a{limit}\":{}", 25 + limit)).collect();
    numbers.push(format!("\"a{}\":{last}", LIMITS - 1));
    let numbers = numbers.join(",");
    format!("{{{numbers},\"team\":\"notes\",\"kind\":\"person\",\"to\":\"bob\",\"reason\":\"it is due\"}}")
}

/// Arguments that break one rule each.
pub(crate) fn bad() -> Vec<String> {
    let good = arguments(true);
    let mut bad = vec![arguments(false), "{}".to_owned()];
    for (before, after) in [
        ("\"a0\":25", "\"a0\":101"),
        ("\"notes\"", "\"sales\""),
        ("\"person\"", "\"robot\""),
        ("\"bob\"", "\"eve\""),
        (",\"reason\":\"it is due\"", ""),
    ] {
        bad.push(good.replace(before, after));
    }
    bad
}
