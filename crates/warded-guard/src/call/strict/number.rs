//! Which number is it? (RFC 8259 §6)

use super::{Outcome, Reader, Seen, not_json};

/// RFC 8259 §6: beyond 2^53 - 1 JSON numbers are not the same number to everyone, and an answer would go to another
/// request.
const MAX_SAME: u64 = (1 << 53) - 1;
/// Without an exponent, so many characters are no number that a double has no room for: the largest has 309 digits.
const FITS: usize = 300;

impl<'t> Reader<'t> {
    /// The number that begins so.
    pub(super) fn number(&mut self, kind: u8) -> Outcome<Seen<'t>> {
        let begin = self.rest;
        let is_negative = kind == b'-';
        let first = if is_negative { self.digit()? } else { kind };
        let mut value = Some(u64::from(first - b'0'));
        while let Some(digit) = self.next_digit() {
            // No zero leads: `010` is 8 to some.
            if first == b'0' {
                return Err(not_json());
            }
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        }
        let mut is_integer = true;
        if let Some(rest) = self.rest.strip_prefix(b".") {
            (self.rest, is_integer) = (rest, false);
            self.digits()?;
        }
        let mut has_room = true;
        if let [b'e' | b'E', rest @ ..] = self.rest {
            (self.rest, is_integer, has_room) = (rest, false, false);
            if let [b'+' | b'-', rest @ ..] = self.rest {
                self.rest = rest;
            }
            self.digits()?;
        }
        let behind_first = self.since(begin);
        // What is infinite to one reader is an error to another, and zero to a third.
        if !has_room || behind_first.len() > FITS {
            let written = [&[kind], behind_first].concat();
            serde_json::from_slice::<f64>(&written).map_err(|_| not_json())?;
        }
        Ok(value.filter(|_| is_integer).map_or(Seen::Other, |value| integer(is_negative, value)))
    }

    /// One digit or more.
    fn digits(&mut self) -> Outcome<()> {
        self.digit()?;
        while self.next_digit().is_some() {}
        Ok(())
    }

    fn digit(&mut self) -> Outcome<u8> {
        self.next_digit().ok_or_else(not_json)
    }

    fn next_digit(&mut self) -> Option<u8> {
        let (next, rest) = self.rest.split_first()?;
        if !next.is_ascii_digit() {
            return None;
        }
        self.rest = rest;
        Some(*next)
    }
}

fn integer<'t>(is_negative: bool, value: u64) -> Seen<'t> {
    match (i64::try_from(value), is_negative) {
        // Some read `-0` as 0 and some as a fraction.
        (Ok(0), true) => Seen::Other,
        (Ok(number), _) if value <= MAX_SAME => Seen::Integer(if is_negative { -number } else { number }),
        // Below the least of 64 bits it is a fraction to most.
        (Err(_), true) if value != 1 << 63 => Seen::Other,
        _ => Seen::Huge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Seen<'_>> {
        let mut reader = Reader::of(text);
        let first = reader.take().unwrap();
        let seen = reader.seen(first).ok()?;
        reader.end().ok().map(|()| seen)
    }

    #[test]
    fn numbers_are_those_of_rfc_8259() {
        for text in
            ["01", "-", "-01", "1.", ".5", "1.e5", "1e", "1e+", "+1", "0x1", "1_0", "--1", "1e5.5", "1 1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["NaN", "Infinity", "-Infinity", "nan", "٣", "1٣"] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["0.5", "-0", "-0.0", "1e5", "1E+5", "1e-5", "0e99999999999", "1e-99999999999", "1.7e308"]
        {
            assert_eq!(read(text), Some(Seen::Other), "{text}");
        }
    }

    #[test]
    fn what_a_double_has_no_room_for_is_no_number() {
        for text in ["1e309", "-1e309", "1e99999999999", "17976931348623159e292"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"9".repeat(309)), None);
        assert_eq!(read(&format!("{}.5", "9".repeat(310))), None);
        assert_eq!(read(&"9".repeat(308)), Some(Seen::Other));
        assert_eq!(read(&format!("0.{}", "9".repeat(1000))), Some(Seen::Other));
    }

    #[test]
    fn integers_are_told_apart_where_readers_do() {
        for (text, seen) in [
            ("0", Seen::Integer(0)),
            ("-1", Seen::Integer(-1)),
            ("9007199254740991", Seen::Integer(9_007_199_254_740_991)),
            ("-9007199254740991", Seen::Integer(-9_007_199_254_740_991)),
            ("9007199254740992", Seen::Huge),
            ("-9007199254740992", Seen::Huge),
            ("9223372036854775808", Seen::Huge),
            ("18446744073709551615", Seen::Huge),
            ("-9223372036854775808", Seen::Huge),
            ("18446744073709551616", Seen::Other),
            ("-9223372036854775809", Seen::Other),
            ("-18446744073709551615", Seen::Other),
            ("1.0", Seen::Other),
        ] {
            assert_eq!(read(text), Some(seen), "{text}");
        }
    }
}
