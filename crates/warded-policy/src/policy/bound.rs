//! How many steps may a judgement take? Counted when a policy is made, from what it says.

use std::ops::AddAssign;

use crate::Op;

/// Of a byte in a list or map: it is read once for each level that it stands in, its item is compared, and a member of a map
/// is kept until all are there.
const LOOKS: u64 = 64 * 24;

/// So many steps for any call, and so many for each of its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) fixed: u64,
    per_byte: u64,
}

impl Bound {
    pub(crate) const fn new(fixed: u64, per_byte: u64) -> Self {
        Self { fixed, per_byte }
    }

    pub(crate) fn of(self, bytes: usize) -> u64 {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.fixed.saturating_add(self.per_byte.saturating_mul(bytes))
    }

    /// Of asking twice: for the counters, and with them.
    pub(crate) fn twice(self) -> Self {
        Self { fixed: self.fixed.saturating_mul(2), per_byte: self.per_byte.saturating_mul(2) }
    }

    /// Of whichever of two takes more.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { fixed: self.fixed.max(other.fixed), per_byte: self.per_byte.max(other.per_byte) }
    }

    /// Of a comparison with what stands in the policy: so many values of so many bytes.
    pub(crate) fn of_literal(op: Op, values: usize, bytes: usize) -> Self {
        let (values, reads) = (count(values), 1 + count(bytes / 64));
        match op {
            Op::Exists => Self::new(4, 2),
            Op::Lt | Op::Lte | Op::Gt | Op::Gte => Self::new(8 + reads, 4),
            Op::Eq | Op::Neq => Self::new(8 + reads, LOOKS),
            Op::In | Op::NotIn => Self::new(8 + 8 * values + reads, LOOKS.saturating_mul(values.max(1))),
            Op::Contains => Self::new(8 + reads, LOOKS.saturating_mul(8 + reads)),
            Op::Regex => Self::new(8, 4),
        }
    }

    /// Of what only the call can tell.
    pub(crate) const UNKNOWN: Self = Self::new(8, u64::MAX);
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl AddAssign for Bound {
    fn add_assign(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.per_byte = self.per_byte.saturating_add(other.per_byte);
    }
}
