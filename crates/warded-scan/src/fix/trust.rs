//! What is called like the server and must not name it: the authorization server, and what a request brings along. A fix that
//! took it would look like one, and let in what it is to keep out.

use tree_sitter::Node;

use super::source::Source;

/// What authorization servers answer at.
const ENDPOINTS: &[&str] = &[
    "/token",
    "/authorize",
    "/oauth",
    "/register",
    "/introspect",
    "/revoke",
    "/par",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

/// What somebody set up is called, other than what somebody sent.
const SETTINGS: &[&str] = &["conf", "cfg", "setting", "option", "opts", "env", "server", "resource", "deps"];

/// Decorations that bring nobody's values.
const HARMLESS: &[&str] = &["@override", "@typing.override", "@staticmethod", "@classmethod", "@property"];

/// Whether a line of the text asks an authorization server under that name.
pub(super) fn is_issuer(text: &str, name: &str) -> bool {
    let is_asked = |line: &str| {
        // What it says there of itself is what makes it a server.
        let line = line.replace("/.well-known/oauth-protected-resource", "");
        ENDPOINTS.iter().any(|endpoint| line.contains(endpoint))
    };
    text.lines().filter(|line| line.contains(name) && is_asked(line)).any(|line| has_word(line, name))
}

fn has_word(line: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|line| line.chars().next_back());
        let after = line.get(at + name.len()..).and_then(|line| line.chars().next());
        // `${` begins what is put into a text.
        !before.is_some_and(|letter| is_part(letter) || letter == '.') && !after.is_some_and(is_part)
    })
}

/// Whether members of something that is called so were set up, and not sent: those of a request or of a token are whatever
/// its sender likes.
pub(super) fn is_settings(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SETTINGS.iter().any(|part| name.contains(part))
}

/// Whether a function is decorated, as those are that requests are led to: what it is given may come out of these.
pub(super) fn is_asked_from_outside(source: &Source<'_>, function: Node<'_>) -> bool {
    let is_decoration = |node: &Node<'_>| {
        let is_one = matches!(
            node.kind(),
            "decorator" | "attribute_item" | "attribute_list" | "annotation" | "marker_annotation"
        );
        let said = source.read(*node).to_ascii_lowercase();
        is_one && !HARMLESS.contains(&said.trim())
    };
    let mut cursor = function.walk();
    let inner: Vec<_> = function.named_children(&mut cursor).collect();
    let is_within = inner.iter().any(|part| {
        let mut cursor = part.walk();
        is_decoration(part)
            || (part.kind() == "modifiers" && part.named_children(&mut cursor).any(|one| is_decoration(&one)))
    });
    is_within
        || std::iter::successors(function.prev_named_sibling(), Node::prev_named_sibling)
            .take_while(|one| is_decoration(one) || one.kind().contains("comment"))
            .any(|one| is_decoration(&one))
}
