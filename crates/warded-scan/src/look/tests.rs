use std::{
    num::NonZero,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Chosen, Limits, Looked, Progress, Watch, look, look_within};
use crate::finding::Why;

fn looked(files: &[(&str, &str)]) -> Looked {
    look(files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect())
}

/// What was found and what was not seen, a line each.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let looked = looked(files);
    let found = looked.findings.iter().map(|finding| {
        let spot = &finding.spot;
        format!("{} {} {:?}", finding.rule.id, spot.path, spot.span)
    });
    let unseen =
        looked.unseen.iter().map(|one| format!("{:?} {} {:?}", one.why, one.path.display(), one.span));
    found.chain(unseen).collect()
}

const BAD: &str = "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\"}\n    return requests.post(URL, data=data)\n";

#[test]
fn code_of_all_languages_and_configurations_are_looked_at_together() {
    let go = "package auth\n\nimport (\n\t\"context\"\n\n\t\"example.com/app/config\"\n)\n\nfunc redeem(ctx context.Context, code string) {\n\tconfig.New().Exchange(ctx, code)\n}\n";
    let config = "package config\n\nimport \"golang.org/x/oauth2\"\n\nfunc New() *oauth2.Config {\n\treturn &oauth2.Config{}\n}\n";
    let files = [
        ("b/client.py", BAD),
        ("auth/auth.go", go),
        ("config/config.go", config),
        ("go.mod", "module example.com/app\n"),
        (".cursor/mcp.json", "{\"mcpServers\": {\"a\": {\"url\": \"http://a.example.com/mcp\"}}}"),
        ("README.md", "requests.post"),
    ];
    assert_eq!(
        told(&files),
        ["WRD404 .cursor/mcp.json 30..54", "WRD101 auth/auth.go 113..145", "WRD101 b/client.py 94..123"]
    );
    // Without the manifest nobody knows whose `config` that is.
    let without: Vec<_> = files.into_iter().filter(|(path, _)| *path != "go.mod").collect();
    assert!(!told(&without).iter().any(|line| line.contains("auth.go")), "{:?}", told(&without));
}

#[test]
fn the_order_of_files_and_files_given_twice_say_nothing() {
    let files = [("a.py", BAD), ("b.py", BAD), ("c/d.py", BAD)];
    let mut other = files.to_vec();
    other.reverse();
    other.extend(files);
    assert_eq!(told(&files).len(), 3);
    assert_eq!(told(&files), told(&other));
}

#[test]
fn what_was_not_looked_at_is_told() {
    // What nothing of interest stands in is not parsed.
    let broken = format!("def f(:\n    (((\n\n{BAD}");
    let deep = format!("{BAD}\nx = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let large = "#".repeat((4 << 20) + 1);
    let files = [("broken.py", &*broken), ("deep.py", &deep), ("large.py", &large), ("empty.py", "")];
    let unseen = looked(&files).unseen;
    let whys: Vec<_> = unseen.iter().map(|one| (one.path.to_str().unwrap(), one.why)).collect();
    assert!(whys.contains(&("broken.py", Why::Syntax)), "{whys:?}");
    assert!(whys.contains(&("deep.py", Why::Deep)), "{whys:?}");
    assert!(whys.contains(&("large.py", Why::Large)), "{whys:?}");
    assert!(!whys.iter().any(|(path, _)| *path == "empty.py"));
}

#[test]
fn functions_with_too_many_ways_are_told() {
    let loops: Vec<_> = (1..=16).map(|depth| format!("{}while x:\n", " ".repeat(depth))).collect();
    let source = format!("{BAD}\ndef f(x, y):\n{}{}y = redeem(x)\n", loops.concat(), " ".repeat(17));
    let unseen = looked(&[("ways.py", &source)]).unseen;
    assert_eq!(unseen.iter().map(|one| one.why).collect::<Vec<_>>(), [Why::Ways]);
}

#[test]
fn calls_in_calls_have_room() {
    let inner = format!("{}x{}", "g(".repeat(240), ")".repeat(240));
    let source = format!(
        "{BAD}\ndef g(x):\n    return h({inner})\n\ndef h(x):\n    return k({inner})\n\ndef k(x):\n    redeem(x)\n    return {inner}\n"
    );
    looked(&[("deep.py", &source)]);
}

/// What is told where every look at the clock takes a second.
fn told_within(budget: u64, threads: usize) -> Vec<(Why, String)> {
    let quick = ("quick.py", BAD.to_owned());
    let slow = ("slow.py", format!("{BAD}\ndef slow():\n{}", "    redeem(1)\n".repeat(400)));
    let files = [quick, slow].map(|(path, text)| (PathBuf::from(path), text)).to_vec();
    let seconds = AtomicU64::new(0);
    let clock = || Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed));
    let limits = Limits { budget: Duration::from_secs(budget), threads: NonZero::new(threads).unwrap() };
    let looked = look_within(files, &Chosen::ALL, &limits, &Watch { clock: &clock, progress: &|_| {} });
    looked.unseen.iter().map(|one| (one.why, one.path.display().to_string())).collect()
}

