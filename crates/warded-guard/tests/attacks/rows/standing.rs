//! P31: a token that its issuer has taken back, and lists that somebody else wrote.

use serde_json::{Map, Value, json};

use crate::{
    core_stage::{b64, object},
    expected::{
        Expected::{self, Admitted},
        bad_token, our_fault,
    },
    row::{Row, claim, made},
    run::hold_at,
    stage::Scene,
    token::{Forge, sealed},
};

#[tokio::test]
async fn no_token_is_admitted_that_its_issuer_has_taken_back() {
    let scene = Scene::strict().await;
    publish(&scene, "/list", STANDING, |_| ());
    publish(&scene, "/list/elsewhere", STANDING, |said| {
        said.insert("sub".into(), json!("https://other.example/list"));
    });
    publish(&scene, "/list/old", STANDING, |said| {
        said.insert("exp".into(), json!(scene.now() - 3600));
    });
    scene.issuer.says("/list/forged", LIST, &list(&scene, "/list/forged", STANDING, |_| (), "attacker"));
    hold_at(&scene, rows()).await;
}

const LIST: &str = "application/statuslist+jwt";
/// Two bits for each: the first token is valid, the second revoked, the third suspended, the fourth something else.
const STANDING: u8 = 0b1110_0100;
const UNAVAILABLE: Expected = our_fault("status-unavailable");

pub(crate) fn rows() -> Vec<Row> {
    let listed = |name: &str, path: &'static str, index: u64, expected| {
        made("P31", name, expected, move |scene, good| {
            good.claim("status", place(&scene.issuer.url, path, index))
        })
    };
    vec![
        listed("in the list, and valid", "/list", 0, Admitted),
        listed("in the list, and revoked", "/list", 1, bad_token("token-revoked")),
        listed("in the list, and suspended", "/list", 2, bad_token("token-suspended")),
        listed("in the list, with a status that nobody knows", "/list", 3, bad_token("status-unknown")),
        listed("behind the end of the list", "/list", 4, bad_token("status-out-of-range")),
        listed("in a list that is not there", "/list/none", 0, UNAVAILABLE),
        listed("in a list of another place", "/list/elsewhere", 0, UNAVAILABLE),
        listed("in a list that has ended", "/list/old", 0, UNAVAILABLE),
        listed("in a list that the attacker signed", "/list/forged", 0, UNAVAILABLE),
        claim("P31", "status", json!({ "new": { "x": 1 } }), bad_token("status-unsupported")),
        // Nobody but the issuer sends us anywhere, and it sends us to no address inside.
        made("P31", "in a list at an address that is nobody's business", UNAVAILABLE, at_catcher),
        made(
            "P31",
            "in a list of the attacker's, signed by the attacker",
            bad_token("signature-invalid"),
            |scene, good| at_catcher(scene, good).by_attacker(),
        ),
        made(
            "P31",
            "opens the neighbour, in a list of the attacker's",
            bad_token("audience-elsewhere"),
            |scene, _| at_catcher(scene, scene.theirs()),
        ),
    ]
}

fn at_catcher(scene: &Scene, good: Forge) -> Forge {
    good.claim("status", place(&scene.catcher.url, "/list", 0))
}

fn place(at: &str, path: &str, index: u64) -> Value {
    json!({ "status_list": { "idx": index, "uri": format!("{at}{path}") } })
}

/// The issuer publishes a list of four.
pub(crate) fn publish(scene: &Scene, path: &str, values: u8, change: impl FnOnce(&mut Map<String, Value>)) {
    scene.issuer.says(path, LIST, &list(scene, path, values, change, "issuer"));
}

fn list(
    scene: &Scene,
    path: &str,
    values: u8,
    change: impl FnOnce(&mut Map<String, Value>),
    owner: &'static str,
) -> String {
    let mut said = object(json!({
        "sub": format!("{}{path}", scene.issuer.url),
        "iat": scene.now() - 60,
        "ttl": 60,
        "status_list": { "bits": 2, "lst": b64(packed(values)) },
    }));
    change(&mut said);
    let header = json!({ "alg": "EdDSA", "kid": "ed", "typ": "statuslist+jwt" }).to_string();
    sealed(header, Value::Object(said).to_string(), (owner, "ed"))
}

/// One byte in zlib, not compressed (RFC 1950 §2.2, RFC 1951 §3.2.4).
fn packed(byte: u8) -> [u8; 12] {
    let sum = u16::from(byte) + 1;
    let [high, low] = sum.to_be_bytes();
    [0x78, 0x01, 0x01, 0x01, 0x00, 0xfe, 0xff, byte, high, low, high, low]
}
