//! Texts after edits.

use std::ops::Range;

use crate::finding::Edit;

/// A text after edits that do not overlap. Nothing where they do, or lead nowhere in it.
pub(super) fn applied(text: &str, edits: &[&Edit]) -> Option<String> {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| (edit.spot.span.start, edit.spot.span.end));
    let (mut new, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        let span = &edit.spot.span;
        new.push_str(text.get(at..span.start)?);
        text.get(span.clone())?;
        new.push_str(&edit.text);
        at = span.end;
    }
    new.push_str(text.get(at..)?);
    Some(new)
}

/// Where a place is after edits; nothing where it was written anew.
pub(super) fn moved(place: usize, edits: &[&Edit]) -> Option<usize> {
    let mut new = place;
    for edit in edits {
        let span = &edit.spot.span;
        if span.end <= place && !(span.start == place && span.is_empty()) {
            new = (new + edit.text.len()).checked_sub(span.len())?;
        } else if span.start < place {
            return None;
        }
    }
    Some(new)
}

/// Whether two edits are about the same part of a file. Two that insert at one place are: nobody knows which comes first.
pub(super) fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    if one.is_empty() || other.is_empty() {
        return one.start <= other.end && other.start <= one.end;
    }
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Spot;

    fn edit(span: Range<usize>, text: &str) -> Edit {
        Edit { spot: Spot { path: "a.py".into(), span }, text: text.to_owned() }
    }

    #[test]
    fn edits_are_put_in_order_and_lead_somewhere() {
        let (one, other) = (edit(4..7, "zwei"), edit(0..3, "eins"));
        assert_eq!(applied("one two", &[&one, &other]).as_deref(), Some("eins zwei"));
        assert_eq!(moved(4, &[&other]), Some(5));
        assert_eq!(moved(2, &[&other]), None);
        assert_eq!(moved(0, &[&other]), Some(0));
        for wrong in [edit(3..99, ""), edit(1..2, "")] {
            assert_eq!(applied("äöü", &[&wrong]), None);
        }
        assert_eq!(applied("one two", &[&one, &edit(5..6, "")]), None);
    }

    #[test]
    fn parts_that_touch_do_not_overlap_and_two_insertions_do() {
        assert!(overlap(&(0..3), &(2..4)) && overlap(&(2..2), &(2..2)) && overlap(&(0..2), &(2..2)));
        assert!(!overlap(&(0..2), &(2..4)) && !overlap(&(0..2), &(3..3)));
    }
}
