//! Does a name stand twice in one object?

use super::{Outcome, text::Spelled};

/// Up to so many names are compared each with each: a list of them is sorted no faster.
const FEW: usize = 12;

/// Whether two of them are the same, whatever they are spelled like. They may change places.
pub(super) fn is_any_twice(names: &mut [Spelled<'_>]) -> Outcome<bool> {
    // What is spelled with escapes is no text before they are undone; few names are.
    if names.iter().any(|name| !name.is_plain) {
        let mut texts = names.iter().map(Spelled::text).collect::<Outcome<Vec<_>>>()?;
        texts.sort_unstable();
        return Ok(texts.iter().zip(texts.iter().skip(1)).any(|(one, next)| one == next));
    }
    if names.len() > FEW {
        // Whoever sends thousands of names chooses them: a sort takes as long as it takes, whatever they are.
        names.sort_unstable_by_key(|name| name.bytes);
        return Ok(names.iter().zip(names.iter().skip(1)).any(|(one, next)| one.bytes == next.bytes));
    }
    let mut rest = &*names;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| other.bytes == first.bytes) {
            return Ok(true);
        }
        rest = others;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(name: &str) -> Spelled<'_> {
        Spelled { bytes: name.as_bytes(), is_plain: !name.contains('\\') }
    }

    fn is_any_twice_of(names: &[&str]) -> bool {
        is_any_twice(&mut names.iter().copied().map(spelled).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_name_is_found_a_second_time_wherever_it_stands() {
        for count in [2, 3, FEW, FEW + 1, 100] {
            let own: Vec<_> = (0..count).map(|number| format!("name{number}")).collect();
            let names: Vec<_> = own.iter().map(String::as_str).collect();
            assert!(!is_any_twice_of(&names), "{count}");
            for (first, second) in [(0, count - 1), (0, 1), (count - 2, count - 1), (count / 2, 0)] {
                let mut names = names.clone();
                names[second] = names[first];
                assert!(is_any_twice_of(&names), "{count} {first} {second}");
                let escaped = names[second].replace("name", "n\\u0061me");
                names[second] = &escaped;
                assert!(is_any_twice_of(&names), "{count} {first} {second}");
            }
        }
        assert!(!is_any_twice_of(&[]) && !is_any_twice_of(&[""]) && is_any_twice_of(&["", ""]));
        assert!(!is_any_twice_of(&["a", "a\\u0000", "A"]));
    }
}
