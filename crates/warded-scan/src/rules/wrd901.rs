//! Something is ignored that is not there.

use crate::{
    language::Language::{Python, TypeScript},
    rule::{Rule, Severity, bad, good},
};

pub(crate) const RULE: Rule = Rule {
    id: "WRD901",
    name: "ignore-unused",
    title: "A comment ignores something that is not there",
    severity: Severity::Note,
    cwe: &[],
    clauses: &[],
    why: "Whoever reads it believes that somebody accepted a weakness here; and it would silence a new one.",
    fix: "Take the comment away, or name a rule that finds something in this line.",
    examples: &[
        bad(
            Python,
            "def add(one, other):\n    return one + other  # warded: ignore[WRD101] the issuer knows one server\n",
        ),
        good(Python, "def add(one, other):\n    return one + other\n"),
        bad(TypeScript, "// warded: ignore[WRD999] no such rule\nexport const answer = 42;\n"),
        good(TypeScript, "export const answer = '// warded: ignore[WRD101] a text is no comment';\n"),
    ],
};
