use axum::{extract::{Query, State, Request}, http::{HeaderMap, header::AUTHORIZATION}, middleware::Next};
use axum_extra::{TypedHeader, headers::{Authorization, authorization::Bearer}};
use axum_auth::AuthBearer;

async fn h1(headers: HeaderMap) -> Response {
    let auth = headers.get("authorization").unwrap().to_str().unwrap();
    reqwest::Client::new().get("https://api.other.com").header("Authorization", auth).send().await // WRD207
}
async fn h2(headers: HeaderMap, State(s): State<App>) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
    s.client.get(format!("{}/x", s.backend)).bearer_auth(token).send().await // WRD207
}
async fn h3(TypedHeader(auth): TypedHeader<Authorization<Bearer>>) -> Response {
    reqwest::Client::new().get("https://api.other.com").bearer_auth(auth.token()).send().await // WRD207
}
async fn h3b(TypedHeader(Authorization(bearer)): TypedHeader<Authorization<Bearer>>) -> Response {
    reqwest::Client::new().get("https://api.other.com").bearer_auth(bearer.token()).send().await // WRD207
}
async fn h4(AuthBearer(token): AuthBearer) -> Response {
    reqwest::Client::new().get("https://api.other.com").bearer_auth(token).send().await // WRD207
}
async fn h5(headers: HeaderMap) -> Response {
    reqwest::Client::new().get("https://api.other.com").headers(headers.clone()).send().await // WRD207
}
async fn h7(headers: HeaderMap) -> Response {
    let mut out = reqwest::header::HeaderMap::new();
    for (k, v) in headers.iter() {
        if k == "host" || k == AUTHORIZATION { continue; }
        out.insert(k.clone(), v.clone());
    }
    reqwest::Client::new().get("https://api.other.com").headers(out).send().await
}
async fn h8(req: Request, next: Next) -> Response {
    let auth = req.headers().get("Authorization").cloned();
    let mut b = reqwest::Client::new().post("https://api.other.com");
    if let Some(a) = auth {
        b = b.header("Authorization", a); // WRD207
    }
    b.send().await
}
#[derive(Deserialize)]
struct P { access_token: String }
async fn q1(Query(p): Query<P>) -> Response {
    verify(&p.access_token) // WRD208
}
async fn q2(Query(params): Query<HashMap<String, String>>) -> Response {
    let t = params.get("access_token").unwrap(); // WRD208
    verify(t)
}
async fn own(TypedHeader(auth): TypedHeader<Authorization<Bearer>>, State(s): State<App>) -> Response {
    check(auth.token());
    s.client.get("https://api.other.com").bearer_auth(&s.own_token).send().await
}
async fn page(Query(p): Query<P>) -> Response {
    show(&p.page)
}
