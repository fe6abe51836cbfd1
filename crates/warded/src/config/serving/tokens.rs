//! How are the tokens that built-in issuers issue for one server, and what do they say to people?

use std::collections::BTreeMap;

use warded_core::{Scopes, jose::Algorithm};

use crate::{
    config::{
        Located, Named, Tokens,
        fleet::{TOKEN_LIVES, limit, signing},
    },
    finding::{Finding, table},
    report::is_invisible,
};

/// Longest text that stands for a scope, in characters.
const MAX_WORDS: usize = 200;

/// How tokens for one server are, where not as the issuer's others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokensFor {
    /// How many seconds they live.
    pub lifetime: Option<u32>,
    /// What they are signed with.
    pub algorithm: Option<Algorithm>,
}

pub(in crate::config) fn tokens(written: Option<&Tokens>, findings: &mut Vec<Finding>) -> TokensFor {
    let lifetime = written.and_then(|tokens| tokens.lifetime.as_ref());
    let algorithm = written.and_then(|tokens| tokens.algorithm.as_ref());
    TokensFor {
        lifetime: lifetime.map(|lifetime| limit(lifetime, "lifetime", TOKEN_LIVES, findings)),
        algorithm: algorithm.and_then(|algorithm| signing(algorithm, findings)),
    }
}

/// What scopes mean, by scope. It stands on the page on which people decide: nothing in it may look like something else. Where
/// not all scopes are `known`, nobody is told that one has no rule.
pub(in crate::config) fn words(
    written: &Named<Located<String>>,
    known: Option<&Scopes>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for (scope, said) in written.iter() {
        let text = said.value.trim();
        let is_shown = |c: char| !c.is_control() && !is_invisible(c);
        if !(1..=MAX_WORDS).contains(&text.chars().count()) || !text.chars().all(is_shown) {
            let message = "what a scope means is said in 1 to 200 characters that can be seen";
            let finding = Finding::new(&table::TITLE_INVALID, message).at(said.span, "these words");
            findings.push(finding.help("Write 1 to 200 characters that can be seen."));
        }
        if known.is_some_and(|known| !known.contains(&scope.value)) {
            let message = format!("no rule of this server names the scope `{}`", scope.value.escape_debug());
            findings.push(Finding::new(&table::WORDS_UNUSED, message).at(scope.span, "nobody reads it"));
        }
        words.insert(scope.value.clone(), text.to_owned());
    }
    words
}
