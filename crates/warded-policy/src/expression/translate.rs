//! The expression, written anew: what stands outside of brackets.

use std::{iter::Peekable, str::Chars};

use super::{class, escape};

/// Go repeats nothing more often than that.
const MAX_REPEATS: u32 = 1_000;

/// What is left of an expression.
pub(super) type Rest<'e> = Peekable<Chars<'e>>;

pub(super) fn translate(expression: &str) -> Result<String, String> {
    let mut rest: Rest<'_> = expression.chars().peekable();
    let mut out = String::with_capacity(expression.len() * 2);
    // Go takes `a**` for a mistake; the crate would take it for `(?:a*)*`.
    let mut was_repeated = false;
    while let Some(letter) = rest.next() {
        let mut is_repeated = false;
        match letter {
            '\\' => escape::outside(&mut rest, &mut out)?,
            '[' => class::class(&mut rest, &mut out)?,
            '(' => group(&mut rest, &mut out)?,
            '*' | '+' | '?' => {
                out.push(letter);
                is_repeated = true;
            }
            '{' => match repeats(&rest)? {
                Some((text, behind)) => {
                    out.push_str(&text);
                    rest = behind;
                    is_repeated = true;
                }
                None => literal('{', &mut out),
            },
            ')' | '|' | '.' | '^' | '$' => out.push(letter),
            letter => literal(letter, &mut out),
        }
        if is_repeated {
            if was_repeated {
                return Err("repeats what is repeated already".into());
            }
            if rest.next_if_eq(&'?').is_some() {
                out.push('?');
            }
        }
        was_repeated = is_repeated;
    }
    Ok(out)
}

/// A letter that stands for itself.
pub(super) fn literal(letter: char, out: &mut String) {
    if letter.is_alphanumeric() {
        out.push(letter);
    } else {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(letter)));
    }
}

/// What follows a `(`. Nobody asks what a group matched, so none is kept.
fn group(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    let wrong = || "has a group that Go does not know".to_owned();
    if rest.next_if_eq(&'?').is_none() {
        out.push_str("(?:");
        return Ok(());
    }
    let is_long = rest.next_if_eq(&'P').is_some();
    if rest.next_if_eq(&'<').is_some() {
        let name: String = std::iter::from_fn(|| rest.next_if(|letter| *letter != '>')).collect();
        let is_name =
            !name.is_empty() && name.chars().all(|letter| letter == '_' || letter.is_ascii_alphanumeric());
        if rest.next().is_none() || !is_name {
            return Err(wrong());
        }
        out.push_str("(?:");
        return Ok(());
    }
    if is_long {
        return Err(wrong());
    }
    let flags: String = std::iter::from_fn(|| rest.next_if(|letter| "imsU-".contains(*letter))).collect();
    let (on, off) = flags.split_once('-').unwrap_or((&flags, "x"));
    if off.is_empty() || off.contains('-') {
        return Err(wrong());
    }
    match rest.next() {
        // To turn a flag on twice is nothing to Go and a mistake to the crate.
        Some(end @ (':' | ')')) => {
            let off = if flags.contains('-') { off } else { "" };
            let once = |flags: &str| {
                ['i', 'm', 's', 'U'].into_iter().filter(|flag| flags.contains(*flag)).collect::<String>()
            };
            let on: String = once(on).chars().filter(|flag| !off.contains(*flag)).collect();
            let off = once(off);
            let minus = if off.is_empty() { "" } else { "-" };
            match (on.is_empty() && off.is_empty(), end) {
                (true, ')') => out.push_str("(?:)"),
                (true, _) => out.push_str("(?:"),
                (false, _) => out.push_str(&format!("(?{on}{minus}{off}{end}")),
            }
            Ok(())
        }
        _ => Err(wrong()),
    }
}

/// What follows a `{`, if it says how often; otherwise the bracket is a letter like any other.
fn repeats<'e>(rest: &Rest<'e>) -> Result<Option<(String, Rest<'e>)>, String> {
    let mut behind = rest.clone();
    let Some(least) = count(&mut behind) else { return Ok(None) };
    let most = match behind.next() {
        Some('}') => Some(least),
        Some(',') if behind.next_if_eq(&'}').is_some() => None,
        Some(',') => match count(&mut behind) {
            Some(most) if behind.next() == Some('}') => Some(most),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    if least > MAX_REPEATS || most.is_some_and(|most| most > MAX_REPEATS || most < least) {
        return Err(format!("repeats more than {MAX_REPEATS} times, or less than nothing"));
    }
    let text = match most {
        Some(most) if most == least => format!("{{{least}}}"),
        Some(most) => format!("{{{least},{most}}}"),
        None => format!("{{{least},}}"),
    };
    Ok(Some((text, behind)))
}

/// A number without a zero that it does not need.
fn count(rest: &mut Rest<'_>) -> Option<u32> {
    let digits: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_digit)).collect();
    if digits.is_empty() || (digits.starts_with('0') && digits.len() > 1) {
        return None;
    }
    Some(digits.parse().unwrap_or(u32::MAX))
}
