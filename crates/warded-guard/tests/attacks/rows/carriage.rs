//! P25: the right token in the wrong place. Beside a good header too, so that nobody comes to rely on it.

use crate::{
    expected::{
        Expected::{self, Admitted},
        bad_request, incurable, no_token,
    },
    row::{Row, row},
    run::hold,
    stage::{HERE_PATH, Scene},
    wire::Outgoing,
};

#[tokio::test]
async fn a_token_has_one_place() {
    hold(rows()).await;
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = queries();
    rows.extend(cookies());
    rows.extend(forms());
    rows
}

/// Alone, and beside the good token in its place.
fn both(
    name: &str,
    expected: Expected,
    carry: fn(&Scene, Outgoing, &str) -> Outgoing,
    spelling: &'static str,
) -> [Row; 2] {
    alone_or_beside(name, [expected, expected], carry, spelling)
}

fn alone_or_beside(
    name: &str,
    expected: [Expected; 2],
    carry: fn(&Scene, Outgoing, &str) -> Outgoing,
    spelling: &'static str,
) -> [Row; 2] {
    let [expected, beside] = expected;
    let alone = row("P25", name, expected, move |scene, request| carry(scene, request, spelling));
    let beside = row("P25", format!("{name}, beside a good header"), beside, move |scene, request| {
        carry(scene, request.bearer(&scene.good().text()), spelling)
    });
    [alone, beside]
}

fn queries() -> Vec<Row> {
    const SPELLINGS: [&str; 12] = [
        "access_token=",
        "x=1&access_token=",
        "x=1;access_token=",
        "ACCESS_TOKEN=",
        "Access_Token=",
        "%61ccess_token=",
        "access%5ftoken=",
        "access%5Ftoken=",
        "access_token[]=",
        "access_token%5B0%5D=",
        "+access_token=",
        "%20access_token%09=",
    ];
    let carry = |scene: &Scene, request: Outgoing, spelling: &str| {
        request.to(&format!("{HERE_PATH}?{spelling}{}", scene.good().text()))
    };
    let expected = bad_request("token-in-query");
    let mut rows: Vec<_> = SPELLINGS
        .iter()
        .flat_map(|spelling| both(&format!("in the query, {spelling}"), expected, carry, spelling))
        .collect();
    let empty = |_: &Scene, request: Outgoing, spelling: &str| request.to(&format!("{HERE_PATH}?{spelling}"));
    rows.extend(both("in the query, without a value", expected, empty, "access_token"));
    rows
}

fn cookies() -> Vec<Row> {
    const NAMES: [&str; 10] = [
        "access_token=",
        "theme=dark; access_token=",
        "theme=dark;access_token=",
        "ACCESS_TOKEN=",
        "access-token=",
        "accessToken=",
        "authorization=",
        "bearer=",
        "__Host-access_token=",
        "%61ccess_token=",
    ];
    // Beside a good header they are another login at the same origin, and cut out.
    const LOGINS: [&str; 3] = ["session=", "session=Bearer%20", "session=\"Bearer "];
    let carry = |scene: &Scene, request: Outgoing, spelling: &str| {
        request.add("Cookie", format!("{spelling}{}", scene.good().text()))
    };
    let expected = bad_request("token-in-cookie");
    let named = NAMES.iter().map(|spelling| (spelling, expected));
    let logins = LOGINS.iter().map(|spelling| (spelling, Admitted));
    let mut rows: Vec<_> = named
        .chain(logins)
        .flat_map(|(spelling, beside)| {
            alone_or_beside(&format!("in a cookie, {spelling}"), [expected, beside], carry, spelling)
        })
        .collect();
    let second = |scene: &Scene, request: Outgoing, spelling: &str| {
        request.add("Cookie", "theme=dark").add("Cookie", format!("{spelling}{}", scene.good().text()))
    };
    rows.extend(alone_or_beside("in a second cookie header", [expected, Admitted], second, "session="));
    rows
}

fn forms() -> Vec<Row> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let form = |scene: &Scene, request: Outgoing| {
        request.saying(FORM, &format!("access_token={}", scene.good().text()))
    };
    let of_body = bad_request("token-in-body");
    vec![
        // Who reads no form finds no token.
        row("P25", "in a form", no_token("token-absent"), form),
        row("P25", "in a form, beside a good header", of_body, move |scene, request| {
            form(scene, request).bearer(&scene.good().text())
        })
        .in_messages(),
        row("P25", "in a form, escaped, beside a good header", of_body, |scene, request| {
            let good = scene.good().text();
            request.saying(FORM, &format!("x=1&%61ccess_token={good}")).bearer(&good)
        })
        .in_messages(),
        row(
            "P25",
            "in a form that calls itself JSON",
            incurable(400, "call-malformed"),
            move |scene, request| {
                form(scene, request).set("Content-Type", "application/json").bearer(&scene.good().text())
            },
        )
        .in_messages(),
        row("P25", "in a message", no_token("token-absent"), |scene, request| {
            request.saying("application/json", &format!(r#"{{"access_token":"{}"}}"#, scene.good().text()))
        }),
        row("P25", "a cookie without a token, beside a good header", Admitted, |scene, request| {
            request.add("Cookie", "theme=dark; session=7f3a").bearer(&scene.good().text())
        }),
    ]
}
