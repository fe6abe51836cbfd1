//! P18 and P19: a token chooses neither the key that it is checked with nor where anybody looks for one.

use serde_json::{Value, json};

use crate::{
    core_stage::public,
    expected::{
        Expected::{self, Admitted},
        bad_token, our_fault,
    },
    row::{Row, header, made, token},
    run::hold,
    stage::Scene,
    token::{Forge, sealed},
};

#[tokio::test]
async fn no_token_chooses_the_key_that_it_is_checked_with() {
    hold(rows()).await;
}

const INVALID: Expected = bad_token("signature-invalid");
/// The issuer has been asked, and has no such key.
const NO_SUCH_KEY: Expected = bad_token("key-unknown");
/// It was asked a moment ago: the key may be newer than the answer.
const ASKED_JUST_NOW: Expected = our_fault("keys-missing");

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = names();
    rows.extend(brought());
    rows
}

fn names() -> Vec<Row> {
    let mut rows = Vec::new();
    let paths =
        ["../../../../../../dev/null", "/dev/null", "..\\..\\key.pem", "file:///etc/passwd", "ed%00", "ed\0"];
    let queries =
        ["' OR '1'='1", "ed'; DROP TABLE keys; --", "\" union select 'k' --", "$(id)", "{{7*7}}", "*"];
    let near = ["", " ", "ED", "ed ", " ed", "ed,rsa", "1ed", "e", "large"];
    for kid in paths.into_iter().chain(queries).chain(near) {
        let by = |name: &str| format!("`kid` is {} and {name}", json!(kid));
        rows.push(made("P18", by("the issuer signed"), NO_SUCH_KEY, move |_, good| good.header("kid", kid)));
        rows.push(made("P18", by("the attacker signed"), NO_SUCH_KEY, move |_, good| {
            good.header("kid", kid).by_attacker()
        }));
    }
    // The pause over, the issuer is asked again, and then it is known that there is none.
    let mut rows: Vec<_> = rows.into_iter().map(|row| row.warm(ASKED_JUST_NOW)).collect();
    rows.push(header("P18", "kid", json!("forged"), NO_SUCH_KEY).pause(31));
    for value in [Value::Null, json!(7), json!(["ed"]), json!({ "ed": 1 }), json!("k".repeat(257))] {
        rows.push(header("P18", "kid", value, bad_token("header-malformed")));
    }
    let nameless = made("P18", "no `kid`, signed by the attacker", INVALID, |_, good| {
        good.no_header("kid").by_attacker()
    });
    rows.push(nameless);
    rows.push(token("P18", "`kid` twice", bad_token("token-duplicate-member"), |scene| {
        let good = scene.good();
        sealed(
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"ed","kid":"rsa"}"#,
            good.claims_text(),
            ("issuer", "ed"),
        )
    }));
    // Refusing these would lock honest callers out: some issuers do not name the keys in their tokens.
    for kind in ["ed", "ec", "rsa"] {
        rows.push(made(
            "G09",
            format!("no `kid`, signed by the issuer's {kind} key"),
            Admitted,
            move |_, good| good.with(kind).no_header("kid"),
        ));
        rows.push(made(
            "G09",
            format!("signed by the issuer's {kind} key beside others of no use"),
            Admitted,
            move |_, good| good.with(kind),
        ));
    }
    rows
}

/// P19: keys that a token brings along, or says where to find.
fn brought() -> Vec<Row> {
    type Bring = fn(&Scene, Forge) -> Forge;
    let jwk: Bring = |_, forge| forge.header("jwk", public("attacker", "ed"));
    let jku: Bring = |scene, forge| forge.header("jku", format!("{}/jwks", scene.catcher.url));
    let x5u: Bring = |scene, forge| forge.header("x5u", format!("{}/chain.pem", scene.catcher.url));
    let x5c: Bring = |_, forge| forge.header("x5c", json!(["MIIBszCCAVmgAwIBAgIUAbc="]));
    let all: Bring = |scene, forge| {
        let at = &scene.catcher.url;
        forge.header("jwk", public("attacker", "ed")).header("jku", at.clone()).header("x5u", at.clone())
    };
    let mut rows = Vec::new();
    for (name, bring) in [("jwk", jwk), ("jku", jku), ("x5u", x5u), ("x5c", x5c), ("jwk, jku and x5u", all)] {
        rows.push(made(
            "P19",
            format!("{name} of the attacker under the issuer's `kid`"),
            INVALID,
            move |scene, good| bring(scene, good).by_attacker(),
        ));
        let nameless =
            made("P19", format!("{name} of the attacker without `kid`"), INVALID, move |scene, good| {
                bring(scene, good).no_header("kid").by_attacker()
            });
        rows.push(nameless);
        let unknown = made(
            "P19",
            format!("{name} of the attacker under a new `kid`"),
            NO_SUCH_KEY,
            move |scene, good| bring(scene, good).header("kid", "mine").by_attacker(),
        );
        rows.push(unknown.warm(ASKED_JUST_NOW));
        // It is no reason to refuse a good token either, and nobody looks there.
        rows.push(made("P19", format!("{name} in a good token"), Admitted, bring));
    }
    let kid = made("P19", "`kid` is the attacker's URL", NO_SUCH_KEY, |scene, good| {
        good.header("kid", format!("{}/key", scene.catcher.url)).by_attacker()
    });
    rows.push(kid.warm(ASKED_JUST_NOW));
    rows.push(made("P19", "`iss` is the attacker's URL", bad_token("issuer-unknown"), |scene, good| {
        good.claim("iss", scene.catcher.url.clone()).by_attacker()
    }));
    rows.push(made(
        "P19",
        "`iss` leads to the attacker by user info",
        bad_token("issuer-unknown"),
        |scene, good| {
            let at = scene.catcher.url.trim_start_matches("http://");
            good.claim("iss", format!("{}@{at}", scene.issuer.url)).by_attacker()
        },
    ));
    rows
}
