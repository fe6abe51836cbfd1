//! A token is verified, and nobody asks for which server it is.

use super::{Check, Found, Heeds, Seen};
use crate::{
    flow::{
        event::{self, Event},
        request,
        split::COMPARED,
        value::{Mark, ObjectId, Presence},
    },
    language::Language::{JavaScript, Python, TypeScript},
    library::Does,
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: &[Heeds::all(Does::Verify)], find };

const RULE: Rule = Rule {
    id: "WRD201",
    name: "jwt-no-audience",
    title: "A token is accepted whatever server it was issued for",
    severity: Severity::High,
    cwe: &[287, 345],
    clauses: &["MCP authorization, \"Access Token Privilege Restriction\"", "RFC 9068 §4", "RFC 8725 §3.9"],
    why: "Checking the signature but not `aud` honours tokens that people gave to someone else.",
    fix: "Demand the canonical URL of this server as audience where the token is verified.",
    examples: &[
        bad(
            Python,
            "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"])\n",
        ),
        good(
            Python,
            "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], audience=SERVER_URL)\n",
        ),
        good(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"])\n    if SERVER_URL not in claims[\"aud\"]:\n        raise PermissionError\n    return claims\n",
        ),
        bad(
            TypeScript,
            "import { jwtVerify } from 'jose';\n\nexport async function who(token: string) {\n  const { payload } = await jwtVerify(token, KEYS, { issuer: ISSUER });\n  return payload;\n}\n",
        ),
        good(
            TypeScript,
            "import { jwtVerify } from 'jose';\n\nexport async function who(token: string) {\n  const { payload } = await jwtVerify(token, KEYS, { issuer: ISSUER, audience: SERVER_URL });\n  return payload;\n}\n",
        ),
        bad(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (token) => jwt.verify(token, KEY, { algorithms: ['RS256'] });\n",
        ),
        good(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (token) => {\n  const claims = jwt.verify(token, KEY);\n  if (![].concat(claims.aud).includes(SERVER_URL)) throw new Error('other audience');\n  return claims;\n};\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (_, ran) in &seen.ran {
        for event in &ran.events {
            let Event::Called { known, result, at, .. } = event else { continue };
            if known.does != Does::Verify || demands(event) {
                continue;
            }
            let claims = result.marks.iter().find_map(|mark| match mark {
                Mark::Claims(claims) => Some(claims),
                _ => None,
            });
            let Some(claims) = claims else { continue };
            if !compared(claims, &ran.events) && !all.iter().any(|found| found.at == *at) {
                all.push(found(at));
            }
        }
    }
    all
}

fn found(at: &Place) -> Found {
    Found {
        at: at.clone(),
        confidence: Confidence::High,
        message: "nobody asks for which server this token is".to_owned(),
        steps: vec![(at.clone(), "verified here".to_owned())],
    }
}

/// Whether the call itself demands an audience, or may.
fn demands(event: &Event<'_>) -> bool {
    let Event::Called { known, .. } = event else { return false };
    let is_off =
        |paths: &[String]| request::given(event, paths).is_some_and(|switch| switch.truth() == Some(false));
    // Where nothing at all is verified, that is another matter.
    is_off(&known.peek)
        || (!is_off(&known.off)
            && (known.closed || request::gives(event, &known.audience) != Presence::Never))
}

/// Whether it was compared before anybody got the claims.
fn compared(claims: ObjectId, events: &[Event<'_>]) -> bool {
    let mut ends = events.iter().filter_map(|event| match event {
        Event::Ended { value, heap } if !event::refuses(value, heap) => heap.get(claims),
        _ => None,
    });
    ends.all(|of| of.presence(COMPARED) == Presence::Always)
}
