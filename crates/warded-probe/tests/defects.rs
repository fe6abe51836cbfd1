//! Every defect fails its cases and no others, and a server without one fails none: over real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod server;

use std::num::NonZeroU32;

use serde_json::{Value, json};
use server::{Defect, Server, key, party};
use warded_probe::{CASES, Outcome, Pace, Probe, Reach, Report, Severity, Side, Verdict};

/// Two servers with that defect, and tokens with those audiences.
async fn probed_with(
    defect: Option<Defect>,
    audiences: impl Fn(&str, &str) -> (Value, Value),
) -> (Report, [Server; 2]) {
    let key = key();
    let (a, b) = (Server::start(&key, defect).await, Server::start(&key, defect).await);
    let (for_a, for_b) = audiences(&a.url, &b.url);
    let tls = warded_client::tls::client_config([]).unwrap();
    let pace = Pace::per_second(NonZeroU32::new(100_000).unwrap());
    let parties = (party(&key, &a, &for_a), party(&key, &b, &for_b));
    let probe = Probe::new(parties.0, parties.1, tls, Reach::Loopback, pace).unwrap();
    (probe.run(&mut |_| ()).await, [a, b])
}

async fn probed(defect: Option<Defect>) -> (Report, [Server; 2]) {
    // A companion that both tokens name, as Keycloak does it.
    probed_with(defect, |a, b| (json!([a, "account"]), json!([b, "account"]))).await
}

fn at(report: &Report, side: Side, verdict: Verdict) -> Vec<&'static str> {
    let is_wanted = |outcome: &&Outcome| outcome.verdict == verdict && outcome.at.is_none_or(|at| at == side);
    report.outcomes.iter().filter(is_wanted).map(|outcome| outcome.case.id).collect()
}

/// Fails exactly these at both servers, and everything else has an answer.
async fn fails(defect: Defect, expected: &[&str], worst: Severity) {
    let (report, servers) = probed(Some(defect)).await;
    for side in [Side::A, Side::B] {
        assert_eq!(at(&report, side, Verdict::Fail), expected, "{defect:?} at {side}: {report:#?}");
        assert_eq!(at(&report, side, Verdict::Inconclusive), [""; 0], "{defect:?} at {side}: {report:#?}");
    }
    assert_eq!(report.worst(), Some(worst), "{defect:?}");
    for server in servers {
        assert_eq!(server.open_sessions(), 0, "{defect:?}: the probe leaves nothing behind");
    }
}

#[tokio::test]
async fn a_server_that_checks_passes_everything() {
    let (report, servers) = probed(None).await;
    for side in [Side::A, Side::B] {
        assert_eq!(at(&report, side, Verdict::Fail), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Inconclusive), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Skipped), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Pass).len(), CASES.len());
    }
    assert_eq!((report.worst(), report.is_conclusive()), (None, true));
    for server in servers {
        let calls: Vec<_> = server.calls().into_iter().collect();
        let reading = ["DELETE", "GET", "initialize", "notifications/initialized", "tools/list"];
        assert_eq!(calls, reading, "nothing is called that changes anything");
        assert_eq!(server.open_sessions(), 0, "the probe ends what it opened");
    }
}

#[tokio::test]
async fn a_server_without_sessions_passes_everything_that_can_be_asked() {
    let (report, _) = probed(Some(Defect::Stateless)).await;
    for side in [Side::A, Side::B] {
        assert_eq!(at(&report, side, Verdict::Fail), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Inconclusive), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Skipped), ["P29a", "P29b"]);
    }
    assert_eq!(report.servers[0].revision.as_deref(), Some("2026-07-28"));
}

#[tokio::test]
async fn a_server_that_compares_no_audience_fails_wherever_the_neighbours_token_is_sent() {
    let cases = ["P01", "P26b", "P27a", "P28", "P29a", "P30b"];
    fails(Defect::AnyAudience, &cases, Severity::Critical).await;
    fails(Defect::AnyMatch, &cases, Severity::Critical).await;
    let cases = ["P01", "P26b", "P27a", "P28", "P30b"];
    fails(Defect::StatelessAnyAudience, &cases, Severity::Critical).await;
}

#[tokio::test]
async fn a_server_that_compares_the_audience_of_some_revisions_only_fails_that_case() {
    fails(Defect::RevisionDecides, &["P28"], Severity::Critical).await;
}

#[tokio::test]
async fn a_server_that_picks_one_of_two_headers_fails_that_case() {
    fails(Defect::FirstHeader, &["P26a"], Severity::Medium).await;
    fails(Defect::LastHeader, &["P26a"], Severity::Medium).await;
}

#[tokio::test]
async fn a_server_that_takes_tokens_from_elsewhere_fails_for_each_place() {
    fails(Defect::QueryToken, &["P25a"], Severity::High).await;
    fails(Defect::FormToken, &["P25b"], Severity::High).await;
    fails(Defect::CookieToken, &["P25c"], Severity::High).await;
    fails(Defect::ForwardedToken, &["P26b"], Severity::High).await;
}

