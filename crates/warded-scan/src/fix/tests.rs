use super::*;
use crate::{rules, scanned::tests::scanned};

fn path(example: &crate::Example) -> String {
    example.language.map_or(example.file.to_owned(), |language| format!("example.{}", language.extension()))
}

#[test]
fn show() {
    for rule in rules() {
        for example in rule.examples.iter().filter(|example| example.bad) {
            let path = path(example);
            let mut scanned = scanned(&[(&path, example.source)]);
            offer(&mut scanned, Duration::from_secs(10), &Watch::NOBODY);
            for finding in scanned.findings.iter().filter(|finding| finding.rule.id == rule.id) {
                match &finding.fix {
                    None => {
                        println!("=== {} {} NONE\n{}", rule.id, path, example.source);
                        if let Some(language) = example.language {
                            let source = Source::of(&finding.spot.path, example.source, language).unwrap();
                            for draft in propose::drafts(&source, finding) {
                                let edits = draft.fix(&source).edits;
                                let edits: Vec<_> = edits.iter().collect();
                                let text = apply::applied(example.source, &edits);
                                println!("--- draft\n{}", text.clone().unwrap_or_default());
                                if let Some(text) = text {
                                    let after = crate::look(vec![(path.clone().into(), text)]);
                                    for one in after.findings {
                                        println!("    {} {:?} {}", one.rule.id, one.spot.span, one.message);
                                    }
                                    println!("    {:?}", after.unseen);
                                }
                            }
                        }
                    }
                    Some(fix) => {
                        let edits: Vec<_> = fix.edits.iter().collect();
                        println!(
                            "=== {} {} {} {}\n{}",
                            rule.id,
                            path,
                            if fix.safe { "safe" } else { "unsafe" },
                            fix.says,
                            apply::applied(example.source, &edits).unwrap()
                        );
                    }
                }
            }
        }
    }
}
