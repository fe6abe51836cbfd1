//! What does it take to guard one server? Its identifier and its issuer; the rest has a default.

use std::sync::Arc;

use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, FetchFailed, Reach},
    keys::Keys,
    status::Statuses,
};
use warded_core::{
    Clock, Conflict, Fleet, InvalidResourceUri, InvalidScope, Issuer, IssuerRules, IssuerSpec, Mode,
    ResourceUri, Scopes, ServerSpec,
};

use crate::{Guard, GuardBuilder, ScopeRules, Standings};

/// A guard that is being described in the server's own program. What is wrong is said when it is built.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use warded_guard::Guard;
///
/// let guard = Guard::before("https://notes.example.com/mcp")
///     .issuer("https://login.example.com")
///     .scope("notes:read")
///     .tool("delete_note", "notes:write")
///     .build()?;
/// assert_eq!(guard.server().resource().as_str(), "https://notes.example.com/mcp");
/// # Ok::<_, warded_guard::NotBuilt>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Before {
    resource: String,
    aliases: Vec<String>,
    issuers: Vec<String>,
    required: Vec<String>,
    tools: Vec<(String, String)>,
}

/// Why there is no guard.
///
/// ```
/// use warded_guard::{Guard, NotBuilt};
///
/// let unbuilt = Guard::before("https://notes.example.com/mcp").build();
/// assert_eq!(unbuilt.unwrap_err(), NotBuilt::NoIssuer);
/// let unbuilt = Guard::before("notes").issuer("https://login.example.com").build();
/// assert!(unbuilt.unwrap_err().to_string().starts_with("`notes` cannot be the identifier of a server"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotBuilt {
    /// Not the identifier of a server.
    #[error("`{text}` cannot be the identifier of a server: {why}")]
    Identifier {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: InvalidResourceUri,
    },
    /// Not the URL of an issuer.
    #[error("`{text}` cannot be the URL of an issuer: {why}")]
    Issuer {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: InvalidResourceUri,
    },
    /// Not a list of scopes.
    #[error("`{text}` is no list of scopes: {why}")]
    Scope {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: InvalidScope,
    },
    /// A list without a scope: it would protect nothing, and say that it does.
    #[error("`{of}` is to need scopes, and none is named")]
    NoScope {
        /// The tool, or the server where every call was meant.
        of: String,
    },
    /// Nobody issues tokens for the server.
    #[error("no issuer is named, so no token opens the server; name one with `issuer`")]
    NoIssuer,
    /// One issuer is named twice.
    #[error("`{text}` is named twice")]
    Twice {
        /// Its URL.
        text: String,
    },
    /// What was said does not describe one server.
    #[error("this does not describe one server: {0:?}")]
    Conflict(Vec<Conflict>),
    /// Issuers cannot be asked for anything.
    #[error("no issuer can be asked for its keys: {0}")]
    Fetch(FetchFailed),
}

impl Guard {
    /// The guard before the server with this identifier: the URL at which clients reach it, which tokens must name.
    /// It is never guessed from a request. [`Guard::at`] is the long form, for whoever has a fleet of servers.
    ///
    /// ```
    /// let before = warded_guard::Guard::before("https://notes.example.com/mcp");
    /// # let _ = before;
    /// ```
    pub fn before(resource: &str) -> Before {
        Before {
            resource: resource.to_owned(),
            aliases: Vec::new(),
            issuers: Vec::new(),
            required: Vec::new(),
            tools: Vec::new(),
        }
    }
}

impl Before {
    /// Trusts an issuer, by its URL.
    ///
    /// ```
    /// let before = warded_guard::Guard::before("https://notes.example.com/mcp").issuer("https://login.example.com");
    /// # let _ = before;
    /// ```
    pub fn issuer(mut self, url: &str) -> Self {
        self.issuers.push(url.to_owned());
        self
    }

    /// Another URL of the same server.
    ///
    /// ```
    /// let before = warded_guard::Guard::before("https://notes.example.com/mcp").alias("https://mcp.example.com/notes");
    /// # let _ = before;
    /// ```
    pub fn alias(mut self, resource: &str) -> Self {
        self.aliases.push(resource.to_owned());
        self
    }

    /// Scopes that every call needs, with blanks between them.
    ///
    /// ```
    /// let before = warded_guard::Guard::before("https://notes.example.com/mcp").scope("notes:read notes:list");
    /// # let _ = before;
    /// ```
    pub fn scope(mut self, scopes: &str) -> Self {
        self.required.push(scopes.to_owned());
        self
    }

    /// Scopes that calls of one tool need besides.
    ///
    /// ```
    /// let before = warded_guard::Guard::before("https://notes.example.com/mcp").tool("delete_note", "notes:write");
    /// # let _ = before;
    /// ```
    pub fn tool(mut self, name: &str, scopes: &str) -> Self {
        self.tools.push((name.to_owned(), scopes.to_owned()));
        self
    }

