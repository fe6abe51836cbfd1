//! The reference pages are what the code says. `UPDATE_REFERENCE=1` writes them (`cargo xtask docs`).

use std::path::Path;

#[test]
fn no_reference_page_is_stale() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    #[expect(clippy::disallowed_methods, reason = "how the task that writes the pages reaches this test")]
    let update = std::env::var_os("UPDATE_REFERENCE").is_some();
    for (path, page) in warded::reference::pages() {
        let file = docs.join(&path);
        if update {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &page).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == page, "docs/{path} is stale: run `cargo xtask docs`");
    }
}

/// Made, and held, by the differential test of `warded-policy` and by the test of defaults of `warded-scan`.
const MADE_ELSEWHERE: [&str; 2] = ["reference/intercept-differences.md", "reference/library-defaults.md"];

#[test]
fn no_page_is_left_over() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let known: Vec<_> = warded::reference::pages().into_iter().map(|(path, _)| path).collect();
    for folder in ["reference", "reference/rules", "providers"] {
        let entries = std::fs::read_dir(docs.join(folder)).unwrap().map(Result::unwrap);
        for entry in entries.filter(|entry| entry.file_type().unwrap().is_file()) {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            assert!(
                known.contains(&name) || MADE_ELSEWHERE.contains(&name.as_str()),
                "docs/{name} is made by nothing"
            );
        }
    }
}
