//! Which fleets are proved disjoint, and what is said of the others: who, which, where.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "support/describe.rs"]
mod describe;

use describe::{issuer, server};
use warded_core::{Claim, Conflict, Fleet, IssuerSpec, Mode, ResourceUri, ServerSpec, UnixTime};

const NOTES: &str = "https://notes.example.com/mcp";
const FILES: &str = "https://files.example.com/mcp";
const CORP: &str = "https://login.example.com";
const OTHER: &str = "https://other.example.com";

fn conflicts(servers: Vec<ServerSpec>, issuers: Vec<IssuerSpec>) -> Vec<Conflict> {
    Fleet::prove(servers, issuers).err().unwrap_or_default()
}

fn uri(text: &str) -> ResourceUri {
    ResourceUri::parse(text).unwrap()
}

fn two() -> Vec<ServerSpec> {
    vec![server("notes", NOTES), server("files", FILES)]
}

fn permissive(name: &str, resource: &str) -> ServerSpec {
    ServerSpec { mode: Mode::PermissiveUntil(UnixTime::from_seconds(1)), ..server(name, resource) }
}

fn of_tier(tier: &str, name: &str, resource: &str) -> ServerSpec {
    ServerSpec { tier: tier.into(), ..server(name, resource) }
}

fn overlap(value: &str, issuer: Option<usize>, first: Claim, second: Claim) -> Conflict {
    Conflict::Overlap { value: value.into(), issuer, first, second }
}

const FIRST: Claim = Claim::Resource { server: 0 };

#[test]
fn servers_with_names_of_their_own_are_a_fleet() {
    let fleet = Fleet::prove(two(), vec![issuer(CORP)]).unwrap();
    assert_eq!(
        fleet.servers().map(|server| server.name().to_owned()).collect::<Vec<_>>(),
        ["notes", "files"]
    );
    let files = fleet.server("files").unwrap();
    assert_eq!(files.resource().as_str(), FILES);
    assert_eq!(files.issuers().map(|issuer| issuer.url.as_str()).collect::<Vec<_>>(), [CORP]);
    assert!(fleet.server("Files").is_none());
    assert_eq!(Fleet::prove(vec![], vec![]).unwrap().servers().count(), 0);
}

#[test]
fn one_identifier_for_two_servers_is_an_overlap_however_it_is_spelled() {
    let twin = server("files", "HTTPS://Notes.Example.com:443/%6Dcp");
    assert_eq!(
        conflicts(vec![server("notes", NOTES), twin], vec![issuer(CORP)]),
        [overlap(NOTES, None, FIRST, Claim::Resource { server: 1 })]
    );
}

#[test]
fn an_alias_that_is_another_servers_name_is_an_overlap() {
    let mut servers = two();
    servers[1].aliases = vec![uri("https://f.example.com"), uri(NOTES)];
    let second = Claim::Alias { server: 1, alias: 1 };
    assert_eq!(conflicts(servers, vec![issuer(CORP)]), [overlap(NOTES, None, FIRST, second)]);

    let mut servers = two();
    servers[0].aliases = vec![uri("https://both.example.com")];
    servers[1].aliases = vec![uri("https://both.example.com/")];
    let first = Claim::Alias { server: 0, alias: 0 };
    let second = Claim::Alias { server: 1, alias: 0 };
    assert_eq!(
        conflicts(servers, vec![issuer(CORP)]),
        [overlap("https://both.example.com", None, first, second)]
    );
}

#[test]
fn an_alias_in_front_of_the_server_that_owns_the_name_is_found_too() {
    let mut servers = two();
    servers[0].aliases = vec![uri(FILES)];
    let first = Claim::Alias { server: 0, alias: 0 };
    assert_eq!(
        conflicts(servers, vec![issuer(CORP)]),
        [overlap(FILES, None, first, Claim::Resource { server: 1 })]
    );
}

#[test]
fn servers_of_different_issuers_may_not_share_a_name_either() {
    let mut servers = vec![server("notes", NOTES), server("twin", NOTES)];
    servers[1].issuers = vec![1];
    assert_eq!(
        conflicts(servers, vec![issuer(CORP), issuer(OTHER)]),
        [overlap(NOTES, None, FIRST, Claim::Resource { server: 1 })]
    );
}

