use std::path::Path;

use super::{Unread, worth_reading};
use crate::{language::Language, library::Library, project::Roots, rules::heeded};

fn read<'f>(files: &[(&'f str, &str)]) -> Vec<&'f str> {
    let mut roots = Roots::default();
    let mut all: Vec<Unread<'_>> = Vec::new();
    for (path, text) in files {
        roots.read(Path::new(path), text);
        all.extend(Language::of(Path::new(path)).map(|language| (Path::new(*path), *text, language)));
    }
    let worth = worth_reading(&all, &roots, Library::known(), &heeded());
    let code = files.iter().filter(|(path, _)| Language::of(Path::new(path)).is_some());
    code.zip(worth).filter(|(_, worth)| *worth).map(|((path, _), _)| *path).collect()
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
    for import in
        ["from .send import send", "from app.send import send", "from . import send", "import app.send as s"]
    {
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
    let asks = ("c/src/ask.rs", "fn ask() { a_b::carrier::carry(&[(\"client_id\", \"x\")]); }\n");
    assert_eq!(read(&[manifest, sends, asks]).len(), 2);
    let asks = ("c/src/ask.rs", "fn ask() { b_c::carrier::carry(&[(\"client_id\", \"x\")]); }\n");
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

#[test]
fn who_sends_is_read_where_a_credential_comes_in_on_the_same_island() {
    let sends =
        ("b.py", "import requests\ndef f(key):\n    requests.get(URL, headers={'Authorization': key})\n");
    let keeps = (
        "a.py",
        "from fastapi import Request\ndef keep(request: Request):\n    store.t = request.headers['Authorization']\n",
    );
    assert_eq!(read(&[sends, keeps]), ["a.py"]);
    assert_eq!(read(&[sends, keeps, ("c.py", "import a\nimport b\n")]).len(), 3);
}
