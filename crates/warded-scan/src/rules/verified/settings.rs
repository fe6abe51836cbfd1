//! Audiences that are compared only where somebody has set with what.

use super::{Outcome, claims_of};
use crate::{
    flow::{
        event::{Compare, Event, refuses},
        machine::{Condition, Ran},
        value::{Mark, ObjectId},
    },
    language::Language,
    library::Does,
    project::Place,
    rules::{Seen, purpose::Purposes},
};

/// Where a verifier compares an audience, and does so only where it was told with what: whoever forgets to tell it accepts
/// every token. Where the claims are verified in another function, that one is what is told of.
pub(in crate::rules) fn compared_where_set(seen: &Seen<'_>) -> Vec<Place> {
    let purposes = Purposes::of(seen);
    let mut all: Vec<Place> = Vec::new();
    for (_, ran) in &seen.ran {
        if !ran.events.iter().any(is_refusal) {
            continue;
        }
        for event in &ran.events {
            let Event::Compared { claims, token, how, with, at, under } = event else { continue };
            let is_whole = matches!(how, Compare::Equal | Compare::Member | Compare::Within);
            if !is_whole || with.text().is_some() || !is_asked_whether_set(seen, under) {
                continue;
            }
            let is_verifier = match (claims, token) {
                (Some(claims), _) if is_judged(seen, ran, *claims) => {
                    is_verified_beside(seen, ran, *claims, at)
                }
                (None, None) => false,
                _ => purposes.verifies_access(at) && !is_of_known_claims(seen, at),
            };
            let function = seen.project.innermost(at);
            if is_verifier && !all.iter().any(|known| seen.project.innermost(known) == function) {
                all.push(at.clone());
            }
        }
    }
    all
}

/// Whether the verifier is one of JWTs itself: where claims have types, whoever compares them has read the token, or says that
/// he asks an issuer.
pub(in crate::rules) fn is_of_jwt(seen: &Seen<'_>, at: &Place) -> bool {
    let asks = |name: &str| name.to_ascii_lowercase().contains("introspect");
    let language = seen.project.file(at.file).language;
    matches!(language, Language::Java | Language::Go) && !Purposes::of(seen).around(at).any(asks)
}

/// Whether the claims are those of a token that is verified in the same function, and is accepted on other ways.
fn is_verified_beside(seen: &Seen<'_>, ran: &Ran<'_>, claims: ObjectId, at: &Place) -> bool {
    let verified = ran.events.iter().find_map(|event| match event {
        Event::Called { known, at, .. } if known.does == Does::Verify && claims_of(event) == Some(claims) => {
            Some(at)
        }
        _ => None,
    });
    let Some(verified) = verified else { return false };
    let is_open =
        |one: &super::Verified<'_>| matches!(one.outcome, Outcome::Sometimes(_)) && one.at == *verified;
    seen.project.innermost(verified) == seen.project.innermost(at) && super::all(seen).any(is_open)
}

/// Whether somebody comes there with claims that he verified: then those are what counts.
pub(in crate::rules) fn is_of_known_claims(seen: &Seen<'_>, place: &Place) -> bool {
    seen.ran.iter().any(|(_, ran)| {
        ran.events.iter().any(|event| match event {
            Event::Compared { claims: Some(claims), at, .. } => at == place && is_judged(seen, ran, *claims),
            _ => false,
        })
    })
}

/// Whether it is known what becomes of the token whose claims these are, where it is verified.
fn is_judged(seen: &Seen<'_>, ran: &Ran<'_>, claims: ObjectId) -> bool {
    let mut events = ran.events.iter().filter(|event| claims_of(event) == Some(claims));
    events.any(
        |event| matches!(event, Event::Called { at, .. } if seen.verified().iter().any(|one| one.at == *at)),
    )
}

fn is_refusal(event: &Event<'_>) -> bool {
    match event {
        Event::Thrown { .. } => true,
        Event::Ended { value, heap } => refuses(value, heap),
        _ => false,
    }
}

/// Whether one of the questions before is whether there is any audience to compare with.
pub(super) fn is_asked_whether_set(seen: &Seen<'_>, under: &[Condition]) -> bool {
    under.iter().any(|asked| {
        let of_token = asked.about.iter().any(|mark| matches!(mark, Mark::Audience(_) | Mark::Witness(..)));
        let file = seen.project.file(asked.at.file);
        let text = file.text.get(asked.at.start as usize..asked.at.end as usize).unwrap_or_default();
        // What a loop does is no part of what it asks.
        let text = if text.starts_with("for") || text.starts_with("while") {
            text.split(['{', '\n']).next().unwrap_or_default()
        } else {
            text
        };
        let names_audiences = names_audiences(text);
        let text = text.to_ascii_lowercase();
        let is_about_type = ["isinstance", "typeof", "instanceof", "isarray", "is_array", ".(type)"];
        !of_token
            && (["audience", "resource"].iter().any(|word| text.contains(word)) || names_audiences)
            && !is_about_type.iter().any(|word| text.contains(word))
    })
}

/// Whether one of the names in a text is that of audiences, as the claim is called: `aud`, `allowedAuds`. What is read of
/// something may be the claim itself, and what is called or compared there may be what finds that out.
fn names_audiences(text: &str) -> bool {
    let is_name = |(at, word): &(usize, &str)| {
        // `"aud" in claims` asks for the claim.
        let is_read = text.get(..*at).is_some_and(|before| before.ends_with(['.', '"', '\'']));
        let word = word.strip_suffix('s').unwrap_or(word);
        !is_read && (word == "aud" || word.ends_with("_aud") || word.ends_with("Aud"))
    };
    !text.contains('(') && !text.contains("==") && super::asking::words(text).iter().any(is_name)
}
