//! Whose credential is it? Two of them, one in the wrong place, one that speaks for somebody else.

use http::{HeaderValue, Request};

use crate::stage::{Door, HERE, body, full, ping, post, token};

async fn refused(header: &[u8]) -> (u16, String) {
    let value = HeaderValue::from_bytes(header).unwrap();
    Door::usual().refuses(post().header("Authorization", value).body(body(&ping())).unwrap()).await
}

#[tokio::test]
async fn a_credential_has_one_form() {
    let token = token();
    let cases: [(String, u16, &str); 19] = [
        (String::new(), 400, "credential-malformed"),
        ("Bearer".into(), 400, "credential-malformed"),
        ("Bearer ".into(), 400, "credential-malformed"),
        (format!("Bearer\t{token}"), 400, "credential-malformed"),
        (format!("Bearer \t{token}"), 400, "credential-malformed"),
        (format!("Bearer {token} {token}"), 400, "credential-malformed"),
        (format!("Bearer \"{token}\""), 400, "credential-malformed"),
        (format!("Bearer {token}; x=1"), 400, "credential-malformed"),
        ("Bearer ==".into(), 400, "credential-malformed"),
        (format!("Bearer {token}, Bearer {token}"), 400, "credential-twice"),
        (format!("Bearer {token},"), 400, "credential-twice"),
        (format!("Bearer {token},Basic YTpi"), 400, "credential-twice"),
        (format!("Basic YTpi, bearer {token}"), 400, "credential-twice"),
        ("Basic YTpi".into(), 401, "scheme-unsupported"),
        (format!("DPoP {token}"), 401, "proof-missing"),
        (format!("Token {token}"), 401, "scheme-unsupported"),
        (format!("Bearer{token}"), 401, "scheme-unsupported"),
        (token.clone(), 401, "scheme-unsupported"),
        (format!("(Bearer) {token}"), 400, "credential-malformed"),
    ];
    for (header, status, code) in cases {
        assert_eq!(refused(header.as_bytes()).await, (status, code.to_owned()), "{header}");
    }
    assert_eq!(
        refused(format!("Bearer {token}\u{e9}").as_bytes()).await,
        (400, "credential-malformed".to_owned())
    );
}

#[tokio::test]
async fn the_scheme_has_any_case_and_any_number_of_blanks_behind_it() {
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        for blanks in [" ", "  ", "     "] {
            let request = post().header("Authorization", format!("{scheme}{blanks}{}", token()));
            let permitted = Door::usual().admits(request.body(body(&ping())).unwrap()).await;
            assert_eq!(permitted.token.resource().as_str(), HERE);
        }
    }
}

#[tokio::test]
async fn two_headers_are_two_callers() {
    let neighbour = crate::stage::token_with("aud", crate::stage::NEIGHBOUR);
    for (one, other) in [(token(), neighbour.clone()), (neighbour, token()), (token(), token())] {
        let request = post()
            .header("Authorization", format!("Bearer {one}"))
            .header("Authorization", format!("Bearer {other}"));
        let refused = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
        assert_eq!(refused, (400, "credential-twice".to_owned()));
    }
}

#[tokio::test]
async fn no_token_is_an_invitation() {
    let answer = Door::usual().ask(post().body(body(&ping())).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "token-absent"));
}

#[tokio::test]
async fn a_token_in_the_url_is_refused_also_beside_a_good_header() {
    for query in [
        "access_token=x",
        "access_token",
        "a=b&access_token=x",
        "a=b;access_token=x",
        "%61ccess_token=x",
        "access%5ftoken=x",
        "access%5Ftoken=x",
        "ACCESS_TOKEN=x",
        "access_token[]=x",
        "access_token%5B0%5D=x",
        "+access_token=x",
        "%20access_token%09=x",
    ] {
        for with_header in [true, false] {
            let mut request =
                Request::post(format!("/notes/mcp?{query}")).header("Content-Type", "application/json");
            if with_header {
                request = request.header("Authorization", format!("Bearer {}", token()));
            }
            let refused = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
            assert_eq!(refused, (400, "token-in-query".to_owned()), "{query}");
        }
    }
    for query in ["token=x", "access=token", "a=access_token", "%2561ccess_token=x", "xaccess_token=1", ""] {
        let request = Request::post(format!("/notes/mcp?{query}"))
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {}", token()));
        let _admitted = Door::usual().admits(request.body(body(&ping())).unwrap()).await;
    }
}

#[tokio::test]
async fn a_token_in_a_cookie_is_refused_also_beside_a_good_header() {
    let jwt = token();
    for cookies in [
        "access_token=x".to_owned(),
        "a=b; Access_Token=x".to_owned(),
        "authorization=x".to_owned(),
        "%61ccess_token=x".to_owned(),
        "__Host-access_token=x".to_owned(),
        "__Secure-Access-Token=x".to_owned(),
    ] {
        let request = post()
            .header("Authorization", format!("Bearer {jwt}"))
            .header("Cookie", "theme=dark")
            .header("Cookie", &cookies);
        let refused = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
        assert_eq!(refused, (400, "token-in-cookie".to_owned()), "{cookies}");
    }
}

