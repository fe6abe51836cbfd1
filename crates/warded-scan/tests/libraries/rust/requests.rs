use oauth2::{AuthorizationCode, RefreshToken, TokenResponse, basic::BasicClient, CsrfToken, Scope, PkceCodeChallenge};

async fn o1(client: BasicClient, code: String) {
    let (url, state) = client.authorize_url(CsrfToken::new_random).add_scope(Scope::new("a".into())).url(); // WRD102
    let t = client.exchange_code(AuthorizationCode::new(code)).request_async(async_http_client).await; // WRD101
    let r = client.exchange_refresh_token(&RefreshToken::new("x".into())).request_async(&http).await; // WRD103
}
async fn o2(client: &BasicClient) {
    let t = client.exchange_client_credentials().add_scope(Scope::new("a".into())).request_async(&http).await; // WRD101
    let mut req = client.authorize_url(CsrfToken::new_random);
    for s in scopes { req = req.add_scope(s); }
    let (u, _) = req.url(); // WRD102
    let mut tr = client.exchange_code(code);
    if let Some(v) = verifier { tr = tr.set_pkce_verifier(v); }
    let t = tr.request_async(&http).await; // WRD101
    let mut good = client.exchange_code(code);
    good = good.add_extra_param("resource", "x");
    good.request_async(&http).await;
}
#[derive(Serialize)]
struct TokenRequest<'a> { grant_type: &'a str, code: &'a str, client_id: &'a str }
async fn r2(code: &str) {
    let body = TokenRequest { grant_type: "authorization_code", code, client_id: ID };
    reqwest::Client::new().post(TOKEN_URL).form(&body).send().await; // WRD101
}
fn pairs() {
    let params = [("response_type", "code"), ("client_id", ID), ("redirect_uri", R), ("resource", SERVER)];
    let mut url = url::Url::parse(AUTH).unwrap();
    url.query_pairs_mut().extend_pairs(params.iter());
}
