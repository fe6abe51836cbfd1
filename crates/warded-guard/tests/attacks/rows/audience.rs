//! P01 to P15: for whom is the token? Every near miss of the server's own name is somebody else's.

use serde_json::{Value, json};

use crate::{
    expected::{
        Expected::{self, Admitted},
        bad_token,
    },
    row::{Row, claim, made, token},
    run::hold,
    stage::{ALIAS, HERE, THERE, THERE_ALIAS},
};

#[tokio::test]
async fn no_token_for_somebody_else_is_admitted() {
    hold(rows()).await;
}

const ELSEWHERE: Expected = bad_token("audience-elsewhere");
const UNKNOWN: Expected = bad_token("audience-unknown");
const SHARED: Expected = bad_token("audience-shared");
const MALFORMED: Expected = bad_token("audience-malformed");

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = neighbour();
    rows.extend(missing());
    rows.extend(
        NO_TEXT.iter().map(|value| claim("P03", "aud", serde_json::from_str(value).unwrap(), MALFORMED)),
    );
    rows.push(claim("P03", "aud", Value::from(vec![HERE; 33]), MALFORMED));
    for (case, spellings) in STRANGERS {
        rows.extend(spellings.iter().map(|text| claim(case, "aud", json!(text), UNKNOWN)));
    }
    rows.extend(SPELLINGS_OF_HERE.iter().map(|(case, text)| claim(case, "aud", json!(text), Admitted)));
    rows.push(claim("P06", "aud", json!(THERE), ELSEWHERE));
    rows.extend(several());
    rows
}

/// Genuine tokens of the same issuer, each of which opens the neighbour.
fn neighbour() -> Vec<Row> {
    let kinds = ["ed", "ec", "rsa"].map(|kind| {
        let name = format!("opens the neighbour, signed by the {kind} key");
        token("P01", name, ELSEWHERE, move |scene| scene.theirs().with(kind).text())
    });
    let alias = token("P01", "opens the neighbour by its alias", ELSEWHERE, |scene| {
        scene.theirs().claim("aud", THERE_ALIAS).text()
    });
    let listed = token("P01", "opens the neighbour by a list", ELSEWHERE, |scene| {
        scene.theirs().claim("aud", json!([THERE])).text()
    });
    let spelt = token("P01", "opens the neighbour in capitals", ELSEWHERE, |scene| {
        scene.theirs().claim("aud", "HTTPS://MCP.example.com:443/files/mcp").text()
    });
    let bob = token("P01", "opens the neighbour and has the scopes of here", ELSEWHERE, |scene| {
        scene.theirs().claim("scope", "notes:read notes:write").claim("resource", HERE).text()
    });
    kinds.into_iter().chain([alias, listed, spelt, bob]).map(Row::opens_neighbour).collect()
}

fn missing() -> [Row; 4] {
    const MISSING: Expected = bad_token("audience-missing");
    let beside = |name: &'static str| {
        made("P02", format!("no `aud`, but the server in `{name}`"), MISSING, move |_, good| {
            good.no_claim("aud").claim(name, HERE)
        })
    };
    let none = made("P02", "no `aud`", MISSING, |_, good| good.no_claim("aud"));
    [none, beside("client_id"), beside("resource"), beside("audience")]
}

const NO_TEXT: &[&str] = &[
    r#""""#,
    "[]",
    "null",
    "7",
    "true",
    "{}",
    r#"{"0":"https://mcp.example.com/notes/mcp"}"#,
    r#"[""]"#,
    "[null]",
    r#"["https://mcp.example.com/notes/mcp",null]"#,
    r#"["https://mcp.example.com/notes/mcp",""]"#,
    r#"["https://mcp.example.com/notes/mcp",7]"#,
    r#"[["https://mcp.example.com/notes/mcp"]]"#,
];

