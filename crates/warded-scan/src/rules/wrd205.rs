//! An audience is compared in a way that fits other servers too.

use super::{
    Check, Found, Seen, TOKENS,
    purpose::Purposes,
    verified::{self, Outcome},
};
use crate::{
    flow::{
        event::{Compare, Event},
        machine::Condition,
        request::given,
        value::{Mark, ObjectId, Value},
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    library::Does,
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: TOKENS, find };

/// Audiences that all tokens of some issuer have, whatever server they are for.
const SHARED: &[&str] = &["authenticated", "account", "api://default", "*"];

const RULE: Rule = Rule {
    id: "WRD205",
    name: "weak-audience-compare",
    title: "The audience of a token is compared in a way that fits other servers too",
    severity: Severity::High,
    cwe: &[1025, 185],
    clauses: &["RFC 8707 §2", "RFC 3986 §6.2.1"],
    why: "`https://a.example.evil.test` begins with `https://a.example`, and one issuer gives the same client tokens for many servers.",
    fix: "Compare the whole canonical URL of this server, for equality, with each member of the audience.",
    examples: &[
        bad(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    if not claims[\"aud\"].startswith(SERVER_URL):\n        raise PermissionError\n    return claims\n",
        ),
        bad(
            Python,
            "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], audience=\"authenticated\")\n",
        ),
        bad(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    if claims[\"client_id\"] != CLIENT_ID:\n        raise PermissionError\n    return claims\n",
        ),
        good(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], audience=SERVER_URL)\n    if claims[\"client_id\"] != CLIENT_ID:\n        raise PermissionError\n    return claims\n",
        ),
        good(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    audiences = claims[\"aud\"] if isinstance(claims[\"aud\"], list) else [claims[\"aud\"]]\n    if SERVER_URL not in audiences:\n        raise PermissionError\n    return claims\n",
        ),
        bad(
            TypeScript,
            "import { jwtVerify } from 'jose';\n\nexport async function who(token: string) {\n  const { payload } = await jwtVerify(token, KEYS);\n  if (!payload.aud.startsWith(SERVER_URL)) throw new Error('other audience');\n  return payload;\n}\n",
        ),
        good(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (token) => {\n  const claims = jwt.verify(token, KEY);\n  if (claims.aud !== SERVER_URL) throw new Error('other audience');\n  return claims;\n};\n",
        ),
        bad(
            Go,
            "package auth\n\nimport (\n\t\"strings\"\n\n\t\"github.com/golang-jwt/jwt/v5\"\n)\n\nfunc Who(raw string) (*jwt.RegisteredClaims, error) {\n\tclaims := &jwt.RegisteredClaims{}\n\tif _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {\n\t\treturn nil, err\n\t}\n\tif !strings.HasPrefix(claims.Audience[0], serverURL) {\n\t\treturn nil, errAudience\n\t}\n\treturn claims, nil\n}\n",
        ),
        bad(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\n\nclass Guard {\n    DecodedJWT who(String token) {\n        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);\n        if (!jwt.getAudience().get(0).startsWith(SERVER_URL)) {\n            throw new SecurityException();\n        }\n        return jwt;\n    }\n}\n",
        ),
        good(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\n\nclass Guard {\n    DecodedJWT who(String token) {\n        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);\n        if (!jwt.getAudience().contains(SERVER_URL)) {\n            throw new SecurityException();\n        }\n        return jwt;\n    }\n}\n",
        ),
        bad(
            Java,
            "import com.example.Token;\n\nclass Validator {\n    boolean isForUs(Token token, String us) {\n        for (String audience : token.getAudiences()) {\n            if (audience.endsWith(\"|\" + us)) {\n                return true;\n            }\n        }\n        return false;\n    }\n}\n",
        ),
        good(
            Java,
            "import com.example.Token;\n\nclass Validator {\n    boolean isForUs(Token token, String us) {\n        for (String audience : token.getAudiences()) {\n            if (audience.equals(us)) {\n                return true;\n            }\n        }\n        return false;\n    }\n}\n",
        ),
        bad(
            Java,
            "import com.example.Token;\n\nclass Validator {\n    boolean isForUs(Token token, String us) {\n        for (String audience : token.getAudiences()) {\n            if (audience.substring(0, audience.indexOf('.')).equals(us)) {\n                return true;\n            }\n        }\n        return false;\n    }\n}\n",
        ),
        good(
            Java,
            "import com.example.Settings;\n\nclass Client {\n    boolean isAzure(Settings settings) {\n        return settings.getAudience().startsWith(PREFIX) || settings.getAudience().substring(1).isEmpty();\n    }\n}\n",
        ),
        good(
            TypeScript,
            "import { jwtVerify } from 'jose';\n\nexport async function who(token: string) {\n  const { payload } = await jwtVerify(token, KEYS);\n  if (payload.aud !== SERVER_URL) throw new Error('other audience');\n  return payload;\n}\n",
        ),
        bad(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (token) => {\n  const claims = jwt.verify(token, KEY);\n  if (!claims.aud.startsWith(SERVER_URL)) throw new Error('other audience');\n  return claims;\n};\n",
        ),
        bad(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (token) => {\n  return jwt.verify(token, KEY, { audience: 'account' });\n};\n",
        ),
        good(
            Go,
            "package auth\n\nimport (\n\t\"slices\"\n\n\t\"github.com/golang-jwt/jwt/v5\"\n)\n\nfunc Who(raw string) (*jwt.RegisteredClaims, error) {\n\tclaims := &jwt.RegisteredClaims{}\n\tif _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {\n\t\treturn nil, err\n\t}\n\tif !slices.Contains(claims.Audience, serverURL) {\n\t\treturn nil, errAudience\n\t}\n\treturn claims, nil\n}\n",
        ),
        bad(
            Rust,
            "use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};\n\npub fn who(token: &str, key: &DecodingKey) -> Result<Claims, Refused> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.validate_aud = false;\n    let claims = decode::<Claims>(token, key, &validation)?.claims;\n    if !claims.aud.starts_with(SERVER_URL) {\n        return Err(Refused);\n    }\n    Ok(claims)\n}\n",
        ),
        good(
            Rust,
            "use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};\n\npub fn who(token: &str, key: &DecodingKey) -> Result<Claims, Refused> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.validate_aud = false;\n    let claims = decode::<Claims>(token, key, &validation)?.claims;\n    if claims.aud != SERVER_URL {\n        return Err(Refused);\n    }\n    Ok(claims)\n}\n",
        ),
        bad(
            Rust,
            "use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};\n\npub fn who(token: &str, key: &DecodingKey) -> Result<Claims, Refused> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.set_audience(&[\"account\"]);\n    validation.required_spec_claims.insert(\"aud\".to_owned());\n    Ok(decode::<Claims>(token, key, &validation)?.claims)\n}\n",
        ),
        bad(
            CSharp,
            "using Microsoft.AspNetCore.Http;\nusing Microsoft.IdentityModel.Tokens;\nusing System.IdentityModel.Tokens.Jwt;\nusing System.Security.Claims;\n\nclass Guard\n{\n    ClaimsPrincipal Who(HttpRequest request, string token)\n    {\n        var parameters = new TokenValidationParameters { IssuerSigningKey = key, ValidateAudience = false };\n        var caller = new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n        if (!caller.FindFirst(\"aud\").Value.StartsWith(ServerUrl))\n        {\n            throw new SecurityTokenInvalidAudienceException();\n        }\n        return caller;\n    }\n}\n",
        ),
        good(
            CSharp,
            "using Microsoft.AspNetCore.Http;\nusing Microsoft.IdentityModel.Tokens;\nusing System.IdentityModel.Tokens.Jwt;\nusing System.Security.Claims;\n\nclass Guard\n{\n    ClaimsPrincipal Who(HttpRequest request, string token)\n    {\n        var parameters = new TokenValidationParameters { IssuerSigningKey = key, ValidateAudience = false };\n        var caller = new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n        if (!caller.FindFirst(\"aud\").Value.Equals(ServerUrl))\n        {\n            throw new SecurityTokenInvalidAudienceException();\n        }\n        return caller;\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using Microsoft.IdentityModel.Tokens;\nusing System.IdentityModel.Tokens.Jwt;\n\nclass Guard\n{\n    void Who(string token)\n    {\n        var parameters = new TokenValidationParameters { IssuerSigningKey = key, ValidAudience = \"account\" };\n        new JwtSecurityTokenHandler().ValidateToken(token, parameters, out var validated);\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    let compared = compared(seen);
    let told: Vec<_> = compared.iter().map(|(at, ..)| seen.project.innermost(at)).collect();
    // What a builder was told is not told again where it is used.
    let shared = shared(seen).into_iter().filter(|(at, ..)| !told.contains(&seen.project.innermost(at)));
    let found = compared.into_iter().chain(shared);
    for (at, confidence, message) in found {
        if !all.iter().any(|known| known.at == at) {
            let steps = vec![(at.clone(), "compared here".to_owned())];
            all.push(Found { at, confidence, message: message.to_owned(), steps });
        }
    }
    all
}

/// Audiences that are compared by hand.
fn compared(seen: &Seen<'_>) -> Vec<(Place, Confidence, &'static str)> {
    let (without, purposes) = (without_audience(seen), Purposes::of(seen));
    let mut all = Vec::new();
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        let Event::Compared { claims, token, how, with, at, .. } = event else { continue };
        let is_shared = with.each().any(is_shared);
        match how {
            Compare::Part => all.push((
                at.clone(),
                Confidence::High,
                "only a part of the audience is compared: that of other servers fits too",
            )),
            Compare::Within if claims.is_some() || token.is_some() && purposes.verifies_access(at) => {
                all.push((at.clone(), Confidence::Low, "where the audience is a text, any part of it fits"));
            }
            Compare::Equal | Compare::Member if is_shared => {
                all.push((at.clone(), Confidence::High, "tokens for every server have this audience"));
            }
            _ => {}
        }
    }
    let instead = "it is compared who asked for the token, and not for which server it is";
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        let Event::Compared { token: Some(token), how: Compare::Client, at, under, .. } = event else {
            continue;
        };
        let is_asked_here =
            under.last().is_some_and(|asked| seen.project.innermost(&asked.at) == seen.project.innermost(at));
        if is_asked_here && purposes.verifies_access(at) && is_where_audience_differs(seen, *token, under) {
            all.push((at.clone(), Confidence::Medium, instead));
        }
    }
    for (_, ran) in &seen.ran {
        for event in &ran.events {
            let Event::Compared { claims: Some(claims), how: Compare::Client, at, under, .. } = event else {
                continue;
            };
            let mut verified = ran.events.iter().filter(|event| verified::claims_of(event) == Some(*claims));
            let is_instead = is_where_audience_differs(seen, *claims, under);
            if verified.any(|event| matches!(event, Event::Called { at, known, .. } if without.contains(&at) || is_instead && known.does == Does::Verify))
            {
                all.push((at.clone(), Confidence::High, instead));
            }
        }
    }
    all
}

/// Whether something is asked only where the audience was found to be another one: `aud != us and azp != us`,
/// `aud == us or azp == us`.
fn is_where_audience_differs(seen: &Seen<'_>, claims: ObjectId, under: &[Condition]) -> bool {
    under.last().is_some_and(|asked| {
        let text = &seen.project.file(asked.at.file).text;
        let text = text.get(asked.at.start as usize..asked.at.end as usize).unwrap_or_default();
        // What is done then is no part of what is asked.
        let text = text.split('{').next().unwrap_or_default();
        let is_negated = text.contains('!') || text.contains("not in ");
        // A list that was made of it may bear no mark.
        let is_audience = asked.about.has(Mark::Audience(claims)) || text.contains("aud");
        is_audience && is_negated == asked.holds
    })
}

/// Where tokens are verified without any question about their audience.
fn without_audience<'s>(seen: &'s Seen<'_>) -> Vec<&'s Place> {
    let all = verified::all(seen).filter(|one| matches!(one.outcome, Outcome::Accepted(_)));
    all.map(|one| &one.at).collect()
}

/// Audiences that a library is told to demand.
fn shared(seen: &Seen<'_>) -> Vec<(Place, Confidence, &'static str)> {
    let purposes = Purposes::of(seen);
    let mut all = Vec::new();
    for (root, ran) in &seen.ran {
        for event in &ran.events {
            if let Event::Called { known, at, heap, .. } = event
                && matches!(known.does, Does::Verify | Does::Guard)
                && let Some(audience) = given(event, &known.audience)
                && purposes.is_access(at, *root, event)
            {
                let items = audience.object().and_then(|id| heap.get(id)).map(|list| &list.items);
                if is_shared(&audience) || items.is_some_and(|items| items.iter().any(is_shared)) {
                    all.push((at.clone(), Confidence::High, "tokens for every server have this audience"));
                }
            }
        }
    }
    all
}

fn is_shared(value: &Value) -> bool {
    value.text().is_some_and(|text| is_shared_audience(text))
}

/// Whether tokens for every server have this audience.
pub(crate) fn is_shared_audience(text: &str) -> bool {
    SHARED.contains(&text)
}
