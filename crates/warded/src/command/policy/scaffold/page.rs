//! What is written: a policy that allows what is listed, with what there is to consider in comments.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    listed::{Listed, Tool},
    quoted::{comment, name},
    risk::{self, Risk},
};

/// A policy, and how much stands in it.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) text: String,
    tools: usize,
    risky: usize,
    resources: usize,
    templates: usize,
    prompts: usize,
}

impl Page {
    pub(super) fn of(listed: &Listed) -> Self {
        let mut text = comment(
            "",
            &format!("A policy for {} ({}), begun by `warded policy scaffold`.", listed.place, listed.server),
        );
        text += "#
# It allows what the server listed, and nothing else: a tool, resource or prompt that is not here is
# denied until somebody adds it. Write rules where there is `rules: []`; the comments beside it say which to consider.
# `warded policy check FILE` says what is wrong with it, `warded policy explain FILE` what it decides.

version: \"1\"
default: deny
";
        let risk = |tool: (&String, &Tool)| risk::of(tool.0, tool.1);
        text += if listed.tools.is_empty() { "\ntools: {}\n" } else { "\ntools:\n" };
        for group in Risk::ALL {
            let tools: Vec<_> = listed.tools.iter().filter(|tool| risk(*tool) == group).collect();
            if !tools.is_empty() {
                text += &format!("\n  # --- {}: {}\n", group.title(), tools.len());
            }
            for (name, tool) in tools {
                text += &section(name, tool, group);
            }
        }
        text += &resources(listed);
        text += &governed("prompts", &plain(&listed.prompts));
        Self {
            text,
            tools: listed.tools.len(),
            risky: listed.tools.iter().filter(|tool| risk(*tool) == Risk::Destroys).count(),
            resources: listed.resources.len(),
            templates: listed.templates.len(),
            prompts: listed.prompts.len(),
        }
    }

    pub(super) fn summary(&self) -> String {
        let Self { tools, risky, resources, templates, prompts, .. } = self;
        let counts = [
            (tools, "tool"),
            (resources, "resource"),
            (templates, "template of resources"),
            (prompts, "prompt"),
        ];
        let counts = counts.map(|(count, word)| match (*count, word.split_once(' ')) {
            (1, _) => format!("1 {word}"),
            (count, Some((word, of))) => format!("{count} {word}s {of}"),
            (count, None) => format!("{count} {word}s"),
        });
        format!("{}; {risky} of the tools may do harm", counts.join(", "))
    }

    pub(super) fn counts(&self) -> Value {
        let Self { tools, risky, resources, templates, prompts, .. } = self;
        json!({
            "tools": tools,
            "risky": risky,
            "resources": resources,
            "templates": templates,
            "prompts": prompts,
        })
    }
}

/// A tool. A star in a policy is a pattern: it would allow more than is listed.
fn section(tool: &str, about: &Tool, risk: Risk) -> String {
    let Some(key) = name(tool).filter(|_| !tool.contains('*')) else {
        return left_out(tool);
    };
    let mut text = format!("\n{}", comment("  ", &about.description));
    for (name, description) in &about.arguments {
        let said = if description.trim().is_empty() { String::new() } else { format!(": {description}") };
        text += &comment("  ", &format!("- args.{name}{said}"));
    }
    text += &format!("  {key}:\n    rules: []\n");
    let rule = match risk {
        Risk::Destroys => {
            "    # rules:\n    #   - name: takes an approval\n    #     action: require_approval\n"
        }
        Risk::Changes => {
            "    # rules:\n    #   - name: ten a minute\n    #     rate_limit: 10/minute\n    #     per: subject\n"
        }
        Risk::Unknown | Risk::Reads => "",
    };
    text + rule
}

fn left_out(name: &str) -> String {
    let why = "Left out, since a policy cannot name it (a star is a pattern, a template without a scheme means everything, and names are no longer than 512 characters): ";
    format!("\n{}", comment("  ", &format!("{why}{name}")))
}

/// Resources, and templates as patterns.
fn resources(listed: &Listed) -> String {
    let mut all = listed.resources.clone();
    let mut entries = plain(&listed.resources);
    for (template, description) in &listed.templates {
        let pattern = pattern(template).filter(|pattern| !all.contains_key(pattern));
        match pattern.and_then(|pattern| Some((name(&pattern)?, pattern))) {
            Some((key, pattern)) => {
                entries.text += &format!("\n{}", comment("  ", &format!("{template}: {description}")));
                entries.text += &format!("  {key}:\n    rules: []\n");
                entries.named += 1;
                all.insert(pattern, String::new());
            }
            None => entries.text += &left_out(template),
        }
    }
    governed("resources", &entries)
}

/// A template with a star for each expression (RFC 6570). None where a star of its own would become a pattern, or where the scheme
/// is the caller's to choose: `*:*` means every resource there is.
fn pattern(template: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((_, behind)) = behind.split_once('}') else { break };
        if before.contains('*') {
            return None;
        }
        pattern += before;
        if !pattern.ends_with('*') {
            pattern.push('*');
        }
        rest = behind;
    }
    let is_open = pattern.split(':').next().is_some_and(|scheme| scheme.contains('*'));
    (!is_open && !rest.contains('*')).then(|| pattern + rest)
}

