//! Servers that others serve: what our issuers must know of them to issue tokens for them.

use std::collections::BTreeMap;

use warded_core::Scopes;

use crate::{
    config::{
        Config, Located, Resource, Span,
        serving::{SecretPlace, TokensFor, scopes, secret_place, title, tokens, words},
    },
    finding::{Finding, table},
};

/// A server that somebody else serves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Elsewhere {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What a client gets that asks for no scope.
    pub required: Scopes,
    /// Every scope that it knows.
    pub known: Scopes,
    /// What scopes mean to people.
    pub words: BTreeMap<String, String>,
    /// How its tokens are.
    pub tokens: TokensFor,
    /// Where the secret is with which it asks about tokens, and where that is written.
    pub secret: Option<(SecretPlace, Span)>,
}

pub(super) fn draft(config: &Config, findings: &mut Vec<Finding>) -> Vec<Elsewhere> {
    config.resources.iter().map(|(name, resource)| one(name, resource, findings)).collect()
}

fn one(name: &Located<String>, resource: &Resource, findings: &mut Vec<Finding>) -> Elsewhere {
    let required = scopes(&resource.scopes.required, findings);
    let known = required.union(&scopes(&resource.scopes.known, findings));
    let secret = resource.secret.as_ref().and_then(|secret| {
        // The value is not repeated: it may be the secret itself.
        let place = secret_place(&secret.value);
        if place.is_none() {
            let finding = Finding::new(&table::BUILT_IN_INVALID, "a secret is given as a reference");
            let finding = finding.at(secret.span, "not a reference");
            findings.push(finding.help("Write `env:NAME` or `file:PATH`."));
        }
        Some((place?, secret.span))
    });
    Elsewhere {
        name: name.value.clone(),
        title: title(resource.title.as_ref(), findings).unwrap_or_else(|| name.value.clone()),
        words: words(&resource.scopes.words, Some(&known), findings),
        tokens: tokens(resource.tokens.as_ref(), findings),
        required,
        known,
        secret,
    }
}
