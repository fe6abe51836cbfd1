//! YAML: its first document, which is the one that clients read. Aliases and merge keys stand for what they name.

use std::{collections::HashMap, ops::Range};

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::MOST_DEPTH;
use crate::{
    configs::tree::{Entry, Node, Read, What},
    finding::Why,
};

/// How many values may be named and repeated. A few lines of aliases can stand for billions.
const MOST_COPIED: usize = 20_000;

pub(super) fn read(source: &str) -> Read {
    let mut options =
        granit_parser::options! { flow_nesting_limit: MOST_DEPTH, block_nesting_limit: MOST_DEPTH };
    options.set_emit_comments(false);
    let mut build = Build { anchors: HashMap::new(), open: Vec::new(), root: None, left: MOST_COPIED };
    // The end of what was read: an error may point far behind what is wrong.
    let mut read = 0;
    for event in Parser::new_from_str_with_options(source, options) {
        match event {
            Ok((Event::DocumentEnd, _)) => break,
            Ok((event, span)) => {
                let span = offsets(span, source);
                let end = span.end;
                if let Err(why) = build.take(event, span) {
                    return build.finish(Some((read, why)));
                }
                read = read.max(end);
            }
            Err(error) => {
                let deep = matches!(error.kind(), granit_parser::ErrorKind::RecursionLimitExceeded);
                return build.finish(Some((read, if deep { Why::Deep } else { Why::Syntax })));
            }
        }
    }
    build.finish(None)
}

fn offsets(span: Span, source: &str) -> Range<usize> {
    let start = span.start.byte_offset().unwrap_or_default().min(source.len());
    start..span.end.byte_offset().unwrap_or_default().clamp(start, source.len())
}

struct Build {
    anchors: HashMap<usize, Node>,
    open: Vec<Open>,
    root: Option<Node>,
    /// How many values may still be copied.
    left: usize,
}

/// A list or a map whose end is still to come.
struct Open {
    is_map: bool,
    anchor: usize,
    start: usize,
    items: Vec<Node>,
}

impl Build {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Why> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_nothing =
                    style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "true" | "false");
                let what = if is_nothing { What::Nothing } else { What::Text(text.into_owned()) };
                self.leaf(Node { what, span }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(false, anchor, span.start),
            Event::MappingStart(_, anchor, _) => self.begin(true, anchor, span.start),
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = copy(node, &mut self.left).ok_or(Why::Deep)?;
                    self.leaf(node, 0)
                }
                None => self.leaf(Node { what: What::Nothing, span }, 0),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, is_map: bool, anchor: usize, start: usize) -> Result<(), Why> {
        if self.open.len() >= MOST_DEPTH {
            return Err(Why::Deep);
        }
        self.open.push(Open { is_map, anchor, start, items: Vec::new() });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), Why> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let anchor = open.anchor;
        self.leaf(open.close(end), anchor)
    }

    /// A value is whole.
    fn leaf(&mut self, node: Node, anchor: usize) -> Result<(), Why> {
        if anchor != 0 {
            let named = copy(&node, &mut self.left).ok_or(Why::Deep)?;
            self.anchors.insert(anchor, named);
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    /// What was read, also where it ends in the middle.
    fn finish(mut self, broken: Option<(usize, Why)>) -> Read {
        while let Some(open) = self.open.pop() {
            let end = broken.as_ref().map_or(open.start, |(at, _)| *at);
            let node = open.close(end);
            match self.open.last_mut() {
                Some(outer) => outer.items.push(node),
                None => self.root = Some(node),
            }
        }
        Read { root: self.root, broken }
    }
}

impl Open {
    fn close(self, end: usize) -> Node {
        let span = self.start..end.max(self.start);
        if !self.is_map {
            return Node { what: What::List(self.items), span };
        }
        let mut entries = Vec::new();
        let mut items = self.items.into_iter();
        while let Some(key) = items.next() {
            let value = items.next().unwrap_or_else(|| Node { what: What::Nothing, span: key.span.clone() });
            match key.what {
                What::Text(name) if name == "<<" => entries.extend(merged(value)),
                What::Text(text) => entries.push(Entry { key: text, key_span: key.span, value }),
                _ => {}
            }
        }
        Node { what: What::Map(entries), span }
    }
}

/// The entries that a merge key brings in.
fn merged(value: Node) -> Vec<Entry> {
    match value.what {
        What::Map(entries) => entries,
        What::List(items) => items
            .into_iter()
            .flat_map(|item| match item.what {
                What::Map(entries) => entries,
                _ => Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The same once more; nothing where that would be too much.
fn copy(node: &Node, left: &mut usize) -> Option<Node> {
    *left = left.checked_sub(1)?;
    let what = match &node.what {
        What::Text(text) => {
            *left = left.checked_sub(text.len() / 64)?;
            What::Text(text.clone())
        }
        What::List(items) => What::List(items.iter().map(|item| copy(item, left)).collect::<Option<_>>()?),
        What::Map(entries) => What::Map(
            entries
                .iter()
                .map(|entry| {
                    *left = left.checked_sub(entry.key.len() / 64)?;
                    let value = copy(&entry.value, left)?;
                    Some(Entry { key: entry.key.clone(), key_span: entry.key_span.clone(), value })
                })
                .collect::<Option<_>>()?,
        ),
        What::Nothing => What::Nothing,
    };
    Some(Node { what, span: node.span.clone() })
}
