//! Who uses a process just now? As long as somebody does, it does not end because nobody uses it, nor gives way to another
//! one of the same person.

use std::{ops::Deref, sync::Arc};

use super::child::Child;

/// A process that somebody uses, for as long as this is held.
pub(super) struct Held(Arc<Child>);

impl Held {
    /// Of a process that counts this one already.
    pub(super) fn counted(child: Arc<Child>) -> Self {
        Self(child)
    }
}

impl Deref for Held {
    type Target = Arc<Child>;

    fn deref(&self) -> &Arc<Child> {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// A process that has just begun. One of a session ends again, unless it stays.
pub(super) struct Begun {
    child: Held,
    stays: bool,
}

impl Begun {
    pub(super) fn of(child: Held) -> Self {
        let stays = child.session.is_none();
        Self { child, stays }
    }

    pub(super) fn child(&self) -> &Arc<Child> {
        &self.child
    }

    /// For whoever uses it next. It may have ended already.
    pub(super) fn stays(mut self) -> Held {
        self.stays = true;
        self.child.enter();
        Held::counted(Arc::clone(&self.child))
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.stays {
            self.child.end();
        }
    }
}
