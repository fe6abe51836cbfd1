//! What stands in brackets: one letter of these.

use super::{
    escape,
    translate::{Rest, literal},
};

const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// What follows a `[`. To Go, another `[`, a `&` or a `~` in it is a letter like any other.
pub(super) fn class(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut is_first = true;
    loop {
        match rest.peek() {
            None => return Err("has a bracket that is never closed".into()),
            Some(']') if !is_first => {
                rest.next();
                out.push(']');
                return Ok(());
            }
            Some(_) => item(rest, out)?,
        }
        is_first = false;
    }
}

fn item(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    if let Some(behind) = named(rest, out)? {
        *rest = behind;
        return Ok(());
    }
    let mut ahead = rest.clone();
    if ahead.next() == Some('\\')
        && let Some(set) = escape::set(&mut ahead)?
    {
        out.push_str(&set);
        *rest = ahead;
        return Ok(());
    }
    let low = single(rest)?;
    let mut ahead = rest.clone();
    let is_range = ahead.next() == Some('-') && ahead.peek().is_some_and(|next| *next != ']');
    literal(low, out);
    if is_range {
        rest.next();
        let high = single(rest)?;
        if high < low {
            return Err("has a range that ends before it begins".into());
        }
        out.push('-');
        literal(high, out);
    }
    Ok(())
}

/// `[:alpha:]`, `[:^alpha:]`; none where the bracket is a letter like any other.
fn named<'e>(rest: &Rest<'e>, out: &mut String) -> Result<Option<Rest<'e>>, String> {
    let mut behind = rest.clone();
    if behind.next() != Some('[') || behind.next() != Some(':') {
        return Ok(None);
    }
    let mut name = String::new();
    while let Some(letter) = behind.next() {
        if letter == ':' && behind.next_if_eq(&']').is_some() {
            let (negation, name) = name.strip_prefix('^').map_or(("", &*name), |name| ("^", name));
            if !NAMED.contains(&name) {
                return Err("names no class of letters".into());
            }
            out.push_str(&format!("[:{negation}{name}:]"));
            return Ok(Some(behind));
        }
        name.push(letter);
    }
    Ok(None)
}

fn single(rest: &mut Rest<'_>) -> Result<char, String> {
    match rest.next() {
        Some('\\') => escape::letter(rest),
        Some(letter) => Ok(letter),
        None => Err("has a bracket that is never closed".into()),
    }
}
