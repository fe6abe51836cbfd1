//! What stands behind a backslash.

use super::translate::{Rest, literal};

/// Outside of brackets.
pub(super) fn outside(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    match rest.peek() {
        Some('Q') => {
            rest.next();
            quoted(rest, out);
            return Ok(());
        }
        Some(at @ ('A' | 'z' | 'b' | 'B')) => {
            out.push_str(match at {
                'A' => r"\A",
                'z' => r"\z",
                // Words are made of letters of ASCII.
                'b' => r"(?-u:\b)",
                _ => r"(?-u:\B)",
            });
            rest.next();
            return Ok(());
        }
        _ => {}
    }
    match set(rest)? {
        Some(set) => out.push_str(&set),
        None => literal(letter(rest)?, out),
    }
    Ok(())
}

/// Up to `\E`, every letter stands for itself.
fn quoted(rest: &mut Rest<'_>, out: &mut String) {
    while let Some(next) = rest.next() {
        if next == '\\' && rest.next_if_eq(&'E').is_some() {
            return;
        }
        literal(next, out);
    }
}

/// A set of letters, such as `\d` or `\pL`; none where a single letter is meant.
pub(super) fn set(rest: &mut Rest<'_>) -> Result<Option<String>, String> {
    let set = match rest.peek() {
        Some('d') => "[0-9]",
        Some('D') => "[^0-9]",
        Some('w') => "[0-9A-Za-z_]",
        Some('W') => "[^0-9A-Za-z_]",
        Some('s') => r"[\t\n\f\r\x20]",
        Some('S') => r"[^\t\n\f\r\x20]",
        Some('p' | 'P') => return property(rest).map(Some),
        _ => return Ok(None),
    };
    rest.next();
    Ok(Some(set.to_owned()))
}

/// `\pL`, `\p{Greek}`, `\P{^Greek}`.
fn property(rest: &mut Rest<'_>) -> Result<String, String> {
    let wrong = || "names no class of letters".to_owned();
    let mut is_negated = rest.next() == Some('P');
    let name: String = if rest.next_if_eq(&'{').is_some() {
        is_negated ^= rest.next_if_eq(&'^').is_some();
        let name = std::iter::from_fn(|| rest.next_if(|letter| *letter != '}')).collect();
        rest.next().ok_or_else(wrong)?;
        name
    } else {
        rest.next().ok_or_else(wrong)?.into()
    };
    if name.is_empty() || !name.chars().all(|letter| letter == '_' || letter.is_ascii_alphanumeric()) {
        return Err(wrong());
    }
    Ok(format!("\\{}{{{name}}}", if is_negated { 'P' } else { 'p' }))
}

/// A single letter.
pub(super) fn letter(rest: &mut Rest<'_>) -> Result<char, String> {
    let wrong = || "has an escape that Go does not know".to_owned();
    let first = rest.next().ok_or_else(|| "ends with a backslash".to_owned())?;
    let number = match first {
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        'x' => hexadecimal(rest).ok_or_else(wrong)?,
        // A single digit would be what a group matched, which nobody can tell in linear time.
        '1'..='7' if !rest.peek().is_some_and(|next| next.is_digit(8)) => return Err(wrong()),
        '0'..='7' => {
            let mut number = first.to_digit(8).ok_or_else(wrong)?;
            for _ in 0..2 {
                let Some(next) = rest.next_if(|next| next.is_digit(8)) else { break };
                number = number * 8 + next.to_digit(8).ok_or_else(wrong)?;
            }
            number
        }
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => return Ok(other),
        _ => return Err(wrong()),
    };
    char::from_u32(number).ok_or_else(wrong)
}

/// `\x41`, `\x{1F600}`.
fn hexadecimal(rest: &mut Rest<'_>) -> Option<u32> {
    if rest.next_if_eq(&'{').is_none() {
        let (high, low) = (rest.next()?.to_digit(16)?, rest.next()?.to_digit(16)?);
        return Some(high * 16 + low);
    }
    let digits: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_hexdigit)).collect();
    rest.next_if_eq(&'}')?;
    // A sign would be read, too; only digits are here.
    u32::from_str_radix(&digits, 16).ok()
}
