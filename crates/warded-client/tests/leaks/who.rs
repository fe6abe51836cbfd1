//! Everybody who gets a token, each in their own way.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use warded_client::{
    register::Given,
    secret::Secret,
    session::{Asked, Enterprise, Grant, Subject},
};
use warded_core::{Issuer, jose::base64url};
use zeroize::Zeroizing;

use crate::stage::{Kind, Stage, Wants};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whose client has no secret.
    Person,
    /// Whose client was given one when it registered.
    Confidential,
    /// Whose tokens are bound to a key.
    Bound,
    /// A client that was registered beforehand, and its secret.
    Robot,
    /// A client with a key of its own.
    Keyed,
    /// Whose platform speaks for it.
    Workload,
    /// Who brings a token of somebody else.
    Exchanger,
    /// Whose identity provider speaks for them.
    Employee,
}

fn secret(text: &str) -> Secret {
    Secret::fixed("the secret", Zeroizing::new(text.to_owned()))
}

fn jwt(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string());
    format!("{}.{}.U0VDUkVU", part(&json!({ "alg": "ES256" })), part(claims))
}

#[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
fn pem() -> String {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let text = STANDARD.encode(document.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

impl Who {
    pub(crate) const ALL: [Self; 8] = [
        Self::Person,
        Self::Confidential,
        Self::Bound,
        Self::Robot,
        Self::Keyed,
        Self::Workload,
        Self::Exchanger,
        Self::Employee,
    ];

    /// A stage that is set for them, and what they say.
    pub(crate) async fn on_stage(self) -> (Stage, Asked) {
        let stage = Stage::new().await;
        let one = Issuer::parse(&stage.one.url).unwrap();
        let mut asked = Asked::default();
        let robot = || Given::Registered { id: "robot".to_owned(), secret: None };
        let both = |method: &'static str| {
            for issuer in [&stage.one, &stage.two] {
                issuer.turn(|knobs| knobs.methods = Some(vec![method]));
            }
        };
        match self {
            Self::Person => {}
            Self::Confidential => both("client_secret_basic"),
            Self::Bound => {
                for issuer in [&stage.one, &stage.two] {
                    issuer.turn(|knobs| knobs.algorithms = Some(vec!["ES256"]));
                }
                stage.server.turn(|knobs| knobs.proofs = Wants::Proofs);
            }
            Self::Robot => {
                both("client_secret_post");
                stage.one.ledger.note(Kind::ClientSecret, "TOPSECRET-of-the-robot", "");
                let secret = Some(secret("TOPSECRET-of-the-robot"));
                asked.given = Given::Registered { id: "robot".to_owned(), secret };
                asked.grant = Grant::Client;
                asked.issuer = Some(one);
            }
            Self::Keyed => {
                both("private_key_jwt");
                asked.given = Given::Keyed { id: "keyed".to_owned(), key: secret(&pem()) };
                asked.grant = Grant::Client;
            }
            Self::Workload => {
                let claims = json!({ "iss": "https://platform.example", "sub": "job", "aud": stage.one.url });
                let assertion = jwt(&claims);
                stage.one.ledger.note(Kind::Brought, &assertion, "");
                stage.one.turn(|knobs| knobs.trusted = vec![assertion.clone()]);
                asked.given = robot();
                asked.grant = Grant::Assertion(secret(&assertion));
            }
            Self::Exchanger => {
                stage.one.ledger.note(Kind::Brought, "SUBJECT-of-ann", "");
                stage.one.turn(|knobs| knobs.trusted = vec!["SUBJECT-of-ann".to_owned()]);
                asked.given = robot();
                let subject = Subject::new(secret("SUBJECT-of-ann"), Subject::ACCESS_TOKEN);
                asked.grant = Grant::Exchange(subject);
                asked.issuer = Some(one);
            }
            Self::Employee => {
                let claims = json!({
                    "iss": stage.two.url, "aud": stage.one.url, "resource": stage.server.url(), "sub": "ann",
                });
                let introduction = jwt(&claims);
                stage.one.ledger.note(Kind::Brought, &introduction, "");
                stage.two.ledger.note(Kind::Brought, "LOGIN-of-ann", "");
                stage.two.turn(|knobs| {
                    knobs.trusted = vec!["LOGIN-of-ann".to_owned()];
                    knobs.introduces = Some(introduction.clone());
                });
                stage.one.turn(|knobs| knobs.trusted = vec![introduction.clone()]);
                let provider = Issuer::parse(&stage.two.url).unwrap();
                let desk = Given::Registered { id: "desk".to_owned(), secret: None };
                asked.given = robot();
                asked.grant = Grant::Enterprise(Enterprise::new(provider, desk, secret("LOGIN-of-ann")));
            }
        }
        (stage, asked)
    }
}