#[tokio::test]
async fn what_looks_like_a_token_in_a_cookie_is_refused_where_it_is_all_there_is() {
    let jwt = token();
    for cookies in [
        format!("session={jwt}"),
        format!("a=b;session=\"{jwt}\""),
        format!("session=Bearer%20{jwt}"),
        format!("session={}", jwt.replace('.', "%2E")),
    ] {
        let request = || post().header("Cookie", "theme=dark").header("Cookie", &cookies);
        let refused = Door::usual().refuses(request().body(body(&ping())).unwrap()).await;
        assert_eq!(refused, (400, "token-in-cookie".to_owned()), "{cookies}");
        // Beside a good header it is somebody else's login at the same origin, and goes no further.
        let request = request().header("Authorization", format!("Bearer {jwt}"));
        let permitted = Door::usual().admits(request.body(body(&ping())).unwrap()).await;
        assert!(!permitted.parts.headers.contains_key("Cookie"), "{cookies}");
    }
}

#[tokio::test]
async fn a_form_with_a_token_is_refused_as_that() {
    for (form, code) in [
        ("access_token=x", "token-in-body"),
        ("a=1&%61ccess_token=x", "token-in-body"),
        ("a=1", "media-type"),
    ] {
        let request = Request::post("/notes/mcp")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", format!("Bearer {}", token()));
        assert_eq!(Door::usual().refuses(request.body(full(form)).unwrap()).await.1, code);
    }
}

#[tokio::test]
async fn nothing_that_goes_on_says_who_the_caller_is() {
    let speaking = [
        "Authorization",
        "Cookie",
        "Proxy-Authorization",
        "X-Forwarded-Access-Token",
        "X-Upstream-Authorization",
        "X-Forwarded-User",
        "X-Auth-Request-User",
        "Remote-User",
        "X-Amzn-Oidc-Data",
        "X-Goog-Iap-Jwt-Assertion",
        "Cf-Access-Jwt-Assertion",
        "X-Ms-Client-Principal",
        "Tailscale-User-Login",
        "X-Pomerium-Jwt-Assertion",
        "X-Pomerium-Claim-Email",
        "X-Consumer-Username",
        "X-Authentik-Username",
        "X-Apigateway-Api-Userinfo",
        "X-Forwarded-Roles",
        "X_Forwarded_User",
        "Remote_User",
        "X-Auth_Request-User",
    ];
    let mut request =
        post().header("Authorization", format!("Bearer {}", token())).header("X-Request-Id", "7");
    for name in &speaking[1..] {
        request = request.header(*name, "mallory");
    }
    let permitted = Door::usual().admits(request.body(body(&ping())).unwrap()).await;
    for name in speaking {
        assert!(!permitted.parts.headers.contains_key(name), "{name}");
    }
    let token = token();
    assert!(
        permitted
            .parts
            .headers
            .values()
            .all(|value| !value.as_bytes().windows(20).any(|part| token.as_bytes().starts_with(part)))
    );
    assert_eq!(permitted.parts.headers["X-Request-Id"], "7");
    assert_eq!(permitted.token.claims().subject(), Some("alice"));
}

#[tokio::test]
async fn a_web_page_of_another_origin_drives_nobody() {
    let ask = |origins: &[&str]| {
        let mut request = post().header("Authorization", format!("Bearer {}", token()));
        for origin in origins {
            request = request.header("Origin", *origin);
        }
        request.body(body(&ping())).unwrap()
    };
    for origins in [
        &["https://evil.example"][..],
        &["null"],
        &[""],
        &["https://mcp.example.com.evil.example"],
        &["https://mcp.example.com:8443"],
        &["http://mcp.example.com"],
        &["https://mcp.example.com/notes"],
        &["https://mcp.example.com", "https://evil.example"],
        &["https://mcp.example.com", "https://mcp.example.com"],
        &["https://mcp.example.com https://evil.example"],
    ] {
        assert_eq!(
            Door::usual().refuses(ask(origins)).await,
            (403, "origin-foreign".to_owned()),
            "{origins:?}"
        );
    }
    for origin in ["https://mcp.example.com", "https://MCP.example.com:443", "https://notes.example.com"] {
        let _admitted = Door::usual().admits(ask(&[origin])).await;
    }
    let listed = crate::stage::builder().origin(&crate::stage::uri("https://inspector.example")).build();
    let _admitted = Door::at(listed).admits(ask(&["https://inspector.example"])).await;
}

#[tokio::test]
async fn no_answer_repeats_what_might_be_a_token() {
    for header in [
        "opaquesecret",
        "opaquesecret more",
        "Beareropaquesecret",
        "Bearer opaquesecret",
        "Bearer opaquesecret, x",
    ] {
        let request = post().header("Authorization", header).body(body(&ping())).unwrap();
        let answer = Door::usual().ask(request).await;
        let seen = format!("{:?} {:?}", answer.headers, answer.body);
        assert!(!seen.contains("opaquesecret"), "{header}: {seen}");
    }
}