#[test]
fn an_extra_audience_means_one_server_alone() {
    let mut corp = issuer(CORP);
    corp.audiences = vec![(0, "api://notes".into()), (1, "api://notes".into())];
    let claim = |audience, server| Claim::Audience { issuer: 0, audience, server };
    assert_eq!(
        conflicts(two(), vec![corp.clone()]),
        [overlap("api://notes", Some(0), claim(0, 0), claim(1, 1))]
    );

    corp.audiences = vec![(1, "HTTPS://notes.example.com/mcp".into())];
    assert_eq!(conflicts(two(), vec![corp]), [overlap(NOTES, Some(0), FIRST, claim(0, 1))]);
}

#[test]
fn an_extra_audience_counts_for_its_own_issuer_only() {
    let (mut corp, mut other) = (issuer(CORP), issuer(OTHER));
    corp.audiences = vec![(0, "api://mcp".into())];
    other.audiences = vec![(1, "api://mcp".into())];
    let mut servers = two();
    servers[1].issuers = vec![1];
    assert_eq!(conflicts(servers, vec![corp, other]), []);
}

#[test]
fn what_is_no_identifier_is_compared_byte_for_byte() {
    let mut corp = issuer(CORP);
    corp.audiences = vec![(0, "api://notes".into()), (1, "API://notes".into()), (1, "api://notes/".into())];
    assert_eq!(conflicts(two(), vec![corp]), []);
}

#[test]
fn a_companion_is_never_a_servers_name() {
    let mut corp = issuer(CORP);
    corp.audiences = vec![(1, "api://files".into())];
    corp.rules.companions =
        vec!["account".into(), "https://NOTES.example.com/mcp".into(), "api://files".into()];
    let companion = |companion| Claim::Companion { issuer: 0, companion };
    let extra = Claim::Audience { issuer: 0, audience: 0, server: 1 };
    assert_eq!(
        conflicts(two(), vec![corp]),
        [overlap(NOTES, Some(0), FIRST, companion(1)), overlap("api://files", Some(0), extra, companion(2)),]
    );
}

#[test]
fn a_companion_may_be_an_extra_audience_of_another_issuer() {
    let (mut corp, mut other) = (issuer(CORP), issuer(OTHER));
    corp.rules.companions = vec!["account".into()];
    other.audiences = vec![(1, "account".into())];
    assert_eq!(conflicts(two(), vec![corp, other]), []);
}

#[test]
fn saying_the_same_thing_twice_is_not_wrong() {
    let mut servers = two();
    servers[0].aliases = vec![uri(NOTES), uri("https://n.example.com"), uri("https://n.example.com/")];
    servers[0].issuers = vec![0, 0];
    let mut corp = issuer(CORP);
    corp.audiences = vec![
        (0, NOTES.into()),
        (0, "https://n.example.com".into()),
        (0, "api://notes".into()),
        (0, "api://notes".into()),
    ];
    corp.rules.companions = vec!["account".into(), "account".into()];
    assert_eq!(conflicts(servers, vec![corp]), []);
}

#[test]
fn two_servers_have_two_names() {
    let servers =
        vec![server("notes", NOTES), server("files", FILES), server("notes", "https://third.example.com")];
    assert_eq!(conflicts(servers, vec![issuer(CORP)]), [Conflict::NameTwice { first: 0, second: 2 }]);
}

#[test]
fn an_issuer_is_described_once() {
    let mut servers = two();
    servers[1].issuers = vec![1];
    assert_eq!(
        conflicts(servers.clone(), vec![issuer(CORP), issuer(CORP)]),
        [Conflict::IssuerTwice { first: 0, second: 1 }]
    );
    // Byte for byte, as tokens are compared: these are two.
    assert_eq!(conflicts(servers, vec![issuer(CORP), issuer("https://login.example.com/")]), []);
}

#[test]
fn one_permissive_server_is_enough_for_an_issuer() {
    let (notes, files) = (permissive("notes", NOTES), permissive("files", FILES));
    assert_eq!(
        conflicts(vec![notes.clone(), files.clone()], vec![issuer(CORP)]),
        [Conflict::PermissiveTwice { issuer: 0, first: 0, second: 1 }]
    );
    assert_eq!(conflicts(vec![notes.clone(), server("files", FILES)], vec![issuer(CORP)]), []);

    let named_twice = ServerSpec { issuers: vec![0, 0], ..notes.clone() };
    assert_eq!(conflicts(vec![named_twice], vec![issuer(CORP)]), []);

    let of_both = ServerSpec { issuers: vec![1, 0], ..files.clone() };
    let of_other = ServerSpec { issuers: vec![1], ..files };
    let issuers = vec![issuer(CORP), issuer(OTHER)];
    assert_eq!(conflicts(vec![notes.clone(), of_other], issuers.clone()), []);
    assert_eq!(
        conflicts(vec![notes, of_both], issuers),
        [Conflict::PermissiveTwice { issuer: 0, first: 0, second: 1 }]
    );
}

