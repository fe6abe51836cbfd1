//! What is written: a policy that allows what is listed, with what there is to consider in comments.

use serde_json::{Value, json};

use super::{
    listed::{Listed, Odd, Tool},
    named::{Entry, Named},
    quoted::comment,
    risk::{self, Risk},
};
use crate::report;

/// Most entries that are named as left out, of each kind.
const MAX_LEFT_OUT: usize = 100;

/// A policy, and how much stands in it.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) text: String,
    tools: usize,
    risky: usize,
    resources: usize,
    templates: usize,
    prompts: usize,
    left_out: usize,
}

impl Page {
    pub(super) fn of(listed: &Listed) -> Self {
        let Listed { place, server, .. } = listed;
        let called = if server.is_empty() { String::new() } else { format!(" ({server})") };
        let mut text =
            comment("", &format!("A policy for {place}{called}, begun by `warded policy scaffold`."));
        text += "#
# It allows what the server listed, and nothing else: a tool, resource or prompt that is not here is
# denied until somebody adds it. Write rules where there is `rules: []`; the comments beside it say which to consider.
# `warded policy check FILE` says what is wrong with it, `warded policy explain FILE` what it decides.

default: deny
";
        let tools = Named::of(&listed.tools);
        text += if tools.entries.is_empty() { "\ntools: {}\n" } else { "\ntools:\n" };
        for group in Risk::ALL {
            let tools = tools.entries.iter().filter(|named| risk::of(named.name, named.about) == group);
            let tools: Vec<_> = tools.collect();
            if !tools.is_empty() {
                text += &format!("\n  # --- {}: {}\n", group.title(), tools.len());
            }
            for tool in tools {
                text += &section(&tool.key, tool.about, group);
            }
        }
        text += &left_out(&tools.odd);
        let resources = Named::of(&listed.resources);
        let templates = Named::of_templates(&listed.templates, &listed.resources);
        text += &governed("resources", &[&resources, &templates]);
        let prompts = Named::of(&listed.prompts);
        text += &governed("prompts", &[&prompts]);
        // Without its sections of resources and prompts a policy lets all of them pass; without a version it is none.
        text +=
            "\n# This comes last: a part of this file is no policy, and allows nothing.\nversion: \"1\"\n";
        let destroys = |tool: &&Entry<'_, Tool>| risk::of(tool.name, tool.about) == Risk::Destroys;
        Self {
            text,
            tools: tools.entries.len(),
            risky: tools.entries.iter().filter(destroys).count(),
            resources: resources.entries.len(),
            templates: templates.entries.len(),
            prompts: prompts.entries.len(),
            left_out: tools.odd.len() + resources.odd.len() + templates.odd.len() + prompts.odd.len(),
        }
    }

    pub(super) fn summary(&self) -> String {
        let Self { tools, risky, resources, templates, prompts, left_out, .. } = self;
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
        let left_out = match left_out {
            0 => String::new(),
            left_out => format!("; {left_out} left out, for reasons that stand in the policy"),
        };
        format!("{}; {risky} of the tools may do harm{left_out}", counts.join(", "))
    }

    pub(super) fn counts(&self) -> Value {
        let Self { tools, risky, resources, templates, prompts, left_out, .. } = self;
        json!({
            "tools": tools,
            "risky": risky,
            "resources": resources,
            "templates": templates,
            "prompts": prompts,
            "left_out": left_out,
        })
    }
}

