//! Asynchronous functions that a compiler has wound up into a `switch` for old engines: their steps in the order in which
//! people wrote them.
//!
//! `return [4, a]` waits for `a`, which `_a.sent()` gives afterwards; `[2, a]` returns it; `[3, n]` goes on at `case n`.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use tree_sitter::Node;

use super::{compiled::helper, express::express, perform};
use crate::{
    ir::{Catch, Expression, Kind, Statement, Step, Target},
    lower::making::{Making, at, children, does, fields, step},
};

/// What was waited for last goes by this name.
const SENT: &str = "<sent>";

/// The cases of `__generator(this, function (_a) { switch (_a.label) { ... } })`.
struct Machine<'t> {
    steps: Vec<Node<'t>>,
    /// Before which step each case begins.
    labels: BTreeMap<usize, usize>,
    /// The same, in their order.
    starts: BTreeSet<usize>,
}

/// What a step of a machine says by what it returns.
#[derive(Clone, Copy)]
enum Says<'t> {
    Returns(Option<Node<'t>>),
    Waits(Option<Node<'t>>),
    GoesTo(usize),
    Nothing,
}

/// The function that `__generator` is given, where that is what is called.
pub(super) fn machine<'t>(making: &Making<'_>, call: Node<'t>) -> Option<Node<'t>> {
    if call.kind() != "call_expression" || helper(making, call) != "__generator" {
        return None;
    }
    let function = children(call.child_by_field_name("arguments")?).nth(1)?;
    matches!(function.kind(), "function_expression" | "arrow_function").then_some(function)
}

/// Whether a function does nothing but begin such a machine, after it has named what it needs.
pub(super) fn is_wound_up(making: &Making<'_>, function: Node<'_>) -> bool {
    let Some(body) = function.child_by_field_name("body") else { return false };
    let last = children(body).last().filter(|last| last.kind() == "return_statement");
    last.and_then(|last| children(last).next()).is_some_and(|value| machine(making, value).is_some())
}

/// `_a.sent()`: what was waited for.
pub(super) fn sent(making: &Making<'_>, call: Node<'_>) -> Option<Expression> {
    let function = call.child_by_field_name("function")?;
    let (of, name) = (function.child_by_field_name("object")?, function.child_by_field_name("property")?);
    let is_sent = making.text(name) == "sent"
        && of.kind() == "identifier"
        && making.text(of).starts_with('_')
        && children(call.child_by_field_name("arguments")?).next().is_none();
    is_sent.then(|| at(call, Kind::Name(SENT.into())))
}

/// A `return` that is one of a machine, or that begins one.
pub(super) fn returns(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) -> bool {
    let Some(value) = children(node).next() else { return false };
    if let Some(function) = machine(making, value) {
        unwind(making, function, into);
        return true;
    }
    let Some(says) = said(making, node).filter(|_| making.unwinds()) else { return false };
    one(making, node, says, into);
    true
}

fn unwind(making: &mut Making<'_>, function: Node<'_>, into: &mut Vec<Statement>) {
    let Some(body) = function.child_by_field_name("body") else { return };
    let mut machine = Machine { steps: Vec::new(), labels: BTreeMap::new(), starts: BTreeSet::new() };
    for child in children(body) {
        if child.kind() != "switch_statement" {
            // What only one function needs is named in it.
            machine.steps.push(child);
            continue;
        }
        for case in child.child_by_field_name("body").into_iter().flat_map(children) {
            let label = case.child_by_field_name("value").and_then(|value| making.text(value).parse().ok());
            if let Some(label) = label {
                machine.labels.entry(label).or_insert(machine.steps.len());
            }
            machine.steps.extend(fields(case, "body"));
        }
    }
    machine.starts.extend(machine.labels.values());
    making.unwinding(|making| machine.run(making, 0..machine.steps.len(), into));
}

/// What `return [..]` says.
fn said<'t>(making: &Making<'_>, node: Node<'t>) -> Option<Says<'t>> {
    if node.kind() != "return_statement" {
        return None;
    }
    let list = children(node).next().filter(|list| list.kind() == "array")?;
    let mut parts = children(list);
    let first = parts.next().filter(|first| first.kind() == "number")?;
    let second = parts.next();
    Some(match making.text(first) {
        "2" => Says::Returns(second),
        "4" | "5" => Says::Waits(second),
        "3" => Says::GoesTo(making.text(second?).parse().ok()?),
        _ => Says::Nothing,
    })
}

fn one(making: &mut Making<'_>, node: Node<'_>, says: Says<'_>, into: &mut Vec<Statement>) {
    match says {
        Says::Returns(value) => {
            let value = value.map(|value| express(making, value));
            into.push(step(node, Step::Return(value)));
        }
        Says::Waits(Some(value)) => {
            let value = express(making, value);
            let target = Target::Name(SENT.into());
            into.push(step(node, Step::Assign { target, hint: None, value }));
        }
        Says::Waits(None) | Says::GoesTo(_) | Says::Nothing => {}
    }
}

impl Machine<'_> {
    /// Where a case begins that comes later on in these steps.
    fn ahead(&self, label: usize, within: &Range<usize>) -> Option<usize> {
        self.labels.get(&label).copied().filter(|start| *start > within.start && *start <= within.end)
    }

    /// Where the next case begins.
    fn next(&self, within: &Range<usize>) -> usize {
        let mut later = self.starts.range(within.start.saturating_add(1)..);
        later.next().copied().map_or(within.end, |start| start.min(within.end))
    }

    fn run(&self, making: &mut Making<'_>, mut left: Range<usize>, into: &mut Vec<Statement>) {
        while let Some(node) = self.steps.get(left.clone()).and_then(|steps| steps.first()).copied() {
            left.start = match said(making, node) {
                Some(Says::GoesTo(label)) => {
                    let here = left.start..left.end;
                    self.ahead(label, &here).unwrap_or_else(|| self.next(&here))
                }
                Some(says) => {
                    one(making, node, says, into);
                    left.start + 1
                }
                None => self
                    .part(making, node, &left, into)
                    .or_else(|| self.attempt(making, node, &left, into))
                    .unwrap_or_else(|| {
                        if !is_bookkeeping(making, node) {
                            making.steps(node, |making, into| perform::one(making, node, into), into);
                        }
                        left.start + 1
                    }),
            };
        }
    }

    /// `if (a) return [3, n]`: what stands before `case n` is done where `a` does not hold. Gives where it goes on.
    fn part(
        &self,
        making: &mut Making<'_>,
        node: Node<'_>,
        left: &Range<usize>,
        into: &mut Vec<Statement>,
    ) -> Option<usize> {
        if node.kind() != "if_statement" || node.child_by_field_name("alternative").is_some() {
            return None;
        }
        let mut then = node.child_by_field_name("consequence")?;
        if then.kind() == "statement_block" {
            then = children(then).next()?;
        }
        let Says::GoesTo(label) = said(making, then)? else { return None };
        let Some(start) = self.ahead(label, left) else {
            // Back to where a loop begins.
            let condition = express(making, node.child_by_field_name("condition")?);
            into.push(does(condition));
            return Some(left.start + 1);
        };
        let mut body = left.start + 1..start;
        let last = body.end.checked_sub(1).filter(|last| *last >= body.start);
        let over = last.and_then(|last| match said(making, *self.steps.get(last)?)? {
            Says::GoesTo(label) => self.ahead(label, &(start..left.end)),
            _ => None,
        });
        if over.is_some() {
            body.end -= 1;
        }
        let end = over.unwrap_or(start);
        let condition = express(making, node.child_by_field_name("condition")?);
        let (mut holds, mut fails) = (Vec::new(), Vec::new());
        making.steps(node, |making, into| self.run(making, start..end, into), &mut holds);
        making.steps(node, |making, into| self.run(making, body.clone(), into), &mut fails);
        into.push(step(node, Step::If { condition, then: holds, otherwise: fails }));
        Some(end)
    }

    /// `_a.trys.push([begins, catches, ends, after])`. Gives where it goes on.
    fn attempt(
        &self,
        making: &mut Making<'_>,
        node: Node<'_>,
        left: &Range<usize>,
        into: &mut Vec<Statement>,
    ) -> Option<usize> {
        let call = children(node).next().filter(|call| call.kind() == "call_expression")?;
        let function = making.text(call.child_by_field_name("function")?);
        if !function.ends_with(".trys.push") {
            return None;
        }
        let given = making.text(children(call.child_by_field_name("arguments")?).next()?);
        let mut places = given.trim_matches(['[', ']']).split(',').map(|label| {
            let label = label.trim().parse().ok()?;
            self.ahead(label, left)
        });
        let (_, catches, ends, after) = (places.next()?, places.next()?, places.next()?, places.next()??);
        let body = left.start + 1..catches.or(ends).unwrap_or(after);
        let caught = catches.map(|start| start..ends.unwrap_or(after));
        let finally = ends.map(|start| start..after);
        let mut run = |part: Range<usize>| {
            let mut steps = Vec::new();
            making.steps(node, |making, into| self.run(making, part, into), &mut steps);
            steps
        };
        let body = run(body);
        let catches =
            caught.map(|part| Catch { kinds: Vec::new(), name: Some(SENT.into()), body: run(part) });
        let finally = finally.map(run).unwrap_or_default();
        into.push(step(node, Step::Try { body, catches: catches.into_iter().collect(), finally }));
        Some(after)
    }
}

/// `_a.label = 2`: where the machine stands.
fn is_bookkeeping(making: &Making<'_>, node: Node<'_>) -> bool {
    let Some(assigned) = children(node).next().filter(|part| part.kind() == "assignment_expression") else {
        return false;
    };
    let left = assigned.child_by_field_name("left").map_or("", |left| making.text(left));
    left.starts_with('_') && left.strip_suffix(".label").is_some()
}
