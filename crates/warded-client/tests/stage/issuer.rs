//! An authorization server. It checks what it is sent as RFC 6749, 7636 and 8707 say, rotates refresh tokens, and revokes
//! a family when one of its tokens comes twice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{extract::Request, response::Response};
use serde_json::{Value, json};
use warded_core::{Clock as _, jose::base64url};

mod ways;

use super::{
    Good, Hands, Issued, Kind, Ledger, Log, Obstacles, Seen, claim, json, listen, proofs::Seals, serve,
};

/// What the issuer says of itself in authorization responses.
#[derive(Clone, Debug)]
pub(crate) enum Names {
    Itself,
    Nobody,
    Other(String),
}

/// What its tokens look like.
#[derive(Clone, Debug)]
pub(crate) enum Audience {
    /// A text that only the issuer can read.
    Opaque,
    /// A JWT for what was asked for.
    Asked,
    /// A JWT for somebody.
    Somebody(Value),
}

/// What a revocation endpoint takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revokes {
    Both,
    RefreshTokens,
    /// Access tokens another time.
    AccessTokensLater,
    /// It is there, and out of order.
    Nothing,
    /// The same, and it repeats what it was sent.
    Quotes,
}

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a knob of its own")]
pub(crate) struct Knobs {
    pub(crate) names: Names,
    pub(crate) says_it_names_itself: Option<bool>,
    pub(crate) audience: Audience,
    pub(crate) token_type: &'static str,
    pub(crate) expires_in: Value,
    pub(crate) methods: Option<Vec<&'static str>>,
    pub(crate) registers: bool,
    pub(crate) reads_documents: bool,
    pub(crate) scopes: Option<Vec<&'static str>>,
    /// What its metadata says in the place of the truth.
    pub(crate) lies: Vec<(&'static str, String)>,
    pub(crate) token_path: &'static str,
    /// With which status it says no to those who ask before a code was typed, and to what it does not take back.
    pub(crate) no: u16,
    /// What the token endpoint answers to refreshes instead.
    pub(crate) refresh_answer: Option<(u16, Value)>,
    /// Whether who lost the answer to a refresh gets the same once more, until something has come of it.
    pub(crate) forgives: bool,
    /// Whether answers to refreshes are lost: the token is used up, whoever waits waits for ever, and the test hears of it.
    pub(crate) loses: Option<Arc<tokio::sync::Notify>>,
    /// What it takes back (RFC 7009), if anything.
    pub(crate) revokes: Option<Revokes>,
    /// Whether refreshes wait until the test lets them go on.
    pub(crate) gate: Option<Arc<tokio::sync::Semaphore>>,
    pub(crate) denies: bool,
    /// A scope that it had, and does not know any more.
    pub(crate) dropped: Option<&'static str>,
    pub(crate) gives_refresh_tokens: bool,
    /// The algorithms of proofs that its metadata names; tokens are bound to the keys of proofs where there are any.
    pub(crate) algorithms: Option<Vec<&'static str>>,
    /// The nonce that it demands in proofs.
    pub(crate) nonce: Option<&'static str>,
    /// Whether it demands another one as soon as that is shown.
    pub(crate) insatiable: bool,
    /// Whose key a token says that it is bound to, instead of the one that was shown.
    pub(crate) other_key: Option<&'static str>,
    /// Whether it knows no `resource`.
    pub(crate) refuses_resource: bool,
    /// Whether it has a page for codes, and what it answers to those who ask before anybody has typed one.
    pub(crate) devices: Option<Vec<&'static str>>,
    /// The assertions and the tokens that it takes from others.
    pub(crate) trusted: Vec<String>,
    /// What it says that it gives for them.
    pub(crate) issues: Option<&'static str>,
    /// What it gives for an ID token.
    pub(crate) introduces: Option<String>,
    /// What it gives in place of a token in an exchange.
    pub(crate) returns: Option<String>,
}

struct Granted {
    challenge: String,
    redirect_uri: String,
    resource: String,
    scope: Option<String>,
    client: String,
    key: Option<String>,
}

#[derive(Default)]
struct Given {
    count: usize,
    codes: HashMap<String, Granted>,
    /// Refresh tokens, with the family that they are of; those that were used stay.
    refresh: HashMap<String, (usize, Refresh)>,
    revoked: Vec<usize>,
}

#[derive(Clone)]
struct Refresh {
    used: bool,
    resource: String,
    scope: Option<String>,
    client: String,
    key: Option<String>,
    /// What came for it.
    answer: Option<Value>,
}

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) log: Log,
    pub(crate) knobs: Arc<Mutex<Knobs>>,
    /// What it gave.
    pub(crate) ledger: Ledger,
    pub(crate) obstacles: Obstacles,
    given: Arc<Mutex<Given>>,
    good: Good,
    seals: Seals,
    clock: Hands,
}