    /// The guard.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use warded_guard::Guard;
    ///
    /// let guard = Guard::before("https://notes.example.com/mcp").issuer("https://login.example.com").build()?;
    /// assert_eq!(guard.server().issuers().count(), 1);
    /// # Ok::<_, warded_guard::NotBuilt>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(self) -> Result<Guard, NotBuilt> {
        Ok(self.in_long()?.build())
    }

    /// The same in the long form, for everything else that can be said of a guard.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use warded_guard::Guard;
    ///
    /// let guard = Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?
    ///     .title("Notes")
    ///     .build();
    /// # let _ = guard;
    /// # Ok::<_, warded_guard::NotBuilt>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_long(self) -> Result<GuardBuilder, NotBuilt> {
        let resource = identifier(&self.resource)?;
        let issuers = self.issuers.iter().map(|text| issuer(text)).collect::<Result<Vec<_>, _>>()?;
        if issuers.is_empty() {
            return Err(NotBuilt::NoIssuer);
        }
        let mut rules = ScopeRules::default();
        for text in &self.required {
            rules.required = rules.required.union(&scopes(resource.as_str(), text)?);
        }
        for (tool, text) in &self.tools {
            let all = rules.tools.entry(tool.as_str().into()).or_default();
            *all = all.union(&scopes(tool, text)?);
        }
        // What a server on this machine trusts may be on this machine too.
        let reach = if resource.is_plain_http() { Reach::public().with_loopback() } else { Reach::public() };
        let server = ServerSpec {
            name: resource.as_str().into(),
            resource,
            aliases: self.aliases.iter().map(|text| identifier(text)).collect::<Result<_, _>>()?,
            issuers: (0..issuers.len()).collect(),
            tier: "default".into(),
            mode: Mode::Strict,
        };
        let name = server.name.clone();
        let of = |url: &Issuer| IssuerSpec {
            url: url.clone(),
            rules: IssuerRules::default(),
            audiences: Vec::new(),
            across_tiers: Vec::new(),
        };
        let fleet = Fleet::prove(vec![server], issuers.iter().map(of).collect())
            .map_err(|conflicts| conflicting(conflicts, &issuers))?;
        let server = fleet.server(&name).ok_or_else(|| NotBuilt::Conflict(Vec::new()))?;
        let fetch = Fetch::new(reach).map_err(NotBuilt::Fetch)?;
        let clock = Arc::new(SystemClock) as Arc<dyn Clock>;
        let keys = Keys::new(fetch.clone(), Arc::clone(&clock), issuers);
        // A token that says where it stands whether it was taken back is looked up there.
        let standings = Standings::none().statuses(Statuses::new(fetch, clock, Arc::clone(&keys)));
        Ok(Guard::at(server, keys).scopes(rules).standings(Arc::new(standings)))
    }
}

fn conflicting(conflicts: Vec<Conflict>, issuers: &[Issuer]) -> NotBuilt {
    let text = conflicts.first().and_then(|conflict| match conflict {
        Conflict::IssuerTwice { first, .. } => issuers.get(*first).map(|issuer| issuer.as_str().to_owned()),
        _ => None,
    });
    text.map_or(NotBuilt::Conflict(conflicts), |text| NotBuilt::Twice { text })
}

fn identifier(text: &str) -> Result<ResourceUri, NotBuilt> {
    ResourceUri::parse(text).map_err(|why| NotBuilt::Identifier { text: text.to_owned(), why })
}

fn issuer(text: &str) -> Result<Issuer, NotBuilt> {
    Issuer::parse(text).map_err(|why| NotBuilt::Issuer { text: text.to_owned(), why })
}

fn scopes(of: &str, text: &str) -> Result<Scopes, NotBuilt> {
    let scopes = Scopes::parse(text).map_err(|why| NotBuilt::Scope { text: text.to_owned(), why })?;
    if scopes.is_empty() { Err(NotBuilt::NoScope { of: of.to_owned() }) } else { Ok(scopes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://notes.example.com/mcp";
    const ISSUER: &str = "https://login.example.com";

    #[tokio::test]
    async fn what_is_wrong_is_named() {
        let here = || Guard::before(HERE).issuer(ISSUER);
        let told = |before: Before| before.build().unwrap_err().to_string();
        for (before, named) in [
            (Guard::before("notes").issuer(ISSUER), "`notes` cannot be the identifier of a server"),
            (
                Guard::before("http://notes.example.com").issuer(ISSUER),
                "`http://notes.example.com` cannot be",
            ),
            (here().alias("https://notes.example.com/mcp#a"), "cannot be the identifier of a server"),
            (here().issuer("login"), "`login` cannot be the URL of an issuer"),
            (Guard::before(HERE), "name one with `issuer`"),
            (here().scope("notes:\"read\""), "is no list of scopes"),
            (here().tool("delete_note", "\\"), "is no list of scopes"),
            (here().tool("wipe", ""), "`wipe` is to need scopes, and none is named"),
            (here().tool("wipe", "notes:write").tool("wipe", " "), "`wipe` is to need scopes"),
            (here().scope(""), "`https://notes.example.com/mcp` is to need scopes"),
            (here().issuer(ISSUER), "`https://login.example.com` is named twice"),
        ] {
            let text = told(before);
            assert!(text.contains(named), "{text}");
        }
    }

    #[tokio::test]
    async fn the_short_form_says_what_the_long_form_says() {
        let guard = Guard::before(HERE)
            .alias("https://mcp.example.com/notes")
            .issuer(ISSUER)
            .issuer("https://other.example.com")
            .scope("notes:read")
            .scope("a b")
            .tool("delete_note", "notes:write")
            .build()
            .unwrap();
        let issuers: Vec<_> = guard.server().issuers().map(|issuer| issuer.url.as_str()).collect();
        assert_eq!(issuers, [ISSUER, "https://other.example.com"]);
        let document = guard.metadata(guard.server().resource());
        let document = http_body_util::BodyExt::collect(document.into_body()).await.unwrap().to_bytes();
        let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
        assert_eq!(document["scopes_supported"], serde_json::json!(["a", "b", "notes:read", "notes:write"]));
        assert_eq!(guard.metadata_paths().count(), 2);
    }
}
