//! What do most readers make of a number? The nearest one that 64 bits of floating point have.

use super::Decimal;

/// As many digits as every such number keeps, and powers of ten at which it has them all.
const KEPT_DIGITS: usize = 15;
const KEPT_POWERS: std::ops::RangeInclusive<i64> = -300..=300;

impl Decimal {
    /// Whether it stays what it is where it is read as a float64: no two such numbers become one.
    pub(crate) fn is_kept(&self) -> bool {
        self.digits.is_empty() || (self.digits.len() <= KEPT_DIGITS && KEPT_POWERS.contains(&self.power()))
    }

    /// The nearest float64; an infinite one of what is beyond them all.
    pub(crate) fn nearest(&self) -> f64 {
        let sign = if self.is_negative { "-" } else { "" };
        let digits = if self.digits.is_empty() { "0" } else { &*self.digits };
        // Whatever the digits and the power, this is a number that can be read; and no zero is below zero.
        format!("{sign}{digits}e{}", self.exponent).parse().unwrap_or(f64::INFINITY) + 0.0
    }

    /// As [`Decimal::go_text`], once it was read as a float64. What YAML reads as a whole number, Go keeps as one.
    pub(crate) fn go_text_of_nearest(&self) -> String {
        if self.is_whole || self.is_kept() {
            return self.go_text();
        }
        let nearest = self.nearest();
        match Self::from_json(&format!("{nearest:e}")) {
            Some(number) => number.go_text(),
            None => String::from(if nearest < 0.0 { "-Inf" } else { "+Inf" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_becomes_what_go_and_others_make_of_it() {
        for (written, nearest, go) in [
            ("5.00000000000000000001", 5.0, "5"),
            ("1e-400", 0.0, "0"),
            ("-1e-400", 0.0, "0"),
            ("0", 0.0, "0"),
            ("1e400", f64::INFINITY, "+Inf"),
            ("-1e999999999999999999999", f64::NEG_INFINITY, "-Inf"),
            ("9007199254740993", 9_007_199_254_740_992.0, "9.007199254740992e+15"),
            ("0.1", 0.1, "0.1"),
            ("123456789012345678901234567890", 1.234_567_890_123_456_8e29, "1.2345678901234568e+29"),
        ] {
            let number = Decimal::from_json(written).unwrap();
            assert_eq!(number.nearest().to_bits(), nearest.to_bits(), "{written}");
            assert_eq!(number.go_text_of_nearest(), go, "{written}");
        }
        assert_eq!(Decimal::parse("9007199254740993").unwrap().go_text_of_nearest(), "9007199254740993");
    }

    proptest! {
        #[test]
        fn what_is_kept_is_told_from_everything_else_that_is(
            one in "-?[0-9]{1,15}(e-?[0-9]{1,2})?", other in "-?[0-9]{1,15}(e-?[0-9]{1,2})?",
        ) {
            let (one, other) = (Decimal::from_json(&one).unwrap(), Decimal::from_json(&other).unwrap());
            prop_assert!(one.is_kept() && other.is_kept());
            prop_assert_eq!(one.nearest().partial_cmp(&other.nearest()), Some(one.cmp(&other)));
            let read = Decimal::from_json(&format!("{:e}", one.nearest())).unwrap();
            prop_assert_eq!(read.go_text(), one.go_text());
        }
    }
}
