//! The documents by which servers and issuers introduce themselves: RFC 9728, RFC 8414 and OpenID Discovery.
//!
//! Parsing checks form and identity; members that Warded does not know are kept.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    issuer::Issuer,
    json::{self, InvalidJson},
    resource::ResourceUri,
};

/// Largest document that is read, in bytes.
pub const MAX_METADATA_BYTES: usize = 256 * 1024;

/// Why a document does not introduce anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMetadata {
    /// More than [`MAX_METADATA_BYTES`].
    #[error("the document is larger than {MAX_METADATA_BYTES} bytes")]
    TooLarge,
    /// Not one JSON object.
    #[error("the document {0}")]
    Json(InvalidJson),
    /// A required member is missing, or a member has the wrong type.
    #[error("the document's `{member}` is missing or has the wrong type")]
    Member {
        /// The member.
        member: &'static str,
    },
    /// The document speaks for somebody else (RFC 9728 §3.3, RFC 8414 §3.3).
    #[error("the document's `{member}` is not the one that it was asked for")]
    SomebodyElse {
        /// `resource` or `issuer`
        member: &'static str,
    },
    /// A URL that nothing may be sent to.
    #[error("the document's `{member}` is not an https URL (or http on loopback)")]
    Endpoint {
        /// The member.
        member: &'static str,
    },
}

/// How a server introduces itself (RFC 9728 §2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProtectedResource {
    /// Its identifier, as it spells it.
    pub resource: String,
    /// The issuers whose tokens it accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<String>,
    /// The scopes that a client may ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes_supported: Option<Vec<String>>,
    /// How tokens may be sent; Warded's servers say `header`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_methods_supported: Option<Vec<String>>,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Whether every token must be bound to a key (RFC 9449).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_bound_access_tokens_required: Option<bool>,
    /// The algorithms of acceptable proofs of possession.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_signing_alg_values_supported: Option<Vec<String>>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl ProtectedResource {
    const MEMBERS: &'static [(&'static str, Kind)] = &[
        ("authorization_servers", Kind::Texts),
        ("scopes_supported", Kind::Texts),
        ("bearer_methods_supported", Kind::Texts),
        ("resource_name", Kind::Text),
        ("dpop_bound_access_tokens_required", Kind::Flag),
        ("dpop_signing_alg_values_supported", Kind::Texts),
    ];

    /// The document of a server that accepts the tokens of these issuers, in the header only.
    pub fn of(resource: &ResourceUri, issuers: impl IntoIterator<Item = Issuer>) -> Self {
        Self {
            resource: resource.as_str().to_owned(),
            authorization_servers: issuers.into_iter().map(|issuer| issuer.as_str().to_owned()).collect(),
            bearer_methods_supported: Some(vec!["header".to_owned()]),
            ..Self::default()
        }
    }

    /// Reads the document of the server at `asked`, which must be the one that it names (RFC 9728 §3.3).
    pub fn parse(text: &[u8], asked: &ResourceUri) -> Result<Self, InvalidMetadata> {
        let document: Self = read(text, "resource", Self::MEMBERS)?;
        if ResourceUri::parse(&document.resource).ok().as_ref() != Some(asked) {
            return Err(InvalidMetadata::SomebodyElse { member: "resource" });
        }
        if document.authorization_servers.iter().any(|issuer| Issuer::parse(issuer).is_err()) {
            return Err(InvalidMetadata::Endpoint { member: "authorization_servers" });
        }
        Ok(document)
    }
}

