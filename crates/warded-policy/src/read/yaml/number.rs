//! Which number is spelled so? `1_000`, `0x1F`, `0777`, `.5` and `1e3`: what Go's yaml.v3 takes for a number, and exactly so.

use crate::Decimal;

/// The longest exponent that is read: no number of anybody has a longer one.
const LONGEST_EXPONENT: usize = 9;

/// What a text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Number(Decimal),
    /// A number whose exponent is out of all bounds.
    TooLarge,
    Text,
}

/// Reads a plain value.
pub(super) fn parse(text: &str) -> Read {
    let Some(first) = text.bytes().next() else { return Read::Text };
    if !matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
        return Read::Text;
    }
    // One behind a leading dot stands between digits; before that, anywhere.
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let mut pairs = text.split('_').zip(text.split('_').skip(1));
    if first == b'.'
        && !pairs.all(|(left, right)| is_digit(left.bytes().last()) && is_digit(right.bytes().next()))
    {
        return Read::Text;
    }
    let spelled = text.replace('_', "");
    if let Some(number) = prefixed(&spelled) {
        return Read::Number(number);
    }
    decimal(&spelled)
}

/// Whether it is written without a point and an exponent.
pub(super) fn is_whole(text: &str) -> bool {
    let spelled = text.replace('_', "");
    let digits = spelled.trim_start_matches(['+', '-']);
    prefixed(&spelled).is_some() || digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is one of those that people take for decimal.
pub(super) fn is_octal(text: &str) -> bool {
    let spelled = text.replace('_', "");
    let digits = spelled.trim_start_matches(['+', '-']);
    let is_other = digits.starts_with('0') && digits.trim_start_matches('0').len() > 1;
    is_other && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) && prefixed(&spelled).is_some()
}

/// A whole number in base 16, 8 or 2 that fits into 64 bits. One that does not is none.
fn prefixed(text: &str) -> Option<Decimal> {
    let (is_negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let behind = unsigned.strip_prefix('0')?;
    let (digits, base) = match behind.as_bytes().first()? {
        b'x' | b'X' => (behind.get(1..)?, 16),
        b'o' | b'O' => (behind.get(1..)?, 8),
        b'b' | b'B' => (behind.get(1..)?, 2),
        _ => (behind, 8),
    };
    // `from_str_radix` would take a second sign.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(digits, base).ok()?;
    let most = match (is_negative, text.starts_with('+')) {
        (true, _) => i64::MIN.unsigned_abs(),
        (false, true) => i64::MAX.unsigned_abs(),
        (false, false) => u64::MAX,
    };
    if value > most {
        return None;
    }
    let number = digits_of(&value.to_string(), "", 0)?;
    Some(Decimal { is_negative: is_negative && value > 0, ..number })
}

/// A decimal number: digits, a point and an exponent, where at least one digit stands before the exponent.
fn decimal(text: &str) -> Read {
    let (is_negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Read::Text;
    }
    let exponent = match exponent {
        None => 0,
        Some(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            if digits.is_empty() || !is_digits(digits) {
                return Read::Text;
            }
            let significant = digits.trim_start_matches('0');
            if significant.len() > LONGEST_EXPONENT {
                return Read::TooLarge;
            }
            let size: i64 = significant.parse().unwrap_or(0);
            if text.starts_with('-') { -size } else { size }
        }
    };
    match digits_of(whole, fraction, exponent) {
        Some(number) => {
            let is_negative = is_negative && !number.digits.is_empty();
            Read::Number(Decimal { is_negative, ..number })
        }
        None => Read::TooLarge,
    }
}

/// The number of these digits, which is not negative.
fn digits_of(whole: &str, fraction: &str, exponent: i64) -> Option<Decimal> {
    let digits = [whole, fraction].concat();
    let significant = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Decimal { is_negative: false, digits: Box::default(), exponent: 0 });
    }
    let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    Some(Decimal { is_negative: false, digits: significant.into(), exponent })
}
