use std::path::PathBuf;

use super::*;
use crate::{Settings, scan};

fn walked(files: &[(&str, &str)]) -> Walked {
    let sources = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
    Walked { sources: sources.collect(), ..Walked::default() }
}

/// What becomes of files. `spoil` changes what is found when it is looked at again.
fn mended(files: &[(&str, &str)], with_unsafe: bool, spoil: &dyn Fn(&mut Scanned)) -> Mended {
    let walked = walked(files);
    let scan = |walked| scan(walked, &Settings::default(), &Watch::NOBODY);
    let spoilt = |walked| {
        let mut scanned = scan(walked);
        spoil(&mut scanned);
        scanned
    };
    let all = scan(walked.again());
    let wanted = all.findings.clone();
    let budget = Duration::from_secs(10);
    let mending = Mending { walked: &walked, with_unsafe, budget, watch: &Watch::NOBODY, scan: &spoilt };
    mending.run(all, &wanted)
}

fn paths(mended: &Mended) -> Vec<&str> {
    mended.changed.iter().map(|change| &*change.path).collect()
}

const SAFE: &str =
    "from jose import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, audience=SERVER_URL)\n";
const UNSAFE: &str = "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY)\n";

#[test]
fn only_safe_fixes_are_applied_where_only_these_are_asked_for() {
    let files = [("a.py", SAFE), ("b.py", UNSAFE), ("c.py", "x = 1\n")];
    let only_safe = mended(&files, false, &|_| {});
    assert_eq!((paths(&only_safe), only_safe.fixed), (vec!["a.py"], 1));
    assert_eq!(only_safe.left, [(Left::Unsafe, 1)].into());
    assert!(only_safe.scanned.findings.iter().all(|one| one.fix.is_some()));
    let both = mended(&files, true, &|_| {});
    assert_eq!((paths(&both), both.fixed, both.left.len()), (vec!["a.py", "b.py"], 2, 0));
    assert_eq!(both.scanned.findings.len(), 0);
}

#[test]
fn fixes_about_the_same_lines_are_applied_one_after_the_other() {
    // The second one is about what the first one writes.
    let both = "import jwt\nimport requests\n\ndef f(token, code):\n    return [jwt.decode(token, KEY), jwt.decode(token, OTHER)]\n";
    let mended = mended(&[("a.py", both)], true, &|_| {});
    assert_eq!((mended.fixed, mended.left.len()), (2, 0));
    let after = &mended.changed[0].after;
    assert_eq!(after.matches("audience=MCP_SERVER_URL").count(), 2, "{after}");
    assert_eq!(after.matches("MCP_SERVER_URL = ").count(), 1, "{after}");
}

#[test]
fn a_fix_that_does_not_hold_together_with_the_rest_is_left_out() {
    let files = [("a.py", SAFE), ("b.py", UNSAFE)];
    let other = scan(
        walked(&[("b.py", "x = 1\n\n\nimport jwt\n\ndef f(t):\n    return jwt.decode(t, KEY)\n")]),
        &Settings::default(),
        &Watch::NOBODY,
    );
    // Something new is found in one file each time.
    let mended = mended(&files, true, &|scanned| scanned.findings.extend(other.findings.iter().cloned()));
    assert_eq!(paths(&mended), [""; 0]);
    assert_eq!(mended.left, [(Left::Apart, 2)].into());
}

#[test]
fn a_file_that_cannot_be_read_afterwards_stays_as_it_is() {
    let files = [("a.py", SAFE), ("b.py", UNSAFE)];
    let mended = mended(&files, true, &|scanned| {
        if scanned.findings.iter().all(|one| &*one.spot.path != "b.py") {
            scanned.unseen.push(crate::Unseen {
                path: "b.py".into(),
                span: Some(0..1),
                why: crate::Why::Syntax,
            });
        }
    });
    assert_eq!(paths(&mended), ["a.py"]);
    assert_eq!((mended.fixed, mended.left), (1, [(Left::Apart, 1)].into()));
}

#[test]
fn what_a_change_holds_is_not_printed() {
    let change = Change {
        path: "a".into(),
        before: "secret".into(),
        after: "secret".into(),
        shown: ("".into(), "".into()),
        mode: None,
    };
    assert!(!format!("{change:?}").contains("secret"));
}

#[cfg(unix)]
#[test]
fn files_whose_names_look_alike_are_not_taken_for_each_other() {
    use std::os::unix::ffi::OsStringExt as _;
    let named = |byte: u8| PathBuf::from(std::ffi::OsString::from_vec(vec![byte, b'.', b'p', b'y']));
    for other in [SAFE.to_owned(), format!("\n\n{SAFE}")] {
        let sources = vec![(named(0xfe), SAFE.to_owned()), (named(0xff), other)];
        let walked = Walked { sources, ..Walked::default() };
        let scan = |walked| scan(walked, &Settings::default(), &Watch::NOBODY);
        let all = scan(walked.again());
        let wanted = all.findings.clone();
        assert_eq!(wanted.len(), 2);
        let budget = Duration::from_secs(10);
        let mending =
            Mending { walked: &walked, with_unsafe: true, budget, watch: &Watch::NOBODY, scan: &scan };
        let mended = mending.run(all, &wanted);
        assert_eq!((mended.fixed, mended.scanned.findings.len(), mended.changed.len()), (0, 2, 0));
        assert_eq!(mended.left, [(Left::None, 2)].into());
    }
}
