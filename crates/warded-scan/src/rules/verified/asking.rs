//! Verifiers that ask an issuer about the token of a caller: which functions they are, and where they ask.

use crate::{
    flow::{
        event::Event,
        heap::Heap,
        machine::Ran,
        value::{Shape, Value},
    },
    ir::{Function, Target},
    language::Language,
    library::Does,
    project::{FunctionRef, Place},
    rules::Seen,
};

/// Where a verifier asks an issuer about the token of a caller, if it is one and does: where it sends the token, or else
/// where it sends anything at all. What it asks for after that is about whose token it is.
pub(super) fn asked<'r, 'p>(seen: &Seen<'p>, root: FunctionRef, ran: &'r Ran<'p>) -> Option<&'r Event<'p>> {
    let of = seen.project.function(root);
    let verifies =
        |event: &Event<'_>| matches!(event, Event::Called { known, .. } if known.does == Does::Verify);
    let language = seen.project.file(root.file).language;
    // A client of the issuer hands its answer on.
    if is_called_introspection(of) && !reads_active(seen, root) {
        return None;
    }
    if !is_verifier(of, language, seen.is_mcp()) || ran.events.iter().any(verifies) {
        return None;
    }
    let text = seen.project.file(root.file).text.get(of.span.clone()).unwrap_or_default();
    // What an issuer says is given back as it is: whoever called has to look at it.
    if of.name.to_ascii_lowercase().starts_with("introspect") && !text.to_ascii_lowercase().contains("active")
    {
        return None;
    }
    let is_of_issuer = |event: &Event<'_>| {
        let Event::Called { at, .. } = event else { return false };
        let name = seen.project.innermost(at).map(|function| &*seen.project.function(function).name);
        let name = name.unwrap_or_default().to_ascii_lowercase();
        ["metadata", "discover", "jwk", "keys"].iter().any(|part| name.contains(part))
    };
    let all = || {
        let asks = |event: &&Event<'_>| asks(event) && is_answered(event, ran) && !is_about_keys(event);
        ran.events.iter().filter(asks).filter(|event| !is_of_issuer(event))
    };
    all().find(|event| bears_token(of, event)).or_else(|| all().next())
}

/// Where a verifier asks about the token of a caller by something that nobody can follow, and that is called like it:
/// `get_user_info(credentials)`. Whatever is compared afterwards would be seen.
pub(in crate::rules) fn asked_by_name(seen: &Seen<'_>) -> Vec<Place> {
    let mut all = Vec::new();
    for (root, ran) in &seen.ran {
        let of = seen.project.function(*root);
        let is_followed = |event: &Event<'_>| match event {
            Event::Called { known, .. } => known.does == Does::Verify || asks(event),
            Event::Compared { .. } => true,
            _ => false,
        };
        if !seen.is_mcp()
            || !is_verifier(of, seen.project.file(root.file).language, true)
            || ran.events.iter().any(is_followed)
        {
            continue;
        }
        let text = &seen.project.file(root.file).text;
        let body = of.body.first().map_or(of.span.end, |first| first.span.start)..of.span.end;
        let Some(inside) = text.get(body.clone()) else { continue };
        if super::speaks_of_audience(inside) {
            continue;
        }
        let asks_so = |word: &str| {
            let plain = word.to_ascii_lowercase().replace('_', "");
            ASKS.iter().any(|asks| plain.contains(asks)) && !plain.ends_with("uri") && !plain.ends_with("url")
        };
        let mut words = words(inside).into_iter().filter(|(_, word)| asks_so(word));
        let called = words.find(|(at, word)| {
            let after = inside.get(at + word.len()..).unwrap_or_default();
            // It is called, or given to something that calls it.
            after.starts_with('(') || after.starts_with(',')
        });
        if let Some((at, word)) = called {
            let start = body.start + at;
            all.push(Place::new(root.file, &(start..start + word.len())));
        }
    }
    all
}

/// What is in the names of what asks about a token. Without `_`, in small letters.
const ASKS: &[&str] = &["userinfo", "tokeninfo", "introspect"];

/// The words of a text, each with where it begins.
pub(super) fn words(text: &str) -> Vec<(usize, &str)> {
    let (mut all, mut start) = (Vec::new(), None);
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_part = letter.is_alphanumeric() || letter == '_';
        if is_part {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            all.extend(text.get(start..at).map(|word| (start, word)));
        }
    }
    all
}

/// Whether a function is called like one that only asks, and not like one that decides.
fn is_called_introspection(of: &Function) -> bool {
    of.name.to_ascii_lowercase().starts_with("introspect")
}

/// How it is read whether a token is good (RFC 7662 §2.2). Where that is only declared, nobody reads it.
const READS: &[&str] = &[
    ".active",
    ".Active",
    ".isActive()",
    "(\"active\"",
    "('active'",
    "[\"active\"",
    "['active'",
    "{ active",
    "{active",
];

