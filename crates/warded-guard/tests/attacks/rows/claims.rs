//! P21 to P24 and P31: is it valid now, from an issuer that this server trusts, and an access token at all?

use serde_json::{Value, json};

use crate::{
    expected::{
        Expected::{self, Admitted},
        bad_token,
    },
    row::{Row, claim, header, made, token},
    run::hold,
    stage::{HERE, NOW, THERE},
};

#[tokio::test]
async fn nothing_is_admitted_but_a_valid_access_token_of_a_trusted_issuer() {
    hold(rows()).await;
}

const EXPIRED: Expected = bad_token("expired");
const MALFORMED: Expected = bad_token("claim-malformed");
const STRANGER: Expected = bad_token("issuer-unknown");
const OTHER_KIND: Expected = bad_token("type-wrong");

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = times();
    rows.extend(issuers());
    rows.extend(kinds());
    rows.extend(other_credentials());
    rows
}

fn times() -> Vec<Row> {
    let mut rows = vec![
        claim("P21", "exp", json!(NOW - 3600), EXPIRED),
        claim("P21", "exp", json!(NOW - 120), EXPIRED),
        // A minute of leeway, to the second.
        claim("P21", "exp", json!(NOW - 60), EXPIRED),
        claim("P21", "exp", json!(NOW - 59), Admitted),
        claim("P21", "exp", json!(0), EXPIRED),
        claim("P21", "nbf", json!(NOW + 61), bad_token("not-yet-valid")),
        claim("P21", "nbf", json!(NOW + 60), Admitted),
        claim("P21", "iat", json!(NOW + 61), bad_token("issued-in-future")),
        claim("P21", "exp", json!(NOW + 25 * 3600), bad_token("lifetime-too-long")),
        claim("P21", "exp", json!(253_402_300_799_i64), bad_token("lifetime-too-long")),
        made("P21", "no `exp`", bad_token("expiry-missing"), |_, good| good.no_claim("exp")),
        made("P21", "no `exp`, but `expires_in`", bad_token("expiry-missing"), |_, good| {
            good.no_claim("exp").claim("expires_in", 300)
        }),
        // P31: the same text, admitted before.
        made("P31", "expired since it was admitted", EXPIRED, |_, good| good).was_good(360),
        made("P31", "within the leeway since it was admitted", Admitted, |_, good| good).was_good(359),
        made("P31", "expired for a day since it was admitted", EXPIRED, |_, good| good).was_good(86_400),
        made("P31", "admitted before it has a second left", EXPIRED, |scene, good| {
            good.claim("exp", scene.now() - 59)
        })
        .was_good(1),
    ];
    for name in ["exp", "nbf", "iat"] {
        for value in [json!(NOW.to_string()), Value::Null, json!(true), json!([NOW]), json!(-1), json!(1e300)]
        {
            rows.push(claim("P21", name, value, MALFORMED));
        }
    }
    rows
}

/// Another spelling of an issuer.
type Respell = fn(&str) -> String;

fn issuers() -> Vec<Row> {
    let mut rows = vec![
        made("P22", "no `iss`", bad_token("issuer-missing"), |_, good| good.no_claim("iss")),
        made("P22", "`iss` in a list", MALFORMED, |scene, good| good.claim("iss", json!([scene.issuer.url]))),
        claim("P22", "iss", Value::Null, MALFORMED),
        claim("P22", "iss", json!(7), MALFORMED),
        claim("P22", "iss", json!(""), STRANGER),
        claim("P22", "iss", json!("https://login.example.com"), STRANGER),
        claim("P22", "iss", json!(HERE), STRANGER),
        made(
            "P22",
            "signed by the attacker in the issuer's name",
            bad_token("signature-invalid"),
            |_, good| good.by_attacker(),
        ),
        // Its keys are the attacker's, and the neighbour trusts them.
        made("P22", "from an issuer that only the neighbour trusts", STRANGER, |scene, good| {
            good.claim("iss", scene.partner.url.clone()).by_attacker()
        }),
        made(
            "P22",
            "signed by an issuer that only the neighbour trusts",
            bad_token("signature-invalid"),
            |_, good| good.with("rsa").by_attacker(),
        ),
        token(
            "P22",
            "opens the neighbour, from an issuer that only the neighbour trusts",
            STRANGER,
            |scene| scene.theirs().claim("iss", scene.partner.url.clone()).by_attacker().text(),
        )
        .opens_neighbour(),
    ];
    // Compared byte for byte: what another reader would repair is another issuer.
    let respellings: [(&str, Respell); 8] = [
        ("with a slash behind it", |url| format!("{url}/")),
        ("in capitals", |url| url.replace("http", "HTTP")),
        ("with another path", |url| format!("{url}/realms/corp")),
        ("with an empty fragment", |url| format!("{url}#")),
        ("with an empty query", |url| format!("{url}?")),
        ("with a blank behind it", |url| format!("{url} ")),
        ("by another name of its machine", |url| url.replace("127.0.0.1", "localhost")),
        ("with https", |url| url.replace("http:", "https:")),
    ];
    rows.extend(respellings.map(|(name, respell)| {
        made("P22", format!("`iss` {name}"), STRANGER, move |scene, good| {
            good.claim("iss", respell(&scene.issuer.url))
        })
    }));
    rows
}

