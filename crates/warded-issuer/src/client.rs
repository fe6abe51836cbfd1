//! Which application is it? Registered by hand, by itself, or described at the URL that is its id.

use warded_core::ResourceUri;
use warded_store::{Client as Stored, Digest, GrantType, Origin};

use crate::{AuthorizationServer, redirect::RedirectUri, refused::Refused, throttle::Peer};

mod authenticate;
mod document;

pub(crate) use authenticate::{Desk, authenticate, presented};
pub(crate) use document::Documents;

/// An application that this issuer knows. What it may do is asked of it, never read out of it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) vouched: Vouched,
    pub(crate) pinned: Option<ResourceUri>,
    name: Option<String>,
    secret: Option<Digest>,
    redirects: Vec<RedirectUri>,
    grants: Vec<GrantType>,
}

/// Who stands behind what a client says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Vouched {
    /// The operator.
    Operator,
    /// Whoever holds the certificate of the host that the id is on.
    Host(String),
    /// Nobody: it registered itself.
    Nobody,
}

/// The URL that is a client's id, in three parts, so that the page can show which is the host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Described<'a> {
    pub(crate) before: &'a str,
    pub(crate) host: &'a str,
    pub(crate) after: &'a str,
}

impl Client {
    /// Where it describes itself, if the host there vouches for it.
    pub(crate) fn described(&self) -> Described<'_> {
        if !matches!(self.vouched, Vouched::Host(_)) {
            return Described { before: "", host: "", after: "" };
        }
        let start = self.id.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = self.id.split_at(start);
        // An IPv6 address ends with its bracket, a name with what follows it.
        let end =
            if rest.starts_with('[') { rest.find(']').map(|at| at + 1) } else { rest.find([':', '/', '?']) };
        let (host, after) = rest.split_at(end.unwrap_or(rest.len()));
        Described { before: scheme, host, after }
    }

    fn stored(client: Stored, schemes: &[String]) -> Self {
        let redirects = client.redirect_uris.iter().filter_map(|uri| RedirectUri::parse(uri, schemes));
        Self {
            redirects: redirects.collect(),
            vouched: match client.origin {
                Origin::Operator => Vouched::Operator,
                Origin::Itself => Vouched::Nobody,
            },
            id: client.id,
            name: client.name,
            secret: client.secret,
            grants: client.grants,
            pinned: client.pinned,
        }
    }

    /// What it calls itself, fit to be shown.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("An application without a name")
    }

    /// Whether it is registered for a grant. `client_credentials` is for clients with a secret that the operator
    /// vouches for: nobody may become a caller by registering.
    pub(crate) fn may(&self, grant: GrantType) -> Result<(), Refused> {
        let is_trusted = self.secret.is_some() && self.vouched == Vouched::Operator;
        let may = self.grants.contains(&grant) && (grant != GrantType::ClientCredentials || is_trusted);
        if may { Ok(()) } else { Err(Refused::GrantForeign) }
    }

    /// The redirect URI that was presented, if it is one of the client's.
    pub(crate) fn redirect(&self, presented: &str, schemes: &[String]) -> Result<RedirectUri, Refused> {
        let presented = RedirectUri::parse(presented, schemes).ok_or(Refused::RedirectUnknown)?;
        let is_registered = self.redirects.iter().any(|registered| registered.admits(&presented));
        if is_registered { Ok(presented) } else { Err(Refused::RedirectUnknown) }
    }
}

impl AuthorizationServer {
    /// The client of that id. Asking for one that is described elsewhere may fetch, which is bounded per `peer`.
    pub(crate) async fn client(&self, id: &str, peer: Peer) -> Result<Client, Refused> {
        if is_described_elsewhere(id) {
            return match &self.documents {
                Some(documents) => documents.client(id, peer, self.clock.now()).await,
                None => Err(Refused::ClientUnknown),
            };
        }
        let stored = self.store.client(&self.issuer, id).await?.ok_or(Refused::ClientUnknown)?;
        Ok(Client::stored(stored, &self.policy.app_schemes))
    }
}

/// Whether the id is the URL of its client's description.
fn is_described_elsewhere(id: &str) -> bool {
    id.starts_with("https://") || id.starts_with("http://")
}

/// What a client calls itself, as far as it can be shown: short, without characters that turn text around or
/// hide, and empty where nothing can be read.
pub(crate) fn shown(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control() && !hides(*c)).take(80).collect();
    // What has no letter and no digit looks like a page's own sign, or like nothing.
    if plain.chars().any(char::is_alphanumeric) { plain.trim().to_owned() } else { String::new() }
}

/// The characters that show nothing or turn others around: `Default_Ignorable_Code_Point` of Unicode (UAX #44), the
/// separators of lines, interlinear annotation, and the blank of Braille.
fn hides(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_name_cannot_turn_the_page_around() {
        assert_eq!(shown("  Editor \u{202e}rotide\u{200b}\n "), "Editor rotide");
        assert_eq!(shown("<b>Notes</b>"), "<b>Notes</b>", "escaping is the page's affair");
        for nothing in [
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{2800}\u{2800}",
            "\u{34f}",
            "\u{fe0f}\u{e0100}",
            " ",
            "✓",
            "—",
        ] {
            assert_eq!(shown(nothing), "", "{nothing:?}");
        }
        assert_eq!(shown("E\u{34f}d\u{fe0f}i\u{3164}t\u{2800}or 9"), "Editor 9");
        assert_eq!(shown("編集者"), "編集者");
        assert_eq!(shown(&"x".repeat(500)).len(), 80);
    }
}
