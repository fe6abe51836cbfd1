//! What real code does with tokens that it verifies, beyond what the examples of the rules show.

mod answers;
mod asked;
mod bags;
mod by_hand;
mod go;
mod go_errors;
mod left_out;
mod libraries;
mod rust;

use crate::look::look;

mod java;
mod wrongly;

/// The rules about tokens that find something in a file, each with the line where.
fn found(path: &str, text: &str) -> Vec<String> {
    let looked = look(vec![(path.into(), text.to_owned())]);
    let about = looked.findings.iter().filter(|finding| finding.rule.id.starts_with("WRD20"));
    about
        .map(|finding| {
            let before = text.get(..finding.spot.span.start).unwrap_or_default();
            format!("{} {}", finding.rule.id, before.matches('\n').count().saturating_add(1))
        })
        .collect()
}

#[test]
fn whoever_hands_on_what_a_verifier_says_refuses_where_that_one_does() {
    let verifier = "import jwt

class Verifier:
    def __init__(self, audience=None):
        self.audience = audience

    def load(self, token):
        claims = jwt.decode(token, KEY, algorithms=['RS256'], options={'verify_aud': False})
        aud = claims.get('aud')
        fits = False
        if isinstance(aud, list):
            fits = SERVER_URL in aud
        else:
            fits = aud == SERVER_URL
        if not fits:
            return None
        return claims

    async def verify_token(self, token):
        return await self.load(token)
";
    assert_eq!(found("a.py", verifier), [""; 0]);
    let early = "        if not self.audience:\n            return claims\n        aud = claims";
    let conditional = verifier.replace("        aud = claims", early);
    assert_eq!(found("a.py", &conditional), ["WRD202 8", "WRD206 14"]);
}

#[test]
fn a_constructor_of_a_library_is_run_by_whoever_extends_its_class() {
    let script = "import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
export class Open extends PassportStrategy(Strategy, 'jwt') {
  constructor(config) {
    super({ secretOrKey: config.get('KEY') });
  }
}
export class Bound extends PassportStrategy(Strategy) {
  constructor(config) {
    super({ secretOrKey: config.get('KEY'), audience: SERVER_URL });
  }
}
export class Plain extends Strategy {
  constructor(config) {
    super({ secretOrKey: config.get('KEY') });
  }
}
";
    assert_eq!(found("a.ts", script), ["WRD201 5", "WRD201 15"]);
    let python = "from fastmcp.server.auth.providers.jwt import JWTVerifier

class Open(JWTVerifier):
    def __init__(self, keys):
        super().__init__(jwks_uri=keys, issuer=ISSUER)

class Bound(JWTVerifier):
    def __init__(self, keys):
        super().__init__(jwks_uri=keys, issuer=ISSUER, audience=SERVER_URL)
";
    assert_eq!(found("a.py", python), ["WRD206 5"]);
}

#[test]
fn a_function_that_gets_the_claims_may_compare() {
    let script = |rest: &str| {
        format!(
            "const {{ Strategy }} = require('passport-jwt');
exports.strategy = () => new Strategy({{ secretOrKey: KEY }}, (claims, done) => {{
  {rest}
  done(null, claims);
}});
"
        )
    };
    assert_eq!(found("a.js", &script("")), ["WRD201 2"]);
    let compares = "if (claims.aud !== SERVER_URL) return done(null, false);";
    assert_eq!(found("a.js", &script(compares)), [""; 0]);
}

