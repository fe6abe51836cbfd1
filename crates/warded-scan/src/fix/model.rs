//! A parameter that is given already shows how another one is given: as an entry of a list or a map, as a statement, or as a
//! link of a chain of calls. A new one is written like it.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    chain::{follower, is_chained, method, receiver},
    source::{Source, around, is_in, parts, within},
};

/// Parameters of such requests, those that say most first.
const KEYS: &[&str] = &[
    "grant_type",
    "response_type",
    "refresh_token",
    "code",
    "client_id",
    "state",
    "redirect_uri",
    "scope",
    "device_code",
    "subject_token",
];

/// How a parameter is given.
#[derive(Debug)]
pub(super) struct Model {
    /// All that gives it.
    pub(super) whole: Range<usize>,
    /// What stands between two of them.
    way: Way,
    key: Range<usize>,
    /// The text in what is given, or all of it.
    value: Range<usize>,
    /// All of what is given.
    pub(super) given: Range<usize>,
    /// Behind which the new one is put.
    behind: usize,
}

#[derive(Debug)]
enum Way {
    List,
    Statement,
    Chain,
}

impl Model {
    /// What to write where for `resource`.
    pub(super) fn edit(&self, source: &Source<'_>, key: &str, value: &str) -> (Range<usize>, String) {
        let whole = self.imitated(source, key, value);
        if let Some(end) = self.behind_comment(source) {
            return (end..end, format!("{}{whole},", self.gap(source)));
        }
        let text = match self.way {
            Way::List => format!(",{}{whole}", self.gap(source)),
            Way::Statement => format!("{}{}{whole}", source.newline(), source.indent(self.whole.start)),
            Way::Chain => whole,
        };
        (self.behind..self.behind, text)
    }

    /// Where the line of the last one ends, where a comment about that one stands behind it.
    fn behind_comment(&self, source: &Source<'_>) -> Option<usize> {
        let line = source.between(self.behind, source.text.len()).lines().next()?;
        let is_comment = line.strip_prefix(',')?.trim_start().starts_with(['#', '/']);
        let is_alone = self.gap(source).trim_start_matches(' ').starts_with(['\r', '\n']);
        (self.is_listed() && is_comment && is_alone && !line.contains("*/"))
            .then_some(self.behind + line.len())
    }

    /// Whether it is one of a list or a map.
    pub(super) fn is_listed(&self) -> bool {
        matches!(self.way, Way::List)
    }

    /// The same with another key and another value.
    pub(super) fn imitated(&self, source: &Source<'_>, key: &str, value: &str) -> String {
        let mut text = source.between(self.whole.start, self.key.start).to_owned();
        text += key;
        text += source.between(self.key.end, self.value.start);
        text += value;
        text + source.between(self.value.end, self.whole.end)
    }

    /// A space, or a line of its own where the others have one.
    fn gap(&self, source: &Source<'_>) -> String {
        let line = source.between(source.line(self.whole.start), self.whole.start);
        if line.trim().is_empty() && self.whole.start > 0 {
            format!("{}{line}", source.newline())
        } else {
            " ".to_owned()
        }
    }
}

/// The parameters that are given in a node, those that show best how first.
pub(super) fn models(source: &Source<'_>, region: Node<'_>) -> Vec<Model> {
    let kinds: Vec<_> = source.hand.strings.iter().chain(source.hand.names).copied().collect();
    let mut all: Vec<(usize, Model)> = Vec::new();
    for key in within(region, &kinds) {
        let said = word(source, key);
        let Some(rank) = KEYS.iter().position(|known| *known == source.between(said.0, said.1)) else {
            continue;
        };
        if let Some(model) = of_key(source, key)
            && is_in_range(&model.whole, region)
        {
            all.push((rank, model));
        }
    }
    all.sort_by_key(|(rank, _)| *rank);
    let mut places = Vec::new();
    all.retain(|(_, model)| {
        let is_new = !places.contains(&model.behind);
        places.push(model.behind);
        is_new
    });
    all.into_iter().map(|(_, model)| model).collect()
}

/// How a parameter of that name is given at a place, or in what stands there.
pub(super) fn given(source: &Source<'_>, node: Node<'_>, name: &str) -> Option<Model> {
    let kinds: Vec<_> = source.hand.strings.iter().chain(source.hand.names).copied().collect();
    let is_meant = |key: &Node<'_>| {
        let (start, end) = word(source, *key);
        source.between(start, end) == name
    };
    within(node, &kinds).into_iter().filter(is_meant).find_map(|key| of_key(source, key))
}

fn of_key(source: &Source<'_>, key: Node<'_>) -> Option<Model> {
    let (start, end) = word(source, key);
    model(source, key, start..end, source.hand.strings.contains(&key.kind()))
}

fn is_in_range(span: &Range<usize>, node: Node<'_>) -> bool {
    node.start_byte() <= span.start && span.end <= node.end_byte()
}

/// What a text or a name says, without quotes.
pub(super) fn word(source: &Source<'_>, node: Node<'_>) -> (usize, usize) {
    let text = source.read(node);
    let inner = text.trim_start_matches(['"', '\'', '`']);
    let start = node.start_byte() + (text.len() - inner.len());
    let inner = inner.trim_end_matches(['"', '\'', '`']);
    (start, start + inner.len())
}

