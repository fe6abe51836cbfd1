use std::{cell::RefCell, collections::BTreeSet};

use super::Reach;
use crate::{
    flow::{keep::Kept, machine::Machine},
    language::Language,
    library::Library,
    look::run_again,
    project::{File, FileId, FunctionRef, PLAINLY, Project},
    rules::{self, CHECKS, Seen},
};

fn project(files: &[(&str, &str)]) -> Project<'static> {
    let files = files.iter().map(|(path, text)| {
        let language = Language::of(path.as_ref()).unwrap();
        File::new(path.as_ref(), language, text, PLAINLY)
    });
    Project::new(files.collect())
}

/// What is wrong there, where only these functions are followed, and those that `more` says.
fn found(
    project: &Project<'_>,
    next: impl FnMut(Vec<FunctionRef>) -> Vec<FunctionRef>,
    more: impl FnMut(&BTreeSet<Kept>) -> Vec<FunctionRef>,
) -> Vec<String> {
    let ran = run_again(next, more, |some, kept| {
        let run =
            |function: &FunctionRef| Machine::run_until(project, Library::known(), *function, kept, None);
        Some(some.iter().map(run).collect())
    });
    let seen = Seen::of(project, ran.unwrap());
    let findings = rules::judge(&seen, &rules::Chosen::ALL).into_iter();
    findings.map(|finding| format!("{} {:?} {:?}", finding.rule.id, finding.spot, finding.steps)).collect()
}

const NOW: &dyn Fn(&[FileId]) = &|_| {};

/// What is wrong there; it is the same whether all functions are followed or only those that reach anything.
fn found_either_way(files: &[(&str, &str)]) -> Vec<String> {
    let all = project(files);
    let mut each = all.functions().collect();
    let all = found(&all, |_| std::mem::take(&mut each), |_| Vec::new());
    let some = project(files);
    let reach = RefCell::new(Reach::new(&some, Library::known(), &rules::heeded(&rules::Chosen::ALL)));
    let next = |dead| reach.borrow_mut().functions(dead, NOW);
    let some = found(&some, next, |keeps| reach.borrow_mut().functions_asking(keeps, NOW));
    assert_eq!(all, some, "{files:?}");
    all
}

/// The names of the functions that are followed.
fn followed(files: &[(&str, &str)]) -> Vec<String> {
    let project = project(files);
    let mut reach = Reach::new(&project, Library::known(), &rules::heeded(&rules::Chosen::ALL));
    let mut followed = Vec::new();
    found(
        &project,
        |dead| {
            let next = reach.functions(dead, NOW);
            followed.extend(next.clone());
            next
        },
        |_| Vec::new(),
    );
    followed.into_iter().map(|function| project.function(function).name.to_string()).collect()
}

#[test]
fn every_example_is_found_with_and_without() {
    for example in CHECKS.iter().flat_map(|check| check.rule.examples) {
        let path = format!("example.{}", example.language.unwrap().extension());
        let found = found_either_way(&[(&path, example.source)]);
        assert!(!found.is_empty() || !example.bad, "{}", example.source);
    }
}

const SENDS: &str = "import requests\n\ndef send(data):\n    return requests.post(URL, data=data)\n";

#[test]
fn callers_are_followed_as_far_as_calls_are() {
    let three = "from send import send\n\ndef one(data):\n    return send(data)\n\ndef two(data):\n    return one(data)\n\ndef three():\n    return two({\"grant_type\": \"x\"})\n\ndef far():\n    return 1\n";
    let files = [("send.py", SENDS), ("three.py", three)];
    assert_eq!(found_either_way(&files).len(), 1);
    assert!(followed(&files).contains(&"three".to_owned()));
    assert!(!followed(&files).contains(&"far".to_owned()));
}

