//! What of a configuration is taken, opened or begun once? Another value of it needs another process.

use serde_json::{Map, Value};

use super::Up;

/// The keys that are read once.
const FIXED: [&str; 9] =
    ["listen", "tls", "store", "store_key", "journal", "limits", "workers", "operations", "shutdown"];

/// What a configuration says of what is read once.
#[derive(Debug)]
pub(super) struct Fixed(Map<String, Value>);

impl Fixed {
    /// Of all that a configuration says.
    pub(super) fn of(said: &Value) -> Self {
        let said = |key: &str| Some((key.to_owned(), said.get(key)?.clone()));
        Self(FIXED.into_iter().filter_map(said).collect())
    }

    /// The key that says something else in `after`, so that it cannot be followed.
    pub(super) fn changed(&self, after: &Self, up: &Up) -> Option<&'static str> {
        let differs = |key: &str| match key {
            "journal" if up.journal.is_some() => self.terms() != after.terms(),
            _ => self.0.get(key) != after.0.get(key) && !is_flagged(up, key),
        };
        FIXED.into_iter().find(|key| differs(key))
    }

    /// What is said of the journal beside its folder, for which there is a flag.
    fn terms(&self) -> Map<String, Value> {
        let mut terms = self.0.get("journal").and_then(Value::as_object).cloned().unwrap_or_default();
        terms.remove("folder");
        terms
    }
}

/// Whether a flag goes before all that the file says of a key.
fn is_flagged(up: &Up, key: &str) -> bool {
    match key {
        "listen" => up.listen.is_some(),
        "store" => up.store.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn changed(before: &str, after: &str, up: &Up) -> Option<&'static str> {
        let fixed = |source: &str| Fixed::of(&config::said(source).unwrap());
        fixed(before).changed(&fixed(after), up)
    }

    #[test]
    fn what_needs_a_restart_is_named() {
        let plain =
            Up { demo: false, server: vec![], listen: None, public_url: None, store: None, journal: None };
        let before = "listen: 127.0.0.1:1\nservers: { a: {} }";
        let found = |after: &str| changed(before, after, &plain);
        assert_eq!(found("# the same\nlisten: 127.0.0.1:1\nservers: { b: {} }"), None);
        assert_eq!(found("listen: 127.0.0.1:2\nservers: { a: {} }"), Some("listen"));
        assert_eq!(found("servers: { a: {} }"), Some("listen"));
        assert_eq!(found("listen: 127.0.0.1:1\nstore: sqlite:other.db"), Some("store"));
        assert_eq!(found("listen: 127.0.0.1:1\nstore_key: env:KEY"), Some("store_key"));
        // A flag goes before the file, whatever the file says.
        let (listen, store) = ("127.0.0.1:3".parse().ok(), Some("x.db".into()));
        let flags = Up { listen, store, ..plain.clone() };
        assert_eq!(changed(before, "listen: 127.0.0.1:2\nstore: sqlite:other.db", &flags), None);
    }

    #[test]
    fn a_flag_for_the_journals_folder_goes_before_its_folder_and_nothing_else() {
        let journal = Some("records".into());
        let flagged =
            Up { demo: false, server: vec![], listen: None, public_url: None, store: None, journal };
        let found = |before: &str, after: &str| changed(before, after, &flagged);
        assert_eq!(found("journal: one", "journal: other"), None);
        assert_eq!(found("journal: one", "journal: { folder: other }"), None);
        assert_eq!(found("journal: { folder: one, keep: 30d }", "journal: { keep: 30d }"), None);
        assert_eq!(found("journal: one", "journal: { folder: one, when_full: count }"), Some("journal"));
        assert_eq!(found("journal: { keep: 30d }", "journal: { keep: 1d }"), Some("journal"));
    }
}
