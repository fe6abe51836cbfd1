//! Which number is spelled so? `1_000`, `0x1F`, `0777`, `.5` and `1e3`: what Go's yaml.v3 takes for a number, and exactly so.

use crate::Decimal;

/// Reads a plain value; none where it is a text.
pub(super) fn parse(text: &str) -> Option<Decimal> {
    let first = text.bytes().next()?;
    if !matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    // One behind a leading dot stands between digits; before that, anywhere.
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let mut pairs = text.split('_').zip(text.split('_').skip(1));
    if first == b'.'
        && !pairs.all(|(left, right)| is_digit(left.bytes().last()) && is_digit(right.bytes().next()))
    {
        return None;
    }
    let spelled = text.replace('_', "");
    prefixed(&spelled).or_else(|| Decimal::parse(&spelled))
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
    Decimal::parse(&format!("{}{value}", if is_negative { "-" } else { "" }))
}
