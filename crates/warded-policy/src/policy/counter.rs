//! Which counter is it? By the names in the policy and by who asks; never by where a file is or how it is written.

use std::sync::Arc;

use super::section::Kind;
use crate::{Call, CounterKey, Name, Per, Window};

/// A counter, before it is known who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) place: Arc<str>,
    pub(crate) scope: Arc<str>,
    pub(crate) counter: Arc<str>,
    pub(crate) window: Window,
    pub(crate) per: Vec<Per>,
}

impl Spec {
    pub(crate) fn key(&self, call: &Call<'_>) -> CounterKey {
        CounterKey {
            place: self.place.clone(),
            scope: self.scope.clone(),
            counter: self.counter.clone(),
            per: owner(&self.per, call),
        }
    }
}

/// The scope of a counter. No two sections have the same: a tool that is named like something else says that it is a tool.
pub(crate) fn scope(kind: Kind, name: &Name) -> Arc<str> {
    let text = name.text();
    match (kind, name) {
        (Kind::Tool, Name::Every) => "_global".into(),
        (Kind::Tool, _) if is_taken(text) => format!("tool:{text}").into(),
        (Kind::Tool, _) => text.into(),
        (Kind::Resource, _) => format!("resource:{text}").into(),
        (Kind::Prompt, _) => format!("prompt:{text}").into(),
    }
}

fn is_taken(name: &str) -> bool {
    name == "_global" || ["tool:", "resource:", "prompt:"].iter().any(|prefix| name.starts_with(prefix))
}

/// What a state path calls a section.
pub(crate) fn called(kind: Kind, name: &Name) -> String {
    let prefix = match kind {
        Kind::Tool => "",
        Kind::Resource => "resource:",
        Kind::Prompt => "prompt:",
    };
    format!("{prefix}{}", name.text())
}

/// Whose own counter it is. As lists of JSON, so that nobody can name himself like somebody else: without the brackets, the
/// subject `a` of the issuer `b c` would share a counter with the subject `c a` of `b`.
fn owner(per: &[Per], call: &Call<'_>) -> Box<str> {
    let mut per = per.to_vec();
    per.sort_unstable();
    per.dedup();
    let caller = call.auth.caller;
    let named = |per: &Per| match per {
        Per::Subject => serde_json::json!(["subject", caller.issuer, caller.subject]),
        Per::Client => serde_json::json!(["client", caller.issuer, caller.client]),
        Per::Token => serde_json::json!(["token", caller.token]),
        Per::Server => serde_json::json!(["server", call.server.name]),
    };
    per.iter().map(|per| named(per).to_string()).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_sections_have_the_same_scope() {
        let exactly = |text: &str| Name::Exactly(text.into());
        let sections = [
            (Kind::Tool, Name::Every, "_global"),
            (Kind::Tool, exactly("_global"), "tool:_global"),
            (Kind::Tool, exactly("wipe"), "wipe"),
            (Kind::Tool, Name::Like("wipe_*".into()), "wipe_*"),
            (Kind::Tool, exactly("resource:x"), "tool:resource:x"),
            (Kind::Tool, exactly("tool:_global"), "tool:tool:_global"),
            (Kind::Resource, exactly("x"), "resource:x"),
            (Kind::Resource, Name::Every, "resource:*"),
            (Kind::Prompt, exactly("x"), "prompt:x"),
            (Kind::Prompt, Name::Every, "prompt:*"),
        ];
        for (kind, name, expected) in &sections {
            assert_eq!(&*scope(*kind, name), *expected);
        }
    }
}
