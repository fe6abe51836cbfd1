//! What the server is called where a fix has to name it: something that is there and is called like it, or a constant that
//! somebody has to fill in. Nothing here makes up an address that could be one.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    draft::Draft,
    source::{Source, around, is_in, parts, within},
    trust::{is_asked_from_outside, is_issuer, is_settings},
};

/// How the address of an MCP server is called, without what spelling adds.
const SERVER: &[&str] = &[
    "serverurl",
    "serveruri",
    "mcpurl",
    "mcpserverurl",
    "mcpserveruri",
    "resourceurl",
    "resourceuri",
    "resourceserverurl",
    "canonicalurl",
    "canonicaluri",
];

/// What is said of a server by its name alone, where a function is given it.
const GIVEN: &[&str] = &["resource", "mcpresource"];

/// The same where tokens are verified.
const AUDIENCES: &[&str] = &["audience", "expectedaudience", "mcpaudience"];

/// The address that nobody has: names under `.invalid` are never given away (RFC 2606), so that nothing is let in by it and
/// no token is issued for it.
pub(super) fn constant_text() -> &'static str {
    "\"https://fill-in-mcp-server-url.invalid/\""
}

/// A name for the server.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// As it is written in the code.
    pub(super) text: String,
    /// What has to be written besides for that.
    define: Option<(Range<usize>, String)>,
    is_there: bool,
}

impl Value {
    /// Whether only what a function is given is called so.
    pub(super) fn is_only_given(&self) -> bool {
        GIVEN.contains(&&*self.text.to_ascii_lowercase())
    }

    /// Whether it has that name already.
    pub(super) fn is_there(&self) -> bool {
        self.is_there
    }

    /// A draft that uses it.
    pub(super) fn draft(&self, says: &str, edits: Vec<(Range<usize>, String)>) -> Draft {
        let says = if self.is_there {
            format!("{says} `{}`", self.text)
        } else {
            format!("{says} `{}`, and fill that in: the canonical URL of the MCP server", self.text)
        };
        Draft { says, safe: false, edits: edits.into_iter().chain(self.define.clone()).collect() }
    }
}

/// Whether it is called like the server, or like an audience, wherever it comes from.
pub(super) fn names_server(text: &str) -> bool {
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    let name = text.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().replace('_', "");
    is_name && [SERVER, GIVEN, AUDIENCES].iter().any(|names| names.contains(&&*name))
}

/// What can name the server at a place, the best first.
pub(super) fn values(source: &Source<'_>, at: Node<'_>, is_audience: bool) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut is_taken = false;
    let mut add = |text: String| {
        if is_issuer(source.text, &text) {
            is_taken |= text == source.hand.constant;
        } else if !all.iter().any(|known| known.text == text) {
            all.push(Value { text, define: None, is_there: true });
        }
    };
    let is_meant = |name: &str, is_given: bool| {
        let name = name.to_ascii_lowercase().replace('_', "");
        SERVER.contains(&&*name)
            || (is_given && GIVEN.contains(&&*name))
            || (is_audience && AUDIENCES.contains(&&*name))
    };
    let parameters = parameters(source, at);
    for (name, is_text) in &parameters {
        if *is_text && is_meant(name, true) {
            add((*name).to_owned());
        }
    }
    for member in members(source, at) {
        let (first, last) = (member.split('.').next(), member.rsplit('.').next());
        let is_known = first
            .is_some_and(|first| is_settings(first) && parameters.iter().any(|(name, _)| *name == first));
        let is_own = first.is_some_and(|first| first == source.hand.this && !first.is_empty());
        if last.is_some_and(|last| is_meant(last, false)) && (is_known || is_own) {
            add(member.to_owned());
        }
    }
    for name in constants(source, at) {
        if is_meant(name, false) {
            add(name.to_owned());
        }
    }
    if is_taken {
        return all;
    }
    if source.is_defined_beside() {
        let text = source.hand.constant.to_owned();
        all.push(Value { text, define: None, is_there: true });
    } else if !all.iter().any(|value| value.text == source.hand.constant)
        && let Some((place, text)) = (source.hand.define)(source, at)
    {
        let define = Some((place..place, text));
        all.push(Value { text: source.hand.constant.to_owned(), define, is_there: false });
    }
    all
}

/// What the functions around a place are given, and whether that is always a text.
fn parameters<'s>(source: &Source<'s>, at: Node<'_>) -> Vec<(&'s str, bool)> {
    let mut all = Vec::new();
    let mut inner = Some(at);
    while let Some(function) = inner.and_then(|node| around(node, source.hand.functions)) {
        let list = function.child_by_field_name("parameters");
        let list = list.or_else(|| function.child_by_field_name("parameter"));
        for parameter in list.map(parts).unwrap_or_default() {
            let mut cursor = parameter.walk();
            let named: Vec<_> = parameter.children_by_field_name("name", &mut cursor).collect();
            if let Some(kind) = parameter.child_by_field_name("type").filter(|_| named.len() > 1) {
                let is_text = source.hand.texts.contains(&source.read(kind));
                all.extend(named.into_iter().map(|name| (source.read(name), is_text)));
                continue;
            }
            let written = source.read(parameter);
            let words = within(parameter, source.hand.names);
            // Where the type comes first, the name is the last one.
            let is_last = matches!(source.language, crate::Language::Java | crate::Language::CSharp);
            let Some(name) = (if is_last { words.last() } else { words.first() }) else { continue };
            let name = source.read(*name);
            let rest = written.replacen(name, "", 1);
            let kind = rest.trim().trim_start_matches(':').trim();
            let is_asked = is_asked_from_outside(source, function);
            let is_free =
                kind.is_empty() && source.hand.texts.iter().any(|text| matches!(*text, "str" | "string"));
            all.push((name, !is_asked && (is_free || source.hand.texts.contains(&kind))));
        }
        inner = function.parent();
    }
    all
}

/// The members of something that are read around a place: `config.server_url`.
fn members<'s>(source: &Source<'s>, at: Node<'_>) -> Vec<&'s str> {
    let scope = around(at, source.hand.classes).or_else(|| around(at, source.hand.functions));
    let all = scope.map(|scope| within(scope, source.hand.members)).unwrap_or_default();
    let is_plain =
        |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    all.into_iter()
        .filter(|member| !is_called(*member))
        .map(|member| source.read(member))
        .filter(is_plain)
        .collect()
}

fn is_called(member: Node<'_>) -> bool {
    member.parent().is_some_and(|parent| parent.child_by_field_name("function") == Some(member))
}

/// What the file itself, or the class around the place, defines or imports by name.
fn constants<'s>(source: &Source<'s>, at: Node<'_>) -> Vec<&'s str> {
    const DEFINED: &[&str] = &["left", "name", "alias", "pattern"];
    let home = around(at, &["class_body", "declaration_list"]);
    let homes = home.into_iter().chain([source.root()]);
    let mut all = Vec::new();
    for statement in homes.flat_map(parts) {
        let is_code =
            source.hand.functions.iter().chain(source.hand.classes).any(|kind| *kind == statement.kind());
        if is_code || is_in(at, statement) {
            continue;
        }
        for name in within(statement, source.hand.names) {
            let Some(parent) = name.parent() else { continue };
            let is_import = statement.kind().contains("import") && statement.kind() != "import_declaration";
            let is_defined = DEFINED.iter().any(|field| parent.child_by_field_name(field) == Some(name))
                && !parent.kind().contains("parameter");
            if is_import || is_defined {
                all.push(source.read(name));
            }
        }
    }
    all
}
