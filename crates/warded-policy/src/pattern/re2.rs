//! How is a pattern of RE2 spelled in the syntax of the crate that matches it?
//!
//! Both are of one family, and differ where it would be noticed late: `\d`, `\w`, `\s` and `\b` are ASCII in RE2, `\Q…\E`
//! quotes, a brace that counts nothing is a brace, and sets in brackets neither nest nor have operators. What Go's `regexp`
//! does not take becomes something that does not compile.

mod escape;
mod nested;
mod set;

use nested::Nested;

/// The most that a count says.
const MOST_TIMES: u32 = 1_000;

/// Spells a pattern anew; none where it is no pattern of RE2, as far as that is seen here.
pub(super) fn translate(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut repeats = Repeats::Nothing;
    let mut nested = Nested::new();
    while let Some(char) = rest.chars().next() {
        let after = rest.get(char.len_utf8()..)?;
        let count = count(rest);
        if let (true, Some(len)) = (matches!(char, '*' | '+' | '?' | '{'), count) {
            repeats = repeats.and(char)?;
            if let Some((least, most)) = counts(rest) {
                nested.repeats(least, most)?;
            }
            out.push_str(rest.get(..len)?);
            rest = rest.get(len..)?;
            continue;
        }
        repeats = Repeats::Nothing;
        match char {
            // This one is read with its end.
            '(' if rest.starts_with("(?)") => nested.takes_one(),
            '(' => nested.opens(),
            ')' => nested.closes(),
            _ => nested.takes_one(),
        }
        rest = match char {
            '\\' => escape::outside(after, &mut out)?,
            '[' => set::translate(after, &mut out)?,
            '{' if is_count(rest) => return None,
            '{' | '}' => {
                out.push('\\');
                out.push(char);
                after
            }
            '(' => group(rest, &mut out)?,
            other => {
                out.push(other);
                after
            }
        };
    }
    Some(out)
}

/// Whether what was read last repeats something.
enum Repeats {
    Nothing,
    /// And may be followed by a `?`, which makes it lazy.
    Something,
    Lazily,
}

impl Repeats {
    /// What repeats is not repeated: people mean something else by `a*+`.
    fn and(&self, char: char) -> Option<Self> {
        match (self, char) {
            (Self::Nothing, _) => Some(Self::Something),
            (Self::Something, '?') => Some(Self::Lazily),
            _ => None,
        }
    }
}

/// How long the repetition is that a text begins with.
fn count(text: &str) -> Option<usize> {
    if !text.starts_with('{') {
        return Some(1);
    }
    let (least, most) = counts(text)?;
    let is_taken = least <= MOST_TIMES && most.is_none_or(|most| most <= MOST_TIMES);
    text.find('}').filter(|_| is_taken).map(|at| at + 1)
}

/// How often `{2}`, `{2,}` or `{2,3}` repeats, at least and at most.
fn counts(text: &str) -> Option<(u32, Option<u32>)> {
    let (least, most) = bounds(text)?;
    let least = least.parse().ok()?;
    Some((least, if most.is_empty() { None } else { Some(most.parse().ok()?) }))
}

fn is_count(text: &str) -> bool {
    bounds(text).is_some()
}

/// The numbers of `{2}`, `{2,}` or `{2,3}`.
fn bounds(text: &str) -> Option<(&str, &str)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && is_number(least) && is_number(most)).then_some((least, most))
}

/// Writes how a group begins. The other syntax has more flags.
fn group<'p>(text: &'p str, out: &mut String) -> Option<&'p str> {
    out.push('(');
    let inside = text.strip_prefix('(')?;
    let Some(flags) = inside.strip_prefix('?') else { return Some(inside) };
    if flags.starts_with("P<") || flags.starts_with('<') {
        return Some(inside);
    }
    if let Some(after) = flags.strip_prefix(')') {
        out.push_str("?:)");
        return Some(after);
    }
    let end = flags.find([':', ')'])?;
    flags.get(..end)?.chars().all(|flag| matches!(flag, 'i' | 'm' | 's' | 'U' | '-')).then_some(inside)
}
