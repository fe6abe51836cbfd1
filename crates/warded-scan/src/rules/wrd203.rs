//! A token is asked for which server it is, and passes where it does not say.

use super::{
    Check, Found, Seen, TOKENS, made,
    measured::measured,
    purpose::Purposes,
    verified::{self, Lack, Outcome, settings::is_of_known_claims},
};
use crate::{
    flow::{
        event::Event,
        value::{Shape, Value},
    },
    language::Language::{Go, Java, Python, Rust, TypeScript},
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: TOKENS, find };

const RULE: Rule = Rule {
    id: "WRD203",
    name: "audience-absence-accepted",
    title: "A token that does not say for which server it is passes",
    severity: Severity::High,
    cwe: &[345],
    clauses: &[
        "MCP authorization, \"Access Token Privilege Restriction\": MUST reject tokens that do not include them in the audience claim",
    ],
    why: "A token without `aud` was issued for nobody in particular, and opens every server that lets it pass.",
    fix: "Demand the claim as well as its value.",
    examples: &[
        bad(
            Python,
            "from jose import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], audience=SERVER_URL)\n",
        ),
        good(
            Python,
            "from jose import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], audience=SERVER_URL, options={\"require_aud\": True})\n",
        ),
        bad(
            Python,
            "from authlib.jose import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, claims_options={\"aud\": {\"value\": SERVER_URL}})\n    claims.validate()\n    return claims\n",
        ),
        good(
            Python,
            "from authlib.jose import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, claims_options={\"aud\": {\"essential\": True, \"value\": SERVER_URL}})\n    claims.validate()\n    return claims\n",
        ),
        bad(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    if claims.get(\"aud\") and claims[\"aud\"] != SERVER_URL:\n        raise PermissionError\n    return claims\n",
        ),
        bad(
            TypeScript,
            "import { jwtVerify } from 'jose';\n\nexport async function who(token: string) {\n  const { payload } = await jwtVerify(token, KEYS);\n  if (payload.aud && payload.aud !== SERVER_URL) throw new Error('other audience');\n  return payload;\n}\n",
        ),
        good(
            TypeScript,
            "import { jwtVerify } from 'jose';\n\nexport async function who(token: string) {\n  const { payload } = await jwtVerify(token, KEYS);\n  if (payload.aud !== SERVER_URL) throw new Error('other audience');\n  return payload;\n}\n",
        ),
        bad(
            Go,
            "package auth\n\nimport \"github.com/golang-jwt/jwt/v4\"\n\nfunc Who(raw string) (*jwt.RegisteredClaims, error) {\n\tclaims := &jwt.RegisteredClaims{}\n\tif _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {\n\t\treturn nil, err\n\t}\n\tif !claims.VerifyAudience(serverURL, false) {\n\t\treturn nil, errAudience\n\t}\n\treturn claims, nil\n}\n",
        ),
        good(
            Go,
            "package auth\n\nimport \"github.com/golang-jwt/jwt/v4\"\n\nfunc Who(raw string) (*jwt.RegisteredClaims, error) {\n\tclaims := &jwt.RegisteredClaims{}\n\tif _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {\n\t\treturn nil, err\n\t}\n\tif !claims.VerifyAudience(serverURL, true) {\n\t\treturn nil, errAudience\n\t}\n\treturn claims, nil\n}\n",
        ),
        bad(
            Rust,
            "use jsonwebtoken::{Validation, decode};\n\nfn who(token: &str) -> Option<Claims> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.set_audience(&[SERVER_URL]);\n    decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()\n}\n",
        ),
        good(
            Rust,
            "use jsonwebtoken::{Validation, decode};\n\nfn who(token: &str) -> Option<Claims> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.set_audience(&[SERVER_URL]);\n    validation.required_spec_claims.insert(\"aud\".to_owned());\n    decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()\n}\n",
        ),
        bad(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\n\nclass Guard {\n    DecodedJWT who(String token) {\n        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);\n        if (jwt.getAudience() != null && !jwt.getAudience().contains(SERVER_URL)) {\n            throw new SecurityException();\n        }\n        return jwt;\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let lenient = verified::all(seen).filter_map(|one| match (one.outcome, &one.compared) {
        (Outcome::UnlessAbsent(Lack::Code), Some(at)) => Some((at, &one.at, String::new())),
        (Outcome::UnlessAbsent(_), _) => {
            let measured = measured(seen, one.known, &one.at);
            let function = |at: &Place| seen.project.innermost(at);
            let by_caller = one.lenient.as_ref().filter(|at| function(at) != function(&one.at));
            Some((
                by_caller.unwrap_or(&one.at),
                &one.at,
                format!("; the library compares `aud` only where there is one{measured}"),
            ))
        }
        (Outcome::Sometimes(_), _) => {
            let more = "; the library compares `aud` only where there is one";
            one.lenient.as_ref().map(|at| (at, &one.at, more.to_owned()))
        }
        _ => None,
    });
    let found = lenient.map(|(at, verified, more)| Found {
        at: at.clone(),
        confidence: Confidence::High,
        message: format!("a token without `aud` is accepted; one with another is refused{more}"),
        steps: if at == verified {
            vec![(at.clone(), "verified here".to_owned())]
        } else {
            vec![
                (verified.clone(), "verified here".to_owned()),
                (at.clone(), "compared here, where there is an audience".to_owned()),
            ]
        },
    });
    found.chain(by_hand(seen)).chain(in_made(seen)).collect()
}

/// What is made for somebody else to verify tokens with.
fn in_made(seen: &Seen<'_>) -> Vec<Found> {
    let what = "a token without `aud` is accepted by what is made here; one with another is refused";
    let purposes = Purposes::of(seen);
    let all = made::lenient(seen).into_iter().filter(|at| !purposes.is_for_other(at));
    all.map(|at| made::found(at, Confidence::High, what)).collect()
}

/// Whether it is called like who a client is.
fn is_client(value: &Value) -> bool {
    let is_it = |name: &str| name.to_ascii_lowercase().replace('_', "").ends_with("clientid");
    matches!(&value.shape, Shape::Unknown(Some(name)) | Shape::Foreign(name) if is_it(name))
}

/// Tokens that were read somewhere else, and are compared here.
fn by_hand(seen: &Seen<'_>) -> Vec<Found> {
    let purposes = Purposes::of(seen);
    let mut all: Vec<Found> = Vec::new();
    for (_, ran) in &seen.ran {
        for event in &ran.events {
            let Event::Compared { token: Some(token), at, with, .. } = event else { continue };
            // Whoever compares with his own client has an ID token, in which it always is.
            if !is_client(with)
                && verified::passes_without(seen, *token, &ran.events)
                && purposes.verifies_access(at)
                && !is_of_known_claims(seen, at)
                && !all.iter().any(|found| found.at == *at)
            {
                all.push(Found {
                    at: at.clone(),
                    confidence: Confidence::Medium,
                    message: "a token without `aud` is accepted; one with another is refused".to_owned(),
                    steps: vec![(at.clone(), "compared here, where there is an audience".to_owned())],
                });
            }
        }
    }
    all
}
