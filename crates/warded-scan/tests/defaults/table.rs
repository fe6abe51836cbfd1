//! What does the table say? The rows of `defaults.toml`, and how they differ from measured ones.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

/// The tokens that every library is shown, in the order of the page; `forged`, which nothing may accept, is not on it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Token {
    Own,
    OwnList,
    Shared,
    Foreign,
    Longer,
    Absent,
    Empty,
    Number,
    Forged,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    Python,
    Javascript,
    Go,
    Java,
    Rust,
    Csharp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) library: Vec<Library>,
}

/// A library in one version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Library {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) language: Language,
    pub(crate) call: Vec<Way>,
}

/// One way of calling it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Way {
    pub(crate) call: String,
    pub(crate) accepts: Vec<Token>,
    /// What cannot be put to this call.
    #[serde(default)]
    pub(crate) untried: Vec<Token>,
    pub(crate) note: Option<String>,
    /// Where it was read, for what is not run.
    #[serde(default)]
    pub(crate) cited: Vec<String>,
}

/// What a program prints of one way of calling a library.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) call: String,
    pub(crate) accepts: Vec<Token>,
    pub(crate) untried: Vec<Token>,
}

/// The table as it is committed.
pub(crate) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> =
        LazyLock::new(|| toml::from_str(include_str!("../../defaults.toml")).unwrap());
    &TABLE
}

impl Table {
    /// What a run of the libraries of this language is to print.
    pub(crate) fn rows(&self, language: Language) -> Vec<Row> {
        let libraries = self.library.iter().filter(|library| library.language == language);
        let rows = libraries.flat_map(|library| {
            library.call.iter().map(|way| Row {
                package: library.package.clone(),
                version: library.version.clone(),
                call: way.call.clone(),
                accepts: way.accepts.clone(),
                untried: way.untried.clone(),
            })
        });
        rows.collect()
    }
}

/// How two lists of rows differ, in words; their order is nothing.
pub(crate) fn differences(said: &[Row], measured: &[Row]) -> Vec<String> {
    let (said, measured) = (by_name(said), by_name(measured));
    let mut names: Vec<_> = said.keys().chain(measured.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| said.get(*name) != measured.get(*name));
    let shown = |found: Option<&Verdict>| match found {
        None => "nothing".to_owned(),
        Some((accepts, untried)) => format!("accepts {accepts:?}, untried {untried:?}"),
    };
    differing
        .map(|name| {
            format!(
                "{name}: the table says {}; measured: {}",
                shown(said.get(name)),
                shown(measured.get(name))
            )
        })
        .collect()
}

type Verdict = (Vec<Token>, Vec<Token>);

fn by_name(rows: &[Row]) -> BTreeMap<String, Verdict> {
    let sorted = |tokens: &[Token]| {
        let mut tokens = tokens.to_vec();
        tokens.sort_unstable();
        tokens
    };
    let named: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            let name = format!("{} {} {}", row.package, row.version, row.call);
            (name, (sorted(&row.accepts), sorted(&row.untried)))
        })
        .collect();
    assert_eq!(named.len(), rows.len(), "two rows have one name");
    named
}

#[test]
fn a_row_that_is_missing_or_left_over_or_says_something_else_is_a_difference() {
    let row = Row {
        package: "pypi:PyJWT".into(),
        version: "2".into(),
        call: "decode".into(),
        accepts: vec![Token::Own, Token::Shared],
        untried: vec![],
    };
    let said = [row.clone()];
    let reordered = Row { accepts: vec![Token::Shared, Token::Own], ..row.clone() };
    assert!(differences(&said, &[reordered]).is_empty());
    let newer = Row { version: "3".into(), ..row.clone() };
    assert_eq!(differences(&said, &[newer]).len(), 2);
    let laxer = Row { accepts: vec![Token::Own, Token::Shared, Token::Absent], ..row.clone() };
    assert_eq!(differences(&said, &[laxer]).len(), 1);
    let unasked = Row { untried: vec![Token::Foreign], ..row };
    assert_eq!(differences(&said, &[unasked]).len(), 1);
}

#[test]
fn nothing_is_said_to_accept_a_forged_token_or_one_that_was_not_tried() {
    for way in table().library.iter().flat_map(|library| &library.call) {
        assert!(!way.accepts.contains(&Token::Forged), "{}", way.call);
        assert!(way.accepts.iter().all(|token| !way.untried.contains(token)), "{}", way.call);
    }
}

/// A call that is set up wrongly refuses everything too: somebody has to have said why.
#[test]
fn what_accepts_nothing_says_why_and_every_library_accepts_its_own_token_somehow() {
    for library in &table().library {
        let accepts_own = |way: &Way| way.accepts.contains(&Token::Own);
        assert!(library.call.iter().any(accepts_own), "{} {}", library.name, library.version);
        for way in &library.call {
            assert!(!way.accepts.is_empty() || way.note.is_some(), "{}: {}", library.name, way.call);
        }
    }
}

#[test]
fn what_is_not_run_is_cited_with_repository_commit_and_line() {
    for library in &table().library {
        for way in &library.call {
            let is_run = library.language != Language::Csharp;
            assert_eq!(way.cited.is_empty(), is_run, "{}: {}", library.name, way.call);
            assert!(way.cited.iter().all(|place| is_exact(place)), "{}: {}", library.name, way.call);
        }
    }
}

/// `https://github.com/OWNER/NAME/blob/COMMIT/PATH#LINE`, with a whole commit.
fn is_exact(place: &str) -> bool {
    let Some((file, line)) = place.strip_prefix("https://github.com/").and_then(|rest| rest.split_once("#L"))
    else {
        return false;
    };
    let parts: Vec<_> = file.split('/').collect();
    let [_, _, "blob", commit, _, ..] = parts[..] else { return false };
    let is_line = line.split("-L").all(|number| number.parse::<u32>().is_ok());
    is_line && commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn a_citation_without_a_commit_or_a_line_is_none() {
    let exact =
        "https://github.com/owner/name/blob/025f25a7bd0e03c3dba76efa8965efccc23a920c/src/File.cs#L1-L3";
    assert!(is_exact(exact));
    assert!(!is_exact(exact.split('#').next().unwrap()));
    assert!(!is_exact(&exact.replace("025f25a7bd0e03c3dba76efa8965efccc23a920c", "main")));
}
