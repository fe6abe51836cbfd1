//! Texts of policies: most of them good, some wrong in one place.

use super::values::{Theme, expression};
use crate::draw::Draw;

const TOOLS: &[&str] = &[
    "read",
    "Read",
    "write",
    "a",
    "a.b",
    "_global",
    "\u{fc}n\u{ef}",
    "de l",
    "\"q\"",
    "tab\there",
    "1",
    "x*",
    "null",
];
const COUNTERS: &[&str] = &["c", "d", "b.c", "C", "_rate_minute", "spend"];
const WINDOWS: &[&str] = &["minute", "hour", "day"];
const PATHS: &[&str] = &[
    "args.x",
    "args.x",
    "args.x",
    "args.y",
    "args.n",
    "args.list",
    "args.deep.x",
    "args.deep.a.b",
    "args.deep.a",
    "args.deep.0",
    "args.missing",
    "args.list.0",
    "args.x.y",
    "args.a.b",
    "args.X",
    "args. x",
];
const BRACKETS: &[&str] =
    &["args.list[0]", "args[\"a.b\"]", "args.list[-1]", "args.list[1]", "args[\"x\"]", "args.deep[\"0\"]"];
const EMPTY_PARTS: &[&str] =
    &["args.", "args..", "args.deep..x", "args.x.", "state.read.", "state..c", "state.x", "state."];
const BAD_PATHS: &[&str] = &["args", "x", "", "arguments.x", "ARGS.x", " args.x", "state", "result.x"];
const OPS: &[&str] =
    &["eq", "eq", "neq", "in", "not_in", "lt", "lte", "gt", "gte", "regex", "regex", "contains", "exists"];
const BAD_OPS: &[&str] = &["==", "", "EQ", "notin", "matches", "~"];
const LIMITS: &[&str] = &["1/minute", "2/minute", "3/hour", "+2/minute", "5/day", "02/minute", "1/hour"];
const BAD_LIMITS: &[&str] = &[
    "2 /minute",
    "x/minute",
    "2/second",
    "2",
    "/minute",
    "2/minute/x",
    "1.5/minute",
    "2/Minute",
    "0x2/hour",
    "99999999999999999999/day",
    "1_0/day",
];
const ODD_LIMITS: &[&str] = &["0/minute", "-1/minute", "-0/hour", "9223372036854775807/day"];

/// What may be wrong with a policy, once in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Version,
    Default,
    Hide,
    Tools,
    Yaml,
    Name,
    Action,
    Limit,
    Path,
    Op,
    Value,
    Expression,
    Counter,
    Window,
    Twice,
    Elsewhere,
    EmptyParts,
    Template,
    Brackets,
    Unknown,
    Approval,
}

const FLAWS: &[Flaw] = &[
    Flaw::Version,
    Flaw::Default,
    Flaw::Hide,
    Flaw::Tools,
    Flaw::Yaml,
    Flaw::Name,
    Flaw::Action,
    Flaw::Limit,
    Flaw::Path,
    Flaw::Op,
    Flaw::Value,
    Flaw::Expression,
    Flaw::Expression,
    Flaw::Counter,
    Flaw::Window,
    Flaw::Twice,
    Flaw::Elsewhere,
    Flaw::Unknown,
    Flaw::EmptyParts,
    Flaw::Template,
    Flaw::Template,
    Flaw::Brackets,
    Flaw::Approval,
];

/// The tools that a policy lists.
pub(crate) fn tools(draw: &mut Draw) -> Vec<&'static str> {
    if draw.one_in(16) {
        // What is counted for them has the same name, if it is joined by dots.
        return vec!["a", "a.b"];
    }
    let mut tools = Vec::new();
    for _ in 0..=draw.below(3) {
        let tool = if draw.one_in(2) { draw.of(&TOOLS[..4]) } else { draw.of(TOOLS) };
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    if draw.one_in(2) {
        tools.push("*");
    }
    tools
}

