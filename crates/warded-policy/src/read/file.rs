//! The file as a whole: its version, its default, its sections.

use std::ops::Range;

use super::{
    fields::Fields,
    findings::{Findings, shown},
    gathered::Gathered,
    hide, names,
    section::{self, Kind},
    yaml::Node,
};
use crate::{Document, Finding, Hidden, Unlisted, finding::table, nearest, reference::FILE};

/// Reads the file.
pub(super) fn document(root: &Node<'_>, found: &mut Findings) -> Option<Document> {
    if root.is_null() {
        found.say(no_version(root.at.range()));
        return None;
    }
    let fields = Fields::read(root, "the file", &FILE, found)?;
    version(root, &fields, found);
    let description = fields.get("description").and_then(|node| found.text(node, "description"));
    let default = fields.get("default").and_then(|node| default(node, found)).unwrap_or(Unlisted::Allow);
    let hide = fields.get("hide").map_or(Hidden::Named(Vec::new()), |node| hide::hidden(node, found));
    let shadow = fields.get("shadow").and_then(|node| found.flag(node, "shadow")).unwrap_or(false);
    if let Some(at) = fields.at("approvals") {
        let message = "`approvals` is known from Intercept's pages only (provisional), and is not read";
        found.say(Finding::new(&table::APPROVALS, at.range(), message, "without effect"));
    }
    let mut gathered = Gathered::default();
    let mut sections = |kind: Kind, found: &mut Findings| {
        fields.get(kind.key()).map_or(Vec::new(), |node| section::sections(node, kind, &mut gathered, found))
    };
    let tools = sections(Kind::Tools, found);
    let resources = sections(Kind::Resources, found);
    let prompts = sections(Kind::Prompts, found);
    let document = Document {
        description: description.map(Into::into),
        default,
        hide,
        shadow,
        tools,
        resources,
        prompts,
    };
    if default == Unlisted::Deny {
        for (kind, sections) in [(Kind::Resources, &document.resources), (Kind::Prompts, &document.prompts)] {
            // What is no mapping at all is an error already.
            let is_empty = fields.raw(kind.key()).is_some_and(|node| node.is_null() || node.is_mapping());
            if let Some(at) = fields.key_at(kind.key()).filter(|_| is_empty && sections.is_empty()) {
                found.say(names::governs_nothing(kind.key(), at));
            }
        }
    }
    gathered.mentions.check(&document, found);
    names::check(&document, found);
    Some(document)
}

/// A file without a version may be anything.
pub(super) fn no_version(at: Range<usize>) -> Finding {
    Finding::new(&table::VERSION, at, "the key `version` is missing", "in this file")
}

fn version(root: &Node<'_>, fields: &Fields<'_, '_>, found: &mut Findings) {
    let Some(node) = fields.get("version") else {
        let start = root.at.range().start;
        found.say(no_version(fields.raw("version").map_or(start..start, |node| node.at.range())));
        return;
    };
    // Unquoted, it is a number for YAML, and a text for whoever asks for a text.
    match found.text(node, "version") {
        None | Some("1") => {}
        Some(other) => found.say(Finding::new(
            &table::VERSION,
            node.at.range(),
            format!("version `{}` is not known", shown(other)),
            "not `1`",
        )),
    }
}

fn default(node: &Node<'_>, found: &mut Findings) -> Option<Unlisted> {
    match found.text(node, "default")? {
        "" | "allow" => Some(Unlisted::Allow),
        "deny" => Some(Unlisted::Deny),
        other => {
            let message = format!("`{}` is not possible as `default`", shown(other));
            let finding =
                Finding::new(&table::DEFAULT, node.at.range(), message, "neither `allow` nor `deny`");
            found.say(match nearest(other, ["allow", "deny"].into_iter()) {
                Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
                None => finding,
            });
            None
        }
    }
}
