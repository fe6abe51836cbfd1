//! Is a server what it was before the configuration changed? Then whoever listens there listens on; otherwise their
//! streams end, and they come back to be judged by the rules that hold now.

use std::collections::HashMap;

use serde_json::{Value, json};
use warded_gateway::Term;

use super::policies::Policies;

/// The terms of all servers, each with what the configuration says of its server.
#[derive(Default)]
pub(super) struct Terms(HashMap<String, (String, Term)>);

impl Terms {
    /// What a configuration says of its servers; a server of which it says what the one before said keeps its term.
    pub(super) fn of(config: &Value, policies: &Policies, before: Option<&Self>) -> Self {
        let servers = config.get("servers").and_then(Value::as_object);
        let terms = servers.into_iter().flatten().map(|(name, server)| {
            let said = said_of(name, server, config, policies).to_string();
            let same = before.and_then(|before| before.0.get(name)).filter(|(was, _)| *was == said);
            let term = same.map(|(_, term)| term.clone()).unwrap_or_default();
            (name.clone(), (said, term))
        });
        Self(terms.collect())
    }

    /// The term of a server.
    pub(super) fn at(&self, server: &str) -> Term {
        self.0.get(server).map(|(_, term)| term.clone()).unwrap_or_default()
    }
}

/// Everything by which it is decided who may listen at a server.
fn said_of(name: &str, server: &Value, config: &Value, policies: &Policies) -> Value {
    let issuers = config.get("issuers");
    let trusted = server.get("issuers").and_then(Value::as_array).into_iter().flatten();
    // A stream that goes on does so with what that issuer gave.
    let giving = server.get("upstream_auth").and_then(|auth| auth.get("issuer"));
    let trusted = trusted.chain(giving).map(|name| {
        let issuer = name.as_str().and_then(|name| issuers?.get(name));
        json!([name, issuer])
    });
    json!({
        "server": server,
        "trusted": trusted.collect::<Vec<_>>(),
        "public_url": config.get("public_url"),
        // What goes on by itself was permitted by it, and shows what it does not hide.
        "policy": policies.said(name),
        // What was learned over another way out is not what is learned over this one.
        "network": config.get("network"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn terms(source: &str, before: Option<&Terms>) -> Terms {
        Terms::of(&config::said(source).unwrap(), &Policies::default(), before)
    }

    const BEFORE: &str = "
public_url: https://mcp.example.com
servers:
  notes: { upstream: http://127.0.0.1:1/mcp, issuers: [corp] }
  files: { upstream: http://127.0.0.1:2/mcp, issuers: [lab] }
issuers:
  corp: { url: https://login.example.com }
  lab: { url: https://lab.example.com }
";

    /// The servers that are what they were.
    fn kept(after: &str) -> Vec<String> {
        let before = terms(BEFORE, None);
        let after = terms(after, Some(&before));
        let said = |name: &&String| before.0.get(*name).map(|(said, _)| said) == Some(&after.0[*name].0);
        let mut kept: Vec<_> = after.0.keys().filter(said).cloned().collect();
        kept.sort();
        kept
    }

    #[test]
    fn a_server_is_what_it_was_while_nothing_is_said_of_it_that_was_not_said_before() {
        assert_eq!(kept(BEFORE), ["files", "notes"]);
        let moved = BEFORE.replace(
            "servers:\n",
            "servers:\n\n  # One more.\n  mail: { upstream: http://127.0.0.1:3/mcp }\n",
        );
        assert_eq!(kept(&moved), ["files", "notes"]);
        assert_eq!(kept(&BEFORE.replace("http://127.0.0.1:1", "http://127.0.0.1:9")), ["files"]);
        assert_eq!(kept(&BEFORE.replace("[corp]", "[corp], scopes: { required: [a] }")), ["files"]);
        assert_eq!(
            kept(&BEFORE.replace("https://login.example.com", "https://other.example.com")),
            ["files"]
        );
        assert_eq!(kept(&BEFORE.replace("[lab]", "[corp, lab]")), ["notes"]);
        assert_eq!(kept(&BEFORE.replace("https://mcp.", "https://www.")), [""; 0]);
        assert_eq!(kept(&format!("{BEFORE}network: {{ proxy: environment }}\n")), [""; 0]);
        assert_eq!(kept(&BEFORE.replace("  notes:", "  memos:")), ["files"]);
    }

    #[test]
    fn a_server_is_not_what_it_was_where_the_issuer_for_the_server_behind_is_another() {
        let auth = "upstream_auth: { kind: client_credentials, issuer: lab }";
        let with = BEFORE.replace("[corp] }", &format!("[corp], {auth} }}"));
        let before = terms(&with, None);
        let other = with.replace("https://lab.example.com", "https://lab.example.org");
        let after = terms(&other, Some(&before));
        assert_ne!(before.0["notes"].0, after.0["notes"].0);
    }
}