#[test]
fn other_names_for_it_lead_there() {
    let cases: [&[(&str, &str)]; 6] = [
        // An import, and a name at the top of another file.
        &[
            ("a.py", "from requests import post as p\n\nq = p\n"),
            ("b.py", "from a import q\n\ndef f():\n    q(URL, data={\"grant_type\": \"x\"})\n"),
        ],
        // The key stands elsewhere.
        &[
            ("send.py", SENDS),
            ("keys.py", "KEY = \"grant_type\"\n"),
            ("b.py", "from send import send\nfrom keys import KEY\n\ndef f():\n    send({KEY: \"x\"})\n"),
        ],
        // A field that the constructor gives.
        &[(
            "a.py",
            "import requests\n\nclass A:\n    def __init__(self):\n        self.send = requests.post\n        self.data = {\"grant_type\": \"x\"}\n\n    def f(self):\n        return self.send(URL, data=self.data)\n",
        )],
        // A name of the function around it.
        &[(
            "a.js",
            "const axios = require('axios');\n\nfunction outer() {\n  const send = axios.post;\n  const data = { grant_type: 'x' };\n  function inner() {\n    return send(URL, data);\n  }\n  return inner;\n}\n",
        )],
        // What a module gives by default, under any name.
        &[
            (
                "send.js",
                "const axios = require('axios');\nmodule.exports = (data) => axios.post(URL, data);\n",
            ),
            (
                "b.js",
                "const other = require('./send');\nfunction f() { return other({ grant_type: 'x' }); }\n",
            ),
        ],
        // After an escape.
        &[("a.py", "import requests\n\ndef f():\n    requests.post(URL, data=\"\\tgrant_type=x\")\n")],
    ];
    for files in cases {
        assert!(!found_either_way(files).is_empty(), "{files:?}");
    }
}

#[test]
fn what_others_give_leads_to_whoever_calls_them() {
    let cases: [&[(&str, &str)]; 5] = [
        // Parameters, over two files.
        &[
            ("a.py", "def one():\n    return {\"grant_type\": \"x\"}\n"),
            (
                "b.py",
                "from a import one\n\ndef two():\n    data = one()\n    data[\"y\"] = \"z\"\n    return data\n",
            ),
            ("c.py", "import requests\nfrom b import two\n\ndef f():\n    requests.post(URL, data=two())\n"),
        ],
        // The credential that came in.
        &[
            (
                "a.py",
                "from fastapi import Request\n\ndef one(request: Request):\n    return request.headers[\"Authorization\"]\n",
            ),
            (
                "b.py",
                "from a import one\n\ndef two(request):\n    return {\"Authorization\": one(request)}\n",
            ),
            (
                "c.py",
                "import requests\nfrom fastapi import Request\nfrom b import two\n\ndef f(request: Request):\n    requests.get(URL, headers=two(request))\n",
            ),
        ],
        // A function that sends.
        &[
            (
                "a.js",
                "const axios = require('axios');\nexports.sender = (url) => (data) => axios.post(url, data);\n",
            ),
            (
                "b.js",
                "const { sender } = require('./a');\nexports.send = () => sender(URL)({ grant_type: 'z' });\n",
            ),
        ],
        // What holds the parameters.
        &[
            ("a.py", "class A:\n    def __init__(self):\n        self.data = {\"grant_type\": \"x\"}\n"),
            ("b.py", "from a import A\n\ndef make():\n    return A()\n"),
            (
                "c.py",
                "import requests\nfrom b import make\n\ndef f():\n    requests.post(URL, data=make().data)\n",
            ),
        ],
        // Claims that nobody compares.
        &[
            (
                "a.py",
                "import jwt\n\ndef one(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n",
            ),
            ("b.py", "from a import one\n\ndef two(token):\n    return one(token)[\"sub\"]\n"),
        ],
    ];
    for files in cases {
        assert!(!found_either_way(files).is_empty(), "{files:?}");
    }
    // Claims that whoever asked for them compares: nothing is wrong.
    let compares = [
        (
            "a.py",
            "import jwt\n\ndef one(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n",
        ),
        ("b.py", "from a import one\n\ndef two(token):\n    return one(token)\n"),
        (
            "c.py",
            "from b import two\n\ndef f(token):\n    claims = two(token)\n    if claims[\"aud\"] != \"https://me\":\n        raise ValueError()\n    return claims\n",
        ),
    ];
    found_either_way(&compares);
}

