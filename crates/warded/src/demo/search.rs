//! The demo's harmless server: a search through Warded's own refusals.

use serde_json::{Map, Value, json};
use warded_core::Entry;

use super::mcp::{Tools, text, tool};

/// Most results of one search.
const MAX_RESULTS: usize = 5;

/// The search.
pub(super) struct Search;

impl Tools for Search {
    fn name(&self) -> &'static str {
        "search"
    }

    fn list(&self) -> Value {
        let what = "Searches the reasons for which Warded refuses a request.";
        json!([tool("search", what, true, &[("query", "one or more words")])])
    }

    fn call(&self, _: &str, arguments: &Map<String, Value>) -> Result<String, String> {
        let query = text(arguments, "query")?.to_lowercase();
        let words: Vec<_> = query.split_whitespace().collect();
        if words.is_empty() {
            return Err("`query` has no word in it".to_owned());
        }
        let found: Vec<_> = Entry::all()
            .filter(|entry| {
                let text = format!("{} {}", entry.code, entry.meaning).to_lowercase();
                words.iter().all(|word| text.contains(word))
            })
            .take(MAX_RESULTS)
            .map(|entry| format!("{}: {}", entry.code, entry.meaning))
            .collect();
        if found.is_empty() { Ok("nothing found".to_owned()) } else { Ok(found.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found() {
        let search = |query: &str| Search.call("search", json!({ "query": query }).as_object().unwrap());
        assert!(search("Another SERVER audience-elsewhere").unwrap().starts_with("audience-elsewhere: "));
        assert_eq!(search("audience-elsewhere flowerpot").unwrap(), "nothing found");
        assert!(search(" ").is_err());
        assert_eq!(search("the").unwrap().lines().count(), MAX_RESULTS);
    }
}
