//! Options that whoever calls may leave out, and variables of the environment that nobody has to set.

use super::{
    heap::{Is, Object},
    machine::Machine,
    value::{Mark, Marks, Shape, Value},
};
use crate::{
    ir::{Expression, Kind},
    language::Language,
    project::{FileId, Place},
};

/// What stands in a line that says that something has to be there.
const DEMANDS: &[&str] = &["required", "typeof", "throw", "assert", "invariant", "missing"];

/// What holds the variables of the environment.
const ENVIRONMENTS: &[&str] = &["process.env", "import.meta.env", "Bun.env"];

impl Machine<'_> {
    /// Options that whoever calls may leave out, all of them or any: `options = {}`, `options || {}`.
    pub(super) fn bag(&mut self, marks: Marks, born: Place) -> Value {
        let value = Value { shape: Shape::Unknown(None), marks };
        let Some(heap) = &mut self.heap else { return value };
        let mut object = Object::new(Is::Map, born);
        object.open = Some(value.clone().marked(Mark::Optional).marks);
        heap.make(object).with(&value.marks)
    }

    /// Whether a part that is not there is read as nothing.
    pub(super) fn reads_nothing(&self, file: FileId) -> bool {
        let language = self.project.file(file).language;
        matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx)
    }

    /// Whether what options leave out matters in a file: where audiences are among them.
    pub(super) fn may_leave_out(&self, file: FileId) -> bool {
        self.reads_nothing(file) && self.project.file(file).text.contains("audience")
    }

    /// Whether the file says of an option of that name that it has to be given, in whatever way it asks.
    pub(super) fn is_demanded(&self, name: &str) -> bool {
        let is_said = |line: &str| {
            line.contains(name) && {
                let line = line.to_ascii_lowercase();
                DEMANDS.iter().any(|word| line.contains(word))
            }
        };
        self.project.file(self.file()).text.lines().any(is_said)
    }

    /// Whether that is read of the environment, where it need not be set, and nobody asks in the file whether it is.
    pub(super) fn is_set_outside(&self, of: &Value, name: &str, at: &Place) -> bool {
        let (Shape::Foreign(of) | Shape::Unknown(Some(of))) = &of.shape else { return false };
        if !of.ends_with("env") || !self.reads_nothing(at.file) {
            return false;
        }
        let text = &self.project.file(at.file).text;
        let here = text.get(at.start as usize..at.end as usize).unwrap_or_default();
        if !ENVIRONMENTS.iter().any(|environment| here.contains(&format!("{environment}.{name}"))) {
            return false;
        }
        let mut met = text.match_indices(name).filter(|(at, _)| is_word(text, *at, name.len()));
        met.next().is_some() && met.next().is_none()
    }

    /// Whether that is `options || {}`, where nobody knows what is in the options that somebody gave.
    pub(super) fn is_bag(&self, given: &Value, otherwise: &Expression) -> bool {
        let is_given = matches!(given.shape, Shape::Unknown(_)) && given.marks.has(Mark::Parameter);
        let is_empty = matches!(&otherwise.kind, Kind::Map(entries) if entries.is_empty());
        is_given && is_empty && self.may_leave_out(self.file())
    }
}

fn is_word(text: &str, at: usize, length: usize) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (before, after) = (text.get(..at), text.get(at + length..));
    !before.is_some_and(|before| before.ends_with(is_part))
        && !after.is_some_and(|after| after.starts_with(is_part))
}
