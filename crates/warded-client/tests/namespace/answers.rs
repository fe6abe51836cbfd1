//! What does a public server say that would like to send us elsewhere?

/// Places inside, as an issuer would name them.
pub(crate) const INSIDE: &[&str] =
    &["169.254.169.254", "10.0.0.1", "localhost", "metadata.google.internal", "inside.example.com"];

/// Pages that point somewhere. Only the ones that end in 200 are documents.
pub(crate) const LEADING: &[&str] = &[
    "/301",
    "/302",
    "/303",
    "/305",
    "/307",
    "/308",
    "/300",
    "/201",
    "/alt-svc/200",
    "/refresh/200",
    "/link/200",
    "/location/200",
];

const TO: &str = "https://169.254.169.254/latest/meta-data";

/// The answer to a request for `path`.
pub(crate) fn of(path: &str) -> String {
    let fields = match path {
        "/alt-svc/200" => {
            "Alt-Svc: h2=\"169.254.169.254:443\"; persist=1, h3=\"10.0.0.1:443\"\r\n".to_owned()
        }
        "/refresh/200" => format!("Refresh: 0; url={TO}\r\n"),
        "/link/200" => format!("Link: <{TO}>; rel=preload, <{TO}>; rel=canonical\r\n"),
        _ => format!("Location: {TO}\r\nContent-Location: {TO}\r\n"),
    };
    let status = path.rsplit('/').next().and_then(|last| last.parse::<u16>().ok()).unwrap_or(200);
    // A document that is created is one; one that is elsewhere is none.
    let status = if status == 201 { 300 } else { status };
    let body = document(path);
    format!(
        "HTTP/1.1 {status} X\r\n{fields}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Metadata of an issuer whose keys are where the last part of its URL says, or a set without keys.
fn document(path: &str) -> String {
    let Some(place) = path.strip_prefix("/.well-known/oauth-authorization-server/") else {
        return r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#.to_owned();
    };
    let host = if place == "honest" { "public.example.com" } else { place };
    format!(
        r#"{{"issuer":"https://public.example.com/{place}","jwks_uri":"https://{host}/jwks","token_endpoint":"https://{host}/token"}}"#
    )
}
