//! How much is counted: fixed point, so that every store adds up the same.

/// An amount in millionths. What has more digits is rounded up, so that nothing counts for too little; what is too large is
/// the largest, which exceeds every limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub(crate) i64);

impl Amount {
    /// From so many millionths.
    pub fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// In millionths.
    pub fn millionths(self) -> i64 {
        self.0
    }
}
