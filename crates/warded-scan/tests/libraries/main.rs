//! What is known of libraries that code in Go, Rust and Java uses: each file is code as people write it, and says in its lines
//! what has to be told there. In all other lines nothing must be.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use warded_scan::{Severity, look};

/// Line and rule, ` note` where it is no error.
type Told = Vec<(usize, String)>;

/// `// WRD101, WRD202 note` at the end of a line.
fn meant(text: &str) -> Told {
    let mut all = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some((_, rules)) = line.rsplit_once("// WRD") else { continue };
        all.extend(format!("WRD{rules}").split(", ").map(|rule| (index + 1, rule.to_owned())));
    }
    all
}

fn told(name: &str, text: &str) -> Told {
    let looked = look(vec![(name.into(), text.to_owned())]);
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let mut all: Told = looked
        .findings
        .iter()
        .map(|found| {
            let note = if found.severity == Severity::Note { " note" } else { "" };
            (line(found.spot.span.start), format!("{}{note}", found.rule.id))
        })
        .collect();
    all.sort();
    all
}

fn files(language: &str) -> io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libraries").join(language);
    let mut all = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    all.sort();
    Ok(all)
}

fn compare(language: &str) -> io::Result<()> {
    let mut wrong = String::new();
    for path in files(language)? {
        let text = fs::read_to_string(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (meant, told) = (meant(&text), told(&name, &text));
        for (line, rule) in meant.iter().filter(|one| !told.contains(one)) {
            wrong += &format!("{name}:{line} {rule} is not told\n");
        }
        for (line, rule) in told.iter().filter(|one| !meant.contains(one)) {
            wrong += &format!("{name}:{line} {rule} is told\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    Ok(())
}

#[test]
fn go() -> io::Result<()> {
    compare("go")
}

#[test]
fn rust() -> io::Result<()> {
    compare("rust")
}

#[test]
fn java() -> io::Result<()> {
    compare("java")
}
