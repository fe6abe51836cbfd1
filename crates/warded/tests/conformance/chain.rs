//! The whole chain on loopback, as a person sets it up: a server behind `warded up`, a user, and `warded connect --listen`
//! in front, which logs the user in with a browser and adds the token.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::Command,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{port::free_port, program::Program, suite::Suite};

/// Programs that run as long as this lives.
pub(crate) struct Chain<'s> {
    suite: &'s Suite,
    folder: TempDir,
    _server: Program,
    _up: Program,
    /// The server itself.
    pub(crate) direct: String,
    /// The server's identifier, at the gateway.
    pub(crate) resource: String,
    /// Who issues tokens for it.
    pub(crate) issuer: String,
}

impl<'s> Chain<'s> {
    /// The server behind speaks HTTP.
    pub(crate) fn start(suite: &'s Suite) -> Self {
        let server = suite.everything(&["serve"]);
        let direct = server.said_after("listening on ");
        let behind = format!("everything={direct}");
        Self::of(suite, server, direct, &["--server", &behind, "--listen", "127.0.0.1:0"], None)
    }

    /// The server behind speaks HTTP, and the issuer is an origin, beside that of the servers.
    pub(crate) fn at_an_origin(suite: &'s Suite) -> Self {
        let server = suite.everything(&["serve"]);
        let direct = server.said_after("listening on ");
        let port = free_port();
        let configuration = format!(
            "public_url: http://127.0.0.1:{port}
listen: 127.0.0.1:{port}
servers:
  everything: {{ upstream: {direct:?}, issuers: [login] }}
issuers:
  login: {{ built_in: {{ url: \"http://localhost:{port}\" }} }}
"
        );
        Self::of(suite, server, direct, &[], Some(&configuration))
    }

    /// The server behind speaks over standard input and output; the one that is asked directly is a second of its kind.
    pub(crate) fn over_stdio(suite: &'s Suite) -> Self {
        let server = suite.everything(&["serve"]);
        let direct = server.said_after("listening on ");
        let command = json!([suite.program(), "serve", "--stdio"]);
        let configuration = format!("servers:\n  everything:\n    stdio: {command}\n");
        let address = format!("127.0.0.1:{}", free_port());
        let public = format!("http://{address}");
        Self::of(
            suite,
            server,
            direct,
            &["--listen", &address, "--public-url", &public],
            Some(&configuration),
        )
    }

    fn of(
        suite: &'s Suite,
        server: Program,
        direct: String,
        what: &[&str],
        configuration: Option<&str>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("password"), "correct horse battery staple").unwrap();
        if let Some(text) = configuration {
            fs::write(folder.path().join("warded.yaml"), text).unwrap();
        }
        let mut up = warded(&folder);
        up.arg("up").args(what);
        let up = Program::start(up.args(["--store", "store", "--journal", "journal", "--format", "json"]));
        let ready: Value = serde_json::from_str(&up.line_with(r#""ready":true"#)).unwrap();
        let row = &ready["servers"][0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (resource, issuer) = (text(&row["url"]), text(&row["issuers"][0]));
        let mut add = warded(&folder);
        let (succeeded, said) = Program::start(add.args([
            "user",
            "add",
            "ada",
            "--password-file",
            "password",
            "--store",
            "store",
        ]))
        .ended();
        assert!(succeeded, "{said}");
        Self { suite, folder, _server: server, _up: up, direct, resource, issuer }
    }

    /// Puts `warded connect --listen` in front of it all; the program, and where it listens.
    pub(crate) fn listen(&self) -> (Program, String) {
        let mut connect = warded(&self.folder);
        connect.args(["connect", &self.resource, "--listen", "127.0.0.1:0", "--no-bearer"]);
        connect.args(["--token-store", "tokens"]);
        let connect = Program::start(connect.args(["--browser-command", &self.browser()]));
        let said = connect.said_after("listening on ");
        let url = said.split(' ').next().unwrap().to_owned();
        (connect, url)
    }

    /// The command line of a bridge to it all, for clients that start their server themselves.
    pub(crate) fn bridge(&self) -> Vec<String> {
        let words = [env!("CARGO_BIN_EXE_warded"), "connect", &self.resource, "--token-store"];
        let tokens = self.path("tokens").to_string_lossy().into_owned();
        let words = words.map(str::to_owned).into_iter();
        words.chain([tokens, "--browser-command".to_owned(), self.browser()]).collect()
    }

    /// What the gateway answers to somebody who brings no token: the first line.
    pub(crate) fn status_without_a_token(&self) -> String {
        let (host, path) = self.resource.trim_start_matches("http://").split_once('/').unwrap();
        #[expect(clippy::disallowed_methods, reason = "a request by hand, to see the very answer")]
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n").unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Adds a client that answers at a port of loopback; its id.
    pub(crate) fn add_client(&self, port: u16) -> String {
        let mut add = warded(&self.folder);
        add.args(["client", "add", "conformance", "--issuer", &self.issuer, "--resource", &self.resource]);
        add.args(["--redirect-uri", &format!("http://127.0.0.1:{port}/callback")]);
        let (succeeded, said) = Program::start(add.args(["--store", "store", "--format", "json"])).ended();
        assert!(succeeded, "{said}");
        let added: Value = serde_json::from_str(&said).unwrap();
        added["client_id"].as_str().unwrap_or_else(|| panic!("no id in {said}")).to_owned()
    }

    /// The user opens a URL, logs in and allows; until the last page.
    pub(crate) fn browse(&self, url: &str) {
        let command = self.browser();
        let mut words = command.split(' ');
        let mut browser = Command::new(words.next().unwrap());
        let (succeeded, said) = Program::start(browser.args(words).arg(url)).ended();
        assert!(succeeded, "{said}");
    }

    fn browser(&self) -> String {
        let (everything, password) = (self.suite.program().display(), self.path("password"));
        format!("{everything} browse --user ada --password-file {}", password.display())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The real program, in a folder of its own.
fn warded(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.current_dir(folder.path());
    command
}