/// What is nearly the server's name.
const STRANGERS: &[(&str, &[&str])] = &[
    (
        "P04",
        &[
            "*",
            "https://*",
            "https://*.example.com/notes/mcp",
            "https://mcp.example.com/*",
            "https://mcp.example.com/notes/.*",
            "https://mcp.example.com/%2A",
            ".*",
        ],
    ),
    (
        "P05",
        &[
            "https://mcp.example.com.evil.test/notes/mcp",
            "https://evilmcp.example.com/notes/mcp",
            "https://evil.mcp.example.com/notes/mcp",
            "https://evil.test/mcp.example.com/notes/mcp",
            "https://evil.test/https://mcp.example.com/notes/mcp",
            "https://mcp.example.com./notes/mcp",
            "https://mcp.example.co/notes/mcp",
            "https://example.com/notes/mcp",
            "mcp.example.com/notes/mcp",
            "mcp.example.com",
            "notes",
        ],
    ),
    (
        "P06",
        &[
            "https://mcp.example.com",
            "https://mcp.example.com/",
            "https://mcp.example.com/notes",
            "https://mcp.example.com/notes/mcp2",
            "https://mcp.example.com/notes/mc",
            "https://mcp.example.com/notes/mcp/sub",
            "https://mcp.example.com/mcp",
            "https://notes.example.com",
            "/notes/mcp",
        ],
    ),
    (
        "P07",
        &[
            "https://mcp.example.com/notes/mcp/",
            "https://mcp.example.com/notes//mcp",
            "https://mcp.example.com//notes/mcp",
            "https://notes.example.com/mcp/",
        ],
    ),
    (
        "P08",
        &[
            "https://mcp.example.com/NOTES/MCP",
            "https://mcp.example.com/notes/MCP",
            "https://mcp.example.com/Notes/mcp",
        ],
    ),
    (
        "P09",
        &[
            "https://mcp.example.com:8443/notes/mcp",
            "https://mcp.example.com:80/notes/mcp",
            "https://mcp.example.com:0443/notes/mcp",
            "https://mcp.example.com:/notes/mcp",
            "https://mcp.example.com:4430/notes/mcp",
            "https://mcp.example.com:65979/notes/mcp",
        ],
    ),
    (
        "P10",
        &[
            "http://mcp.example.com/notes/mcp",
            "http://mcp.example.com:443/notes/mcp",
            "ws://mcp.example.com/notes/mcp",
            "wss://mcp.example.com/notes/mcp",
            "//mcp.example.com/notes/mcp",
            "https:mcp.example.com/notes/mcp",
            "https:/mcp.example.com/notes/mcp",
            "urn:https://mcp.example.com/notes/mcp",
        ],
    ),
    (
        "P11",
        &[
            "https://mcp.example.com@evil.test/notes/mcp",
            "https://evil.test@mcp.example.com/notes/mcp",
            "https://user:word@mcp.example.com/notes/mcp",
            "https://mcp.example.com:443@evil.test/notes/mcp",
            "https://@mcp.example.com/notes/mcp",
            "https://mcp.example.com%40evil.test/notes/mcp",
        ],
    ),
    (
        "P12",
        &[
            "https://mcp.example.com/notes%2Fmcp",
            "https://mcp.example.com/notes%2fmcp",
            "https://mcp.example.com/files/../notes/mcp",
            "https://mcp.example.com/files/%2e%2e/notes/mcp",
            "https://mcp.example.com/notes/./mcp",
            "https://mcp.example.com/notes/mcp/..;/mcp",
            "https://mcp.example.com/%256eotes/mcp",
            "https://mcp.example.com/notes/mcp%00",
            "https://mcp.example.com/notes/mcp%C0%AF",
            "https://mcp%2eexample.com/notes/mcp",
            "https://mcp.example.com\\notes\\mcp",
            "https:\\\\mcp.example.com/notes/mcp",
            "https://m\u{441}p.example.com/notes/mcp",
            "https://xn--mp-7ed.example.com/notes/mcp",
            "https://\u{ff4d}cp.example.com/notes/mcp",
            "https://mcp\u{3002}example.com/notes/mcp",
            "https://m\u{ad}cp.example.com/notes/mcp",
            "https://mcp.example.com/notes/mcp\u{200b}",
            "https://mcp.example.com/n\u{43e}tes/mcp",
            " https://mcp.example.com/notes/mcp",
            "https://mcp.example.com/notes/mcp ",
            "https://mcp.example.com/notes/mcp\n",
            "https://mcp.example.com/notes/\tmcp",
            "https://mcp.example.com/notes/mcp\0",
        ],
    ),
    (
        "P13",
        &[
            "https://mcp.example.com/notes/mcp#",
            "https://mcp.example.com/notes/mcp#x",
            "https://mcp.example.com/notes/mcp?",
            "https://mcp.example.com/notes/mcp?x=1",
            "https://mcp.example.com/notes/mcp?#",
            "https://mcp.example.com/notes/mcp;x=1",
        ],
    ),
    (
        "P15",
        &[
            "https://mcp.example.com/notes/mcp https://mcp.example.com/files/mcp",
            "https://mcp.example.com/notes/mcp,https://mcp.example.com/files/mcp",
            "x,https://mcp.example.com/notes/mcp",
            "https://mcp.example.com/notes/mcp;",
            "[\"https://mcp.example.com/notes/mcp\"]",
            "\"https://mcp.example.com/notes/mcp\"",
            "<https://mcp.example.com/notes/mcp>",
        ],
    ),
    // The names of clients and accounts are nobody's server.
    ("G26", &["agent", "account", "alice"]),
];

/// RFC 3986 §6.2.2: other spellings of the very same name.
const SPELLINGS_OF_HERE: &[(&str, &str)] = &[
    ("P08", "HTTPS://MCP.EXAMPLE.COM/notes/mcp"),
    ("P08", "hTTps://mcp.Example.com/notes/mcp"),
    ("P09", "https://mcp.example.com:443/notes/mcp"),
    ("P12", "https://mcp.example.com/%6eotes/mcp"),
    ("P07", ALIAS),
];

/// P14: whoever shares a token can use it at the others.
fn several() -> Vec<Row> {
    let list = |values: &[&str], expected| claim("P14", "aud", json!(values), expected);
    vec![
        list(&[HERE, THERE], SHARED),
        list(&[THERE, HERE], SHARED),
        list(&[HERE, THERE_ALIAS], SHARED),
        list(&[HERE, "HTTPS://mcp.example.com/files/mcp"], SHARED),
        list(&[HERE, "https://other.example/mcp"], SHARED),
        list(&[HERE, HERE, "https://other.example/mcp"], SHARED),
        list(&[HERE, "account"], SHARED),
        list(&[HERE, "agent"], SHARED),
        list(&[HERE, "*"], SHARED),
        list(&["https://other.example/mcp", "https://another.example/mcp"], UNKNOWN),
        list(&[THERE, "https://other.example/mcp"], ELSEWHERE),
        list(&[HERE], Admitted),
        list(&[HERE, HERE], Admitted),
        list(&[HERE, ALIAS], Admitted),
    ]
}
