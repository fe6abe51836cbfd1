//! Is a policy file what it says, and is everything that is said about it said of a place in it?

use std::collections::HashSet;

use warded_policy::{
    Document, Hidden, Name, Part, Place, Policy, Read, Reading, Severity, Unlisted, Verdict, read, reference,
};

use crate::decision::{call, decided};

/// Reads bytes as a policy file, and asks what comes of it about tools that it names and that it does not.
///
/// An error makes no policy; what is lenient only ever takes more; findings point into the file and have codes that are
/// known. A file that can be read is asked at once: what it hides, and what it does not list where it denies that, is denied.
pub fn policy(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else {
        return;
    };
    let strict = read(source, Reading::Strict);
    let lenient = read(source, Reading::Lenient);
    for read in [&strict, &lenient] {
        points(read, source);
    }
    let Some(document) = strict.document else {
        return;
    };
    assert_eq!(lenient.document.as_ref(), Some(&document), "what is good is read alike: {source:?}");
    let Some(policy) = of(&[&document]) else {
        return;
    };
    for name in names(&document).into_iter().chain(["a tool that nobody has thought of"]) {
        asked(&document, &policy, name, source);
    }
}

/// A policy of the server `notes`, of these files; none where they take too long to judge by.
pub(crate) fn of(documents: &[&Document]) -> Option<Policy> {
    let part = |document| Part { document, place: Place::Server("notes".into()), file: "a.yaml" };
    let parts: Vec<_> = documents.iter().map(|document| part(*document)).collect();
    Policy::of(&parts).ok()
}

fn points(read: &Read, source: &str) {
    let codes: HashSet<_> = reference().codes.iter().map(|code| code.code).collect();
    let worst = read.findings.iter().map(|finding| finding.severity).max();
    let is_wrong = worst == Some(Severity::Error);
    assert_eq!(read.document.is_none(), is_wrong, "a policy has no errors, and errors are said: {source:?}");
    for finding in &read.findings {
        assert!(source.get(finding.span.clone()).is_some(), "{finding:?} points nowhere: {source:?}");
        assert!(codes.contains(finding.code), "{finding:?} has a code that is not listed");
        assert!(!finding.message.is_empty(), "{finding:?} says nothing");
    }
}

/// Every name that stands in it, as it stands there.
fn names(document: &Document) -> Vec<&str> {
    let hidden = match &document.hide {
        Hidden::Named(names) => names.as_slice(),
        Hidden::All => &[],
    };
    let listed = document.tools.iter().map(|section| &section.name);
    listed.chain(hidden).take(16).map(Name::text).collect()
}

fn asked(document: &Document, policy: &Policy, tool: &str, source: &str) {
    let Some((decision, _)) = decided(policy, &call(tool, "{}", None)) else {
        return;
    };
    let is_denied = matches!(decision.verdict, Verdict::Deny(_));
    if document.shadow {
        assert!(
            matches!(decision.verdict, Verdict::Allow(_)),
            "what is only looked at refuses {tool:?}: {source:?}"
        );
        return;
    }
    let is_named =
        |names: &[Name]| names.iter().any(|name| matches!(name, Name::Exactly(name) if **name == *tool));
    let is_hidden = match &document.hide {
        Hidden::All => true,
        Hidden::Named(names) => is_named(names),
    };
    if is_hidden {
        assert!(is_denied && policy.hides(tool), "{tool:?} is hidden, and may be called: {source:?}");
    }
    let has_patterns = document.tools.iter().any(|section| matches!(section.name, Name::Like(_)));
    let is_listed = document.tools.iter().any(|section| *section.name.text() == *tool);
    if document.default == Unlisted::Deny && !has_patterns && !is_listed {
        assert!(is_denied, "{tool:?} is not listed, and may be called: {source:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A corpus in which nothing is a policy would show nothing.
    #[test]
    fn good_seeds_are_policies_and_no_other() {
        let mut good = 0;
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/policy");
        for seed in std::fs::read_dir(corpus).unwrap() {
            let path = seed.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Ok(source) = std::fs::read_to_string(&path) else { continue };
            let is_policy = read(&source, Reading::Strict).document.is_some();
            assert_eq!(is_policy, name.starts_with("good"), "{name}");
            good += usize::from(is_policy);
        }
        assert!(good >= 15, "{good}");
    }
}
