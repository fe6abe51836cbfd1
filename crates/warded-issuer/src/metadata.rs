//! How does the issuer introduce itself (RFC 8414, OpenID Discovery)?

use serde_json::{Value, json};
use warded_core::{Issuer, jose::Algorithm, metadata::AuthorizationServer as Document};
use warded_store::GrantType;

use crate::{ClientDocuments, Dpop, Policy, Registration, registry::Registry};

/// Where clients speak to an issuer, below its URL.
pub const ENDPOINTS: [&str; 6] = ["authorize", "token", "jwks", "revoke", "introspect", "register"];

/// The URL of an endpoint below the issuer's.
pub(crate) fn endpoint(issuer: &Issuer, name: &str) -> String {
    format!("{}/{name}", issuer.as_str().trim_end_matches('/'))
}

/// How clients say who they are, and prove it.
const METHODS: [&str; 4] = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

/// The document, the same at each of its URLs.
pub(crate) fn document(issuer: &Issuer, policy: &Policy, registry: &Registry, has_exchanges: bool) -> String {
    let texts = |list: &[&str]| Some(list.iter().map(|text| (*text).to_owned()).collect());
    let scopes: Vec<_> = registry.scopes().iter().map(str::to_owned).collect();
    let mut document = Document::default();
    // Byte for byte: clients compare it with the URL that they asked (RFC 8414 §3.3).
    issuer.as_str().clone_into(&mut document.issuer);
    document.authorization_endpoint = Some(endpoint(issuer, "authorize"));
    document.token_endpoint = Some(endpoint(issuer, "token"));
    document.jwks_uri = Some(endpoint(issuer, "jwks"));
    document.revocation_endpoint = Some(endpoint(issuer, "revoke"));
    document.introspection_endpoint = registry.is_asked().then(|| endpoint(issuer, "introspect"));
    document.registration_endpoint =
        (policy.registration != Registration::Off).then(|| endpoint(issuer, "register"));
    document.scopes_supported = Some(scopes).filter(|scopes| !scopes.is_empty());
    document.response_types_supported = vec!["code".to_owned()];
    let grants =
        GrantType::ALL.into_iter().filter(|grant| *grant != GrantType::TokenExchange || has_exchanges);
    document.grant_types_supported = Some(grants.map(|grant| grant.name().to_owned()).collect());
    document.token_endpoint_auth_methods_supported = texts(&METHODS);
    document.code_challenge_methods_supported = texts(&["S256"]);
    document.authorization_response_iss_parameter_supported = Some(true);
    document.client_id_metadata_document_supported = Some(policy.client_documents != ClientDocuments::Off);
    let mut other = |name: &str, value: Value| document.other.insert(name.to_owned(), value);
    other("response_modes_supported", json!(["query"]));
    other("revocation_endpoint_auth_methods_supported", json!(METHODS));
    // RFC 8414 §2: must stand there beside `private_key_jwt`.
    let algorithms: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
    other("token_endpoint_auth_signing_alg_values_supported", json!(algorithms));
    other("revocation_endpoint_auth_signing_alg_values_supported", json!(algorithms));
    if policy.dpop != Dpop::Off {
        // RFC 9449 §5.1
        other("dpop_signing_alg_values_supported", json!(algorithms));
    }
    if registry.is_asked() {
        // A server that asks always has a secret.
        other(
            "introspection_endpoint_auth_methods_supported",
            json!(["client_secret_basic", "client_secret_post"]),
        );
    }
    // Where it does not stand, OpenID Discovery §3 takes it for granted.
    other("request_uri_parameter_supported", json!(false));
    // What OpenID Discovery §3 requires of a document at its URLs. There are no ID tokens here.
    other("subject_types_supported", json!(["public"]));
    other("id_token_signing_alg_values_supported", json!([policy.algorithm.name()]));
    serde_json::to_string(&document).unwrap_or_default()
}
