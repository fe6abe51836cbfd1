//! P28 to P30: what a request says of its revision, session, host or page moves the server nowhere.

use serde_json::json;
use warded_client::challenge::Challenge;

use crate::{
    expected::{
        Expected::{self, Admitted},
        bad_token, incurable, no_scope, no_token,
    },
    row::{Row, claim, made, row},
    run::hold,
    stage::{DOCUMENT, HERE_PATH, Scene},
    wire::{Outgoing, ping},
};

#[tokio::test]
async fn nothing_in_a_request_moves_the_server() {
    hold(rows()).await;
}

/// G06 the other way round: a name that is the server's own is answered with the document of that name.
#[tokio::test]
async fn an_alias_on_another_host_leads_to_its_own_document_and_a_strangers_host_does_not() {
    let scene = Scene::strict().await;
    for (host, document) in [
        ("notes.example.com", "https://notes.example.com/.well-known/oauth-protected-resource/notes/mcp"),
        ("mcp.example.com", DOCUMENT),
        ("evil.test", DOCUMENT),
    ] {
        let answer = scene.send(&Outgoing::honest(&http::Method::POST, None).set("Host", host)).await;
        let challenges = Challenge::all(&answer.headers).unwrap();
        assert!(!challenges.is_empty());
        for challenge in challenges {
            assert_eq!(challenge.resource_metadata.as_deref(), Some(document), "{host}");
        }
    }
}

const ELSEWHERE: Expected = bad_token("audience-elsewhere");
const FOREIGN: Expected = incurable(403, "origin-foreign");
const ABSENT: Expected = no_token("token-absent");

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = revisions();
    rows.extend(sessions());
    rows.extend(hosts());
    rows.extend(methods());
    rows.extend(pages());
    rows.extend(scopes());
    rows
}

const REVISION: &str = "MCP-Protocol-Version";

/// P28: which rules a request is read by is no reason not to look at its token.
fn revisions() -> Vec<Row> {
    let mut rows = Vec::new();
    for revision in [
        "2024-11-05",
        "2025-03-26",
        "2025-06-18",
        "2025-11-25",
        "2026-07-28",
        "1999-01-01",
        "9999-12-31",
        "",
        "latest",
        "2025-11-25, 2025-06-18",
        "2025-11-25\u{e9}",
    ] {
        let named = row(
            "P28",
            format!("the neighbour's token, revision {revision:?}"),
            ELSEWHERE,
            move |scene, request| request.bearer(&scene.theirs().text()).set(REVISION, revision),
        );
        rows.push(named.opens_neighbour());
        rows.push(row("P28", format!("no token, revision {revision:?}"), ABSENT, move |_, request| {
            request.set(REVISION, revision)
        }));
    }
    // Rows whose neighbour could not read the request either are shown to nobody first.
    for row in &mut rows {
        row.opens_neighbour = row.opens_neighbour && row.name.contains("2025-03-26");
    }
    for revision in ["2024-11-05", "1999-01-01", "", "latest", "2025-11-25, 2025-06-18"] {
        let unsupported = incurable(400, "revision-unsupported");
        rows.push(row(
            "P28",
            format!("a good token, revision {revision:?}"),
            unsupported,
            move |scene, request| request.bearer(&scene.good().text()).set(REVISION, revision),
        ));
    }
    rows.push(row(
        "P28",
        "a good token, two revisions",
        incurable(400, "header-disagrees"),
        |scene, request| {
            request
                .bearer(&scene.good().text())
                .set(REVISION, "2025-06-18")
                .add("mcp-protocol-version", "2025-11-25")
        },
    ));
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        rows.push(row(
            "P28",
            format!("a good token, revision {revision:?}"),
            Admitted,
            move |scene, request| request.bearer(&scene.good().text()).set(REVISION, revision),
        ));
    }
    rows.into_iter().map(Row::names_revision).collect()
}

/// P28: nor is the method. In place of a message's, so that there is something to do.
fn methods() -> Vec<Row> {
    let mut rows = Vec::new();
    for method in ["PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "post", "get", "Delete"] {
        let by = |name: &str, expected, token: fn(&Scene) -> Option<String>| {
            row("P28", format!("{name}, by {method}"), expected, move |scene, request| {
                token(scene).iter().fold(request.by(method), |request, token| request.bearer(token))
            })
        };
        rows.push(by("no token", ABSENT, |_| None));
        rows.push(by("the neighbour's token", ELSEWHERE, |scene| Some(scene.theirs().text())));
        rows.push(by("a good token", incurable(405, "method-refused"), |scene| Some(scene.good().text())));
    }
    let hidden = row("G17", "a good token, and a message where there is none", Admitted, |scene, request| {
        request.bearer(&scene.good().text()).saying("application/json", &ping().to_string())
    });
    // A browser that asks whether a page may send something is told, and reaches nobody.
    rows.push(row(
        "G24",
        "no token, by OPTIONS as a browser asks for a foreign page",
        FOREIGN,
        |_, request| {
            let asked = request.by("OPTIONS").add("Origin", "https://evil.test");
            asked
                .add("Access-Control-Request-Method", "POST")
                .add("Access-Control-Request-Headers", "authorization")
        },
    ));
    rows.into_iter().map(Row::in_messages).chain([hidden]).collect()
}

