//! What holds for every identifier, every fleet and every token, as far as ten thousand of each can show.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "the texts are short, and shorter to read"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::{Index, select},
    test_runner::FileFailurePersistence,
};
use serde_json::{Map, Value};
use warded_core::{
    Claim, Conflict, Fleet, InboundToken, Issuer, IssuerSpec, Keyring, Mode, Possession, Refusal, Residue,
    ResourceUri, Server, ServerSpec, UnixTime, Verdict,
};

#[path = "support/describe.rs"]
mod describe;
#[path = "support/tokens.rs"]
mod tokens;

use describe::{issuer, server};
use tokens::{CORP, NOW, claims, forge, header, issue, keyring, now};

const CASES: u32 = 10_000;

/// `PROPTEST_CASES` asks for fewer cases; a failure is kept beside this file, for everybody.
#[expect(clippy::disallowed_methods, reason = "how long a test runs is nobody's configuration")]
fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    let cases = asked.and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let regressions = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/properties.regressions");
    ProptestConfig {
        cases: cases.min(CASES),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        ..ProptestConfig::default()
    }
}

// Names, built from parts, so that their canonical form is known without being parsed.

/// Hosts with everything that may be written for them; the first is canonical.
const HOSTS: &[&[&str]] = &[
    &["a.example"],
    &["a.example.test"],
    &["ba.example"],
    &["xn--mnchen-3ya.example", "münchen.example"],
    &["munchen.example"],
    &["127.0.0.1"],
    &["[2001:db8::1]", "[2001:db8:0:0:0:0:0:1]", "[2001:0DB8::0001]"],
];
const PORTS: &[&str] = &["", ":80", ":8443", ":4430"];
const SEGMENTS: &[&str] =
    &["mcp", "MCP", "mcp2", "m", "a.b", "..a", "~x", "%C3%A9", "a%20b", "@x", "%40x", "a;v=1"];
const QUERIES: &[&str] = &["", "?x", "?X", "?tenant=a", "?a=%2B&b"];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    host: usize,
    port: &'static str,
    segments: Vec<&'static str>,
    slash: bool,
    query: &'static str,
}

impl Name {
    fn canonical(&self) -> String {
        let path: String = self.segments.iter().map(|segment| format!("/{segment}")).collect();
        let end = match (self.segments.is_empty(), self.slash, self.query) {
            (true, _, "") | (false, false, _) => "",
            (true, ..) | (false, true, _) => "/",
        };
        format!("https://{}{}{path}{end}{}", HOSTS[self.host][0], self.port, self.query)
    }

    /// Another spelling of the same name.
    fn spelled(&self, mut coin: Coin) -> String {
        let host = HOSTS[self.host][coin.below(HOSTS[self.host].len())];
        let port = if self.port.is_empty() && coin.flip() { ":443" } else { self.port };
        let mut text = any_case("https://", &mut coin) + &any_case(host, &mut coin) + port;
        for segment in &self.segments {
            text.push('/');
            text += &encoded(segment, &mut coin);
        }
        let may_end_with_slash = self.segments.is_empty() && coin.flip();
        if may_end_with_slash || (self.slash && !self.segments.is_empty()) {
            text.push('/');
        }
        text + &encoded(self.query, &mut coin)
    }
}

/// A small source of decisions that shrinks with its seed: 0 decides against everything.
#[derive(Clone, Copy, Debug)]
struct Coin(u64);

impl Coin {
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap();
        let drawn = self.0 % limit;
        self.0 = (self.0 / limit).rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(drawn).unwrap()
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 1
    }
}

fn any_case(text: &str, coin: &mut Coin) -> String {
    text.chars().map(|c| if coin.flip() { c.to_ascii_uppercase() } else { c }).collect()
}

/// Unreserved characters may be encoded; hex digits have no case.
fn encoded(text: &str, coin: &mut Coin) -> String {
    let mut encoded = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            let digits: String = chars.by_ref().take(2).collect();
            let digits = if coin.flip() { digits.to_lowercase() } else { digits };
            encoded = encoded + "%" + &digits;
        } else if (c.is_ascii_alphanumeric() || "-._~".contains(c)) && coin.below(4) == 1 {
            encoded += &format!("%{:02X}", u32::from(c));
        } else {
            encoded.push(c);
        }
    }
    encoded
}

