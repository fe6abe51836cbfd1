//! What stands in brackets? Everything but a range, a class and the bracket that closes is itself.

use super::escape;

/// The classes that have a name.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Writes a set whose bracket was read, and says what stands behind it.
pub(super) fn translate<'p>(text: &'p str, out: &mut String) -> Option<&'p str> {
    out.push('[');
    let mut rest = text;
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut is_first = true;
    loop {
        if let (false, Some(after)) = (is_first, rest.strip_prefix(']')) {
            out.push(']');
            return Some(after);
        }
        is_first = false;
        rest = match class(rest, out) {
            Class::Read(after) => after,
            Class::Unknown => return None,
            Class::None => range(rest, out)?,
        };
    }
}

enum Class<'p> {
    Read(&'p str),
    /// It has a name that no class has.
    Unknown,
    None,
}

/// Writes a class, such as `\d`, `\pL` or `[:alpha:]`.
fn class<'p>(text: &'p str, out: &mut String) -> Class<'p> {
    if let Some((name, after)) = text.strip_prefix("[:").and_then(|inside| inside.split_once(":]")) {
        if !NAMED.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Class::Unknown;
        }
        out.push_str(&format!("[:{name}:]"));
        return Class::Read(after);
    }
    let Some(escaped) = text.strip_prefix('\\') else { return Class::None };
    if let Some(class) = escaped.chars().next().and_then(escape::class) {
        out.push_str(class);
        return escaped.get(1..).map_or(Class::None, Class::Read);
    }
    match escape::property(escaped) {
        Some((property, after)) => {
            out.push_str(&escape::spelled(property));
            Class::Read(after)
        }
        None => Class::None,
    }
}

/// Writes a character, or a range of two. A hyphen before the bracket is a hyphen.
fn range<'p>(text: &'p str, out: &mut String) -> Option<&'p str> {
    let (low, rest) = single(text)?;
    out.push_str(&escape::written(low));
    let Some(after) = rest.strip_prefix('-').filter(|after| !after.starts_with(']')) else {
        return Some(rest);
    };
    let (high, rest) = single(after)?;
    if high < low {
        return None;
    }
    out.push('-');
    out.push_str(&escape::written(high));
    Some(rest)
}

fn single(text: &str) -> Option<(char, &str)> {
    if let Some(escaped) = text.strip_prefix('\\') {
        return escape::single(escaped);
    }
    let char = text.chars().next()?;
    Some((char, text.get(char.len_utf8()..)?))
}
