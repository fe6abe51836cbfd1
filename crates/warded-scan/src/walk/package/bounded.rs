//! How much of an archive is unpacked: nobody knows how much that is before it is done.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use super::PackageError;

const MIB: u64 = 1 << 20;
/// So much is always read: there are small packages with large tables.
const LEAST: u64 = 64 * MIB;
/// More than this never.
const MOST: u64 = 1024 * MIB;
/// How many times its own size an archive may become. Code becomes five times as large, zeros a thousand times.
const RATIO: u64 = 200;

/// How many bytes may still be unpacked.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    left: Rc<Cell<Option<u64>>>,
    of: u64,
}

impl Bound {
    pub(super) fn of(archive: &[u8]) -> Self {
        Self::at((archive.len() as u64).saturating_mul(RATIO).clamp(LEAST, MOST))
    }

    pub(super) fn at(of: u64) -> Self {
        Self { left: Rc::new(Cell::new(Some(of))), of }
    }

    /// Counts what was unpacked.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), PackageError> {
        let left = self.left.get().and_then(|left| left.checked_sub(bytes as u64));
        self.left.set(left);
        left.map(|_| ()).ok_or(PackageError::Large(self.of / MIB))
    }

    /// Why reading failed.
    pub(super) fn error(&self) -> PackageError {
        if self.left.get().is_none() { PackageError::Large(self.of / MIB) } else { PackageError::Damaged }
    }
}

/// Reads no further than the bound.
pub(super) struct Bounded<R> {
    pub(super) inner: R,
    pub(super) bound: Bound,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.bound.spend(count).map_err(io::Error::other)?;
        Ok(count)
    }
}
