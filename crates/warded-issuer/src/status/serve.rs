//! Who asks for a list? Anybody: it names nobody (draft-ietf-oauth-status-list §8.1).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use super::FRESH;
use crate::{AuthorizationServer, cors};

/// `GET /status/{list}`
pub(crate) async fn status(
    State(server): State<Arc<AuthorizationServer>>,
    Path(list): Path<String>,
) -> Response {
    cors::open(answer(&server, &list).await)
}

async fn answer(server: &AuthorizationServer, list: &str) -> Response {
    // One spelling for each: tokens name it so, byte for byte.
    let number = list.parse().ok().filter(|number: &u32| number.to_string() == list);
    let Some(number) = number else { return StatusCode::NOT_FOUND.into_response() };
    match server.status_list(number).await {
        Ok(Some(text)) => {
            let mut response = text.to_string().into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/statuslist+jwt"));
            // Longer than a copy in between may be kept than it is served here, a revocation would wait.
            if let Ok(age) = HeaderValue::from_str(&format!("public, max-age={FRESH}")) {
                headers.insert(CACHE_CONTROL, age);
            }
            response
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(refused) => refused.json(),
    }
}
