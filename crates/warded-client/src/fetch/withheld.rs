//! What of a request must not be seen in the words of its answer? A server that says what is wrong may quote the token that
//! it was sent, and its words end in the log of a client, in the context of a model, in a report that somebody sends on
//! (invariant *Quiet*).

use std::fmt;

use http::{HeaderMap, HeaderValue};
use warded_core::Shown;

use crate::unsaid::Unsaid;

/// The secrets that stood in the head of one request.
#[derive(Clone, Default)]
pub struct Withheld(Vec<HeaderValue>);

impl Withheld {
    /// Whatever was marked when it was put there: tokens, proofs, the user's own header fields, the session's id.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self(headers.values().filter(|value| value.is_sensitive()).cloned().collect())
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
        let texts = self.0.iter().filter_map(|value| value.to_str().ok());
        // Without the name of a scheme (RFC 9110 §11.4): the token alone opens as much.
        Unsaid::all(texts.map(|text| text.split_once(' ').map_or(text, |(_, credential)| credential)))
    }
}

/// Says that there is something, never what.
impl fmt::Debug for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Withheld({})", self.0.len())
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
        Withheld::of(&headers)
    }

    #[test]
    fn what_was_marked_is_withheld_with_its_scheme_and_without() {
        let withheld = withheld(&[
            ("authorization", "DPoP T0KEN-AND-MORE", true),
            ("dpop", "PR00F-AND-MORE", true),
            ("x-api-key", "K3Y", true),
            ("accept", "application/json", false),
        ]);
        for words in
            ["you sent DPoP T0KEN-AND-MORE", "T0KEN-AND-MOR", "a bad PR00F-AND-MORE", "K3Y is unknown"]
        {
            for words in [withheld.shown(words).as_str(), withheld.cleared(words)] {
                assert!(!["T0KEN", "PR00F", "K3Y"].iter().any(|secret| words.contains(secret)), "{words}");
            }
        }
        for words in ["application/json is what you accept", "DPoP is not enough", ""] {
            assert_eq!(withheld.cleared(words), words);
        }
        assert_eq!(format!("{withheld:?}"), "Withheld(3)");
    }

    #[test]
    fn words_are_shown_where_nothing_was_secret() {
        let long = "no ".repeat(100);
        assert_eq!(withheld(&[("accept", "x", false)]).cleared(&long), long);
    }
}