fn coin() -> impl Strategy<Value = Coin> {
    any::<u64>().prop_map(Coin)
}

fn name() -> impl Strategy<Value = Name> {
    (0..HOSTS.len(), select(PORTS), vec(select(SEGMENTS), 0..3), any::<bool>(), select(QUERIES)).prop_map(
        |(host, port, segments, slash, query)| Name {
            host,
            port,
            slash: slash && !segments.is_empty(),
            segments,
            query,
        },
    )
}

/// Two names that are one and the same, or differ in little.
fn close_names() -> impl Strategy<Value = (Name, Name)> {
    (name(), name(), 0..7_u8).prop_map(|(name, other, part)| {
        let mut close = name.clone();
        match part {
            0 => close.host = other.host,
            1 => close.port = other.port,
            2 => close.segments.clone_from(&other.segments),
            3 => close.slash = !close.segments.is_empty() && !close.slash,
            4 => close.query = other.query,
            5 => close = other,
            _ => {}
        }
        close.slash &= !close.segments.is_empty();
        (name, close)
    })
}

/// Pieces of which URLs, near-URLs and attacks are made.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "https:", "http:", "HTTPS://", "//", "/", "\\", "@", ":", "?", "#", "%", ";", ".", "..", "*", "[", "]", "::1", "::ffff:",
    ":443", ":0", ":80", "a", "A", "a.example", "localhost", "127.0.0.1", "0x7f", "1", "xn--", "xn--mnchen-3ya", "-", "_",
    "mcp", "%2e", "%2f", "%5C", "%00", "%25", "%c3%a9", "%c0%af", "%ff", "%3b", "%41", "é", "ß", "ẞ", "Σ", "ς", "İ", "\u{212a}",
    "ａ", "。", "１", "①", "\u{ad}", "\u{200b}", "\u{200d}", "\u{202e}", "\u{feff}", "\u{301}", "א", "١", "а", " ", "\t", "\n", "\0",
    "~", "{", "|", "\"", "<", "user:password@", "例え", "😀", "=", "&", "+", ",",
];

fn near_url() -> impl Strategy<Value = String> {
    let pieces = || vec(select(PIECES), 0..8).prop_map(|pieces| pieces.concat());
    let spliced = (name(), coin(), pieces(), any::<Index>()).prop_map(|(name, coin, pieces, at)| {
        let text = name.spelled(coin);
        let bounds: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
        let (before, after) = text.split_at(*at.get(&bounds));
        format!("{before}{pieces}{after}")
    });
    prop_oneof![
        1 => any::<String>(),
        1 => "https?://\\PC{0,20}",
        2 => pieces(),
        3 => pieces().prop_map(|pieces| format!("https://{pieces}")),
        3 => spliced,
    ]
}

// Fleets whose truth is known, because it was dealt out.

/// What one server is called.
#[derive(Clone, Debug)]
enum Called {
    Url(Name),
    Id(String),
}

impl Called {
    fn spelled(&self, coin: Coin) -> String {
        match self {
            Self::Url(name) => name.spelled(coin),
            Self::Id(id) => id.clone(),
        }
    }
}

#[derive(Clone, Debug)]
struct Dealt {
    servers: Vec<ServerSpec>,
    issuer: IssuerSpec,
    /// Every name with its server.
    names: Vec<(Called, usize)>,
}

impl Dealt {
    fn prove(&self) -> Vec<Server> {
        let fleet = Fleet::prove(self.servers.clone(), vec![self.issuer.clone()]).unwrap();
        fleet.servers().collect()
    }
}

const STRANGERS: &[&str] = &["https://stranger.example.org", "Account", "*", "own-client-id", "s0"];
const COMPANIONS: [&str; 2] = ["account", "https://userinfo.example.org"];

