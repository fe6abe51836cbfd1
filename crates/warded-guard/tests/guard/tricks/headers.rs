//! What a header can do to say something else than the body.

use http::HeaderValue;

use super::{DISAGREES, Fate, Fate::Through, MEDIA, check};
use crate::stage::{Door, good};

const UNSUPPORTED: Fate = Fate::Refused(400, "revision-unsupported");

/// What the headers are held against.
#[derive(Clone, Copy)]
pub(super) enum Body {
    /// A ping without a revision.
    Ping,
    /// A call of `read` in 2026-07-28.
    Call,
    /// A call of a tool whose name is this.
    Of(&'static str),
    /// A list of tools in 2026-07-28.
    List,
    /// An answer.
    Answer,
}

impl Body {
    fn text(self) -> String {
        let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
        match self {
            Self::Ping => r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.into(),
            Self::Call => Self::Of("read").text(),
            Self::Of(name) => {
                let name = serde_json::Value::from(name);
                format!(
                    r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":{name},{meta}}}}}"#
                )
            }
            Self::List => format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{meta}}}}}"#),
            Self::Answer => r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.into(),
        }
    }
}

type Headers = &'static [(&'static str, &'static [u8])];

const TYPE: (&str, &[u8]) = ("Content-Type", b"application/json");
const NEWEST: (&str, &[u8]) = ("MCP-Protocol-Version", b"2026-07-28");
const METHOD: (&str, &[u8]) = ("Mcp-Method", b"tools/call");
const NAME: (&str, &[u8]) = ("Mcp-Name", b"read");

/// Every one: what is sent besides the credential, and what becomes of it.
pub(super) fn all() -> Vec<Trick> {
    media()
        .into_iter()
        .chain(revisions())
        .chain(methods())
        .chain(names())
        .chain(encoded_names())
        .chain(parameters())
        .collect()
}