#[test]
fn what_others_fill_or_hand_on_leads_to_whoever_calls_them() {
    let redeems = "import requests\nfrom a import fill\n\ndef redeem(code):\n    data = {}\n    fill(data, code)\n    return requests.post(URL, data=data)\n";
    let fill = |how: &str| format!("def fill(data, code):\n    {how}\n    data[\"code\"] = code\n");
    let reads = |takes: &str, calls: &str| {
        format!(
            "from a import {takes}\n\ndef read(token, key):\n    return {calls}(token, key, algorithms=['RS256'])\n"
        )
    };
    let python = [
        (fill("data[\"grant_type\"] = \"authorization_code\""), redeems.to_owned()),
        (fill("data.update(grant_type=\"authorization_code\")"), redeems.to_owned()),
        (
            "def form(code):\n    data = [(\"grant_type\", \"authorization_code\"), (\"code\", code)]\n    return data\n".to_owned(),
            "import requests\nfrom a import form\n\ndef redeem(code):\n    return requests.post(URL, data=form(code))\n".to_owned(),
        ),
        (
            "def key():\n    return \"grant_type\"\n".to_owned(),
            "import requests\nfrom a import key\n\ndef redeem(code):\n    return requests.post(URL, data={key(): \"authorization_code\", \"code\": code})\n".to_owned(),
        ),
        ("import jwt\n\ndef make():\n    return jwt.decode\n".to_owned(), reads("make", "make()")),
        (
            "import jwt\n\ndef make():\n    return {\"a\": {\"b\": jwt.decode}}\n".to_owned(),
            reads("make", "make()[\"a\"][\"b\"]"),
        ),
        (
            "import jwt\n\ndef run(f):\n    return f(jwt.decode)\n".to_owned(),
            "from a import run\n\ndef read(token, key):\n    return run(lambda d: d(token, key, algorithms=[\"RS256\"]))\n".to_owned(),
        ),
    ];
    for (gives, takes) in &python {
        assert!(!found_either_way(&[("a.py", gives), ("b.py", takes)]).is_empty(), "{gives}{takes}");
    }
    let go = [
        (
            "a.go",
            "package a\n\nimport \"net/url\"\n\nfunc fill(form url.Values, code string) {\n\tform.Set(\"grant_type\", \"authorization_code\")\n}\n",
        ),
        (
            "b.go",
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc redeem(code string) (*http.Response, error) {\n\tform := url.Values{}\n\tfill(form, code)\n\treturn http.PostForm(tokenURL, form)\n}\n",
        ),
    ];
    assert!(!found_either_way(&go).is_empty());
    let script = [
        (
            "a.ts",
            "export function fill(body: URLSearchParams, code: string) {\n  body.set('grant_type', 'authorization_code');\n  body.set('code', code);\n}\n",
        ),
        (
            "b.ts",
            "import { fill } from './a';\nexport async function redeem(code: string) {\n  const body = new URLSearchParams();\n  fill(body, code);\n  return fetch(URL, { method: 'POST', body });\n}\n",
        ),
    ];
    assert!(!found_either_way(&script).is_empty());
    // Over one more, which says none of it.
    let three = [
        (
            "a.py",
            "def fill(data, code):\n    data.append((\"grant_type\", \"authorization_code\"))\n    data.append((\"code\", code))\n",
        ),
        (
            "b.py",
            "from a import fill\n\ndef made(code):\n    data = []\n    fill(data, code)\n    return data\n",
        ),
        (
            "c.py",
            "import requests\nfrom b import made\n\ndef redeem(code):\n    return requests.post(URL, data=made(code))\n",
        ),
    ];
    assert!(!found_either_way(&three).is_empty());
}

#[test]
fn what_a_text_says_of_code_hides_no_code() {
    let sends = "def redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    return requests.post(TOKEN_URL, data=data)\n";
    for before in [
        "EXAMPLE = \"\"\"\nclass Tokens:\n\"\"\"\n\n",
        "def usage():\n    r\"\"\"Write a class::\n\n        class Tokens(Base):\n    \"\"\"\n\n",
    ] {
        let text = format!("import requests\n\n{before}\n{sends}");
        let found = found_either_way(&[("a.py", &text)]);
        assert!(found.iter().any(|found| found.starts_with("WRD101")), "{found:?}");
    }
}

