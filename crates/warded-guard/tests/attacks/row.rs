//! One row of the table: what is sent, and what must be answered.

use http::Method;
use serde_json::Value;

use crate::{expected::Expected, stage::Scene, token::Forge, wire::Outgoing};

type Sent = Box<dyn Fn(&Scene, Outgoing) -> Outgoing + Send + Sync>;

/// An attack. It is made by each method, with and without a revision, cold and warm, unless the row says why not.
pub(crate) struct Row {
    /// Which case it is a spelling of.
    pub(crate) case: &'static str,
    pub(crate) name: String,
    pub(crate) sent: Sent,
    /// What a guard answers that has seen nothing yet.
    pub(crate) cold: Expected,
    /// What a guard answers that has just admitted a good token, both times.
    pub(crate) warm: Expected,
    pub(crate) methods: &'static [Method],
    /// The row says itself which revision a request names, so there is one run instead of two.
    pub(crate) names_revision: bool,
    /// The token opens the neighbour, and is shown there first.
    pub(crate) opens_neighbour: bool,
    /// The request is admitted at first, and is the attack so many seconds later.
    pub(crate) was_good: Option<i64>,
    /// So many seconds pass between the good token and the attack.
    pub(crate) pause: i64,
}

const EVERY_METHOD: &[Method] = &[Method::POST, Method::GET, Method::DELETE];

/// An honest request, changed.
pub(crate) fn row(
    case: &'static str,
    name: impl Into<String>,
    expected: Expected,
    sent: impl Fn(&Scene, Outgoing) -> Outgoing + Send + Sync + 'static,
) -> Row {
    Row {
        case,
        name: name.into(),
        sent: Box::new(sent),
        cold: expected,
        warm: expected,
        methods: EVERY_METHOD,
        names_revision: false,
        opens_neighbour: false,
        was_good: None,
        pause: 0,
    }
}

/// An honest request with this token.
pub(crate) fn token(
    case: &'static str,
    name: impl Into<String>,
    expected: Expected,
    text: impl Fn(&Scene) -> String + Send + Sync + 'static,
) -> Row {
    row(case, name, expected, move |scene, request| request.bearer(&text(scene)))
}

/// An honest request with a good token that was made otherwise, and signed as it should be.
pub(crate) fn made(
    case: &'static str,
    name: impl Into<String>,
    expected: Expected,
    change: impl Fn(&Scene, Forge) -> Forge + Send + Sync + 'static,
) -> Row {
    token(case, name, expected, move |scene| change(scene, scene.good()).text())
}

/// The same, where it is one claim that differs.
pub(crate) fn claim(case: &'static str, name: &'static str, value: Value, expected: Expected) -> Row {
    made(case, format!("`{name}` is {value}"), expected, move |_, good| good.claim(name, value.clone()))
}

/// The same, where it is one member of the header that differs.
pub(crate) fn header(case: &'static str, name: &'static str, value: Value, expected: Expected) -> Row {
    made(case, format!("header `{name}` is {value}"), expected, move |_, good| {
        good.header(name, value.clone())
    })
}

impl Row {
    /// A guard that has just asked for keys does not ask again at once.
    pub(crate) fn warm(mut self, expected: Expected) -> Self {
        self.warm = expected;
        self
    }

    /// Only messages can be wrong so, and a GET and a DELETE have none.
    pub(crate) fn in_messages(mut self) -> Self {
        self.methods = &[Method::POST];
        self
    }

    pub(crate) fn names_revision(mut self) -> Self {
        self.names_revision = true;
        self
    }

    pub(crate) fn opens_neighbour(mut self) -> Self {
        self.opens_neighbour = true;
        self
    }

    pub(crate) fn was_good(mut self, seconds: i64) -> Self {
        self.was_good = Some(seconds);
        self
    }

    pub(crate) fn pause(mut self, seconds: i64) -> Self {
        self.pause = seconds;
        self
    }

    /// The revisions that are named in its runs.
    pub(crate) fn revisions(&self) -> &'static [Option<&'static str>] {
        if self.names_revision { &[None] } else { &[None, Some("2025-11-25")] }
    }
}
