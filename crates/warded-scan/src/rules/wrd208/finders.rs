//! Functions that read a token from a query for somebody else, who may leave it: a library offers them, and uses them nowhere.

use crate::{flow::event::Event, language::Language, project::Place, rules::Seen};

/// Whether a place is in such a function: it is called like what it finds, does nothing else with it, and nobody here uses
/// it.
pub(super) fn is_offered(seen: &Seen<'_>, at: &Place) -> bool {
    let Some(function) = seen.project.innermost(at) else { return false };
    let of = seen.project.function(function);
    let file = seen.project.file(function.file);
    let name = of.name.to_ascii_lowercase();
    let is_called_so = ["token", "jwt", "bearer"].iter().any(|word| name.contains(word));
    let is_method = file
        .module()
        .classes
        .iter()
        .any(|class| class.span.start <= of.span.start && of.span.end <= class.span.end);
    // In Go only what is written with a capital is for others.
    let is_for_others = file.language != Language::Go || of.name.starts_with(char::is_uppercase);
    let reads = seen.ran.iter().filter(|(root, _)| *root == function).any(|(_, ran)| {
        ran.events.iter().any(|event| matches!(event, Event::Asked { at: asked, .. } if asked == at))
            && ran.events.iter().all(|event| !matches!(event, Event::Called { .. } | Event::Handed { .. }))
    });
    is_called_so && !is_method && is_for_others && reads && !is_used(seen, &of.name)
}

/// Whether a function is named anywhere else than where it is written, but for comments.
fn is_used(seen: &Seen<'_>, name: &str) -> bool {
    let mut named = seen.project.files().flat_map(|(_, file)| file.text.lines()).filter(|line| {
        let line = line.trim_start();
        let is_comment = ["//", "#", "*", "/*"].iter().any(|begin| line.starts_with(begin));
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        !is_comment && line.split(|letter| !is_part(letter)).any(|word| word == name)
    });
    named.nth(1).is_some()
}
