//! A token is verified, and nobody asks for which server it is.

use super::{
    Check, Found, Seen, TOKENS, made,
    made::Brings,
    measured::measured,
    purpose::Purposes,
    verified::{
        self, Lack, Outcome, Verified,
        settings::{compared_where_set, is_of_jwt},
    },
};
use crate::{
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    library::Accepts,
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: TOKENS, find };

/// Where it is asked only under a condition.
pub(super) const NOTE: Check = Check { rule: &RULE, heeds: TOKENS, find: sometimes };

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
        bad(
            Go,
            "package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Who(raw string) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, key)\n}\n",
        ),
        good(
            Go,
            "package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Who(raw string) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, key, jwt.WithAudience(serverURL))\n}\n",
        ),
        bad(
            Rust,
            "use jsonwebtoken::{Validation, decode};\n\nfn who(token: &str) -> Option<Claims> {\n    let validation = Validation::new(Algorithm::RS256);\n    decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()\n}\n",
        ),
        good(
            Rust,
            "use jsonwebtoken::{Validation, decode};\n\nfn who(token: &str) -> Option<Claims> {\n    let mut validation = Validation::new(Algorithm::RS256);\n    validation.set_audience(&[SERVER_URL]);\n    validation.set_required_spec_claims(&[\"exp\", \"aud\"]);\n    decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()\n}\n",
        ),
        bad(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\n\nclass Guard {\n    DecodedJWT who(String token) {\n        return JWT.require(algorithm).withIssuer(ISSUER).build().verify(token);\n    }\n}\n",
        ),
        good(
            Java,
            "import com.auth0.jwt.JWT;\nimport com.auth0.jwt.interfaces.DecodedJWT;\n\nclass Guard {\n    DecodedJWT who(String token) {\n        return JWT.require(algorithm).withIssuer(ISSUER).withAudience(SERVER_URL).build().verify(token);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.IdentityModel.Tokens.Jwt;\nusing Microsoft.IdentityModel.Tokens;\n\nclass Guard\n{\n    object Who(string token)\n    {\n        var parameters = new TokenValidationParameters { ValidAudience = ServerUrl };\n        return new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let mut all = at(seen, |one| one.outcome == Outcome::Accepted(Lack::Nothing));
    let what = "what is made here verifies tokens and asks for no audience: a token for any other server is accepted";
    all.extend(in_made(seen, Brings::Never, what));
    all
}

fn sometimes(seen: &Seen<'_>) -> Vec<Found> {
    // Where it is switched off somewhere before, that is told there.
    let mut all = at(seen, |one| match one.outcome {
        Outcome::Sometimes(Lack::Nothing) => true,
        Outcome::Sometimes(Lack::Off) => one.off.is_some(),
        _ => false,
    });
    let what = "what is made here asks only sometimes for which server a token is: otherwise one for any other is accepted";
    all.extend(in_made(seen, Brings::Sometimes, what));
    let set = compared_where_set(seen).into_iter().filter(|at| is_of_jwt(seen, at));
    let set: Vec<_> = set.filter(|at| !all.iter().any(|found| is_in_one(seen, &found.at, at))).collect();
    all.extend(set.into_iter().map(|at| {
        let message = "the audience of a token is compared only where somebody has set with what".to_owned();
        let steps = vec![(at.clone(), "compared here".to_owned())];
        Found { at, confidence: Confidence::Medium, message, steps }
    }));
    all
}

/// Whether both are in one function.
fn is_in_one(seen: &Seen<'_>, one: &Place, other: &Place) -> bool {
    seen.project.innermost(one) == seen.project.innermost(other)
}

/// Verifiers that are made for somebody else to use.
fn in_made(seen: &Seen<'_>, meant: Brings, what: &str) -> Vec<Found> {
    let purposes = Purposes::of(seen);
    let all = made::places(seen, made::verifies, |brings| brings == meant);
    let all = all.into_iter().filter(|at| !purposes.is_for_other(at));
    all.map(|at| made::found(at, Confidence::Medium, what)).collect()
}

fn at(seen: &Seen<'_>, is_meant: fn(&Verified<'_>) -> bool) -> Vec<Found> {
    let meant = verified::all(seen).filter(|verified| is_meant(verified));
    meant.map(|verified| found(seen, verified, matches!(verified.outcome, Outcome::Sometimes(_)))).collect()
}

fn found(seen: &Seen<'_>, verified: &Verified<'_>, sometimes: bool) -> Found {
    let accepts = match verified.known.accepts {
        Accepts::Any => "a token for any other server is accepted",
        Accepts::Absent => "a token that names no server is accepted",
    };
    let measured = measured(seen, verified.known, &verified.at);
    let message = if sometimes {
        format!("only sometimes is it asked for which server this token is: otherwise {accepts}{measured}")
    } else {
        format!("nobody asks for which server this token is: {accepts}{measured}")
    };
    let compared = verified.compared.clone().filter(|_| sometimes);
    let compared = compared.map(|at| (at, "its audience is compared here, on some ways".to_owned()));
    let steps = compared.into_iter().chain([(verified.at.clone(), "verified here".to_owned())]);
    Found { at: verified.at.clone(), confidence: Confidence::High, message, steps: steps.collect() }
}
