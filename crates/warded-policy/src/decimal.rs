//! A number exactly as it was written, at a bounded cost for any spelling.

/// An exact decimal number: 0.1 is 0.1, 9007199254740993 is not 9007199254740992, and 1e999999999 is compared without being
/// written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Whether it is below zero. Zero never is.
    pub(crate) is_negative: bool,
    /// Its digits without zeros at either end; none of zero.
    pub(crate) digits: Box<str>,
    /// The power of ten of the last digit.
    pub(crate) exponent: i64,
}
