//! `docs/attacks.md`: what is tried, and which tests hold what. It is written from the table itself.
//! `UPDATE_REFERENCE=1` writes it (`cargo xtask docs`).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::{expected::Expected, row::Row, rows};

mod cases;
mod leaks;

use cases::CASES;
use leaks::{Held, LEAKS};

const HEAD: &str = "# Attacks

Ways to get in with a token that is not for here, or to get a token out. Each is a row of a table that
`cargo test -p warded-guard --test attacks` runs over real sockets: by POST, GET and DELETE, with and without
`MCP-Protocol-Version`, at a guard that has seen nothing yet and at one that has just admitted a good token (then
twice), with the good token before and after. Status, challenge, code and what reached the server are asserted.
What only a message can do is tried by POST. This page is made from that table.

";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_page_is_what_the_table_says() {
    let file = repository().join("docs/attacks.md");
    let page = page();
    #[expect(clippy::disallowed_methods, reason = "how the task that writes the pages reaches this test")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "docs/attacks.md is stale: run `cargo xtask docs`");
}

#[test]
fn every_case_has_rows_or_a_test_and_every_row_has_a_case_and_a_name_of_its_own() {
    let rows = rows::all();
    assert!(rows.len() >= 400, "{} rows", rows.len());
    let names: BTreeSet<_> = rows.iter().map(|row| (row.case, &row.name)).collect();
    let twice: Vec<_> = rows
        .iter()
        .filter(|row| {
            rows.iter().filter(|other| (other.case, &other.name) == (row.case, &row.name)).count() > 1
        })
        .map(|row| &row.name)
        .collect();
    assert_eq!(names.len(), rows.len(), "{twice:#?}");
    let known: BTreeSet<_> =
        CASES.iter().map(|case| case.name).chain(LEAKS.iter().map(|leak| leak.name)).collect();
    for row in &rows {
        assert!(known.contains(row.case), "{} is no case", row.case);
    }
    let numbers: Vec<_> = CASES.iter().map(|case| case.name.to_owned()).collect();
    let expected: Vec<_> = (1..=32).map(|number| format!("P{number:02}")).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn whatever_is_said_to_be_held_is_held() {
    let table = rows::all();
    let held = CASES
        .iter()
        .map(|case| (case.name, case.held))
        .chain(LEAKS.iter().map(|leak| (leak.name, leak.held)));
    for (name, held) in held {
        let has_rows = table.iter().any(|row| row.case == name);
        assert!(has_rows || !held.is_empty(), "nothing holds {name}");
        for one in held {
            match one {
                Held::Rows(case) => {
                    assert!(table.iter().any(|row| row.case == *case), "{name}: {case} has no rows");
                }
                Held::Test(file, name_of_test) => {
                    let text = std::fs::read_to_string(repository().join(file)).unwrap_or_default();
                    let is_there = text.contains(&format!("fn {name_of_test}("));
                    assert!(is_there, "{name}: there is no test {name_of_test} in {file}");
                }
            }
        }
    }
}

/// How many rows a case has, and what is answered.
fn tally(rows: &[Row]) -> BTreeMap<&str, (usize, BTreeSet<String>)> {
    let mut tally = BTreeMap::<_, (usize, BTreeSet<_>)>::new();
    for row in rows {
        let (count, answers) = tally.entry(row.case).or_default();
        *count += 1;
        answers.extend([row.cold, row.warm].map(Expected::shown));
    }
    tally
}

fn page() -> String {
    let rows = rows::all();
    let tally = tally(&rows);
    let mut page = HEAD.to_owned();
    page += "## At a server\n\n| case | what is tried | spellings | answers | also held by |\n| --- | --- | --- | --- | --- |\n";
    for case in CASES {
        page += &line(case.name, case.what, case.held, &tally);
    }
    page += "\n## Ways in which gateways leak\n\n| case | what is tried | spellings | answers | also held by |\n| --- | --- | --- | --- | --- |\n";
    for leak in LEAKS {
        page += &line(leak.name, leak.what, leak.held, &tally);
    }
    page += &format!("\n{} spellings in all.\n", rows.len());
    page
}

fn line(name: &str, what: &str, held: &[Held], tally: &BTreeMap<&str, (usize, BTreeSet<String>)>) -> String {
    let (count, answers) = tally.get(name).cloned().unwrap_or_default();
    let answers: Vec<_> = answers.into_iter().collect();
    let held: Vec<_> = held
        .iter()
        .map(|one| match one {
            Held::Rows(case) => (*case).to_owned(),
            Held::Test(file, name_of_test) => format!("[`{name_of_test}`](../{file})"),
        })
        .collect();
    let count = if count == 0 { String::new() } else { count.to_string() };
    format!("| {name} | {what} | {count} | {} | {} |\n", answers.join(", "), held.join(", "))
}
