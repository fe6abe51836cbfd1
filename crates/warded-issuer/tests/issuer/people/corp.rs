//! An OpenID provider that says whatever a test wants it to say, over a real socket, and remembers what it was told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{digest, signature::Ed25519KeyPair};
use axum::{
    Json, Router,
    extract::{Form, State},
    http::{HeaderMap, StatusCode, header},
    response::Html,
    routing::{get, post},
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use warded_core::jose::{Algorithm, SigningKey, base64url};
use zeroize::Zeroizing;

use warded_issuer::{Admit, Naming, Provider, ProviderKind};

use crate::stage::random;

type Pairs = BTreeMap<String, String>;

/// Who we are at every provider.
pub(crate) const CLIENT: &str = "warded";
const SECRET: &str = "the secret: of us";
/// What no page and no row may ever show.
pub(crate) const ACCESS_TOKEN: &str = "the-access-token-of-the-provider";

/// The provider.
#[derive(Clone)]
pub(crate) struct Corp(Arc<Inner>);

struct Inner {
    url: String,
    key: SigningKey,
    state: Mutex<Says>,
}

/// What it says.
pub(crate) struct Says {
    /// Claims besides those that each ID token has; null takes one away.
    pub(crate) claims: Map<String, Value>,
    /// Of the ID token.
    pub(crate) typ: String,
    /// Another key than the one that it publishes.
    pub(crate) signs_with: Option<SigningKey>,
    /// Members of its metadata; null takes one away.
    pub(crate) metadata: Map<String, Value>,
    /// Another answer of the token endpoint.
    pub(crate) refuses: Option<(u16, Value)>,
    /// What its userinfo endpoint answers, which is in its metadata then.
    pub(crate) userinfo: Option<(u16, Value)>,
    /// Whether everything answers 503.
    pub(crate) is_away: bool,
    /// What it answers, with a page for people, where it serves nothing.
    pub(crate) nothing: StatusCode,
    /// Who logs in, and when it is now.
    pub(crate) subject: String,
    pub(crate) now: i64,
    /// The codes that it gave, with what was asked.
    codes: BTreeMap<String, Pairs>,
    /// Every request at its token endpoint.
    pub(crate) redeemed: Vec<Pairs>,
}

impl Corp {
    pub(crate) async fn open() -> Self {
        Self::below("").await
    }

    /// One whose issuer names a tenant, as Entra's do.
    pub(crate) async fn of_tenant(tenant: &str) -> Self {
        Self::below(&format!("/{tenant}/v2.0")).await
    }

    async fn below(base: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let corp = Self(Arc::new(Inner {
            url: format!("http://{}{base}", listener.local_addr().unwrap()),
            key: SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap(),
            state: Mutex::new(Says {
                claims: Map::new(),
                typ: "JWT".into(),
                signs_with: None,
                metadata: Map::new(),
                refuses: None,
                userinfo: None,
                is_away: false,
                nothing: StatusCode::NOT_FOUND,
                subject: "248289761001".into(),
                now: 1_800_000_000,
                codes: BTreeMap::new(),
                redeemed: Vec::new(),
            }),
        }));
        let router = Router::new()
            .route(&format!("{base}/.well-known/openid-configuration"), get(metadata))
            .route(&format!("{base}/jwks"), get(jwks))
            .route(&format!("{base}/token"), post(token))
            .route(&format!("{base}/userinfo"), get(userinfo))
            .fallback(nothing)
            .with_state(corp.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        corp
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    /// It as a login, for everybody.
    pub(crate) fn login(&self, name: &str) -> Provider {
        self.admitting(name, Naming::Subject, Admit::Anyone)
    }

    pub(crate) fn admitting(&self, name: &str, naming: Naming, admit: Admit) -> Provider {
        let issuer = warded_core::Issuer::parse(self.url()).unwrap();
        self.of_kind(name, ProviderKind::OpenId { issuer, naming }, admit)
    }

    #[expect(clippy::unused_self, reason = "it is this provider's login")]
    pub(crate) fn of_kind(&self, name: &str, kind: ProviderKind, admit: Admit) -> Provider {
        Provider::new(name, "", kind, CLIENT, Zeroizing::new(SECRET.into()), admit).unwrap()
    }

    pub(crate) fn say<T>(&self, change: impl FnOnce(&mut Says) -> T) -> T {
        change(&mut self.0.state.lock().unwrap())
    }

    /// Somebody logs in there: a code for whoever asked this.
    pub(crate) fn agrees(&self, asked: &Pairs) -> String {
        self.say(|says| {
            let code = format!("code-{}", says.codes.len());
            says.codes.insert(code.clone(), asked.clone());
            code
        })
    }

    /// How often somebody asked it for tokens.
    pub(crate) fn times_redeemed(&self) -> usize {
        self.say(|says| says.redeemed.len())
    }
}

fn away(corp: &Corp) -> Result<(), StatusCode> {
    if corp.say(|says| says.is_away) { Err(StatusCode::SERVICE_UNAVAILABLE) } else { Ok(()) }
}

fn changed(mut document: Value, changes: &Map<String, Value>) -> Value {
    for (name, value) in changes {
        if value.is_null() {
            document.as_object_mut().unwrap().remove(name);
        } else {
            document[name] = value.clone();
        }
    }
    document
}

async fn metadata(State(corp): State<Corp>) -> Result<Json<Value>, StatusCode> {
    away(&corp)?;
    let url = corp.url();
    let document = json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize?tenant=1"),
        "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "authorization_response_iss_parameter_supported": true,
    });
    let mut document = corp.say(|says| changed(document, &says.metadata));
    if corp.say(|says| says.userinfo.is_some()) {
        document["userinfo_endpoint"] = json!(format!("{url}/userinfo"));
    }
    Ok(Json(document))
}

async fn nothing(State(corp): State<Corp>) -> (StatusCode, Html<&'static str>) {
    (corp.say(|says| says.nothing), Html("<!doctype html>"))
}

async fn userinfo(State(corp): State<Corp>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let is_ours =
        headers.get(header::AUTHORIZATION).is_some_and(|said| *said == format!("Bearer {ACCESS_TOKEN}"));
    let (status, answer) = corp.say(|says| says.userinfo.clone()).unwrap();
    let status = if is_ours { StatusCode::from_u16(status).unwrap() } else { StatusCode::UNAUTHORIZED };
    (status, Json(answer))
}

async fn jwks(State(corp): State<Corp>) -> Result<Json<Value>, StatusCode> {
    away(&corp)?;
    Ok(Json(json!({ "keys": [corp.0.key.public_jwk()] })))
}

async fn token(
    State(corp): State<Corp>,
    headers: HeaderMap,
    Form(mut form): Form<Pairs>,
) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    if let Some(basic) = headers.get(header::AUTHORIZATION) {
        form.insert("basic".into(), basic.to_str().unwrap().into());
    }
    corp.say(|says| says.redeemed.push(form.clone()));
    away(&corp).map_err(|status| (status, Json(json!({}))))?;
    if let Some((status, answer)) = corp.say(|says| says.refuses.clone()) {
        return Err((StatusCode::from_u16(status).unwrap(), Json(answer)));
    }
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    let basic = "Basic d2FyZGVkOnRoZStzZWNyZXQlM0Erb2YrdXM=";
    let is_us = form.get("basic").is_some_and(|said| said == basic)
        || (form.get("client_id").is_some_and(|id| id == CLIENT)
            && form.get("client_secret").is_some_and(|secret| secret == SECRET));
    if !is_us {
        return Err(refused("invalid_client"));
    }
    // Once, from where it was asked, and by whoever asked (RFC 6749 §4.1.3, RFC 7636 §4.6).
    let asked = corp.say(|says| says.codes.remove(&form["code"])).ok_or(refused("invalid_grant"))?;
    let challenge = base64url::encode(digest::digest(&digest::SHA256, form["code_verifier"].as_bytes()));
    if asked["redirect_uri"] != form["redirect_uri"] || asked["code_challenge"] != challenge {
        return Err(refused("invalid_grant"));
    }
    let answer = corp.say(|says| {
        let claims = json!({
            "iss": corp.url(), "sub": says.subject, "aud": CLIENT, "nonce": asked["nonce"],
            "exp": says.now + 300, "iat": says.now, "auth_time": says.now - 60,
        });
        let claims = changed(claims, &says.claims);
        let key = says.signs_with.as_ref().unwrap_or(&corp.0.key);
        let id_token = key.sign(&says.typ, claims.as_object().unwrap(), &random()).unwrap();
        json!({
            "token_type": "Bearer", "access_token": ACCESS_TOKEN, "refresh_token": ACCESS_TOKEN, "expires_in": 60,
            "id_token": *id_token,
        })
    });
    Ok(Json(answer))
}
