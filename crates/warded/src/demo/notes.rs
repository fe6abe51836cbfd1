//! The demo's powerful server: notes that can be listed, read, written and deleted.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value, json};

use super::mcp::{Tools, text, tool};

/// Most notes that are kept: a demo left running must not fill the memory.
const MAX_NOTES: usize = 100;
/// Longest title or text, in bytes.
const MAX_BYTES: usize = 4096;

/// The notes.
pub(super) struct Notes(Mutex<BTreeMap<u32, Note>>);

struct Note {
    title: String,
    text: String,
}

impl Notes {
    /// Two notes that somebody would miss.
    pub(super) fn new() -> Self {
        let note = |title: &str, text: &str| Note { title: title.to_owned(), text: text.to_owned() };
        Self(Mutex::new(BTreeMap::from([
            (1, note("Payroll", "Runs on the 25th. Do not delete this note.")),
            (2, note("Keys to the cellar", "Under the third flower pot.")),
        ])))
    }

    fn notes(&self) -> MutexGuard<'_, BTreeMap<u32, Note>> {
        // A note is written in one step, so whatever panicked left none half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, arguments: &Map<String, Value>) -> Result<String, String> {
        let id = id(arguments)?;
        let notes = self.notes();
        let note = notes.get(&id).ok_or_else(|| no_note(id))?;
        Ok(format!("{}\n\n{}", note.title, note.text))
    }

    fn write(&self, arguments: &Map<String, Value>) -> Result<String, String> {
        let (title, body) = (text(arguments, "title")?, text(arguments, "text")?);
        if title.len() > MAX_BYTES || body.len() > MAX_BYTES {
            return Err(format!("a title and a text have at most {MAX_BYTES} bytes"));
        }
        let mut notes = self.notes();
        if notes.len() >= MAX_NOTES {
            return Err(format!("there are {MAX_NOTES} notes; delete one first"));
        }
        let id = notes.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
        notes.insert(id, Note { title: title.to_owned(), text: body.to_owned() });
        Ok(format!("wrote note {id}"))
    }

    fn delete(&self, arguments: &Map<String, Value>) -> Result<String, String> {
        let id = id(arguments)?;
        self.notes()
            .remove(&id)
            .map(|note| format!("deleted note {id}, {}", note.title))
            .ok_or_else(|| no_note(id))
    }
}

fn id(arguments: &Map<String, Value>) -> Result<u32, String> {
    text(arguments, "id")?.parse().map_err(|_| "`id` is not a number".to_owned())
}

fn no_note(id: u32) -> String {
    format!("there is no note {id}")
}

impl Tools for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn list(&self) -> Value {
        json!([
            tool("list_notes", "Lists the notes by number and title.", true, &[]),
            tool("read_note", "Reads one note.", true, &[("id", "the number of the note")]),
            tool("write_note", "Writes a new note.", false, &[("title", "its title"), ("text", "its text")]),
            tool("delete_note", "Deletes one note.", false, &[("id", "the number of the note")]),
        ])
    }

    fn call(&self, tool: &str, arguments: &Map<String, Value>) -> Result<String, String> {
        match tool {
            "read_note" => self.read(arguments),
            "write_note" => self.write(arguments),
            "delete_note" => self.delete(arguments),
            _ => {
                let lines: Vec<_> =
                    self.notes().iter().map(|(id, note)| format!("{id}  {}", note.title)).collect();
                Ok(lines.join("\n"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(notes: &Notes, tool: &str, arguments: Value) -> Result<String, String> {
        notes.call(tool, arguments.as_object().unwrap())
    }

    #[test]
    fn notes_are_written_read_and_deleted() {
        let notes = Notes::new();
        assert_eq!(call(&notes, "write_note", json!({ "title": "T", "text": "x" })).unwrap(), "wrote note 3");
        assert_eq!(call(&notes, "read_note", json!({ "id": "3" })).unwrap(), "T\n\nx");
        assert_eq!(call(&notes, "delete_note", json!({ "id": "1" })).unwrap(), "deleted note 1, Payroll");
        assert_eq!(call(&notes, "list_notes", json!({})).unwrap(), "2  Keys to the cellar\n3  T");
        assert_eq!(call(&notes, "delete_note", json!({ "id": "1" })).unwrap_err(), "there is no note 1");
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_is_lost() {
        let notes = Notes::new();
        for (tool, arguments) in [
            ("read_note", json!({})),
            ("read_note", json!({ "id": 1 })),
            ("read_note", json!({ "id": "-1" })),
            ("write_note", json!({ "title": "T" })),
            ("write_note", json!({ "title": "T", "text": "x".repeat(MAX_BYTES + 1) })),
        ] {
            assert!(call(&notes, tool, arguments.clone()).is_err(), "{tool} {arguments}");
        }
        while notes.notes().len() < MAX_NOTES {
            call(&notes, "write_note", json!({ "title": "", "text": "" })).unwrap();
        }
        assert!(call(&notes, "write_note", json!({ "title": "", "text": "" })).is_err());
    }
}