/// The counters of a policy: the tool and the name.
type Counters<'a> = Vec<(&'a str, String)>;

struct Writer<'d, 't> {
    draw: &'d mut Draw,
    theme: &'t Theme,
    flaw: Option<Flaw>,
    /// All that any rule counts, so that other rules can look at it.
    counters: Counters<'t>,
}

/// The text of a policy.
pub(crate) fn text<'t>(draw: &mut Draw, theme: &'t Theme, tools: &[&'t str]) -> String {
    let flaw = draw.one_in(3).then(|| FLAWS[draw.below(FLAWS.len())]);
    let mut writer = Writer { draw, theme, flaw, counters: Vec::new() };
    let tools = writer.tools(tools);
    writer.head() + &tools
}

impl<'t> Writer<'_, 't> {
    /// Whether the flaw is to be made here. It is made once.
    fn flawed(&mut self, flaw: Flaw) -> bool {
        let here = self.flaw == Some(flaw);
        if here {
            self.flaw = None;
        }
        here
    }

    fn head(&mut self) -> String {
        let version = if self.flawed(Flaw::Version) {
            self.draw.of(&[
                "",
                "version: 2\n",
                "version: 1.0\n",
                "version: \"01\"\n",
                "version: ~\n",
                "version: [1]\n",
                "version: 0x1\n",
                "version: v1\n",
                "Version: 1\n",
            ])
        } else {
            self.draw.of(&["version: \"1\"\n", "version: 1\n", "version: '1'\n", "version: !!str 1\n"])
        };
        let description = self.draw.of(&[
            "",
            "description: \"what it is for\"\n",
            "description: |\n  two\n  lines\n",
            "description: 5\n",
            "description:\n",
        ]);
        let default = if self.flawed(Flaw::Default) {
            self.draw.of(&[
                "default: Deny\n",
                "default: none\n",
                "default: true\n",
                "default: \" deny\"\n",
                "default: {}\n",
            ])
        } else {
            self.draw.of(&[
                "",
                "",
                "default: allow\n",
                "default: \"allow\"\n",
                "default: deny\n",
                "default: \"\"\n",
                "default: ~\n",
            ])
        };
        let hide = if self.flawed(Flaw::Hide) {
            self.draw.of(&[
                "hide: [read, read]\n",
                "hide: [\"\"]\n",
                "hide: [\" \"]\n",
                "hide: read\n",
                "hide: {a: 1}\n",
                "hide: [[a]]\n",
                "hide: [\"\\t\", a]\n",
            ])
        } else if self.draw.one_in(6) {
            self.draw.of(&[
                "hide: [read]\n",
                "hide: [other, x]\n",
                "hide:\n- Read\n",
                "hide: []\n",
                "hide: ~\n",
                "hide: [\"*\"]\n",
                "hide: [\"*\", a]\n",
                "hide: [1, true]\n",
                "hide: [~, a]\n",
                "hide: [\"x*\"]\n",
            ])
        } else {
            ""
        };
        let yaml = if self.flawed(Flaw::Yaml) {
            self.draw.of(&[
                "version: \"1\"\n",
                "default: [\n",
                "description: \"x\n",
                "x: *nowhere\n",
                "hide: []\nhide: []\n",
                "x: &a [*a\n",
                "- a\n",
                "description: a: b\n",
                "\u{1}: a\n",
            ])
        } else {
            ""
        };
        let unknown = if self.flawed(Flaw::Unknown) {
            self.draw.of(&[
                "rules: []\n",
                "defualt: deny\n",
                "spend_limit: 5\n",
                "x: {a: 1, a: 2}\n",
                "DEFAULT: deny\n",
                "Tools: {}\n",
            ])
        } else {
            ""
        };
        [version, description, default, hide, yaml, unknown].concat()
    }

    fn tools(&mut self, tools: &[&'t str]) -> String {
        if self.flawed(Flaw::Tools) {
            return self
                .draw
                .of(&[
                    "",
                    "tools:\n",
                    "tools: []\n",
                    "tools: {a: }\n",
                    "tools: {a: {rules: }}\n",
                    "tools: {a: []}\n",
                    "tools: {a: {rules: {}}}\n",
                    "tools: {a: {rules: [x]}}\n",
                    "tools: {a: {rules: [~]}}\n",
                    "tools: {a: {}, a: {}}\n",
                    "tools: {? [a] : {}}\n",
                    "tools: {a: &a {rules: [{name: n, action: deny}]}, b: *a, c: {<<: *a}}\n",
                    "tools: x\n",
                    "tools: {1: {rules: []}, \"1\": {rules: []}}\n",
                ])
                .to_owned();
        }
        // What is counted is chosen first, so that rules can look at counters of rules that stand below.
        let plans: Vec<Vec<Kind>> = tools.iter().map(|tool| self.plan(tool)).collect();
        let mut text = String::from("tools:\n");
        for (tool, plan) in tools.iter().zip(plans) {
            text += &format!("  {}:\n    rules:", serde_json::to_string(tool).unwrap());
            text += if plan.is_empty() { " []\n" } else { "\n" };
            for kind in plan {
                text += &self.rule(tool, &kind);
            }
        }
        text
    }

    fn plan(&mut self, tool: &&'t str) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for _ in 0..self.draw.below(4) {
            let kind = match self.draw.below(16) {
                0 => Kind::Deny,
                1..=4 => Kind::Limit(self.draw.of(LIMITS)),
                5..=8 if *tool == "a" => Kind::Counts(self.draw.of(&["b.c", "b._rate_minute"])),
                5..=8 if *tool == "a.b" => Kind::Counts("c"),
                5..=11 => Kind::Counts(self.draw.of(COUNTERS)),
                _ => Kind::Judges,
            };
            let counter = match kind {
                Kind::Counts(counter) => counter.to_owned(),
                Kind::Limit(limit) => format!("_rate_{}", limit.split('/').nth(1).unwrap()),
                Kind::Deny | Kind::Judges => String::new(),
            };
            let place = (*tool, counter);
            if place.1.is_empty() {
                kinds.push(kind);
            } else if !self.counters.contains(&place) || self.flawed(Flaw::Twice) {
                self.counters.push(place);
                kinds.push(kind);
            }
        }
        kinds
    }

    fn rule(&mut self, tool: &str, kind: &Kind) -> String {
        let mut members = Vec::new();
        if self.flawed(Flaw::Name) {
            members.push(self.draw.of(&["", "name: \"\"", "name: ~", "name: [a]"]).to_owned());
        } else {
            members.push(format!(
                "name: {}",
                self.draw.of(&["one", "\"two words\"", "'say \"no\"'", "5", "true", "\u{fc}", "\"a\\nb\""])
            ));
        }
        if self.flawed(Flaw::Unknown) {
            members.push(
                self.draw
                    .of(&[
                        "condition: []",
                        "ondeny: x",
                        "spend: {per_call: 0.5}",
                        "Name: x",
                        "rate-limit: 1/minute",
                        "require_approval: true",
                    ])
                    .to_owned(),
            );
        }
        if self.flawed(Flaw::Approval) {
            let held = ["action: require_approval", "action: require_approval\n      approval_timeout: 10m"];
            members.push(self.draw.of(&held).to_owned());
        } else if self.flawed(Flaw::Action) {
            members.push(
                self.draw
                    .of(&["action: allow", "action: Deny", "action: \"\"", "action: [deny]", "action: block"])
                    .to_owned(),
            );
        } else {
            members.push(kind.action(self.draw).to_owned());
        }
        match kind {
            Kind::Deny => {
                if self.draw.one_in(4) {
                    members.push(self.conditions(None));
                }
            }
            Kind::Judges => members.push(self.conditions(None)),
            Kind::Limit(limit) => members.push(self.limit(limit)),
            Kind::Counts(counter) => {
                members.push(self.conditions(Some((tool, counter))));
                members.push(self.state(counter));
            }
        }
        if self.draw.one_in(2) {
            members.push(format!(
                "on_deny: {}",
                self.draw.of(&["\"No.\"", "no", "5", "\"\"", "~", "\"a \\\"b\\\" \\u00e9\"", "true"])
            ));
        }
        members.retain(|member| !member.is_empty());
        if members.len() > 1 && self.draw.one_in(3) {
            let first = members.remove(0);
            members.push(first);
        }
        format!("    - {}\n", members.join("\n      "))
    }

    fn limit(&mut self, limit: &str) -> String {
        let limit = if self.flawed(Flaw::Limit) {
            if self.draw.one_in(3) { self.draw.of(ODD_LIMITS) } else { self.draw.of(BAD_LIMITS) }
        } else {
            limit
        };
        let besides = if self.flawed(Flaw::Counter) {
            self.draw.of(&[
                "\n      conditions: [{path: args.x, op: exists, value: true}]",
                "\n      state: {counter: c, window: day}",
                "\n      conditions: []",
                "\n      state: ~",
            ])
        } else {
            ""
        };
        format!("rate_limit: {limit}{besides}")
    }

    fn state(&mut self, counter: &str) -> String {
        let counter = if self.flawed(Flaw::Counter) { self.draw.of(&["\"\"", "~", "[c]"]) } else { counter };
        let window = if self.flawed(Flaw::Window) {
            self.draw.of(&["second", "\"\"", "Minute", "~", "60", "week"])
        } else {
            self.draw.of(WINDOWS)
        };
        let amount = match self.draw.below(10) {
            0 => self.draw.of(&[
                ", increment: 2",
                ", increment: 0",
                ", increment: -1",
                ", increment: 1.9",
                ", increment: 017",
                ", increment: ~",
                ", increment: -3",
            ]),
            1 if self.flawed(Flaw::Value) => self.draw.of(&[
                ", increment: \"5\"",
                ", increment: x",
                ", increment: true",
                ", increment: 9223372036854775808",
                ", increment_from: x",
                ", increment_from: state.a.b",
                ", increment_from: args",
                ", increment: .nan",
            ]),
            2..=4 => self.draw.of(&[
                ", increment_from: args.n",
                ", increment_from: args.n",
                ", increment_from: args.x",
                ", increment: 2, increment_from: args.n",
                ", increment_from: args.deep.x",
            ]),
            _ => "",
        };
        format!("state: {{counter: {counter}, window: {window}{amount}}}")
    }

    /// Conditions; of a rule that counts also those that make the limit.
    fn conditions(&mut self, own: Option<(&str, &str)>) -> String {
        let mut list = Vec::new();
        let others = if own.is_some() { usize::from(self.draw.one_in(6)) } else { self.draw.below(3) };
        for _ in 0..others {
            list.push(self.condition());
        }
        if let Some((tool, counter)) = own
            && !self.draw.one_in(8)
        {
            let op =
                if self.draw.one_in(8) { self.draw.of(OPS) } else { self.draw.of(&["lt", "lte", "lte"]) };
            let value = match self.draw.below(12) {
                0 => self.value(op),
                1 => self.draw.of(&["0.99", "2.5", "1.999999", "3.0", "1e1", "-1", "0", "0.5"]).to_owned(),
                _ => self.draw.of(&["2", "3", "5", "10", "4"]).to_owned(),
            };
            let value = if op == "in" || op == "not_in" { self.theme.list(self.draw) } else { value };
            let value = match op {
                "exists" => "true".to_owned(),
                "regex" => expression(self.draw, false),
                _ => value,
            };
            let place = self.draw.below(list.len() + 1);
            list.insert(place, format!("{{path: {}, op: {op}, value: {value}}}", of_state(tool, counter)));
            if self.draw.one_in(12) {
                list.push(format!(
                    "{{path: {}, op: lte, value: {}}}",
                    of_state(tool, counter),
                    self.draw.of(&["1", "2", "9"])
                ));
            }
        }
        // A rule that evaluates nothing makes the policy none.
        if list.is_empty() && !self.draw.one_in(16) {
            list.push(self.condition());
        }
        if list.is_empty() && self.draw.one_in(2) {
            return self.draw.of(&["", "conditions: []", "conditions: ~"]).to_owned();
        }
        format!("conditions: [{}]", list.join(", "))
    }

    fn condition(&mut self) -> String {
        let path = if self.flawed(Flaw::Path) {
            self.draw.of(BAD_PATHS).to_owned()
        } else if self.flawed(Flaw::Brackets) {
            self.draw.of(BRACKETS).to_owned()
        } else if self.flawed(Flaw::EmptyParts) {
            self.draw.of(EMPTY_PARTS).to_owned()
        } else if self.flawed(Flaw::Elsewhere) {
            self.draw
                .of(&["state.nowhere.c", "state.read.nothing", "state._global.nothing", "state.*.c"])
                .to_owned()
        } else if !self.counters.is_empty() && self.draw.one_in(5) {
            let (tool, counter) = self.counters[self.draw.below(self.counters.len())].clone();
            unquoted(tool, &counter)
        } else {
            self.draw.of(PATHS).to_owned()
        };
        let op = if self.flawed(Flaw::Op) { self.draw.of(BAD_OPS) } else { self.draw.of(OPS) };
        let value = self.value(op);
        let path = serde_json::to_string(&path).unwrap();
        format!("{{path: {path}, op: \"{op}\", value: {value}}}")
    }

    fn value(&mut self, op: &str) -> String {
        if matches!(op, "eq" | "neq" | "contains") && self.flawed(Flaw::Template) {
            return self
                .draw
                .of(&["\"${args.x}\"", "\"${args.y}\"", "\"${args.deep.x}\"", "\"$${args.x}\""])
                .to_owned();
        }
        if self.flawed(Flaw::Value) {
            return self
                .draw
                .of(&[
                    "5",
                    "[1]",
                    "~",
                    "\"true\"",
                    "{}",
                    "\"(\"",
                    "[[1]]",
                    "\"${args.x}\"",
                    "yes",
                    "\"$${x}\"",
                ])
                .to_owned();
        }
        match op {
            "in" | "not_in" => self.theme.list(self.draw),
            "regex" => {
                let is_odd = self.flawed(Flaw::Expression);
                expression(self.draw, is_odd)
            }
            "exists" => self.draw.of(&["true", "false", "True"]).to_owned(),
            "lt" | "lte" | "gt" | "gte" if !self.draw.one_in(6) => self
                .draw
                .of(&["5", "1", "0", "0.1", "9007199254740993", "1e19", "-1", "100", "0.30000000000000004"])
                .to_owned(),
            _ => self.theme.written(self.draw).to_owned(),
        }
    }
}

/// What a rule is for.
enum Kind {
    Deny,
    Limit(&'static str),
    Counts(&'static str),
    Judges,
}

impl Kind {
    fn action(&self, draw: &mut Draw) -> &'static str {
        match self {
            Self::Deny => "action: deny",
            Self::Limit(_) => draw.of(&["", "", "", "action: evaluate"]),
            Self::Counts(_) | Self::Judges => draw.of(&["action: evaluate", "action: \"evaluate\""]),
        }
    }
}

fn unquoted(tool: &str, counter: &str) -> String {
    format!("state.{}.{counter}", if tool == "*" { "_global" } else { tool })
}

fn of_state(tool: &str, counter: &str) -> String {
    serde_json::to_string(&unquoted(tool, counter)).unwrap()
}