#[test]
fn a_library_may_be_named_in_another_file_than_what_it_does() {
    let script = [
        ("auth.js", "module.exports = require('jsonwebtoken');\n"),
        ("b.js", "const jwt = require('./auth');\nexports.who = (token) => jwt.verify(token, KEY);\n"),
    ];
    assert!(!found_either_way(&script).is_empty());
    let python = [
        ("auth.py", "import jwt\n\nverifier = jwt.PyJWT()\n"),
        (
            "b.py",
            "from auth import verifier\n\ndef who(token):\n    return verifier.decode(token, KEY, algorithms=['RS256'])\n",
        ),
    ];
    assert!(!found_either_way(&python).is_empty());
}

#[test]
fn who_calls_what_came_to_nothing_is_not_followed() {
    let nothing = ("a.py", "def one(introspect, other):\n    return introspect + other\n");
    let calls = ("b.py", "from a import one\n\ndef two():\n    return one(1, 2)\n");
    assert_eq!(followed(&[nothing, calls]), ["", "one"]);
    let gives = ("a.py", "def one(introspect, other):\n    return {\"active\": introspect, **other}\n");
    assert!(followed(&[gives, calls]).contains(&"two".to_owned()));
}

#[test]
fn what_nobody_heeds_is_not_followed() {
    let plain = "import requests\n\ndef f(data):\n    return requests.post(URL, data=data)\n";
    assert_eq!(followed(&[("a.py", plain)]), Vec::<String>::new());
    // What a library does, where nobody has it.
    let deletes = "function f(client, jwt) { client.delete(URL, { params: { jwt } }); }\n";
    assert_eq!(followed(&[("a.js", deletes)]), Vec::<String>::new());
    assert!(!followed(&[("a.js", &format!("import client from 'axios';\n{deletes}"))]).is_empty());
    // A word that only another language heeds.
    let other = "client_id = 1\njwtVerify()\n";
    assert_eq!(followed(&[("a.py", other)]), Vec::<String>::new());
}

#[test]
fn who_asks_for_what_is_kept_is_followed_where_somebody_keeps_it() {
    let sends = "import requests\nfrom keeps import A\n\ndef f(a: A):\n    return requests.get(URL, headers={\"Authorization\": a.t})\n";
    let keeps = "from fastapi import Request\n\nclass A:\n    def keep(self, request: Request):\n        self.t = request.headers[\"Authorization\"]\n";
    assert_eq!(followed(&[("sends.py", sends)]), Vec::<String>::new());
    assert!(followed(&[("keeps.py", keeps), ("sends.py", sends)]).contains(&"keep".to_owned()));
    assert_eq!(found_either_way(&[("keeps.py", keeps), ("sends.py", sends)]).len(), 1);
}

#[test]
fn a_chain_of_names_is_gone_through_once() {
    let count = 3_200;
    let first =
        ("m0.js".to_owned(), "import { jwtVerify } from 'jose';\nexport const f0 = jwtVerify;\n".to_owned());
    let further = (1..count).map(|index| {
        let before = index - 1;
        let text = format!(
            "import {{ f{before} }} from './m{before}';\nexport function g{index}() {{}}\nexport const f{index} = f{before};\n"
        );
        (format!("m{index}.js"), text)
    });
    let files: Vec<_> = std::iter::once(first).chain(further).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let project = project(&files);
    let mut reach = Reach::new(&project, Library::known(), &rules::heeded(&rules::Chosen::ALL));
    let (mut all, mut next) = (0, reach.functions(Vec::new(), NOW));
    while !next.is_empty() {
        all += next.len();
        // Each of them came to nothing.
        next = reach.functions(next, NOW);
    }
    assert!(all >= count);
    assert!(reach.told() < 40 * count, "{}", reach.told());
}
