//! Tokens that are sealed with a key of a real keychain: GNOME Keyring, on a bus of its own.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};

use crate::{
    process::{Person, person, soon},
    stage::Stage,
};

/// A session bus and the keychain on it, for one user whose home is a folder of the test.
struct Desktop {
    bus: String,
    home: PathBuf,
    /// `WARDED_KEYCHAIN`
    wants: &'static str,
    running: Vec<Child>,
}

impl Desktop {
    /// None where the test command has not installed one.
    async fn start(home: &Path) -> Option<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the test command says where it has put other programs"
        )]
        let daemon = std::env::var_os("WARDED_KEYRING");
        let Some(daemon) = daemon else {
            let why = "SKIPPED: WARDED_KEYRING is not set, so no keychain holds a key";
            writeln!(std::io::stderr(), "{why}").ok();
            return None;
        };
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address"]);
        let mut bus = bus.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(bus.stdout.take().unwrap()).lines();
        let address = soon(lines.next_line()).await.unwrap().unwrap();
        let mut desktop = Self { bus: address, home: home.to_owned(), wants: "", running: vec![bus] };
        desktop.unlock(&PathBuf::from(daemon)).await;
        Some(desktop)
    }

    /// Starts the keychain with its password, and waits until it is there.
    async fn unlock(&mut self, daemon: &Path) {
        let mut keyring = Command::new(daemon);
        keyring.args(["--foreground", "--unlock", "--components=secrets"]);
        self.at_home(&mut keyring);
        keyring.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let mut keyring = keyring.spawn().unwrap();
        keyring.stdin.take().unwrap().write_all(b"password of the keychain\n").await.unwrap();
        self.running.push(keyring);
        let mut wait = Command::new("gdbus");
        wait.args(["wait", "--session", "org.freedesktop.secrets"]);
        self.at_home(&mut wait);
        assert!(soon(wait.status()).await.unwrap().success());
    }

    fn at_home(&self, command: &mut Command) {
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus).env("HOME", &self.home);
        command.env("XDG_RUNTIME_DIR", &self.home).env("XDG_DATA_HOME", self.home.join("data"));
    }

    /// Runs `warded token`; exit code, standard output, standard error.
    async fn token(&self, stage: &Stage, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
        command.args(["--color", "never", "token"]).args(arguments);
        self.at_home(&mut command);
        command.env("WARDED_KEYCHAIN", self.wants);
        command.env("XDG_STATE_HOME", stage.state()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = tokio::spawn(person(child.stderr.take().unwrap(), Person::agreeing()));
        let mut output = String::new();
        soon(child.stdout.take().unwrap().read_to_string(&mut output)).await.unwrap();
        let code = soon(child.wait()).await.unwrap().code().unwrap();
        (code, output, soon(said).await.unwrap())
    }

    /// Whether a text stands in any file that the keychain or the token store has written.
    fn has(&self, stage: &Stage, text: &str) -> bool {
        let mut folders = vec![stage.tokens_of_processes(), self.home.join("data/keyrings")];
        folders.retain(|folder| folder.exists());
        let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
        files
            .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
            .any(|file| file.windows(text.len()).any(|window| window == text.as_bytes()))
    }
}

#[tokio::test]
async fn a_token_is_sealed_with_a_key_that_the_keychain_holds() {
    let (stage, home) = (Stage::new().await, tempfile::tempdir().unwrap());
    let Some(mut desktop) = Desktop::start(home.path()).await else { return };
    let url = stage.server.url();
    let (code, _, said) = desktop.token(&stage, &["login", &url, "--no-browser", "--keychain"]).await;
    assert_eq!(code, 0, "{said}");
    for secret in ["ACCESS", "REFRESH", "client-one", url.as_str()] {
        assert!(!desktop.has(&stage, secret), "{secret} lies there in plain");
    }
    assert!(desktop.has(&stage, "keychain"), "the files were looked at");

    // Another process, another day: the key is still there, and so is the login.
    stage.server.forget_tokens();
    let (code, token, said) = desktop.token(&stage, &["get", &url, "--keychain"]).await;
    assert_eq!((code, said.contains("to log in")), (0, false), "{said}");
    assert_eq!((stage.one.authorizations().len(), stage.one.grants("refresh_token").len()), (1, 1));
    assert!(stage.server.tokens().contains(&format!("Bearer {}", token.trim_end())));
    assert!(!desktop.has(&stage, token.trim_end()));

    // Whoever forgets to say so is told, and nothing is written in plain.
    for wants in ["", "0"] {
        desktop.wants = wants;
        let (code, output, said) = desktop.token(&stage, &["get", &url]).await;
        assert_eq!((code, output.as_str()), (1, ""));
        assert!(said.contains("--keychain"), "{said}");
    }
    // The environment can say it for all commands.
    desktop.wants = "1";
    assert_eq!(desktop.token(&stage, &["get", &url]).await, (0, token, String::new()));
    assert_eq!((stage.one.authorizations().len(), stage.one.grants("refresh_token").len()), (1, 1));
}

#[tokio::test]
async fn without_its_keychain_a_sealed_store_is_left_as_it_is() {
    let (stage, home) = (Stage::new().await, tempfile::tempdir().unwrap());
    let Some(mut desktop) = Desktop::start(home.path()).await else { return };
    let url = stage.server.url();
    assert_eq!(desktop.token(&stage, &["login", &url, "--no-browser", "--keychain"]).await.0, 0);

    // The keychain of somebody else: it works, and has no such key.
    let other = tempfile::tempdir().unwrap();
    let others = Desktop::start(other.path()).await.unwrap();
    let (code, _, said) = others.token(&stage, &["list", "--keychain"]).await;
    assert_eq!(code, 1);
    assert!(said.contains("holds no key that opens the token store"), "{said}");

    // No keychain at all.
    let bus = std::mem::replace(&mut desktop.bus, "unix:path=/nowhere".to_owned());
    let (code, _, said) = desktop.token(&stage, &["list", "--keychain"]).await;
    assert_eq!(code, 1);
    assert!(said.contains("the keychain cannot be used"), "{said}");
    desktop.bus = bus;
    let (code, output, _) = desktop.token(&stage, &["list", "--keychain"]).await;
    assert!(code == 0 && output.contains(&url), "{output}");
}

#[tokio::test]
async fn processes_that_begin_at_once_agree_on_one_key() {
    let (stage, home) = (Stage::new().await, tempfile::tempdir().unwrap());
    let Some(desktop) = Desktop::start(home.path()).await else { return };
    let url = stage.server.url();
    let arguments = ["login", &url, "--no-browser", "--keychain"];
    let all = (0..4).map(|_| desktop.token(&stage, &arguments));
    for (code, _, said) in futures_util::future::join_all(all).await {
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(stage.one.authorizations().len(), 1, "one login for all of them");
}