/// P29: a session says where a conversation stands, never who has it.
fn sessions() -> Vec<Row> {
    let with = |request: Outgoing| request.add("Mcp-Session-Id", "1868a90c-7f3a-4f6e-8a51-3f1c2b7d9e00");
    vec![
        row("P29", "a session, and no token", ABSENT, move |_, request| with(request)),
        row("P29", "a session, and the neighbour's token", ELSEWHERE, move |scene, request| {
            with(request.bearer(&scene.theirs().text()))
        })
        .opens_neighbour(),
        row("P29", "a session, and an expired token", bad_token("expired"), move |scene, request| {
            with(request.bearer(&scene.good_at(scene.now() - 3600).text()))
        }),
        row("P29", "a token instead of a session", ABSENT, |scene, request| {
            request.add("Mcp-Session-Id", scene.good().text())
        }),
        row("P29", "an event to resume from, and no token", ABSENT, |_, request| {
            request.add("Last-Event-ID", "7")
        }),
    ]
}

/// P30: whose name a request calls the server by.
fn hosts() -> Vec<Row> {
    type Move = fn(Outgoing) -> Outgoing;
    let moves: [(&str, Move); 16] = [
        ("Host of the neighbour", |request| request.set("Host", "files.example.com")),
        ("Host of nobody", |request| request.set("Host", "evil.test")),
        ("a second Host", |request| request.add("Host", "files.example.com")),
        ("no Host", |request| request.without("Host")),
        ("X-Forwarded-Host", |request| request.add("X-Forwarded-Host", "files.example.com")),
        ("X-Forwarded-Proto and -Port", |request| {
            request.add("X-Forwarded-Proto", "http").add("X-Forwarded-Port", "8080")
        }),
        ("X-Forwarded-Prefix", |request| request.add("X-Forwarded-Prefix", "/files")),
        ("X-Forwarded-Server", |request| request.add("X-Forwarded-Server", "files.example.com")),
        ("X-Host", |request| request.add("X-Host", "files.example.com")),
        ("Forwarded", |request| request.add("Forwarded", "host=files.example.com;proto=https")),
        ("X-Original-URL", |request| request.add("X-Original-URL", "/files/mcp")),
        ("X-Rewrite-URL", |request| request.add("X-Rewrite-URL", "/files/mcp")),
        ("X-Original-Host", |request| request.add("X-Original-Host", "files.example.com")),
        ("an absolute target", |request| request.to("http://files.example.com/notes/mcp")),
        ("a query with the neighbour's name", |request| {
            request.to(&format!("{HERE_PATH}?resource=https://mcp.example.com/files/mcp"))
        }),
        ("X-HTTP-Method-Override", |request| request.add("X-HTTP-Method-Override", "OPTIONS")),
    ];
    let mut rows = Vec::new();
    for (name, change) in moves {
        rows.push(row("P30", format!("the neighbour's token, {name}"), ELSEWHERE, move |scene, request| {
            change(request.bearer(&scene.theirs().text()))
        }));
        // G06: where a client is sent to get a token is the server's own document, whatever it was called.
        rows.push(row("G06", format!("no token, {name}"), ABSENT, move |_, request| change(request)));
    }
    let derived = |name: &str, aud: &'static str, change: Move| {
        row("P30", name, bad_token("audience-unknown"), move |scene: &Scene, request| {
            change(request.bearer(&scene.good().claim("aud", aud).text()))
        })
    };
    rows.push(derived("a token for what the Host says", "https://evil.test/notes/mcp", |request| {
        request.set("Host", "evil.test")
    }));
    rows.push(derived("a token for what X-Forwarded-Host says", "http://evil.test/notes/mcp", |request| {
        request.add("X-Forwarded-Host", "evil.test").add("X-Forwarded-Proto", "http")
    }));
    rows.push(derived("a token for what the target says", "http://evil.test/notes/mcp", |request| {
        request.to("http://evil.test/notes/mcp")
    }));
    rows
}

/// G24: a page that somebody visits drives nothing, with a good token neither.
fn pages() -> Vec<Row> {
    let mut rows = Vec::new();
    for origin in [
        "https://evil.test",
        "null",
        "",
        "http://mcp.example.com",
        "https://mcp.example.com:8443",
        "https://mcp.example.com.evil.test",
        "https://evilmcp.example.com",
        "https://mcp.example.com/notes",
        "https://mcp.example.com https://evil.test",
        "https://evil.test@mcp.example.com",
        "https://mcp.example.com\u{e9}",
    ] {
        rows.push(row(
            "G24",
            format!("a good token, from the page of {origin:?}"),
            FOREIGN,
            move |scene, request| request.bearer(&scene.good().text()).add("Origin", origin),
        ));
    }
    rows.push(row("G24", "a good token, from two pages", FOREIGN, |scene, request| {
        request
            .bearer(&scene.good().text())
            .add("Origin", "https://mcp.example.com")
            .add("Origin", "https://evil.test")
    }));
    rows.push(row("G24", "a good token, from the server's own page", Admitted, |scene, request| {
        request.bearer(&scene.good().text()).add("Origin", "https://mcp.example.com")
    }));
    rows
}

/// G14: what every request needs, every request needs.
fn scopes() -> Vec<Row> {
    let mut rows: Vec<_> =
        ["", "notes:write", "notes", "notes:readx", "NOTES:READ", "notes:read,notes:write", "other"]
            .map(|scope| claim("G14", "scope", json!(scope), no_scope()))
            .into();
    rows.push(made("G14", "no `scope`", no_scope(), |_, good| good.no_claim("scope")));
    rows.push(claim("G14", "scope", json!(["notes:read"]), bad_token("claim-malformed")));
    rows.push(made("G14", "`scope` and `scp` differ", bad_token("claim-malformed"), |_, good| {
        good.claim("scp", json!(["notes:read", "notes:write"]))
    }));
    rows
}
