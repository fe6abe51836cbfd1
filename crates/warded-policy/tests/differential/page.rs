//! `docs/reference/intercept-differences.md` is written from the list. `UPDATE_REFERENCE=1` writes it (`cargo xtask docs`).

use std::path::Path;

use crate::differences::DIFFERENCES;

const HEAD: &str = "<!-- Generated: `cargo xtask docs` writes this page. -->

# Where policies mean something else than in Intercept

Warded reads Intercept's policy files as they are. Some things it does otherwise, on purpose, and these are all of them:
the tests ask Warded and a second implementation, written from a description of the format (Intercept at 77f0429), about
5,000 policies that nobody would write and the calls under them. They fail where the two differ in anything that is not
on this list, and where something on this list makes no difference. What only Warded knows, as `auth.` in paths, is not
on it.

| what | in Warded, and in Intercept |
| --- | --- |
";

#[test]
fn the_page_is_what_the_list_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/intercept-differences.md");
    let lines: Vec<_> =
        DIFFERENCES.iter().map(|one| format!("| `{}` | {} |\n", one.name, one.text)).collect();
    let page = HEAD.to_owned() + &lines.concat();
    #[expect(clippy::disallowed_methods, reason = "how the task that writes the pages reaches this test")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "docs/reference/intercept-differences.md is stale: run `cargo xtask docs`");
}
