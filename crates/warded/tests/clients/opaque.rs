//! Tokens that say nothing by themselves, of an authorization server that nobody of us wrote: `warded up` asks it about
//! each of them, as a client of its own, in each way in which a client can show who it is.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Method, StatusCode, header};
use http_body_util::Full;
use serde_json::json;

use crate::{
    bench::Bench,
    gateway::Gateway,
    issuer::{OidcProvider, client_key},
    upstream::Upstream,
    wire::{ask, ping, request, send},
};

const SCOPE: &str = "mcp:use";
/// What breaks where it is not encoded as RFC 6749 says.
const SECRET: &str = "s3:cret %&+=/ with-everything";

struct Stage {
    gateway: Gateway,
    issuer: OidcProvider,
    behind: [Upstream; 2],
}

impl Stage {
    async fn set() -> Option<Self> {
        let bench = Bench::set_up()?;
        let gateway = Gateway::prepared();
        let (key, jwks) = client_key();
        gateway.leave("key.pem", &key);
        gateway.leave("secret.txt", &format!("{SECRET}\n"));
        gateway.leave("wrong.txt", "guessed");
        let clients = json!([
            { "client_id": "basic", "client_secret": SECRET },
            { "client_id": "post", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post" },
            { "client_id": "keyed", "token_endpoint_auth_method": "private_key_jwt",
              "token_endpoint_auth_signing_alg": "ES256", "jwks": jwks },
        ]);
        let identifiers = ["notes", "ledger"].map(|name| gateway.url(&format!("/{name}/mcp")));
        let issuer = OidcProvider::opaque(&bench, &identifiers, &[SCOPE], &clients).await;
        let behind = [Upstream::that_nods().await, Upstream::that_nods().await];
        Some(Self { gateway, issuer, behind })
    }

    /// Starts a gateway that asks in this way, and remembers no answer.
    async fn starts(&mut self, introspection: &str) {
        let [notes, ledger] = [&self.behind[0], &self.behind[1]].map(Upstream::url);
        let issuer = self.issuer.url();
        self.gateway.configure(&format!(
            "issuers:
  other: {{ url: {issuer:?}, validation: introspection, introspection: {{ {introspection}, remember: 0s }} }}
servers:
  notes: {{ upstream: {notes:?}, issuers: [other], scopes: {{ required: [{SCOPE}] }} }}
  ledger: {{ upstream: {ledger:?}, issuers: [other], scopes: {{ required: [{SCOPE}] }} }}
"
        ));
        self.gateway.start().await;
    }

    async fn token(&self, name: &str) -> String {
        let resource = self.gateway.url(&format!("/{name}/mcp"));
        let endpoint = format!("{}/token", self.issuer.url());
        let answer = ask(&endpoint, self.issuer.machine(), &resource, SCOPE).await;
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// A status, and the code of a refusal.
    async fn attempt(&self, name: &str, token: &str) -> (u16, String) {
        let (status, headers, code) = ping(&self.gateway.url(&format!("/{name}/mcp")), token).await;
        assert_eq!(status == StatusCode::SERVICE_UNAVAILABLE, headers.contains_key(header::RETRY_AFTER));
        (status.as_u16(), code)
    }

    async fn revoke(&self, token: &str) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token);
        let (id, secret) = self.issuer.machine();
        let basic = BASE64_STANDARD.encode(format!("{id}:{secret}"));
        let request = request(Method::POST, &format!("{}/token/revocation", self.issuer.url()))
            .header(header::AUTHORIZATION, format!("Basic {basic}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (status, ..) = send(request.body(Full::from(form.finish())).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_opens_the_one_server_that_its_issuer_names() {
    let Some(mut stage) = Stage::set().await else { return };
    let refused = |code: &str| (401, code.to_owned());
    let mut seen = Vec::new();
    for introspection in [
        "client_id: basic, secret: file:secret.txt",
        "client_id: post, auth: post, secret: file:secret.txt",
        "client_id: keyed, auth: private_key_jwt, key: file:key.pem",
    ] {
        stage.starts(introspection).await;
        let (notes, ledger) = (stage.token("notes").await, stage.token("ledger").await);
        assert!(!notes.contains('.'), "it is opaque");
        assert_eq!(stage.attempt("notes", &notes).await.0, 200, "{introspection}: {}", stage.gateway.log());
        assert_eq!(stage.attempt("ledger", &ledger).await.0, 200, "{introspection}");
        assert_eq!(stage.attempt("ledger", &notes).await, refused("audience-elsewhere"), "{introspection}");
        assert_eq!(stage.attempt("notes", &ledger).await, refused("audience-elsewhere"), "{introspection}");
        assert_eq!(stage.attempt("notes", "opaque-and-made-up").await, refused("token-inactive"));
        // Nothing is remembered here, so a revocation is noticed with the next request.
        stage.revoke(&notes).await;
        assert_eq!(stage.attempt("notes", &notes).await, refused("token-inactive"), "{introspection}");
        assert_eq!(stage.attempt("ledger", &ledger).await.0, 200, "{introspection}");
        seen.extend([notes, ledger]);
        stage.gateway.stop().await;
    }
    for behind in &stage.behind {
        assert!(behind.reached().iter().all(|headers| !headers.contains_key(header::AUTHORIZATION)));
    }
    for token in &seen {
        assert!(!stage.gateway.keeps(token), "a token stands in a file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_its_issuer_does_not_accept_is_our_fault() {
    let Some(mut stage) = Stage::set().await else { return };
    stage.starts("client_id: basic, secret: file:wrong.txt").await;
    let notes = stage.token("notes").await;
    assert_eq!(stage.attempt("notes", &notes).await, (503, "introspection-unavailable".to_owned()));
    assert!(stage.gateway.log().contains("does not accept Warded's own client"), "{}", stage.gateway.log());
    assert!(!stage.gateway.log().contains("guessed"));
    stage.gateway.stop().await;
}