impl Issuer {
    pub(super) async fn start(name: &'static str, good: Good, clock: Hands) -> Self {
        let knobs = Knobs {
            names: Names::Itself,
            says_it_names_itself: Some(true),
            audience: Audience::Opaque,
            token_type: "Bearer",
            expires_in: json!(3600),
            methods: Some(vec!["none"]),
            registers: true,
            reads_documents: false,
            scopes: None,
            lies: Vec::new(),
            token_path: "/token",
            no: 400,
            refresh_answer: None,
            forgives: false,
            loses: None,
            revokes: None,
            gate: None,
            denies: false,
            dropped: None,
            gives_refresh_tokens: true,
            algorithms: None,
            nonce: None,
            insatiable: false,
            other_key: None,
            refuses_resource: false,
            devices: None,
            trusted: Vec::new(),
            issues: Some("urn:ietf:params:oauth:token-type:access_token"),
            introduces: None,
            returns: None,
        };
        let (listener, url) = listen().await;
        let (log, knobs) = (Log::default(), Arc::new(Mutex::new(knobs)));
        let (given, seals) = (Arc::default(), Seals::default());
        let (ledger, obstacles) = (Ledger::default(), Obstacles::default());
        let issuer = Self { name, url, log, knobs, ledger, obstacles, given, good, seals, clock };
        serve(listener, issuer.clone(), Self::answer);
        issuer
    }

    pub(crate) fn turn(&self, knob: impl FnOnce(&mut Knobs)) {
        knob(&mut self.knobs.lock().unwrap());
    }

    /// Ends every login, so that nothing can be refreshed.
    pub(crate) fn end_logins(&self) {
        let mut given = self.given.lock().unwrap();
        let families: Vec<_> = given.refresh.values().map(|(family, _)| *family).collect();
        given.revoked.extend(families);
    }

    /// How often a grant was redeemed.
    pub(crate) fn grants(&self, kind: &str) -> Vec<Seen> {
        let is_it = |seen: &Seen| {
            seen.parameter("grant_type").is_some_and(|name| name.rsplit(':').next() == Some(kind))
        };
        [self.log.at("/token"), self.log.at("/moved")].concat().into_iter().filter(is_it).collect()
    }

    pub(crate) fn authorizations(&self) -> Vec<Seen> {
        self.log.at("/authorize")
    }

    async fn answer(self, request: Request) -> Response {
        let seen = self.log.note(request).await;
        let knobs = self.knobs.lock().unwrap().clone();
        if let Some(answer) = self.obstacles.meets(&seen) {
            return answer;
        }
        match seen.path.as_str() {
            "/.well-known/oauth-authorization-server" => json(200, &self.metadata(&knobs)),
            "/authorize" => self.authorize(&seen, &knobs),
            "/register" if knobs.registers => self.register(&seen),
            "/device" if knobs.devices.is_some() => self.device(&seen),
            "/revoke" if knobs.revokes.is_some() => self.revoke(&seen, &knobs),
            path if path == knobs.token_path => self.token(&seen, &knobs).await,
            _ => json(404, &json!({})),
        }
    }

