//! `docs/reference/intercept-differences.md` is written from the list. `UPDATE_REFERENCE=1` writes it (`cargo xtask docs`).

use std::path::Path;

use crate::{
    differences::DIFFERENCES,
    wire::{AROUND, Row, WIRE},
};

const HEAD: &str = "<!-- Generated: `cargo xtask docs` writes this page. -->

# Where Warded does something else than Intercept

Warded reads Intercept's policy files as they are, and does some things otherwise, on purpose. Three lists: what a policy means,
how a caller is answered, and what is around both. What only Warded knows, as `auth.` in paths, is on none of them.

## What a policy means

These are all of them: the tests ask Warded and a second implementation, written from a description of the format (Intercept at
77f0429), about 5,000 policies that nobody would write and the calls under them. They fail where the two differ in anything that is
not on this list, and where something on this list makes no difference.

What the format leaves open is read as Intercept reads it: a rule without an `action`, or with an empty one, has `action: evaluate`;
a file without a `default` has `default: allow`; a tool without `rules` has none.

| what | in Warded, and in Intercept |
| --- | --- |
";

const ON_THE_WIRE: &str = "
## On the wire

| what | Intercept | Warded |
| --- | --- | --- |
";

const AROUND_A_POLICY: &str = "
## Around a policy

| what | Intercept | Warded |
| --- | --- | --- |
";

fn table(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| format!("| {} | {} | {} |\n", row.what, row.intercept, row.warded));
    rows.collect::<Vec<_>>().concat()
}

#[test]
fn the_page_is_what_the_list_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/intercept-differences.md");
    let lines: Vec<_> =
        DIFFERENCES.iter().map(|one| format!("| `{}` | {} |\n", one.name, one.text)).collect();
    let page = [HEAD, &lines.concat(), ON_THE_WIRE, &table(WIRE), AROUND_A_POLICY, &table(AROUND)].concat();
    #[expect(clippy::disallowed_methods, reason = "how the task that writes the pages reaches this test")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "docs/reference/intercept-differences.md is stale: run `cargo xtask docs`");
}