/// Whether it is read in a text that an issuer says that a token is good.
pub(super) fn reads_active_in(text: &str) -> bool {
    READS.iter().any(|reads| text.contains(reads))
}

fn reads_active(seen: &Seen<'_>, function: FunctionRef) -> bool {
    let text = &seen.project.file(function.file).text;
    reads_active_in(text.get(seen.project.function(function).span.clone()).unwrap_or_default())
}

/// Whether something is sent there: no request for a token, and no client that is only made.
fn asks(event: &Event<'_>) -> bool {
    let Event::Called { arguments, known, what, .. } = event else { return false };
    let is_sent = known.does == Does::Send && known.gives.as_deref() != Some("new");
    let is_sure = known.telling || known.is_called(what);
    let is_request = !arguments.is_empty() || known.url.iter().any(|url| url.starts_with("self."));
    is_sent && is_sure && is_request && crate::flow::request::of(event).is_none()
}

/// Whether that is where the answer comes from: some calls only put a request together, which others send.
fn is_answered(event: &Event<'_>, ran: &Ran<'_>) -> bool {
    let answers = |event: &Event<'_>| match event {
        Event::Called { known, .. } => known.does == Does::Send && known.gives.is_none(),
        _ => false,
    };
    answers(event) || !ran.events.iter().any(answers)
}

/// Whether it asks for the keys of the issuer, not about a token.
fn is_about_keys(event: &Event<'_>) -> bool {
    let Event::Called { known, .. } = event else { return false };
    let url = crate::flow::request::given(event, &known.url);
    url.iter().flat_map(Value::each).any(|one| match &one.shape {
        Shape::Text(name) | Shape::Unknown(Some(name)) | Shape::Foreign(name) => {
            let name = name.to_ascii_lowercase();
            ["jwks", "certs", "well-known", "discovery"].iter().any(|part| name.contains(part))
        }
        _ => false,
    })
}

/// Whether a function says whether a token is good: by its name, or by what it gives to an SDK for MCP.
fn is_verifier(of: &Function, language: Language, is_mcp: bool) -> bool {
    let name = of.name.to_ascii_lowercase().replace('_', "");
    let name = name.strip_suffix("async").unwrap_or(&name);
    let gives = of.returns.as_deref().unwrap_or_default();
    // Elsewhere than in its SDK that is what a client is given.
    let caller = match language {
        Language::Python => "AccessToken",
        Language::Go => "TokenInfo",
        _ => "AuthInfo",
    };
    let gives_caller = gives.contains(caller);
    let says_so =
        ["verif", "valid", "introspect", "authenticat", "check"].iter().any(|word| name.contains(word));
    VERIFIERS.contains(&name)
        || is_mcp && MCP_VERIFIERS.contains(&name)
        || gives_caller && (says_so || name.is_empty()) && tokens(of).next().is_some()
}

/// What functions are called that say whether a token is good. Without `_`, in small letters.
const VERIFIERS: &[&str] = &[
    "verifytoken",
    "verifyaccesstoken",
    "loadaccesstoken",
    "readaccesstoken",
    "loadauthentication",
    "introspecttoken",
    "introspectaccesstoken",
];

/// The same, where it is clear that the token is one of MCP.
const MCP_VERIFIERS: &[&str] = &[
    "validatetoken",
    "validateaccesstoken",
    "verifybearertoken",
    "validatebearertoken",
    "checktoken",
    "checkaccesstoken",
    "introspect",
];

/// What the tokens are called that a function is given.
fn tokens(of: &Function) -> impl Iterator<Item = &str> {
    of.parameters.iter().filter_map(|parameter| match &parameter.target {
        Target::Name(name) if is_token(name) => Some(&**name),
        _ => None,
    })
}

pub(super) fn is_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "jwt", "bearer", "credential"].iter().any(|word| name.contains(word))
}

/// Whether a call is given one of the tokens that the function was given.
fn bears_token(of: &Function, event: &Event<'_>) -> bool {
    let Event::Called { arguments, heap, receiver, .. } = event else { return false };
    let mut given = arguments.iter().map(|given| &given.value).chain(receiver);
    given.any(|value| tokens(of).any(|token| has(value, token, heap, DEEP)))
}

/// How deep a token may stand in what is sent.
const DEEP: usize = 3;

fn has(value: &Value, token: &str, heap: &Heap, deep: usize) -> bool {
    value.each().any(|one| match &one.shape {
        Shape::Unknown(Some(name)) => &**name == token,
        Shape::Template(parts) => parts.iter().any(|part| has(part, token, heap, deep)),
        Shape::Object(id) if deep > 0 => heap.get(*id).is_some_and(|object| {
            let parts = object.slots.values().map(|slot| &slot.value).chain(&object.items);
            parts.into_iter().any(|part| has(part, token, heap, deep - 1))
        }),
        _ => false,
    })
}