/// Two to six servers that share an issuer; the names are dealt out as identifiers, aliases and extra audiences.
fn fleet() -> impl Strategy<Value = Dealt> {
    let names = btree_map(name(), (coin(), 0..6_usize, 0..3_u8), 2..12);
    (2..=6_usize, names, vec(0..6_usize, 0..3)).prop_map(|(count, dealt, ids)| {
        let count = count.min(dealt.len());
        let mut servers: Vec<ServerSpec> = Vec::new();
        let mut issuer = issuer(CORP);
        issuer.rules.companions = COMPANIONS.map(Into::into).to_vec();
        let mut names = Vec::new();
        for (at, (name, (coin, owner, kind))) in dealt.into_iter().enumerate() {
            let spelled = name.spelled(coin);
            let owner = if at < count {
                servers.push(server(&format!("s{at}"), &spelled));
                at
            } else if kind == 0 {
                issuer.audiences.push((owner % count, spelled.into()));
                owner % count
            } else {
                let alias = ResourceUri::parse(&spelled).unwrap();
                servers[owner % count].aliases.push(alias);
                owner % count
            };
            names.push((Called::Url(name), owner));
        }
        for (at, owner) in ids.into_iter().enumerate() {
            let id = format!("api://{at}");
            issuer.audiences.push((owner % count, id.as_str().into()));
            names.push((Called::Id(id), owner % count));
        }
        Dealt { servers, issuer, names }
    })
}

static KEYS: LazyLock<Keyring> = LazyLock::new(keyring);
static NOTES: LazyLock<Server> = LazyLock::new(|| {
    let servers = vec![server("notes", "https://notes.example.com/mcp")];
    let fleet = Fleet::prove(servers, vec![issuer(CORP)]).unwrap();
    fleet.server("notes").unwrap()
});

fn judge(token: &str, server: &Server) -> Verdict {
    InboundToken::new(token.to_owned()).judge(server, &KEYS, &Possession::default(), now())
}

fn admits(token: &str, server: &Server) -> bool {
    matches!(judge(token, server), Verdict::Admit(..))
}

fn for_notes() -> Map<String, Value> {
    claims(NOTES.resource().as_str())
}

fn residue(token: &str) -> Residue {
    match judge(token, &NOTES) {
        Verdict::Admit(_, residue) => Some(residue),
        _ => None,
    }
    .unwrap()
}

/// One value of `aud`, and what it is to the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Server(usize),
    Companion,
    Client,
    Stranger,
}

#[derive(Clone, Debug)]
enum Pick {
    Server(Index, Coin),
    Companion(Index),
    Client,
    Stranger(&'static str),
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        4 => (any::<Index>(), coin()).prop_map(|(at, coin)| Pick::Server(at, coin)),
        1 => any::<Index>().prop_map(Pick::Companion),
        1 => Just(Pick::Client),
        1 => select(STRANGERS).prop_map(Pick::Stranger),
    ]
}

impl Pick {
    /// The text and its meaning; `client` is what the token calls its client.
    fn resolve(&self, fleet: &Dealt, client: &(String, Meaning)) -> (String, Meaning) {
        match self {
            Self::Server(at, coin) => {
                let (called, owner) = at.get(&fleet.names);
                (called.spelled(*coin), Meaning::Server(*owner))
            }
            Self::Companion(at) => ((*at.get(&COMPANIONS)).to_owned(), Meaning::Companion),
            Self::Client => client.clone(),
            Self::Stranger(text) => ((*text).to_owned(), Meaning::Stranger),
        }
    }
}

/// The naive reading of the design: codes of what is waived, or the code of the refusal.
fn expected(
    aud: &[Meaning],
    at: usize,
    own_client: bool,
    permissive: bool,
) -> Result<Vec<&'static str>, &'static str> {
    let here = aud.contains(&Meaning::Server(at));
    let neighbour = aud.iter().any(|meaning| matches!(meaning, Meaning::Server(other) if *other != at));
    let stranger = aud.contains(&Meaning::Stranger) || (aud.contains(&Meaning::Client) && !own_client);
    let (code, can_be_waived) = if aud.is_empty() {
        ("audience-missing", true)
    } else if neighbour {
        (if here { "audience-shared" } else { "audience-elsewhere" }, false)
    } else if !here {
        ("audience-unknown", true)
    } else if stranger {
        ("audience-shared", true)
    } else {
        return Ok(vec![]);
    };
    if permissive && can_be_waived { Ok(vec![code]) } else { Err(code) }
}

