//! From the events of a parser to a tree, and no further than the bounds.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, StructureStyle, Tag};

use super::{At, MOST_DEPTH, MOST_NODES, MOST_REPEATED, Node, Pair, What, merge, scalar};
use crate::{
    Finding,
    finding::table,
    read::findings::{Findings, shown},
};

/// A tree that grows.
pub(super) struct Build<'s> {
    /// What aliases stand for; nothing yet where it is still open.
    anchors: HashMap<usize, Node<'s>>,
    open: Vec<Open<'s>>,
    root: Option<Node<'s>>,
    is_done: bool,
    nodes: usize,
    /// How many entries merge keys have brought.
    merged: usize,
}

/// A list or mapping whose end is still to come.
struct Open<'s> {
    is_map: bool,
    is_flow: bool,
    anchor: usize,
    start: At,
    items: Vec<Node<'s>>,
}

type Stop = Box<Finding>;

impl<'s> Build<'s> {
    pub(super) fn new() -> Self {
        Self { anchors: HashMap::new(), open: Vec::new(), root: None, is_done: false, nodes: 0, merged: 0 }
    }

    /// Whether the document is read to its end.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// The tree, unless what aliases stand for makes too much of it.
    pub(super) fn finish(self, found: &mut Findings) -> Option<Node<'s>> {
        let root = self.root?;
        if (root.weight as usize).saturating_sub(self.nodes) > MOST_REPEATED {
            let message = format!("aliases stand for more than {MOST_REPEATED} values");
            found.say(Finding::new(&table::TOO_COMPLEX, root.at.range(), message, "in this file"));
            return None;
        }
        Some(root)
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'s>, at: At, found: &mut Findings) -> Result<(), Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = match tag {
                    Some(tag) => scalar::core(&tag).ok_or_else(|| foreign(&tag, at))?,
                    None => None,
                };
                let scalar = scalar::Scalar::new(text, style, tag);
                self.leaf(Node { what: What::Scalar(scalar), at, weight: 1, depth: 1 }, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let open =
                    Open { is_map: false, is_flow: is_flow(style), anchor, start: at, items: Vec::new() };
                self.begin(open, tag.as_deref())
            }
            Event::MappingStart(style, anchor, tag) => {
                let open =
                    Open { is_map: true, is_flow: is_flow(style), anchor, start: at, items: Vec::new() };
                self.begin(open, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(at, found),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| {
                    let message = "an alias stands in what it stands for";
                    Box::new(Finding::new(&table::YAML, at.range(), message, "without an end"))
                })?;
                self.leaf(node, 0)
            }
            Event::DocumentEnd => {
                self.is_done = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open<'s>, tag: Option<&Tag>) -> Result<(), Stop> {
        let expected = if open.is_map { "map" } else { "seq" };
        if let Some(tag) = tag.filter(|tag| tag.core_suffix() != Some(expected)) {
            return Err(foreign(tag, open.start).into());
        }
        if self.open.len() >= MOST_DEPTH {
            return Err(too_deep(open.start).into());
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self, at: At, found: &mut Findings) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        // What is indented ends where the next thing begins, and what is said of it points at its last line.
        let last =
            open.items.last().map(|last| last.at).filter(|last| last.range().end > open.start.range().start);
        let node_at = open.start.to(last.filter(|_| !open.is_flow).unwrap_or(at));
        let depth = 1 + open.items.iter().map(|item| item.depth).max().unwrap_or_default();
        if usize::from(depth) > MOST_DEPTH {
            return Err(too_deep(open.start).into());
        }
        let what = if open.is_map {
            What::Map(self.pairs(open.items, found)?.into())
        } else {
            What::List(open.items.into())
        };
        let weight = match &what {
            What::Scalar(_) => 1,
            What::List(items) => items.iter().fold(1, |sum: u32, item| sum.saturating_add(item.weight)),
            What::Map(pairs) => {
                pairs.iter().fold(1, |sum: u32, pair| sum.saturating_add(1).saturating_add(pair.value.weight))
            }
        };
        self.leaf(Node { what, at: node_at, weight, depth }, open.anchor)
    }

    /// A value is whole.
    fn leaf(&mut self, node: Node<'s>, anchor: usize) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(too_complex(node.at, format!("the file has more than {MOST_NODES} values")).into());
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    /// The entries of a mapping: each key once, in the order of the file, and then what merge keys bring.
    fn pairs(&mut self, items: Vec<Node<'s>>, found: &mut Findings) -> Result<Vec<Pair<'s>>, Stop> {
        let mut pairs: Vec<Pair<'s>> = Vec::with_capacity(items.len() / 2);
        let mut merges = None;
        let mut seen = HashSet::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let at = key.at;
            let key = match key.what {
                // A key that is nothing would be called by how nothing is spelled.
                What::Scalar(scalar) if !scalar.is_null() => scalar,
                _ => {
                    let message = format!("a key is a text, and this is {}", key.kind());
                    found.say(Finding::new(&table::YAML, at.range(), message, "no key"));
                    continue;
                }
            };
            if !seen.insert(key.text.clone()) {
                let message = format!("the key `{}` stands twice in one mapping", shown(&key.text));
                found.say(Finding::new(&table::DUPLICATE_KEY, at.range(), message, "for the second time"));
            } else if key.is_merge() {
                merges = Some(value);
            } else {
                pairs.push(Pair { key, key_at: at, value });
            }
        }
        if let Some(merges) = merges {
            self.merged += merge::into(&mut pairs, seen, &merges, MOST_REPEATED - self.merged)?;
        }
        Ok(pairs)
    }
}

pub(super) fn too_complex(at: At, message: String) -> Finding {
    Finding::new(&table::TOO_COMPLEX, at.range(), message, "here it became too much")
}

fn is_flow(style: StructureStyle) -> bool {
    style == StructureStyle::Flow
}

fn too_deep(at: At) -> Finding {
    too_complex(at, format!("lists and mappings stand more than {MOST_DEPTH} deep"))
}

fn foreign(tag: &Tag, at: At) -> Finding {
    let message = format!("the tag `{}` is not read", shown(&tag.original()));
    Finding::new(&table::TAG, at.range(), message, "this value has it")
}