#[test]
fn what_takes_too_long_is_told_file_by_file() {
    assert_eq!(told_within(10_000, 1), []);
    assert_eq!(told_within(20, 1), [(Why::Long, "slow.py".to_owned())]);
    let both = ["quick.py", "slow.py"].map(|path| (Why::Long, path.to_owned()));
    assert_eq!(told_within(0, 1), both);
    assert_eq!(told_within(0, 2), both);
}

#[test]
fn whoever_looks_on_hears_of_every_file_and_of_every_function_that_is_followed() {
    let text = format!("{BAD}\ndef other():\n    return 1\n");
    let heard = Mutex::new(Vec::new());
    let hear = |progress: Progress<'_>| {
        let line = match progress {
            Progress::Read { path, .. } => format!("read {}", path.display()),
            Progress::Followed { path, span, of, .. } => format!("{} {} of {of}", path.display(), span.start),
        };
        heard.lock().unwrap().push(line);
    };
    let files = vec![(PathBuf::from("a.py"), text), (PathBuf::from("b.py"), "x = 1\n".to_owned())];
    look_within(
        files,
        &Chosen::ALL,
        &Limits::default(),
        &Watch { clock: &|| Duration::ZERO, progress: &hear },
    );
    let mut heard = heard.into_inner().unwrap();
    heard.sort();
    // The file itself and `redeem`, but neither `other` nor the other file.
    assert_eq!(heard, ["a.py 0 of 2", "a.py 17 of 2", "read a.py"]);
}

#[test]
fn threads_say_nothing() {
    let files: Vec<_> =
        (0..40).map(|number| (PathBuf::from(format!("{number}.py")), BAD.to_owned())).collect();
    let with = |threads| {
        let limits = Limits { threads: NonZero::new(threads).unwrap(), ..Limits::default() };
        format!("{:?}", look_within(files.clone(), &Chosen::ALL, &limits, &Watch::NOBODY))
    };
    assert_eq!(with(1), with(5));
}

#[test]
fn constants_that_are_objects_of_their_own_class_are_made_once() {
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let constants: Vec<_> =
        names.iter().map(|name| format!("{name} {{ void write(Map<String, String> form) {{}} }}")).collect();
    let source = format!(
        "import java.util.Map;\nimport java.util.HashMap;\nimport okhttp3.FormBody;\n\nclass Client {{\n    enum Kind {{\n        {};\n        static final Kind FIRST = A;\n        abstract void write(Map<String, String> form);\n    }}\n    static final Client INSTANCE = new Client();\n    private final Kind kind = Kind.H;\n    FormBody redeem(String code) {{\n        Map<String, String> form = new HashMap<>();\n        Kind.A.write(form);\n        Kind.G.write(form);\n        kind.write(form);\n        return new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code).build();\n    }}\n}}\n",
        constants.join(",\n        ")
    );
    let told = told(&[("Client.java", &source)]);
    assert!(matches!(told.as_slice(), [one] if one.starts_with("WRD101 Client.java")), "{told:?}");
}