/// A value that may be claimed: its class, and one of its spellings. Values of one class are one value.
type Spelling = (usize, &'static str);

#[rustfmt::skip]
const CLASSES: &[&[&str]] = &[
    &["https://a.example/mcp", "HTTPS://A.EXAMPLE:443/mcp", "https://a.example/%6dcp"],
    &["https://a.example/mcp/"],
    &["https://a.example", "https://a.example/", "https://a.example:443"],
    &["https://a.example:8443"],
    &["https://a.example/MCP"],
    &["https://xn--mnchen-3ya.example", "https://münchen.example/"],
    &["https://a.example/?x", "https://a.example?x"],
    &["https://b.example/%C3%A9", "https://b.example/%c3%a9"],
    &["https://[::1]/mcp", "https://[0:0:0:0:0:0:0:1]/mcp"],
    &["http://localhost/mcp", "http://LOCALHOST:80/mcp"],
    // Only the first ten are identifiers.
    &["api://notes"], &["API://notes"], &["account"], &["https://a.example/mcp#"],
];

fn spelling(classes: std::ops::Range<usize>) -> impl Strategy<Value = Spelling> {
    (classes, any::<Index>()).prop_map(|(class, at)| (class, *at.get(CLASSES[class])))
}

/// Everything that one operator claims: per server its identifier and aliases, per issuer its extra audiences and
/// companions.
type Claimed = (Vec<Vec<Spelling>>, Vec<OfIssuer>);
type OfIssuer = (Vec<(usize, Spelling)>, Vec<Spelling>);

fn claimed() -> impl Strategy<Value = Claimed> {
    let names = || vec(spelling(0..10), 1..4);
    let extra = || vec((0..5_usize, spelling(0..CLASSES.len())), 0..3);
    let companions = || vec(spelling(0..CLASSES.len()), 0..3);
    (1..5_usize, 1..3_usize).prop_flat_map(move |(servers, issuers)| {
        let issuers = vec((extra(), companions()), issuers);
        (vec(names(), servers), issuers).prop_map(|(servers, mut issuers)| {
            for (server, _) in issuers.iter_mut().flat_map(|(extra, _)| extra) {
                *server %= servers.len();
            }
            (servers, issuers)
        })
    })
}

/// What the product makes of it.
fn describe_all((servers, issuers): &Claimed) -> (Vec<ServerSpec>, Vec<IssuerSpec>) {
    let uri = |(_, text): &Spelling| ResourceUri::parse(text).unwrap();
    let of_server = |(at, names): (usize, &Vec<Spelling>)| ServerSpec {
        aliases: names.iter().skip(1).map(uri).collect(),
        issuers: (0..issuers.len()).collect(),
        ..server(&format!("s{at}"), names[0].1)
    };
    let of_issuer = |(at, (extra, companions)): (usize, &OfIssuer)| {
        let mut issuer = issuer(&format!("https://login{at}.example.com"));
        let texts = extra.iter().map(|(server, (_, text))| (*server, (*text).into()));
        issuer.audiences = texts.collect();
        issuer.rules.companions = companions.iter().map(|(_, text)| (*text).into()).collect();
        issuer
    };
    (servers.iter().enumerate().map(of_server).collect(), issuers.iter().enumerate().map(of_issuer).collect())
}

/// The classes that two of them claim, found by comparing everything with everything. A class is claimed for a
/// server or for none, in the tokens of all issuers or of one.
fn naive_conflicts((servers, issuers): &Claimed) -> BTreeSet<usize> {
    let mut all: Vec<(usize, Option<usize>, Option<usize>)> = Vec::new();
    for (at, names) in servers.iter().enumerate() {
        all.extend(names.iter().map(|(class, _)| (*class, Some(at), None)));
    }
    for (at, (extra, companions)) in issuers.iter().enumerate() {
        all.extend(extra.iter().map(|(server, (class, _))| (*class, Some(*server), Some(at))));
        all.extend(companions.iter().map(|(class, _)| (*class, None, Some(at))));
    }
    let mut conflicts = BTreeSet::new();
    for (class, owner, scope) in &all {
        for (other_class, other_owner, other_scope) in &all {
            let meet = scope.is_none() || other_scope.is_none() || scope == other_scope;
            if class == other_class && owner != other_owner && meet {
                conflicts.insert(*class);
            }
        }
    }
    conflicts
}

/// The class that a claim points to.
fn class_of((servers, issuers): &Claimed, claim: Claim) -> Option<usize> {
    let (class, _) = match claim {
        Claim::Resource { server } => servers[server][0],
        Claim::Alias { server, alias } => servers[server][alias + 1],
        Claim::Audience { issuer, audience, .. } => issuers[issuer].0[audience].1,
        Claim::Companion { issuer, companion } => issuers[issuer].1[companion],
        _ => return None,
    };
    Some(class)
}

/// What somebody may do to a token on its way.
#[derive(Clone, Debug)]
enum Change {
    Replace(Index, char),
    Insert(Index, char),
    Remove(Index),
    Swap(Index, Index),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let letter = || {
        let alphabet = "ABCXYZabcxyz0189-_+/=.% \n\0é";
        prop_oneof![select(alphabet.chars().collect::<Vec<_>>()), any::<u8>().prop_map(char::from)]
    };
    prop_oneof![
        6 => (any::<Index>(), letter()).prop_map(|(at, c)| Change::Replace(at, c)),
        2 => (any::<Index>(), letter()).prop_map(|(at, c)| Change::Insert(at, c)),
        1 => any::<Index>().prop_map(Change::Remove),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Change::Swap(one, other)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

impl Change {
    fn apply(&self, token: &str) -> String {
        let mut chars: Vec<_> = token.chars().collect();
        let length = chars.len();
        match self {
            Self::Replace(at, c) => chars[at.index(length)] = *c,
            Self::Insert(at, c) => chars.insert(at.index(length + 1), *c),
            Self::Remove(at) => drop(chars.remove(at.index(length))),
            Self::Swap(one, other) => chars.swap(one.index(length), other.index(length)),
            Self::Cut(at) => chars.truncate(at.index(length)),
        }
        chars.into_iter().collect()
    }
}

/// How a token may be written into something else.
#[derive(Clone, Copy, Debug)]
enum Writing {
    Raw,
    Percent,
    Json,
    Base64,
    Base64Url,
}

const WRITINGS: &[Writing] =
    &[Writing::Raw, Writing::Percent, Writing::Json, Writing::Base64, Writing::Base64Url];

impl Writing {
    fn write(self, before: &[u8], token: &str, after: &[u8], mut coin: Coin) -> Vec<u8> {
        let bytes = [before, token.as_bytes(), after].concat();
        // Something that ends no encoding stands between what is before and the token.
        let around = |middle: String| [before, b"\"", middle.as_bytes(), b"\"", after].concat();
        match self {
            Self::Raw => bytes,
            Self::Base64 => STANDARD.encode(bytes).into_bytes(),
            Self::Base64Url => URL_SAFE.encode(bytes).into_bytes(),
            Self::Percent => around(each(token, |byte| match coin.below(3) {
                0 => char::from(byte).to_string(),
                1 => format!("%{byte:02x}"),
                _ => format!("%{byte:02X}"),
            })),
            Self::Json => around(each(token, |byte| match coin.below(3) {
                0 => char::from(byte).to_string(),
                1 => format!("\\u{byte:04x}"),
                _ => format!("\\u{byte:04X}"),
            })),
        }
    }
}

fn each(token: &str, write: impl FnMut(u8) -> String) -> String {
    token.bytes().map(write).collect()
}

/// Any JSON, a few levels deep.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let member = prop_oneof![".{0,3}", select(&["aud", "iss", "exp", "alg"][..]).prop_map(str::to_owned)];
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(member, inner, 0..3).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Writes JSON; in one of its objects a member stands twice.
struct Stutter {
    objects_before: usize,
    member: Index,
    coin: Coin,
}

impl Stutter {
    fn write(&mut self, value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.write(item)).collect();
                format!("[{}]", items.join(","))
            }
            Value::Object(members) => {
                let is_it = !members.is_empty() && self.objects_before == 0;
                self.objects_before = self.objects_before.wrapping_sub(usize::from(!members.is_empty()));
                let mut written: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), self.write(value)))
                    .collect();
                if is_it {
                    let names: Vec<_> = members.keys().collect();
                    let name = self.spelled(self.member.get(&names).as_str());
                    let at = self.coin.below(written.len() + 1);
                    written.insert(at, format!("{name}:1"));
                }
                format!("{{{}}}", written.join(","))
            }
            other => other.to_string(),
        }
    }

    fn spelled(&mut self, name: &str) -> String {
        if self.coin.flip() {
            return Value::from(name).to_string();
        }
        let escaped: String = name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{escaped}\"")
    }
}