    fn metadata(&self, knobs: &Knobs) -> Value {
        let mut metadata = json!({
            "issuer": self.url,
            "authorization_endpoint": format!("{}/authorize", self.url),
            "token_endpoint": format!("{}{}", self.url, knobs.token_path),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        });
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                metadata[name] = value;
            }
        };
        set("registration_endpoint", knobs.registers.then(|| json!(format!("{}/register", self.url))));
        set("token_endpoint_auth_methods_supported", knobs.methods.as_ref().map(|methods| json!(methods)));
        set("revocation_endpoint", knobs.revokes.map(|_| json!(format!("{}/revoke", self.url))));
        set("scopes_supported", knobs.scopes.as_ref().map(|scopes| json!(scopes)));
        set("authorization_response_iss_parameter_supported", knobs.says_it_names_itself.map(Value::from));
        let algorithms = knobs.algorithms.as_ref();
        set("dpop_signing_alg_values_supported", algorithms.map(|algorithms| json!(algorithms)));
        let device = knobs.devices.as_ref().map(|_| json!(format!("{}/device", self.url)));
        set("device_authorization_endpoint", device);
        set("client_id_metadata_document_supported", knobs.reads_documents.then_some(json!(true)));
        for (member, lie) in &knobs.lies {
            metadata[*member] = json!(lie);
        }
        metadata
    }

    fn register(&self, seen: &Seen) -> Response {
        let asked: Value = serde_json::from_str(&seen.body).unwrap();
        assert_eq!(asked["application_type"], "native");
        let mut answer = asked.clone();
        let number = self.number();
        let (id, secret) =
            (format!("client-{}-{number:04}", self.name), format!("SECRET-{}-{number:04}", self.name));
        self.ledger.note(Kind::ClientId, &id, "");
        answer["client_id"] = json!(id);
        if asked["token_endpoint_auth_method"] != "none" {
            self.ledger.note(Kind::ClientSecret, &secret, "");
            answer["client_secret"] = json!(secret);
        }
        json(201, &answer)
    }

    fn authorize(&self, seen: &Seen, knobs: &Knobs) -> Response {
        let asked = |name| seen.parameter(name);
        let redirect_uri = asked("redirect_uri").unwrap();
        assert_eq!(asked("response_type").as_deref(), Some("code"));
        assert_eq!(asked("code_challenge_method").as_deref(), Some("S256"));
        let code = format!("CODE-{}-{:04}", self.name, self.number());
        self.ledger.note(Kind::Code, &code, "");
        let granted = Granted {
            challenge: asked("code_challenge").unwrap(),
            redirect_uri: redirect_uri.clone(),
            resource: asked("resource").unwrap_or_default(),
            scope: asked("scope"),
            client: asked("client_id").unwrap(),
            key: asked("dpop_jkt"),
        };
        self.given.lock().unwrap().codes.insert(code.clone(), granted);
        let mut answer = form_urlencoded::Serializer::new(String::new());
        answer.append_pair("state", &asked("state").unwrap());
        if knobs.refuses_resource && asked("resource").is_some() {
            answer.append_pair("error", "invalid_target");
        } else if knobs.dropped.is_some_and(|one| asked("scope").is_some_and(|scopes| scopes.contains(one))) {
            answer.append_pair("error", "invalid_scope");
        } else if knobs.denies {
            answer.append_pair("error", "access_denied").append_pair("error_description", "no\u{1b}[2J");
        } else {
            answer.append_pair("code", &code);
        }
        match &knobs.names {
            Names::Itself => answer.append_pair("iss", &self.url),
            Names::Nobody => &mut answer,
            Names::Other(other) => answer.append_pair("iss", other),
        };
        let location = format!("{redirect_uri}?{}", answer.finish());
        Response::builder().status(302).header("location", location).body("".into()).unwrap()
    }

    async fn token(&self, seen: &Seen, knobs: &Knobs) -> Response {
        let refuse = |error: &str| json(400, &json!({ "error": error }));
        let asked = |name| seen.parameter(name).unwrap_or_default();
        let key = match self.seals.key(
            seen,
            &format!("{}{}", self.url, knobs.token_path),
            None,
            self.clock.now(),
        ) {
            Ok(key) => key.filter(|_| knobs.algorithms.is_some()),
            Err(_) => return refuse("invalid_dpop_proof"),
        };
        let nonce = knobs.nonce.map(str::to_owned);
        let nonce = if knobs.insatiable { Some(format!("nonce-{}", self.number())) } else { nonce };
        if let Some(nonce) = nonce
            && key.is_some()
            && claim(seen, "nonce").as_deref() != Some(&nonce)
        {
            let mut answer = refuse("use_dpop_nonce");
            answer.headers_mut().insert("dpop-nonce", nonce.parse().unwrap());
            return answer;
        }
        if knobs.refuses_resource && seen.parameter("resource").is_some() {
            return refuse("invalid_target");
        }
        let kind = asked("grant_type");
        let kind = kind.rsplit(':').next().unwrap_or_default();
        match kind {
            "authorization_code" => {
                let Some(granted) = self.given.lock().unwrap().codes.remove(&asked("code")) else {
                    return refuse("invalid_grant");
                };
                let challenge = base64url::encode(digest(&SHA256, asked("code_verifier").as_bytes()));
                if challenge != granted.challenge
                    || granted.redirect_uri != asked("redirect_uri")
                    || granted.resource != asked("resource")
                    || granted.key != key
                {
                    return refuse("invalid_grant");
                }
                json(200, &self.issue(knobs, None, Refresh::of(granted, key)))
            }
            "device_code" => self.typed(seen, knobs, key),
            "refresh_token" => {
                if let Some(gate) = &knobs.gate {
                    gate.acquire().await.unwrap().forget();
                }
                if let Some((status, answer)) = &knobs.refresh_answer {
                    return json(*status, answer);
                }
                let (family, found) = {
                    let mut given = self.given.lock().unwrap();
                    let Some((family, token)) = given.refresh.get_mut(&asked("refresh_token")) else {
                        return refuse("invalid_grant");
                    };
                    let (family, found) = (*family, token.clone());
                    token.used = true;
                    // A second chance, as long as nobody has used what came for it.
                    let next =
                        |answer: &Value| answer["refresh_token"].as_str().unwrap_or_default().to_owned();
                    if let Some(answer) = found.answer.clone().filter(|_| knobs.forgives)
                        && given.refresh.get(&next(&answer)).is_some_and(|(_, next)| !next.used)
                    {
                        return json(200, &answer);
                    }
                    if found.used {
                        // RFC 9700 §4.14.2: one of the two is a thief, so the family ends.
                        given.revoked.push(family);
                    }
                    if given.revoked.contains(&family)
                        || found.resource != asked("resource")
                        || found.key != key
                    {
                        return refuse("invalid_grant");
                    }
                    (family, found)
                };
                let answer = self.issue(knobs, Some(family), Refresh { used: false, answer: None, ..found });
                if let Some((_, token)) = self.given.lock().unwrap().refresh.get_mut(&asked("refresh_token"))
                {
                    token.answer = Some(answer.clone());
                }
                if let Some(heard) = &knobs.loses {
                    heard.notify_one();
                    std::future::pending::<()>().await;
                }
                json(200, &answer)
            }
            "client_credentials" => json(200, &self.issue(knobs, None, Refresh::asked(seen, key))),
            "jwt-bearer" | "token-exchange" => self.vouched(seen, knobs, kind, key),
            _ => refuse("unsupported_grant_type"),
        }
    }

    /// RFC 7009 §2: a token that is not known is as good as taken back.
    fn revoke(&self, seen: &Seen, knobs: &Knobs) -> Response {
        let token = seen.parameter("token").unwrap();
        let mut given = self.given.lock().unwrap();
        match (given.refresh.get(&token).cloned(), knobs.revokes) {
            (_, Some(Revokes::Quotes)) => {
                let words = format!("what is {token}?");
                return json(400, &json!({ "error": "invalid_request", "error_description": words }));
            }
            (_, None | Some(Revokes::Nothing)) | (None, Some(Revokes::AccessTokensLater)) => {
                return json(503, &json!({}));
            }
            (Some((family, _)), _) => given.revoked.push(family),
            (None, Some(Revokes::RefreshTokens)) => {
                return json(knobs.no, &json!({ "error": "unsupported_token_type" }));
            }
            (None, Some(Revokes::Both)) => self.good.lock().unwrap().retain(|issued| issued.text != token),
        }
        json(200, &json!({}))
    }

    fn issue(&self, knobs: &Knobs, family: Option<usize>, granted: Refresh) -> Value {
        let number = self.number();
        let family = family.unwrap_or(number);
        let (access, refresh) =
            (format!("ACCESS-{}-{number:04}", self.name), format!("REFRESH-{}-{number:04}", self.name));
        let jkt = knobs.other_key.map(str::to_owned).or_else(|| granted.key.clone());
        let jwt = |aud: &Value| {
            let part = |value: &Value| base64url::encode(value.to_string());
            let mut claims = json!({ "iss": self.url, "jti": access });
            if !aud.is_null() {
                claims["aud"] = aud.clone();
            }
            if let Some(jkt) = &jkt {
                claims["cnf"] = json!({ "jkt": jkt });
            }
            format!("{}.{}.c2ln", part(&json!({ "alg": "ES256", "typ": "at+jwt" })), part(&claims))
        };
        let access = match &knobs.audience {
            Audience::Opaque => access,
            Audience::Asked => jwt(&json!(granted.resource)),
            Audience::Somebody(aud) => jwt(aud),
        };
        self.ledger.note(Kind::AccessToken, &access, &granted.resource);
        let scopes = granted.scope.iter().flat_map(|scope| scope.split(' ')).map(str::to_owned).collect();
        let key = granted.key.clone();
        let issued = Issued { text: access.clone(), issuer: self.url.clone(), scopes, key };
        self.good.lock().unwrap().push(issued);
        let kind =
            if granted.key.is_some() && knobs.token_type == "Bearer" { "DPoP" } else { knobs.token_type };
        let mut answer =
            json!({ "access_token": access, "token_type": kind, "expires_in": knobs.expires_in });
        // As issuers of OpenID Connect do. It is about the user, and for the client alone.
        let id_token = format!("IDTOKEN-{}-{number:04}", self.name);
        self.ledger.note(Kind::IdToken, &id_token, "");
        answer["id_token"] = json!(id_token);
        if let Some(issues) = knobs.issues {
            answer["issued_token_type"] = json!(issues);
        }
        if knobs.gives_refresh_tokens {
            self.ledger.note(Kind::RefreshToken, &refresh, &granted.resource);
            answer["refresh_token"] = json!(refresh);
            self.given.lock().unwrap().refresh.insert(refresh, (family, granted));
        }
        answer
    }

    fn number(&self) -> usize {
        let mut given = self.given.lock().unwrap();
        given.count += 1;
        given.count
    }
}

impl Refresh {
    fn of(granted: Granted, key: Option<String>) -> Self {
        let Granted { resource, scope, client, .. } = granted;
        Self { used: false, resource, scope, client, key, answer: None }
    }

    fn asked(seen: &Seen, key: Option<String>) -> Self {
        let resource = seen.parameter("resource").unwrap_or_default();
        let (scope, client) = (seen.parameter("scope"), "self".to_owned());
        Self { used: false, resource, scope, client, key, answer: None }
    }
}
