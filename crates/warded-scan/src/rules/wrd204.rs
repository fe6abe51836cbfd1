//! An audience is compared, and a token for another server gets past that.

use super::{
    Check, Found, Seen, TOKENS,
    verified::{self, Outcome},
};
use crate::{
    language::Language::{Go, JavaScript, Python},
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
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let passed = verified::all(seen).filter_map(|one| {
        let message = match one.outcome {
            Outcome::Sometimes(_) if one.is_asked_for => {
                "whoever sends the request decides whether the audience is compared"
            }
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
