//! What is told of requests and claims, as text.

use std::fmt::Write as _;

use super::shown;
use crate::{
    flow::{
        event::{self, Event},
        machine::Machine,
        request,
        split::{ABSENT, COMPARED},
        value::Mark,
    },
    language::Language,
    library::{Does, Library},
    project::{File, PLAINLY, Project, Roots},
};

/// A project of these files, manifests among them.
fn project(files: &[(&str, &str)]) -> Project<'static> {
    let (mut roots, mut sources) = (Roots::default(), Vec::new());
    for (path, text) in files {
        roots.read(path.as_ref(), text);
        let Some(language) = Language::of(path.as_ref()) else { continue };
        sources.push(File::new(path.as_ref(), language, text, PLAINLY));
    }
    Project::with_roots(sources, roots)
}

/// Both of them.
pub(super) fn told(path: &str, source: &str) -> String {
    let files = [(path, source)];
    requests(&files) + &claims(&files)
}

/// Every request that each function makes: which, and whether `resource` is in it.
pub(super) fn requests(files: &[(&str, &str)]) -> String {
    let project = project(files);
    let library = Library::known();
    let mut out = String::new();
    for function in project.functions() {
        for event in Machine::run(&project, library, function).events {
            let Some(request) = request::of(&event) else { continue };
            let Event::Called { what, .. } = &event else { continue };
            let name = &project.function(function).name;
            let open = if request.open.is_some() { " and more" } else { "" };
            let _ = writeln!(out, "{name}: {what} {:?} {:?}{open}", request.asks, request.resource);
        }
    }
    out
}

/// Every token that each function verifies, with the audience that is demanded; and at each end that is no refusal
/// whether it was compared, and whether it may be absent.
pub(super) fn claims(files: &[(&str, &str)]) -> String {
    let project = project(files);
    let library = Library::known();
    let mut out = String::new();
    for function in project.functions() {
        let name = &project.function(function).name;
        let mut all = Vec::new();
        for event in Machine::run(&project, library, function).events {
            match &event {
                Event::Called { known, what, result, heap, .. } if known.does == Does::Verify => {
                    let told = |paths| {
                        request::given(&event, paths).map_or("-".to_owned(), |value| shown(&value, heap))
                    };
                    let (demanded, off) = (told(&known.audience), told(&known.off));
                    let _ = writeln!(out, "{name}: {what} audience {demanded} off {off}");
                    all.extend(result.marks.iter().filter_map(|mark| match mark {
                        Mark::Claims(claims) => Some(claims),
                        _ => None,
                    }));
                }
                Event::Ended { value, heap } if !event::refuses(value, heap) => {
                    for claims in all.iter().filter_map(|claims| heap.get(*claims)) {
                        let (compared, absent) = (claims.presence(COMPARED), claims.presence(ABSENT));
                        let value = shown(value, heap);
                        let _ = writeln!(out, "  {value}: compared {compared:?}, absent {absent:?}");
                    }
                }
                _ => {}
            }
        }
    }
    out
}