#[tokio::test]
async fn a_server_whose_sessions_stand_in_for_tokens_fails_in_sessions() {
    fails(Defect::SessionInstead, &["P29a", "P29b"], Severity::Critical).await;
}

#[tokio::test]
async fn a_server_that_is_whoever_the_request_says_fails_for_each_header() {
    fails(Defect::HostDecides, &["P30a"], Severity::Critical).await;
    fails(Defect::ForwardedHostDecides, &["P30b"], Severity::Critical).await;
}

#[tokio::test]
async fn a_server_that_verifies_no_signature_fails_for_each_forgery() {
    fails(Defect::UnsignedAccepted, &["P16"], Severity::Critical).await;
    fails(Defect::SignatureUnchecked, &["P18", "P18b"], Severity::Critical).await;
}

#[tokio::test]
async fn a_server_that_takes_other_kinds_of_tokens_fails_for_each_kind() {
    fails(Defect::IdTokenAccepted, &["P23"], Severity::High).await;
    fails(Defect::RefreshTokenAccepted, &["P24a"], Severity::High).await;
}

#[tokio::test]
async fn a_server_that_is_open_fails_wherever_no_token_is_in_the_header() {
    let cases = ["D01c", "P00", "P25a", "P25c", "P26b", "P29b"];
    fails(Defect::OpenDoor, &cases, Severity::Critical).await;
}

#[tokio::test]
async fn a_server_that_reads_schemes_otherwise_gets_a_note() {
    fails(Defect::AnyScheme, &["P27c"], Severity::Note).await;
    fails(Defect::ExactScheme, &["P27b"], Severity::Note).await;
}

#[tokio::test]
async fn a_server_that_introduces_itself_badly_fails_for_each_step() {
    fails(Defect::NoMetadata, &["D01a", "D01c"], Severity::Medium).await;
    fails(Defect::MetadataOfOther, &["D01b"], Severity::High).await;
    fails(Defect::NoChallenge, &["D01c"], Severity::Medium).await;
}

#[tokio::test]
async fn a_refusal_with_another_status_is_a_note_and_no_pass() {
    let (report, _) = probed(Some(Defect::WrongStatus)).await;
    let outcome = |id: &str| report.outcomes.iter().find(|outcome| outcome.case.id == id).unwrap();
    for id in ["P01", "P16", "P18", "P28", "P29a"] {
        let outcome = outcome(id);
        assert_eq!((outcome.verdict, outcome.severity), (Verdict::Fail, Some(Severity::Note)), "{id}");
    }
}

#[tokio::test]
async fn a_server_that_falls_over_is_not_a_server_that_refuses() {
    let (report, _) = probed(Some(Defect::Falls)).await;
    for side in [Side::A, Side::B] {
        // What passes has nothing to do with refusing the token: documents, the right token, an unknown host.
        assert_eq!(at(&report, side, Verdict::Pass), ["A11", "D01a", "D01b", "P27b", "P30a"], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Fail), [""; 0], "{report:#?}");
    }
    assert!(!report.is_conclusive());
}