/// How an issuer introduces itself (RFC 8414 §2, OpenID Connect Discovery §3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthorizationServer {
    /// Its identifier, byte for byte the `iss` of its tokens.
    pub issuer: String,
    /// Where people agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where clients get tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// Where its keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Where clients register (RFC 7591).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// Where tokens are explained (RFC 7662).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// Where people without a browser get a code to type (RFC 8628).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// The scopes that it knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes_supported: Option<Vec<String>>,
    /// Its response types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<String>,
    /// Its grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_types_supported: Option<Vec<String>>,
    /// How clients authenticate at the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Its challenge methods (RFC 7636); a client needs `S256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// Whether it names itself in authorization responses (RFC 9207).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_response_iss_parameter_supported: Option<bool>,
    /// Whether a client may be the URL of its own description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id_metadata_document_supported: Option<bool>,
    /// The algorithms of acceptable proofs of possession (RFC 9449).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_signing_alg_values_supported: Option<Vec<String>>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl AuthorizationServer {
    const MEMBERS: &'static [(&'static str, Kind)] = &[
        ("authorization_endpoint", Kind::Text),
        ("token_endpoint", Kind::Text),
        ("jwks_uri", Kind::Text),
        ("registration_endpoint", Kind::Text),
        ("revocation_endpoint", Kind::Text),
        ("introspection_endpoint", Kind::Text),
        ("device_authorization_endpoint", Kind::Text),
        ("scopes_supported", Kind::Texts),
        ("response_types_supported", Kind::Texts),
        ("grant_types_supported", Kind::Texts),
        ("token_endpoint_auth_methods_supported", Kind::Texts),
        ("code_challenge_methods_supported", Kind::Texts),
        ("authorization_response_iss_parameter_supported", Kind::Flag),
        ("client_id_metadata_document_supported", Kind::Flag),
        ("dpop_signing_alg_values_supported", Kind::Texts),
    ];

    /// Reads the document of `asked`, which must be, byte for byte, the issuer that it names (RFC 8414 §3.3).
    pub fn parse(text: &[u8], asked: &Issuer) -> Result<Self, InvalidMetadata> {
        let document: Self = read(text, "issuer", Self::MEMBERS)?;
        if document.issuer != asked.as_str() {
            return Err(InvalidMetadata::SomebodyElse { member: "issuer" });
        }
        let endpoints = [
            ("authorization_endpoint", &document.authorization_endpoint),
            ("token_endpoint", &document.token_endpoint),
            ("jwks_uri", &document.jwks_uri),
            ("registration_endpoint", &document.registration_endpoint),
            ("revocation_endpoint", &document.revocation_endpoint),
            ("introspection_endpoint", &document.introspection_endpoint),
            ("device_authorization_endpoint", &document.device_authorization_endpoint),
        ];
        let is_usable = |url: &Option<String>| url.as_ref().is_none_or(|url| ResourceUri::parse(url).is_ok());
        if let Some((member, _)) = endpoints.iter().find(|(_, url)| !is_usable(url)) {
            return Err(InvalidMetadata::Endpoint { member });
        }
        Ok(document)
    }

    /// Where the document of an issuer may live, in the order in which clients look: RFC 8414 §3.1, then OpenID
    /// Discovery with the path inserted and with the path in front.
    ///
    /// ```
    /// use warded_core::{Issuer, metadata::AuthorizationServer};
    ///
    /// let urls = AuthorizationServer::urls(&Issuer::parse("https://login.example.com/tenant")?);
    /// assert_eq!(urls[0], "https://login.example.com/.well-known/oauth-authorization-server/tenant");
    /// assert_eq!(urls[1], "https://login.example.com/.well-known/openid-configuration/tenant");
    /// assert_eq!(urls[2], "https://login.example.com/tenant/.well-known/openid-configuration");
    /// # Ok::<_, warded_core::InvalidResourceUri>(())
    /// ```
    pub fn urls(issuer: &Issuer) -> Vec<String> {
        let text = issuer.as_str().strip_suffix('/').unwrap_or(issuer.as_str());
        let after_scheme = text.find("://").map_or(0, |at| at + 3);
        let path_at = text
            .char_indices()
            .find(|(at, c)| *at >= after_scheme && *c == '/')
            .map_or(text.len(), |(at, _)| at);
        let (origin, path) = text.split_at(path_at);
        let mut urls = vec![
            format!("{origin}/.well-known/oauth-authorization-server{path}"),
            format!("{origin}/.well-known/openid-configuration{path}"),
        ];
        if !path.is_empty() {
            urls.push(format!("{text}/.well-known/openid-configuration"));
        }
        urls
    }
}

