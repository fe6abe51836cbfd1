//! Keys of tokens that are kept, by what they are called and what they are made of.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::super::Seen;
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target},
    project::{FunctionRef, Place},
};

/// What keys are called under which tokens are kept.
const KEYS: &[&str] = &["cachekey", "tokenkey", "storekey", "storagekey"];

/// What says who asks for a token, and what for, but not for which server.
const WHO: &[&str] = &[
    "clientid",
    "issuer",
    "tenant",
    "tenantid",
    "realm",
    "user",
    "userid",
    "username",
    "useremail",
    "email",
    "name",
    "pass",
    "password",
    "sub",
    "subject",
    "scope",
    "scopes",
    "granttype",
    "tokenurl",
    "tokenendpoint",
    "account",
    "accountid",
];

/// What says for which server a token is, or what leads to one.
const SERVER: &[&str] = &[
    "resource",
    "audience",
    "server",
    "service",
    "baseurl",
    "host",
    "target",
    "mcpurl",
    "apiurl",
    "credentials",
];

/// What functions are called that keep tokens for another time.
const KEEPS: &[&str] =
    &["savetoken", "savetokens", "savecredentials", "storetoken", "storetokens", "storecredentials"];

/// How servers are called in a list of them, whatever their address is.
const NAMES: &[&str] = &["servername", "mcpservername"];

/// How files write that they compare for which address a token was kept.
const COMPARED: &[&str] = &["erverUrl ===", "erverUrl !==", "server_url ==", "server_url !="];

/// Every function of the files in which anything is called like that. Nobody need have followed them.
fn functions<'s>(seen: &'s Seen<'_>) -> impl Iterator<Item = FunctionRef> + 's {
    let files = seen.project.files().filter(|(_, file)| says_keys(&file.text));
    files.flat_map(|(file, _)| seen.project.functions_of(file))
}

/// Whether anything is called like a key or like what keeps tokens, and there are tokens at all.
fn says_keys(text: &str) -> bool {
    static CALLED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let parts = KEYS.iter().chain(KEEPS).flat_map(|name| {
            let between = ["token", "credentials", "key"]
                .iter()
                .filter_map(|word| name.find(word))
                .filter(|at| *at > 0);
            let apart = between.map(|at| {
                format!("{}_{}", name.get(..at).unwrap_or_default(), name.get(at..).unwrap_or_default())
            });
            apart.chain([(*name).to_owned()]).collect::<Vec<_>>()
        });
        AhoCorasick::builder().ascii_case_insensitive(true).build(parts).ok()
    });
    let speaks = ["oken", "OKEN", "redential", "REDENTIAL"].iter().any(|word| text.contains(word));
    speaks && CALLED.as_ref().is_none_or(|called| called.is_match(text))
}

/// The places where tokens are kept under the name of a server, which may get another address: the first of each file.
pub(super) fn of_names(seen: &Seen<'_>) -> Vec<Place> {
    let mut all: Vec<Place> = Vec::new();
    for reference in functions(seen) {
        let (function, file) = (seen.project.function(reference), seen.project.file(reference.file));
        if all.iter().any(|known| known.file == reference.file)
            || COMPARED.iter().any(|how| file.text.contains(how))
        {
            continue;
        }
        let mut spans = Vec::new();
        in_steps(&function.body, &mut |statement| spans.extend(keeps_by_name(statement)));
        all.extend(spans.first().map(|span| Place::new(reference.file, span)));
    }
    all
}

fn keeps_by_name(statement: &Statement) -> Option<crate::ir::Span> {
    let (Step::Do(value) | Step::Assign { value, .. } | Step::Return(Some(value))) = &statement.step else {
        return None;
    };
    let Kind::Call { callee, arguments, .. } = &value.kind else { return None };
    let Kind::Member(_, called) = &callee.kind else { return None };
    let Kind::Name(name) = &arguments.first()?.value.kind else { return None };
    let is_kept = KEEPS.contains(&plain(called).as_str()) && NAMES.contains(&plain(name).as_str());
    (is_kept && arguments.len() > 1).then(|| value.span.clone())
}

/// The places where such keys are made that do not say for which server a token is.
pub(super) fn of_nobody(seen: &Seen<'_>) -> Vec<Place> {
    let mut all = Vec::new();
    for reference in functions(seen) {
        let (function, file) = (seen.project.function(reference), seen.project.file(reference.file));
        let text = file.text.get(function.span.clone()).unwrap_or_default();
        let before = file.text.get(..function.span.start).unwrap_or_default();
        let name = given_to(before);
        if ![text, name].iter().any(|text| text.to_ascii_lowercase().contains("token")) {
            continue;
        }
        if is_key(&function.name) || is_key(name) {
            if makes_by_client(text) {
                all.push(Place::new(reference.file, &function.span));
            }
        } else if function
            .parameters
            .iter()
            .any(|one| matches!(&one.target, Target::Name(name) if says(name, SERVER)))
        {
            let mut spans = Vec::new();
            in_steps(&function.body, &mut |statement| spans.extend(key_of_who(statement)));
            all.extend(spans.into_iter().map(|span| Place::new(reference.file, span)));
        }
    }
    all
}

/// The name that a function without one is given to: `Cache.prototype.key = function () ..`.
fn given_to(before: &str) -> &str {
    let name = before.trim_end().strip_suffix('=').unwrap_or_default().trim_end();
    name.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

/// Whether a function that makes a key puts the client into it, and nothing that could be a server.
fn makes_by_client(text: &str) -> bool {
    let words: Vec<_> =
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(plain).collect();
    let is_of_issuer = |word: &str| word.starts_with("token") || word.starts_with("auth");
    words.iter().any(|word| word == "clientid")
        && !words.iter().any(|word| says(word, SERVER) && !is_of_issuer(word))
}

fn key_of_who(statement: &Statement) -> Option<&crate::ir::Span> {
    let Step::Assign { target: Target::Name(name), value, .. } = &statement.step else { return None };
    let mut parts = Vec::new();
    leaves(value, &mut parts).filter(|()| is_key(name))?;
    (parts.len() > 1 && parts.iter().all(|part| is_who(part))).then_some(&statement.span)
}

/// Each step that is done on some way.
fn in_steps<'m>(steps: &'m [Statement], note: &mut dyn FnMut(&'m Statement)) {
    for statement in steps {
        note(statement);
        match &statement.step {
            Step::If { then, otherwise, .. } => {
                in_steps(then, note);
                in_steps(otherwise, note);
            }
            Step::Try { body, .. } | Step::Block(body) | Step::Loop { body, .. } => in_steps(body, note),
            _ => {}
        }
    }
}

/// The names of all that a text is put together of; nothing where something else is in it.
fn leaves<'m>(of: &'m Expression, all: &mut Vec<&'m str>) -> Option<()> {
    match &of.kind {
        Kind::Text(_) => Some(()),
        Kind::Name(name) | Kind::Member(_, name) => {
            all.push(name);
            Some(())
        }
        Kind::Template(parts) => parts.iter().try_for_each(|part| leaves(part, all)),
        Kind::Binary(Operator::Plus, one, other) => {
            leaves(one, all)?;
            leaves(other, all)
        }
        _ => None,
    }
}

fn is_key(name: &str) -> bool {
    let name = plain(name);
    KEYS.iter().any(|known| name.contains(known))
}

fn is_who(name: &str) -> bool {
    WHO.contains(&plain(name).as_str())
}

fn says(name: &str, words: &[&str]) -> bool {
    let name = plain(name);
    words.iter().any(|word| name.contains(word))
}

/// In small letters, and without anything between the words.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