fn count_objects(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count_objects).sum(),
        Value::Object(members) => {
            usize::from(!members.is_empty()) + members.values().map(count_objects).sum::<usize>()
        }
        _ => 0,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_text_is_read_or_refused(text in near_url()) {
        drop(Issuer::parse(&text));
        match ResourceUri::parse(&text) {
            Ok(uri) => {
                let canonical = uri.as_str();
                prop_assert_eq!(ResourceUri::parse(canonical), Ok(uri.clone()));
                prop_assert!(canonical.bytes().all(|byte| byte.is_ascii_graphic()), "{}", canonical);
                prop_assert!(!canonical.contains(['#', '\\']) && !uri.origin().contains('@'), "{}", canonical);
                prop_assert!(canonical.starts_with("https://") || canonical.starts_with("http://"));
                prop_assert_eq!(format!("{}{}", uri.origin(), uri.path_and_query()), canonical);
                prop_assert!(ResourceUri::parse(&uri.metadata_url()).is_ok(), "{}", uri.metadata_url());
            }
            Err(refused) => {
                let start = format!("the {} {}; {}", refused.flaw().part(), refused.flaw().why(), refused.flaw().advice());
                prop_assert!(refused.to_string().starts_with(&start));
                if let Some(suggestion) = refused.suggestion() {
                    let as_host = format!("https://{suggestion}");
                    prop_assert!(ResourceUri::parse(suggestion).or_else(|_| ResourceUri::parse(&as_host)).is_ok(), "{}", suggestion);
                }
            }
        }
    }

    #[test]
    fn every_spelling_of_a_name_is_read_as_that_name(name in name(), coin in coin()) {
        let spelled = name.spelled(coin);
        let parsed = ResourceUri::parse(&spelled).unwrap();
        prop_assert_eq!(parsed.as_str(), name.canonical());
    }

    #[test]
    fn names_are_equal_exactly_when_the_same_token_works(
        (one, other) in close_names(), coins in (coin(), coin()),
    ) {
        let (aud, resource) = (one.spelled(coins.0), other.spelled(coins.1));
        let fleet = Fleet::prove(vec![server("s", &resource)], vec![issuer(CORP)]).unwrap();
        let admitted = admits(&issue(&claims(aud.as_str())), &fleet.server("s").unwrap());
        prop_assert_eq!(admitted, one == other);
        prop_assert_eq!(admitted, one.canonical() == other.canonical());
        prop_assert_eq!(admitted, ResourceUri::parse(&aud) == ResourceUri::parse(&resource));
    }

    #[test]
    fn a_token_opens_the_server_that_it_names_and_no_other(
        fleet in fleet(), at in any::<Index>(), coin in coin(), listed in any::<bool>(),
    ) {
        let (called, owner) = at.get(&fleet.names);
        let aud = called.spelled(coin);
        let aud = if listed { Value::from(vec![aud]) } else { Value::from(aud) };
        let token = issue(&claims(aud));
        let opened: Vec<_> = fleet.prove().iter().map(|server| admits(&token, server)).collect();
        let expected: Vec<_> = (0..opened.len()).map(|server| server == *owner).collect();
        prop_assert_eq!(opened, expected);
    }

    #[test]
    fn an_audience_means_what_its_values_mean_one_by_one(
        mut fleet in fleet(), picks in vec(pick(), 0..=4), client in pick(),
        own_client in any::<bool>(), permissive in any::<bool>(), listed in any::<bool>(),
    ) {
        fleet.issuer.rules.own_client_id = own_client;
        if permissive {
            fleet.servers[0].mode = Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 1));
        }
        let client = match client {
            Pick::Client | Pick::Stranger(_) => ("agent".to_owned(), Meaning::Client),
            named => named.resolve(&fleet, &(String::new(), Meaning::Client)),
        };
        let (texts, meanings): (Vec<_>, Vec<_>) = picks.iter().map(|pick| pick.resolve(&fleet, &client)).unzip();
        let mut claims = claims(Value::Null);
        claims.insert("client_id".into(), client.0.into());
        match (&texts[..], listed) {
            ([], _) => drop(claims.remove("aud")),
            ([one], false) => drop(claims.insert("aud".into(), one.as_str().into())),
            (several, _) => drop(claims.insert("aud".into(), several.to_vec().into())),
        }
        let token = issue(&claims);
        let mut opened = 0;
        for (at, server) in fleet.prove().iter().enumerate() {
            let verdict = match judge(&token, server) {
                Verdict::Admit(token, _) => {
                    opened += 1;
                    Ok(token.waived().iter().map(Refusal::code).collect())
                }
                Verdict::Refuse(refusal) => Err(refusal.code()),
                Verdict::Unable(_) => Err("unable"),
            };
            prop_assert_eq!(verdict, expected(&meanings, at, own_client, permissive && at == 0));
        }
        prop_assert!(opened <= 1);
    }

    #[test]
    fn an_overlap_is_found_exactly_where_there_is_one(claimed in claimed()) {
        let (servers, issuers) = describe_all(&claimed);
        let mut found = BTreeMap::new();
        for conflict in Fleet::prove(servers, issuers).err().unwrap_or_default() {
            let Conflict::Overlap { value, issuer, first, second } = conflict else {
                return Err(TestCaseError::fail(format!("{conflict:?}")));
            };
            prop_assert_ne!(first.server(), second.server());
            let class = class_of(&claimed, first);
            prop_assert_eq!(class, class_of(&claimed, second));
            prop_assert_eq!(&*value, CLASSES[class.unwrap()][0]);
            let of_one_issuer = matches!(second, Claim::Audience { .. } | Claim::Companion { .. });
            prop_assert_eq!(issuer.is_some(), of_one_issuer);
            found.insert(class.unwrap(), value);
        }
        prop_assert_eq!(found.into_keys().collect::<BTreeSet<_>>(), naive_conflicts(&claimed));
    }

    #[test]
    fn a_token_that_was_changed_opens_nothing(subject in "\\PC{0,12}", change in change()) {
        let mut claims = for_notes();
        claims.insert("sub".into(), format!("u{subject}").into());
        let token = issue(&claims);
        let changed = change.apply(&token);
        prop_assert_eq!(admits(&changed, &NOTES), changed == token, "{}", changed);
    }

    #[test]
    fn a_token_is_found_wherever_it_is_written(
        subject in "\\PC{0,12}", writing in select(WRITINGS), coin in coin(),
        before in vec(any::<u8>(), 0..40), after in vec(any::<u8>(), 0..40),
    ) {
        let mut claims = for_notes();
        claims.insert("sub".into(), format!("u{subject}").into());
        let token = issue(&claims);
        let written = writing.write(&before, &token, &after, coin);
        prop_assert!(residue(&token).occurs_in(&written), "{}", String::from_utf8_lossy(&written));
    }

    #[test]
    fn what_is_not_the_token_is_not_taken_for_it(
        writing in select(WRITINGS), coin in coin(), at in 1..100_usize, letter in "[A-Za-z0-9_-]",
        before in vec(any::<u8>(), 0..40), after in vec(any::<u8>(), 0..40),
    ) {
        let token = issue(&for_notes());
        let residue = residue(&token);
        let plain = [&before[..], &after].concat();
        prop_assert!(!residue.occurs_in(&plain));
        prop_assert!(!residue.occurs_in(URL_SAFE_NO_PAD.encode(&plain).as_bytes()));
        // Like it but for one character in the middle.
        let mut near = token.clone();
        near.replace_range(at..=at, &letter);
        let written = writing.write(&before, &near, &after, coin);
        prop_assert_eq!(residue.occurs_in(&written), near == token);
    }

    #[test]
    fn a_member_that_stands_twice_is_refused_at_any_depth(
        extra in json(), in_header in any::<bool>(), object in any::<Index>(), member in any::<Index>(), coin in coin(),
    ) {
        let (mut header, mut claims) = (header(), for_notes());
        let changed = if in_header { &mut header } else { &mut claims };
        changed.insert("extra".into(), extra);
        let (header, claims) = (Value::Object(header), Value::Object(claims));
        prop_assert!(admits(&forge(&header.to_string(), &claims.to_string()), &NOTES));

        let changed = if in_header { &header } else { &claims };
        let objects_before = object.index(count_objects(changed));
        let twice = Stutter { objects_before, member, coin }.write(changed);
        let token = if in_header {
            forge(&twice, &claims.to_string())
        } else {
            forge(&header.to_string(), &twice)
        };
        match judge(&token, &NOTES) {
            Verdict::Refuse(refusal) => {
                let part = if in_header { "header" } else { "claims" };
                prop_assert_eq!(refusal, Refusal::TokenDuplicateMember { part }, "{}", twice);
            }
            other => return Err(TestCaseError::fail(format!("{twice}: {other:?}"))),
        }
    }
}
