//! May a tool do harm? By its name and by what its server says, whichever is worse: a server that says of `delete_all` that it
//! only reads is not believed.

use super::listed::Tool;

/// How much harm a tool may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Risk {
    /// It destroys something, spends something or runs something.
    Destroys,
    /// It changes something.
    Changes,
    /// Nobody says.
    Unknown,
    /// It reads.
    Reads,
}

impl Risk {
    pub(super) const ALL: [Self; 4] = [Self::Destroys, Self::Changes, Self::Unknown, Self::Reads];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Destroys => "May destroy, spend or run something",
            Self::Changes => "May change something",
            Self::Unknown => "Neither its name nor its server says what it does",
            Self::Reads => "Reads, by its name or by what its server says",
        }
    }
}

/// Words in names that stand for harm.
const DESTROYS: [&str; 44] = [
    "ban",
    "buy",
    "cancel",
    "charge",
    "clear",
    "close",
    "delete",
    "deploy",
    "destroy",
    "disable",
    "drop",
    "erase",
    "eval",
    "exec",
    "execute",
    "flush",
    "force",
    "format",
    "kick",
    "kill",
    "merge",
    "order",
    "pay",
    "payment",
    "prune",
    "purchase",
    "purge",
    "refund",
    "remove",
    "reset",
    "restart",
    "revoke",
    "rm",
    "rollback",
    "run",
    "shell",
    "shutdown",
    "sql",
    "terminate",
    "transfer",
    "truncate",
    "uninstall",
    "wipe",
    "withdraw",
];

/// Words in names that stand for a change.
const CHANGES: [&str; 34] = [
    "add", "append", "apply", "approve", "archive", "assign", "book", "commit", "copy", "create", "edit",
    "email", "enable", "grant", "import", "insert", "install", "invite", "modify", "move", "patch", "post",
    "publish", "push", "put", "rename", "replace", "send", "set", "share", "submit", "update", "upload",
    "write",
];

/// Words in names that stand for a look at something.
const READS: [&str; 22] = [
    "check", "count", "describe", "diff", "download", "fetch", "find", "get", "help", "info", "inspect",
    "list", "lookup", "query", "read", "resolve", "search", "show", "stat", "status", "view", "watch",
];

/// How much harm it may do.
pub(super) fn of(name: &str, tool: &Tool) -> Risk {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let by_name = if has(&DESTROYS) {
        Risk::Destroys
    } else if has(&CHANGES) {
        Risk::Changes
    } else if has(&READS) {
        Risk::Reads
    } else {
        Risk::Unknown
    };
    let by_server = match (tool.reads_only, tool.destroys) {
        (Some(true), _) => Risk::Reads,
        (_, Some(true)) => Risk::Destroys,
        (Some(false), _) | (None, Some(false)) => Risk::Changes,
        (None, None) => Risk::Unknown,
    };
    match (by_name, by_server) {
        // Whoever says something is heard before whoever says nothing.
        (Risk::Unknown, said) | (said, Risk::Unknown) => said,
        (name, server) => name.min(server),
    }
}

/// The words of a name, however they are put together: `delete_note`, `deleteNote`, `notes/delete`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if begins {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(reads_only: Option<bool>, destroys: Option<bool>) -> Tool {
        Tool { reads_only, destroys, ..Tool::default() }
    }

    #[test]
    fn the_worse_of_name_and_hint_counts() {
        for (name, reads_only, destroys, risk) in [
            ("delete_note", None, None, Risk::Destroys),
            ("delete_note", Some(true), Some(false), Risk::Destroys),
            ("deleteNote", None, None, Risk::Destroys),
            ("notes/delete", None, None, Risk::Destroys),
            ("read_note", None, None, Risk::Reads),
            ("read_note", None, Some(true), Risk::Destroys),
            ("read_note", Some(false), None, Risk::Changes),
            ("frobnicate", Some(true), None, Risk::Reads),
            ("frobnicate", None, Some(true), Risk::Destroys),
            ("frobnicate", None, None, Risk::Unknown),
            ("createNote", None, Some(false), Risk::Changes),
            ("undeleted", None, None, Risk::Unknown),
        ] {
            assert_eq!(of(name, &tool(reads_only, destroys)), risk, "{name} {reads_only:?} {destroys:?}");
        }
    }
}
