//! How does a server introduce itself? One document for each of its identifiers, and each names itself (RFC 9728).

use bytes::Bytes;
use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_TYPE,
    },
    request,
};
use warded_core::{Refusal, ResourceUri, Scopes, Server, metadata::ProtectedResource};

use crate::{
    Body, Guard,
    answer::{Asked, Stop, answer, text},
    guard::{identifiers, is_at_host},
};

/// The documents of one server, written once.
pub(crate) struct Documents(Vec<Document>);

struct Document {
    identifier: ResourceUri,
    path: Box<str>,
    text: Bytes,
}

impl Documents {
    pub(crate) fn of(server: &Server, scopes: &Scopes, title: Option<&str>) -> Self {
        let write = |identifier: &ResourceUri| {
            let issuers = server.issuers().map(|issuer| issuer.url.clone());
            let mut document = ProtectedResource::of(identifier, issuers);
            if !scopes.is_empty() {
                document.scopes_supported = Some(scopes.iter().map(str::to_owned).collect());
            }
            document.resource_name = title.map(str::to_owned);
            let url = identifier.metadata_url();
            let path = url.strip_prefix(identifier.origin()).unwrap_or_default().into();
            let text = serde_json::to_vec(&document).unwrap_or_default().into();
            Document { identifier: identifier.clone(), path, text }
        };
        Self(identifiers(server).map(write).collect())
    }

    fn at(&self, parts: &request::Parts) -> Option<&Document> {
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let mut here = self.0.iter().filter(|document| *document.path == *target);
        let first = here.clone().next();
        here.find(|document| is_at_host(parts, &document.identifier)).or(first)
    }
}

impl Guard {
    /// The protected resource metadata of one of the server's identifiers. It needs no token: it is what tells a
    /// client where to get one.
    pub fn metadata(&self, identifier: &ResourceUri) -> Response<Body> {
        let mut documents = self.rules().documents.0.iter();
        if let Some(document) = documents.find(|document| document.identifier == *identifier) {
            return introduction(document.text.clone());
        }
        let asked = Asked { identifier: identifier.clone(), scope: Scopes::default(), offers: &[], id: None };
        answer(&asked, &Stop::from(Refusal::ServerUnknown))
    }

    /// Where the document of each identifier lives: path and, where the identifier has one, query.
    pub fn metadata_paths(&self) -> impl Iterator<Item = (&ResourceUri, &str)> {
        self.rules().documents.0.iter().map(|document| (&document.identifier, &*document.path))
    }

    /// Answers a request for a document of this server; any other request is none of this function's.
    pub(crate) fn introduces(&self, parts: &request::Parts) -> Option<Response<Body>> {
        let document = self.rules().documents.at(parts)?;
        let mut response = introduction(document.text.clone());
        match parts.method {
            Method::GET => {}
            Method::HEAD => *response.body_mut() = text(Bytes::new()),
            Method::OPTIONS => {
                *response.body_mut() = text(Bytes::new());
                *response.status_mut() = StatusCode::NO_CONTENT;
            }
            _ => return None,
        }
        Some(response)
    }
}

/// Anybody may read it, web pages too: there is nothing in it but where to go. Clients in a browser send
/// `MCP-Protocol-Version` along, which makes the browser ask first.
fn introduction(document: Bytes) -> Response<Body> {
    let mut response = Response::new(text(document));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}