type Trick = (&'static str, Body, Headers, Fate);

fn media() -> Vec<Trick> {
    use Body::Ping;
    vec![
        ("no type", Ping, &[], MEDIA),
        ("two types", Ping, &[TYPE, TYPE], MEDIA),
        ("two types that differ", Ping, &[TYPE, ("content-type", b"text/plain")], MEDIA),
        ("a list of types", Ping, &[("Content-Type", b"application/json, application/json")], MEDIA),
        ("another type", Ping, &[("Content-Type", b"text/json")], MEDIA),
        ("a longer type", Ping, &[("Content-Type", b"application/json+x")], MEDIA),
        ("a type with more behind it", Ping, &[("Content-Type", b"application/json x")], MEDIA),
        ("UTF-16", Ping, &[("Content-Type", b"application/json; charset=utf-16")], MEDIA),
        ("UTF-7", Ping, &[("Content-Type", b"application/json; charset=utf-7")], MEDIA),
        ("Latin-1", Ping, &[("Content-Type", b"application/json;charset=iso-8859-1")], MEDIA),
        (
            "two charsets",
            Ping,
            &[("Content-Type", b"application/json; charset=utf-8; charset=utf-16")],
            MEDIA,
        ),
        (
            "another charset in quotes",
            Ping,
            &[("Content-Type", b"application/json; charset=\"utf-16\"")],
            MEDIA,
        ),
        (
            "a charset behind a quote",
            Ping,
            &[("Content-Type", b"application/json; x=\"; charset=utf-8\"")],
            MEDIA,
        ),
        ("a type that is not ASCII", Ping, &[("Content-Type", b"application/json\xe9")], MEDIA),
        ("a form", Ping, &[("Content-Type", b"application/x-www-form-urlencoded")], MEDIA),
        ("gzip", Ping, &[TYPE, ("Content-Encoding", b"gzip")], MEDIA),
        ("gzip beside nothing", Ping, &[TYPE, ("Content-Encoding", b"identity, gzip")], MEDIA),
        (
            "gzip beside nothing, in two headers",
            Ping,
            &[TYPE, ("Content-Encoding", b"identity"), ("Content-Encoding", b"gzip")],
            MEDIA,
        ),
        ("an empty encoding", Ping, &[TYPE, ("Content-Encoding", b"")], MEDIA),
        ("another case", Ping, &[("CONTENT-TYPE", b"Application/JSON; Charset=\"UTF-8\"")], Through),
        ("a semicolon too much", Ping, &[("Content-Type", b"application/json ;")], Through),
        ("no encoding, said aloud", Ping, &[TYPE, ("Content-Encoding", b"Identity")], Through),
    ]
}

fn revisions() -> Vec<Trick> {
    use Body::{Call, List, Ping};
    vec![
        ("a revision of the past", Ping, &[TYPE, ("MCP-Protocol-Version", b"2024-11-05")], UNSUPPORTED),
        ("a revision of the future", Ping, &[TYPE, ("MCP-Protocol-Version", b"2099-01-01")], UNSUPPORTED),
        ("an empty revision", Ping, &[TYPE, ("MCP-Protocol-Version", b"")], UNSUPPORTED),
        ("a revision in quotes", Ping, &[TYPE, ("MCP-Protocol-Version", b"\"2025-11-25\"")], UNSUPPORTED),
        (
            "a list of revisions",
            Ping,
            &[TYPE, ("MCP-Protocol-Version", b"2025-11-25, 2025-11-25")],
            UNSUPPORTED,
        ),
        ("a revision in another form", Ping, &[TYPE, ("MCP-Protocol-Version", b"2025-11-25Z")], UNSUPPORTED),
        (
            "two revisions",
            Ping,
            &[TYPE, ("MCP-Protocol-Version", b"2025-11-25"), ("mcp-protocol-version", b"2025-06-18")],
            DISAGREES,
        ),
        ("a revision twice", List, &[TYPE, NEWEST, NEWEST, ("Mcp-Method", b"tools/list")], DISAGREES),
        (
            "a revision that is not ASCII",
            Ping,
            &[TYPE, ("MCP-Protocol-Version", b"2025-11-25\xa0")],
            DISAGREES,
        ),
        (
            "an older revision than the body's",
            Call,
            &[TYPE, ("MCP-Protocol-Version", b"2025-11-25"), METHOD, NAME],
            DISAGREES,
        ),
        ("no revision and one in the body", Call, &[TYPE, METHOD, NAME], DISAGREES),
        ("blanks around a revision", Ping, &[TYPE, ("MCP-Protocol-Version", b" 2025-11-25\t")], Through),
    ]
}

fn methods() -> Vec<Trick> {
    use Body::{Answer, Call, Ping};
    vec![
        ("no method", Call, &[TYPE, NEWEST, NAME], DISAGREES),
        ("an empty method", Call, &[TYPE, NEWEST, ("Mcp-Method", b""), NAME], DISAGREES),
        ("another method", Call, &[TYPE, NEWEST, ("Mcp-Method", b"tools/list"), NAME], DISAGREES),
        ("a method in another case", Call, &[TYPE, NEWEST, ("Mcp-Method", b"Tools/Call"), NAME], DISAGREES),
        ("a method with a percent", Call, &[TYPE, NEWEST, ("Mcp-Method", b"tools%2Fcall"), NAME], DISAGREES),
        (
            "a method in base64",
            Call,
            &[TYPE, NEWEST, ("Mcp-Method", b"=?base64?dG9vbHMvY2FsbA==?="), NAME],
            DISAGREES,
        ),
        ("a method in quotes", Call, &[TYPE, NEWEST, ("Mcp-Method", b"\"tools/call\""), NAME], DISAGREES),
        (
            "a method with more behind it",
            Call,
            &[TYPE, NEWEST, ("Mcp-Method", b"tools/call;q=1"), NAME],
            DISAGREES,
        ),
        (
            "a list of methods",
            Call,
            &[TYPE, NEWEST, ("Mcp-Method", b"tools/call, tools/list"), NAME],
            DISAGREES,
        ),
        ("two methods", Call, &[TYPE, NEWEST, METHOD, ("mcp-method", b"tools/list"), NAME], DISAGREES),
        ("a method twice", Call, &[TYPE, NEWEST, METHOD, METHOD, NAME], DISAGREES),
        ("a method for an answer", Answer, &[TYPE, ("Mcp-Method", b"ping")], DISAGREES),
        ("another method where none is asked for", Ping, &[TYPE, ("Mcp-Method", b"tools/call")], DISAGREES),
        ("the method where none is asked for", Ping, &[TYPE, ("Mcp-Method", b"ping")], Through),
        (
            "headers in another case",
            Call,
            &[
                TYPE,
                ("mcp-PROTOCOL-version", b"2026-07-28"),
                ("MCP-METHOD", b"\ttools/call "),
                ("mCP-nAME", b" read"),
            ],
            Through,
        ),
    ]
}

fn names() -> Vec<Trick> {
    use Body::{Call, List, Of};
    vec![
        ("no name", Call, &[TYPE, NEWEST, METHOD], DISAGREES),
        ("an empty name", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"")], DISAGREES),
        ("another name", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"wipe")], DISAGREES),
        ("a name in another case", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"Read")], DISAGREES),
        ("the beginning of the name", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"rea")], DISAGREES),
        ("a list of names", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"read, wipe")], DISAGREES),
        ("two names", Call, &[TYPE, NEWEST, METHOD, NAME, ("mcp-name", b"wipe")], DISAGREES),
        ("a name twice", Call, &[TYPE, NEWEST, METHOD, NAME, NAME], DISAGREES),
        ("a name in quotes", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"\"read\"")], DISAGREES),
        ("a name with a percent", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"%72ead")], DISAGREES),
        ("a name for a list", List, &[TYPE, NEWEST, ("Mcp-Method", b"tools/list"), NAME], DISAGREES),
        ("a name as Latin-1", Of("\u{e9}"), &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"\xe9")], DISAGREES),
        ("a name as UTF-8", Of("\u{e9}"), &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"\xc3\xa9")], DISAGREES),
    ]
}

