//! Which server is meant? The one spelling of a server's name that everything else compares.
//!
//! A [`ResourceUri`] is parsed once into its canonical form; from then on equality is byte equality. What a
//! forgiving URL parser would repair is refused here, because the repaired text may name another server to a
//! peer that repairs differently. Enforces the invariant *Exact*.

use std::{borrow::Borrow, fmt, sync::Arc};

use fluent_uri::{Iri, pct_enc::EStr};

mod flaw;
mod host;
mod percent;

pub use flaw::{Flaw, InvalidResourceUri, Part};

/// Longest identifier that is looked at, in bytes.
pub const MAX_RESOURCE_BYTES: usize = 2048;

/// Names exactly one MCP server (RFC 8707 §2). Equal means: the same token works.
///
/// ```
/// use warded_core::ResourceUri;
///
/// let one = ResourceUri::parse("HTTPS://Notes.Example.com:443/mcp")?;
/// assert_eq!(one.as_str(), "https://notes.example.com/mcp");
/// assert_ne!(one, ResourceUri::parse("https://notes.example.com/mcp/")?);
/// # Ok::<_, warded_core::InvalidResourceUri>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceUri(Arc<str>);

impl ResourceUri {
    /// Reads an identifier and brings it into canonical form, or says which part is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceUri> {
        // What follows is decided on the raw text: once parsed, the evidence would be gone.
        refuse_raw(text)?;
        let iri = Iri::parse(text).map_err(|_| Flaw::Syntax)?;
        let authority = iri.authority().ok_or(Flaw::AuthorityMissing)?;

        let scheme = iri.scheme().as_str().to_ascii_lowercase();
        let host = host::canonical(authority.host())?;
        let port = port(&scheme, authority.port().map(EStr::as_str))?;
        let path = path(iri.path().as_str())?;
        let query = iri.query().map(|query| query_text(query.as_str())).transpose()?;

        if scheme == "http" && !host::is_loopback(&host) {
            return Err(
                Flaw::PlainHttp.instead(format!("https://{host}{port}{path}{}", query.unwrap_or_default()))
            );
        }
        // RFC 3986 §6.2.3: at the root "" and "/" are one. Deeper, `/mcp` and `/mcp/` are two.
        let path = if path == "/" && query.is_none() { "" } else { &path };
        let canonical = format!("{scheme}://{host}{port}{path}{}", query.unwrap_or_default());
        // A-labels are longer than the letters that they stand for.
        if canonical.len() > MAX_RESOURCE_BYTES {
            return Err(Flaw::TooLong.into());
        }
        Ok(Self(canonical.into()))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, for whoever keeps it.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// Scheme, host and port, without a trailing slash.
    pub fn origin(&self) -> &str {
        self.split().0
    }

    /// Path and query as they follow the origin; empty at the root.
    pub fn path_and_query(&self) -> &str {
        self.split().1
    }

    /// Whether the identifier has a query, which RFC 8707 §2 advises against.
    pub fn has_query(&self) -> bool {
        self.0.contains('?')
    }

    /// Whether the server is reached without TLS, which only loopback may.
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http:")
    }

    /// Where this server's metadata document lives: the path inserted after the well-known name (RFC 9728 §3.1).
    ///
    /// ```
    /// let server = warded_core::ResourceUri::parse("https://mcp.example.com/notes/mcp")?;
    /// assert_eq!(
    ///     server.metadata_url(),
    ///     "https://mcp.example.com/.well-known/oauth-protected-resource/notes/mcp",
    /// );
    /// # Ok::<_, warded_core::InvalidResourceUri>(())
    /// ```
    pub fn metadata_url(&self) -> String {
        let (origin, rest) = self.split();
        // Only "/" in front of a query is left of a root path, and the document's own path has no room for it.
        let rest = rest.strip_prefix("/?").map_or_else(|| rest.to_owned(), |query| format!("?{query}"));
        format!("{origin}/.well-known/oauth-protected-resource{rest}")
    }

    fn split(&self) -> (&str, &str) {
        let authority = self.0.find("://").map_or(0, |at| at + 3);
        let end = self.0.bytes().skip(authority).position(|byte| byte == b'/').map(|at| at + authority);
        self.0.split_at(end.unwrap_or(self.0.len()))
    }
}

/// A map of identifiers can be asked with a text: it finds one that is canonical as it stands, and nothing else.
impl Borrow<str> for ResourceUri {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for ResourceUri {
    type Err = InvalidResourceUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

fn refuse_raw(text: &str) -> Result<(), InvalidResourceUri> {
    if text.is_empty() {
        return Err(Flaw::Empty.into());
    }
    if text.len() > MAX_RESOURCE_BYTES {
        return Err(Flaw::TooLong.into());
    }
    // WHATWG parsers strip tabs, newlines and surrounding blanks, so two texts would become one server.
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Flaw::Blank.into());
    }
    // WHATWG parsers read `\` as `/`: `https://a\@b` names b to some and a to others.
    if text.contains('\\') {
        return Err(Flaw::Backslash.into());
    }
    if let Some((before, _)) = text.split_once('#') {
        // Only what is an identifier is suggested: what stands before may hide a password.
        return Err(match ResourceUri::parse(before) {
            Ok(_) => Flaw::Fragment.instead(before.to_owned()),
            Err(_) => Flaw::Fragment.into(),
        });
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return Err(Flaw::NotAbsolute.into());
    };
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(if scheme.contains(['/', '.', '?']) { Flaw::NotAbsolute } else { Flaw::Scheme }.into());
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(Flaw::AuthorityMissing.into());
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(Flaw::UserInfo.into());
    }
    if authority.is_empty() {
        return Err(Flaw::HostMissing.into());
    }
    if !tail.is_ascii() {
        return Err(Flaw::NotAscii.into());
    }
    percent::well_formed(tail)
}

/// The port as it stands in the canonical form: with its colon, or nothing where it is the scheme's own.
fn port(scheme: &str, port: Option<&str>) -> Result<String, InvalidResourceUri> {
    let Some(digits) = port else {
        return Ok(String::new());
    };
    // `:`, `:0443` and `:+443` are read differently by different parsers.
    match digits.parse::<u16>() {
        Ok(number @ 1..) if number.to_string() == digits => match (scheme, number) {
            ("https", 443) | ("http", 80) => Ok(String::new()),
            _ => Ok(format!(":{number}")),
        },
        _ => Err(Flaw::Port.into()),
    }
}

fn path(raw: &str) -> Result<String, InvalidResourceUri> {
    let path = percent::normal(raw, Part::Path)?;
    if path.is_empty() {
        return Ok("/".to_owned());
    }
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        // Some servers cut `;parameters` off before they resolve dots: `/..;/admin`. Some proxies in front of
        // them decode what they pass on: `/..%3B/admin`.
        let name = segment.split(';').next().unwrap_or_default();
        let name = name.split("%3B").next().unwrap_or_default();
        if name == "." || name == ".." {
            return Err(Flaw::DotSegment.into());
        }
        // Many proxies merge slashes, so `/a//b` and `/a/b` would be one server to them and two to us.
        if segment.is_empty() && segments.peek().is_some() {
            return Err(Flaw::EmptySegment.into());
        }
    }
    Ok(path)
}

fn query_text(raw: &str) -> Result<String, InvalidResourceUri> {
    if raw.is_empty() {
        return Err(Flaw::EmptyQuery.into());
    }
    Ok(format!("?{}", percent::normal(raw, Part::Query)?))
}