fn model(source: &Source<'_>, key: Node<'_>, span: Range<usize>, is_text: bool) -> Option<Model> {
    let hand = source.hand;
    let mut child = key;
    let mut climbed = 0;
    loop {
        let parent = child.parent()?;
        let kind = parent.kind();
        let parts = parts(parent);
        let is_first = parts.first() == Some(&child);
        if hand.entries.contains(&kind) {
            let given = value(source, *parts.get(1)?);
            return is_first.then(|| listed(source, parent, span, given));
        }
        if hand.pairs.contains(&kind) && is_text && is_first && parts.len() == 2 {
            return Some(listed(source, parent, span, value(source, *parts.get(1)?)));
        }
        if hand.assignments.contains(&kind) {
            let left = parent.child_by_field_name("left")?;
            let right = value(source, parent.child_by_field_name("right")?);
            if !is_in(key, left) || !(is_text || kind_is_member(source, left)) {
                return None;
            }
            let home = parent.parent()?;
            return Some(if hand.pairs.contains(&home.kind()) {
                listed(source, parent, span, right)
            } else {
                stated(source, around(parent, hand.statements)?, span, right)
            });
        }
        if hand.arguments.contains(&kind) && is_text {
            let call = parent.parent().filter(|call| hand.calls.contains(&call.kind()));
            if let Some(call) = call {
                if is_first && parts.len() >= 2 {
                    return called(source, call, span, value(source, *parts.get(1)?));
                }
                // `"grant_type".to_owned()`, `String::from("grant_type")`.
                if parts.len() == 1 && climbed < 3 {
                    climbed += 1;
                    child = call;
                    continue;
                }
            }
        }
        let is_around = hand.wrappers.contains(&kind)
            || (hand.members.contains(&kind)
                && parent.parent().is_some_and(|call| hand.calls.contains(&call.kind())))
            || (hand.calls.contains(&kind) && is_first);
        if !is_around || climbed > 6 {
            return None;
        }
        climbed += 1;
        child = parent;
    }
}

/// `form.grant_type = …`: the name is that of the member.
fn kind_is_member(source: &Source<'_>, left: Node<'_>) -> bool {
    source.hand.members.contains(&left.kind())
        && matches!(source.language.family(), crate::Language::JavaScript)
}

/// What is given: the text in it, whatever is around that, or all of it where there is none; and all of it.
type Given = (Range<usize>, Range<usize>);

fn value(source: &Source<'_>, node: Node<'_>) -> Given {
    let texts = within(node, source.hand.strings);
    let inner = match texts.as_slice() {
        [one] => *one,
        // `{code}` in Go is a list of one.
        _ if source.read(node).starts_with('{') => innermost(node),
        _ => node,
    };
    let given = if source.read(node).starts_with('{') { innermost(node) } else { node };
    (inner.byte_range(), given.byte_range())
}

fn innermost(node: Node<'_>) -> Node<'_> {
    match parts(node).as_slice() {
        [only] if matches!(node.kind(), "literal_element" | "literal_value") => innermost(*only),
        _ => node,
    }
}

fn listed(source: &Source<'_>, entry: Node<'_>, key: Range<usize>, value: Given) -> Model {
    let entry = entry.parent().filter(|parent| parent.kind() == "argument").unwrap_or(entry);
    let mut last = entry;
    while let Some(next) = last.next_named_sibling() {
        if next.kind().contains("comment") || source.hand.spreads.contains(&next.kind()) {
            break;
        }
        last = next;
    }
    let (value, given) = value;
    Model { whole: entry.byte_range(), way: Way::List, key, value, given, behind: last.end_byte() }
}

fn stated(source: &Source<'_>, statement: Node<'_>, key: Range<usize>, value: Given) -> Model {
    let head = |node: Node<'_>| {
        source.between(
            node.start_byte(),
            node.start_byte() + (key.start - statement.start_byte()).saturating_sub(1),
        )
    };
    let mut last = statement;
    while let Some(next) = last.next_named_sibling() {
        if head(next) != head(statement) {
            break;
        }
        last = next;
    }
    let (value, given) = value;
    Model { whole: statement.byte_range(), way: Way::Statement, key, value, given, behind: last.end_byte() }
}

/// A call that is given a key and a value: itself a link or a statement, or something that a list or another call is given.
fn called(source: &Source<'_>, call: Node<'_>, key: Range<usize>, value: Given) -> Option<Model> {
    let hand = source.hand;
    let holder = call.parent()?;
    let holder = if hand.wrappers.contains(&holder.kind()) && !hand.members.contains(&holder.kind()) {
        holder.parent()?
    } else {
        holder
    };
    if hand.pairs.contains(&holder.kind()) || holder.kind() == "array_initializer" {
        return Some(listed(source, call, key, value));
    }
    if hand.arguments.contains(&holder.kind()) {
        let head = source.between(call.start_byte(), key.start);
        let is_alike = |node: &Node<'_>| source.read(*node).starts_with(head);
        if parts(holder).iter().filter(|part| is_alike(part)).count() > 1 {
            return Some(listed(source, call, key, value));
        }
        // `form.add(new Pair("grant_type", …))`.
        return linked(source, holder.parent()?, key, value);
    }
    linked(source, call, key, value)
}

fn linked(source: &Source<'_>, call: Node<'_>, key: Range<usize>, value: Given) -> Option<Model> {
    let hand = source.hand;
    if let Some(statement) = call.parent().filter(|parent| hand.statements.contains(&parent.kind()))
        && !is_chained(source, call)
    {
        return Some(stated(source, statement, key, value));
    }
    let receiver = receiver(call)?;
    let name = method(source, call);
    let mut last = call;
    while let Some(next) = follower(source, last) {
        if method(source, next) != name {
            break;
        }
        last = next;
    }
    let whole = receiver.end_byte()..call.end_byte();
    let (value, given) = value;
    Some(Model { whole, way: Way::Chain, key, value, given, behind: last.end_byte() })
}
