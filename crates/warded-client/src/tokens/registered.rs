//! What is written down about a client: how it is registered at an issuer.

use serde::{Deserialize, Serialize};
use warded_core::UnixTime;
use zeroize::Zeroizing;

use super::{
    key::Place,
    written::{EARLIER, Secret, VERSION, write},
};
use crate::register::Registration;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistrationDocument {
    version: u32,
    server: String,
    issuer: String,
    resource: String,
    account: Option<String>,
    client: String,
    secret: Option<Secret>,
    method: Option<String>,
    redirect_uri: String,
    secret_expires: Option<i64>,
}

pub(super) fn write_registration(place: &Place, registration: &Registration) -> Zeroizing<Vec<u8>> {
    write(&RegistrationDocument {
        version: VERSION,
        server: place.server.as_str().to_owned(),
        issuer: registration.issuer.as_str().to_owned(),
        resource: place.source.resource().to_owned(),
        account: place.account.clone(),
        client: registration.id.clone(),
        secret: registration.secret.clone().map(Secret),
        method: registration.method.clone(),
        redirect_uri: registration.redirect_uri.clone(),
        secret_expires: registration.secret_expires.map(UnixTime::seconds),
    })
}

/// Reads a registration for a place; one at another issuer is none.
pub(super) fn read_registration(text: &[u8], place: &Place) -> Option<Registration> {
    let document: RegistrationDocument = serde_json::from_slice(text).ok()?;
    let is_here = matches!(document.version, VERSION | EARLIER)
        && document.server == place.server.as_str()
        && document.issuer == place.source.issuer().as_str()
        && document.resource == place.source.resource()
        && document.account == place.account;
    is_here.then_some(Registration {
        issuer: place.source.issuer().clone(),
        id: document.client,
        secret: document.secret.map(|secret| secret.0),
        method: document.method,
        redirect_uri: document.redirect_uri,
        secret_expires: document.secret_expires.map(UnixTime::from_seconds),
    })
}
