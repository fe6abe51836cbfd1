//! How is a number written? As Go writes it, which decides what equals a text; and as JSON does.

use std::fmt;

use super::Decimal;

/// From this power of ten on, Go writes a number that it read from JSON with an exponent (`%v` of a float64).
const GO_EXPONENT_FROM: i64 = 6;
/// As JavaScript has it, and with it most writers of JSON.
const JSON_EXPONENT_FROM: i64 = 21;

impl Decimal {
    /// As `fmt.Sprintf("%v", ...)` has it, but for the digits: none is lost to a float64.
    pub(crate) fn go_text(&self) -> String {
        self.layout(if self.is_whole { i64::MAX } else { GO_EXPONENT_FROM }, 2)
    }

    fn layout(&self, exponent_from: i64, exponent_digits: usize) -> String {
        let power = self.power();
        let mut text = String::from(if self.is_negative { "-" } else { "" });
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        if self.digits.is_empty() {
            text.push('0');
        } else if power < -4 || power >= exponent_from {
            let (first, others) = self.digits.split_at(1);
            let point = if others.is_empty() { "" } else { "." };
            let sign = if power < 0 { '-' } else { '+' };
            text.push_str(&format!(
                "{first}{point}{others}e{sign}{:0exponent_digits$}",
                power.unsigned_abs()
            ));
        } else if power < 0 {
            text.push_str(&format!("0.{}{}", zeros(-1 - power), self.digits));
        } else if self.exponent >= 0 {
            text.push_str(&format!("{}{}", self.digits, zeros(self.exponent)));
        } else {
            let whole = usize::try_from(power + 1).unwrap_or(0);
            let (whole, fraction) = self.digits.split_at(whole.min(self.digits.len()));
            text.push_str(&format!("{whole}.{fraction}"));
        }
        text
    }
}

/// Exactly, and as JSON has it.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layout(JSON_EXPONENT_FROM, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go 1.26 prints for them, but for the two that a float64 cannot hold.
    #[test]
    fn a_number_of_json_is_written_as_go_writes_it() {
        for (json, go) in [
            ("0", "0"),
            ("1", "1"),
            ("1.0", "1"),
            ("-1.50", "-1.5"),
            ("999999", "999999"),
            ("1000000", "1e+06"),
            ("123456789", "1.23456789e+08"),
            ("1e20", "1e+20"),
            ("1e21", "1e+21"),
            ("1e100", "1e+100"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e-7", "1e-07"),
            ("1e-100", "1e-100"),
            ("123456.5", "123456.5"),
            ("1234567.5", "1.2345675e+06"),
            ("0.1", "0.1"),
            ("100", "100"),
            ("9007199254740993", "9.007199254740993e+15"),
            ("-0", "0"),
        ] {
            assert_eq!(Decimal::from_json(json).unwrap().go_text(), go, "{json}");
        }
    }

    #[test]
    fn a_whole_number_of_yaml_is_written_in_full() {
        for (yaml, go) in [
            ("1000000", "1000000"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "1.8446744073709551616e+19"),
            ("1e6", "1e+06"),
            ("1000000.0", "1e+06"),
            ("0", "0"),
        ] {
            assert_eq!(Decimal::parse(yaml).unwrap().go_text(), go, "{yaml}");
        }
    }

    #[test]
    fn a_number_is_shown_exactly_and_never_at_length() {
        for (written, shown) in [
            ("1000000", "1000000"),
            ("100000000000000000000", "100000000000000000000"),
            ("1e21", "1e+21"),
            ("0.00001", "1e-5"),
            ("12.5", "12.5"),
            ("1e999999999", "1e+999999999"),
            ("-1e-999999999", "-1e-999999999"),
            ("9007199254740993", "9007199254740993"),
        ] {
            assert_eq!(Decimal::parse(written).unwrap().to_string(), shown, "{written}");
        }
    }
}
