use rocket::request::{FromRequest, Outcome, Request};
use warp::Filter;
use tonic::{Request as TRequest, Status};
use poem::{handler, web::TypedHeader};
use rmcp::service::RequestContext;
use hyper::Request as HRequest;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tok {
    async fn from_request(req: &'r Request<'_>) -> Outcome<Self, ()> {
        let t = req.headers().get_one("Authorization").unwrap();
        reqwest::Client::new().get("https://other.com").header("Authorization", t).send().await; // WRD207
    }
}
async fn t1(request: TRequest<Foo>) -> Result<(), Status> {
    let t = request.metadata().get("authorization").unwrap();
    reqwest::Client::new().get("https://other.com").header("authorization", t.to_str().unwrap()).send().await; // WRD207
}
#[get("/x?<access_token>")]
async fn m2(Extension(parts): Extension<axum::http::request::Parts>) {
    let t = parts.headers.get("authorization").unwrap();
    reqwest::Client::new().get("https://other.com").header("authorization", t).send().await; // WRD207
}
