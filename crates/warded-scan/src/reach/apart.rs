//! Which files need not even be read? Those that see no file, and are seen by none, in which anything of interest stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    goals::{Found, Goals},
    words::words,
};
use crate::{language::Language, library::Library, rules::Heeds};

/// A file before it is read.
pub(super) type Unread<'f> = (&'f Path, &'f str, Language);

/// Whether each of these is to be read.
pub(crate) fn worth_reading(files: &[Unread<'_>], library: &Library, heeds: &[Heeds]) -> Vec<bool> {
    let all_goals: BTreeMap<_, _> =
        super::FAMILIES.iter().map(|family| (*family, Goals::of(library, *family, heeds))).collect();
    let groups = together(files);
    let mut found: BTreeMap<&Group, Found> = BTreeMap::new();
    for (group, (_, text, _)) in groups.iter().zip(files) {
        let Some(goals) = all_goals.get(&group.0) else { continue };
        let there = words(text).fold(Found::default(), |all, (_, word)| all.and(goals.word(word)));
        let known = found.entry(group).or_default();
        *known = known.and(there);
    }
    let is_met = |group: &Group| {
        let met = all_goals.get(&group.0).zip(found.get(group));
        met.is_some_and(|(goals, found)| goals.are_met(*found, goals.come_in(*found)))
    };
    groups.iter().map(is_met).collect()
}

/// Files that may see each other: of one language, beneath one folder.
type Group = (Language, PathBuf);

/// The group of each file. Only in JavaScript files see each other by their paths alone; in all other languages it needs
/// more than a glance to know.
fn together(files: &[Unread<'_>]) -> Vec<Group> {
    let mut tops = BTreeSet::new();
    for (path, text, language) in files {
        if language.family() == Language::JavaScript {
            tops.insert(highest(path, text));
        }
    }
    let group = |(path, _, language): &Unread<'_>| {
        let family = language.family();
        if family != Language::JavaScript {
            return (family, PathBuf::new());
        }
        // What one of them sees is beneath the highest folder that any of them climbs to.
        let top = path.ancestors().filter(|folder| tops.contains(*folder)).last();
        (family, top.unwrap_or(Path::new("")).to_owned())
    };
    files.iter().map(group).collect()
}

/// The folder beneath which everything is that a file can name: as far up as any text in it says `..`.
fn highest<'p>(path: &'p Path, text: &str) -> &'p Path {
    let quoted = text.split(['"', '\'', '`', '\n']);
    let steps = quoted.map(|text| text.split('/').filter(|part| *part == "..").count()).max();
    path.ancestors().nth(1 + steps.unwrap_or_default()).unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Unread, worth_reading};
    use crate::{language::Language, library::Library, rules::heeded};

    fn read<'f>(files: &[(&'f str, &str)]) -> Vec<&'f str> {
        let all: Vec<Unread<'_>> = files
            .iter()
            .map(|(path, text)| (Path::new(*path), *text, Language::of(Path::new(path)).unwrap()))
            .collect();
        let worth = worth_reading(&all, Library::known(), &heeded());
        files.iter().zip(worth).filter(|(_, worth)| *worth).map(|((path, _), _)| *path).collect()
    }

    const SENDS: &str = "module.exports = (data) => fetch(URL, { body: data });\n";

    const ASKS: &str = "require('../lib/send')({ grant_type: 'x' });\n";

    #[test]
    fn files_that_see_each_other_are_read_together() {
        let files = [("a/lib/send.js", SENDS), ("a/src/ask.js", ASKS), ("b/index.js", SENDS)];
        assert_eq!(read(&files), ["a/lib/send.js", "a/src/ask.js"]);
        // What stands in two packages that do not see each other leads nowhere.
        let who = ("b/ask.ts", "export const a = { client_id: 'x' };\n");
        assert_eq!(read(&[("a/send.js", SENDS), who]), [""; 0]);
        // Somebody sees both.
        let both = ("index.js", "require('./a/send')(require('./b/ask'));\n");
        let files = [("a/send.js", SENDS), who, both];
        assert_eq!(read(&files).len(), 3);
    }

    #[test]
    fn other_languages_are_read_as_a_whole() {
        let asks = ("b/c.py", "send({'grant_type': 'x'})\n");
        assert_eq!(read(&[("a.py", "import requests\nsend = requests.post\n"), asks]).len(), 2);
        assert_eq!(read(&[("b/c.py", "send({'client_id': 'x'})\n")]), [""; 0]);
    }
}
