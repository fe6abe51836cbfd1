//! Where does a path lead? Found out once, so that nothing is looked up by name when a call is judged.

use std::{collections::HashMap, sync::Arc};

use super::{condition::Source, reads::Fact, section::Sees};
use crate::{Path, Scope, calendar::Field};

/// Where the paths of one section lead.
pub(crate) struct Refer<'f> {
    pub(crate) sees: Sees,
    /// What the section is called in a state path.
    pub(crate) called: String,
    /// The counters of the file, by what their section is called and by name.
    pub(crate) counters: &'f HashMap<(String, Arc<str>), usize>,
}

impl Refer<'_> {
    /// None where it is too deep to be followed. `own` is the counter of the rule itself.
    pub(crate) fn source(&mut self, path: &Path, own: Option<(&str, usize)>) -> Option<Source> {
        let source = self.found(path, own)?;
        self.sees.facts.extend(Fact::of(source));
        Some(source)
    }

    fn found(&mut self, path: &Path, own: Option<(&str, usize)>) -> Option<Source> {
        Some(match &path.scope {
            Scope::Args => Source::Argument(self.sees.arguments.slot(&path.segments)?),
            Scope::AuthClaims => Source::Claim(self.sees.claims.slot(&path.segments)?),
            // Of all others there is nothing below.
            _ if !path.segments.is_empty() => Source::Nothing,
            Scope::State { of, counter } => {
                let of = of.text();
                let own = own.filter(|(name, _)| *name == &**counter && of == self.called);
                let found = own.map(|(_, at)| at);
                let found =
                    found.or_else(|| self.counters.get(&(of.to_owned(), (**counter).into())).copied());
                found.map_or(Source::Nothing, Source::State)
            }
            Scope::AuthTokenAud => Source::Aud,
            Scope::AuthSub => Source::Subject,
            Scope::AuthClient => Source::Client,
            Scope::AuthScopes => Source::Scopes,
            Scope::AuthBound => Source::Bound,
            Scope::AuthPassthrough => Source::Passthrough,
            Scope::ServerIdentity => Source::Identity,
            Scope::ServerName => Source::ServerName,
            Scope::ServerTier => Source::Tier,
            Scope::ClientAddress => Source::Address,
            Scope::RequestMethod => Source::Method,
            Scope::RequestRevision => Source::Revision,
            Scope::Time(field) => Field::named(field).map_or(Source::Nothing, Source::Time),
        })
    }
}
