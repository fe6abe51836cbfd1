//! How much is counted: fixed point, so that every store adds up the same.

use crate::Decimal;

/// An amount in millionths. What has more digits is rounded up, so that nothing counts for too little; what is too large is
/// the largest, which exceeds every limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub(crate) i64);

/// Which power of ten is counted.
const UNIT: i64 = -6;

/// One below the largest amount, so that the largest exceeds it.
const MAX_LIMIT: i64 = i64::MAX - 1;

impl Amount {
    /// From so many millionths.
    pub fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// In millionths.
    pub fn millionths(self) -> i64 {
        self.0
    }

    /// What a call is counted for: rounded up, and nothing below zero, since a negative amount would refill what was used.
    ///
    /// ```
    /// use warded_policy::{Amount, Decimal};
    ///
    /// let amount = |text| Decimal::parse(text).map(|number| Amount::taken(&number).millionths());
    /// assert_eq!(amount("0.99"), Some(990_000));
    /// assert_eq!(amount("0.0000001"), Some(1));
    /// assert_eq!(amount("-5"), Some(0));
    /// assert_eq!(amount("1e999999999"), Some(i64::MAX));
    /// ```
    pub fn taken(number: &Decimal) -> Self {
        if number.is_negative {
            return Self(0);
        }
        let (count, is_more) = number.count_of(UNIT);
        let millionths = count.and_then(|count| count.checked_add(u64::from(is_more)));
        Self(millionths.and_then(|count| count.try_into().ok()).unwrap_or(i64::MAX))
    }

    /// Whether a counter can come to this. What is more would be cut off, or exceed every limit.
    pub(crate) fn is_countable(number: &Decimal) -> bool {
        *number <= Self(MAX_LIMIT).into()
    }

    /// The highest amount that is no more than this.
    pub(crate) fn at_most(number: &Decimal) -> Self {
        Self::limit(number, number.is_negative)
    }

    /// The lowest amount that is no less than this: to be below the one is to be below the other.
    pub(crate) fn at_least(number: &Decimal) -> Self {
        Self::limit(number, !number.is_negative)
    }

    fn limit(number: &Decimal, is_away_from_zero: bool) -> Self {
        let (count, is_more) = number.count_of(UNIT);
        let size = count.and_then(|count| count.checked_add(u64::from(is_more && is_away_from_zero)));
        let size = size.and_then(|count| i64::try_from(count).ok()).unwrap_or(MAX_LIMIT).min(MAX_LIMIT);
        Self(if number.is_negative { -size } else { size })
    }
}

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        Self::scaled(amount.0.into(), UNIT)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn what_is_taken_never_counts_for_too_little() {
        for (text, millionths) in [
            ("0", 0),
            ("1", 1_000_000),
            ("0.99", 990_000),
            ("0.000001", 1),
            ("0.0000001", 1),
            ("1.0000001", 1_000_001),
            ("1e-999999999", 1),
            ("-0.5", 0),
            ("-1e999999999", 0),
            ("9223372036854.775807", i64::MAX),
            ("9223372036854.7758061", i64::MAX),
            ("9223372036855", i64::MAX),
            ("18446744073709.551615", i64::MAX),
            ("99999999999999999999", i64::MAX),
            ("1e999999999", i64::MAX),
            ("1e99999999999999999999", i64::MAX),
        ] {
            assert_eq!(Amount::taken(&number(text)).millionths(), millionths, "{text}");
        }
    }

    #[test]
    fn a_limit_never_permits_more_than_it_says() {
        for (text, at_most, at_least) in [
            ("5", 5_000_000, 5_000_000),
            ("5.0000005", 5_000_000, 5_000_001),
            ("-5.0000005", -5_000_001, -5_000_000),
            ("1e-999999999", 0, 1),
            ("-1e-999999999", -1, 0),
            ("1e999999999", MAX_LIMIT, MAX_LIMIT),
            ("-1e999999999", -MAX_LIMIT, -MAX_LIMIT),
        ] {
            assert_eq!(Amount::at_most(&number(text)).0, at_most, "{text}");
            assert_eq!(Amount::at_least(&number(text)).0, at_least, "{text}");
        }
    }

    #[test]
    fn what_is_countable_is_taken_as_it_is() {
        for (text, is_countable) in [
            ("0", true),
            ("-1e30", true),
            ("9223372036854.775806", true),
            ("9223372036854.7758061", false),
            ("9223372036854.775807", false),
            ("1e13", false),
            ("1e999999999", false),
        ] {
            assert_eq!(Amount::is_countable(&number(text)), is_countable, "{text}");
        }
    }

    #[test]
    fn the_largest_amount_exceeds_the_largest_limit() {
        let large = number("1e30");
        assert!(Amount::taken(&large) > Amount::at_most(&large));
    }

    proptest! {
        #[test]
        fn an_amount_is_the_number_that_it_stands_for(millionths: i64) {
            let number = Decimal::from(Amount(millionths));
            prop_assert_eq!(number.cmp(&Decimal::from(0i64)), millionths.cmp(&0));
            if (0..MAX_LIMIT).contains(&millionths) {
                prop_assert_eq!(Amount::taken(&number).0, millionths);
                prop_assert_eq!(Amount::at_most(&number).0, millionths);
                prop_assert_eq!(Amount::at_least(&number).0, millionths);
            }
        }

        #[test]
        fn rounding_is_towards_the_closed_side(text in "-?[0-9]{1,12}(\\.[0-9]{0,12})?(e-?[0-9])?") {
            let number = number(&text);
            prop_assert!(Decimal::from(Amount::taken(&number)) >= number || Amount::taken(&number).0 == i64::MAX);
            let (at_most, at_least) = (Amount::at_most(&number), Amount::at_least(&number));
            if at_most.0.abs() < MAX_LIMIT && at_least.0.abs() < MAX_LIMIT {
                prop_assert!(Decimal::from(at_most) <= number);
                prop_assert!(Decimal::from(at_least) >= number);
                prop_assert!(at_least.0 - at_most.0 <= 1);
            }
        }
    }
}
