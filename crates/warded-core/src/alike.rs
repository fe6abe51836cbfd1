//! Which names does a reader that is not exact take for one another? Many decode members without regard to case.

/// What JavaScript makes an object's prototype of where objects are copied: a member of it is a member of the object to
/// whoever reads the copy.
pub const PROTOTYPE: &str = "__proto__";

/// Equal to a parser that ignores case: in ASCII, and as some do it in Unicode, where `ſ` is an s, the Kelvin sign
/// a k, and `ı` and `İ` are each an i. Or to one whose texts end at the first NUL.
///
/// ```
/// assert!(warded_core::folds_to("Amount", "amount") && warded_core::folds_to("amount\0x", "amount"));
/// assert!(!warded_core::folds_to("amounts", "amount"));
/// ```
pub fn folds_to(name: &str, own: &str) -> bool {
    seen(name).eq(own.chars().map(fold))
}

/// What a name is to such a parser: two names that fold to one another have the same.
pub fn folded(name: &str) -> String {
    seen(name).collect()
}

fn seen(name: &str) -> impl Iterator<Item = char> {
    name.chars().take_while(|letter| *letter != '\0').map(fold)
}

fn fold(letter: char) -> char {
    match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        '\u{130}' | '\u{131}' => 'i',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fold_to_one_another_are_one_when_they_are_folded() {
        for (name, own, is_one) in [
            ("Amount", "amount", true),
            ("amount\0", "amount", true),
            ("l\u{130}\u{17f}t", "list", true),
            ("\u{212a}ind", "kind", true),
            ("amounts", "amount", false),
            ("", "amount", false),
        ] {
            assert_eq!((folds_to(name, own), folded(name) == folded(own)), (is_one, is_one), "{name}");
        }
    }
}
