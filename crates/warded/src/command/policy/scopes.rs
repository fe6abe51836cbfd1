//! Would the guard ask the policy at all? A token that lacks a scope is refused before any rule is looked at.

use std::sync::Arc;

use warded_core::Scopes;
use warded_guard::{ScopeRules, Target};
use warded_policy::{Decision, Denial, Explanation, Verdict};

use super::facts::{Facts, Reached};

/// How this is called where rules have names.
const RULE: &str = "(scopes)";

/// Denies what the guard denies: a policy that allows a call would otherwise pass for a gateway that allows it.
pub(super) fn judge(explanation: &mut Explanation, facts: &Facts, rules: &ScopeRules) {
    let target = match &facts.reached {
        Reached::Tool(name) => Target::Tool(name.as_str().into()),
        Reached::Resource(uri) => Target::Resource(uri.as_str().into()),
        Reached::Prompt(name) => Target::Prompt(name.as_str().into()),
    };
    // What is no scope is none that anybody needs.
    let held = facts.token.scopes.iter().filter_map(|word| Scopes::of([word.as_str()]).ok());
    let held: Vec<_> = held.collect();
    let missing = rules.missing(facts.method(), &target, &Scopes::sum(&held));
    if missing.is_empty() {
        return;
    }
    let denial = Denial {
        rule: RULE.into(),
        message: format!("the guard answers 403 insufficient_scope; the token lacks: {missing}").into(),
        file: Arc::from("before any policy"),
        line: 0,
    };
    // Nothing is counted, and nothing is only looked at.
    explanation.decision = Decision { verdict: Verdict::Deny(denial), shadowed: Vec::new() };
}
