//! P26 and P27: how many credentials, in which form, and who speaks for whom?

use crate::{
    expected::{
        Expected::{self, Admitted},
        bad_proof, bad_request, bad_token, no_token,
    },
    row::{Row, row},
    run::hold,
};

#[tokio::test]
async fn a_request_has_one_credential_in_one_form() {
    hold(rows()).await;
}

const TWICE: Expected = bad_request("credential-twice");
const MALFORMED: Expected = bad_request("credential-malformed");
const ABSENT: Expected = no_token("token-absent");
const SCHEME: Expected = no_token("scheme-unsupported");
const UNPROVED: Expected = bad_proof("proof-missing");
const ELSEWHERE: Expected = bad_token("audience-elsewhere");

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        // G05: there is no mode in which this is let through.
        row("G05", "no credential at all", ABSENT, |_, request| request),
        row("G05", "credentials in headers that nobody reads", ABSENT, |scene, request| {
            request.add("Token", scene.good().text()).add("X-Api-Key", scene.good().text())
        }),
    ];
    rows.extend(pairs());
    rows.extend(lists());
    rows.extend(speaking());
    rows.extend(forms());
    rows
}

/// Two header lines: whoever checks the first and whoever uses the last see two callers.
fn pairs() -> Vec<Row> {
    let pair = |name: &str, first: &'static str, second: &'static str| {
        row("P26", format!("two headers, {name}"), TWICE, move |scene, request| {
            let [first, second] = [first, second].map(|text| {
                text.replace("OURS", &scene.good().text()).replace("THEIRS", &scene.theirs().text())
            });
            request.add("Authorization", first).add("authorization", second)
        })
    };
    vec![
        pair("the neighbour's first", "Bearer THEIRS", "Bearer OURS"),
        pair("the neighbour's last", "Bearer OURS", "Bearer THEIRS"),
        pair("the same token", "Bearer OURS", "Bearer OURS"),
        pair("another scheme first", "Basic YTpi", "Bearer OURS"),
        pair("another scheme last", "Bearer OURS", "Basic YTpi"),
        pair("a proved one first", "DPoP OURS", "Bearer OURS"),
        pair("a proved one last", "Bearer OURS", "DPoP OURS"),
        pair("the first empty", "", "Bearer OURS"),
        pair("the last empty", "Bearer OURS", ""),
    ]
}

/// The same in one line, as a proxy joins two.
fn lists() -> Vec<Row> {
    let joined = |name: &str, value: &'static str| {
        row("P26", format!("one header, {name}"), TWICE, move |scene, request| {
            let value = value.replace("OURS", &scene.good().text()).replace("THEIRS", &scene.theirs().text());
            request.add("Authorization", value)
        })
    };
    vec![
        joined("the neighbour's token first", "Bearer THEIRS, Bearer OURS"),
        joined("the neighbour's token last", "Bearer OURS, Bearer THEIRS"),
        joined("without a blank", "Bearer OURS,Bearer THEIRS"),
        joined("without the scheme", "Bearer OURS,THEIRS"),
        joined("a comma at the end", "Bearer OURS,"),
        joined("a proved one first", "DPoP OURS, Bearer OURS"),
        joined("a proved one last", "Bearer OURS, DPoP OURS"),
        joined("another scheme first", "Basic YTpi, Bearer OURS"),
        joined("another scheme last", "Bearer OURS, Basic YTpi"),
    ]
}

/// Headers by which proxies and servers tell each other who somebody is.
fn speaking() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in [
        "Proxy-Authorization",
        "X-Access-Token",
        "X-Authorization",
        "X-Auth-Token",
        "X-Forwarded-Access-Token",
        "X-Forwarded-Authorization",
        "X-Original-Authorization",
        "X-Upstream-Authorization",
    ] {
        rows.push(row(
            "P26",
            format!("the neighbour's token, and a good one in {name}"),
            ELSEWHERE,
            move |scene, request| {
                request.bearer(&scene.theirs().text()).add(name, format!("Bearer {}", scene.good().text()))
            },
        ));
        rows.push(row(
            "P26",
            format!("no token, but a good one in {name}"),
            ABSENT,
            move |scene, request| request.add(name, format!("Bearer {}", scene.good().text())),
        ));
        rows.push(row(
            "P26",
            format!("a good token, and the neighbour's in {name}"),
            Admitted,
            move |scene, request| {
                request.bearer(&scene.good().text()).add(name, format!("Bearer {}", scene.theirs().text()))
            },
        ));
    }
    rows.push(row("P26", "a good token, and the proof of somebody else", Admitted, |scene, request| {
        request.bearer(&scene.good().text()).add("DPoP", scene.theirs().header("typ", "dpop+jwt").text())
    }));
    for name in [
        "Remote-User",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Auth-Request-User",
        "X-Remote-User",
        "X-Authenticated-Userid",
        "X-Ms-Client-Principal-Name",
        "X-Goog-Authenticated-User-Email",
        "Cf-Access-Authenticated-User-Email",
        "SSL-Client-S-DN",
    ] {
        rows.push(row(
            "P26",
            format!("a good token, and somebody else in {name}"),
            Admitted,
            move |scene, request| request.bearer(&scene.good().text()).add(name, "mallory"),
        ));
        rows.push(row("P26", format!("no token, but somebody in {name}"), ABSENT, move |_, request| {
            request.add(name, "mallory")
        }));
    }
    rows
}

fn forms() -> Vec<Row> {
    let form = |value: &'static str, expected| {
        row(
            "P27",
            format!("`Authorization: {}`", value.replace('\t', "TAB")),
            expected,
            move |scene, request| request.add("Authorization", value.replace("TOKEN", &scene.good().text())),
        )
    };
    let mut rows: Vec<_> = [
        "bearer TOKEN",
        "BEARER TOKEN",
        "bEaReR TOKEN",
        "Bearer  TOKEN",
        "Bearer     TOKEN",
        "Bearer TOKEN  ",
    ]
    .map(|value| form(value, Admitted))
    .into();
    rows.extend(
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer\tTOKEN",
            "Bearer \tTOKEN",
            "Bearer TOKEN TOKEN",
            "Bearer \"TOKEN\"",
            "Bearer <TOKEN>",
            "Bearer TOKEN; x=1",
            "Bearer =",
            "Bearer Bearer TOKEN",
            "(Bearer) TOKEN",
            "Bearer: TOKEN",
            "Bearer token=\"TOKEN\"",
            "Bearer TOKEN%00",
        ]
        .map(|value| form(value, MALFORMED)),
    );
    rows.extend(
        [
            "BearerTOKEN",
            "TOKEN",
            "Token TOKEN",
            "Basic TOKEN",
            "JWT TOKEN",
            "Bearers TOKEN",
            "OAuth TOKEN",
            "Negotiate TOKEN",
        ]
        .map(|value| form(value, SCHEME)),
    );
    rows.extend(["DPoP TOKEN", "dpop TOKEN"].map(|value| form(value, UNPROVED)));
    rows.push(row("P27", "a token with a byte that is no text", MALFORMED, |scene, request| {
        request.add("Authorization", [format!("Bearer {}", scene.good().text()).as_bytes(), b"\xe9"].concat())
    }));
    rows.push(row("P27", "a scheme with a byte that is no text", MALFORMED, |scene, request| {
        request.add("Authorization", [b"\xe9Bearer ", scene.good().text().as_bytes()].concat())
    }));
    rows
}
