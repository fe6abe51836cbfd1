//! Whether a record is what was written, for the same place only, and says nothing of its token.

use warded_core::Issuer;
use zeroize::Zeroizing;

use super::*;
use crate::{
    obtain::{Bound, Source},
    tokens::Behalf,
};

fn place(server: &str) -> Place {
    let issuer = Issuer::parse("https://login.example.com").unwrap();
    let source = Source::remembered(issuer, "https://login.example.com/token".to_owned(), server.to_owned());
    Place::new(ResourceUri::parse(server).unwrap(), source, None)
}

fn record(lifetime: Option<u32>) -> Record {
    let text = |text: &str| Zeroizing::new(text.to_owned());
    let obtained = Obtained {
        access_token: AccessToken::new(text("MARKED-access")).unwrap(),
        refresh_token: RefreshToken::new(text("MARKED-refresh")),
        expires_in: lifetime,
        scopes: None,
        bound: Bound::Audience,
    };
    let terms = Terms::new("me", Scopes::parse("a b").unwrap());
    let now = UnixTime::from_seconds(1_000);
    Record::new(place("https://a.example/mcp"), terms, obtained, None, now)
}

#[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
fn sender() -> SenderKey {
    SenderKey::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap()
}

#[test]
fn what_was_written_is_read_back_for_the_same_place_and_client_only() {
    let record = record(Some(3_600));
    let text = record.write();
    let here = record.place().clone();
    let terms = record.terms().clone();
    let read = Record::read_for(&text, &here, &terms).unwrap();
    assert!(read.is_same_token(&record) && read.name() == record.name());
    assert_eq!((read.expires, read.terms()), (record.expires, &terms));
    assert_eq!(read.refresh_token().map(RefreshToken::text), Some("MARKED-refresh"));

    let with = |change: &dyn Fn(&mut Place)| {
        let mut place = here.clone();
        change(&mut place);
        Record::read_for(&text, &place, &terms).is_none()
    };
    let source = |issuer: &str, endpoint: &str, resource: &str| {
        Source::remembered(Issuer::parse(issuer).unwrap(), endpoint.to_owned(), resource.to_owned())
    };
    let (i, t, r) = ("https://login.example.com", "https://login.example.com/token", "https://a.example/mcp");
    assert!(with(&|place| place.server = ResourceUri::parse("https://b.example/mcp").unwrap()));
    assert!(with(&|place| place.source = source("https://evil.example", t, r)));
    assert!(with(&|place| place.source = source(i, "https://evil.example/token", r)));
    assert!(with(&|place| place.source = source(i, t, "https://a.example/mcp/")));
    assert!(with(&|place| place.account = Some("work".to_owned())));
    let otherwise =
        |change: &dyn Fn(Terms) -> Terms| Record::read_for(&text, &here, &change(terms.clone())).is_none();
    assert!(otherwise(&|terms| Terms { client: "you".to_owned(), ..terms }));
    assert!(otherwise(&|terms| Terms { scopes: Scopes::parse("a b c").unwrap(), ..terms }));
    assert!(!otherwise(&|terms| Terms { scopes: Scopes::parse("b").unwrap(), ..terms }));
    assert!(otherwise(&|terms| terms.bound(Bound::Unbound)));
    assert!(otherwise(&|terms| terms.bound(Bound::Pinned("https://a.example/mcp".into()))));
    assert!(otherwise(&|terms| terms.on_behalf(Behalf::Client)));
    assert!(otherwise(&|terms| terms.bearer(true)));
    assert!(otherwise(&|terms| terms.on_behalf(Behalf::Subject("".into()))));
}

#[test]
fn what_the_first_version_wrote_is_read_as_a_token_of_no_key_that_names_its_server() {
    let text = r#"{"version":1,"server":"https://a.example/mcp","issuer":"https://login.example.com",
        "token_endpoint":"https://login.example.com/token","resource":"https://a.example/mcp","account":null,
        "client":"me","asked":"a b","permitted":null,"obtained":1000,"expires":null,
        "access_token":"MARKED-access","refresh_token":"MARKED-refresh"}"#;
    let (earlier, now) = (Record::read(text.as_bytes()).unwrap(), record(None));
    assert!(earlier.is_same_token(&now));
    assert_eq!((earlier.place(), earlier.terms(), earlier.key()), (now.place(), now.terms(), None));
}

#[test]
fn a_token_is_read_with_the_key_that_it_is_bound_to_and_with_no_other() {
    let record = Record { sender: Some(sender()), ..record(None) };
    let text = record.write();
    assert_eq!(Record::read(&text).unwrap().key(), record.key());
    let text = std::str::from_utf8(&text).unwrap();
    let name = |key: &SenderKey| key.thumbprint().to_string();
    let other = text.replace(&name(record.sender().unwrap()), &name(&sender()));
    assert!(other != text && Record::read(other.as_bytes()).is_none());
}

#[test]
fn a_token_is_given_for_its_own_server_only() {
    let record = record(None);
    let server = |text| ResourceUri::parse(text).unwrap();
    assert!(record.token_for(&server("https://a.example/mcp")).is_some());
    for other in
        ["https://a.example/mcp/", "https://a.example", "https://b.example/mcp", "https://a.example:8443/mcp"]
    {
        assert!(record.token_for(&server(other)).is_none(), "{other}");
    }
}

#[test]
fn a_damaged_record_is_none() {
    let record = record(None);
    let text = record.write();
    let text = std::str::from_utf8(&text).unwrap();
    for damaged in [
        "",
        "{}",
        "[]",
        text.strip_prefix('{').unwrap(),
        &text.replace("\"version\":2", "\"version\":3"),
        &text.replace("MARKED-access", ""),
    ] {
        assert!(Record::read(damaged.as_bytes()).is_none(), "{damaged}");
    }
    assert!(Record::read(text.as_bytes()).is_some());
}

#[test]
fn a_token_is_renewed_a_minute_or_a_fifth_of_its_life_before_its_end() {
    let at = UnixTime::from_seconds;
    let hour = record(Some(3_600));
    assert!(!hour.is_ending(at(1_000 + 3_539)) && hour.is_ending(at(1_000 + 3_540)));
    let minute = record(Some(60));
    assert!(!minute.is_ending(at(1_000)) && !minute.is_ending(at(1_047)) && minute.is_ending(at(1_048)));
    assert!(!minute.is_expired(at(1_059)) && minute.is_expired(at(1_060)));
    assert!(!record(None).is_ending(at(i64::MAX)) && !record(None).is_expired(at(i64::MAX)));
}

#[test]
fn a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
    let obtained = |refresh: Option<&str>| Obtained {
        access_token: AccessToken::new(Zeroizing::new("next".to_owned())).unwrap(),
        refresh_token: refresh.and_then(|text| RefreshToken::new(Zeroizing::new(text.to_owned()))),
        expires_in: Some(60),
        scopes: None,
        bound: Bound::Audience,
    };
    let now = UnixTime::from_seconds(2_000);
    let kept = record(None).refreshed(obtained(None), now);
    assert_eq!(kept.refresh_token().map(RefreshToken::text), Some("MARKED-refresh"));
    let rotated = record(None).refreshed(obtained(Some("rotated")), now);
    assert_eq!(rotated.refresh_token().map(RefreshToken::text), Some("rotated"));
    assert_eq!(rotated.name(), record(None).name());
}

#[test]
fn a_description_holds_no_token() {
    assert!(!format!("{:?}", record(Some(1))).contains("MARKED"));
}
