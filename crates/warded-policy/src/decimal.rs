//! A number exactly as it was written, at a bounded cost for any spelling.

mod nearest;
mod text;

use std::cmp::Ordering;

/// The largest power of ten that is told from others. A spelling with a larger one is taken to have this one: nobody can
/// write out either.
const MAX_POWER: i64 = 1_000_000_000_000_000_000;

/// An exact decimal number: 0.1 is 0.1, 9007199254740993 is not 9007199254740992, and 1e999999999 is compared without being
/// written out.
#[derive(Clone, Debug)]
pub struct Decimal {
    /// Whether it is below zero. Zero never is.
    pub(crate) is_negative: bool,
    /// Its digits without zeros at either end; none of zero.
    pub(crate) digits: Box<str>,
    /// The power of ten of the last digit.
    pub(crate) exponent: i64,
    /// Whether YAML reads its spelling as a whole number, which Intercept writes in full where it writes others with an
    /// exponent. It makes no other number of it.
    pub(crate) is_whole: bool,
}

impl Decimal {
    /// Reads a number in decimal digits, as JSON and YAML have them: with a sign, a point and a power of ten, or without.
    ///
    /// ```
    /// use warded_policy::Decimal;
    ///
    /// assert_eq!(Decimal::parse("1.50"), Decimal::parse("15e-1"));
    /// assert!(Decimal::parse("1e999999999") > Decimal::parse("9007199254740993"));
    /// assert_eq!(Decimal::parse("0x10"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match rest.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, read_power(power)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        // What Go reads as a whole number fits into 64 bits, with a sign or without.
        let whole_number = text.parse::<i128>().ok();
        Some(Self {
            is_whole: whole_number
                .is_some_and(|number| (i64::MIN.into()..=u64::MAX.into()).contains(&number)),
            ..Self::of(is_negative, whole, fraction, power)
        })
    }

    /// Reads a number of JSON. JSON knows no whole numbers, and Go reads none from it.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        Some(Self { is_whole: false, ..Self::parse(text)? })
    }

    fn of(is_negative: bool, whole: &str, fraction: &str, power: i64) -> Self {
        let mut digits = String::with_capacity(whole.len() + fraction.len());
        // Leading zeros are dropped as they come, so that none is ever copied.
        digits.push_str(whole.trim_start_matches('0'));
        digits.push_str(if digits.is_empty() { fraction.trim_start_matches('0') } else { fraction });
        let spelled = digits.len();
        digits.truncate(digits.trim_end_matches('0').len());
        if digits.is_empty() {
            return Self { is_negative: false, digits: "".into(), exponent: 0, is_whole: false };
        }
        let exponent =
            power.saturating_add(length(spelled - digits.len())).saturating_sub(length(fraction.len()));
        Self { is_negative, digits: digits.into(), exponent, is_whole: false }
    }

    /// The power of ten of the first digit.
    fn power(&self) -> i64 {
        self.exponent.saturating_add(length(self.digits.len())).saturating_sub(1)
    }

    /// So many of these: `scaled(12, -6)` is 0.000012.
    pub(crate) fn scaled(number: i128, power: i64) -> Self {
        Self::of(number < 0, &number.unsigned_abs().to_string(), "", power)
    }

    /// How many of the power of ten go into it, without a sign, and whether something is left. None where it is more than
    /// anybody counts.
    pub(crate) fn count_of(&self, power: i64) -> (Option<u64>, bool) {
        let zeros = self.exponent.saturating_sub(power);
        if zeros >= 0 {
            let spelled = length(self.digits.len()).saturating_add(zeros);
            // 64 bits have 20 digits at most.
            let count = (spelled <= 20)
                .then(|| format!("{}{}", self.digits, "0".repeat(usize::try_from(zeros).unwrap_or(0))));
            let is_zero = self.digits.is_empty();
            return (if is_zero { Some(0) } else { count.and_then(|digits| digits.parse().ok()) }, false);
        }
        let dropped = usize::try_from(zeros.unsigned_abs()).unwrap_or(usize::MAX);
        let kept = self.digits.len().saturating_sub(dropped);
        match self.digits.get(..kept).unwrap_or_default() {
            "" => (Some(0), true),
            digits if digits.len() <= 20 => (digits.parse().ok(), true),
            _ => (None, true),
        }
    }
}

