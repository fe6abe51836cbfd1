//! Where was a token let in? A token that one server knows and another refuses is a genuine one that strays, whyever it
//! is refused: also where its issuer is not trusted, and so nothing of it was verified there.

use std::{fmt, sync::Arc};

use quick_cache::sync::Cache;
use warded_core::TokenDigest;

/// How many tokens' servers are remembered. Each takes a hundred bytes or so.
const TOKENS: usize = 65_536;

/// The server that let a token in last, by all of the token. Its name in the journal leaves the signature out: whoever
/// knows the rest, such as from a log, would make up what is taken for that very token.
pub(super) struct Whereabouts(Cache<TokenDigest, Arc<str>>);

/// Whether a token was let in before, by any server of this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nowhere, as far as anybody remembers.
    #[default]
    Nowhere,
    /// Where it is presented now.
    Here,
    /// At this server.
    At(Arc<str>),
}

impl Whereabouts {
    pub(super) fn let_in(&self, token: TokenDigest, server: &Arc<str>) {
        self.0.insert(token, Arc::clone(server));
    }

    pub(super) fn of(&self, token: TokenDigest, here: &str) -> Seen {
        match self.0.get(&token) {
            None => Seen::Nowhere,
            Some(server) if *server == *here => Seen::Here,
            Some(server) => Seen::At(server),
        }
    }
}

impl Default for Whereabouts {
    fn default() -> Self {
        Self(Cache::new(TOKENS))
    }
}

impl fmt::Debug for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whereabouts({})", self.0.len())
    }
}
