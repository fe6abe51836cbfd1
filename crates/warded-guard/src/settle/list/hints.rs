//! May others be shown it, too? What a result says of itself to caches.
//!
//! A server behind knows nothing of the rules before it, and may say of a list that everybody gets the same. A client
//! or a proxy that believes it would show one caller's list to another (MCP 2026-07-28, Caching: `cacheScope`).

use super::{By, Edit, Span};
use crate::call::folds_to;

/// What was read is no list, but whether it may be read depends on the caller all the same.
pub(super) const CONTENTS: &str = "contents";
const SCOPE: &str = "cacheScope";
const PRIVATE: &[u8] = b"\"private\"";
/// For a result that says for how long it may be kept and not by whom: readers differ in what that means.
const ABSENT: &[u8] = b"\"cacheScope\":\"private\",";

/// The hints of one result.
pub(super) struct Hints {
    result: Span,
    /// What it says instead of `private`.
    wrong: Vec<Span>,
    has_scope: bool,
    may_be_kept: bool,
    depends_on_caller: bool,
}

impl Hints {
    pub(super) fn in_result(result: Span) -> Self {
        let (wrong, has_scope, may_be_kept, depends_on_caller) = (Vec::new(), false, false, false);
        Self { result, wrong, has_scope, may_be_kept, depends_on_caller }
    }

    /// Looks at a member of the result.
    pub(super) fn see(&mut self, name: &str, value: Span, text: &[u8]) {
        self.has_scope |= name == SCOPE;
        self.may_be_kept |= folds_to(name, "ttlMs");
        self.depends_on_caller |= folds_to(name, CONTENTS);
        if folds_to(name, SCOPE) && value.of(text) != PRIVATE {
            self.wrong.push(value);
        }
    }

    /// Not everybody gets what this result holds.
    pub(super) fn depends_on_caller(&mut self) {
        self.depends_on_caller = true;
    }

    /// What must change so that nobody else is shown it.
    pub(super) fn made_private(self) -> Vec<Edit> {
        if !self.depends_on_caller {
            return Vec::new();
        }
        let private = |span| Edit { span, by: By::Text(PRIVATE) };
        let mut edits: Vec<_> = self.wrong.into_iter().map(private).collect();
        if self.may_be_kept && !self.has_scope {
            // Behind the brace that opens the result: it has a member, so a comma stands right.
            let at = self.result.from + 1;
            edits.push(Edit { span: Span { from: at, to: at }, by: By::Text(ABSENT) });
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::super::{tests::sight, within};

    fn private(text: &str) -> String {
        let shown = within(&sight(), text.as_bytes()).unwrap_or_else(|| text.as_bytes().to_vec());
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn what_depends_on_the_caller_is_for_nobody_else() {
        for (said, shown) in [
            (
                r#"{"result":{"tools":[{"name":"read"}],"ttlMs":1000,"cacheScope":"public"}}"#,
                r#"{"result":{"tools":[{"name":"read"}],"ttlMs":1000,"cacheScope":"private"}}"#,
            ),
            (
                r#"{"result":{"cacheScope" : "public" ,"tools":[{"name":"wipe"}]}}"#,
                r#"{"result":{"cacheScope" : "private" ,"tools":[]}}"#,
            ),
            (
                r#"{"result":{"prompts":[],"ttlMs":5}}"#,
                r#"{"result":{"cacheScope":"private","prompts":[],"ttlMs":5}}"#,
            ),
            (
                r#"{"result":{"contents":[],"cacheScope":"p\u0075blic"}}"#,
                r#"{"result":{"contents":[],"cacheScope":"private"}}"#,
            ),
            (
                r#"{"result":{"resources":[],"cachescope":"public","ttlMs":1}}"#,
                r#"{"result":{"cacheScope":"private","resources":[],"cachescope":"private","ttlMs":1}}"#,
            ),
            (
                r#"{"result":{"cacheScope":"private","cacheScope":{"a":["public"]},"tools":[]}}"#,
                r#"{"result":{"cacheScope":"private","cacheScope":"private","tools":[]}}"#,
            ),
        ] {
            assert_eq!(private(said), shown);
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(shown).is_ok());
            assert_eq!(private(shown), shown, "and stays so");
        }
    }

    #[test]
    fn everything_else_may_be_kept_as_its_server_says() {
        for text in [
            r#"{"result":{"tools":[],"ttlMs":1,"cacheScope":"private"}}"#,
            r#"{"result":{"tools":[]}}"#,
            r#"{"result":{"content":[],"cacheScope":"public","ttlMs":1}}"#,
            r#"{"result":{"_meta":{"cacheScope":"public","contents":1}}}"#,
            r#"{"params":{"tools":[],"cacheScope":"public"}}"#,
        ] {
            assert_eq!(private(text), text);
        }
    }
}
