//! How often is something repeated that repeats in itself? Go's `regexp` takes no more than a thousand times, all in all.

use super::MOST_TIMES;

/// The groups that are open, and what was read last in them.
pub(super) struct Nested {
    /// The most that anything before them repeats, of each group that is open.
    open: Vec<u32>,
    /// The same of what stands before what was read last.
    before: u32,
    last: u32,
}

impl Nested {
    pub(super) fn new() -> Self {
        Self { open: Vec::new(), before: 1, last: 1 }
    }

    /// Something that repeats nothing.
    pub(super) fn takes_one(&mut self) {
        self.before = self.most();
        self.last = 1;
    }

    pub(super) fn opens(&mut self) {
        self.open.push(self.most());
        (self.before, self.last) = (1, 1);
    }

    pub(super) fn closes(&mut self) {
        self.last = self.most();
        self.before = self.open.pop().unwrap_or(1);
    }

    /// What was read last is repeated so often; none where that is too often.
    pub(super) fn repeats(&mut self, least: u32, most: Option<u32>) -> Option<()> {
        self.last = match (least, most) {
            // Nothing is left of it.
            (_, Some(0)) => 1,
            (times, None) | (_, Some(times)) => self.last.checked_mul(times.max(1))?,
        };
        (self.last <= MOST_TIMES).then_some(())
    }

    fn most(&self) -> u32 {
        self.before.max(self.last)
    }
}