/// What a member must be. It is checked by name, because the message of a parser would repeat the value.
enum Kind {
    Text,
    Texts,
    Flag,
}

impl Kind {
    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Self::Flag => value.is_boolean(),
        }
    }
}

/// Reads a document whose `name` must be there and whose members must be what they are said to be.
fn read<T: DeserializeOwned>(
    text: &[u8],
    name: &'static str,
    members: &[(&'static str, Kind)],
) -> Result<T, InvalidMetadata> {
    if text.len() > MAX_METADATA_BYTES {
        return Err(InvalidMetadata::TooLarge);
    }
    let document = json::object(text).map_err(InvalidMetadata::Json)?;
    if !document.get(name).is_some_and(Value::is_string) {
        return Err(InvalidMetadata::Member { member: name });
    }
    for (member, kind) in members {
        if document.get(*member).is_some_and(|value| !kind.fits(value)) {
            return Err(InvalidMetadata::Member { member });
        }
    }
    serde_json::from_value(Value::Object(document)).map_err(|_| InvalidMetadata::Member { member: name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> ResourceUri {
        ResourceUri::parse("https://notes.example.com/mcp").unwrap()
    }

    fn issuer() -> Issuer {
        Issuer::parse("https://login.example.com").unwrap()
    }

    #[test]
    fn a_server_speaks_for_itself_only() {
        let text = br#"{"resource":"https://Notes.example.com:443/mcp","authorization_servers":["https://login.example.com"],"x":1}"#;
        let document = ProtectedResource::parse(text, &server()).unwrap();
        assert_eq!(document.other.get("x"), Some(&1.into()));
        for other in [
            "https://notes.example.com/mcp/",
            "https://notes.example.com",
            "https://evil.example/mcp",
            "notes",
            "",
        ] {
            let text = serde_json::json!({ "resource": other }).to_string();
            let mismatch = InvalidMetadata::SomebodyElse { member: "resource" };
            assert_eq!(ProtectedResource::parse(text.as_bytes(), &server()), Err(mismatch), "{other}");
        }
    }

    #[test]
    fn an_issuer_speaks_for_itself_only() {
        let text =
            |issuer: &str| format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://login.example.com/jwks"}}"#);
        assert!(AuthorizationServer::parse(text("https://login.example.com").as_bytes(), &issuer()).is_ok());
        for other in ["https://login.example.com/", "https://LOGIN.example.com", "https://evil.example", ""] {
            let mismatch = InvalidMetadata::SomebodyElse { member: "issuer" };
            assert_eq!(
                AuthorizationServer::parse(text(other).as_bytes(), &issuer()),
                Err(mismatch),
                "{other}"
            );
        }
    }

    #[test]
    fn every_url_is_one_that_may_be_called() {
        for member in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "registration_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "device_authorization_endpoint",
        ] {
            for url in ["http://login.example.com/x", "javascript:alert(1)", "/jwks", "https://a@b/"] {
                let text = serde_json::json!({ "issuer": issuer().as_str(), member: url }).to_string();
                let refused = Err(InvalidMetadata::Endpoint { member });
                assert_eq!(AuthorizationServer::parse(text.as_bytes(), &issuer()), refused, "{member} {url}");
            }
        }
        let text = br#"{"resource":"https://notes.example.com/mcp","authorization_servers":["http://login.example.com"]}"#;
        let refused = Err(InvalidMetadata::Endpoint { member: "authorization_servers" });
        assert_eq!(ProtectedResource::parse(text, &server()), refused);
    }

    #[test]
    fn form_is_checked_before_identity() {
        let parse = |text: &str| ProtectedResource::parse(text.as_bytes(), &server()).unwrap_err();
        assert_eq!(parse(&" ".repeat(MAX_METADATA_BYTES + 1)), InvalidMetadata::TooLarge);
        assert_eq!(parse("[]"), InvalidMetadata::Json(InvalidJson::NotAnObject));
        assert_eq!(
            parse(r#"{"resource":"a","resource":"b"}"#),
            InvalidMetadata::Json(InvalidJson::DuplicateMember)
        );
        for (text, member) in [
            ("{}", "resource"),
            (r#"{"resource":1}"#, "resource"),
            (r#"{"resource":null}"#, "resource"),
            (r#"{"resource":"https://a.example","authorization_servers":"x"}"#, "authorization_servers"),
            (r#"{"resource":"https://a.example","authorization_servers":["x",1]}"#, "authorization_servers"),
            (r#"{"resource":"https://a.example","resource_name":["x"]}"#, "resource_name"),
            (r#"{"resource":"https://a.example","scopes_supported":null}"#, "scopes_supported"),
            (
                r#"{"resource":"https://a.example","dpop_bound_access_tokens_required":"yes"}"#,
                "dpop_bound_access_tokens_required",
            ),
        ] {
            assert_eq!(parse(text), InvalidMetadata::Member { member }, "{text}");
        }
    }

    #[test]
    fn every_member_that_is_read_is_checked() {
        let written = |document: Value| {
            document.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
        };
        let texts = || Some(vec![String::new()]);
        let server = ProtectedResource {
            authorization_servers: vec![String::new()],
            scopes_supported: texts(),
            bearer_methods_supported: texts(),
            resource_name: Some(String::new()),
            dpop_bound_access_tokens_required: Some(true),
            dpop_signing_alg_values_supported: texts(),
            ..ProtectedResource::default()
        };
        let named = |members: &[(&str, Kind)], name: &str| {
            members.iter().map(|(member, _)| (*member).to_owned()).chain([name.to_owned()]).collect()
        };
        assert_eq!(
            written(serde_json::to_value(server).unwrap()),
            named(ProtectedResource::MEMBERS, "resource")
        );
        let text = || Some(String::new());
        let issuer = AuthorizationServer {
            authorization_endpoint: text(),
            token_endpoint: text(),
            jwks_uri: text(),
            registration_endpoint: text(),
            revocation_endpoint: text(),
            introspection_endpoint: text(),
            device_authorization_endpoint: text(),
            scopes_supported: texts(),
            response_types_supported: vec![String::new()],
            grant_types_supported: texts(),
            token_endpoint_auth_methods_supported: texts(),
            code_challenge_methods_supported: texts(),
            authorization_response_iss_parameter_supported: Some(true),
            client_id_metadata_document_supported: Some(true),
            dpop_signing_alg_values_supported: texts(),
            ..AuthorizationServer::default()
        };
        assert_eq!(
            written(serde_json::to_value(issuer).unwrap()),
            named(AuthorizationServer::MEMBERS, "issuer")
        );
    }

    #[test]
    fn what_is_written_can_be_read() {
        let document = ProtectedResource::of(&server(), [issuer()]);
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(
            text,
            r#"{"resource":"https://notes.example.com/mcp","authorization_servers":["https://login.example.com"],"bearer_methods_supported":["header"]}"#,
        );
        assert_eq!(ProtectedResource::parse(text.as_bytes(), &server()), Ok(document));
        let document = AuthorizationServer {
            issuer: issuer().as_str().to_owned(),
            token_endpoint: Some("http://127.0.0.1:1/token".to_owned()),
            ..AuthorizationServer::default()
        };
        let text = serde_json::to_vec(&document).unwrap();
        assert_eq!(AuthorizationServer::parse(&text, &issuer()), Ok(document));
    }

    #[test]
    fn documents_are_looked_for_where_the_specifications_say() {
        let urls = |issuer: &str| AuthorizationServer::urls(&Issuer::parse(issuer).unwrap());
        assert_eq!(
            urls("https://a.example/"),
            [
                "https://a.example/.well-known/oauth-authorization-server",
                "https://a.example/.well-known/openid-configuration"
            ],
        );
        assert_eq!(urls("http://localhost:8/t/u/").len(), 3);
        assert_eq!(
            urls("http://localhost:8/t/u/")[0],
            "http://localhost:8/.well-known/oauth-authorization-server/t/u"
        );
        assert_eq!(
            urls("http://localhost:8/t/u/")[2],
            "http://localhost:8/t/u/.well-known/openid-configuration"
        );
    }
}
