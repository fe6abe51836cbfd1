//! An MCP server behind a token. What it answers to a call that it lets through, a test decides.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use axum::{extract::Request, response::Response};
use serde_json::json;

use super::{Good, Hands, Issued, Log, Obstacles, Seen, claim, json, listen, proofs::Seals, serve};
use warded_core::Clock as _;

/// What a server wants of proofs of possession.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    Nothing,
    /// Both schemes are in its challenges; what was wrong with a token stands in that of its own (RFC 9449 §7.1).
    Either,
    Proofs,
}

type Play = Arc<dyn Fn(&Seen) -> Response + Send + Sync>;

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a knob of its own")]
pub(crate) struct Knobs {
    pub(crate) issuer: String,
    /// Others whose tokens it takes, too; it names them behind the first.
    pub(crate) others: Vec<String>,
    /// What it calls itself; its URL where nothing else is said.
    pub(crate) resource: Option<String>,
    pub(crate) scopes: Option<Vec<&'static str>>,
    pub(crate) challenge_scope: Option<&'static str>,
    pub(crate) describes_itself: bool,
    /// Where its challenges say that it is described; where it is, unless something else is said.
    pub(crate) described_at: Option<String>,
    pub(crate) wants_possession: bool,
    /// What its challenges say of proofs, and whether tokens without one are let in.
    pub(crate) proofs: Wants,
    /// The algorithms of proofs that its metadata names.
    pub(crate) algorithms: Option<Vec<&'static str>>,
    /// The nonces that it demands, each for so many proofs.
    pub(crate) nonces: Option<usize>,
    /// Refuses every token.
    pub(crate) closed: bool,
    /// The scopes that a method needs.
    pub(crate) needs: Vec<(&'static str, &'static str)>,
    /// A 403 with another scope each time.
    pub(crate) insatiable: bool,
    pub(crate) play: Play,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) log: Log,
    pub(crate) knobs: Arc<Mutex<Knobs>>,
    pub(crate) good: Good,
    pub(crate) obstacles: Obstacles,
    seals: Seals,
    /// How many proofs came so far.
    proved: Arc<Mutex<usize>>,
    clock: Hands,
    origin: String,
}

impl Server {
    pub(super) async fn start(issuer: String, good: Good, clock: Hands) -> Self {
        let knobs = Knobs {
            issuer,
            others: Vec::new(),
            resource: None,
            scopes: None,
            challenge_scope: None,
            describes_itself: true,
            described_at: None,
            wants_possession: false,
            proofs: Wants::Nothing,
            algorithms: None,
            nonces: None,
            closed: false,
            needs: Vec::new(),
            insatiable: false,
            play: Arc::new(|_| json(200, &json!({ "jsonrpc": "2.0", "id": 1, "result": {} }))),
        };
        let (listener, origin) = listen().await;
        let (log, knobs) = (Log::default(), Arc::new(Mutex::new(knobs)));
        let (seals, proved) = (Seals::default(), Arc::default());
        let obstacles = Obstacles::default();
        let server = Self { log, knobs, good, obstacles, seals, proved, clock, origin };
        serve(listener, server.clone(), Self::answer);
        server
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/mcp", self.origin)
    }

    pub(crate) fn turn(&self, knob: impl FnOnce(&mut Knobs)) {
        knob(&mut self.knobs.lock().unwrap());
    }

    /// What it answers to calls from now on.
    pub(crate) fn play(&self, play: impl Fn(&Seen) -> Response + Send + Sync + 'static) {
        self.turn(|knobs| knobs.play = Arc::new(play));
    }

