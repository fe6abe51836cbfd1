//! Do the names of a file mean what they seem to?

use std::collections::HashMap;

use super::{
    findings::{Findings, shown},
    yaml::At,
};
use crate::{Action, Document, Finding, Hidden, Name, Section, Unlisted, finding::table};

/// A name with a star in it.
pub(super) fn pattern(pattern: &str, at: At) -> Finding {
    let message = format!("`{}` is a pattern: in Intercept it is the name of a single tool", shown(pattern));
    Finding::new(&table::PATTERN, at.range(), message, "a star")
}

/// Sections of resources or prompts with none in them: what stands there looks like a list that allows nothing, and is no list.
pub(super) fn governs_nothing(key: &str, at: At) -> Finding {
    let message =
        format!("`{key}` is empty, so that `default: deny` says nothing of {key}: every one passes");
    let help = format!(
        "To deny all {key}, write `{key}: {{ \"*\": {{ rules: [{{ name: none, action: deny }}] }} }}`. To let all of them pass, remove `{key}`."
    );
    Finding::new(&table::GOVERNS_NOTHING, at.range(), message, "empty").help(help)
}

/// Looks at the names of all sections.
pub(super) fn check(document: &Document, found: &mut Findings) {
    case(document, found);
    for section in document.tools.iter().chain(&document.resources).chain(&document.prompts) {
        if matches!(&section.name, Name::Exactly(name) if name.trim().is_empty()) {
            let message = "a section has a name that is blank";
            found.say(Finding::new(
                &table::BLANK_NAME,
                section.span.clone(),
                message,
                "nothing has this name",
            ));
        }
    }
    for section in &document.tools {
        let counts = section.rules.iter().any(|rule| rule.state.is_some());
        if counts && section.name == Name::Exactly("_global".into()) {
            let message = "`_global` is a tool here, and how the counters of `*` are called";
            found.say(Finding::new(&table::GLOBAL, section.span.clone(), message, "this tool"));
        }
        if !section.rules.is_empty() && is_hidden(&section.name, &document.hide) {
            let message =
                format!("`{}` is hidden, so that its rules are never asked", shown(section.name.text()));
            found.say(Finding::new(&table::HIDDEN_RULES, section.span.clone(), message, "hidden"));
        }
    }
    if document.default == Unlisted::Deny {
        for sections in [&document.tools, &document.resources, &document.prompts] {
            lists_nothing(sections, found);
        }
    }
}

/// `*` has rules for what is listed, and lists nothing itself. One that denies every call by a rule of its own says what it does.
fn lists_nothing(sections: &[Section], found: &mut Findings) {
    if let [Section { name: Name::Every, span, rules, .. }] = sections
        && !rules.iter().any(|rule| rule.action == Action::Deny && rule.conditions.is_empty() && !rule.shadow)
    {
        let message =
            "`default: deny` denies what is not listed, and `*` lists nothing: every call is denied";
        found.say(Finding::new(&table::LISTS_NOTHING, span.clone(), message, "the only section"));
    }
}

fn is_hidden(name: &Name, hide: &Hidden) -> bool {
    match hide {
        Hidden::All => true,
        Hidden::Named(names) => *name != Name::Every && names.contains(name),
    }
}

/// MCP tells names apart by case, and people do not.
fn case(document: &Document, found: &mut Findings) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    if let Hidden::Named(names) = &document.hide {
        seen.extend(names.iter().map(|name| (name.text().to_lowercase(), name.text())));
    }
    for section in &document.tools {
        let name = section.name.text();
        let other = *seen.entry(name.to_lowercase()).or_insert(name);
        if other != name {
            let message =
                format!("`{}` and `{}` are two tools, which differ in case only", shown(other), shown(name));
            found.say(Finding::new(&table::CASE, section.span.clone(), message, "another tool"));
        }
    }
}
