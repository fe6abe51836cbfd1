//! The issuers that are asked about their tokens, each with the client that Warded is there.

use std::{path::Path, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use warded_client::{
    fetch::Fetch,
    introspect::{Introspection, IntrospectionSetup, Introspections},
    obtain::{Client, ClientKey},
};
use warded_core::Clock;

use super::secrets;
use crate::{
    config::{
        IntrospectionAuth,
        fleet::{Asked, Assessment},
    },
    finding::{Finding, table},
};

/// What asking needs of the world.
pub(super) struct Means<'a> {
    pub(super) fetch: &'a Fetch,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) random: &'a Arc<dyn SecureRandom + Send + Sync>,
}

/// Reads what the clients show, and says what of it is not there. Nobody is asked anything yet.
pub(super) fn open(
    assessment: &Assessment,
    folder: &Path,
    means: &Means<'_>,
) -> Result<Arc<Introspections>, Vec<Finding>> {
    let (mut opened, mut findings) = (Vec::new(), Vec::new());
    for asked in &assessment.asked {
        match client(asked, folder, means) {
            Ok(client) => {
                let (issuer, endpoint) = (asked.issuer.clone(), asked.endpoint.clone());
                let setup = IntrospectionSetup { issuer, endpoint, client };
                opened.push(Introspection::new(means.fetch.clone(), Arc::clone(means.clock), setup));
            }
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(Introspections::of(opened)) } else { Err(findings) }
}

fn client(asked: &Asked, folder: &Path, means: &Means<'_>) -> Result<Client, Finding> {
    let lacking = |message: String| Finding::new(&table::SECRET_MISSING, message).at(asked.at, "not there");
    let secret = secrets::read(&asked.secret, folder).map_err(lacking)?;
    let (id, issuer) = (asked.client.clone(), asked.issuer.clone());
    match asked.auth {
        IntrospectionAuth::Basic => Ok(Client::with_secret_in_header(id, secret, issuer)),
        IntrospectionAuth::Post => Ok(Client::with_secret_in_form(id, secret, issuer)),
        IntrospectionAuth::PrivateKeyJwt => {
            let key =
                ClientKey::from_pem(secret.as_bytes(), Arc::clone(means.clock), Arc::clone(means.random));
            let key = key.map_err(|error| lacking(error.to_string()))?;
            Ok(Client::with_key(id, key, issuer))
        }
    }
}
