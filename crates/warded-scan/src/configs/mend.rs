//! What would take a secret out of a configuration: the client's own way to name a variable in its place.

use std::{collections::BTreeMap, ops::Range};

use super::{
    check::Looked,
    product::Part,
    read::read,
    refer::Source,
    secret::{self, Held},
    server::{Role, Server},
    tree::{Entry, Node},
    words::Word,
};
use crate::finding::{Edit, Fix};

/// How many fixes are worked out for a file, and for how large a one: each is tried.
const MOST: usize = 64;
const LARGEST: usize = 1 << 20;

/// What a change does, and what is written where for it.
type Change = (String, Vec<(Range<usize>, String)>);

/// Mends one file.
pub(crate) struct Mender<'l> {
    looked: &'l Looked<'l>,
    /// The names that are given, and for which secret. Two secrets under one name would be one.
    taken: BTreeMap<String, String>,
    left: usize,
    /// Whether a fix brings the list of inputs. A second one would bring it twice.
    has_list: bool,
}

impl<'l> Mender<'l> {
    pub(crate) fn new(looked: &'l Looked<'l>) -> Self {
        let mut taken = BTreeMap::new();
        let pieces = looked.servers.iter().flat_map(|server| &server.pieces);
        for mention in pieces.flat_map(secret::mentions) {
            if let Source::Variable(name) | Source::Input(name) = mention.source {
                taken.insert(name, String::new());
            }
        }
        let left = if looked.source.len() <= LARGEST { MOST } else { 0 };
        Self { looked, taken, left, has_list: false }
    }

    /// What to write instead of a secret, where its client can read it from elsewhere.
    pub(crate) fn fix(&mut self, server: &Server, held: &Held<'_>) -> Option<Fix> {
        if !held.text.exact || held.is_in_query || self.left == 0 {
            return None;
        }
        self.left -= 1;
        let name = self.name(server, held)?;
        let (says, edits) = match &self.looked.file.product.refer {
            Some(refer) => self.referred(refer, &name, server, held)?,
            None => self.moved(&name, held)?,
        };
        let edits: Vec<_> =
            edits.into_iter().map(|(span, text)| Edit { spot: self.looked.spot(span), text }).collect();
        if !self.is_still_read(&edits) {
            return None;
        }
        self.taken.insert(name, held.text.value.clone());
        Some(Fix { says, safe: true, edits, mode: None })
    }

    fn referred(&mut self, refer: &str, name: &str, server: &Server, held: &Held<'_>) -> Option<Change> {
        if !self.looked.file.product.refer_in.contains(&held.piece.part) {
            return None;
        }
        let mut edits = vec![(held.text.span.clone(), refer.replace("NAME", name))];
        if !refer.contains("input:") {
            return Some((format!("read it from `{name}`, and set that outside of this file"), edits));
        }
        edits.push(self.asked(name, server)?);
        Some((format!("ask for it once, as the input `{name}`"), edits))
    }

    /// The entry of `inputs` by which the client asks for a secret and keeps it.
    fn asked(&mut self, name: &str, server: &Server) -> Option<(Range<usize>, String)> {
        let entry = format!(
            "{{ \"type\": \"promptString\", \"id\": \"{name}\", \"description\": \"{name}\", \"password\": true }}"
        );
        let root = self.looked.root.as_ref()?;
        let home = around(root, &server.within);
        let outer = home.len().checked_sub(2).and_then(|at| home.get(at)).map_or(root, |entry| &entry.value);
        match outer.entry("inputs").map(|entry| &entry.value) {
            Some(inputs) if !inputs.items().is_empty() => {
                Some((inputs.span.start + 1..inputs.span.start + 1, format!("{entry}, ")))
            }
            _ if self.has_list => None,
            Some(inputs) => {
                self.has_list = true;
                Some((inputs.span.clone(), format!("[{entry}]")))
            }
            None => {
                self.has_list = true;
                let start = outer.span.start + 1;
                Some((start..start, format!("\"inputs\": [{entry}], ")))
            }
        }
    }