/// Texts are shorter than that.
fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(MAX_POWER)
}

fn read_power(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    let power = match digits {
        "" => 0,
        digits if digits.len() <= 18 => digits.parse().ok()?,
        _ => MAX_POWER,
    };
    Some(if is_negative { -power } else { power })
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = || self.power().cmp(&other.power()).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            -1 => size().reverse(),
            _ => size(),
        })
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self { is_whole: true, ..Self::scaled(number.into(), 0) }
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self { is_whole: true, ..Self::scaled(number.into(), 0) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn one_number_has_many_spellings() {
        for spellings in [
            &["0", "-0", "+0", "0.0", "0e5", "-0.00e-99999999999999999999", "000", ".0", "0."][..],
            &["1", "1.0", "+1", "01", "10e-1", "0.1E+1", "1e0", "1e-00", "100000000000000000000e-20"],
            &["-1.5", "-15e-1", "-0.15e1", "-1.50"],
            &["1e999999999", "10e999999998", "0.1e1000000000"],
            &["9007199254740993", "9007199254740993.000", "9.007199254740993e15"],
        ] {
            for spelling in spellings {
                assert_eq!(number(spelling), number(spellings[0]), "{spelling}");
            }
        }
    }

    #[test]
    fn numbers_stand_in_order() {
        let rising = [
            "-1e99999999999999999999",
            "-1e999999999",
            "-9007199254740993",
            "-9007199254740992",
            "-2",
            "-1.5",
            "-1",
            "-0.1",
            "-1e-999999999",
            "0",
            "1e-999999999",
            "0.0999999999999999999999",
            "0.1",
            "0.1000000000000000000001",
            "1",
            "1.5",
            "2",
            "10",
            "11",
            "100",
            "9007199254740992",
            "9007199254740993",
            "1e300",
            "1.0000000000000000000000000001e300",
            "1e999999999",
            "1e99999999999999999999",
        ];
        for (at, lower) in rising.iter().enumerate() {
            assert_eq!(number(lower).cmp(&number(lower)), Ordering::Equal, "{lower}");
            for higher in rising.iter().skip(at + 1) {
                assert!(number(lower) < number(higher), "{lower} {higher}");
                assert!(number(higher) > number(lower), "{lower} {higher}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "-", "+", ".", "e1", "1e", "1e+", "0x10", "1_000", " 1", "1 ", "--1", "+-1", "1.2.3", "NaN",
            "inf", "١", "1e1.5", "1ee1",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_spelling_costs_no_more_than_its_length() {
        let long = format!("{}.{}e{}", "9".repeat(1_000_000), "1".repeat(1_000_000), "9".repeat(1_000_000));
        assert!(number(&long) > number("1e999999999"));
        assert!(number(&format!("-{long}")) < number("0"));
    }

    proptest! {
        #[test]
        fn whole_numbers_compare_as_they_do(one: i64, other: i64) {
            prop_assert_eq!(Decimal::from(one).cmp(&Decimal::from(other)), one.cmp(&other));
            prop_assert_eq!(number(&one.to_string()), Decimal::from(one));
        }

        #[test]
        fn a_point_is_a_power_of_ten(digits in "[1-9][0-9]{0,30}", point in 0usize..30, power in -400i64..400) {
            let at = point.min(digits.len());
            let (whole, fraction) = digits.split_at(at);
            let moved = i64::try_from(fraction.len()).unwrap();
            prop_assert_eq!(
                number(&format!("{whole}.{fraction}e{power}")),
                number(&format!("{digits}e{}", power - moved))
            );
        }

        #[test]
        fn nothing_that_is_read_panics(text in "[-+0-9.eE]{0,20}") {
            if let Some(read) = Decimal::parse(&text) {
                prop_assert_eq!(read.cmp(&read), Ordering::Equal);
                prop_assert_eq!(Decimal::parse(&read.to_string()), Some(read));
            }
        }
    }
}
