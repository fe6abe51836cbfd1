//! How can two values be compared?

use crate::Op;

/// An operator, and when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct Operator {
    /// Which one it is.
    pub op: Op,
    /// As it is written.
    pub name: &'static str,
    /// What stands in `value`.
    pub value: &'static str,
    /// When it holds.
    pub meaning: &'static str,
}

const fn operator(op: Op, name: &'static str, value: &'static str, meaning: &'static str) -> Operator {
    Operator { op, name, value, meaning }
}

/// All of them. Where nothing stands at the path, none holds but `exists`.
pub(crate) static OPERATORS: [Operator; 11] = [
    operator(
        Op::Eq,
        "eq",
        "anything",
        "They are equal: as numbers where both are, and else as they are written.",
    ),
    operator(Op::Neq, "neq", "anything", "They are not."),
    operator(Op::In, "in", "a list", "It is equal to one of these."),
    operator(Op::NotIn, "not_in", "a list", "It is equal to none of these."),
    operator(Op::Lt, "lt", "a number", "It is a number, and less."),
    operator(Op::Lte, "lte", "a number", "It is a number, and no more."),
    operator(Op::Gt, "gt", "a number", "It is a number, and more."),
    operator(Op::Gte, "gte", "a number", "It is a number, and no less."),
    operator(
        Op::Regex,
        "regex",
        "a pattern of RE2",
        "It is a text, and the pattern matches somewhere in it; write `^` and `$` for the whole.",
    ),
    operator(
        Op::Contains,
        "contains",
        "a text, or an item",
        "It is a text that has this one in it, or a list that has an item equal to this.",
    ),
    operator(
        Op::Exists,
        "exists",
        "`true` or `false`",
        "Something other than `null` stands there, or nothing does.",
    ),
];

impl Op {
    /// Reads an operator.
    pub fn parse(text: &str) -> Option<Self> {
        OPERATORS.iter().find(|operator| operator.name == text).map(|operator| operator.op)
    }

    /// As it is written.
    pub fn text(self) -> &'static str {
        self.described().map_or("", |operator| operator.name)
    }

    /// What is said of it.
    pub(crate) fn described(self) -> Option<&'static Operator> {
        OPERATORS.iter().find(|operator| operator.op == self)
    }
}
