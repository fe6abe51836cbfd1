use actix_web::{HttpRequest, web, HttpResponse};
use actix_web_httpauth::extractors::bearer::BearerAuth;
use actix_web::dev::ServiceRequest;

async fn a2(auth: BearerAuth) -> HttpResponse {
    let c = reqwest::Client::new();
    c.get("https://api.other.com").bearer_auth(auth.token()).send().await // WRD207
}
async fn a3(q: web::Query<HashMap<String, String>>) -> HttpResponse {
    let t = q.get("access_token"); // WRD208
    verify(t)
}
