//! Who sits before the browser, what must the pages say to them, and what did they see?

use std::{ffi::OsString, path::PathBuf};

use serde_json::Value;
use tempfile::TempDir;

/// A person with a name, a password and a diary.
pub(crate) struct Person {
    name: String,
    password: String,
    expects: Vec<String>,
    decides: &'static str,
    diary: TempDir,
}

impl Person {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: format!("the long password of {name}"),
            expects: Vec::new(),
            decides: "allow",
            diary: tempfile::tempdir().unwrap(),
        }
    }

    /// Agrees only on a page that shows all of these.
    pub(crate) fn who_expects(mut self, texts: &[&str]) -> Self {
        self.expects = texts.iter().map(|&text| text.to_owned()).collect();
        self
    }

    /// Reads the page, and says no.
    pub(crate) fn who_denies(mut self) -> Self {
        self.decides = "deny";
        self
    }

    /// Has another password than the one that was agreed.
    pub(crate) fn who_guesses(mut self, password: &str) -> Self {
        password.clone_into(&mut self.password);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// What `browser.mjs` knows of the person.
    pub(crate) fn environment(&self) -> [(&'static str, OsString); 5] {
        [
            ("PERSON_NAME", self.name.clone().into()),
            ("PERSON_PASSWORD", self.password.clone().into()),
            ("PERSON_EXPECTS", serde_json::to_string(&self.expects).unwrap().into()),
            ("PERSON_DECIDES", self.decides.into()),
            ("PERSON_DIARY", self.path().into()),
        ]
    }

    /// The pages that the person saw, in their order: their kind, their text, and the error that came with them.
    pub(crate) fn diary(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How often the person saw a page of this kind.
    pub(crate) fn saw(&self, page: &str) -> usize {
        self.diary().iter().filter(|seen| seen["page"] == page).count()
    }

    fn path(&self) -> PathBuf {
        self.diary.path().join("diary.jsonl")
    }
}
