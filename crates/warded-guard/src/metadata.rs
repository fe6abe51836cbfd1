//! How does a server introduce itself? One document for each of its identifiers, and each names itself (RFC 9728).

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode, Uri,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG,
        IF_NONE_MATCH,
    },
    request,
};
use warded_core::{Refusal, ResourceUri, Scopes, Server, UnixTime, metadata::ProtectedResource};

use crate::{
    Body, Guard,
    answer::{Asked, Stop, answer, text},
    attest::Attestation,
    guard::{identifiers, is_at_host},
    sender::SenderRules,
};

/// Where an origin introduces the one server that it has, for clients that look nowhere else.
const ROOT: &str = "/.well-known/oauth-protected-resource";

/// What a document says besides what the server is.
pub(crate) struct Said<'a> {
    pub(crate) scopes: &'a Scopes,
    pub(crate) sender: &'a SenderRules,
    pub(crate) title: Option<&'a str>,
    /// Nothing else lives at its origins.
    pub(crate) is_alone: bool,
    pub(crate) attestation: Option<&'a Attestation>,
}

/// The documents of one server, written once.
pub(crate) struct Documents(Vec<Document>);

#[derive(Clone)]
struct Document {
    identifier: ResourceUri,
    path: Box<str>,
    text: Bytes,
    tag: HeaderValue,
}

impl Documents {
    pub(crate) fn of(server: &Server, said: &Said<'_>, now: UnixTime) -> Self {
        let write = |identifier: &ResourceUri| {
            let issuers = server.issuers().map(|issuer| issuer.url.clone());
            let mut document = ProtectedResource::of(identifier, issuers);
            if !said.scopes.is_empty() {
                document.scopes_supported = Some(said.scopes.iter().map(str::to_owned).collect());
            }
            document.resource_name = said.title.map(str::to_owned);
            said.sender.introduce(&mut document);
            // Last: it vouches for all of the above.
            if let Some(attestation) = said.attestation {
                attestation.attest(&mut document, now);
            }
            let url = identifier.metadata_url();
            let path = url.strip_prefix(identifier.origin()).unwrap_or_default().into();
            let text: Bytes = serde_json::to_vec(&document).unwrap_or_default().into();
            Document { identifier: identifier.clone(), path, tag: tag(&text), text }
        };
        let mut documents: Vec<Document> = identifiers(server).map(write).collect();
        if said.is_alone {
            for identifier in identifiers(server) {
                let is_here = |document: &&Document| document.identifier.origin() == identifier.origin();
                if documents.iter().filter(is_here).all(|document| &*document.path != ROOT)
                    && let Some(first) = documents.iter().find(is_here)
                {
                    documents.push(Document { path: ROOT.into(), ..first.clone() });
                }
            }
        }
        Self(documents)
    }

    fn of_identifier(&self, identifier: &ResourceUri) -> Option<&Document> {
        self.0.iter().find(|document| document.identifier == *identifier)
    }

    fn at(&self, parts: &request::Parts) -> Option<&Document> {
        let target = sent_to(parts).path_and_query().map_or("", |target| target.as_str());
        let mut here = self.0.iter().filter(|document| *document.path == *target);
        // A proxy may have its own word for the host. Where an identifier puts it, a document speaks for nobody else; at
        // the root of an origin it would, so there it is answered at the identifier's own host only.
        let first = here.clone().find(|document| document.is_at_its_own_place());
        here.find(|document| is_at_host(parts, &document.identifier)).or(first)
    }
}

/// Where the request was sent: a router may have cut off what leads to this server.
fn sent_to(parts: &request::Parts) -> &Uri {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::OriginalUri(uri)) = parts.extensions.get() {
        return uri;
    }
    &parts.uri
}

/// Two documents have the same one only if they are the same.
fn tag(text: &[u8]) -> HeaderValue {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest(&SHA256, text)));
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}

