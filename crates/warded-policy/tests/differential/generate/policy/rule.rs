//! One rule: what it does, what it limits, what it counts.

use super::{Flaw, Writer};
use crate::draw::Draw;

const WINDOWS: &[&str] = &["minute", "hour", "day"];
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

/// What a rule is for.
pub(super) enum Kind {
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

impl Writer<'_, '_> {
    pub(super) fn rule(&mut self, tool: &str, kind: &Kind) -> String {
        let mut members = Vec::new();
        if self.flawed(Flaw::Name) {
            members.push(self.draw.of(&["", "name: \"\"", "name: ~", "name: [a]", "name: \" \""]).to_owned());
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
                if self.draw.one_in(16) {
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
                ", increment: 9223372036855",
                ", increment: 9223372036854",
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
}
