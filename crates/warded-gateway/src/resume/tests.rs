use super::*;

fn seal() -> Arc<SessionSeal> {
    Arc::new(SessionSeal::new(&[7; 32]).unwrap())
}

fn owner<'o>(subject: &'o str, server: &'o str) -> Owner<'o> {
    Owner::new(Some(subject), Some("app"), server, "https://login.example.com")
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap()
}

pub(super) fn numbering() -> Numbering {
    Numbering::of(&seal(), &owner("alice", "notes"), None)
}

#[test]
fn the_caller_that_got_an_event_resumes_after_it_and_does_not_see_its_id() {
    for id in ["1", "stream-4_17", "a\u{20ac} b\t", &"x".repeat(MAX_ID)] {
        let sealed = numbering().seal(id.as_bytes()).unwrap();
        assert!(!sealed.contains(id) || id == "1", "{sealed}");
        assert_eq!(numbering().open(&header(&sealed)).unwrap().as_bytes(), id.as_bytes());
        assert_eq!(numbering().seal(id.as_bytes()).unwrap(), sealed, "sent again, it is the same event");
        assert!(sealed.len() <= MAX_SEALED);
    }
    assert_eq!(numbering().seal(b"17").unwrap().len(), 24);
}

#[test]
fn nobody_else_resumes_it() {
    let session = header("s-1");
    let mine = Numbering::of(&seal(), &owner("alice", "notes"), Some(&session));
    let sealed = header(&mine.seal(b"17").unwrap());
    assert!(mine.open(&sealed).is_some());
    for other in [
        Numbering::of(&seal(), &owner("bob", "notes"), Some(&session)),
        Numbering::of(&seal(), &owner("alice", "files"), Some(&session)),
        Numbering::of(&seal(), &owner("alice", "notes"), Some(&header("s-2"))),
        Numbering::of(&seal(), &owner("alice", "notes"), Some(&header(""))),
        Numbering::of(&seal(), &owner("alice", "notes"), None),
        Numbering::of(
            &Arc::new(SessionSeal::new(&[8; 32]).unwrap()),
            &owner("alice", "notes"),
            Some(&session),
        ),
    ] {
        assert!(other.open(&sealed).is_none());
    }
    // A sealed session id is none of an event, and the other way round.
    let session = seal().seal(&header("17"), &owner("alice", "notes")).unwrap();
    assert!(numbering().open(&session).is_none());
    let event = header(&numbering().seal(b"17").unwrap());
    assert_eq!(seal().open(&event, &owner("alice", "notes")), Err(Refusal::SessionUnknown));
}

#[test]
fn what_was_not_given_out_is_not_opened() {
    let sealed = numbering().seal(b"17").unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert!(numbering().open(&HeaderValue::from_bytes(&changed).unwrap()).is_none(), "{at}");
    }
    let long = "A".repeat(MAX_SEALED + 4);
    let (_, cut) = sealed.split_at(1);
    for forged in ["17", "AAAA", cut, &format!("{sealed}="), &format!("{sealed}A"), &long] {
        assert!(numbering().open(&header(forged)).is_none(), "{forged}");
    }
    assert!(numbering().open(&HeaderValue::from_bytes(b"\xff\xfe").unwrap()).is_none());
}

#[test]
fn an_id_that_no_header_could_bring_back_is_not_sealed() {
    for id in [&b"a\0b"[..], b"\x01", b"\x7f", &[b'x'; MAX_ID + 1]] {
        assert!(numbering().seal(id).is_none(), "{id:?}");
    }
}

#[test]
fn a_request_names_one_event_of_its_own_or_none() {
    let resumed = |values: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&LAST_EVENT_ID, header(value));
        }
        resume(&mut headers, numbering).map(|()| headers)
    };
    let sealed = numbering().seal(b"17").unwrap();
    assert_eq!(resumed(&[]), Ok(HeaderMap::new()));
    assert_eq!(resumed(&[""]), Ok(HeaderMap::new()));
    assert_eq!(resumed(&[&sealed]).unwrap()[&LAST_EVENT_ID], "17");
    assert_eq!(resumed(&["17"]), Err(Refusal::EventUnknown));
    let twice = Err(Refusal::HeaderDisagrees { header: "Last-Event-ID" });
    assert_eq!(resumed(&[&sealed, &sealed]), twice);
    assert_eq!(resumed(&["", &sealed]), twice);
}