#[test]
fn where_it_is_switched_off_somewhere_before_is_told_there() {
    let rust = "use jsonwebtoken::{Validation, decode};

fn who(token: &str, audience: Option<&str>) -> Option<Claims> {
    let mut validation = Validation::new(Algorithm::RS256);
    if let Some(audience) = audience {
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&[\"aud\"]);
    } else {
        validation.validate_aud = false;
    }
    decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_audience() {
        assert!(who(TOKEN, None).is_some());
    }
}
";
    assert_eq!(found("a.rs", rust), ["WRD202 9", "WRD201 11"]);
}

#[test]
fn a_token_that_is_verified_twice_may_be_asked_for_its_audience_the_second_time() {
    let python = |second: &str| {
        format!(
            "import jwt

def first(token):
    return jwt.decode(token, KEY, algorithms=['RS256'], options={{'verify_aud': False}})

def who(token):
    first(token)
    return {second}
"
        )
    };
    let demands = "jwt.decode(token, KEY, algorithms=['RS256'], audience=SERVER_URL)";
    assert_eq!(found("a.py", &python(demands)), [""; 0]);
    assert_eq!(found("a.py", &python(&demands.replace("token,", "other,"))), ["WRD202 4"]);
}

#[test]
fn what_is_no_access_token_needs_no_audience() {
    let python = |name: &str, token: &str| {
        format!(
            "import jwt

def {name}({token}):
    jwt.decode({token}, KEY, algorithms=['HS256'], options={{'verify_aud': False}})
    return True
"
        )
    };
    assert_eq!(found("a.py", &python("who", "token")), ["WRD202 4"]);
    assert_eq!(found("a.py", &python("_signed_with", "token")), [""; 0]);
    assert_eq!(found("a.py", &python("who", "assertion")), [""; 0]);
}

#[test]
fn libraries_that_verify_only_what_they_are_told() {
    let python = r#"
import json
from jwcrypto import jwt
from fastmcp.server.auth.providers.introspection import IntrospectionTokenVerifier

def verify_token(token, keys):
    verified = jwt.JWT(jwt=token, key=keys, algs=["RS256"])
    return json.loads(verified.claims)

def verify_bound(token, keys):
    verified = jwt.JWT(jwt=token, key=keys, algs=["RS256"], check_claims={"aud": SERVER, "exp": None})
    return json.loads(verified.claims)

def make_token(claims, key):
    made = jwt.JWT(header={"alg": "RS256"}, claims=claims)
    made.make_signed_token(key)
    return made.serialize()

verifier = IntrospectionTokenVerifier(introspection_url=ASKED, client_id="a", client_secret=SECRET)
"#;
    assert_eq!(found("a.py", python), ["WRD201 7", "WRD206 19"]);
    let script = r"
import { compactVerify } from 'jose';
import { JwtRsaVerifier } from 'aws-jwt-verify';
export async function verifyToken(token) {
  const { payload } = await compactVerify(token, KEY);
  return JSON.parse(new TextDecoder().decode(payload));
}
export const open = JwtRsaVerifier.create({ issuer: ISSUER, audience: null });
export const bound = JwtRsaVerifier.create({ issuer: ISSUER, audience: SERVER });
";
    assert_eq!(found("a.ts", script), ["WRD201 5", "WRD206 8"]);
}

#[test]
fn what_a_type_leaves_out_by_default_is_only_sometimes_there() {
    let python = r#"
from typing import Optional
import jwt
from pydantic import BaseModel, Field

class Config(BaseModel):
    key: str
    audience: Optional[str] = Field(default=None)
    server: str

class Verifier:
    def __init__(self, config: Config):
        self.config = config

    def verify_token(self, token):
        return jwt.decode(token, self.config.key, algorithms=["RS256"], audience=self.config.audience)

    def verify_bound(self, token):
        return jwt.decode(token, self.config.key, algorithms=["RS256"], audience=self.config.server)
"#;
    assert_eq!(found("a.py", python), ["WRD201 16"]);
}

#[test]
fn a_bundle_has_copies_of_libraries_in_it() {
    let script = r"
async function jwtVerify$1(jwt, key, options) {
  const verified = await compact(jwt, key, options);
  return { payload: verified.payload };
}
var verify = function (jwtString, secretOrPublicKey, options, callback) {
  return options.complete ? decode(jwtString) : decode(jwtString).payload;
};
var library = { verify };
async function verifyToken(token) {
  const { payload } = await jwtVerify$1(token, KEY, { issuer: ISSUER });
  return payload;
}
async function verifyBound(token) {
  const { payload } = await jwtVerify$1(token, KEY, { issuer: ISSUER, audience: SERVER });
  return payload;
}
function verifyOther(token) {
  return library.verify(token, KEY, { issuer: ISSUER });
}
exports.verifyToken = verifyToken;
exports.verifyBound = verifyBound;
exports.verifyOther = verifyOther;
";
    assert_eq!(found("a.js", script), ["WRD201 11", "WRD201 19"]);
}
