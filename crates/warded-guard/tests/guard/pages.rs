//! Can a client in a browser work here, and only the page of a friend?

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::stage::{Answer, Door, body, builder, call_of, full, good, ping, post, uri};

const OWN: &str = "https://mcp.example.com";
const OF_THE_ALIAS: &str = "https://notes.example.com";
const CONFIGURED: &str = "https://inspector.example";
const FOREIGN: [&str; 8] = [
    "https://evil.example",
    "http://mcp.example.com",
    "https://mcp.example.com:8443",
    "https://mcp.example.com.evil.example",
    "https://sub.mcp.example.com",
    "null",
    "*",
    "",
];

fn door() -> Door {
    Door::at(builder().origin(&uri(CONFIGURED)).build())
}

fn words(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter().flat_map(|value| value.to_str().unwrap().split(','));
    values.map(|word| word.trim().to_ascii_lowercase()).collect()
}

fn preflight(origin: &str) -> http::request::Builder {
    Request::builder()
        .method(Method::OPTIONS)
        .uri("/notes/mcp")
        .header("Host", "mcp.example.com")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
}

#[tokio::test]
async fn a_browser_may_send_what_a_client_sends_without_asking_for_a_token() {
    for origin in [OWN, OF_THE_ALIAS, CONFIGURED] {
        let door = door();
        let asked = "authorization, content-type, mcp-param-region, x-evil, mcp-param-a b";
        let request = preflight(origin).header("Access-Control-Request-Headers", asked);
        let answer = door.ask(request.body(full("")).unwrap()).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), origin);
        assert_eq!(words(&answer.headers, "Access-Control-Allow-Methods"), ["post", "get", "delete"]);
        let may_send = words(&answer.headers, "Access-Control-Allow-Headers");
        for name in [
            "authorization",
            "dpop",
            "content-type",
            "last-event-id",
            "mcp-session-id",
            "mcp-protocol-version",
            "mcp-method",
            "mcp-name",
            "mcp-param-region",
        ] {
            assert!(may_send.iter().any(|allowed| allowed == name), "{name}: {may_send:?}");
        }
        assert!(
            !may_send
                .iter()
                .any(|allowed| allowed == "*" || allowed.contains("evil") || allowed == "mcp-param-a b")
        );
        assert!(words(&answer.headers, "Vary").contains(&"origin".to_owned()));
        assert!(!answer.headers.contains_key("Access-Control-Allow-Credentials"), "no cookie opens anything");
        assert!(door.reached.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_page_of_a_stranger_is_refused_and_may_not_read_why() {
    for origin in FOREIGN {
        let door = door();
        for request in [
            preflight(origin).body(full("")).unwrap(),
            good().header("Origin", origin).body(body(&ping())).unwrap(),
            good().header("Origin", CONFIGURED).header("Origin", origin).body(body(&ping())).unwrap(),
            post().header("Origin", origin).body(body(&ping())).unwrap(),
        ] {
            let answer = door.ask(request).await;
            assert_eq!((answer.status.as_u16(), &*answer.code()), (403, "origin-foreign"), "{origin}");
            let told = answer.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
            assert_eq!(told, None, "{origin}");
            assert!(words(&answer.headers, "Vary").contains(&"origin".to_owned()), "{origin}");
        }
        assert!(door.reached.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_friendly_page_reads_every_answer_and_its_challenge() {
    let door = door();
    let of = |request: http::request::Builder| request.header("Origin", CONFIGURED);
    for (request, status) in [
        (of(good()).body(body(&ping())).unwrap(), 200),
        (of(post()).body(body(&ping())).unwrap(), 401),
        (of(good()).body(body(&call_of("delete_note"))).unwrap(), 403),
        (of(good()).body(full("{")).unwrap(), 400),
        (of(good()).method(Method::PUT).body(full("")).unwrap(), 405),
        (of(good()).method(Method::GET).body(full("")).unwrap(), 200),
    ] {
        let answer = door.ask(request).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), CONFIGURED, "{status}");
        let may_read = words(&answer.headers, "Access-Control-Expose-Headers");
        for name in
            ["www-authenticate", "mcp-session-id", "mcp-protocol-version", "dpop-nonce", "retry-after"]
        {
            assert!(may_read.iter().any(|read| read == name), "{status} {name}");
        }
    }
}

#[tokio::test]
async fn a_program_is_told_nothing_about_pages_but_a_cache_is() {
    let answer = door().ask(good().body(body(&ping())).unwrap()).await;
    assert!(!answer.headers.contains_key("Access-Control-Allow-Origin"));
    assert_eq!(words(&answer.headers, "Vary"), ["origin"]);
}

#[tokio::test]
async fn an_options_that_no_browser_sent_opens_nothing() {
    let plain = |builder: http::request::Builder| builder.method(Method::OPTIONS).body(full("")).unwrap();
    assert_eq!(door().refuses(plain(post())).await, (401, "token-absent".to_owned()));
    assert_eq!(door().refuses(plain(post().header("Origin", OWN))).await, (401, "token-absent".to_owned()));
    assert_eq!(door().refuses(plain(good())).await, (405, "method-refused".to_owned()));
}

#[tokio::test]
async fn what_the_server_says_about_pages_itself_is_forgotten() {
    let open = service_fn(|_: Request<warded_guard::Body>| async {
        let answer = Response::builder()
            .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true")
            .header(header::VARY, "Accept");
        Ok::<_, std::convert::Infallible>(answer.body(Full::new(Bytes::from("{}"))).unwrap())
    });
    let guard = builder().build().layer(open);
    for (origin, allowed) in [(None, None), (Some(OWN), Some(OWN))] {
        let mut request = good();
        if let Some(origin) = origin {
            request = request.header("Origin", origin);
        }
        let answer =
            Answer::of(guard.clone().oneshot(request.body(body(&ping())).unwrap()).await.unwrap()).await;
        let origins: Vec<_> = answer.headers.get_all("Access-Control-Allow-Origin").iter().collect();
        assert_eq!(origins, allowed.into_iter().collect::<Vec<_>>());
        assert!(!answer.headers.contains_key("Access-Control-Allow-Credentials"));
        assert_eq!(words(&answer.headers, "Vary"), ["accept", "origin"]);
    }
}

#[tokio::test]
async fn an_origin_that_no_url_has_is_admitted_where_it_is_configured() {
    for origin in ["tauri://localhost", "chrome-extension://abcdefgh", "http://192.168.1.5:3000"] {
        let admitting = builder().page_origin(&warded_guard::PageOrigin::parse(origin).unwrap()).build();
        let request = || good().header("Origin", origin).body(body(&ping())).unwrap();
        let answer = Door::at(admitting.clone()).ask(request()).await;
        assert_eq!((answer.status.as_u16(), answer.header("Access-Control-Allow-Origin")), (200, origin));
        assert_eq!(door().refuses(request()).await, (403, "origin-foreign".to_owned()));
        for near in [format!("{origin}/"), format!("{origin}:1"), origin.to_uppercase(), format!("x{origin}")]
        {
            let request = good().header("Origin", &near).body(body(&ping())).unwrap();
            let refused = Door::at(admitting.clone()).refuses(request).await;
            assert_eq!(refused, (403, "origin-foreign".to_owned()), "{near}");
        }
    }
}
