//! The whole chain: two logins at the built-in issuer, two tokens, and everything that the probe knows tried with them
//! at the gateway.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
};

use bytes::Bytes;
use http::{Method, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use regex::Regex;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    net::TcpStream,
    task::JoinSet,
};

/// `warded up --demo`, until it is dropped.
struct Demo {
    child: Child,
    /// Whoever stops listening breaks the pipe.
    _said: std::io::Lines<std::io::BufReader<std::process::ChildStdout>>,
    harmless: String,
    powerful: String,
    _directory: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        use std::io::BufRead as _;

        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_warded"))
            .args(["--color", "never", "up", "--demo", "--listen", "127.0.0.1:0"])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let probe = Regex::new(r"probe --a (\S+) .*--b (\S+)").unwrap();
        let urls = said.find_map(|line| {
            let line = line.unwrap();
            probe.captures(&line).map(|urls| (urls[1].to_owned(), urls[2].to_owned()))
        });
        let (harmless, powerful) = urls.unwrap();
        Self { child, _said: said, harmless, powerful, _directory: directory }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Somebody at a browser, who says yes to everything.
#[derive(Default)]
struct Person {
    cookies: BTreeMap<String, String>,
}

impl Person {
    async fn visit(&mut self, url: &str) {
        let form = Regex::new(r#"(?s)<form[^>]* action="([^"]*)".*?</form>"#).unwrap();
        let field = Regex::new(r#"<(?:input|button)[^>]* name="([^"]*)"[^>]*? value="([^"]*)""#).unwrap();
        let mut url = url.to_owned();
        let mut page = self.ask(Method::GET, &url, String::new()).await;
        // Log in, agree, and the redirects between and after.
        for step in 0.. {
            assert!(step < 10, "the login goes in circles: {}", page.body());
            if let Some(location) = page.headers().get(header::LOCATION) {
                url = absolute(&url, location.to_str().unwrap());
                page = self.ask(Method::GET, &url, String::new()).await;
                continue;
            }
            let text = page.into_body().replace("&#38;", "&");
            let Some(form) = form.captures(&text) else { return };
            let fields =
                field.captures_iter(&form[0]).map(|field| (field[1].to_owned(), field[2].to_owned()));
            let fields = fields.filter(|(_, value)| value != "deny");
            let fields = fields.map(|(name, value)| format!("{name}={}", escaped(&value)));
            url = absolute(&url, &form[1]);
            page = self.ask(Method::POST, &url, fields.collect::<Vec<_>>().join("&")).await;
        }
    }

    async fn ask(&mut self, method: Method, url: &str, form: String) -> Response<String> {
        let uri: Uri = url.parse().unwrap();
        let authority = uri.authority().unwrap().as_str();
        let stream = TokioIo::new(TcpStream::connect(authority).await.unwrap());
        let (mut sender, connection) = http1::handshake(stream).await.unwrap();
        let mut driver = JoinSet::new();
        driver.spawn(async move { connection.await.ok() });
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let request = Request::builder()
            .method(method)
            .uri(uri.path_and_query().unwrap().as_str())
            .header(header::HOST, authority)
            .header(header::ORIGIN, absolute(url, ""))
            .header(header::COOKIE, cookies.collect::<Vec<_>>().join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::<Bytes>::from(form))
            .unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Response::from_parts(head, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// A value in a form.
fn escaped(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    escaped.collect()
}

/// Where a path on the same host leads.
fn absolute(url: &str, place: &str) -> String {
    if place.starts_with("http") {
        return place.to_owned();
    }
    let origin: Vec<_> = url.split('/').take(3).collect();
    format!("{}{place}", origin.join("/"))
}

#[tokio::test]
async fn tokens_of_two_logins_open_their_own_servers_only() {
    let demo = Demo::start();
    let store = tempfile::tempdir().unwrap();
    let mut probe = tokio::process::Command::new(env!("CARGO_BIN_EXE_warded"))
        .args(["--color", "never", "probe", "--rate", "1000", "--format", "json", "--no-browser"])
        .args(["--a", &demo.harmless, "--b", &demo.powerful])
        .arg("--token-store")
        .arg(store.path().join("tokens"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut told = BufReader::new(probe.stderr.take().unwrap()).lines();
    let mut answered = probe.stdout.take().unwrap();
    let mut said = String::new();
    let (logins, _) = tokio::join!(
        async {
            let (mut person, mut logins) = (Person::default(), 0);
            while let Some(line) = told.next_line().await.unwrap() {
                if let Some((_, url)) = line.split_once("to log in, visit ") {
                    person.visit(url).await;
                    logins += 1;
                }
            }
            logins
        },
        // The answer is longer than a pipe is deep.
        async { answered.read_to_string(&mut said).await.unwrap() }
    );
    assert_eq!(logins, 2, "each server gets a token of its own");
    assert_eq!(probe.wait().await.unwrap().code(), Some(0), "{said}");

    let answer: Value = serde_json::from_str(&said).unwrap();
    let cases = answer["cases"].as_array().unwrap();
    let others: Vec<_> = cases.iter().filter(|case| case["verdict"] != "pass").collect();
    let names: Vec<_> = others.iter().filter_map(|case| case["id"].as_str()).collect();
    // No ID tokens, no refresh tokens to try with; no sessions; one host.
    assert_eq!(names, ["P23", "P24a", "P29a", "P29b", "P30a"].repeat(2), "{others:#?}");
    assert_eq!(answer["servers"][0]["audience"][0], demo.harmless.as_str());
    assert_eq!(answer["servers"][1]["audience"][0], demo.powerful.as_str());
}
