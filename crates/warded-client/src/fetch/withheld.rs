//! What of a request must not be seen in the words of its answer? A server that says what is wrong may quote the token that
//! it was sent, and its words end in the log of a client, in the context of a model, in a report that somebody sends on
//! (invariant *Quiet*).

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use warded_core::{ResourceUri, Shown};

use super::Target;
use crate::unsaid::{Unsaid, of_field, of_query};

/// The secrets that stood in the head of one request.
#[derive(Clone, Default)]
pub struct Withheld {
    fields: Vec<(HeaderName, HeaderValue)>,
    url: Option<ResourceUri>,
}

impl Withheld {
    /// Whatever was marked when it was put there: tokens, proofs, the user's own header fields, the session's id. Of the URL
    /// its query, where some servers take a key.
    pub(super) fn of(headers: &HeaderMap, target: &Target) -> Self {
        let fields = headers.iter().filter(|(_, value)| value.is_sensitive());
        let url = Some(target.url()).filter(|url| url.path_and_query().contains('?'));
        Self {
            fields: fields.map(|(name, value)| (name.clone(), value.clone())).collect(),
            url: url.cloned(),
        }
    }

    /// Words of whoever was sent the request, fit to be shown.
    pub fn shown(&self, words: &str) -> Shown {
        self.unsaid().shown(words)
    }

    /// The same, as long as they are, for whoever makes them fit.
    pub fn cleared<'w>(&self, words: &'w str) -> &'w str {
        self.unsaid().cleared(words)
    }

    fn unsaid(&self) -> Unsaid {
        let query = self.url.as_ref().map(of_query).unwrap_or_default();
        let fields =
            self.fields.iter().filter_map(|(name, value)| Some(of_field(name, value.to_str().ok()?)));
        Unsaid::all(fields.flatten().chain(query.iter().map(|value| value.as_str())))
    }
}

/// Says that there is something, never what.
impl fmt::Debug for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Withheld({})", self.fields.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn withheld(fields: &[(&'static str, &'static str, bool)]) -> Withheld {
        let mut headers = HeaderMap::new();
        for (name, text, is_secret) in fields {
            let mut value = HeaderValue::from_static(text);
            value.set_sensitive(*is_secret);
            headers.append(*name, value);
        }
        let target = "https://a.example/mcp?key=QU3RY-SECRET&tenant=1";
        Withheld::of(&headers, &Target::configured(target).unwrap())
    }

    #[test]
    fn what_was_marked_is_withheld_with_its_scheme_and_without() {
        let withheld = withheld(&[
            ("authorization", "DPoP T0KEN-AND-MORE", true),
            ("dpop", "PR00F-AND-MORE", true),
            ("x-api-key", "K3Y-0NE", true),
            ("cookie", "sid=C00KIE-1; csrf=C00KIE-2", true),
            ("x-tenant", "en", true),
            ("accept", "application/json", false),
        ]);
        for words in [
            "you sent DPoP T0KEN-AND-MORE",
            "T0KEN-AND-MOR",
            "a bad PR00F-AND-MORE",
            "K3Y-0NE is unknown",
            "unknown session C00KIE-1",
            "C00KIE-2?",
            "no key is QU3RY-SECRET",
        ] {
            for words in [withheld.shown(words).as_str(), withheld.cleared(words)] {
                assert!(
                    !["T0KEN", "PR00F", "K3Y", "C00KIE", "QU3RY"].iter().any(|secret| words.contains(secret)),
                    "{words}"
                );
            }
        }
        for words in
            ["application/json is what you accept", "DPoP is not enough", "tenant en is 1 of many", ""]
        {
            assert_eq!(withheld.cleared(words), words);
        }
        assert_eq!(format!("{withheld:?}"), "Withheld(5)");
    }

    #[test]
    fn words_are_shown_where_nothing_was_secret() {
        let long = "no ".repeat(100);
        assert_eq!(withheld(&[("accept", "x", false)]).cleared(&long), long);
    }
}
