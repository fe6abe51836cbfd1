use super::told::{claims, requests};

const MANIFEST: &str = "[package]\nname = \"my-app\"\n";

#[test]
fn parameters_are_followed() {
    let client = r#"
use std::collections::HashMap;
use oauth2::{basic::BasicClient, AuthorizationCode, RefreshToken};
use crate::params::{self, add};

pub struct Client { inner: BasicClient, http: reqwest::Client, resource: Option<String> }

impl Client {
    async fn plain(&self, code: String) -> Result<Token, Error> {
        let token = self.inner.exchange_code(AuthorizationCode::new(code)).request_async(&self.http).await?;
        Ok(token)
    }

    async fn chained(&self, code: String) -> Result<Token, Error> {
        self.inner
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(verifier)
            .add_extra_param("resource", "https://mcp.example")
            .request_async(&self.http)
            .await
            .map_err(Error::from)
    }

    async fn conditional(&self, refresh: &RefreshToken) -> Result<Token, Error> {
        let mut request = self.inner.exchange_refresh_token(refresh);
        if let Some(resource) = &self.resource {
            request = request.add_extra_param("resource", resource.clone());
        }
        request.request_async(&self.http).await
    }

    async fn early(&self, refresh: &RefreshToken) -> Result<Token, Error> {
        let Some(resource) = self.resource.as_deref() else { return Err(Error::None) };
        let request = self.inner.exchange_refresh_token(refresh);
        request.add_extra_param("resource", resource).request_async(&self.http).await
    }

    fn authorize(&self) -> (Url, CsrfToken) {
        let request = self.inner.authorize_url(CsrfToken::new_random).add_scope(Scope::new("a".into()));
        let request = match &self.resource { Some(r) => request.add_extra_param("resource", r), None => request };
        request.url()
    }

    async fn form(&self, code: &str) -> Result<Response, Error> {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code)];
        if let Some(resource) = &self.resource { form.push(("resource", resource)); }
        self.http.post(&self.url).form(&form).send().await?;
        let map = HashMap::from([("grant_type", "authorization_code"), ("resource", "r")]);
        self.http.post(&self.url).form(&map).send().await?;
        let mut map = HashMap::new();
        map.insert("grant_type", "refresh_token".to_string());
        if code.is_empty() { bail!("no code"); }
        add(&mut map, "r");
        let response = self.http.post(&self.url).header("a", "b").form(&map).send().await?;
        Ok(response)
    }

    async fn built(&self) { self.http.post(&self.url).form(&params::build("x")).send().await; }

    async fn given(&self, form: &HashMap<String, String>) { self.http.post(&self.url).form(form).send().await; }

    async fn text(&self, code: &str) {
        let body = format!("grant_type=authorization_code&code={code}&resource={}", self.url);
        self.http.post(&self.url).header("Content-Type", "x").body(body).send().await;
    }
}
"#;
    let params = r#"
use std::collections::HashMap;
pub fn build(grant: &str) -> HashMap<&str, String> {
    let mut map = HashMap::from([("grant_type", grant.to_string())]);
    if grant == "y" { map.insert("resource", "r".into()); }
    map
}
pub fn add(map: &mut HashMap<&str, String>, resource: &str) { map.insert("resource", resource.to_owned()); }
"#;
    let apart = "use crate::client::Client;\nimpl Client { async fn apart(&self) { self.built().await } }\n";
    insta::assert_snapshot!(requests(&[
        ("Cargo.toml", MANIFEST),
        ("src/client.rs", client),
        ("src/params.rs", params),
        ("src/apart.rs", apart),
        ("src/lib.rs", "mod client; mod params; mod apart;"),
    ]));
}

#[test]
fn claims_are_followed() {
    let source = r#"
use jsonwebtoken::{decode, Algorithm, DecodingKey, Validation};

fn none(token: &str) -> Result<Claims, Error> {
    let validation = Validation::new(Algorithm::RS256);
    Ok(decode::<Claims>(token, &key, &validation)?.claims)
}

fn demanded(token: &str) -> Result<Claims, Error> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "aud"]);
    Ok(decode::<Claims>(token, &key, &validation)?.claims)
}

fn switched(token: &str) -> Result<Claims, Error> {
    let mut validation = Validation::default();
    validation.validate_aud = false;
    let data = decode::<Claims>(token, &key, &validation)?;
    Ok(data.claims)
}

fn compared(token: &str) -> Result<Claims, Error> {
    let mut validation = Validation::default();
    validation.validate_aud = false;
    let claims = decode::<Claims>(token, &key, &validation)?.claims;
    if claims.aud != AUDIENCE { return Err(Error::Audience); }
    Ok(claims)
}

fn listed(token: &str) -> Result<Claims, Error> {
    let claims = decode::<Claims>(token, &key, &Validation::default())?.claims;
    anyhow::ensure!(claims.aud.contains(&AUDIENCE), "audience");
    Ok(claims)
}

fn any(token: &str) -> Result<Claims, Error> {
    let claims = decode::<Claims>(token, &key, &Validation::default())?.claims;
    if !claims.aud.iter().any(|one| one == AUDIENCE) {
        return Err(Error::Audience);
    }
    Ok(claims)
}

fn absent(token: &str) -> Result<Claims, Error> {
    let claims = decode::<Claims>(token, &key, &Validation::default())?.claims;
    if let Some(aud) = &claims.aud {
        if aud != AUDIENCE { bail!("audience"); }
    }
    Ok(claims)
}

fn matched(token: &str) -> Option<Claims> {
    match decode::<Claims>(token, &key, &Validation::default()) {
        Ok(data) if data.claims.aud == AUDIENCE => Some(data.claims),
        _ => None,
    }
}
"#;
    insta::assert_snapshot!(claims(&[("src/lib.rs", source)]));
}
