//! What may be seen of the answer, and how did it end? Wraps the body of the answer, and settles exactly once.

use http::Response;

use crate::{Body, answer::Stop, guard::Settlement};

mod body;

/// Takes over an answer.
pub(crate) async fn settle(response: Response<Body>, settlement: Settlement) -> Result<Response<Body>, Stop> {
    let status = response.status();
    Ok(response.map(|inner| body::watched(inner, status, settlement.record)))
}
