//! What has a process asked that nobody has answered yet? It may ask as often as it likes, and not all is answered: what
//! it asked first is forgotten first.

use std::collections::VecDeque;

use warded_guard::Id;

use super::{MAX_ID, is_long};
use crate::stdio::{line::Line, part::Part};

/// Most questions that wait for their answers.
pub(super) const MAX_ASKED: usize = 1024;

/// Questions without an answer.
#[derive(Debug, Default)]
pub(super) struct Questions(VecDeque<Question>);

#[derive(Debug)]
struct Question {
    id: Id,
    /// As the process wrote it.
    written: Box<str>,
}

impl Questions {
    /// One more, where its id can be kept; gives what declines the one that is forgotten for it.
    pub(super) fn push(&mut self, id: Part<'_>) -> Result<Option<Line>, TooLong> {
        let known = id.id().filter(|known| !is_long(known) && id.text().len() <= MAX_ID).ok_or(TooLong)?;
        self.forget(&known);
        self.0.push_back(Question { id: known, written: id.text().into() });
        let oldest = if self.0.len() > MAX_ASKED { self.0.pop_front() } else { None };
        Ok(oldest.map(|question| Line::declines(&question.written)))
    }

    pub(super) fn holds(&self, id: &Id) -> bool {
        self.0.iter().any(|question| question.id == *id)
    }

    /// Whether it was there: it is answered, or called off.
    pub(super) fn forget(&mut self, id: &Id) -> bool {
        let at = self.0.iter().position(|question| question.id == *id);
        at.and_then(|at| self.0.remove(at)).is_some()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// An id that is not kept, or none at all.
#[derive(Debug)]
pub(super) struct TooLong;
