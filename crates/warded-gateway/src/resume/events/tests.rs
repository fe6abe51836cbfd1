use proptest::prelude::*;

use super::{super::tests::numbering, *};

fn in_chunks(text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut events = Events::of(numbering());
    let mut out = Vec::new();
    let mut at = 0;
    for cut in cuts.iter().copied().chain([text.len()]) {
        let cut = cut.clamp(at, text.len());
        out.extend(events.push(&Bytes::copy_from_slice(&text[at..cut])));
        at = cut;
    }
    out
}

fn whole(text: &str) -> String {
    String::from_utf8(in_chunks(text.as_bytes(), &[])).unwrap()
}

fn sealed(id: &str) -> String {
    numbering().seal(id.as_bytes()).unwrap()
}

#[test]
fn an_id_is_sealed_and_nothing_else_changes() {
    for end in ["\n", "\r\n", "\r"] {
        let event = |id: &str| {
            ["event: message", &format!("id: {id}"), "data: id: 7", "retry: 10", ": id: 7", "", ""].join(end)
        };
        assert_eq!(whole(&event("7")), event(&sealed("7")), "{end:?}");
    }
    assert_eq!(whole("id:7\ndata: {}\n\n"), format!("id:{}\ndata: {{}}\n\n", sealed("7")));
    assert_eq!(whole("id:  7 \n\n"), format!("id: {}\n\n", sealed(" 7 ")), "one space is none of it");
    let (first, second) = (sealed("1"), sealed("2"));
    assert_eq!(whole("id: 1\nid: 2\n\n"), format!("id: {first}\nid: {second}\n\n"));
    assert_eq!(whole("data\n\nid: 1\n\nid: 2\n\n"), format!("data\n\nid: {first}\n\nid: {second}\n\n"));
}

#[test]
fn what_is_no_id_passes() {
    for text in [
        "",
        "id\n\n",
        "id:\n\n",
        "id: \n\n",
        "id",
        "ids: 7\n\n",
        "i\n",
        "Id: 7\n\n",
        " id: 7\n\n",
        "data: {}\n\n",
    ] {
        let shown = whole(text);
        assert_eq!(shown, if text == "id" { "" } else { text });
    }
}

#[test]
fn a_byte_order_mark_stands_before_the_first_line_only() {
    let id = sealed("7");
    assert_eq!(whole("\u{feff}id: 7\n\n"), format!("\u{feff}id: {id}\n\n"));
    for text in ["\u{feff}data: 7\n\n", "\n\u{feff}id: 7\n\n", "\u{feff}\u{feff}id: 7\n\n"] {
        assert_eq!(whole(text), text);
    }
}

#[test]
fn an_id_that_could_not_come_back_is_left_out() {
    for end in ["\n", "\r\n", "\r"] {
        let longest = "x".repeat(MAX_ID);
        let text = |id: &str| format!("id: 1{end}data: 1{end}{end}id: {id}{end}data: 2{end}{end}");
        assert_eq!(
            whole(&text(&longest)),
            text(&sealed(&longest)).replacen("id: 1", &format!("id: {}", sealed("1")), 1)
        );
        for bad in [format!("{longest}x"), "x".repeat(100_000), "a\0b".to_owned(), "\u{1}".to_owned()] {
            let expected = format!("id: {}{end}data: 1{end}{end}:{end}data: 2{end}{end}", sealed("1"));
            assert_eq!(whole(&text(&bad)), expected);
            let every = (0..text(&bad).len()).step_by(7).collect::<Vec<_>>();
            assert_eq!(in_chunks(text(&bad).as_bytes(), &every), expected.as_bytes());
        }
    }
    assert_eq!(whole("\u{feff}id: a\0b\n\n"), "\u{feff}:\n\n");
}

#[test]
fn nothing_but_an_id_is_held_back() {
    let mut events = Events::of(numbering());
    for part in ["data: 1", "23", "\r", "\n\r", "\n", ": alive\n", "event: ", "id"] {
        assert_eq!(events.push(&part.into()), part);
    }
    assert_eq!(events.push(&"\n".into()), "\n");
    for part in ["i", "d", ":", " 7"] {
        assert_eq!(events.push(&part.into()), "");
    }
    assert_eq!(events.push(&"\r".into()), format!("id: {}\r", sealed("7")));
    assert_eq!(events.push(&"\n".into()), "\n");
    assert_eq!(events.push(&"i".into()), "");
    assert_eq!(events.push(&"x".into()), "ix");
}

#[test]
fn a_chunk_without_ids_is_not_copied() {
    let chunk = Bytes::from_static(b"event: message\ndata: {\"jsonrpc\":\"2.0\"}\n\n");
    let shown = Events::of(numbering()).push(&chunk);
    assert_eq!((shown.as_ptr(), shown.len()), (chunk.as_ptr(), chunk.len()));
}

#[test]
fn what_is_held_back_is_bounded() {
    let mut events = Events::of(numbering());
    events.push(&"id: ".into());
    for _ in 0..1_000 {
        events.push(&Bytes::from(vec![b'x'; 100]));
        assert!(events.held.len() <= MAX_LINE + 100);
    }
    assert!(events.held.is_empty());
}

/// The ids that a reader of the standard ends up with, one for each event.
fn ids(stream: &[u8]) -> Vec<Vec<u8>> {
    let stream = stream.strip_prefix(MARK).unwrap_or(stream);
    let text = String::from_utf8_lossy(stream).replace("\r\n", "\n").replace('\r', "\n");
    let (mut ids, mut last) = (Vec::new(), Vec::new());
    let Some((lines, _cut_off)) = text.rsplit_once('\n') else { return ids };
    for line in lines.split('\n') {
        if line.is_empty() {
            ids.push(last.clone());
        } else if let Some(value) = line.strip_prefix("id:").or((line == "id").then_some("")) {
            let value = value.strip_prefix(' ').unwrap_or(value);
            if !value.contains('\0') {
                last = value.as_bytes().to_vec();
            }
        }
    }
    ids
}

proptest! {
    #[test]
    fn chunks_do_not_matter_and_a_reader_reads_each_id_sealed(
        parts in prop::collection::vec(prop::sample::select(vec![
            "id: 7", "id:", "id", "i", "d", ":", " ", "\n", "\r", "\r\n", "\n\n", "\u{feff}", "data: id: 1", "x", "\u{e9}",
        ]), 0..30),
        cuts in prop::collection::vec(0_usize..200, 0..40),
    ) {
        let text = parts.concat();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let at_once = in_chunks(text.as_bytes(), &[]);
        prop_assert_eq!(&in_chunks(text.as_bytes(), &cuts), &at_once);
        let every = (0..text.len()).collect::<Vec<_>>();
        prop_assert_eq!(&in_chunks(text.as_bytes(), &every), &at_once);
        let opened = ids(&at_once).into_iter().map(|id| {
            if id.is_empty() { return id; }
            numbering().open(&http::HeaderValue::from_bytes(&id).unwrap()).unwrap().as_bytes().to_vec()
        });
        prop_assert_eq!(opened.collect::<Vec<_>>(), ids(text.as_bytes()));
    }
}
