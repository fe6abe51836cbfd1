//! Files that are broken, or meant to break whoever reads them.

use super::{SECRET, file, judged};
use crate::{
    configs::{File, judge},
    finding::Why,
};

/// A file of each syntax.
const FILES: [&str; 3] = [".mcp.json", ".codex/config.toml", ".config/goose/config.yaml"];

fn whys(path: &str, bytes: Vec<u8>) -> Vec<Why> {
    let judged = judge(&[File { bytes, ..file(path, "") }]);
    judged.unseen.iter().map(|unseen| unseen.why).collect()
}

#[test]
fn what_is_too_large_is_not_read() {
    for path in FILES {
        assert_eq!(whys(path, vec![b' '; 10 << 20]), [Why::Large], "{path}");
    }
}

#[test]
fn what_is_no_text_is_not_read() {
    for path in FILES {
        assert_eq!(whys(path, b"{\"mcpServers\": \"\xff\xfe\"}".to_vec()), [Why::Binary], "{path}");
        assert_eq!(
            whys(path, "{}".encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect()),
            [Why::Binary]
        );
    }
}

#[test]
fn brackets_without_end_are_told() {
    let deep = 100_000;
    let texts = [
        "[".repeat(deep),
        "{\"a\":".repeat(deep),
        "{\"mcpServers\":{\"a\":".to_owned() + &"{\"a\":".repeat(deep) + &"}".repeat(deep) + "}}",
        "a = ".to_owned() + &"[".repeat(deep),
        "a = ".to_owned() + &"[".repeat(deep) + &"]".repeat(deep),
        "a = ".to_owned() + &"{a = ".repeat(deep),
        "a".to_owned() + &".a".repeat(deep) + " = 1",
        "[a".to_owned() + &".a".repeat(deep) + "]",
        "- ".repeat(deep),
        "a: ".to_owned() + &"[".repeat(deep),
        "? ".repeat(deep),
        (0..2_000).flat_map(|depth| [" ".repeat(depth), "a:\n".to_owned()]).collect(),
        "\"".repeat(deep),
        "/*".repeat(deep),
        "//".repeat(deep),
        "\\".repeat(deep),
        "'''".repeat(deep),
    ];
    for path in FILES {
        for text in &texts {
            let told = whys(path, text.clone().into_bytes());
            assert!(told.len() <= 1, "{told:?}");
        }
    }
    assert_eq!(whys(".mcp.json", texts[0].clone().into_bytes()), [Why::Deep]);
    assert_eq!(whys(".mcp.json", texts[2].clone().into_bytes()), [Why::Deep]);
    assert_eq!(whys(".config/goose/config.yaml", texts[8].clone().into_bytes()), [Why::Deep]);
}

#[test]
fn names_of_yaml_do_not_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        let names = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{names}]\n"));
    }
    assert_eq!(whys(".config/goose/config.yaml", text.into_bytes()), [Why::Deep]);
    // A name within itself is no name yet.
    assert_eq!(whys(".config/goose/config.yaml", b"extensions: &a {b: *a, <<: *a}\n".to_vec()), []);
    // A long text, many times.
    let text = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 10_000].join(", "));
    assert_eq!(whys(".config/goose/config.yaml", text.into_bytes()), [Why::Deep]);
}

#[test]
fn wrong_types_are_no_servers() {
    for value in [
        "null",
        "1",
        "\"x\"",
        "true",
        "[]",
        "{}",
        "[1]",
        "[[]]",
        "[{}]",
        "{\"a\": 1}",
        "{\"a\": []}",
        "{\"a\": null}",
        "{\"a\": {}}",
        "{\"a\": {\"url\": 1, \"headers\": 1, \"env\": 1, \"args\": 1, \"command\": 1}}",
        "{\"a\": {\"url\": [], \"headers\": [[]], \"env\": [[{}]], \"args\": {\"a\": {}}, \"command\": {}}}",
        "{\"a\": {\"url\": {}, \"headers\": \"x\", \"env\": \"x\", \"args\": \"x\", \"command\": [null]}}",
        "{\"\": {\"\": \"\", \"headers\": {\"\": \"\"}, \"env\": {\"\": \"\"}, \"args\": [\"\", \"-\", \"--\", \"=\", \"--=\", \":\"], \"command\": \"\"}}",
    ] {
        for text in [
            value.to_owned(),
            format!("{{\"mcpServers\": {value}}}"),
            format!("{{\"projects\": {{\"x\": {{\"mcpServers\": {value}}}}}}}"),
        ] {
            let judged = judged(".mcp.json", &text);
            assert!(judged.findings.is_empty() && judged.unseen.is_empty(), "{text}");
        }
    }
    let text = format!("{{\"mcpServers\": [{{\"name\": 1, \"env\": {{\"API_TOKEN\": \"{SECRET}\"}}}}]}}");
    assert_eq!(
        judged(".mcp.json", &text).findings[0].message,
        "`mcpServers.1.env.API_TOKEN` holds a value that looks random, under a name for secrets"
    );
}

#[test]
fn what_stands_before_a_mistake_is_judged() {
    let text = format!("{{\"mcpServers\": {{\"a\": {{\"env\": {{\"API_TOKEN\": \"{SECRET}\"}}}}, oops");
    let judged = judged(".mcp.json", &text);
    assert_eq!(judged.findings.len(), 1);
    assert_eq!(judged.findings[0].fix, None, "a file that cannot be read is not written to");
    assert_eq!(judged.unseen[0].span, Some(text.find("oops").unwrap()..text.len()));
}

#[test]
fn long_lists_take_no_time_to_speak_of() {
    let many = 5_000;
    let servers = |settings: &dyn Fn(usize) -> String| {
        let all: Vec<_> = (0..many).map(|at| format!("\"s{at}\": {{{}}}", settings(at))).collect();
        format!("{{\"mcpServers\": {{{}}}}}", all.join(", "))
    };
    let texts = [
        servers(&|at| format!("\"env\": {{\"API_TOKEN\": \"{SECRET}{at}\"}}")),
        servers(&|at| format!("\"url\": \"http://h{at}.example.com/?token={SECRET}\"")),
        servers(&|_| "\"args\": [\"-c\", \"-c x\"]".to_owned()),
        format!(
            "{{\"mcpServers\": {{\"a\": {{\"env\": {{\"API_TOKEN\": \"{}\"}}}}}}}}",
            "${".repeat(250_000)
        ),
        format!("{{\"mcpServers\": {{\"a\": {{\"command\": \"{}\"}}}}}}", "' \\\" ".repeat(100_000)),
        format!("{{\"mcpServers\": {{\"a\": {{\"url\": \"https://x/?{}\"}}}}}}", "token=1&".repeat(100_000)),
        format!(
            "{{\"mcpServers\": {{\"a\": {{\"url\": \"https://x/?{}\"}}}}}}",
            format!("token={SECRET}&").repeat(2_000)
        ),
        format!("{{\"mcpServers\": {{\"a\": {{\"args\": [{}]}}}}}}", vec!["\"-H\""; 100_000].join(",")),
        format!(
            "{{\"mcpServers\": {{\"a\": {{\"env\": {{\"{}\": \"{SECRET}\"}}}}}}}}",
            "TOKEN_".repeat(100_000)
        ),
        format!(
            "{{\"mcpServers\": {{\"a\": {{\"env\": {{\"A\": \"{}\"}}}}}}}}",
            format!("bearer {SECRET} ").repeat(2_000)
        ),
    ];
    for text in texts {
        // No clock here: what is quadratic would not end.
        let judged = judged(".mcp.json", &text);
        assert_eq!(judged.unseen, []);
    }
}
