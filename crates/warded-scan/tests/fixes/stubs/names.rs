
// The names that the examples take from elsewhere.
#[allow(dead_code)]
const TOKEN_URL: &str = "";
#[allow(dead_code)]
const SERVER_URL: &str = "";
#[allow(dead_code)]
#[derive(Default)]
struct Claims;
#[allow(dead_code)]
struct Config<'a> {
    issuer: &'a str,
    token_url: &'a str,
    server_url: &'a str,
}
#[allow(dead_code)]
#[derive(Default)]
struct Settings {
    server_url: String,
    omit_resource: bool,
}
#[allow(dead_code)]
fn key() -> jsonwebtoken::DecodingKey {
    jsonwebtoken::DecodingKey
}
#[allow(unused_imports)]
use jsonwebtoken::Algorithm;
