//! Verifiers as code in Rust has them.

use super::found;

#[test]
fn what_functions_put_into_an_object_is_in_there() {
    let kept = |made: &str| {
        format!(
            "use jsonwebtoken::{{decode, Algorithm, Validation}};

struct Decoder {{ key: DecodingKey, validation: Validation }}

impl Decoder {{
    pub fn new(key: DecodingKey) -> Self {{
        {made}
        Self::with(key, validation)
    }}
    pub fn with(key: DecodingKey, validation: Validation) -> Self {{
        Self {{ key, validation }}
    }}
    fn decode(&self, token: &str) -> Result<Claims, Error> {{
        decode::<Claims>(token, &self.key, &self.validation)
    }}
}}
"
        )
    };
    let none = kept("let validation = Validation::new(Algorithm::RS256);");
    assert_eq!(found("a.rs", &none), ["WRD201 14"]);
    let lenient =
        kept("let mut validation = Validation::new(Algorithm::RS256); validation.set_audience(&[SERVER]);");
    assert_eq!(found("a.rs", &lenient), ["WRD203 14"]);
    let whole = kept(
        "let mut validation = Validation::new(Algorithm::RS256); validation.set_audience(&[SERVER]); validation.set_required_spec_claims(&[\"aud\"]);",
    );
    assert_eq!(found("a.rs", &whole), [""; 0]);
    // Whoever calls decides it.
    let given = kept("let validation = settings();");
    assert_eq!(found("a.rs", &given), [""; 0]);
}

#[test]
fn where_nothing_demands_the_claim_a_token_without_passes_whatever_is_configured() {
    let source = "use std::collections::HashSet;
struct A { aud: Option<Vec<String>>, validation: self::B }
struct B { aud: Option<Vec<String>> }
impl B {
    fn made(&self) -> jsonwebtoken::Validation {
        let mut made = jsonwebtoken::Validation::default();
        made.aud = self.aud.clone().map(HashSet::from_iter);
        made
    }
}
impl A {
    fn check(&self, token: &str) -> Result<Claims, Error> {
        jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation.made())
    }
}
";
    assert_eq!(found("a.rs", source), ["WRD203 13"]);
}

#[test]
fn an_answer_is_about_the_token_that_was_sent() {
    let verifier = |then: &str| {
        format!(
            "async fn verify_token(&self, token: &str) -> Result<AuthInfo, Error> {{
    let keys = http.get(self.jwks_uri.clone()).send().await?;
    let request = http.post(self.introspection.clone()).form(&[(\"token\", token)]);
    let response = request.send().await?;
    let said: Said = response.json().await?;
    {then}
    Ok(AuthInfo::of(said))
}}
"
        )
    };
    assert_eq!(found("a.rs", &verifier("")), ["WRD206 4"]);
    let compared = "if said.audience != SERVER { return Err(Error::Other); }";
    assert_eq!(found("a.rs", &verifier(compared)), [""; 0]);
}

#[test]
fn a_client_is_given_tokens_and_verifies_none() {
    let source = "async fn fetch(&self) -> Result<TokenInfo, Error> {
    let response = http.post(self.uri.clone()).json(&self.body).send().await?;
    Ok(response.json().await?)
}
";
    assert_eq!(found("a.rs", source), [""; 0]);
}

#[test]
fn a_check_that_is_switched_off_under_a_condition_is_told_where_that_is_done() {
    let source = "use jsonwebtoken::{decode, Validation};

fn verify(token: &str, audience: Option<&str>) -> Result<Claims, Error> {
    let mut validation = Validation::new(RS256);
    if let Some(audience) = audience {
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&[\"aud\"]);
    } else {
        validation.validate_aud = false;
    }
    decode::<Claims>(token, &KEY, &validation)
}

#[cfg(test)]
mod tests {
    fn works() {
        super::verify(TOKEN, None).unwrap();
    }
}
";
    assert_eq!(found("a.rs", source), ["WRD202 9", "WRD201 11"]);
}

#[test]
fn what_may_be_changed_later_is_not_what_it_began_as() {
    let source = "use jsonwebtoken::{decode, Validation};

struct Guard { audience: Option<String>, validation: Validation }

impl Guard {
    pub fn new() -> Self {
        Self { audience: None, validation: Validation::new(RS256) }
    }
    fn check(&self, token: &str) -> Result<Claims, Error> {
        let claims = decode::<Claims>(token, &KEY, &self.validation)?.claims;
        if self.audience.is_some() && claims.aud != self.audience {
            return Err(Error::Other);
        }
        Ok(claims)
    }
}
";
    let looked = crate::look::look(vec![("a.rs".into(), source.to_owned())]);
    assert!(looked.findings.iter().all(|one| one.severity == crate::rule::Severity::Note), "{looked:?}");
    assert_eq!(found("a.rs", source), ["WRD201 10", "WRD206 11"]);
}
