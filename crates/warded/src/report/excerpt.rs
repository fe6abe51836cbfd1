//! What does a finding look like to people? Its message, the lines of the file that it is about, and what to do.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};

use super::tame;

/// A finding of whatever kind of file.
pub(super) struct Excerpt<'a> {
    pub(super) level: Level<'static>,
    pub(super) code: &'static str,
    pub(super) message: &'a str,
    /// In bytes of the file, and what is said of each; the first is the main one.
    pub(super) places: Vec<(Range<usize>, &'a str)>,
    pub(super) advice: Vec<&'a str>,
}

impl Excerpt<'_> {
    /// With the lines of this file.
    pub(super) fn of(&self, path: &str, source: &str) -> String {
        let title = self.level.clone().primary_title(self.message).id(self.code);
        let group = if self.places.is_empty() {
            Group::with_title(title)
        } else {
            let kinds =
                std::iter::once(AnnotationKind::Primary).chain(std::iter::repeat(AnnotationKind::Context));
            let annotations = self
                .places
                .iter()
                .zip(kinds)
                .map(|((span, label), kind)| kind.span(within(span.clone(), source)).label(*label));
            title.element(Snippet::source(source).path(path).annotations(annotations))
        };
        // The one part that the renderer takes as it is, and it may name what stands in the file.
        let advice = self.advice.iter().map(|advice| normalize_untrusted_str(advice));
        let group = group.elements(advice.map(|advice| Level::HELP.message(advice)));
        tame::replaced(&Renderer::styled().term_width(140).render(&[group]))
    }
}

/// A span that lies within the text and between characters.
fn within(range: Range<usize>, source: &str) -> Range<usize> {
    source.floor_char_boundary(range.start)..source.floor_char_boundary(range.end.max(range.start))
}
