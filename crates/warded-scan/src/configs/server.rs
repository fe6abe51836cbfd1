//! The servers of a configuration, and everything that is said of each.

use std::{ops::Range, ptr};

use super::{
    address,
    product::{Part, Product},
    text::Text,
    tree::{Node, What},
    words::{self, Word},
};

/// A server that a client knows.
pub(crate) struct Server {
    pub(crate) name: String,
    /// In the order in which they are met.
    pub(crate) pieces: Vec<Piece>,
    /// The command it is started by, taken apart.
    pub(crate) words: Vec<Word>,
    /// The map it stands in.
    pub(crate) within: Range<usize>,
}

/// A text that is said of a server.
pub(crate) struct Piece {
    /// The keys that lead to it.
    pub(crate) path: String,
    pub(crate) part: Part,
    pub(crate) role: Role,
    pub(crate) text: Text,
}

/// What a text is for.
pub(crate) enum Role {
    /// The value of a header of that name.
    Header(String),
    /// Something of that name: a variable, an option, a setting.
    Named(String),
    /// An address; whether it is where the server is.
    Url { is_server: bool },
    /// The name of a variable, under that key.
    Variable(String),
    /// Any word.
    Loose,
}

pub(crate) fn servers(root: &Node, product: &Product, source: &str) -> Vec<Server> {
    let mut homes = Vec::new();
    for way in &product.servers {
        find(root, way, String::new(), &mut homes);
    }
    let mut all = Vec::new();
    for (path, home) in &homes {
        let named = home.entries().iter().map(|entry| (entry.key.clone(), &entry.value));
        let listed = home.items().iter().enumerate().map(|(at, item)| {
            let name = item.entry("name").and_then(|entry| entry.value.text());
            (name.map_or_else(|| at.to_string(), str::to_owned), item)
        });
        for (name, node) in named.chain(listed) {
            // A map of servers beside others is no server.
            if matches!(node.what, What::Map(_)) && !homes.iter().any(|(_, home)| ptr::eq(*home, node)) {
                let path = joined(path, &name);
                let mut gather = Gather {
                    product,
                    source,
                    pieces: Vec::new(),
                    command: Vec::new(),
                    arguments: Vec::new(),
                };
                gather.map(node, &path, Part::Other);
                all.push(gather.finish(name, home.span.clone()));
            }
        }
    }
    all
}

/// Follows a way; every map or list at its end.
fn find<'t>(node: &'t Node, way: &[String], path: String, all: &mut Vec<(String, &'t Node)>) {
    let Some((key, rest)) = way.split_first() else {
        if matches!(node.what, What::Map(_) | What::List(_))
            && !all.iter().any(|(_, known)| ptr::eq(*known, node))
        {
            all.push((path, node));
        }
        return;
    };
    for entry in node.entries().iter().filter(|entry| key == "*" || entry.key == *key) {
        find(&entry.value, rest, joined(&path, &entry.key), all);
    }
}

/// The way to a key, for people. What stands in a file may be meant to fool whoever reads of it.
fn joined(path: &str, key: &str) -> String {
    if path.len() > 200 {
        return path.to_owned();
    }
    let shown: String =
        key.chars().filter(|letter| !letter.is_control() && *letter != '`').take(60).collect();
    let shown = if key.chars().count() > 60 { format!("{shown}…") } else { shown };
    if path.is_empty() { shown } else { format!("{path}.{shown}") }
}

/// What is said of one server.
struct Gather<'p> {
    product: &'p Product,
    source: &'p str,
    pieces: Vec<Piece>,
    command: Vec<Word>,
    arguments: Vec<Word>,
}

impl Gather<'_> {
    fn map(&mut self, node: &Node, path: &str, part: Part) {
        for entry in node.entries() {
            let (key, value) = (&entry.key, &entry.value);
            let path = joined(path, key);
            let is_in = |keys: &[String]| keys.contains(key);
            if is_in(&self.product.headers) {
                self.each(value, &path, Part::Headers, key, &|key| Role::Header(key.to_owned()));
            } else if is_in(&self.product.env) {
                self.each(value, &path, Part::Env, key, &|key| Role::Named(key.to_owned()));
            } else if is_in(&self.product.variables) {
                self.each(value, &path, Part::Other, key, &|key| Role::Variable(key.to_owned()));
            } else if is_in(&self.product.command) && !matches!(value.what, What::Map(_)) {
                self.word(value, &path, true);
            } else if key == "args" {
                self.word(value, &path, false);
            } else if is_in(&self.product.url) && value.text().is_some() {
                self.each(value, &path, Part::Url, key, &|_| Role::Url { is_server: true });
            } else {
                match &value.what {
                    What::Map(_) => self.map(value, &path, part),
                    _ => self.each(value, &path, part, key, &|key| Role::Named(key.to_owned())),
                }
            }
        }
    }

    /// Every text in it, by the key that is nearest.
    fn each(&mut self, node: &Node, path: &str, part: Part, key: &str, role: &dyn Fn(&str) -> Role) {
        for entry in node.entries() {
            self.each(&entry.value, &joined(path, &entry.key), part, &entry.key, role);
        }
        for (at, item) in node.items().iter().enumerate() {
            self.each(item, &format!("{path}[{at}]"), part, key, role);
        }
        let Some(text) = Text::of(node, self.source) else { return };
        // A list of `NAME=value`, as containers are given their environment.
        let assigned = words::assignment(&text).filter(|_| part == Part::Env && path.ends_with(']'));
        let (role, text) = match assigned {
            Some((name, value)) => (Role::Named(name), value),
            None => (role(key), text),
        };
        let role = match role {
            Role::Named(_) if address::parse(&text.value).is_some() => Role::Url { is_server: false },
            role => role,
        };
        self.pieces.push(Piece { path: path.to_owned(), part, role, text });
    }

    fn word(&mut self, node: &Node, path: &str, is_command: bool) {
        for (at, item) in node.items().iter().enumerate() {
            self.word(item, &format!("{path}[{at}]"), is_command);
        }
        let Some(text) = Text::of(node, self.source) else { return };
        let word = Word { path: path.to_owned(), text };
        if is_command { self.command.push(word) } else { self.arguments.push(word) }
    }

    fn finish(self, name: String, within: Range<usize>) -> Server {
        let words = words::flat(self.command, self.arguments);
        let mut pieces = self.pieces;
        pieces.extend(words::pieces(&words));
        Server { name, pieces, words, within }
    }
}

impl Server {
    /// Where the server is, if that is on a network and known.
    pub(crate) fn origin(&self) -> Option<String> {
        self.addresses()
            .find(|address| address.is_web() && address.is_settled())
            .map(|address| address.origin())
    }

    fn addresses(&self) -> impl Iterator<Item = address::Address<'_>> {
        let at = self.pieces.iter().filter(|piece| matches!(piece.role, Role::Url { is_server: true }));
        at.filter_map(|piece| address::parse(&piece.text.value))
    }

    /// Whether its address is known, and it stays on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let mut addresses = self.addresses().filter(address::Address::is_settled).peekable();
        addresses.peek().is_some() && addresses.all(|address| address.is_local())
    }
}
