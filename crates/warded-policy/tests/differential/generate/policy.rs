//! Texts of policies: most of them good, some wrong in one place.

mod condition;
mod flaw;
mod head;
mod rule;

use super::values::Theme;
use crate::draw::Draw;
use flaw::{FLAWS, Flaw};
use rule::Kind;

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
const LIMITS: &[&str] = &["1/minute", "2/minute", "3/hour", "+2/minute", "5/day", "02/minute", "1/hour"];

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
    let more = if writer.flawed(Flaw::Documents) {
        writer.draw.of(&["---\ndefault: deny\n", "---\n", "...\n---\na: [\n"])
    } else {
        ""
    };
    writer.head() + &tools + more
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
}
