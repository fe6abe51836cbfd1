use std::path::Path;

use crate::{
    flow::machine::Machine,
    language::Language,
    library::Library,
    look::run_again,
    project::{File, FunctionRef, PLAINLY, Project, Roots},
    reach::Reach,
    rules::{Chosen, heeded},
};

/// The files that are parsed when all is followed that can come to anything.
fn read<'f>(files: &[(&'f str, &str)]) -> Vec<&'f str> {
    let (mut roots, mut all) = (Roots::default(), Vec::new());
    for (path, text) in files {
        roots.read(Path::new(path), text);
        all.extend(
            Language::of(Path::new(path)).map(|language| File::new(Path::new(path), language, text, PLAINLY)),
        );
    }
    let project = Project::with_roots(all, roots);
    let mut reach = Reach::new(&project, Library::known(), &heeded(&Chosen::ALL));
    let run = |some: &[FunctionRef], _: &_| {
        Some(some.iter().map(|one| Machine::run(&project, Library::known(), *one)).collect())
    };
    run_again(|dead| reach.functions(dead, &|_| {}), |_| Vec::new(), run);
    let is_read = |path: &str| {
        project.files().any(|(_, file)| file.path == Path::new(path) && file.module_if_read().is_some())
    };
    files.iter().map(|(path, _)| *path).filter(|path| is_read(path)).collect()
}

const SENDS: &str = "module.exports = (data) => fetch(URL, { body: data });\n";

const ASKS: &str = "require('../lib/send')({ grant_type: 'x' });\n";

#[test]
fn a_file_is_read_with_what_it_sees() {
    let files = [("a/lib/send.js", SENDS), ("a/src/ask.js", ASKS), ("b/index.js", SENDS)];
    assert_eq!(read(&files), ["a/lib/send.js", "a/src/ask.js"]);
    // What stands in two files of which none sees the other leads nowhere.
    let who = ("b/ask.ts", "export const a = { client_id: 'x' };\n");
    assert_eq!(read(&[("a/send.js", SENDS), who]), [""; 0]);
    // Somebody sees both.
    let both = ("index.js", "require('./a/send')(require('./b/ask'));\n");
    let files = [("a/send.js", SENDS), who, both];
    assert_eq!(read(&files).len(), 3);
}

#[test]
fn python_is_seen_by_its_imports() {
    let sends = ("app/send.py", "import requests\nsend = requests.post\n");
    let asks = |import: &str| format!("{import}\nsend({{'client_id': 'x'}})\n");
    let other = ("other/send.py", "import requests\nsend = requests.post\n");
    for import in [
        "from .send import send",
        "from app.send import send",
        "from . import send\nsend = send.send",
        "import app.send as s\nsend = s.send",
    ] {
        let asks = asks(import);
        assert_eq!(read(&[sends, ("app/ask.py", &asks), other]), ["app/send.py", "app/ask.py"], "{import}");
    }
    assert_eq!(read(&[sends, ("app/ask.py", &asks("")), other]), [""; 0]);
}

#[test]
fn a_package_of_go_and_a_crate_of_rust_see_all_of_themselves() {
    let sends =
        "package a\n\nimport \"net/http\"\n\nfunc send(data url.Values) { http.PostForm(URL, data) }\n";
    let asks = "package a\n\nfunc ask() { send(url.Values{\"client_id\": {\"x\"}}) }\n";
    assert_eq!(
        read(&[("a/send.go", sends), ("a/ask.go", asks), ("b/send.go", sends)]),
        ["a/send.go", "a/ask.go"]
    );
    let manifest = ("a/Cargo.toml", "[package]\nname = \"a-b\"\n");
    let sends =
        ("a/src/send.rs", "pub fn carry(form: &F) { reqwest::Client::new().post(URL).form(form).send(); }\n");
    let asks = ("a/src/ask.rs", "fn ask() { crate::send::carry(&[(\"client_id\", \"x\")]); }\n");
    assert_eq!(read(&[manifest, sends, asks]).len(), 2);
    let asks = ("c/src/ask.rs", "use a_b::send::carry;\nfn ask() { carry(&[(\"client_id\", \"x\")]); }\n");
    assert_eq!(read(&[manifest, sends, asks]).len(), 2);
    let asks = ("c/src/ask.rs", "use b_c::carrier::carry;\nfn ask() { carry(&[(\"client_id\", \"x\")]); }\n");
    assert_eq!(read(&[manifest, sends, asks]), [""; 0]);
}

#[test]
fn a_type_is_seen_wherever_its_name_stands() {
    let sends = (
        "x/Sender.java",
        "import org.springframework.web.client.RestTemplate;\nclass Sender { void send(String form) { RestTemplate t = new RestTemplate(); t.postForEntity(URL, form, String.class); } }\n",
    );
    let asks = ("y/Ask.java", "class Ask { void ask() { new Sender().send(\"client_id=x\"); } }\n");
    assert_eq!(read(&[sends, asks]).len(), 2);
    let asks = ("y/Ask.java", "class Ask { void ask() { new Other().send(\"client_id=x\"); } }\n");
    assert_eq!(read(&[sends, asks]), [""; 0]);
}
