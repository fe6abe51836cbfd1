//! P16 to P18: did the issuer sign this, as it signs?

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    hmac,
    rsa::KeyPair,
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    core_stage::{b64, pkcs8, public, unb64},
    expected::{Expected, bad_token},
    row::{Row, header, made, token},
    run::hold,
    token::{Forge, signature},
};

#[tokio::test]
async fn nothing_is_admitted_that_the_issuer_did_not_sign() {
    hold(rows()).await;
}

const UNSUPPORTED: Expected = bad_token("algorithm-unsupported");
const INVALID: Expected = bad_token("signature-invalid");
const UNFIT: Expected = bad_token("key-unfit");

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = unsigned();
    rows.extend(shared_secrets());
    rows.extend(altered());
    rows.extend(confused());
    rows
}

/// P16
fn unsigned() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in ["none", "None", "NONE", "nOnE", "", " none"] {
        rows.push(token(
            "P16",
            format!("`alg` is {name:?}, without a signature"),
            UNSUPPORTED,
            move |scene| format!("{}.", scene.good().header("alg", name).message()),
        ));
        rows.push(header("P16", "alg", json!(name), UNSUPPORTED));
    }
    for value in [Value::Null, json!(7), json!(["EdDSA"]), json!({ "EdDSA": 1 })] {
        rows.push(header("P16", "alg", value, bad_token("header-malformed")));
    }
    rows.push(made("P16", "no `alg`", bad_token("header-malformed"), |_, good| good.no_header("alg")));
    rows.push(token("P16", "an empty signature", INVALID, |scene| format!("{}.", scene.good().message())));
    rows.push(token("P16", "no signature", bad_token("token-parts"), |scene| scene.good().message()));
    rows.push(token("P16", "a signature of zeros", INVALID, |scene| {
        format!("{}.{}", scene.good().message(), b64([0; 64]))
    }));
    rows.push(token("P16", "an ECDSA signature of zeros", INVALID, |scene| {
        format!("{}.{}", scene.good().with("ec").message(), b64([0; 64]))
    }));
    rows
}

