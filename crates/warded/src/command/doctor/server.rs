//! The third step: what does the server say of itself? Its protected resource metadata (RFC 9728), at each place where
//! clients look.

use warded_client::{
    discover::{Introduction, introduction},
    fetch::Passage,
};
use warded_core::Shown;

use super::{
    knock::Challenged,
    trouble,
    walk::{Stopped, Walk},
};
use crate::diagnosis::{Party, Step, table};

/// Most names of a list that are shown.
const SHOWN: usize = 5;

/// How the server introduces itself.
pub(super) struct Described {
    /// None where it does not, as servers of 2025-03-26.
    pub(super) introduction: Option<Introduction>,
    /// The URLs that it was asked at.
    pub(super) asked: Vec<String>,
}

/// Writes down how the server introduces itself; none where a client would stop.
pub(super) async fn look(
    step: &mut Step,
    challenged: &Challenged,
    walk: &Walk<'_>,
) -> Result<Described, Stopped> {
    let found = introduction(&walk.fetch, walk.server, challenged.challenge.as_ref()).await;
    let passages = walk.wire.take();
    tried(step, Party::Server, &passages);
    let found = match found {
        Ok(found) => found,
        Err(failure) => {
            trouble::discovery(step, &failure, &passages);
            return Err(Stopped);
        }
    };
    match (&found, &challenged.opened) {
        (None, Some(_)) if walk.own().names().next().is_none() => {
            let message = format!("{} lets everybody in who reaches it", walk.server);
            step.find(&table::OPEN_TO_ALL, Party::Server, message);
            return Err(Stopped);
        }
        (None, Some(_)) => step.saw(Party::Server, "describes no issuer, so no client would ask for a token"),
        (None, None) => {
            step.breaks(Party::Server, "describes itself nowhere", "RFC 9728 §3, MCP authorization");
            let message =
                "the server has no protected resource metadata, so its own origin is asked for a token";
            step.find(&table::METADATA_ABSENT, Party::Server, message);
        }
        (Some(introduction), opened) => {
            introduced(step, introduction, walk);
            if opened.is_some() {
                let message = "the server describes an issuer, and lets a call in without a token";
                step.find(&table::OPEN_AT_FIRST, Party::Server, message);
            }
        }
    }
    let asked = passages.into_iter().map(|passage| passage.url).collect();
    Ok(Described { introduction: found, asked })
}

/// Each URL that was tried, and what came.
pub(super) fn tried(step: &mut Step, who: Party, passages: &[Passage]) {
    for passage in passages {
        let url = Shown::new(&passage.url);
        let came = match (&passage.answer, &passage.failure) {
            (Some(head), _) => format!("status {}", head.status),
            (None, Some(_)) => "no answer".to_owned(),
            (None, None) => "nothing".to_owned(),
        };
        step.saw(Party::You, format!("ask {} for {url}: {came}", who_is(who)));
    }
}

const fn who_is(who: Party) -> &'static str {
    match who {
        Party::Issuer => "the issuer",
        _ => "the server",
    }
}

fn introduced(step: &mut Step, introduction: &Introduction, walk: &Walk<'_>) {
    let document = &introduction.document;
    let named = Shown::new(&document.resource);
    if introduction.is_wide {
        step.saw(Party::Server, format!("calls itself {named}, which covers its neighbours, too"));
        let message = format!("the server at {} calls itself {named}", walk.server);
        step.find(&table::RESOURCE_WIDE, Party::Server, message);
    } else {
        step.follows(Party::Server, format!("calls itself {named}, which is its URL"), "RFC 9728 §3.3");
    }
    let issuers = &document.authorization_servers;
    if !issuers.is_empty() {
        let is_wanted = |named: &String| walk.issuer.is_some_and(|wanted| wanted.as_str() == named);
        let used = match issuers.len() {
            1 => "",
            _ if issuers.iter().any(is_wanted) => " (the one of --issuer is asked)",
            _ => " (the first is asked)",
        };
        let listed = list(issuers.iter().map(String::as_str));
        step.follows(Party::Server, format!("names the issuer {listed}{used}"), "RFC 9728 §2");
    }
    if let Some(scopes) = &document.scopes_supported {
        let scopes = list(scopes.iter().map(String::as_str));
        step.follows(Party::Server, format!("lists the scopes {scopes}"), "RFC 9728 §2");
    }
    if document.dpop_bound_access_tokens_required == Some(true) {
        step.follows(
            Party::Server,
            "accepts only tokens that are bound to a key",
            "RFC 9449 §7.1, RFC 9728 §2",
        );
    }
}

/// The beginning of a list of somebody's words.
pub(super) fn list<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let mut shown: Vec<_> = Vec::new();
    let mut more = 0;
    for word in words {
        if shown.len() < SHOWN {
            shown.push(format!("`{}`", Shown::new(word)));
        } else {
            more += 1;
        }
    }
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
