//! Which keys does a mapping have, and which has it that are none?

use super::{
    findings::{Findings, shown},
    yaml::{At, Node},
};
use crate::{
    Finding,
    finding::table,
    nearest,
    reference::{CONDITION, FILE, Key, RULE, STATE},
};

/// The entries of a mapping whose keys are known.
pub(super) struct Fields<'n, 's> {
    entries: Vec<Field<'n, 's>>,
}

/// One of them.
#[derive(Clone, Copy)]
struct Field<'n, 's> {
    key: &'static str,
    at: At,
    value: &'n Node<'s>,
}

impl<'n, 's> Fields<'n, 's> {
    /// Reads a mapping; every other key is said to be unknown.
    pub(super) fn read(
        node: &'n Node<'s>,
        what: &str,
        keys: &'static [Key],
        found: &mut Findings,
    ) -> Option<Self> {
        let mut entries = Vec::new();
        for pair in found.map(node, what)? {
            match keys.iter().find(|key| key.key == pair.key.text) {
                Some(key) => entries.push(Field { key: key.key, at: pair.key_at, value: &pair.value }),
                None => found.say_by(&table::UNKNOWN_KEY, || unknown(&pair.key.text, pair.key_at, keys)),
            }
        }
        Some(Self { entries })
    }

    /// What stands behind a key; `null` is nothing, as in Go.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'s>> {
        self.raw(key).filter(|node| !node.is_null())
    }

    /// What stands behind a key, also where it is `null`.
    pub(super) fn raw(&self, key: &str) -> Option<&'n Node<'s>> {
        self.entries.iter().find(|field| field.key == key).map(|field| field.value)
    }

    /// Where a key stands that has a value.
    pub(super) fn at(&self, key: &str) -> Option<At> {
        self.get(key)?;
        self.key_at(key)
    }

    /// Where a key stands, also where nothing is behind it.
    pub(super) fn key_at(&self, key: &str) -> Option<At> {
        self.entries.iter().find(|field| field.key == key).map(|field| field.at)
    }
}

/// Keys that only pages of Intercept tell of, or that others call so.
const ELSEWHERE: [(&[&str], &str); 6] = [
    (
        &["spend", "spend_limit"],
        "Intercept's pages name it, and what it means is not public (provisional). Count what is spent: `state: { counter: spent, window: day, increment_from: args.amount }` with a condition `path: state.TOOL.spent`, `op: lte`.",
    ),
    (
        &["tool", "server", "servers"],
        "Tools stand below `tools:`, each by its name. Which server a policy is for says `warded.yaml`.",
    ),
    (
        &["deny", "allow", "block"],
        "What a rule does is its `action`: `evaluate`, `deny` or `require_approval`.",
    ),
    (
        &["when", "if", "where", "unless", "match"],
        "What must hold stands in `conditions`: `conditions: [{ path: args.NAME, op: eq, value: VALUE }]`.",
    ),
    (&["message", "reason"], "What whoever is denied is told stands in `on_deny`."),
    (&["webhook", "webhooks"], "Webhooks stand in `approvals:`, which is read by nobody yet."),
];

/// Where a key stands that is one in another place.
fn place(key: &str) -> Option<&'static str> {
    let has = |keys: &[Key]| keys.iter().any(|one| one.key == key);
    Some(match key {
        "hide" => "at the top of the file, and names what nobody sees: `hide: [NAME]`",
        "shadow" => "at the top of the file, or at a rule",
        _ if has(&FILE) => "at the top of the file",
        "scopes" => "at a tool: `NAME: { scopes: [SCOPE] }`",
        "rules" => "at a tool: `NAME: { rules: [] }`",
        _ if has(&RULE) => "at a rule, which is an entry of `rules:`",
        _ if has(&CONDITION) => "at a condition, which is an entry of `conditions:`",
        _ if has(&STATE) => "in the `state:` of a rule",
        _ => return None,
    })
}

fn unknown(key: &str, at: At, keys: &'static [Key]) -> Finding {
    let finding = Finding::new(
        &table::UNKNOWN_KEY,
        at.range(),
        format!("`{}` is not a key here", shown(key)),
        "unknown key",
    );
    if let Some((_, help)) = ELSEWHERE.iter().find(|(names, _)| names.contains(&key)) {
        return finding.help(*help);
    }
    if let Some(place) = place(key) {
        return finding.help(format!("`{key}` stands {place}."));
    }
    if let Some(meant) = nearest(key, keys.iter().map(|key| key.key)) {
        return finding.help(format!("Did you mean `{meant}`?"));
    }
    let keys: Vec<_> = keys.iter().map(|key| key.key).collect();
    finding.help(format!("The keys here are {}.", keys.join(", ")))
}
