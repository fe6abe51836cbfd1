use jwt_simple::prelude::*;
use josekit::jwt::{self, JwtPayloadValidator};
use openidconnect::{IdTokenVerifier};
use oauth2::{AuthorizationCode, TokenResponse};
use jsonwebtokens::{Verifier, Algorithm, AlgorithmID};
use biscuit::{JWT, ValidationOptions, Validation};

fn js3(t: &str, key: &RS256PublicKey) -> Result<JWTClaims<NoCustomClaims>, jwt_simple::Error> {
    let mut o = VerificationOptions::default();
    o.allowed_audiences = Some(HashSet::from_strings(&["x"]));
    key.verify_token::<NoCustomClaims>(t, Some(o))
}
fn jk(t: &str) -> Result<JwtPayload> {
    let verifier = RS256.verifier_from_pem(PEM)?;
    let (payload, _h) = jwt::decode_with_verifier(t, &verifier)?; // WRD201
    let mut v = JwtPayloadValidator::new();
    v.set_issuer("x");
    v.validate(&payload)?;
    Ok(payload)
}
fn jkg(t: &str) -> Result<JwtPayload> {
    let verifier = RS256.verifier_from_pem(PEM)?;
    let (payload, _h) = jwt::decode_with_verifier(t, &verifier)?;
    let mut v = JwtPayloadValidator::new();
    v.set_audience("x");
    v.validate(&payload)?;
    Ok(payload)
}
fn jt(t: &str) -> Result<Value> {
    let alg = Algorithm::new_hmac(AlgorithmID::HS256, "secret")?;
    let verifier = Verifier::create().issuer("x").build()?;
    verifier.verify(t, &alg) // WRD201
}
fn jtg(t: &str) -> Result<Value> {
    let verifier = Verifier::create().issuer("x").audience("y").build()?;
    verifier.verify(t, &alg)
}
async fn introspect_token(token: String) -> Result<Answer> {
    let answer = reqwest::Client::new().post(INTROSPECTION).form(&[("token", token)]).send().await?;
    answer.json().await
}
