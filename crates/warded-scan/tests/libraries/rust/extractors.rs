use actix_web::{web, web::Query};
async fn a3(q: Query<HashMap<String, String>>) -> HttpResponse {
    let t = q.get("access_token").unwrap(); // WRD208
    verify(t)
}
async fn a3b(q: web::Query<P>) -> HttpResponse {
    verify(&q.access_token) // WRD208
}
async fn a3c(web::Query(q): web::Query<P>) -> HttpResponse {
    verify(&q.access_token) // WRD208
}
