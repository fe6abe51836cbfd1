//! What does an alert say? Who tried what where: what the journal says, too.

use std::{net::IpAddr, sync::Arc};

use serde_json::{Map, Value, json};
use warded_core::{Entry, UnixTime};

/// One refusal that somebody is told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alert {
    pub(super) time: Option<UnixTime>,
    pub(super) code: &'static str,
    pub(super) server: Arc<str>,
    /// For whom the token was, where it was for somebody else.
    pub(super) meant: Option<Box<str>>,
    /// The token's fingerprint.
    pub(super) token: Option<Box<str>>,
    pub(super) issuer: Option<Box<str>>,
    pub(super) subject: Option<Box<str>>,
    pub(super) client: Option<Box<str>>,
    pub(super) from: Option<IpAddr>,
    /// The number under which the journal has the call.
    pub(super) call: Option<u64>,
}

/// What makes two alerts the same: of one of them a minute hears.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    code: &'static str,
    server: Arc<str>,
    token: Option<Box<str>>,
}

impl Alert {
    pub(super) fn kind(&self) -> Kind {
        Kind { code: self.code, server: Arc::clone(&self.server), token: self.token.clone() }
    }

    /// As it is sent.
    pub(super) fn document(&self) -> Value {
        let mut said = Map::new();
        let mut say = |name: &str, value: Value| {
            if !value.is_null() {
                said.insert(name.to_owned(), value);
            }
        };
        say("kind", json!("refusal"));
        say("time", json!(self.time.map(|time| time.to_string())));
        say("code", json!(self.code));
        say("why", json!(Entry::find(self.code).map(|entry| entry.public)));
        say("server", json!(&*self.server));
        say("meant", json!(self.meant));
        say("token", json!(self.token));
        say("issuer", json!(self.issuer));
        say("subject", json!(self.subject));
        say("client", json!(self.client));
        say("from", json!(self.from.map(|from| from.to_string())));
        say("call", json!(self.call));
        Value::Object(said)
    }
}

impl Kind {
    /// How often it came once more.
    pub(super) fn repeated(&self, times: u64) -> Value {
        json!({ "code": self.code, "server": &*self.server, "token": self.token, "times": times })
    }
}
