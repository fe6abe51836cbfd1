//! What do our issuers show others, and what must others show them? Secrets, read where the configuration says that they
//! are.

use std::{collections::HashMap, path::Path};

use warded_core::Issuer;
use warded_issuer::Provider;
use warded_store::Digest;
use zeroize::Zeroizing;

use super::super::secrets;
use crate::{
    config::{
        Span,
        fleet::{Assessment, LoginAt},
        serving::SecretPlace,
    },
    finding::{Finding, table},
};

/// The secrets of a configuration's issuers.
#[derive(Debug)]
pub(in crate::command::up) struct Kept {
    providers: HashMap<String, Provider>,
    registrations: HashMap<Issuer, Digest>,
    resources: HashMap<String, Digest>,
}

impl Kept {
    /// Reads them, or says what is not there.
    pub(in crate::command::up) fn read(assessment: &Assessment, folder: &Path) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut had = |secret: Result<Zeroizing<String>, String>, at: Span| {
            let lacking = |message: String| Finding::new(&table::SECRET_MISSING, message).at(at, "not there");
            secret.map_err(|why| findings.push(lacking(why))).ok()
        };
        let of_ours = |place: &SecretPlace| secrets::of_ours(place, folder);
        let offered =
            |login: &&LoginAt| assessment.built_in.iter().any(|issuer| issuer.logins.contains(&login.name));
        // One that nobody offers needs no secret.
        let logins = assessment.logins.iter().filter(offered);
        let logins: Vec<_> = logins
            .filter_map(|login| Some((login, had(secrets::read(&login.secret, folder), login.at)?)))
            .collect();
        let registrations = assessment.built_in.iter().filter_map(|issuer| {
            let (place, at) = issuer.registration_token.as_ref()?;
            Some((issuer.url.clone(), Digest::of(had(of_ours(place), *at)?.as_bytes())))
        });
        let registrations = registrations.collect();
        let resources = assessment.elsewhere.iter().filter_map(|resource| {
            let (place, at) = resource.secret.as_ref()?;
            Some((resource.name.clone(), Digest::of(had(of_ours(place), *at)?.as_bytes())))
        });
        let resources = resources.collect();
        let mut providers = HashMap::new();
        for (login, secret) in logins {
            match login.provider(secret) {
                Ok(provider) => {
                    providers.insert(login.name.clone(), provider);
                }
                Err(error) => {
                    findings.push(
                        Finding::new(&table::LOGIN_INVALID, error.to_string()).at(login.at, "this login"),
                    );
                }
            }
        }
        if findings.is_empty() { Ok(Self { providers, registrations, resources }) } else { Err(findings) }
    }

    /// Where people log in, in the order of these names.
    pub(super) fn providers(&self, names: &[String]) -> Vec<Provider> {
        names.iter().filter_map(|name| self.providers.get(name).cloned()).collect()
    }

    /// Of the token that registration needs at an issuer.
    pub(super) fn registration(&self, issuer: &Issuer) -> Option<Digest> {
        self.registrations.get(issuer).copied()
    }

    /// Of the secret with which a server of others asks about tokens.
    pub(super) fn resource(&self, name: &str) -> Option<Digest> {
        self.resources.get(name).copied()
    }
}
