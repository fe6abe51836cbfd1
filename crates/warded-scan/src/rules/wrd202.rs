//! The library would ask for which server a token is, and was told not to.

use super::{
    Check, Found, Seen, TOKENS, made,
    purpose::Purposes,
    verified::{self, Lack, Outcome, Verified},
};
use crate::{
    flow::{
        bound::{Bound, switched_off},
        event::{self, Event},
        machine::Ran,
        value::{Mark, Value},
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    library::Does,
    project::{FunctionRef, Place},
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: TOKENS, find };

/// Where it was told so only under a condition.
pub(super) const NOTE: Check = Check { rule: &RULE, heeds: TOKENS, find: sometimes };

const RULE: Rule = Rule {
    id: "WRD202",
    name: "audience-verification-disabled",
    title: "The audience of a token is not looked at, because somebody switched that off",
    severity: Severity::Critical,
    cwe: &[347, 345],
    clauses: &["MCP authorization, \"Access Token Privilege Restriction\"", "RFC 9068 §4", "RFC 8725 §3.9"],
    why: "Whoever holds a token that was issued for any other server comes in with it.",
    fix: "Leave the check on, and give the canonical URL of this server as audience.",
    examples: &[
        bad(
            Python,
            "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n",
        ),
        bad(
            Python,
            "import jwt\n\ndef verify_token(token):\n    return jwt.decode(token, options={\"verify_signature\": False})\n",
        ),
        good(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    if claims.get(\"aud\") != SERVER_URL:\n        raise PermissionError\n    return claims\n",
        ),
        good(
            Python,
            "import jwt\n\ndef verify_token(token):\n    kid = jwt.decode(token, options={\"verify_signature\": False})[\"kid\"]\n    return jwt.decode(token, KEYS[kid], algorithms=[\"RS256\"], audience=SERVER_URL)\n",
        ),
        bad(
            TypeScript,
            "import { decodeJwt } from 'jose';\n\nexport function verifyAccessToken(token: string) {\n  const claims = decodeJwt(token);\n  return { clientId: claims.sub, claims };\n}\n",
        ),
        good(
            TypeScript,
            "import { decodeJwt } from 'jose';\n\nexport function expiresAt(token: string) {\n  return decodeJwt(token).exp;\n}\n",
        ),
        bad(
            Rust,
            "use jsonwebtoken::{Validation, decode};\n\nfn who(token: &str) -> Option<Claims> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.validate_aud = false;\n    decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()\n}\n",
        ),
        bad(
            Java,
            "import org.jose4j.jwt.consumer.JwtConsumerBuilder;\n\nclass Guard {\n    Object who(String token) {\n        return new JwtConsumerBuilder().setVerificationKey(key).setSkipDefaultAudienceValidation().build().processToClaims(token);\n    }\n}\n",
        ),
        good(
            Java,
            "import org.jose4j.jwt.consumer.JwtConsumerBuilder;\n\nclass Guard {\n    Object who(String token) {\n        return new JwtConsumerBuilder().setVerificationKey(key).setExpectedAudience(SERVER_URL).build().processToClaims(token);\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using System.IdentityModel.Tokens.Jwt;\nusing Microsoft.IdentityModel.Tokens;\n\nclass Guard\n{\n    object Who(string token)\n    {\n        var parameters = new TokenValidationParameters { ValidateAudience = false };\n        return new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.IdentityModel.Tokens.Jwt;\nusing Microsoft.IdentityModel.Tokens;\n\nclass Guard\n{\n    object Who(string token)\n    {\n        var parameters = new TokenValidationParameters { ValidAudience = ServerUrl };\n        return new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n    }\n}\n",
        ),
        bad(
            Go,
            "package auth\n\nimport (\n\t\"context\"\n\n\t\"github.com/coreos/go-oidc/v3/oidc\"\n)\n\nfunc Who(ctx context.Context, provider *oidc.Provider, raw string) (*oidc.IDToken, error) {\n\tverifier := provider.Verifier(&oidc.Config{SkipClientIDCheck: true})\n\treturn verifier.Verify(ctx, raw)\n}\n",
        ),
        good(
            Go,
            "package auth\n\nimport (\n\t\"context\"\n\n\t\"github.com/coreos/go-oidc/v3/oidc\"\n)\n\nfunc Who(ctx context.Context, provider *oidc.Provider, raw string) (*oidc.IDToken, error) {\n\tverifier := provider.Verifier(&oidc.Config{ClientID: serverURL})\n\treturn verifier.Verify(ctx, raw)\n}\n",
        ),
        bad(
            Go,
            "package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc VerifyToken(raw string) (*jwt.RegisteredClaims, error) {\n\tclaims := &jwt.RegisteredClaims{}\n\tif _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {\n\t\treturn nil, err\n\t}\n\treturn claims, nil\n}\n",
        ),
        good(
            Rust,
            "use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};\n\npub fn who(token: &str, key: &DecodingKey) -> Claims {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.set_audience(&[SERVER_URL]);\n    validation.required_spec_claims.insert(\"aud\".to_owned());\n    decode::<Claims>(token, key, &validation).unwrap().claims\n}\n",
        ),
        bad(
            JavaScript,
            "import { decodeJwt } from 'jose';\n\nexport function verifyToken(token) {\n  const claims = decodeJwt(token);\n  return claims;\n}\n",
        ),
        good(
            JavaScript,
            "import { jwtVerify } from 'jose';\n\nexport async function verifyToken(token) {\n  const { payload } = await jwtVerify(token, KEYS, { audience: SERVER_URL });\n  return payload;\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let off = verified::all(seen).filter(|one| one.outcome == Outcome::Accepted(Lack::Off));
    let off = off.map(|one| found(&one.at, "its audience is not looked at: that is switched off here"));
    off.chain(believed(seen)).chain(made_off(seen, false)).collect()
}

fn sometimes(seen: &Seen<'_>) -> Vec<Found> {
    let off = verified::all(seen).filter(|one| one.outcome == Outcome::Sometimes(Lack::Off));
    let place = |one: &Verified<'_>| one.off.clone().unwrap_or_else(|| one.at.clone());
    let off = off.map(|one| found(&place(one), "under a condition, its audience is not looked at"));
    off.chain(made_off(seen, true)).collect()
}

/// What is made for somebody else to verify tokens with.
fn made_off(seen: &Seen<'_>, sometimes: bool) -> Vec<Found> {
    let what = if sometimes {
        "under a condition, audiences are not looked at by what is made here"
    } else {
        "audiences are not looked at by what is made here: that is switched off"
    };
    let purposes = Purposes::of(seen);
    let all = made::switched_off(seen).into_iter();
    let all = all.filter(|(at, some)| *some == sometimes && !purposes.is_for_other(at));
    all.map(|(at, _)| made::found(at, Confidence::High, what)).collect()
}

fn found(at: &Place, message: &str) -> Found {
    Found {
        at: at.clone(),
        confidence: Confidence::High,
        message: message.to_owned(),
        steps: vec![(at.clone(), "verified here".to_owned())],
    }
}

/// Claims that nobody verified, given back by a function whose name says that it verifies.
fn believed(seen: &Seen<'_>) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (root, ran) in seen.ran.iter().filter(|(root, _)| says_it_verifies(seen, *root)) {
        if ran.events.iter().any(verifies) || verified::is_verified_by_hand(seen, *root, ran) {
            continue;
        }
        for event in &ran.events {
            let Event::Called { at, .. } = event else { continue };
            if is_peek(event) && is_given_back(event, ran) && !all.iter().any(|found| found.at == *at) {
                all.push(found(at, "these claims are believed, and nobody verified the token"));
            }
        }
    }
    all
}

fn says_it_verifies(seen: &Seen<'_>, function: FunctionRef) -> bool {
    let name = seen.project.function(function).name.to_ascii_lowercase().replace('_', "");
    let verifies = ["verify", "validate", "authenticate"].iter().any(|word| name.starts_with(word));
    verifies && !name.contains("idtoken") && !name.contains("signature")
}

fn verifies(event: &Event<'_>) -> bool {
    matches!(event, Event::Called { known, .. } if known.does == Does::Verify) && !is_peek(event)
}

fn is_peek(event: &Event<'_>) -> bool {
    let Event::Called { known, .. } = event else { return false };
    match known.does {
        Does::Peek => true,
        Does::Verify => switched_off(event, &known.peek) == Bound::Yes,
        _ => false,
    }
}

/// Whether what the function gives back is the claims, or has them in it.
fn is_given_back(event: &Event<'_>, ran: &Ran<'_>) -> bool {
    let Some(claims) = verified::claims_of(event) else { return false };
    ran.events.iter().any(|event| match event {
        Event::Ended { value, heap } if !event::refuses(value, heap) => {
            // Some libraries write them into what they are given.
            let is_filled = |id| {
                let open = heap.get(id).and_then(|of| of.open.as_ref());
                open.is_some_and(|marks| marks.has(Mark::Claims(claims)))
            };
            let is_it = |id| id == claims || is_filled(id);
            value.each().filter_map(Value::object).any(|id| {
                let parts = heap
                    .get(id)
                    .into_iter()
                    .flat_map(|of| of.slots.values().map(|slot| &slot.value).chain(&of.items));
                is_it(id) || parts.filter_map(Value::object).any(is_it)
            })
        }
        _ => false,
    })
}
