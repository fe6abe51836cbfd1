//! As little as a gate can do: one algorithm, one issuer, two servers, two tools. It is no gate to put before anything.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use anyhow::Context as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use serde::Deserialize;

const ISSUER: &str = "https://as.example";
/// How far the clock of the issuer may be ahead, in seconds.
const LEEWAY: u64 = 60;
/// Most tokens that are remembered.
const MOST: usize = 20_000;

/// Until when a token is good, and where, by its text.
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<Box<str>, (u64, Server)>>);

/// One of the servers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    A,
    B,
}

/// Admits tokens that one key signed.
pub(crate) struct Gate {
    key: ParsedPublicKey,
    memory: Option<Memory>,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header<'t> {
    alg: &'t str,
    kid: &'t str,
}

#[derive(Deserialize)]
struct Claims<'t> {
    iss: &'t str,
    aud: &'t str,
    exp: u64,
    nbf: Option<u64>,
}

#[derive(Deserialize)]
struct Message<'m> {
    jsonrpc: &'m str,
    method: &'m str,
    #[serde(borrow)]
    params: Option<Params<'m>>,
}

#[derive(Deserialize)]
struct Params<'m> {
    #[serde(borrow)]
    name: Option<Cow<'m, str>>,
}

impl Gate {
    /// Takes the key `es256` out of a key set.
    pub(crate) fn read(keys: &[u8], memory: Option<Memory>) -> anyhow::Result<Self> {
        let Keys { keys } = serde_json::from_slice(keys)?;
        let key = keys.into_iter().find(|key| key.kid == "es256").context("no key `es256`")?;
        let mut point = vec![4];
        for coordinate in [key.x, key.y] {
            point.extend(URL_SAFE_NO_PAD.decode(coordinate.context("not a point")?)?);
        }
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).ok().context("not a point")?;
        Ok(Self { key, memory })
    }

    pub(crate) fn admits(&self, headers: &HeaderMap, server: Server) -> bool {
        let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = text.and_then(|text| text.strip_prefix("Bearer ")) else { return false };
        let Some(memory) = &self.memory else {
            return self.verified(token).is_some_and(|(_, meant)| meant == server);
        };
        let mut known = memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, meant)) = known.get(token) {
            return *until > now() && *meant == server;
        }
        let Some((until, meant)) = self.verified(token) else { return false };
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(token.into(), (until, meant));
        meant == server
    }

    fn verified(&self, token: &str) -> Option<(u64, Server)> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let decode = |text| URL_SAFE_NO_PAD.decode(text).ok();
        let (head, claims) = (decode(head)?, decode(claims)?);
        let head: Header<'_> = serde_json::from_slice(&head).ok()?;
        if head.alg != "ES256" || head.kid != "es256" {
            return None;
        }
        self.key.verify_sig(signed.as_bytes(), &decode(signature)?).ok()?;
        let claims: Claims<'_> = serde_json::from_slice(&claims).ok()?;
        let is_live = claims.exp > now() && claims.nbf.is_none_or(|from| from <= now() + LEEWAY);
        let meant = match claims.aud {
            "https://a.example/mcp" => Server::A,
            "https://b.example/mcp" => Server::B,
            _ => return None,
        };
        (is_live && claims.iss == ISSUER).then_some((claims.exp, meant))
    }
}

/// Which server lies at a path.
pub(crate) fn server(path: &str) -> Option<Server> {
    match path {
        "/a/mcp" => Some(Server::A),
        "/b/mcp" => Some(Server::B),
        _ => None,
    }
}

/// Whether a message calls one of the tools that may be called.
pub(crate) fn may_call(message: &[u8]) -> bool {
    let Ok(message) = serde_json::from_slice::<Message<'_>>(message) else { return false };
    let tool = message.params.and_then(|params| params.name);
    message.jsonrpc == "2.0"
        && match message.method {
            "initialize" | "ping" | "tools/list" => true,
            "tools/call" => matches!(tool.as_deref(), Some("search_documents" | "get_document")),
            _ => false,
        }
}

#[expect(clippy::disallowed_methods, reason = "a floor has no use for a clock that can be set")]
fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(u64::MAX, |now| now.as_secs())
}
