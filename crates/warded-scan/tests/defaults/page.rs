//! `docs/reference/library-defaults.md` is written from the table. `UPDATE_REFERENCE=1` writes it (`cargo xtask docs`).

use std::path::Path;

use crate::table::{Language, Library, Token, Way, table};

const HEAD: &str = "<!-- Generated: `cargo xtask docs` writes this page. -->

# What libraries do with `aud`

Which tokens does each way of calling a library accept, at a server whose audience is `HERE`? The signature, the issuer and the
times of every token are good; only `aud` differs. The tests run the libraries in these versions and fail where one does something
else; C# is read, not run, and says where.

| token | its `aud` | should it get in? |
| --- | --- | --- |
| own | `HERE` | yes |
| own-list | `[HERE]` | yes |
| shared | `[HERE, another server]` | RFC 7519 says yes; whoever else is named can use it here. `warded` refuses it. |
| foreign | another server | no |
| longer | a text that begins with `HERE` | no |
| absent | there is none | no |
| empty | `[]` | no |
| number | `7` | no |

**YES** is a token that gets in and should not; a dot is one that cannot be put to that call.
";

/// The columns, in their order.
const TOKENS: [(Token, &str); 8] = [
    (Token::Own, "own"),
    (Token::OwnList, "own-list"),
    (Token::Shared, "shared"),
    (Token::Foreign, "foreign"),
    (Token::Longer, "longer"),
    (Token::Absent, "absent"),
    (Token::Empty, "empty"),
    (Token::Number, "number"),
];

const LANGUAGES: [(Language, &str); 6] = [
    (Language::Python, "Python"),
    (Language::Javascript, "JavaScript and TypeScript"),
    (Language::Go, "Go"),
    (Language::Java, "Java"),
    (Language::Rust, "Rust"),
    (Language::Csharp, "C#"),
];

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (language, title) in LANGUAGES {
        page += &format!("\n## {title}\n");
        for library in table().library.iter().filter(|library| library.language == language) {
            page += &section(library);
        }
    }
    page
}

fn section(library: &Library) -> String {
    let columns = TOKENS.map(|(_, name)| name).join(" | ");
    let rules = TOKENS.map(|_| "---").join(" | ");
    let mut section = format!(
        "\n### {} {}\n\n`{}`\n\n| call | {columns} |\n| --- | {rules} |\n",
        library.name, library.version, library.package
    );
    for way in &library.call {
        let cells = TOKENS.map(|(token, _)| cell(way, token)).join(" | ");
        section += &format!("| {} | {cells} |\n", code(&way.call));
    }
    let mut remarks = library.call.iter().filter_map(remark).peekable();
    if remarks.peek().is_some() {
        section.push('\n');
    }
    section.extend(remarks);
    section
}

fn cell(way: &Way, token: Token) -> &'static str {
    let is_meant = matches!(token, Token::Own | Token::OwnList | Token::Shared);
    match (way.accepts.contains(&token), way.untried.contains(&token)) {
        (true, _) if is_meant => "yes",
        (true, _) => "**YES**",
        (false, true) => "·",
        (false, false) => "no",
    }
}

/// What there is to say about a call, and where it was read.
fn remark(way: &Way) -> Option<String> {
    let places = way.cited.iter().map(|place| {
        let file = place.rsplit('/').next().unwrap_or(place);
        format!("[{file}]({place})")
    });
    let read = places.collect::<Vec<_>>().join(", ");
    let said = match (&way.note, read.is_empty()) {
        (None, true) => return None,
        (Some(note), true) => note.clone(),
        (None, false) => format!("Read in {read}."),
        (Some(note), false) => format!("{note} Read in {read}."),
    };
    Some(format!("- {}: {said}\n", code(&way.call)))
}

/// A call as code in a table, whatever it is made of.
fn code(call: &str) -> String {
    let call = call.replace('|', "\\|");
    if call.contains('`') { format!("`` {call} ``") } else { format!("`{call}`") }
}

#[test]
fn the_page_is_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/library-defaults.md");
    let page = page();
    #[expect(clippy::disallowed_methods, reason = "how the task that writes the pages reaches this test")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "docs/reference/library-defaults.md is stale: run `cargo xtask docs`");
}
