//! Ten thousand servers, and one overlap that no person would see.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "how long it takes is printed, and nothing depends on it"
)]

mod run;

use std::{fmt::Write as _, time::Instant};

use run::warded;
use serde_json::Value;

const SERVERS: usize = 10_000;
const ISSUERS: usize = 50;
/// In the middle, and far from the other one.
const HIDDEN: usize = 5_003;
const TWIN: usize = 1_234;

fn resource(server: usize) -> String {
    format!("https://mcp{}.example.com/team-{server}/mcp", server % 7)
}

/// Every server has an alias and an extra audience; `special` says what to write as the resource of some.
fn fleet(special: impl Fn(usize) -> Option<String>) -> String {
    let mut text = "servers:\n".to_owned();
    for server in 0..SERVERS {
        let resource = special(server).unwrap_or_else(|| resource(server));
        writeln!(
            text,
            "  server-{server}:\n    resource: {resource}\n    aliases: [https://old.example.com/{server}]\n    issuers: [issuer-{}]",
            server % ISSUERS,
        )
        .unwrap();
    }
    text += "issuers:\n";
    for issuer in 0..ISSUERS {
        writeln!(
            text,
            "  issuer-{issuer}:\n    url: https://login.example.com/realms/{issuer}\n    audiences:"
        )
        .unwrap();
        for server in (issuer..SERVERS).step_by(ISSUERS) {
            writeln!(text, "      server-{server}: [api://{server}]").unwrap();
        }
    }
    text
}

/// What `warded check` says of a fleet, as text and to programs, and how it exits.
fn check(what: &str, text: &str) -> (String, Value, Option<i32>) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("warded.yaml");
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let start = Instant::now();
    let said = warded(&["check", path], b"");
    println!("{what}: {:?} for {} KiB", start.elapsed(), text.len() / 1024);
    let told = warded(&["check", path, "--format", "json"], b"");
    assert_eq!(said.status.code(), told.status.code());
    (
        String::from_utf8(said.stdout).unwrap(),
        serde_json::from_slice(&told.stdout).unwrap(),
        said.status.code(),
    )
}

#[test]
fn one_hidden_overlap_among_ten_thousand_servers_is_found() {
    // The same server to every party, and another text: case, the scheme's own port, an encoded letter.
    let disguised = format!("HTTPS://Mcp{}.Example.com:443/te%61m-{TWIN}/mcp", TWIN % 7);
    let text = fleet(|server| (server == HIDDEN).then(|| disguised.clone()));
    let line = |wanted: &str| text.lines().position(|line| line.ends_with(wanted)).unwrap() + 1;
    let (first, second) = (line(&format!(" {}", resource(TWIN))), line(&disguised));

    let (said, told, exit) = check("one overlap", &text);
    assert_eq!(exit, Some(14), "{said}");
    assert!(said.ends_with("not proved; 1 error\n"), "{said}");
    assert_eq!(told["disjoint"], false);
    let findings = told["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    let message = findings[0]["message"].as_str().unwrap();
    for part in [format!("`server-{TWIN}`"), format!("`server-{HIDDEN}`"), format!("`{}`", resource(TWIN))] {
        assert!(message.contains(&part) && said.contains(&part), "{message}");
    }
    let places = findings[0]["places"].as_array().unwrap();
    let lines: Vec<_> = places.iter().map(|place| place["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [second as u64, first as u64]);
    for line in [first, second] {
        assert!(said.contains(&format!("{line} | ")), "{said}");
    }
}

#[test]
fn the_same_fleet_without_it_is_proved() {
    let (said, told, exit) = check("proved", &fleet(|_| None));
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.ends_with("10000 servers, 50 issuers: no token is admitted at two servers.\n"), "{said}");
    assert_eq!(told["disjoint"], true);
    assert_eq!(told["servers"].as_array().unwrap().len(), SERVERS);
}

#[test]
fn a_fleet_in_which_everything_overlaps_is_answered_briefly() {
    let (said, told, exit) = check("all overlap", &fleet(|_| Some(resource(0))));
    assert_eq!(exit, Some(14));
    assert_eq!(told["findings"].as_array().unwrap().len(), SERVERS - 1);
    assert!(said.contains("more findings"), "{said}");
    assert!(said.len() < 100_000, "{} bytes", said.len());
}
