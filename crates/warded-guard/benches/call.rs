//! What does reading a call cost beside building a tree of it?
//!
//! Bare is `serde_json` into a `Value`, which keeps everything and sees no trick: members that stand twice are lost in
//! it. Ours looks at every name and keeps the few that count. `rows` are many short members, as a table of results has
//! them; `text` is one long text with escapes, as a file has it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot start has nothing to measure"
)]

use std::{hint::black_box, rc::Rc};

use http::HeaderMap;
use serde_json::{Value, json};
use warded_guard::Call;

#[path = "../../warded-core/benches/rounds/mod.rs"]
mod rounds;

use rounds::{Pair, Title};

const SIZES: [(&str, usize); 3] = [("1KiB", 1 << 10), ("64KiB", 1 << 16), ("1MiB", 1 << 20)];

fn main() {
    let title = Title { case: "a call of", bare: "serde_json into a tree", whole: "read" };
    let pairs = SIZES.into_iter().flat_map(|(name, bytes)| {
        [pair(&format!("rows-{name}"), &rows(bytes)), pair(&format!("text-{name}"), &text(bytes))]
    });
    rounds::run(&title, pairs.collect());
}

fn pair(name: &str, message: &str) -> Pair {
    let message: Rc<str> = message.into();
    let (bare, whole) = (Rc::clone(&message), Rc::clone(&message));
    let headers = HeaderMap::new();
    Pair {
        name: name.into(),
        bytes: message.len(),
        bare: Box::new(move || {
            let tree: Value = serde_json::from_slice(black_box(bare.as_bytes())).unwrap();
            black_box(tree);
        }),
        whole: Box::new(move || {
            let call = Call::read(black_box(whole.as_bytes()), &headers).unwrap();
            assert_eq!(black_box(call).messages().len(), 1);
        }),
    }
}

/// A call with arguments, which takes about so many bytes.
fn call(arguments: &Value) -> String {
    let params = json!({
        "name": "import_rows", "arguments": arguments,
        "_meta": { "progressToken": "5d0c3a6e", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
    });
    json!({ "jsonrpc": "2.0", "id": 17, "method": "tools/call", "params": params }).to_string()
}

fn rows(bytes: usize) -> String {
    let row = |number: usize| {
        json!({
            "id": number, "title": "Minutes of the meeting", "tags": ["work", "2026", "draft"], "score": 0.75,
            "owner": { "name": "Zoë Example", "mail": "zoe@example.com" }, "archived": false,
        })
    };
    let count = bytes.saturating_sub(250) / row(1000).to_string().len();
    call(&json!({ "rows": (0..count.max(1)).map(row).collect::<Vec<_>>() }))
}

fn text(bytes: usize) -> String {
    let line = "A line of a file, with \"quotes\", a tab\tand an é in it.\n";
    let count = bytes.saturating_sub(250) / (line.len() + 4);
    call(&json!({ "path": "notes/today.md", "content": line.repeat(count.max(1)) }))
}
