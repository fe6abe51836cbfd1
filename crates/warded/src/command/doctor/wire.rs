//! What went on the wire since somebody looked last?

use std::sync::{Mutex, PoisonError};

use warded_client::fetch::{Passage, Watch};

/// Most passages that are remembered between two looks: a hostile issuer could have us ask without end.
const MOST: usize = 200;

/// The requests that were made, in order.
#[derive(Debug, Default)]
pub(super) struct Wire(Mutex<Vec<Passage>>);

impl Watch for Wire {
    fn saw(&self, passage: Passage) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MOST {
            seen.push(passage);
        }
    }
}

impl Wire {
    /// Those since the last time.
    pub(super) fn take(&self) -> Vec<Passage> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
