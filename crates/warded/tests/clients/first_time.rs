//! What does a new user see who writes the configuration of a page into the file of their program, and calls a tool? The
//! record of it is a page.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::{Value, json};

use crate::{
    browser::Person,
    newcomer::{ITS_URL, Newcomer, Program, starting_warded},
    scene::{SCOPE, SERVER, Scene, TEXT, TITLE},
};

const PAGE: &str = "../../docs/connect-first-time.md";

const INTRODUCTION: &str = "# `warded connect`, for the first time

<!-- Recorded by a test, with a real browser: `cargo xtask docs` writes it anew. -->

Somebody has `warded` on their path, no token, and the configuration of a page of ours. Their program starts what stands there,
with the environment that it has itself, and speaks to it with the official TypeScript SDK. What goes to the server is on lines
with `>`, what comes from it on lines with `<`; `…` stands for what is long or new each time.
";

const CLAUDE_CODE: (Program, &str, &str) = (
    Program { name: "claude-code", file: ".mcp.json", key: "mcpServers" },
    "Claude Code",
    include_str!("../../../../docs/front/claude-code.md"),
);
const VS_CODE: (Program, &str, &str) = (
    Program { name: "Visual Studio Code", file: ".vscode/mcp.json", key: "servers" },
    "VS Code",
    include_str!("../../../../docs/front/vscode.md"),
);

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_writes_a_configuration_logs_in_and_calls_a_tool() {
    let mut record = INTRODUCTION.to_owned();
    for (program, title, page) in [CLAUDE_CODE, VS_CODE] {
        let person = Person::named("ada").who_expects(&[TITLE, SERVER, SCOPE]);
        let Some(scene) = Scene::with_our_issuer(person).await else { return };
        let newcomer = Newcomer::to(&scene);
        let [(configuration, key)] = &starting_warded(page)[..] else {
            panic!("the page of {title} has one configuration that starts warded")
        };
        assert_eq!(key, program.key, "{title}");

        let first = newcomer.starts(&program, configuration).await;
        assert_eq!(first["tools"], json!(["note", "whisper"]), "{first}");
        assert_eq!(first["call"], TEXT, "{first}");
        let diary = scene.person.diary();
        let pages: Vec<_> = diary.iter().map(|seen| seen["page"].as_str().unwrap()).collect();
        assert_eq!(pages, ["login", "consent", "callback"], "{diary:?}");

        let second = newcomer.starts(&program, configuration).await;
        assert_eq!(second["call"], TEXT, "{second}");
        assert_eq!(scene.person.diary().len(), pages.len(), "nobody is asked again");
        scene.kept_everything_to_themselves();

        let port = scene.gateway.url("").rsplit(':').next().unwrap().to_owned();
        record += &shown(&told(&program, title, configuration, &first, &diary), &port);
    }
    compare(&record);
}

/// The story of one program.
fn told(program: &Program, title: &str, configuration: &str, first: &Value, diary: &[Value]) -> String {
    let mut messages = first["messages"].as_array().unwrap().iter().map(message);
    let (hello, said) = (messages.next().unwrap(), first["said"].as_str().unwrap());
    let rest: Vec<_> = messages.collect();
    let mut pages = String::new();
    for seen in diary {
        writeln!(pages, "- {}", seen["text"].as_str().unwrap()).unwrap();
    }
    format!(
        "
## {title}

`{}`:

```json
{configuration}```

It starts `warded`, and says what it says to every server:

```text
{hello}
```

The server wants a token, and there is none. A browser opens; meanwhile the program waits. On standard error, which the program
keeps in its log:

```text
{said}```

The pages in the browser, one after the other:

{pages}
Then the server answers what it was asked, and a tool is called:

```text
{}
```

Started once more, it opens no browser, and calls the tool.
",
        program.file,
        rest.join("\n"),
    )
}

/// A message on one line, without what is long in it.
fn message(seen: &Value) -> String {
    let (sign, message) =
        if seen["sent"].is_null() { ("<", &seen["received"]) } else { (">", &seen["sent"]) };
    let mut message = message.clone();
    // Where there are none, indexing would make some.
    let tools = message.pointer_mut("/result/tools").and_then(Value::as_array_mut);
    for tool in tools.into_iter().flatten() {
        tool["inputSchema"] = json!("…");
    }
    format!("{sign} {message}")
}

/// A text as the page shows it: at the URL of the pages, without what is new each time.
fn shown(text: &str, port: &str) -> String {
    let (origin, host) = (ITS_URL.trim_end_matches(SERVER), "mcp.example.com");
    let text = text.replace(&format!("http://127.0.0.1:{port}"), origin);
    let text = text.replace(&format!("127.0.0.1:{port}"), host);
    let mut shown = String::new();
    for line in text.lines() {
        let line = match line.split_once("/authorize?") {
            Some((before, _)) => format!("{before}/authorize?…"),
            None => without_ports(line),
        };
        shown += line.trim_end();
        shown += "\n";
    }
    shown
}

/// The port at which the answer of a login arrives is whatever was free.
fn without_ports(line: &str) -> String {
    let mut parts = line.split("127.0.0.1:");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += "127.0.0.1:…";
        text += part.trim_start_matches(|digit: char| digit.is_ascii_digit());
    }
    text
}

/// Compares with the page, or writes it.
fn compare(record: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    #[expect(clippy::disallowed_methods, reason = "the task that writes pages says so")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&page, record).unwrap();
        return;
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(written, record, "the page is stale: `cargo xtask docs` writes it anew");
}
