//! Questions about audiences that are asked by methods: whether there is any, where in a list one stands, on which host.

use super::{
    call::Answers,
    event::{Compare, Given},
    heap::Heap,
    machine::Machine,
    split::ABSENT,
    value::{Mark, Marks, Shape, Value},
    witness::witnesses,
};
use crate::ir::{Expression, Kind, Operator};

/// What asks whether there is nothing. Without `_`, in small letters.
const NOTHING: &[&str] =
    &["isempty", "isblank", "isnull", "isnil", "isnone", "isnullorempty", "isnullorwhitespace"];

/// What asks whether there is something.
const SOMETHING: &[&str] =
    &["isnotempty", "isnotblank", "issome", "ispresent", "nonnull", "isnotnull", "hastext", "haslength"];

/// What of an address is the same for many servers.
const HOSTS: &[&str] =
    &["host", "hostname", "netloc", "gethost", "hoststr", "origin", "getauthority", "authority", "domain"];

/// What is in the names of functions that leave only that of an address.
const LEAVES: &[&str] =
    &["striphost", "stripport", "hostof", "gethost", "hostname", "getdomain", "getorigin"];

/// How far from a question about hosts one about paths may stand, in bytes.
const BESIDE: usize = 300;

impl Machine<'_> {
    /// The answers of a method that asks whether there is an audience: `audiences.isEmpty()`, `isBlank(audience)`.
    pub(super) fn asked_for_any(
        &mut self,
        path: &str,
        receiver: Option<&Value>,
        given: &[Given],
    ) -> Option<Answers> {
        let name = plain(path.rsplit('.').next().unwrap_or(path));
        let is_nothing = NOTHING.contains(&&*name);
        if !is_nothing && !SOMETHING.contains(&&*name) {
            return None;
        }
        let of = match given {
            [] => receiver?,
            [only] => &only.value,
            _ => return None,
        };
        let audiences: Vec<_> = of.marks.iter().filter_map(Mark::audience).collect();
        let at = given.first().map(|given| given.at.clone());
        if audiences.is_empty() {
            return None;
        }
        let some = self.heap.clone()?;
        for claims in audiences {
            let at = at.clone().or_else(|| self.heap.as_ref()?.get(claims).map(|of| of.born.clone()))?;
            self.note_at(claims, ABSENT, &at);
        }
        let none = self.heap.take()?;
        let (yes, no) = if is_nothing { (none, some) } else { (some, none) };
        let about = witnesses(Some(&yes), Some(&no), &of.marks);
        let answer = |holds: bool| Value::from(Shape::Bool(holds)).with(&about);
        Some(vec![(answer(true), yes), (answer(false), no)])
    }

    /// `audiences.indexOf(ours) === -1` asks whether it is in there.
    pub(super) fn asked_for_place(
        &mut self,
        condition: &Expression,
        left: &Expression,
        right: &Expression,
    ) -> Option<(Option<Heap>, Option<Heap>, Marks)> {
        let Kind::Call { callee, arguments, .. } = &left.kind else { return None };
        let (Kind::Member(of, method), [asked]) = (&callee.kind, arguments.as_slice()) else { return None };
        if !matches!(&**method, "indexOf" | "IndexOf") {
            return None;
        }
        let Kind::Number(than) = &right.kind else { return None };
        let text = &self.project.file(self.file()).text;
        let operator = text.get(left.span.end..right.span.start)?.trim();
        let is_in = match (operator.trim_end_matches('='), operator, &**than) {
            ("=" | "", "==" | "===", "-1") | ("<", "<", "0") => false,
            ("!", _, "-1") | (">", ">", "-1") | (">", ">=", "0") => true,
            _ => return None,
        };
        let (one, other) = (self.evaluate(&asked.value), self.evaluate(of));
        let other = self.with_audiences_in(&other);
        let how = self.membership(&other);
        Some(self.either(condition, &one, &other, is_in, how))
    }

    /// How two things are compared for equality: only a part of them, where it is their hosts and nothing is said of their
    /// paths beside.
    pub(super) fn sameness(&self, condition: &Expression) -> Compare {
        let Kind::Binary(Operator::Equal | Operator::Unequal, left, right) = &condition.kind else {
            return Compare::Equal;
        };
        if is_host(left) && is_host(right) && !self.speaks_of_paths(condition) {
            Compare::Part
        } else {
            Compare::Equal
        }
    }

    fn speaks_of_paths(&self, beside: &Expression) -> bool {
        let text = self.project.file(self.file()).text.as_bytes();
        let (start, end) = (beside.span.start.saturating_sub(BESIDE), beside.span.end + BESIDE);
        let around = text.get(start..end.min(text.len())).unwrap_or_default();
        around.windows(4).any(|word| word.eq_ignore_ascii_case(b"path"))
    }
}

/// Whether it is only the host of an address.
fn is_host(of: &Expression) -> bool {
    match &of.kind {
        Kind::Member(_, name) => HOSTS.contains(&&*plain(name)),
        Kind::Call { callee, .. } => match &callee.kind {
            Kind::Member(_, name) => HOSTS.contains(&&*plain(name)) || leaves_host(name),
            Kind::Name(name) => leaves_host(name),
            _ => false,
        },
        Kind::Tried(of) => is_host(of),
        _ => false,
    }
}

fn leaves_host(name: &str) -> bool {
    let name = plain(name);
    LEAVES.iter().any(|word| name.contains(word))
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}