    /// For a client that takes the names of variables under keys of their own, and only where the header stands alone.
    fn moved(&self, name: &str, held: &Held<'_>) -> Option<Change> {
        let product = self.looked.file.product;
        let Role::Header(header) = &held.piece.role else { return None };
        let ways = around(self.looked.root.as_ref()?, &held.text.span);
        let [.., server, headers, _] = ways.as_slice() else { return None };
        let is_inline =
            self.looked.source.get(headers.value.span.clone()).is_some_and(|text| text.starts_with('{'));
        if !is_inline || headers.value.entries().len() != 1 {
            return None;
        }
        let before = held.piece.text.value.strip_suffix(held.text.value.as_str())?;
        let is_free = |key: &&String| server.value.entry(key).is_none();
        let bearer = product.bearer_variable.as_ref().filter(is_free);
        let other = product.header_variables.as_ref().filter(is_free);
        let text = match (bearer, other) {
            (Some(key), _) if before == "Bearer " && header.eq_ignore_ascii_case("authorization") => {
                format!("{key} = \"{name}\"")
            }
            (_, Some(key)) if before.is_empty() => {
                let header = self.looked.source.get(headers.value.entries().first()?.key_span.clone())?;
                format!("{key} = {{ {header} = \"{name}\" }}")
            }
            _ => return None,
        };
        let span = headers.key_span.start..headers.value.span.end;
        Some((format!("read it from `{name}`, and set that outside of this file"), vec![(span, text)]))
    }

    /// What the variable is to be called.
    fn name(&self, server: &Server, held: &Held<'_>) -> Option<String> {
        let of_server = |what: &str| constant(&format!("{}_{what}", server.name));
        let names = match &held.piece.role {
            Role::Named(name) if held.piece.part == Part::Env => [constant(name), of_server(name)],
            Role::Header(name) if !name.eq_ignore_ascii_case("authorization") => {
                [of_server(name), of_server(&format!("{name}_TOKEN"))]
            }
            Role::Named(name) => [of_server(name), of_server(&format!("{name}_SECRET"))],
            _ => [of_server("TOKEN"), of_server("SECRET")],
        };
        let is_free = |name: &String| self.taken.get(name).is_none_or(|value| *value == held.text.value);
        names.into_iter().find(is_free)
    }

    /// Whether the file can be read afterwards, and the secrets are gone from where they stood.
    fn is_still_read(&self, edits: &[Edit]) -> bool {
        let format = self.looked.file.product.format;
        applied(self.looked.source, edits).is_some_and(|mended| read(&mended, format).broken.is_none())
    }
}

/// A fix that takes these words out of a list of words; nothing where they stand in it in another way.
pub(crate) fn without(looked: &Looked<'_>, words: &[&Word], says: &str, safe: bool) -> Option<Fix> {
    let (first, last) = (words.first()?, words.last()?);
    if !words.iter().all(|word| word.text.exact) {
        return None;
    }
    let (start, end) = (first.text.span.start.checked_sub(1)?, last.text.span.end + 1);
    let quote = looked.source.get(start..=start)?;
    let is_item = matches!(quote, "\"" | "'") && looked.source.get(end - 1..end)? == quote;
    let before = looked.source.get(..start)?.trim_end();
    if !is_item || !before.ends_with(',') {
        return None;
    }
    let edits = vec![Edit { spot: looked.spot(before.len() - 1..end), text: String::new() }];
    let is_read = |text: String| read(&text, looked.file.product.format).broken.is_none();
    applied(looked.source, &edits).is_some_and(is_read).then(|| Fix {
        says: says.to_owned(),
        safe,
        edits,
        mode: None,
    })
}

/// A text after edits.
pub(super) fn applied(source: &str, edits: &[Edit]) -> Option<String> {
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.spot.span.start);
    let (mut mended, mut at) = (String::new(), 0);
    for edit in edits {
        mended.push_str(source.get(at..edit.spot.span.start)?);
        mended.push_str(&edit.text);
        at = edit.spot.span.end;
    }
    mended.push_str(source.get(at..)?);
    Some(mended)
}

/// The entries in which something stands, from the outside. Where TOML gives a table in pieces, its place says nothing
/// of what is in it.
fn around<'t>(node: &'t Node, span: &Range<usize>) -> Vec<&'t Entry> {
    let holds = |node: &Node| node.span.start <= span.start && span.end <= node.span.end;
    for entry in node.entries() {
        if holds(&entry.value) {
            let mut ways = vec![entry];
            ways.extend(around(&entry.value, span));
            return ways;
        }
        let deeper = around(&entry.value, span);
        if !deeper.is_empty() {
            return std::iter::once(entry).chain(deeper).collect();
        }
    }
    Vec::new()
}

/// `GITHUB_TOKEN` of `github-token`.
fn constant(name: &str) -> String {
    let letters = name.chars().take(48);
    let mut constant: String = letters
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
        .collect();
    if constant.starts_with(|first: char| !first.is_ascii_alphabetic()) {
        constant.insert_str(0, "MCP_");
    }
    constant
}
