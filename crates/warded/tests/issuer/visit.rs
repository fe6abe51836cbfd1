//! Somebody who gets a code, redeems it and refreshes, one after the other, until nobody answers.

use std::net::SocketAddr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Method, StatusCode};

use crate::{
    place::{BASE, CALLBACK},
    wire::{Answer, send},
};

const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";
/// A family has so many refreshes; then comes the next one, so that codes are redeemed as often as killed upon.
const REFRESHES: u32 = 3;

pub(crate) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

/// What is good once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Secret {
    Code(String),
    Refresh(String),
}

/// What is known of the last family when the answers end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// What was answered with a successor: spent, and nobody may ever be given anything for it again.
    pub(crate) answered: Vec<Secret>,
    /// What is in the hands of the client and was not presented, or was presented without an answer.
    pub(crate) held: Option<Secret>,
    /// Whether it was presented.
    pub(crate) is_in_doubt: bool,
    /// How many tokens were got, of all families.
    pub(crate) tokens: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Visit {
    address: SocketAddr,
    host: &'static str,
    question: String,
    cookie: String,
    client: (String, String),
}

impl Visit {
    pub(crate) const fn new(
        address: SocketAddr,
        host: &'static str,
        question: String,
        cookie: String,
        client: (String, String),
    ) -> Self {
        Self { address, host, question, cookie, client }
    }

    /// A code; none where nobody answers.
    async fn code(&self) -> Option<Secret> {
        let answer = send(self.address, self.host, Method::GET, &self.question, &self.cookie, &[]).await?;
        Some(Secret::Code(answer.sent("code").unwrap_or_else(|| panic!("no code: {answer:?}"))))
    }

    /// Presents it, as its client; none where no whole answer came.
    pub(crate) async fn present(&self, secret: &Secret) -> Option<Answer> {
        let form = match secret {
            Secret::Code(code) => vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ],
            Secret::Refresh(token) => {
                vec![("grant_type", "refresh_token"), ("refresh_token", token.as_str())]
            }
        };
        self.post("token", form).await
    }

    /// Gives back what is held; none where nobody answers. A person has a hundred grants to one application at most.
    async fn give_back(&self, held: &Secret) -> Option<Answer> {
        let (Secret::Code(text) | Secret::Refresh(text)) = held;
        self.post("revoke", vec![("token", text.as_str())]).await
    }

    async fn post(&self, endpoint: &str, mut form: Vec<(&str, &str)>) -> Option<Answer> {
        form.extend([("client_id", self.client.0.as_str()), ("client_secret", self.client.1.as_str())]);
        send(self.address, self.host, Method::POST, &format!("{BASE}/{endpoint}"), "", &form).await
    }

    /// Family after family, until nobody answers; what is known of the last one then.
    pub(crate) async fn until_nobody_answers(&self) -> Known {
        let mut tokens = 0;
        loop {
            let mut known = Known { tokens, ..Known::default() };
            known.held = self.code().await;
            for _ in 0..=REFRESHES {
                let Some(held) = &known.held else { return known };
                known.is_in_doubt = true;
                let Some(answer) = self.present(held).await else { return known };
                let next = successor(&answer);
                known.is_in_doubt = false;
                known.tokens += 1;
                known.answered.extend(known.held.replace(next));
            }
            tokens = known.tokens;
            if let Some(held) = known.held.take() {
                match self.give_back(&held).await {
                    Some(answer) => assert_eq!(answer.status, StatusCode::OK, "{answer:?}"),
                    None => return known,
                }
            }
        }
    }
}

/// The refresh token of a good answer.
pub(crate) fn successor(answer: &Answer) -> Secret {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    Secret::Refresh(answer.member("refresh_token").unwrap())
}