#[test]
fn tiers_share_an_issuer_only_where_each_is_acknowledged() {
    let servers = vec![
        of_tier("internal", "notes", NOTES),
        of_tier("internal", "wiki", "https://wiki.example.com"),
        of_tier("public", "files", FILES),
    ];
    let mixed = [Conflict::TiersMixed { issuer: 0, first: 0, second: 2 }];
    let across = |tiers: &[&str]| IssuerSpec {
        across_tiers: tiers.iter().map(|tier| (*tier).into()).collect(),
        ..issuer(CORP)
    };
    assert_eq!(conflicts(servers.clone(), vec![across(&[])]), mixed);
    assert_eq!(conflicts(servers.clone(), vec![across(&["public"])]), mixed);
    assert_eq!(conflicts(servers.clone(), vec![across(&["internal"])]), mixed);
    assert_eq!(conflicts(servers.clone(), vec![across(&["internal", "Public"])]), mixed);
    assert_eq!(conflicts(servers.clone(), vec![across(&["public", "internal"])]), []);

    let mut apart = servers;
    apart[2].issuers = vec![1];
    assert_eq!(conflicts(apart, vec![issuer(CORP), issuer(OTHER)]), []);
}

#[test]
fn a_third_tier_needs_its_own_acknowledgement() {
    let servers = vec![
        of_tier("internal", "notes", NOTES),
        of_tier("public", "files", FILES),
        of_tier("lab", "try", "https://try.example.com"),
    ];
    let corp = IssuerSpec { across_tiers: vec!["internal".into(), "public".into()], ..issuer(CORP) };
    assert_eq!(conflicts(servers, vec![corp]), [Conflict::TiersMixed { issuer: 0, first: 0, second: 2 }]);
}

#[test]
fn a_server_that_trusts_nobody_is_a_mistake() {
    let mut servers = two();
    servers[1].issuers = vec![];
    assert_eq!(conflicts(servers, vec![issuer(CORP)]), [Conflict::IssuersMissing { server: 1 }]);
}

#[test]
fn a_position_that_points_nowhere_is_a_mistake() {
    let mut servers = two();
    servers[1].issuers = vec![0, 1];
    assert_eq!(conflicts(servers, vec![issuer(CORP)]), [Conflict::Dangling]);

    let mut corp = issuer(CORP);
    corp.audiences = vec![(2, "api://nobody".into())];
    assert_eq!(conflicts(two(), vec![corp]), [Conflict::Dangling]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut servers = vec![permissive("notes", NOTES), permissive("notes", NOTES)];
    servers[1].tier = "public".into();
    servers.push(ServerSpec { issuers: vec![], ..server("files", FILES) });
    assert_eq!(
        conflicts(servers, vec![issuer(CORP), issuer(CORP)]),
        [
            overlap(NOTES, None, FIRST, Claim::Resource { server: 1 }),
            Conflict::NameTwice { first: 0, second: 1 },
            Conflict::IssuerTwice { first: 0, second: 1 },
            Conflict::PermissiveTwice { issuer: 0, first: 0, second: 1 },
            Conflict::TiersMixed { issuer: 0, first: 0, second: 1 },
            Conflict::IssuersMissing { server: 2 },
        ]
    );
}

#[test]
fn a_claim_says_which_server_it_means() {
    let audience = Claim::Audience { issuer: 1, audience: 2, server: 3 };
    let companion = Claim::Companion { issuer: 1, companion: 2 };
    assert_eq!(FIRST.server(), Some(0));
    assert_eq!(Claim::Alias { server: 4, alias: 0 }.server(), Some(4));
    assert_eq!(audience.server(), Some(3));
    assert_eq!(companion.server(), None);
}

#[test]
fn one_overlap_among_ten_thousand_servers_is_found() {
    let mut servers: Vec<_> = (0..10_000)
        .map(|at| server(&format!("s{at}"), &format!("https://mcp.example.com/{at}/mcp")))
        .collect();
    assert_eq!(conflicts(servers.clone(), vec![issuer(CORP)]), []);

    servers[9_321].aliases = vec![uri("https://MCP.example.com/%31234/mcp")];
    let second = Claim::Alias { server: 9_321, alias: 0 };
    assert_eq!(
        conflicts(servers, vec![issuer(CORP)]),
        [overlap("https://mcp.example.com/1234/mcp", None, Claim::Resource { server: 1_234 }, second)]
    );
}
