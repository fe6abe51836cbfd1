use super::*;

fn key(key: &str) -> Segment {
    Segment::Key(key.into())
}

fn way(text: &str) -> Vec<Segment> {
    let path = Path::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(&*path.text, text);
    path.segments.into()
}

fn counter(text: &str) -> (String, String) {
    match Path::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).scope {
        Scope::State { of, counter } => (of.text().to_owned(), counter.into()),
        other => panic!("{text} is {other:?}"),
    }
}

#[test]
fn a_dot_leads_into_an_object_and_a_bracket_into_a_list() {
    assert_eq!(way("args.a"), [key("a")]);
    assert_eq!(way("args.a.b"), [key("a"), key("b")]);
    assert_eq!(way("args.list[0]"), [key("list"), Segment::Index(0)]);
    assert_eq!(way("args.list[-1].id"), [key("list"), Segment::Index(-1), key("id")]);
    assert_eq!(way("args.rows[10][2]"), [key("rows"), Segment::Index(10), Segment::Index(2)]);
    assert_eq!(
        way("auth.claims.realm_access.roles[0]"),
        [key("realm_access"), key("roles"), Segment::Index(0)]
    );
    assert_eq!(way("args.state"), [key("state")]);
    assert_eq!(way("args.größe.名"), [key("größe"), key("名")]);
    assert_eq!(way("args.a b"), [key("a b")]);
    assert_eq!(way("args.0"), [key("0")]);
}

#[test]
fn a_key_with_a_dot_or_a_bracket_in_it_stands_in_quotes() {
    assert_eq!(way(r#"args["a.b"]"#), [key("a.b")]);
    assert_eq!(way(r#"args.x["a.b"].c"#), [key("x"), key("a.b"), key("c")]);
    assert_eq!(way(r#"args["a\"]b\\"]"#), [key("a\"]b\\")]);
    assert_eq!(way(r#"args["\u00e9"]"#), [key("é")]);
    assert_eq!(way("args['a.\"b[0]']"), [key("a.\"b[0]")]);
    assert_eq!(way(r#"args[""]"#), [key("")]);
    assert_eq!(way(r#"auth.claims["https://example.com/team"]"#), [key("https://example.com/team")]);
}

#[test]
fn the_first_dot_ends_the_name_of_the_tool_and_the_others_are_the_counters() {
    assert_eq!(counter("state.create_issue.count"), ("create_issue".into(), "count".into()));
    assert_eq!(counter("state.a.b.c"), ("a".into(), "b.c".into()));
    assert_eq!(counter(r#"state["a.b"].c"#), ("a.b".into(), "c".into()));
    assert_eq!(counter("state['a.b'].c.d"), ("a.b".into(), "c.d".into()));
    assert_eq!(counter("state._global.spend"), ("*".into(), "spend".into()));
    assert_eq!(counter("state['_global'].spend"), ("_global".into(), "spend".into()));
    assert_eq!(counter(r#"state["resource:file:///a.txt"].reads"#).0, "resource:file:///a.txt");
    let pattern = Path::parse("state.delete_*.n").unwrap().scope;
    assert_eq!(pattern, Scope::State { of: Name::Like("delete_*".into()), counter: "n".into() });
}

#[test]
fn what_is_known_of_token_server_client_and_time_has_paths() {
    for leaf in &LEAVES {
        let path = Path::parse(leaf.path).unwrap();
        assert!(path.segments.is_empty(), "{}", leaf.path);
    }
    assert_eq!(Path::parse("auth.token.aud").unwrap().scope, Scope::AuthTokenAud);
    assert_eq!(Path::parse("time.weekday").unwrap().scope, Scope::Time("weekday".into()));
    let scopes: std::collections::HashSet<_> =
        LEAVES.iter().map(|leaf| Path::parse(leaf.path).unwrap().scope).collect();
    assert_eq!(scopes.len(), LEAVES.len(), "two paths mean the same");
}

#[test]
fn what_is_no_path_is_refused_for_the_right_reason() {
    let unknown = |meant| InvalidPath::Unknown { meant };
    for (text, error) in [
        ("", unknown(None)),
        ("amount", unknown(None)),
        ("arg.amount", unknown(Some("args.NAME"))),
        ("argsx.a", unknown(None)),
        ("Args.a", unknown(None)),
        ("auth.aud", unknown(Some("auth.token.aud"))),
        ("auth.token.audience", unknown(Some("auth.token.aud"))),
        ("auth.sub.x", unknown(Some("auth.sub"))),
        ("server.nam", unknown(Some("server.name"))),
        ("time.weekdays", unknown(Some("time.weekday"))),
        ("args", InvalidPath::Unfinished("args")),
        ("args.", InvalidPath::Unfinished("args")),
        ("auth.claims", InvalidPath::Unfinished("auth.claims")),
        ("args..a", InvalidPath::EmptyPart),
        ("args.a.", InvalidPath::EmptyPart),
        ("args.[0]", InvalidPath::EmptyPart),
        ("args[0]", InvalidPath::NoList),
        ("args.a[", InvalidPath::Bracket),
        ("args.a[]", InvalidPath::Bracket),
        ("args.a[x]", InvalidPath::Bracket),
        ("args.a[*]", InvalidPath::Bracket),
        ("args.a[+1]", InvalidPath::Bracket),
        ("args.a[ 1]", InvalidPath::Bracket),
        ("args.a[01]", InvalidPath::Bracket),
        ("args.a[-0]", InvalidPath::Bracket),
        ("args.a[99999999999999999999]", InvalidPath::Bracket),
        ("args[\"a", InvalidPath::Bracket),
        ("args[\"a\"", InvalidPath::Bracket),
        ("args[\"a\\x\"]", InvalidPath::Bracket),
        ("args['a]", InvalidPath::Bracket),
        ("args.a[0]b", InvalidPath::AfterBracket),
        ("state", InvalidPath::Counter),
        ("state.", InvalidPath::Counter),
        ("state.tool", InvalidPath::Counter),
        ("state.tool.", InvalidPath::Counter),
        ("state..c", InvalidPath::Counter),
        ("state[0].c", InvalidPath::Counter),
        ("state[\"a\"]", InvalidPath::Counter),
        ("state[\"a\"]c", InvalidPath::Counter),
        ("state.*.c", InvalidPath::Star),
    ] {
        assert_eq!(Path::parse(text).map(|path| path.scope), Err(error.clone()), "{text}");
        assert!(!error.advice().is_empty());
    }
}

#[test]
fn a_path_has_a_bounded_number_of_parts() {
    let long = format!("args{}", ".a".repeat(MOST_SEGMENTS));
    assert_eq!(way(&long).len(), MOST_SEGMENTS);
    assert_eq!(Path::parse(&format!("{long}.a")), Err(InvalidPath::TooLong));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(args|state|auth\\.claims)?[\\[\\]\"'.\\\\a-c0-2é*-]{0,24}") {
        if let Ok(path) = Path::parse(&text) {
            proptest::prop_assert_eq!(&*path.text, text.as_str());
        }
    }
}
