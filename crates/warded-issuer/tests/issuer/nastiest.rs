//! The twelve nastiest things that are done to an issuer, each at every grant: is it refused with the right words, and is
//! what the victim holds as good as before?
//!
//! A row is a change to a request that would be answered. Each is a test of its own, `<number>::<row>::<grant>`: it sends
//! the changed request, compares status, `error` and our own code, and then sends the request as it was, which must be
//! answered. Only proven reuse (`replay`, `races`) ends anything.
//!
//! What is no matter of grants is tested elsewhere; `elsewhere` lists where, and fails when something listed is gone.

use http::StatusCode;
use warded_core::Entry;
use warded_issuer::Reason;

use self::{
    request::{Ask, Form},
    scene::{Cast, Scene},
};
use super::{
    holder::{Holder, changed},
    token::claims,
};
use crate::stage::{Answer, Browser, ISSUER, LOOPBACK, NOTES, Stage};

/// Rows: a change to a good request of these clients, and what each grant answers to it.
macro_rules! table {
    ($cast:ident: $($name:ident: $change:expr =>
        { $($($grant:ident),+: $status:literal $error:literal $code:literal;)+ })+) => {
        $(mod $name {
            use super::*;
            $($(
                #[tokio::test]
                async fn $grant() {
                    refuses(Scene::$grant(Cast::$cast).await, $change, ($status, $error, $code)).await;
                }
            )+)+
        })+
    };
}

/// Rows: a change to a good question at the authorization endpoint, and what the client is told.
macro_rules! asked {
    ($($name:ident: $change:expr => $error:literal $code:literal;)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                declines($change, ($error, $code)).await;
            }
        )+
    };
}

mod assertions;
mod burns;
mod clients;
mod deputy;
mod dpop;
mod elsewhere;
mod exchange;
mod mixup;
mod pkce;
mod races;
mod replay;
mod request;
mod scene;
mod smuggle;
mod swap;

const FORM: &str = "application/x-www-form-urlencoded";
const SECRET: &str = "the caller's own";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What the other side is told with that code.
fn public(code: &str) -> &'static str {
    let ours = Reason::find(code).map(|reason| reason.public);
    ours.or_else(|| Entry::find(code).map(|entry| entry.public)).unwrap_or_else(|| panic!("no row {code}"))
}

/// Whether the words are those of that code.
fn says(told: &str, code: &str) -> bool {
    // The one that names what it misses.
    told == public(code) || (code == "parameter-missing" && told.starts_with("The parameter `"))
}

fn is_refused(answer: &Answer, (status, error, code): (u16, &str, &str)) {
    assert_eq!(answer.error(), (status, error.to_owned()), "{answer:?}");
    let told = answer.text("error_description");
    assert!(says(&told, code), "{code} would say {:?}, and not {told:?}", public(code));
    assert!(answer.json().get("access_token").is_none());
}

/// The changed request is refused, and the good one is answered afterwards.
async fn refuses(scene: Scene, change: impl FnOnce(&mut Ask<'_>), expected: (u16, &str, &str)) {
    let mut ask = scene.good();
    change(&mut ask);
    is_refused(&scene.send(ask).await, expected);
    scene.still_works().await;
}

/// The client is told by way of the browser, by the issuer's name and with its state, and nobody gets a code; the good
/// question gets one afterwards.
async fn declines(change: impl FnOnce(&mut Form), (error, code): (&str, &str)) {
    let stage = Stage::open().await;
    let mut question = Form::default();
    for (name, value) in stage.question(NOTES) {
        question.add(name, value);
    }
    change(&mut question);
    let pairs: Vec<_> = question.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = Browser::default().ask(&stage, &pairs).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    assert!(answer.location().starts_with(&format!("{LOOPBACK}?")), "{}", answer.location());
    let sent = answer.sent();
    assert_eq!((sent["error"].as_str(), sent["iss"].as_str()), (error, ISSUER));
    assert_eq!(sent["state"], "state&x=1");
    let told = &sent["error_description"];
    assert!(says(told, code), "{code} would say {:?}, and not {told:?}", public(code));
    assert!(!sent.contains_key("code"));
    stage.code(NOTES).await;
}
