//! Percent-encoding: brought into one form where that is harmless, refused where two readers could differ.

use super::{Flaw, InvalidResourceUri, Part};

/// Refuses a `%` that two hexadecimal digits do not follow.
pub(super) fn well_formed(text: &str) -> Result<(), InvalidResourceUri> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' && !(0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())) {
            return Err(Flaw::PercentMalformed.into());
        }
    }
    Ok(())
}

/// RFC 3986 §6.2.2: unreserved characters decoded, the rest kept with upper-case digits.
pub(super) fn normal(text: &str, part: Part) -> Result<String, InvalidResourceUri> {
    let mut normal = String::with_capacity(text.len());
    let mut encoded = Vec::new();
    let mut rest = text.as_bytes();
    loop {
        if let [b'%', high, low, tail @ ..] = rest {
            let byte = digit(*high) * 16 + digit(*low);
            if is_ambiguous(byte) {
                return Err(Flaw::PercentAmbiguous(part).into());
            }
            encoded.push(byte);
            if is_unreserved(byte) {
                normal.push(char::from(byte));
            } else {
                normal.extend(['%', high.to_ascii_uppercase().into(), low.to_ascii_uppercase().into()]);
            }
            rest = tail;
            continue;
        }
        // `%C0%AF` is "/" to a lax decoder: what is encoded must be text.
        if std::str::from_utf8(&encoded).is_err() {
            return Err(Flaw::PercentAmbiguous(part).into());
        }
        encoded.clear();
        let [byte, tail @ ..] = rest else {
            return Ok(normal);
        };
        normal.push(char::from(*byte));
        rest = tail;
    }
}

/// Bytes whose encoded and decoded forms mean different things to servers that decode once more or once less.
fn is_ambiguous(byte: u8) -> bool {
    byte.is_ascii_control() || matches!(byte, b'/' | b'\\' | b'%' | b'?' | b'#')
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        b'a'..=b'f' => hex - b'a' + 10,
        // `well_formed` has seen every digit.
        _ => hex.wrapping_sub(b'A').wrapping_add(10),
    }
}