fn section(key: &str, about: &Tool, risk: Risk) -> String {
    let mut text = format!("\n{}", comment("  ", &about.description));
    for (name, description) in &about.arguments {
        let said = if description.trim().is_empty() { String::new() } else { format!(": {description}") };
        text += &comment("  ", &format!("- args.{name}{said}"));
    }
    if about.more > 0 {
        text += &comment("  ", &format!("- and {} more arguments", about.more));
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

/// What was listed and stands nowhere, and why.
fn left_out(odd: &[Odd]) -> String {
    if odd.is_empty() {
        return String::new();
    }
    let mut text = format!("\n  # --- Left out, and denied: {}\n", odd.len());
    for Odd { name, why } in odd.iter().take(MAX_LEFT_OUT) {
        // The name comes last: it may be as long as its server likes.
        text += &comment("  ", &format!("- {why}: {}", report::escaped(name)));
    }
    if let Some(more @ 1..) = odd.len().checked_sub(MAX_LEFT_OUT) {
        text += &format!("  # - and {more} more\n");
    }
    text
}

/// A section that denies what it does not name. One without names would say nothing, and a policy that says nothing of resources
/// or prompts lets all of them pass, also those that the server adds later or never lists.
fn governed(section: &str, lists: &[&Named<'_, String>]) -> String {
    let mut text = format!("\n{section}:\n");
    let mut is_empty = true;
    for Entry { name, key, about } in lists.iter().flat_map(|named| &named.entries) {
        // A template is not the pattern that it becomes.
        let is_said = *key == format!("\"{name}\"");
        let said = if is_said { (*about).clone() } else { format!("{name}: {about}") };
        text += &format!("\n{}", comment("  ", &said));
        // No resource and no prompt is called by a star: what has one has become a pattern.
        if key.contains('*') {
            text += "  # The star also means slashes: this allows more than the template says.\n";
        }
        text += &format!("  {key}:\n    rules: []\n");
        is_empty = false;
    }
    for named in lists {
        text += &left_out(&named.odd);
    }
    if is_empty {
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
    use warded_policy::{Action, Name, Reading, Severity, Unlisted, read};

    use super::{super::listed::List, *};

    fn list<T, const N: usize>(entries: [(&str, T); N]) -> List<T> {
        List { entries: entries.map(|(name, about)| (name.to_owned(), about)).into(), odd: Vec::new() }
    }

    fn listed() -> Listed {
        let tool = |description: &str| Tool { description: description.to_owned(), ..Tool::default() };
        Listed {
            place: "https://mcp.example.com/mcp".to_owned(),
            server: "notes\n\"*\": {} 1".to_owned(),
            tools: list([
                ("delete_note", tool("Deletes.\n  \"*\":\n    rules: []")),
                ("read_note", tool("Reads.")),
                ("*", tool("Everything.")),
                ("", tool("Nothing.")),
            ]),
            resources: list([("file:///a", "A file.\nresources: {}".to_owned())]),
            templates: list([
                ("file:///{+path}{?q}", "Any file.".to_owned()),
                ("file:///{path}", "The same.".to_owned()),
                ("{uri}", "Anything.".to_owned()),
            ]),
            prompts: list([("hello", "Says hello.".to_owned())]),
        }
    }

    #[test]
    fn what_is_left_out_is_named_with_the_reason_and_not_counted() {
        let page = Page::of(&listed());
        for line in [
            "  # --- Left out, and denied: 2\n  # - its name is blank:\n",
            "  # - a star is a pattern in a policy, and would allow more than this: *\n",
            "  # - what it becomes is listed already: file:///{path}\n",
            "would allow more than this: {uri}\n",
            "  # The star also means slashes: this allows more than the template says.\n  \"file:///*\":\n",
        ] {
            assert!(page.text.contains(line), "{line}: {}", page.text);
        }
        assert_eq!(
            page.summary(),
            "2 tools, 1 resource, 1 template of resources, 1 prompt; 1 of the tools may do harm; 4 left out, for reasons that stand in the policy"
        );
        assert_eq!((&page.counts()["tools"], &page.counts()["left_out"]), (&2.into(), &4.into()));
        let odd = Odd { name: "x\n  \"*\": {}".to_owned(), why: "it is odd" };
        let many = left_out(&vec![odd; 10_000]);
        assert_eq!(many.lines().count(), 2 + MAX_LEFT_OUT + 1, "{many}");
        assert!(many.ends_with("  # - and 9900 more\n"), "{many}");
        assert!(many.lines().skip(1).all(|line| line.starts_with("  # ")), "{many}");
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
    fn a_part_of_a_policy_is_none() {
        let page = Page::of(&listed());
        // A policy that is whole but for the line break is the same policy.
        let whole = page.text.trim_end().len();
        for part in (0..whole).filter_map(|cut| page.text.get(..cut)) {
            for reading in [Reading::Strict, Reading::Lenient] {
                let read = read(part, reading);
                let is_refused = read.findings.iter().any(|finding| finding.severity == Severity::Error);
                assert!(is_refused, "{part}");
            }
        }
    }

    #[test]
    fn where_nothing_can_be_named_everything_is_denied() {
        let stars = Listed {
            resources: list([("*", String::new())]),
            templates: list([("{uri}", String::new())]),
            prompts: list([("a*", String::new())]),
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