#[tokio::test]
async fn a_control_that_fails_afterwards_takes_the_pass_back() {
    let (report, _) = probed(Some(Defect::FallsForGood)).await;
    let outcome = report.outcomes.iter().find(|outcome| outcome.case.id == "P00").unwrap();
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{outcome:#?}");
    for side in [Side::A, Side::B] {
        let passed = at(&report, side, Verdict::Pass);
        assert!(passed.iter().all(|id| ["A11", "D01a", "D01b", "D01c"].contains(id)), "{passed:?}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_the_right_token_passes_nothing() {
    let (report, _) = probed(Some(Defect::RefusesAll)).await;
    for side in [Side::A, Side::B] {
        assert_eq!(at(&report, side, Verdict::Pass), ["A11", "D01a", "D01b", "D01c"], "{report:#?}");
    }
    assert_eq!(report.servers[0].trouble.as_deref(), Some("initialize with the right token is answered 401"));
}

#[tokio::test]
async fn tokens_that_name_both_servers_are_the_issuers_fault_and_say_nothing_of_the_servers() {
    let (report, _) = probed_with(Some(Defect::AnyAudience), |a, b| (json!([a, b]), json!([b, a]))).await;
    for side in [Side::A, Side::B] {
        assert_eq!(at(&report, side, Verdict::Fail), ["A11"], "{report:#?}");
        let unclear = at(&report, side, Verdict::Inconclusive);
        assert_eq!(unclear, ["P01", "P25a", "P26a", "P26b", "P27a", "P28", "P29a", "P30a", "P30b"]);
    }
    assert_eq!(report.worst(), Some(Severity::Critical));
}

/// Two good servers behind one address.
async fn probed_together(places: [(&str, &str); 2]) -> Report {
    let key = key();
    let [a, b] = Server::start_both(&key, places).await;
    let tls = warded_client::tls::client_config([]).unwrap();
    let pace = Pace::per_second(NonZeroU32::new(100_000).unwrap());
    let (for_a, for_b) = (json!(a.url), json!(b.url));
    let probe =
        Probe::new(party(&key, &a, &for_a), party(&key, &b, &for_b), tls, Reach::Loopback, pace).unwrap();
    probe.run(&mut |_| ()).await
}

#[tokio::test]
async fn a_request_that_may_have_reached_the_neighbour_is_no_failure_and_no_pass() {
    let report = probed_together([("127.0.0.1", "/mcp"), ("localhost", "/mcp")]).await;
    for side in [Side::A, Side::B] {
        assert_eq!(at(&report, side, Verdict::Fail), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Inconclusive), ["P30a"], "{report:#?}");
    }
}

#[tokio::test]
async fn servers_that_differ_by_their_path_only_are_not_asked_about_hosts() {
    let report = probed_together([("127.0.0.1", "/notes"), ("127.0.0.1", "/files")]).await;
    for side in [Side::A, Side::B] {
        assert_eq!(at(&report, side, Verdict::Fail), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Inconclusive), [""; 0], "{report:#?}");
        assert_eq!(at(&report, side, Verdict::Skipped), ["P30a"], "{report:#?}");
    }
}

#[tokio::test]
async fn what_is_not_on_this_machine_is_not_attacked() {
    let key = key();
    let server = Server::start(&key, None).await;
    let here = party(&key, &server, &json!(server.url));
    let mut there = here.clone();
    there.tokens.access = party(&key, &server, &json!("x")).tokens.access;
    for (url, expected) in [
        ("https://mcp.example.com/mcp", Some(warded_probe::Unprobed::NotLoopback(Side::B))),
        ("https://127.0.0.1.example.com/mcp", Some(warded_probe::Unprobed::NotLoopback(Side::B))),
        ("https://10.0.0.1/mcp", Some(warded_probe::Unprobed::NotLoopback(Side::B))),
        ("https://[2001:db8::1]/mcp", Some(warded_probe::Unprobed::NotLoopback(Side::B))),
        ("https://127.0.0.2:8443/mcp", None),
        ("http://[::1]:1/mcp", None),
        ("http://api.localhost/mcp", None),
        (server.url.as_str(), Some(warded_probe::Unprobed::OneServer)),
    ] {
        there.url = url.parse().unwrap();
        let tls = warded_client::tls::client_config([]).unwrap();
        let pace = Pace::per_second(NonZeroU32::MIN);
        let probe = Probe::new(here.clone(), there.clone(), tls, Reach::Loopback, pace);
        assert_eq!(probe.err(), expected, "{url}");
    }
}

#[tokio::test]
async fn one_token_twice_is_no_cross_use() {
    let key = key();
    let (a, b) = (Server::start(&key, None).await, Server::start(&key, None).await);
    let here = party(&key, &a, &json!(a.url));
    let mut there = party(&key, &b, &json!(b.url));
    there.tokens.access = here.tokens.access.clone();
    let tls = warded_client::tls::client_config([]).unwrap();
    let probe = Probe::new(here, there, tls, Reach::Loopback, Pace::per_second(NonZeroU32::MIN));
    assert_eq!(probe.err(), Some(warded_probe::Unprobed::OneToken));
}

#[tokio::test]
async fn no_token_stands_in_the_report_even_where_the_server_repeats_it() {
    let key = key();
    let (a, b) = (Server::start(&key, Some(Defect::Repeats)).await, Server::start(&key, None).await);
    let tls = warded_client::tls::client_config([]).unwrap();
    let pace = Pace::per_second(NonZeroU32::new(100_000).unwrap());
    let texts = [json!(a.url), json!(b.url)].map(|audience| server::token(&key, "at+jwt", &audience));
    let [for_a, for_b] = texts
        .clone()
        .map(|text| warded_probe::Tokens::access(warded_probe::Credential::parse(text).unwrap()));
    let parties = (
        warded_probe::Party::new(a.url.parse().unwrap(), for_a),
        warded_probe::Party::new(b.url.parse().unwrap(), for_b),
    );
    let probe = Probe::new(parties.0, parties.1, tls, Reach::Loopback, pace).unwrap();
    let said = format!("{probe:?}{:?}", probe.run(&mut |_| ()).await);
    assert!(said.contains("<a token>"), "the sample repeats nothing");
    for text in texts {
        for part in text.split('.') {
            for window in part.as_bytes().windows(16) {
                let window = std::str::from_utf8(window).unwrap();
                assert!(!said.contains(window), "the report says {window}");
            }
        }
    }
}
