//! What stands in the way of a request: an outage, a page of somebody else, a redirect to wherever.

use std::sync::{Arc, Mutex};

use axum::response::Response;
use serde_json::{Value, json};

use super::{Seen, answer, json};

#[derive(Clone, Debug)]
pub(crate) enum Obstacle {
    Status(u16),
    /// To the same path and query at another origin.
    Redirect(u16, String),
    Answers(Value),
    Refuses(u16, Value),
}

/// By the path that they stand in the way of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Obstacles(Arc<Mutex<Vec<(String, Obstacle)>>>);

impl Obstacles {
    pub(crate) fn put(&self, path: &str, obstacle: Obstacle) {
        self.0.lock().unwrap().push((path.to_owned(), obstacle));
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// What a request meets, if it meets anything.
    pub(super) fn meets(&self, seen: &Seen) -> Option<Response> {
        let obstacle = {
            let all = self.0.lock().unwrap();
            all.iter().find(|(path, _)| *path == seen.path).map(|(_, obstacle)| obstacle.clone())
        };
        Some(match obstacle? {
            Obstacle::Status(status) => answer(status, "text/html", "<p>not here</p>"),
            Obstacle::Answers(document) => json(200, &document),
            Obstacle::Refuses(status, document) => json(status, &document),
            Obstacle::Redirect(status, origin) => {
                let joint = if seen.query.is_empty() { "" } else { "?" };
                let mut answer = json(status, &json!({}));
                let location = format!("{origin}{}{joint}{}", seen.path, seen.query);
                answer.headers_mut().insert("location", location.parse().unwrap());
                answer
            }
        })
    }
}
