//! What a token is for: one that a caller comes with, or something else that is written in the same way.

use std::{collections::BTreeSet, path::Path};

use super::Seen;
use crate::{
    flow::event::{Event, Given},
    language::Language,
    library::Does,
    project::{FileId, FunctionRef, Place},
};

/// What people call tokens that no caller comes with to be let in. Without `_` and `-`.
const OTHERS: &[&str] = &[
    "idtoken",
    "assertion",
    "logouttoken",
    "backchannel",
    "refreshtoken",
    "statetoken",
    "oauthstate",
    "sessiontoken",
    "sessioncookie",
    "cookie",
    "stateparam",
    "invitation",
    "unsubscribe",
    "resettoken",
    "passwordreset",
    "magiclink",
    "clientsecret",
    "statuslist",
    "softwarestatement",
];

/// What is in the names of what verifies tokens.
const VERIFIES: &[&str] = &[
    "verif",
    "valid",
    "authenticat",
    "introspect",
    "bearer",
    "guard",
    "middleware",
    "audience",
    "requireauth",
];

/// Which tokens a project signs itself.
pub(super) struct Purposes<'s, 'p> {
    seen: &'s Seen<'p>,
    signed: BTreeSet<(FileId, &'s str)>,
    /// The same in Go, by folders: files of one are one package, and who verifies is given a function that has the key.
    signed_in: BTreeSet<(&'s Path, &'s str)>,
}

impl<'s, 'p> Purposes<'s, 'p> {
    pub(super) fn of(seen: &'s Seen<'p>) -> Self {
        let (mut signed, mut signed_in) = (BTreeSet::new(), BTreeSet::new());
        for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
            if let Event::Called { known, arguments, at, .. } = event
                && known.does == Does::Sign
            {
                if let Some(folder) = folder_in_go(seen, at) {
                    let key = arguments.first().and_then(|key| written(seen, &key.at));
                    signed_in.extend(key.filter(|key| is_kept(key)).map(|key| (folder, key)));
                } else if let Some(key) = key(seen, arguments) {
                    signed.insert((at.file, key));
                }
            }
        }
        Self { seen, signed, signed_in }
    }

    /// Whether it may be an access token that is looked at there.
    pub(super) fn is_access(&self, at: &Place, root: FunctionRef, event: &Event<'_>) -> bool {
        let Event::Called { arguments, trail, .. } = event else { return false };
        let is_own = key(self.seen, arguments).is_some_and(|key| self.signed.contains(&(at.file, key)))
            || self.has_signed(at);
        let text = |place: &Place| {
            let text = &self.seen.project.file(place.file).text;
            text.get(place.start as usize..place.end as usize).unwrap_or_default()
        };
        let root = self.seen.project.function(root);
        let token = arguments.first().map_or("", |given| text(&given.at));
        let names = self.around(at).chain([&*root.name, text(at)]).chain(trail.iter().map(text));
        let short = names.map(|name| name.get(..name.len().min(80)).unwrap_or_default());
        !is_own
            && token != "state"
            && !is_of_answer(token)
            && !short.chain([token]).any(is_other)
            && !self.is_about_signature(at)
    }

    /// Whether what is verified there, in Go, is verified with a key that the package signs with.
    fn has_signed(&self, at: &Place) -> bool {
        let Some(folder) = folder_in_go(self.seen, at) else { return false };
        let text = written(self.seen, at).unwrap_or_default();
        self.signed_in.iter().any(|(signed, key)| *signed == folder && text.contains(key))
    }

    /// Whether the function says by its name that it asks only who signed the token.
    fn is_about_signature(&self, at: &Place) -> bool {
        let function = self.seen.project.innermost(at).map(|function| self.seen.project.function(function));
        let name = function.map_or("", |function| &*function.name).to_ascii_lowercase().replace('_', "");
        ["signedwith", "issigned", "signedby"].iter().any(|word| name.contains(word))
    }

    /// Whether what stands around a place says that it verifies access tokens.
    pub(super) fn verifies_access(&self, at: &Place) -> bool {
        let says_so = |name: &str| {
            let name = name.to_ascii_lowercase().replace('_', "");
            VERIFIES.iter().any(|word| name.contains(word))
        };
        self.around(at).any(says_so) && !self.around(at).any(is_other)
    }

    /// Whether what stands around a place says that something else is meant there.
    pub(super) fn is_for_other(&self, at: &Place) -> bool {
        self.around(at).any(is_other)
    }

    /// What the functions and classes around a place are called, and its file.
    pub(super) fn around<'a>(&'a self, at: &'a Place) -> impl Iterator<Item = &'a str> {
        let file = self.seen.project.file(at.file);
        let inside =
            |span: &std::ops::Range<usize>| span.start <= at.start as usize && at.end as usize <= span.end;
        let functions = file.module().functions.iter().skip(1).filter(move |one| inside(&one.span));
        let classes = file.module().classes.iter().filter(move |one| inside(&one.span));
        let stem = Path::new(&file.path).file_stem().and_then(|stem| stem.to_str());
        functions.map(|one| &*one.name).chain(classes.map(|one| &*one.name)).chain(stem)
    }
}

/// The text of the key that something is signed or verified with.
fn key<'s>(seen: &'s Seen<'_>, arguments: &[Given]) -> Option<&'s str> {
    written(seen, &arguments.get(1)?.at)
}

fn written<'s>(seen: &'s Seen<'_>, at: &Place) -> Option<&'s str> {
    seen.project.file(at.file).text.get(at.start as usize..at.end as usize)
}

/// In which folder a file in Go is.
fn folder_in_go<'s>(seen: &'s Seen<'_>, at: &Place) -> Option<&'s Path> {
    let file = seen.project.file(at.file);
    Path::new(&file.path).parent().filter(|_| file.language == Language::Go)
}

/// Whether a key is one that somebody keeps, and not what a function is given.
fn is_kept(key: &str) -> bool {
    key.contains('.') || key.to_ascii_lowercase().contains("secret")
}

/// Whether a token is read out of what an issuer answered, or of the session that keeps it: `tokens.access_token`. Whoever
/// reads it so asked for it himself.
fn is_of_answer(token: &str) -> bool {
    let token = token.strip_suffix(']').unwrap_or(token).trim_end_matches(['"', '\'']);
    let part =
        ["access_token", "accessToken", "AccessToken"].iter().find_map(|part| token.strip_suffix(part));
    let of = part.and_then(|of| of.strip_suffix(['.', '"', '\'']));
    let Some(of) = of.map(|of| of.trim_end_matches(['[', '?', '!']).to_ascii_lowercase()) else {
        return false;
    };
    // A part of something else may be what a caller brings: `message.session.access_token`.
    let of = ["self.", "this."].iter().find_map(|owner| of.strip_prefix(owner)).unwrap_or(&of);
    ["session", "token", "response", "result", "grant"].iter().any(|word| of.contains(word))
        && of.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && !["req", "header", "cookie", "query", "param", "body", "auth_"]
            .iter()
            .any(|word| of.contains(word))
}

/// Whether a name says that it is something else than an access token.
fn is_other(name: &str) -> bool {
    let plain: String =
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    OTHERS.iter().any(|other| plain.contains(other)) && !plain.contains("accesstoken")
}
