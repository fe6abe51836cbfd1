//! Which scopes do calls need? From the operator's words to the guard's rules, and what is doubtful about them.

use std::collections::BTreeMap;

use warded_core::{Hierarchy, InvalidHierarchy, Scopes};
use warded_guard::ScopeRules;

use crate::{
    config::{Located, Named, Scopes as Written, Span, nearest},
    finding::{Finding, table},
};

/// Scopes by names or patterns, as they are written.
type Rules = Named<Vec<Located<String>>>;

/// What clients send, in every revision of MCP and in its own extensions.
const METHODS: &[&str] = &[
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "notifications/cancelled",
    "notifications/initialized",
    "notifications/progress",
    "notifications/roots/list_changed",
    "notifications/tasks/status",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/directory/read",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "server/discover",
    "skills/get",
    "skills/list",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tasks/update",
    "tools/call",
    "tools/list",
];

/// The rules of one server. What is wrong is left out, and said; nothing is served then.
pub(super) fn rules(written: &Written, findings: &mut Vec<Finding>) -> ScopeRules {
    let before = findings.len();
    let mut reader = Reader { findings };
    let required = reader.scopes(&written.required);
    let [methods, tools, resources, prompts] = [
        ("method", &written.methods),
        ("tool", &written.tools),
        ("resource", &written.resources),
        ("prompt", &written.prompts),
    ]
    .map(|(kind, rules)| reader.table(kind, rules));
    let implies = reader.hierarchy(&written.implies);
    let rules = ScopeRules { required, methods, tools, resources, prompts, implies };
    findings.extend(misspelt(written, &rules));
    if findings.len() == before {
        findings.extend(unknown_methods(&written.methods));
        findings.extend(idle(written, &rules));
    }
    rules
}

/// Every scope of a list, and what is wrong with the others.
pub(in crate::config) fn scopes(written: &[Located<String>], findings: &mut Vec<Finding>) -> Scopes {
    let mut scopes = Scopes::default();
    for word in written {
        match Scopes::of([word.value.as_str()]) {
            Ok(scope) => scopes.add(&scope),
            Err(error) => {
                let message = format!("`{}` is not a scope: {error}", word.value.escape_debug());
                findings.push(invalid(message, word.span));
            }
        }
    }
    scopes
}

struct Reader<'a> {
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn scopes(&mut self, written: &[Located<String>]) -> Scopes {
        scopes(written, self.findings)
    }

    fn table(&mut self, kind: &str, rules: &Rules) -> BTreeMap<Box<str>, Scopes> {
        let mut table = BTreeMap::new();
        for (name, words) in rules.iter() {
            let scopes = self.scopes(words);
            if words.is_empty() {
                let message = format!("the {kind} `{}` has no scope", name.value.escape_debug());
                self.findings.push(invalid(message, name.span));
            }
            table.insert(name.value.as_str().into(), scopes);
        }
        table
    }

    fn hierarchy(&mut self, rules: &Rules) -> Hierarchy {
        let read: Vec<_> = rules.iter().map(|(name, words)| (name, self.scopes(words))).collect();
        for (name, words) in rules.iter() {
            let message = match Scopes::of([name.value.as_str()]) {
                Err(error) => format!("`{}` is not a scope: {error}", name.value.escape_debug()),
                Ok(_) if words.is_empty() => format!("the scope `{}` implies none", name.value),
                Ok(_) => continue,
            };
            self.findings.push(invalid(message, name.span));
        }
        match Hierarchy::new(read.iter().map(|(name, implied)| (name.value.as_str(), implied.clone()))) {
            Ok(hierarchy) => hierarchy,
            Err(InvalidHierarchy::Cycle { scope }) => {
                let at = read.iter().find(|(name, _)| name.value == *scope);
                let finding =
                    Finding::new(&table::SCOPE_CYCLE, format!("the scope `{scope}` implies itself"));
                self.findings.extend(at.map(|(name, _)| finding.at(name.span, "comes back to itself")));
                Hierarchy::default()
            }
            // Said above, with the place.
            Err(_) => Hierarchy::default(),
        }
    }
}

fn invalid(message: String, span: Span) -> Finding {
    Finding::new(&table::SCOPE_INVALID, message).at(span, "here")
}

fn misspelt(written: &Written, rules: &ScopeRules) -> Vec<Finding> {
    let is_misspelt = |name: &&Located<String>| rules.misspelt().any(|rule| rule == name.value);
    let finding = |name: &Located<String>| {
        let message = format!("no URI is spelled like `{}`", name.value.escape_debug());
        Finding::new(&table::SCOPE_RULE_SPELLING, message).at(name.span, "this rule")
    };
    written.resources.iter().map(|(name, _)| name).filter(is_misspelt).map(finding).collect()
}

fn unknown_methods(rules: &Rules) -> Vec<Finding> {
    let is_known = |rule: &str| METHODS.iter().any(|method| ScopeRules::fits(rule, method));
    let finding = |name: &Located<String>| {
        let message = format!("MCP has no method `{}`", name.value.escape_debug());
        let finding = Finding::new(&table::SCOPE_METHOD_UNKNOWN, message).at(name.span, "this method");
        match nearest(&name.value, METHODS.iter().copied()) {
            Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
            None => finding,
        }
    };
    rules.iter().map(|(name, _)| name).filter(|name| !is_known(&name.value)).map(finding).collect()
}

fn idle(written: &Written, rules: &ScopeRules) -> Vec<Finding> {
    let finding =
        |message: String, at: Span| Finding::new(&table::SCOPE_RULE_IDLE, message).at(at, "changes nothing");
    let tables = [
        ("method", &written.methods, &rules.methods),
        ("tool", &written.tools, &rules.tools),
        ("resource", &written.resources, &rules.resources),
        ("prompt", &written.prompts, &rules.prompts),
    ];
    let mut found = Vec::new();
    for (kind, written, table) in tables {
        for (name, _) in written.iter() {
            let needs = table.get(name.value.as_str());
            if needs.is_some_and(|needs| rules.implies.missing(needs, &rules.required).is_empty()) {
                let message =
                    format!("the {kind} `{}` needs what every call needs", name.value.escape_debug());
                found.push(finding(message, name.span));
            }
        }
    }
    let needed = rules.supported();
    for (name, _) in written.implies.iter() {
        let Ok(scope) = Scopes::of([name.value.as_str()]) else { continue };
        let implied = rules.implies.reach(&scope).missing_from(&scope);
        if !implied.iter().any(|implied| needed.contains(implied)) {
            let message = format!("no call needs what the scope `{}` implies", name.value);
            found.push(finding(message, name.span));
        }
    }
    found
}
