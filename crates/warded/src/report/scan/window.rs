//! The part of a file that is shown. Files may have millions of bytes in a line, and places may span whole classes.

use std::ops::Range;

/// How far a line is shown behind what is pointed at.
const BEHIND: usize = 160;
/// How far a place is shown that has many lines, or a long one.
const LONGEST: usize = 400;

/// A part of a file.
pub(super) struct Window {
    pub(super) text: String,
    /// The number of its first line.
    pub(super) line: usize,
    /// The places in it, in the order in which they were asked for.
    pub(super) spans: Vec<Range<usize>>,
}

impl Window {
    /// The lines with these places. Lines between them are there, and empty where they are long: nobody is shown them.
    pub(super) fn of(text: &str, spans: impl Iterator<Item = Range<usize>>) -> Self {
        let spans: Vec<_> = spans.map(|span| shortened(text, span)).collect();
        let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
        let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
        let start = before(text, first).rfind('\n').map_or(0, |at| at + 1);
        let line = before(text, start).matches('\n').count() + 1;
        let mut window = Self { text: String::new(), line, spans: spans.clone() };
        let mut at = start;
        for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
            if at > last {
                break;
            }
            // Where it ends, as far as anybody is shown it.
            let marked = spans.iter().filter(|span| span.start <= at + line.len() && span.end >= at);
            let end = marked.map(|span| span.end.saturating_sub(at)).max();
            let most = end.map_or(BEHIND, |end| end.saturating_add(BEHIND));
            let kept = line.trim_end_matches(['\n', '\r']);
            let cut = kept.floor_char_boundary(most.min(kept.len()));
            let into = window.text.len();
            for (span, new) in spans.iter().zip(&mut window.spans) {
                let moved = |place: usize| {
                    (at..=at + line.len()).contains(&place).then(|| into + (place - at).min(cut))
                };
                new.start = moved(span.start).unwrap_or(new.start);
                new.end = moved(span.end).unwrap_or(new.end);
            }
            window.text.push_str(kept.get(..cut).unwrap_or_default());
            window.text.push_str(if cut < kept.len() { "…\n" } else { "\n" });
            at += line.len();
        }
        for span in &mut window.spans {
            span.end = window.text.floor_char_boundary(span.end.min(window.text.len()));
            span.start = window.text.floor_char_boundary(span.start.min(span.end));
        }
        window
    }
}

/// The beginning of a place that is long.
fn shortened(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.floor_char_boundary(span.end).max(start);
    if end - start <= LONGEST {
        return start..end;
    }
    let beginning = text.get(start..text.floor_char_boundary(start + LONGEST)).unwrap_or_default();
    // In whole lines, where there are several.
    let length = beginning.find('\n').unwrap_or(beginning.len());
    start..start + length
}

fn before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or(text)
}