fn encoded_names() -> Vec<Trick> {
    use Body::{Call, Of};
    vec![
        (
            "base64 of another name",
            Call,
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?d2lwZQ==?=")],
            DISAGREES,
        ),
        (
            "base64 without its end",
            Call,
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?cmVhZA?=")],
            DISAGREES,
        ),
        (
            "base64 with too much of an end",
            Call,
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?cmVhZA===?=")],
            DISAGREES,
        ),
        (
            "base64 with bits too much",
            Call,
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?cmVhZB==?=")],
            DISAGREES,
        ),
        (
            "base64 with a blank",
            Call,
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?cmVh ZA==?=")],
            DISAGREES,
        ),
        (
            "base64 of base64",
            Call,
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?Y21WaFpBPT0=?=")],
            DISAGREES,
        ),
        ("base64 of no UTF-8", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?/w==?=")], DISAGREES),
        ("base64 of nothing", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64??=")], DISAGREES),
        (
            "marks without room between them",
            Of("=?base64?="),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?=")],
            DISAGREES,
        ),
        ("marks in capitals", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?BASE64?cmVhZA==?=")], DISAGREES),
        (
            "the marks of mail",
            Call,
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?utf-8?B?cmVhZA==?=")],
            DISAGREES,
        ),
        (
            "base64 for URLs",
            Of("\u{3ff}\u{3fe}"),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?z7_Pvg==?=")],
            DISAGREES,
        ),
        (
            "a name that looks encoded, as it is",
            Of("=?base64?cmVhZA==?="),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?cmVhZA==?=")],
            DISAGREES,
        ),
        (
            "a name that is composed otherwise",
            Of("\u{e9}"),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?ZcyB?=")],
            DISAGREES,
        ),
        ("a blank that was trimmed", Of(" read"), &[TYPE, NEWEST, METHOD, ("Mcp-Name", b" read")], DISAGREES),
        ("a name in base64", Call, &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?cmVhZA==?=")], Through),
        (
            "a name that is not ASCII, in base64",
            Of("\u{e9}"),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?w6k=?=")],
            Through,
        ),
        (
            "a name that looks encoded, encoded",
            Of("=?base64?cmVhZA==?="),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?PT9iYXNlNjQ/Y21WaFpBPT0/PQ==?=")],
            Through,
        ),
        (
            "a blank in base64",
            Of(" read"),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?IHJlYWQ=?=")],
            Through,
        ),
        (
            "a name that only begins like an encoded one",
            Of("=?base64?x"),
            &[TYPE, NEWEST, METHOD, ("Mcp-Name", b"=?base64?x")],
            Through,
        ),
    ]
}

fn parameters() -> Vec<Trick> {
    use Body::Call;
    vec![
        (
            "a parameter twice",
            Call,
            &[TYPE, NEWEST, METHOD, NAME, ("Mcp-Param-A", b"x"), ("mcp-param-a", b"x")],
            DISAGREES,
        ),
        ("a parameter without a name", Call, &[TYPE, NEWEST, METHOD, NAME, ("Mcp-Param-", b"x")], DISAGREES),
        (
            "a parameter as UTF-8",
            Call,
            &[TYPE, NEWEST, METHOD, NAME, ("Mcp-Param-A", b"\xc3\xa9")],
            DISAGREES,
        ),
        (
            "a parameter in broken base64",
            Call,
            &[TYPE, NEWEST, METHOD, NAME, ("Mcp-Param-A", b"=?base64?x?=")],
            DISAGREES,
        ),
        (
            "a parameter of no UTF-8",
            Call,
            &[TYPE, NEWEST, METHOD, NAME, ("Mcp-Param-A", b"=?base64?/w==?=")],
            DISAGREES,
        ),
        (
            "a parameter between marks without room",
            Call,
            &[TYPE, NEWEST, METHOD, NAME, ("Mcp-Param-A", b"=?base64?=")],
            DISAGREES,
        ),
        (
            "parameters",
            Call,
            &[
                TYPE,
                NEWEST,
                METHOD,
                NAME,
                ("Mcp-Param-A", b"x, y\tz"),
                ("Mcp-Param-B", b"=?base64?w6k=?="),
                ("Mcp-Param-C", b""),
            ],
            Through,
        ),
    ]
}

#[tokio::test]
async fn no_header_says_something_else_than_the_body() {
    let door = Door::usual();
    for (trick, body, headers, fate) in all() {
        let mut request = good();
        request.headers_mut().unwrap().remove("Content-Type");
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
        }
        check(&door, trick, request, body.text().as_bytes(), fate).await;
    }
}
