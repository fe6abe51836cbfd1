//! Who asks for what, with everything in hand for it.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;
use warded_core::{Clock as _, Scopes};
use warded_issuer::Exchange;
use warded_store::{Added, Client, Clients as _, Digest, GrantType, Method, Origin};

use super::{
    ACCESS_TOKEN, ASSERTION_TYPE, EXCHANGE, FORM, Holder, SECRET, claims,
    request::{Ask, Form},
};
use crate::stage::{Answer, FILES, ISSUER, LOOPBACK, NOTES, Stage, VERIFIER, with};

/// Who asks, and how it shows who it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cast {
    /// A public client where there are any, and one with a secret for the rest.
    Plain,
    /// One with a secret.
    Secret,
    /// One with a key, which signs (RFC 7523).
    Signed,
    /// As `Plain`; all that is presented is bound to a key (RFC 9449).
    Bound,
}

/// A grant that is about to be made at `NOTES`, and everything for it.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) cast: Cast,
    pub(super) client: String,
    pub(super) holder: Holder,
    pub(super) nonce: String,
    /// What is good for a token.
    pub(super) presented: Form,
}

impl Scene {
    pub(super) async fn set(cast: Cast) -> Self {
        let exchange = |client: &str| Exchange {
            client: client.into(),
            from: "files".into(),
            to: "notes".into(),
            scopes: Scopes::parse("notes:read").unwrap(),
            act: true,
        };
        let stage =
            Stage::with(ISSUER, |setup| setup.exchanges = ["caller", "signer"].map(exchange).into()).await;
        let holder = Holder::new();
        stage.adds("caller", Method::Basic, Some(Digest::of(SECRET.as_bytes())), None).await;
        let keys = json!({ "keys": [holder.jwk()] }).to_string();
        stage.adds("signer", Method::PrivateKeyJwt, None, Some(keys)).await;
        let nonce = stage.nonce().await;
        let client = if cast == Cast::Signed { "signer" } else { "caller" }.to_owned();
        Self { stage, cast, client, holder, nonce, presented: Form::default() }
    }

    pub(super) fn presents(&mut self, grant: &str, what: &[(&str, &str)]) {
        self.presented = Form::default();
        self.presented.add("grant_type", grant);
        for (name, value) in what {
            self.presented.add(name, value);
        }
    }

    pub(super) async fn code(cast: Cast) -> Self {
        let mut scene = Self::set(cast).await;
        if matches!(cast, Cast::Plain | Cast::Bound) {
            scene.client = scene.stage.editor.clone();
        }
        let jkt = scene.holder.jkt();
        let mut question = with(&scene.stage.question(NOTES), "client_id", &scene.client);
        if cast == Cast::Bound {
            question.push(("dpop_jkt", &jkt));
        }
        let code = scene.stage.code_for(&question).await;
        let what = [("code", code.as_str()), ("redirect_uri", LOOPBACK), ("code_verifier", VERIFIER)];
        scene.presents("authorization_code", &what);
        scene
    }

    pub(super) async fn refresh(cast: Cast) -> Self {
        let mut scene = Self::code(cast).await;
        let token = scene.still_works().await.text("refresh_token");
        scene.presents("refresh_token", &[("refresh_token", &token)]);
        scene
    }

    pub(super) async fn own(cast: Cast) -> Self {
        let mut scene = Self::set(cast).await;
        scene.presents("client_credentials", &[]);
        scene
    }

    pub(super) async fn exchange(cast: Cast) -> Self {
        let mut scene = Self::set(cast).await;
        let code = scene.stage.code(FILES).await;
        let redemption = scene.stage.redemption(&code);
        let answer = match cast {
            Cast::Bound => scene.stage.proven(&scene.holder, &redemption).await,
            _ => scene.stage.token(&redemption).await,
        };
        let what =
            [("subject_token", answer.text("access_token")), ("subject_token_type", ACCESS_TOKEN.into())];
        scene.presents(EXCHANGE, &what.each_ref().map(|(name, value)| (*name, value.as_str())));
        scene
    }

    /// The request that is answered.
    pub(super) fn good(&self) -> Ask<'_> {
        let mut ask = Ask {
            scene: self,
            form: self.presented.clone(),
            fields: vec![],
            query: String::new(),
            kind: FORM,
        };
        ask.form.add("resource", NOTES);
        if self.client == self.stage.editor {
            ask.form.add("client_id", &self.client);
        } else if self.cast == Cast::Signed {
            ask.form.add("client_assertion_type", ASSERTION_TYPE);
            ask.asserts(&[], &[]);
        } else {
            ask.form.add("client_id", &self.client);
            ask.form.add("client_secret", SECRET);
        }
        if self.cast == Cast::Bound {
            ask.proves(&[], &[]);
        }
        ask
    }

    pub(super) fn request(&self, ask: &Ask<'_>) -> Request<Body> {
        let mut request = Request::post(format!("{}/token{}", self.stage.base, ask.query));
        request = request.header(header::CONTENT_TYPE, ask.kind);
        for (name, value) in &ask.fields {
            request = request.header(*name, value);
        }
        request.body(ask.form.encoded().into()).unwrap()
    }

    pub(super) async fn send(&self, ask: Ask<'_>) -> Answer {
        self.stage.call(self.request(&ask)).await
    }

    /// The request that is answered is answered, with a token for the one server.
    pub(super) async fn still_works(&self) -> Answer {
        let answer = self.send(self.good()).await;
        assert_eq!(answer.status, StatusCode::OK, "something was burned: {answer:?}");
        let said = claims(&answer.text("access_token"));
        assert_eq!((&said["aud"], &said["iss"]), (&json!(NOTES), &json!(ISSUER)));
        let kind = if self.cast == Cast::Bound { "DPoP" } else { "Bearer" };
        assert_eq!(answer.text("token_type"), kind);
        answer
    }
}

impl Stage {
    /// A client of the operator's, for every grant.
    pub(super) async fn adds(&self, id: &str, method: Method, secret: Option<Digest>, jwks: Option<String>) {
        let client = Client {
            issuer: self.server.issuer().clone(),
            id: id.into(),
            name: None,
            method,
            secret,
            jwks,
            jwks_uri: None,
            application_type: None,
            redirect_uris: vec![LOOPBACK.into()],
            grants: vec![
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::ClientCredentials,
                GrantType::TokenExchange,
            ],
            pinned: None,
            dpop_bound: false,
            origin: Origin::Operator,
            management: None,
            created: self.clock.now(),
            used: None,
        };
        assert_eq!(self.store.add_client(client).await.unwrap(), Added::Yes);
    }
}
