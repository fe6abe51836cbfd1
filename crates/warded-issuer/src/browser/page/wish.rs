//! Who asks for what? Told in the same words on each page that leads to an answer, so that nothing is new on the last.

use warded_core::ResourceUri;

use super::when::lasting;
use crate::{
    AuthorizationServer,
    authorize::Asked,
    client::{Described, Vouched},
    redirect::Kind,
};

/// What an application asks for, as people read it.
pub(super) struct Wish<'a> {
    pub(super) client: &'a str,
    pub(super) vouched: &'a Vouched,
    pub(super) described: Described<'a>,
    /// What it says about itself on pages of its own host. Of others it says nothing that anybody vouches for: a
    /// stranger's page with a known name would lend the stranger that name.
    pub(super) pages: Vec<(&'static str, &'a str)>,
    pub(super) server: &'a str,
    pub(super) resource: &'a str,
    pub(super) may: Vec<Permission>,
    pub(super) destination: String,
    pub(super) redirect: &'a str,
    /// Whether it is not known which program of the computer gets the answer: the client id is no secret, and any
    /// other can have it (RFC 8252 §8.6).
    pub(super) is_anybody: bool,
    pub(super) lasts: String,
}

/// One scope, in words where the operator says some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::browser) struct Permission {
    pub(in crate::browser) words: Option<String>,
    pub(in crate::browser) scope: String,
}

impl AuthorizationServer {
    pub(super) fn wish<'a>(&self, asked: &'a Asked) -> Wish<'a> {
        let redirect = &asked.answer.redirect;
        Wish {
            client: asked.client.name(),
            vouched: &asked.client.vouched,
            described: asked.client.described(),
            pages: own_pages(asked),
            server: asked.resource.title(),
            resource: asked.resource.identifier().as_str(),
            may: permissions(asked),
            destination: redirect.to_string(),
            redirect: redirect.as_str(),
            is_anybody: !matches!(redirect.kind(), Kind::Web { .. }),
            lasts: lasting(self.policy.grant),
        }
    }
}

fn own_pages(asked: &Asked) -> Vec<(&'static str, &str)> {
    let Vouched::Host(_) = &asked.client.vouched else { return Vec::new() };
    let Ok(id) = ResourceUri::parse(&asked.client.id) else { return Vec::new() };
    let is_own = |url: &str| ResourceUri::parse(url).is_ok_and(|url| url.origin() == id.origin());
    let pages = asked.client.pages().iter().filter(|(_, url)| is_own(url));
    pages.map(|(words, url)| (*words, url.as_str())).collect()
}

/// Every scope that is asked for.
pub(in crate::browser) fn permissions(asked: &Asked) -> Vec<Permission> {
    let one = |scope: &str| Permission {
        words: asked.resource.in_words(scope).map(str::to_owned),
        scope: scope.to_owned(),
    };
    asked.scopes.iter().map(one).collect()
}
