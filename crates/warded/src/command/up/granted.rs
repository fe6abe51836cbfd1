//! The issuers that give tokens for servers behind, each with the client that Warded is there.

use std::{collections::HashMap, path::Path, sync::Arc};

use warded_client::{
    keys::Keys,
    obtain::{Client, ClientKey},
    onward::{Grantor, OnwardSetup},
};
use warded_gateway::{Credential, Purses};

use super::{asking::Means, secrets};
use crate::{
    config::{
        IntrospectionAuth,
        fleet::{Assessment, Granted},
    },
    finding::{Finding, table},
};

/// Reads what the clients show, and says what of it is not there: the credentials by the names of their servers. Nobody
/// is asked anything yet.
pub(super) fn open(
    assessment: &Assessment,
    folder: &Path,
    means: &Means<'_>,
    keys: &Arc<Keys>,
    purses: &Arc<Purses>,
) -> Result<HashMap<String, Credential>, Vec<Finding>> {
    let (mut opened, mut findings) = (HashMap::new(), Vec::new());
    for granted in &assessment.granted {
        match client(granted, folder, means) {
            Ok(client) => {
                let text = |written: &crate::config::Located<String>| written.value.as_str().into();
                let setup = OnwardSetup {
                    onward: granted.onward.clone(),
                    client,
                    resource: granted.wanted.resource.as_ref().map(text),
                    audience: granted.wanted.audience.as_ref().map(text),
                    scopes: granted.wanted.scopes.clone(),
                    subjects: granted.subjects.clone(),
                };
                let fetch = means.fetch.clone();
                let grantor = Grantor::new(fetch, Arc::clone(means.clock), keys, setup);
                let credential = Credential::granted(purses, grantor, granted.wanted.grant);
                opened.insert(granted.server.clone(), credential);
            }
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(opened) } else { Err(findings) }
}

fn client(granted: &Granted, folder: &Path, means: &Means<'_>) -> Result<Client, Finding> {
    let wanted = &granted.wanted;
    let lacking =
        |message: String| Finding::new(&table::SECRET_MISSING, message).at(wanted.secret_at, "not there");
    let secret = secrets::read(&wanted.secret, folder).map_err(lacking)?;
    let (id, issuer) = (wanted.client.clone(), granted.onward.spec().issuer.clone());
    match wanted.auth {
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
