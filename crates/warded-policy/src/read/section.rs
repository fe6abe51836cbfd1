//! The rules of one tool, one resource or one prompt, or of all that a pattern names.

use std::collections::HashSet;

use warded_core::Scopes;

use super::{
    doubt,
    fields::Fields,
    findings::{Findings, shown},
    gathered::Gathered,
    rule,
    yaml::{At, Node},
};
use crate::{Finding, Name, Rule, Section, finding::table, reference::SECTION};

/// What the rules of a section are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tools,
    Resources,
    Prompts,
}

impl Kind {
    /// The key of the file.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Prompts => "prompts",
        }
    }

    /// By which name a path `state.NAME.COUNTER` means a section.
    pub(super) fn scope(self, name: &Name) -> Name {
        match self {
            Self::Tools => name.clone(),
            Self::Resources => Name::parse(&format!("resource:{}", name.text())),
            Self::Prompts => Name::parse(&format!("prompt:{}", name.text())),
        }
    }
}

/// In which section a rule stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// As the file has it.
    pub(super) name: Name,
    /// As paths have it.
    pub(super) scope: Name,
}

/// Reads all sections of a kind.
pub(super) fn sections(
    node: &Node<'_>,
    kind: Kind,
    gathered: &mut Gathered,
    found: &mut Findings,
) -> Vec<Section> {
    let mut sections = Vec::new();
    for pair in found.map(node, kind.key()).unwrap_or_default() {
        let name = Name::parse(&pair.key.text);
        // Of the other kinds, Intercept has none.
        if let (Name::Like(pattern), Kind::Tools) = (&name, kind) {
            found.say(super::names::pattern(pattern, pair.key_at));
        }
        let place = Place { kind, scope: kind.scope(&name), name };
        sections.push(section(&pair.value, place, pair.key_at, gathered, found));
    }
    sections
}

fn section(node: &Node<'_>, place: Place, at: At, gathered: &mut Gathered, found: &mut Findings) -> Section {
    let mut rules = Vec::new();
    let mut scopes = Vec::new();
    // A name with nothing behind it is listed, and has no rules.
    let fields = if node.is_null() { None } else { Fields::read(node, place.name.text(), &SECTION, found) };
    if let Some(fields) = fields {
        let items = fields.get("rules").and_then(|node| found.list(node, "rules")).unwrap_or_default();
        let read = |(number, item)| rule::rule(item, number + 1, &place, gathered, found);
        rules = items.iter().enumerate().filter_map(read).collect();
        scopes = fields.get("scopes").map_or(Vec::new(), |node| self::scopes(node, found));
    }
    counters_differ(&rules, &place, found);
    doubt::unreachable(&rules, found);
    Section { name: place.name, span: at.range(), rules, scopes }
}

/// A counter is its rule's own: two rules would count every call twice.
fn counters_differ(rules: &[Rule], place: &Place, found: &mut Findings) {
    let mut seen = HashSet::new();
    for rule in rules {
        let Some(state) = &rule.state else { continue };
        if !seen.insert(&state.counter) {
            let message =
                format!("`{}` has two counters `{}`", shown(place.name.text()), shown(&state.counter));
            found.say(Finding::new(&table::COUNTER_TWICE, rule.span.clone(), message, "the second one"));
        }
    }
}

fn scopes(node: &Node<'_>, found: &mut Findings) -> Vec<Box<str>> {
    let mut scopes: Vec<Box<str>> = Vec::new();
    let mut seen = HashSet::new();
    for item in found.list(node, "scopes").unwrap_or_default() {
        let Some(text) = found.text(item, "a scope") else { continue };
        match Scopes::of([text]) {
            Ok(_) if seen.insert(text) => scopes.push(text.into()),
            Ok(_) => {}
            Err(why) => {
                let message = format!("`{}` is no scope: {why}", shown(text));
                found.say(Finding::new(&table::SCOPE, item.at.range(), message, "no scope"));
            }
        }
    }
    scopes
}