/// P23: everything else that the same issuer signs with the same keys.
fn kinds() -> Vec<Row> {
    let mut rows = vec![
        made("P23", "an ID token", OTHER_KIND, |scene, good| {
            good.header("typ", "JWT")
                .claim("aud", "agent")
                .claim("nonce", "n")
                .claim("auth_time", scene.now())
        }),
        made("P23", "an ID token whose client is called like the server", OTHER_KIND, |_, good| {
            good.header("typ", "JWT").claim("client_id", HERE).claim("nonce", "n")
        }),
        made("P23", "no `typ`", OTHER_KIND, |_, good| good.no_header("typ")),
        header("P23", "typ", Value::Null, bad_token("header-malformed")),
        header("P23", "typ", json!(7), bad_token("header-malformed")),
        header("P23", "typ", json!("application/at+jwt"), Admitted),
        header("P23", "typ", json!("AT+JWT"), Admitted),
    ];
    let types = [
        "JWT",
        "jwt",
        "",
        "at+jwt ",
        "at+jwt;v=1",
        "xat+jwt",
        "at",
        "id+jwt",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "client-authentication+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "statuslist+jwt",
        "rt+jwt",
        "entity-statement+jwt",
    ];
    rows.extend(types.map(|typ| header("P23", "typ", json!(typ), OTHER_KIND)));
    rows
}

/// P24: other credentials of the same issuer and client.
fn other_credentials() -> Vec<Row> {
    let opaque = bad_token("token-parts");
    let mut rows = vec![
        token("P24", "an opaque refresh token", opaque, |_| "8xLOxBtZp8".into()),
        token("P24", "an authorization code", opaque, |_| "SplxlOBeZQQYbYS6WxSbIA".into()),
        token("P24", "an authorization code with dots", bad_token("token-base64"), |_| {
            "one.two.three".into()
        }),
        made("P24", "a refresh token as a JWT", OTHER_KIND, |scene, good| {
            good.header("typ", "JWT").claim("aud", scene.issuer.url.clone()).claim("typ", "Refresh")
        }),
        made("P24", "a client assertion", STRANGER, |scene, good| {
            let good = good.header("typ", "JWT").claim("iss", "agent").claim("sub", "agent");
            good.claim("aud", scene.issuer.url.clone()).no_claim("scope")
        }),
        made("P24", "a logout token", OTHER_KIND, |_, good| {
            let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
            good.header("typ", "logout+jwt").claim("aud", "agent").claim("events", event)
        }),
        made(
            "P24",
            "an access token bound to a key, without a proof",
            bad_token("sender-unproven"),
            |_, good| good.claim("cnf", json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })),
        ),
        made(
            "P24",
            "an access token bound to a certificate, without one",
            bad_token("sender-unproven"),
            |_, good| good.claim("cnf", json!({ "x5t#S256": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })),
        ),
        made("P24", "an access token bound to something unknown", bad_token("sender-unproven"), |_, good| {
            good.claim("cnf", json!({ "new": "x" }))
        }),
        made("P24", "two clients in one token", bad_token("client-ambiguous"), |_, good| {
            good.claim("azp", "other")
        }),
    ];
    rows.push(token(
        "P24",
        "the neighbour's token, bound and unbound at once",
        bad_token("audience-elsewhere"),
        |scene| scene.theirs().claim("cnf", json!({ "new": "x" })).claim("aud", THERE).text(),
    ));
    rows
}
