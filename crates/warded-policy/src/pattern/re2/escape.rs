//! What does a backslash mean?

/// Writes what stands behind a backslash outside of a set, and says what stands behind that.
pub(super) fn outside<'p>(text: &'p str, out: &mut String) -> Option<&'p str> {
    let char = text.chars().next()?;
    let after = text.get(char.len_utf8()..)?;
    match char {
        'b' => out.push_str(r"(?-u:\b)"),
        'B' => out.push_str(r"(?-u:\B)"),
        'A' | 'z' => {
            out.push('\\');
            out.push(char);
        }
        'Q' => {
            let (inside, after) = after.split_once(r"\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(inside));
            return Some(after);
        }
        _ => {
            if let Some(class) = class(char) {
                out.push('[');
                out.push_str(class);
                out.push(']');
                return Some(after);
            }
            if let Some((property, after)) = property(text) {
                out.push_str(&spelled(property));
                return Some(after);
            }
            let (single, after) = single(text)?;
            out.push_str(&written(single));
            return Some(after);
        }
    }
    Some(after)
}

/// What a class such as `\d` holds, as it stands in a set: in RE2 these are ASCII.
pub(super) fn class(char: char) -> Option<&'static str> {
    Some(match char {
        'd' => "0-9",
        'D' => "[^0-9]",
        'w' => "0-9A-Za-z_",
        'W' => "[^0-9A-Za-z_]",
        's' => r"\t\n\f\r ",
        'S' => r"[^\t\n\f\r ]",
        _ => return None,
    })
}

/// A class such as `pL` or `p{Greek}` that a text begins with, and what stands behind it.
pub(super) fn property(text: &str) -> Option<(&str, &str)> {
    let name = text.strip_prefix(['p', 'P'])?;
    let len = match name.strip_prefix('{') {
        // One with an operator in it is of the other syntax.
        Some(inside) => {
            3 + inside
                .find('}')
                .filter(|end| !inside.get(..*end).is_some_and(|name| name.contains(['=', ':', '!'])))?
        }
        None => 1 + name.chars().next()?.len_utf8(),
    };
    text.split_at_checked(len)
}

/// A property as it is written here: RE2 also writes what is not in a class as `\p{^L}`.
pub(super) fn spelled(property: &str) -> String {
    match property.split_once("{^") {
        Some(("p", name)) => format!("\\P{{{name}"),
        Some((_, name)) => format!("\\p{{{name}"),
        None => format!("\\{property}"),
    }
}

/// The single character that an escape stands for.
pub(super) fn single(text: &str) -> Option<(char, &str)> {
    let char = text.chars().next()?;
    let after = text.get(char.len_utf8()..)?;
    let plain = |char| Some((char, after));
    match char {
        'a' => plain('\x07'),
        'f' => plain('\x0c'),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        'v' => plain('\x0b'),
        'x' => hexadecimal(after),
        '0'..='7' => octal(text),
        char if char.is_ascii() && !char.is_ascii_alphanumeric() => plain(char),
        _ => None,
    }
}

/// A character as it stands in the other syntax, whatever it means there otherwise.
pub(super) fn written(char: char) -> String {
    format!(r"\x{{{:x}}}", u32::from(char))
}

fn hexadecimal(text: &str) -> Option<(char, &str)> {
    let (digits, after) = match text.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => text.split_at_checked(2)?,
    };
    if digits.starts_with('+') {
        return None;
    }
    Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, after))
}

/// Up to three digits; a single one would refer back, unless it is zero.
fn octal(text: &str) -> Option<(char, &str)> {
    let len = text.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    if len == 1 && !text.starts_with('0') {
        return None;
    }
    let (digits, after) = text.split_at_checked(len)?;
    Some((char::from_u32(u32::from_str_radix(digits, 8).ok()?)?, after))
}
