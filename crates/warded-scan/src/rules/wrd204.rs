//! An audience is compared, and a token for another server gets past that.

use super::{
    Check, Found, Seen, TOKENS,
    verified::{self, Outcome},
};
use crate::{
    flow::event::{Compare, Event},
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: TOKENS, find };

const RULE: Rule = Rule {
    id: "WRD204",
    name: "audience-check-bypassable",
    title: "A token for another server gets past the check of its audience",
    severity: Severity::High,
    cwe: &[863],
    clauses: &["MCP authorization, \"Access Token Privilege Restriction\"", "RFC 9068 §4", "RFC 8725 §3.9"],
    why: "Whoever sends the request decides whether the check is made, or nothing comes of it.",
    fix: "Compare always, and refuse the request where it does not fit.",
    examples: &[
        bad(
            Python,
            "import jwt\n\ndef who(request, token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    if request.headers.get(\"MCP-Protocol-Version\"):\n        if claims.get(\"aud\") != SERVER_URL:\n            raise PermissionError\n    return claims\n",
        ),
        bad(
            Python,
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    if claims.get(\"aud\") != SERVER_URL:\n        log.warning(\"other audience\")\n    return claims\n",
        ),
        good(
            Python,
            "import jwt\n\ndef who(request, token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={\"verify_aud\": False})\n    if claims.get(\"aud\") != SERVER_URL:\n        log.warning(\"other audience\")\n        raise PermissionError\n    return claims\n",
        ),
        bad(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (req, token) => {\n  const claims = jwt.verify(token, KEY);\n  if (req.headers['mcp-protocol-version'] && claims.aud !== SERVER_URL) throw new Error('other audience');\n  return claims;\n};\n",
        ),
        bad(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (token) => {\n  const claims = jwt.verify(token, KEY);\n  if (claims.aud !== SERVER_URL) console.warn('other audience');\n  return claims;\n};\n",
        ),
        good(
            JavaScript,
            "const jwt = require('jsonwebtoken');\n\nexports.who = (req, res, next) => {\n  const claims = jwt.verify(req.token, KEY);\n  if (claims.aud !== SERVER_URL) return res.status(401).end();\n  req.claims = claims;\n  next();\n};\n",
        ),
        bad(
            Go,
            "package auth\n\nimport (\n\t\"net/http\"\n\n\t\"github.com/golang-jwt/jwt/v5\"\n)\n\nfunc Who(r *http.Request, raw string) (*jwt.RegisteredClaims, error) {\n\tclaims := &jwt.RegisteredClaims{}\n\tif _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {\n\t\treturn nil, err\n\t}\n\tif r.Header.Get(\"MCP-Protocol-Version\") != \"\" {\n\t\tif claims.Audience[0] != serverURL {\n\t\t\treturn nil, errAudience\n\t\t}\n\t}\n\treturn claims, nil\n}\n",
        ),
        good(
            Go,
            "package auth\n\nimport (\n\t\"net/http\"\n\n\t\"github.com/golang-jwt/jwt/v5\"\n)\n\nfunc Who(r *http.Request, raw string) (*jwt.RegisteredClaims, error) {\n\tclaims := &jwt.RegisteredClaims{}\n\tif _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {\n\t\treturn nil, err\n\t}\n\tif claims.Audience[0] != serverURL {\n\t\treturn nil, errAudience\n\t}\n\treturn claims, nil\n}\n",
        ),
        bad(
            TypeScript,
            "import { jwtVerify } from 'jose';\nimport type { Request } from 'express';\n\nexport async function who(req: Request, token: string) {\n  const { payload } = await jwtVerify(token, KEYS);\n  if (req.headers['mcp-protocol-version']) {\n    if (payload.aud !== SERVER_URL) throw new Error('other audience');\n  }\n  return payload;\n}\n",
        ),
        good(
            TypeScript,
            "import { jwtVerify } from 'jose';\nimport type { Request } from 'express';\n\nexport async function who(req: Request, token: string) {\n  const { payload } = await jwtVerify(token, KEYS);\n  if (payload.aud !== SERVER_URL) throw new Error('other audience');\n  return payload;\n}\n",
        ),
        good(
            Go,
            "package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Who(raw string) (jwt.MapClaims, error) {\n\tclaims := jwt.MapClaims{}\n\tif _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {\n\t\treturn nil, err\n\t}\n\tif claims[\"aud\"] != serverURL {\n\t\treturn nil, errAudience\n\t}\n\treturn claims, nil\n}\n",
        ),
        bad(
            Rust,
            "use axum::http::HeaderMap;\nuse jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};\n\npub fn who(headers: &HeaderMap, token: &str, key: &DecodingKey) -> Result<Claims, Refused> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.validate_aud = false;\n    let claims = decode::<Claims>(token, key, &validation)?.claims;\n    if headers.contains_key(\"mcp-protocol-version\") {\n        if claims.aud != SERVER_URL {\n            return Err(Refused);\n        }\n    }\n    Ok(claims)\n}\n",
        ),
        good(
            Rust,
            "use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};\n\npub fn who(token: &str, key: &DecodingKey) -> Result<Claims, Refused> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.validate_aud = false;\n    let claims = decode::<Claims>(token, key, &validation)?.claims;\n    if claims.aud != SERVER_URL {\n        tracing::warn!(\"other audience\");\n        return Err(Refused);\n    }\n    Ok(claims)\n}\n",
        ),
        bad(
            Rust,
            "use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};\n\npub fn who(token: &str, key: &DecodingKey) -> Result<Claims, Refused> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.validate_aud = false;\n    let claims = decode::<Claims>(token, key, &validation)?.claims;\n    if claims.aud != SERVER_URL {\n        tracing::warn!(\"other audience\");\n    }\n    Ok(claims)\n}\n",
        ),
        bad(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\nimport jakarta.servlet.http.HttpServletRequest;\n\nclass Guard {\n    DecodedJWT who(HttpServletRequest request, String token) {\n        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);\n        if (request.getHeader(\"MCP-Protocol-Version\") != null) {\n            if (!jwt.getAudience().contains(SERVER_URL)) {\n                throw new SecurityException();\n            }\n        }\n        return jwt;\n    }\n}\n",
        ),
        good(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\n\nclass Guard {\n    DecodedJWT who(String token) {\n        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);\n        if (!jwt.getAudience().contains(SERVER_URL)) {\n            log.warn(\"other audience\");\n            throw new SecurityException();\n        }\n        return jwt;\n    }\n}\n",
        ),
        bad(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\n\nclass Guard {\n    DecodedJWT who(String token) {\n        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);\n        if (!jwt.getAudience().contains(SERVER_URL)) {\n            log.warn(\"other audience\");\n        }\n        return jwt;\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using Microsoft.AspNetCore.Http;\nusing Microsoft.IdentityModel.Tokens;\nusing System.IdentityModel.Tokens.Jwt;\nusing System.Security.Claims;\n\nclass Guard\n{\n    ClaimsPrincipal Who(HttpRequest request, string token)\n    {\n        var parameters = new TokenValidationParameters { IssuerSigningKey = key, ValidateAudience = false };\n        var caller = new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n        if (request.Headers.ContainsKey(\"MCP-Protocol-Version\"))\n        {\n            if (caller.FindFirst(\"aud\")?.Value != ServerUrl)\n            {\n                throw new SecurityTokenInvalidAudienceException();\n            }\n        }\n        return caller;\n    }\n}\n",
        ),
        good(
            CSharp,
            "using Microsoft.AspNetCore.Http;\nusing Microsoft.IdentityModel.Tokens;\nusing System.IdentityModel.Tokens.Jwt;\nusing System.Security.Claims;\n\nclass Guard\n{\n    ClaimsPrincipal Who(HttpRequest request, string token)\n    {\n        var parameters = new TokenValidationParameters { IssuerSigningKey = key, ValidateAudience = false };\n        var caller = new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n        if (caller.FindFirstValue(\"aud\") != ServerUrl)\n        {\n            throw new SecurityTokenInvalidAudienceException();\n        }\n        return caller;\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using Microsoft.AspNetCore.Http;\nusing Microsoft.IdentityModel.Tokens;\nusing System.IdentityModel.Tokens.Jwt;\nusing System.Security.Claims;\n\nclass Guard\n{\n    ClaimsPrincipal Who(HttpRequest request, string token)\n    {\n        var parameters = new TokenValidationParameters { IssuerSigningKey = key, ValidateAudience = false };\n        var caller = new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n        if (caller.FindFirst(\"aud\").Value != ServerUrl)\n        {\n            log.LogWarning(\"other audience\");\n        }\n        return caller;\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let passed = verified::all(seen).filter_map(|one| {
        let message = match one.outcome {
            Outcome::Sometimes(_) if one.is_asked_for => {
                "whoever sends the request decides whether the audience is compared"
            }
            // That is told as what it is.
            Outcome::Ignored if asks_for_client(seen, one.compared.as_ref()?) => return None,
            Outcome::Ignored => "a token for another server is found out here, and accepted",
            _ => return None,
        };
        Some((&one.at, one.compared.as_ref()?, message))
    });
    let found = passed.map(|(verified, at, message)| Found {
        at: at.clone(),
        confidence: Confidence::Medium,
        message: message.to_owned(),
        steps: vec![(verified.clone(), "verified here".to_owned()), (at.clone(), "compared here".to_owned())],
    });
    found.collect()
}

/// Whether the same function lets in whoever asked for the token instead.
fn asks_for_client(seen: &Seen<'_>, compared: &Place) -> bool {
    let function = seen.project.innermost(compared);
    let asks = |event: &Event<'_>| match event {
        Event::Compared { how: Compare::Client, at, .. } => seen.project.innermost(at) == function,
        _ => false,
    };
    seen.ran.iter().any(|(_, ran)| ran.events.iter().any(asks))
}
