//! P20: what two readers would read in two ways, and what is made to be hard to read.

use serde_json::{Value, json};

use crate::{
    core_stage::b64,
    expected::{Expected, bad_request, bad_token},
    row::{Row, header, made, token},
    run::hold,
    stage::{HERE, THERE},
    token::sealed,
};

#[tokio::test]
async fn nothing_is_admitted_that_can_be_read_in_two_ways() {
    hold(rows()).await;
}

const CRITICAL: Expected = bad_token("header-critical");
const TWICE: Expected = bad_token("token-duplicate-member");
const NO_JSON: Expected = bad_token("token-json");
const NO_BASE64: Expected = bad_token("token-base64");
const BY: (&str, &str) = ("issuer", "ed");
const HEADER: &str = r#"{"alg":"EdDSA","kid":"ed","typ":"at+jwt"}"#;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = extensions();
    rows.extend(twice());
    rows.extend(no_json());
    rows.extend(spelt());
    rows.extend(large());
    rows
}

fn extensions() -> Vec<Row> {
    let mut rows: Vec<_> =
        [json!(["exp"]), json!(["x"]), json!([]), json!("exp"), Value::Null, json!(["b64"])]
            .map(|value| header("P20", "crit", value, CRITICAL))
            .into();
    rows.extend([json!(false), json!(true), Value::Null].map(|value| header("P20", "b64", value, CRITICAL)));
    rows.push(made("P20", "`b64` is false, as `crit` says", CRITICAL, |_, good| {
        good.header("b64", false).header("crit", json!(["b64"]))
    }));
    rows
}

/// A claim of the good token, twice: for whoever takes the first and for whoever takes the last.
fn twice() -> Vec<Row> {
    let mut rows = Vec::new();
    for (first, last) in [(HERE, THERE), (THERE, HERE), (HERE, HERE)] {
        rows.push(token("P20", format!("two `aud`, {first} and {last}"), TWICE, move |scene| {
            let claims = scene.good().no_claim("aud").claims_text();
            sealed(HEADER, claims.replacen('{', &format!(r#"{{"aud":"{first}","aud":"{last}","#), 1), BY)
        }));
    }
    for member in
        [r#""iss":"https://evil.test""#, r#""exp":9999999999"#, r#""scope":"admin""#, r#""a\u0075d":"x""#]
    {
        rows.push(token("P20", format!("two of one claim, the second {member}"), TWICE, move |scene| {
            let claims = scene.good().claims_text();
            sealed(HEADER, format!("{},{member}}}", claims.trim_end_matches('}')), BY)
        }));
    }
    rows.push(token("P20", "a member twice deep inside", TWICE, |scene| {
        let claims = scene.good().claims_text();
        sealed(HEADER, format!(r#"{},"x":[{{"y":1,"y":2}}]}}"#, claims.trim_end_matches('}')), BY)
    }));
    rows.push(token("P20", "two `alg`", TWICE, |scene| {
        sealed(r#"{"alg":"none","alg":"EdDSA","kid":"ed","typ":"at+jwt"}"#, scene.good().claims_text(), BY)
    }));
    rows
}

fn no_json() -> Vec<Row> {
    let mut rows = Vec::new();
    for claims in
        ["", "[]", "\"x\"", "null", "7", "{", "{}{}", "{} x", "\u{feff}{}", "{'iss':1}", "{\"iss\":1,}"]
    {
        rows.push(token("P20", format!("the claims are {claims:?}"), NO_JSON, move |_| {
            sealed(HEADER, claims, BY)
        }));
    }
    rows.push(token("P20", "the claims are not UTF-8", NO_JSON, |_| {
        sealed(HEADER, b"{\"iss\":\"\xff\"}", BY)
    }));
    for header in ["", "[]", "\"EdDSA\"", "null", "{"] {
        rows.push(token("P20", format!("the header is {header:?}"), NO_JSON, move |scene| {
            sealed(header, scene.good().claims_text(), BY)
        }));
    }
    rows.push(token("P20", "a token inside a token", NO_JSON, |scene| {
        sealed(r#"{"alg":"EdDSA","kid":"ed","typ":"at+jwt","cty":"JWT"}"#, scene.good().text(), BY)
    }));
    let encrypted = bad_token("token-encrypted");
    rows.push(token("P20", "an encrypted token (JWE)", encrypted, |_| {
        format!(
            "{}.{}.AAAA.AAAA.AAAA",
            b64(r#"{"alg":"RSA-OAEP","enc":"A256GCM","kid":"rsa"}"#),
            b64([7; 256])
        )
    }));
    rows.push(token("P20", "a good token with two more parts", encrypted, |scene| {
        scene.good().text() + ".AA.AA"
    }));
    let parts = bad_token("token-parts");
    rows.push(token("P20", "a good token with one more part", parts, |scene| scene.good().text() + ".AA"));
    rows.push(token("P20", "a good token with a dot behind it", parts, |scene| scene.good().text() + "."));
    rows.push(token("P20", "two dots", NO_JSON, |_| "..".into()));
    // General JSON serialisation (RFC 7515 §7.2) is no bearer token at all.
    rows.push(token("P20", "a token in JSON serialisation", bad_request("credential-malformed"), |scene| {
        json!({ "payload": scene.good().message() }).to_string()
    }));
    rows
}

/// One token has one spelling.
fn spelt() -> Vec<Row> {
    let mut rows = vec![
        token("P20", "a padded signature", NO_BASE64, |scene| scene.good().text() + "=="),
        token("P20", "more characters than bytes", NO_BASE64, |scene| scene.good().text() + "AAA"),
        token("P20", "a letter of the other alphabet", NO_BASE64, |scene| {
            let token = scene.good().text();
            format!("{}+{}", token.split_at(4).0, token.split_at(5).1)
        }),
    ];
    rows.push(token("P20", "a signature with bits left over", NO_BASE64, |scene| {
        // 64 bytes leave four bits in the last character; other values of them decode alike to a lax reader.
        let token = scene.good().text();
        let (start, last) = token.split_at(token.len() - 1);
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let at = alphabet.iter().position(|letter| last.as_bytes() == [*letter]).unwrap();
        format!("{start}{}", char::from(alphabet[at ^ 1]))
    }));
    rows
}

fn large() -> Vec<Row> {
    const LARGE: Expected = bad_token("token-too-large");
    const DEEP: Expected = bad_token("token-too-deep");
    let long = |bytes: usize| {
        made("P20", format!("a header of {bytes} bytes"), LARGE, move |_, good| {
            good.header("x", "x".repeat(bytes))
        })
    };
    let deep = |part: &'static str| {
        token("P20", format!("{part} of 2000 brackets"), DEEP, move |scene| {
            let brackets = format!(r#""x":{}{}"#, "[".repeat(2000), "]".repeat(2000));
            let good = scene.good();
            let [header, claims] = [good.header_text(), good.claims_text()]
                .map(|text| (text.clone(), format!("{},{brackets}}}", text.trim_end_matches('}'))));
            if part == "a header" { sealed(header.1, claims.0, BY) } else { sealed(header.0, claims.1, BY) }
        })
    };
    vec![
        long(16 * 1024),
        long(1024 * 1024 / 4 * 3),
        made("P20", "claims of 20,000 bytes", LARGE, |_, good| good.claim("groups", "g".repeat(20_000))),
        token("P20", "a signature of 20,000 characters", LARGE, |scene| {
            scene.good().text() + &"A".repeat(20_000)
        }),
        token("P20", "20,000 dots", LARGE, |_| format!("a{}", ".".repeat(20_000))),
        deep("a header"),
        deep("claims"),
    ]
}