impl Guard {
    /// The protected resource metadata of one of the server's identifiers. It needs no token: it is what tells a
    /// client where to get one.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use warded_core::ResourceUri;
    /// use warded_guard::Guard;
    ///
    /// let guard = Guard::before("https://notes.example.com/mcp").issuer("https://login.example.com").build()?;
    /// assert_eq!(guard.metadata(guard.server().resource()).status(), 200);
    /// let another = ResourceUri::parse("https://files.example.com/mcp")?;
    /// assert_eq!(guard.metadata(&another).status(), 404);
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn metadata(&self, identifier: &ResourceUri) -> Response<Body> {
        self.introduction(identifier, &Method::GET, &HeaderMap::new())
    }

    /// Answers any request for the document of one of the server's identifiers, for whoever finds it by its URL.
    ///
    /// ```
    /// use http::{Response, request};
    /// use warded_core::ResourceUri;
    /// use warded_guard::{Body, Guard};
    ///
    /// fn introduced(guard: &Guard, found: &ResourceUri, asked: &request::Parts) -> Response<Body> {
    ///     guard.introduction(found, &asked.method, &asked.headers)
    /// }
    /// # let _ = introduced;
    /// ```
    pub fn introduction(
        &self,
        identifier: &ResourceUri,
        method: &Method,
        headers: &HeaderMap,
    ) -> Response<Body> {
        let Some(document) = self.rules().documents.of_identifier(identifier) else {
            return refused(identifier, Refusal::ServerUnknown);
        };
        document.answer(method, headers).unwrap_or_else(|| {
            let mut answer = refused(identifier, Refusal::MethodRefused);
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
            answer
        })
    }

    /// Where the document of each identifier lives: path and, where the identifier has one, query.
    ///
    /// ```
    /// fn told(guard: &warded_guard::Guard) -> Vec<String> {
    ///     guard.metadata_paths().map(|(identifier, path)| format!("{identifier} at {path}")).collect()
    /// }
    /// # let _ = told;
    /// ```
    pub fn metadata_paths(&self) -> impl Iterator<Item = (&ResourceUri, &str)> {
        self.rules().documents.0.iter().map(|document| (&document.identifier, &*document.path))
    }

    /// Answers a request for a document of this server; any other request is none of this function's.
    pub(crate) fn introduces(&self, parts: &request::Parts) -> Option<Response<Body>> {
        self.rules().documents.at(parts)?.answer(&parts.method, &parts.headers)
    }
}

fn refused(identifier: &ResourceUri, refusal: Refusal) -> Response<Body> {
    let asked = Asked {
        identifier: identifier.clone(),
        scope: Scopes::default(),
        offers: &[],
        request: crate::request::current().or_next(),
        id: None,
        said: None,
    };
    answer(&asked, &Stop::from(refusal))
}

impl Document {
    /// Whether the identifier says that it is here (RFC 9728 §3.1).
    fn is_at_its_own_place(&self) -> bool {
        let url = self.identifier.metadata_url();
        url.strip_prefix(self.identifier.origin()).is_some_and(|path| *path == *self.path)
    }

    /// Anybody may read it, web pages too: there is nothing in it but where to go. Clients in a browser send
    /// `MCP-Protocol-Version` along, which makes the browser ask first.
    fn answer(&self, method: &Method, headers: &HeaderMap) -> Option<Response<Body>> {
        let (status, content) = match *method {
            Method::OPTIONS => (StatusCode::NO_CONTENT, Bytes::new()),
            Method::GET | Method::HEAD if self.is_known(headers) => (StatusCode::NOT_MODIFIED, Bytes::new()),
            Method::GET => (StatusCode::OK, self.text.clone()),
            Method::HEAD => (StatusCode::OK, Bytes::new()),
            _ => return None,
        };
        let mut response = Response::new(text(content));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        if status == StatusCode::NO_CONTENT {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
            return Some(response);
        }
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        headers.insert(ETAG, self.tag.clone());
        Some(response)
    }

    /// RFC 9110 §13.1.2: whether the caller has this very document already.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
        let mut tags = tags.flat_map(|tags| tags.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == self.tag.as_bytes())
    }
}
