//! Conditions: on arguments and counters, and those that make a limit.

use super::{super::values::expression, Flaw, Writer};

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

impl Writer<'_, '_> {
    /// Conditions; of a rule that counts also those that make the limit.
    pub(super) fn conditions(&mut self, own: Option<(&str, &str)>) -> String {
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
                1 if self.draw.one_in(4) => {
                    self.draw.of(&["9223372036854", "9223372036855", "1e13"]).to_owned()
                }
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
        } else if let Some(counter) = self.counter_of_all()
            && self.flawed(Flaw::Elsewhere)
        {
            format!("state.*.{counter}")
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
        let path = serde_json::to_string(&path).unwrap();
        if self.flawed(Flaw::Missing) {
            return format!("{{path: {path}, op: \"{op}\"}}");
        }
        let value = self.value(op);
        format!("{{path: {path}, op: \"{op}\", value: {value}}}")
    }

    /// One that the rules of `*` count.
    fn counter_of_all(&self) -> Option<String> {
        self.counters.iter().find(|(tool, _)| *tool == "*").map(|(_, counter)| counter.clone())
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
            "lt" | "lte" | "gt" | "gte" if !self.draw.one_in(32) => self
                .draw
                .of(&["5", "1", "0", "0.1", "9007199254740993", "1e19", "-1", "100", "0.30000000000000004"])
                .to_owned(),
            _ => self.theme.written(self.draw).to_owned(),
        }
    }
}

fn unquoted(tool: &str, counter: &str) -> String {
    format!("state.{}.{counter}", if tool == "*" { "_global" } else { tool })
}

fn of_state(tool: &str, counter: &str) -> String {
    serde_json::to_string(&unquoted(tool, counter)).unwrap()
}