/// P17: what is public is no secret.
fn shared_secrets() -> Vec<Row> {
    type Secret = fn() -> Vec<u8>;
    let secrets: [(&str, Secret); 7] = [
        ("the RSA key as PEM", || pem().into_bytes()),
        ("the RSA key as PEM without its last line break", || pem().trim_end().as_bytes().to_vec()),
        ("the RSA key as DER", spki),
        ("the RSA key as PKCS #1", || rsa().public_key().as_ref().to_vec()),
        ("the modulus", || unb64(public("issuer", "rsa")["n"].as_str().unwrap())),
        ("the text of the modulus", || public("issuer", "rsa")["n"].as_str().unwrap().into()),
        ("the key set's JWK", || Value::Object(public("issuer", "rsa")).to_string().into_bytes()),
    ];
    let mut rows = Vec::new();
    for (name, secret) in secrets {
        rows.push(token("P17", format!("HS256 with {name}"), UNSUPPORTED, move |scene| {
            authenticated(scene.good().header("kid", "rsa"), "HS256", hmac::HMAC_SHA256, &secret())
        }));
    }
    for (name, kind) in [("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
        rows.push(token("P17", format!("{name} with the RSA key as PEM"), UNSUPPORTED, move |scene| {
            authenticated(scene.good().header("kid", "rsa"), name, kind, pem().as_bytes())
        }));
    }
    rows.push(token("P17", "HS256 with the Ed25519 key", UNSUPPORTED, |scene| {
        let secret = unb64(public("issuer", "ed")["x"].as_str().unwrap());
        authenticated(scene.good(), "HS256", hmac::HMAC_SHA256, &secret)
    }));
    rows.push(token("P17", "EdDSA, with an HMAC by the Ed25519 key for a signature", INVALID, |scene| {
        let secret = unb64(public("issuer", "ed")["x"].as_str().unwrap());
        authenticated(scene.good(), "EdDSA", hmac::HMAC_SHA256, &secret)
    }));
    rows.push(token(
        "P17",
        "HS256 with a symmetric key that the issuer publishes by mistake",
        UNSUPPORTED,
        |scene| authenticated(scene.good().header("kid", "shared"), "HS256", hmac::HMAC_SHA256, b"secret"),
    ));
    rows
}

fn authenticated(forge: Forge, name: &str, kind: hmac::Algorithm, secret: &[u8]) -> String {
    let message = forge.header("alg", name).message();
    let tag = hmac::sign(&hmac::Key::new(kind, secret), message.as_bytes());
    format!("{message}.{}", b64(tag))
}

fn rsa() -> KeyPair {
    KeyPair::from_pkcs8(&pkcs8("issuer", "rsa")).unwrap()
}

fn spki() -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = rsa().public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

fn pem() -> String {
    let text = STANDARD.encode(spki());
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// P18: a good signature, over something else or not quite itself.
fn altered() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ["ed", "ec", "rsa"] {
        for (name, at) in [("first", 0), ("middle", 40)] {
            let name = format!("the {kind} signature with its {name} character changed");
            rows.push(token("P18", name, INVALID, move |scene| flipped(&scene.good().with(kind).text(), at)));
        }
        rows.push(made(
            "P18",
            format!("signed by the attacker's {kind} key under the issuer's name"),
            INVALID,
            move |_, good| good.with(kind).by_attacker(),
        ));
        rows.push(token(
            "P18",
            format!("the claims changed after the {kind} key has signed"),
            INVALID,
            move |scene| {
                let (good, theirs) = (scene.good().with(kind), scene.theirs().with(kind).text());
                format!("{}.{}", good.message(), theirs.rsplit_once('.').unwrap().1)
            },
        ));
        rows.push(token("P18", format!("half of the {kind} signature"), INVALID, move |scene| {
            let message = scene.good().with(kind).message();
            let whole = signature(("issuer", kind), &message);
            format!("{message}.{}", b64(&whole[..whole.len() / 2]))
        }));
        rows.push(token("P18", format!("the {kind} signature twice"), INVALID, move |scene| {
            let message = scene.good().with(kind).message();
            format!("{message}.{}", b64(signature(("issuer", kind), &message).repeat(2)))
        }));
    }
    rows.push(token("P18", "the header changed after signing", INVALID, |scene| {
        let token = scene.good().text();
        let header = scene.good().header("x", 1).header_text();
        format!("{}.{}", b64(header), token.split_once('.').unwrap().1)
    }));
    rows.push(token("P18", "an ECDSA signature in DER", INVALID, |scene| {
        let message = scene.good().with("ec").message();
        format!("{message}.{}", b64(der(&signature(("issuer", "ec"), &message))))
    }));
    rows
}

fn flipped(token: &str, at: usize) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (before, after) = signature.split_at(at);
    let (own, after) = after.split_at(1);
    let other = if own == "A" { "B" } else { "A" };
    format!("{message}.{before}{other}{after}")
}

/// SEC 1, C.8: a sequence of two integers.
fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let significant: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = significant.first().is_some_and(|first| *first > 127).then_some(0);
        let body: Vec<u8> = sign.into_iter().chain(significant).collect();
        [&[2, u8::try_from(body.len()).unwrap()][..], &body].concat()
    };
    let (r, s) = signature.split_at(32);
    let body = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat()
}

/// P18: one key, used as if it were of another kind.
fn confused() -> Vec<Row> {
    let under = |kind: &'static str, alg: &'static str, kid: &'static str, expected| {
        let name = format!("signed by the {kind} key, `alg` {alg}, `kid` {kid}");
        made("P18", name, expected, move |_, good| good.with(kind).header("alg", alg).header("kid", kid))
    };
    vec![
        under("ed", "EdDSA", "rsa", UNFIT),
        under("ed", "EdDSA", "ec", UNFIT),
        under("ed", "ES256", "ed", UNFIT),
        under("ed", "ES256", "ec", INVALID),
        under("rsa", "RS512", "rsa", UNFIT),
        under("rsa", "PS256", "rsa", UNFIT),
        under("rsa", "EdDSA", "rsa", UNFIT),
        under("rsa", "ES512", "rsa", UNSUPPORTED),
        under("ec", "ES384", "ec", UNFIT),
        under("ec", "ES256K", "ec", UNSUPPORTED),
        under("ec", "es256", "ec", UNSUPPORTED),
        under("ed", "Ed25519", "ed", Expected::Admitted),
    ]
}