    /// The calls that came with a token, as what the token was.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let calls = self.log.at("/mcp").into_iter();
        calls.filter_map(|seen| seen.header("authorization").map(str::to_owned)).collect()
    }

    async fn answer(self, request: Request) -> Response {
        let seen = self.log.note(request).await;
        let knobs = self.knobs.lock().unwrap().clone();
        let origin = format!("http://{}", seen.header("host").unwrap());
        if let Some(answer) = self.obstacles.meets(&seen) {
            return answer;
        }
        match seen.path.as_str() {
            "/.well-known/oauth-protected-resource/mcp" | "/.well-known/oauth-protected-resource/second"
                if knobs.describes_itself =>
            {
                let own = seen.path.replace("/.well-known/oauth-protected-resource", &origin);
                let issuers = [vec![knobs.issuer], knobs.others].concat();
                let mut document = json!({
                    "resource": knobs.resource.unwrap_or(own),
                    "authorization_servers": issuers,
                });
                if let Some(scopes) = &knobs.scopes {
                    document["scopes_supported"] = json!(scopes);
                }
                if let Some(algorithms) = &knobs.algorithms {
                    document["dpop_signing_alg_values_supported"] = json!(algorithms);
                }
                if knobs.wants_possession {
                    document["dpop_bound_access_tokens_required"] = json!(true);
                }
                json(200, &document)
            }
            "/mcp" | "/second" => self.mcp(&seen, &knobs, &origin),
            _ => json(404, &json!({})),
        }
    }

    fn mcp(&self, seen: &Seen, knobs: &Knobs, origin: &str) -> Response {
        let own = format!("{origin}/.well-known/oauth-protected-resource{}", seen.path);
        let described = knobs.described_at.clone().or_else(|| knobs.describes_itself.then_some(own));
        let metadata = described.map(|url| format!(r#", resource_metadata="{url}""#)).unwrap_or_default();
        let (used, token) = seen.header("authorization").and_then(|value| value.split_once(' ')).unzip();
        let refuse = |status, error: &str, scope: Option<&str>| {
            let scope = scope.map(|scope| format!(r#", scope="{scope}""#)).unwrap_or_default();
            let schemes: &[(&str, &str)] = match knobs.proofs {
                Wants::Nothing => &[("Bearer", "")],
                Wants::Either => &[("Bearer", ""), ("DPoP", r#"algs="ES256 EdDSA""#)],
                Wants::Proofs => &[("DPoP", "")],
            };
            let mut answer = Response::builder().status(status);
            for (scheme, always) in schemes {
                let is_used = schemes.len() == 1 || used.is_none_or(|used| used == *scheme);
                let said = is_used.then(|| format!(r#"error="{error}"{scope}{metadata}"#));
                let said: Vec<_> =
                    [(*always).to_owned()].into_iter().chain(said).filter(|part| !part.is_empty()).collect();
                answer =
                    answer.header("www-authenticate", format!("{scheme} {}", said.join(", ")).trim_end());
            }
            answer.body("".into()).unwrap()
        };
        let is_by = |issuer: &String| *issuer == knobs.issuer || knobs.others.contains(issuer);
        let is_it = |issued: &&Issued| Some(issued.text.as_str()) == token && is_by(&issued.issuer);
        let good = self.good.lock().unwrap().iter().find(is_it).cloned();
        let Some(Issued { scopes, key, .. }) = good.filter(|_| !knobs.closed) else {
            return refuse(401, "invalid_token", knobs.challenge_scope);
        };
        let proved = self.seals.key(seen, &format!("{origin}{}", seen.path), token, self.clock.now());
        let is_right = match &key {
            Some(_) => used == Some("DPoP") && proved == Ok(key.clone()),
            None => used == Some("Bearer") && proved == Ok(None) && knobs.proofs != Wants::Proofs,
        };
        if !is_right {
            return refuse(401, "invalid_token", knobs.challenge_scope);
        }
        if let Some(each) = knobs.nonces
            && key.is_some()
        {
            let mut proved = self.proved.lock().unwrap();
            let wanted = format!("nonce-{}", *proved / each.max(1));
            let has_it = each > 0 && claim(seen, "nonce").as_deref() == Some(&wanted);
            *proved += usize::from(has_it || each == 0);
            let next = format!("nonce-{}", *proved / each.max(1));
            let mut answer = if has_it { (knobs.play)(seen) } else { refuse(401, "use_dpop_nonce", None) };
            answer.headers_mut().insert("dpop-nonce", next.parse().unwrap());
            return answer;
        }
        if knobs.insatiable {
            let count = self.log.at("/mcp").len();
            return refuse(403, "insufficient_scope", Some(&format!("more-{count}")));
        }
        let missing = knobs.needs.iter().find(|(method, scope)| {
            seen.body.contains(&format!(r#""method":"{method}""#)) && !scopes.contains(*scope)
        });
        if let Some((_, scope)) = missing {
            return refuse(403, "insufficient_scope", Some(scope));
        }
        (knobs.play)(seen)
    }

    /// Takes a token, whoever has made it.
    pub(crate) fn admit(&self, text: &str, issuer: &str) {
        let (text, issuer) = (text.to_owned(), issuer.to_owned());
        let token = Issued { text, issuer, scopes: HashSet::new(), key: None };
        self.good.lock().unwrap().push(token);
    }

    /// Ends every token that was issued so far.
    pub(crate) fn forget_tokens(&self) {
        self.good.lock().unwrap().clear();
    }
}
