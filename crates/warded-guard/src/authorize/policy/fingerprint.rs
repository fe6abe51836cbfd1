//! Which call was approved? The very one: what it does, by whom, where, and by which rule it was held.

use aws_lc_rs::digest::{Context, SHA256};

use super::{
    outline::Outline,
    reached::{Reached, What},
};

/// Who makes it, and where.
pub(super) struct By<'a> {
    pub(super) server: &'a str,
    pub(super) issuer: &'a str,
    pub(super) subject: Option<&'a str>,
    pub(super) client: Option<&'a str>,
    /// The name of the token by which it is made.
    pub(super) token: &'a str,
}

/// A hash of all that makes a call the one that it is.
pub(super) fn of(one: &Reached<'_>, outline: &Outline, rule: &[u8; 32], by: &By<'_>) -> Option<[u8; 32]> {
    hashed(one, &outline.sha256, rule, by)
}

/// The same for all rounds of a call, whatever holds it: by the hash of what stays the same of its parameters.
pub(super) fn of_rounds(one: &Reached<'_>, lasting: &[u8; 32], by: &By<'_>) -> Option<[u8; 32]> {
    hashed(one, lasting, &[], by)
}

/// What this rule holds of a call of which one knows already that it is the same.
pub(super) fn of_thing(one: &Reached<'_>, rule: &[u8; 32], by: &By<'_>) -> Option<[u8; 32]> {
    hashed(one, &[0; 32], rule, by)
}

fn hashed(one: &Reached<'_>, parameters: &[u8; 32], rule: &[u8], by: &By<'_>) -> Option<[u8; 32]> {
    let kind = match one.what {
        What::Tool(_) => "tool",
        What::Prompt(_) => "prompt",
        What::Resource(_) => "resource",
    };
    let mut hash = Context::new(&SHA256);
    // Of two whom nobody names, neither has the other's approvals: each has those of its own token.
    let token = Some(by.token).filter(|_| by.subject.is_none() && by.client.is_none());
    let parts = [Some(kind), Some(one.method), Some(one.what.name()), Some(by.server), Some(by.issuer)];
    for part in parts.into_iter().chain([by.subject, by.client, token]) {
        // With its length before it: or what ends one part could begin the next. Who has no name is not who has an empty one.
        hash.update(&[u8::from(part.is_some())]);
        let bytes = part.unwrap_or_default().as_bytes();
        hash.update(&u64::try_from(bytes.len()).ok()?.to_be_bytes());
        hash.update(bytes);
    }
    hash.update(parameters);
    hash.update(rule);
    let mut fingerprint = [0; 32];
    fingerprint.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Some(fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(one: &Reached<'_>, rule: &[u8; 32], by: &By<'_>) -> Option<[u8; 32]> {
        super::of(one, &Outline::of(one.params.unwrap_or("{}")).unwrap(), rule, by)
    }

    #[test]
    fn whoever_makes_another_call_has_no_approval_for_it() {
        let reached = |name, arguments| super::super::reached::tests::tool(name, arguments);
        let (subject, client) = (Some("ada"), Some("editor"));
        let by = || By { server: "notes", issuer: "https://a", subject, client, token: "t" };
        let rule = [1; 32];
        let usual = of(&reached("wipe", Some("{\"a\":1}")), &rule, &by());
        assert!(usual.is_some());
        assert_eq!(of(&reached("wipe", Some("{ \"a\" : 1 }")), &rule, &by()), usual);
        let meta = Some("{\"_meta\":{\"progressToken\":7},\"a\":1}");
        assert_eq!(of(&reached("wipe", meta), &rule, &by()), usual);
        for other in [
            of(&reached("wipe", Some("{\"a\":1,\"inputResponses\":{\"sure\":true}}")), &rule, &by()),
            of(&reached("wipes", Some("{\"a\":1}")), &rule, &by()),
            of(&reached("wipe", Some("{\"a\":2}")), &rule, &by()),
            of(&reached("wipe", None), &rule, &by()),
            of(&reached("wipe", Some("{\"a\":1}")), &[2; 32], &by()),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { server: "files", ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { issuer: "https://b", ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { subject: Some("bob"), ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { subject: None, ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { client: None, ..by() }),
            of(&reached("wipe", Some("{\"a\":1}")), &rule, &By { client: Some(""), ..by() }),
        ] {
            assert_ne!(other, usual);
        }
    }
    #[test]
    fn whoever_has_a_name_keeps_it_with_another_token_and_whoever_has_none_is_its_token() {
        let wipe = super::super::reached::tests::tool("wipe", Some("{\"a\":1}"));
        let held = |subject, client, token| {
            of(&wipe, &[1; 32], &By { server: "notes", issuer: "https://a", subject, client, token }).unwrap()
        };
        for (subject, client) in [(Some("ada"), None), (None, Some("editor")), (Some("ada"), Some("editor"))]
        {
            assert_eq!(held(subject, client, "one"), held(subject, client, "two"));
        }
        assert_eq!(held(None, None, "one"), held(None, None, "one"));
        assert_ne!(held(None, None, "one"), held(None, None, "two"));
    }
}
