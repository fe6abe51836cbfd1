//! What fixes write is code: the tools of each language read it, and find nothing wrong with it that was not wrong before.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

mod tools;

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use warded_scan::{Example, Language, Scanned, Watch, fix, look, rules};

use tools::{Stage, is_here, own, said};

/// A bad example, and what its fix makes of it.
struct Mended {
    name: String,
    before: String,
    after: String,
}

/// All bad examples in a language that have fixes.
fn mended(languages: &[Language]) -> Vec<Mended> {
    let of = |example: &&Example| example.bad && example.language.is_some_and(|one| languages.contains(&one));
    let mut all = Vec::new();
    for rule in rules() {
        for (at, example) in rule.examples.iter().filter(of).enumerate() {
            let path = format!("example.{}", example.language.unwrap().extension());
            let looked = look(vec![(path.clone().into(), example.source.to_owned())]);
            let texts = BTreeMap::from([(path.as_str().into(), example.source.into())]);
            let mut scanned = Scanned { findings: looked.findings, texts, ..Scanned::default() };
            scanned.findings.retain(|finding| finding.rule.id == rule.id);
            let nobody = Watch { clock: &|| Duration::ZERO, progress: &|_| {} };
            fix::offer(&mut scanned, usize::MAX, Duration::from_secs(10), &nobody);
            let Some(fix) = scanned.findings.into_iter().find_map(|finding| finding.fix) else { continue };
            let mut after = example.source.to_owned();
            for edit in fix.edits.iter().rev() {
                after.replace_range(edit.spot.span.clone(), &edit.text);
            }
            let name = format!("{}_{at}", rule.id.to_lowercase());
            all.push(Mended { name, before: example.source.to_owned(), after });
        }
    }
    assert!(!all.is_empty());
    all
}

#[test]
fn python_compiles_and_runs() {
    if !is_here("python3") {
        return;
    }
    let stage = Stage::new(&mended(&[Language::Python]), "py");
    said(Command::new("python3").args(["-m", "compileall", "-q"]).arg(stage.path("after")), true);
    let python = own("WARDED_DEFAULTS_PYTHON").unwrap_or_else(|| "python3".into());
    said(Command::new(python).arg("-B").arg(tools::folder().join("run.py")).arg(stage.path("")), true);
}

#[test]
fn javascript_is_read_by_node() {
    if !is_here("node") {
        return;
    }
    for one in mended(&[Language::JavaScript]) {
        // Which kind of module it is says what stands in it.
        let extension = if one.after.contains("export ") { "mjs" } else { "cjs" };
        let stage = Stage::new(&[one], extension);
        for file in stage.files("after") {
            said(Command::new("node").arg("--check").arg(file), true);
        }
    }
}

#[test]
fn typescript_has_no_new_errors_of_types() {
    let Some(packages) = own("WARDED_FIXES_NODE") else { return };
    let stage = Stage::new(&mended(&[Language::TypeScript]), "ts");
    stage.link(&packages.join("node_modules"), "node_modules");
    stage.write("package.json", "{\"type\": \"module\"}");
    let check = |side: &str| {
        let mut tsc = Command::new(packages.join("node_modules/.bin/tsc"));
        tsc.args(["--noEmit", "--strict", "--skipLibCheck", "--target", "esnext", "--module", "nodenext"]);
        tsc.args(["--moduleResolution", "nodenext", "--types", "node", "--lib", "esnext,dom,dom.iterable"]);
        tsc.arg(tools::folder().join("stubs/names.d.ts")).args(stage.files(side)).current_dir(stage.path(""));
        errors(&said(&mut tsc, false), &["error TS"])
    };
    no_new(&check("before"), &check("after"));
}

#[test]
fn go_is_read_by_gofmt_and_has_no_new_errors_of_types() {
    if !is_here("gofmt") {
        return;
    }
    let all = mended(&[Language::Go]);
    let stage = Stage::new(&all, "go");
    said(Command::new("gofmt").arg("-e").arg("-l").args(stage.files("after")), true);
    if own("WARDED_DEFAULTS_GO").is_none() {
        return;
    }
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/defaults/go");
    for file in ["go.mod", "go.sum"] {
        std::fs::copy(modules.join(file), stage.path(file)).unwrap();
    }
    for one in &all {
        for (side, text) in [("before", &one.before), ("after", &one.after)] {
            stage.write(&format!("{side}/{0}/{0}.go", one.name), text);
            std::fs::remove_file(stage.path(&format!("{side}/{}.go", one.name))).unwrap();
        }
    }
    let check = |side: &str| {
        let mut vet = Command::new("go");
        vet.args(["vet", &format!("./{side}/...")]).current_dir(stage.path(""));
        vet.env("GOFLAGS", "-mod=mod").env("GOPROXY", "off").env("GOWORK", "off");
        errors(&said(&mut vet, false), &[".go:"])
    };
    no_new(&check("before"), &check("after"));
}

#[test]
fn rust_has_no_new_errors_of_types() {
    if !is_here("rustc") {
        return;
    }
    let names = std::fs::read_to_string(tools::folder().join("stubs/names.rs")).unwrap();
    let stage = Stage::new(&mended(&[Language::Rust]), "rs");
    let rustc = || {
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "lib", "--cap-lints", "allow", "-L"]);
        rustc.arg(stage.path("")).arg("--out-dir").arg(stage.path("")).current_dir(stage.path(""));
        rustc
    };
    for name in ["url", "reqwest", "jsonwebtoken", "oauth2"] {
        let stub = tools::folder().join(format!("stubs/{name}.rs"));
        let mut rustc = rustc();
        if name == "oauth2" {
            rustc.args(["--extern", "url"]);
        }
        said(rustc.args(["--crate-name", name]).arg(stub), true);
    }
    let check = |side: &str| {
        let mut all = BTreeMap::new();
        for file in stage.files(side) {
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text + &names).unwrap();
            let mut rustc = rustc();
            rustc.args(["--emit", "metadata"]);
            for name in ["url", "reqwest", "oauth2", "jsonwebtoken"] {
                rustc.args(["--extern", name]);
            }
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            for (error, count) in errors(&said(rustc.arg(&file), false), &["error"]) {
                *all.entry(format!("{name} {error}")).or_default() += count;
            }
        }
        all
    };
    no_new(&check("before"), &check("after"));
}

/// How often each error is told, wherever it is.
fn errors(said: &str, marks: &[&str]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for line in said.lines().filter(|line| marks.iter().any(|mark| line.contains(mark))) {
        let line = line.replace("before", "").replace("after", "");
        let line: String = line.chars().filter(|letter| !matches!(letter, ',' | ':' | '(' | ')')).collect();
        let words = line.split(' ').map(|word| {
            word.split(".go")
                .next()
                .unwrap_or_default()
                .trim_end_matches(|letter: char| letter.is_ascii_digit())
        });
        *all.entry(words.collect::<Vec<_>>().join(" ")).or_default() += 1;
    }
    all
}

fn no_new(before: &BTreeMap<String, usize>, after: &BTreeMap<String, usize>) {
    let new = after.iter().filter(|(error, count)| before.get(*error).is_none_or(|known| known < *count));
    let new: Vec<_> = new.collect();
    assert!(new.is_empty(), "{new:#?}\nbefore: {before:#?}");
}