/// What stands in a section of resources or prompts, and how many names: comments alone are none.
#[derive(Default)]
struct Entries {
    text: String,
    named: usize,
}

/// What has a name and a description.
fn plain(listed: &BTreeMap<String, String>) -> Entries {
    let mut entries = Entries::default();
    for (entry, description) in listed {
        match name(entry).filter(|_| !entry.contains('*')) {
            Some(key) => {
                entries.text += &format!("\n{}  {key}:\n    rules: []\n", comment("  ", description));
                entries.named += 1;
            }
            None => entries.text += &left_out(entry),
        }
    }
    entries
}

/// A section that denies what it does not name. One without names would say nothing, and a policy that says nothing of resources
/// or prompts lets all of them pass, also those that the server adds later or never lists.
fn governed(section: &str, entries: &Entries) -> String {
    let mut text = format!("\n{section}:\n{}", entries.text);
    if entries.named == 0 {
        let why = format!(
            "There are no {section} to name: this denies every one, until somebody names some instead."
        );
        text += &comment("  ", &why);
        text += "  \"*\":\n    rules:\n      - name: nothing was listed\n        action: deny\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use warded_policy::{Action, Name, Reading, Unlisted, read};

    use super::*;

    fn listed() -> Listed {
        let tool = |description: &str| Tool { description: description.to_owned(), ..Tool::default() };
        let entry = |name: &str, about: &str| (name.to_owned(), about.to_owned());
        Listed {
            place: "https://mcp.example.com/mcp".to_owned(),
            server: "notes\n\"*\": {} 1".to_owned(),
            tools: [
                ("delete_note".to_owned(), tool("Deletes.\n  \"*\":\n    rules: []")),
                ("read_note".to_owned(), tool("Reads.")),
                ("*".to_owned(), tool("Everything.")),
                (String::new(), tool("Nothing.")),
            ]
            .into(),
            resources: [entry("file:///a", "A file.\nresources: {}")].into(),
            templates: [entry("file:///{+path}{?q}", "Any file."), entry("{uri}", "Anything.")].into(),
            prompts: [entry("hello", "Says hello.")].into(),
        }
    }

    #[test]
    fn what_is_listed_is_allowed_and_nothing_else() {
        let page = Page::of(&listed());
        let read = read(&page.text, Reading::Strict);
        let document = read.document.unwrap_or_else(|| panic!("{}\n{:#?}", page.text, read.findings));
        let names = |sections: &[warded_policy::Section]| {
            sections.iter().map(|section| section.name.text().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(document.default, Unlisted::Deny);
        assert_eq!(names(&document.tools), ["delete_note", "read_note"], "{}", page.text);
        assert_eq!(names(&document.resources), ["file:///a", "file:///*"]);
        assert_eq!(names(&document.prompts), ["hello"]);
        assert_eq!(read.findings, [], "{}", page.text);
    }

    #[test]
    fn no_template_is_a_pattern_for_more_than_it_says() {
        for (template, is) in [
            ("file:///{+path}{?q}", Some("file:///*")),
            ("https://{host}/notes/{id*}", Some("https://*/notes/*")),
            ("note:today", Some("note:today")),
            // Stars of the server's own.
            ("*", None),
            ("**", None),
            ("*:*", None),
            ("file:///*", None),
            ("file:///*/{id}", None),
            ("file:///{id}/*", None),
            ("file:///{id*", None),
            // The caller chooses the scheme.
            ("{uri}", None),
            ("{scheme}:{+rest}", None),
            ("{scheme}://notes/{id}", None),
            ("http{s}://notes", None),
            ("notes/{id}", None),
        ] {
            assert_eq!(pattern(template).as_deref(), is, "{template}");
        }
    }

    #[test]
    fn where_nothing_can_be_named_everything_is_denied() {
        let entry = |name: &str| (name.to_owned(), String::new());
        let stars = Listed {
            resources: [entry("*")].into(),
            templates: [entry("{uri}")].into(),
            prompts: [entry("a*")].into(),
            ..Listed::default()
        };
        for listed in [Listed::default(), stars] {
            let page = Page::of(&listed);
            let read = read(&page.text, Reading::Strict);
            let document = read.document.unwrap_or_else(|| panic!("{}\n{:#?}", page.text, read.findings));
            assert_eq!(read.findings, [], "{}", page.text);
            for sections in [&document.resources, &document.prompts] {
                let [section] = sections.as_slice() else { panic!("{}", page.text) };
                let [rule] = section.rules.as_slice() else { panic!("{}", page.text) };
                assert_eq!((&section.name, &rule.action), (&Name::Every, &Action::Deny), "{}", page.text);
                assert!(rule.conditions.is_empty() && !rule.shadow, "{}", page.text);
            }
        }
    }
}
