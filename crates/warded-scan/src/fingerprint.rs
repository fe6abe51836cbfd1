//! Which finding is it, when lines have moved? A name for each that stays while the code it is about does.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use crate::{finding::Finding, lines::Lines, scanned::Scanned};

/// In a line that is longer than what was found by more than this, only what was found counts: the rest of a compiled file
/// is all in one line.
const MOST_AROUND: usize = 1024;

/// How many bytes of the hash are a name.
const LENGTH: usize = 16;

/// A name for each finding, in their order. It is made of the rule, the file, the words of the lines that it is about, and
/// a number among those that have all of this in common. It does not change when lines are moved or indented, or when
/// another part of the file is written anew. It tells nothing of a secret: these are blanked in the texts.
pub fn fingerprints(scanned: &Scanned) -> Vec<String> {
    let lines: BTreeMap<&str, Lines<'_>> =
        scanned.texts.iter().map(|(path, text)| (&**path, Lines::of(text))).collect();
    let mut seen: HashMap<[u8; LENGTH], u64> = HashMap::new();
    let names = scanned.findings.iter().map(|finding| {
        let common = hash(&[finding.rule.id, &finding.spot.path, &words(finding, scanned, &lines)], 0);
        let number = seen.entry(common).or_default();
        *number += 1;
        let name = if *number == 1 { common } else { hash(&[&hex(&common)], *number) };
        hex(&name)
    });
    names.collect()
}

/// The words of the lines that a finding is about.
fn words(finding: &Finding, scanned: &Scanned, lines: &BTreeMap<&str, Lines<'_>>) -> String {
    let path = &*finding.spot.path;
    let (Some(lines), Some(text)) = (lines.get(path), scanned.texts.get(path)) else { return String::new() };
    let whole = lines.whole(&finding.spot.span);
    let is_long = whole.len() > finding.spot.span.len() + MOST_AROUND;
    let found = if is_long { text.get(finding.spot.span.clone()).unwrap_or_default() } else { whole };
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hash(parts: &[&str], number: u64) -> [u8; LENGTH] {
    let mut hash = Sha256::new();
    hash.update(number.to_be_bytes());
    for part in parts {
        // With its length, so that no two lists of parts read alike.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = [0; LENGTH];
    name.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    name
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanned::tests::scanned;

    const CALL: &str = "    return requests.post(URL, data={\"grant_type\": \"authorization_code\"})\n";
    const HEAD: &str = "import requests\n\ndef redeem(code):\n";

    fn of(path: &str, text: &str) -> Vec<String> {
        fingerprints(&scanned(&[(path, text)]))
    }

    fn one(path: &str, text: &str) -> String {
        let [one] = of(path, text).try_into().unwrap_or_else(|all| panic!("{all:?}: {text}"));
        one
    }

    #[test]
    fn moved_and_indented_lines_keep_their_name() {
        let name = one("a.py", &format!("{HEAD}{CALL}"));
        assert_eq!(name.len(), 2 * LENGTH);
        let moved = format!("# one\n\n\n{HEAD}    other = 1\n{CALL}    # behind\n");
        assert_eq!(name, one("a.py", &moved));
        let indented = format!("{HEAD}    if code:\n\t{CALL}");
        assert_eq!(name, one("a.py", &indented.replace("    return", "        return")));
        assert_eq!(name, one("a.py", &format!("{HEAD}{CALL}").replace('\n', "\r\n")));
    }

    #[test]
    fn another_file_another_line_and_another_rule_have_another_name() {
        let name = one("a.py", &format!("{HEAD}{CALL}"));
        assert_ne!(name, one("b.py", &format!("{HEAD}{CALL}")));
        assert_ne!(name, one("a.py", &format!("{HEAD}{CALL}").replace("URL", "OTHER")));
        let mut other = scanned(&[("a.py", &format!("{HEAD}{CALL}"))]);
        other.findings[0].rule = crate::rules().find(|rule| rule.id == "WRD105").unwrap();
        assert_ne!([name].as_slice(), fingerprints(&other));
    }

    #[test]
    fn equals_are_told_apart() {
        let twice = format!("{HEAD}{CALL}\ndef again(code):\n{CALL}");
        let names = of("a.py", &twice);
        assert_eq!(names.len(), 2);
        assert_ne!(names[0], names[1]);
        assert_eq!(names[0], one("a.py", &format!("{HEAD}{CALL}")));
    }

    #[test]
    fn the_rest_of_a_long_line_says_nothing() {
        let call = "fetch(T,{method:'POST',body:new URLSearchParams({grant_type:'authorization_code'})});";
        let (one_way, other) = ("var a=1;".repeat(500), "var b=2;".repeat(700));
        assert_eq!(one("a.js", &format!("{one_way}{call}{one_way}")), one("a.js", &format!("{other}{call}")));
        assert_ne!(one("a.js", &format!("var a;{call}")), one("a.js", &format!("var b;{call}")));
    }

    #[test]
    fn a_file_that_nobody_gave_has_names_too() {
        let mut scanned = scanned(&[("a.py", &format!("{HEAD}{CALL}"))]);
        scanned.texts.clear();
        assert_eq!(fingerprints(&scanned).len(), 1);
    }
}
