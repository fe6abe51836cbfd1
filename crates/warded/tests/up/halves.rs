//! Whoever writes the configuration in place writes half of it first, and half of it may be a whole one that says less of
//! who may come in.

use std::{
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    caller::{ping, post},
    issuer::Issuer,
    reload::HOLDS,
    stage::Gateway,
    upstream::Upstream,
    wait::until,
};

const LEFT: &str = "the configuration is left alone for a while";

/// A server whose last line says that it is for administrators.
struct Guarded {
    gateway: Arc<Gateway>,
    stranger: String,
    _notes: Upstream,
}

impl Guarded {
    async fn start() -> Self {
        let (issuer, notes) = (Issuer::start().await, Upstream::start().await);
        let gateway = Gateway::start(&format!(
            "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
issuers:
  corp: {{ url: \"{}\" }}
servers:
  notes:
    upstream: \"{}\"
    issuers: [corp]
    scopes: {{ required: [admin] }}
",
            issuer.url, notes.url
        ))
        .await;
        let stranger = issuer.token(&gateway.url("notes"), json!({ "scope": "read" }));
        Self { gateway: Arc::new(gateway), stranger, _notes: notes }
    }

    fn path(&self) -> PathBuf {
        self.gateway.folder.path().join("warded.yaml")
    }

    /// The text, cut after the line that names the issuers.
    fn halves(&self) -> (String, String) {
        let whole = fs::read_to_string(self.path()).unwrap();
        let (half, rest) = whole.split_at(whole.find("    scopes:").unwrap());
        (half.to_owned(), rest.to_owned())
    }

    /// Somebody without the scope tries all the time, until it is over; says whether he ever came in.
    fn tries(&self, is_over: &Arc<AtomicBool>) -> JoinHandle<bool> {
        let (gateway, token) = (Arc::clone(&self.gateway), self.stranger.clone());
        let is_over = Arc::clone(is_over);
        tokio::spawn(async move {
            while !is_over.load(Relaxed) {
                let answer = post("/notes/mcp", &ping()).token(&token).send(gateway.address).await;
                if answer.code() != "scope-missing" {
                    return true;
                }
            }
            false
        })
    }

    /// Writes the half, and the rest once the gateway has noticed.
    async fn written_in_two<T>(&self, write: impl FnOnce() -> T, rest: impl FnOnce(T)) {
        let is_over = Arc::<AtomicBool>::default();
        let trying = self.tries(&is_over);
        let begun = write();
        let said = async || {
            let log = self.gateway.log();
            log.contains(LEFT) || log.contains(HOLDS)
        };
        until("nobody noticed", said).await;
        assert!(!self.gateway.log().contains(HOLDS), "half of it was taken");
        rest(begun);
        until("the whole is taken", async || self.gateway.log().contains(HOLDS)).await;
        is_over.store(true, Relaxed);
        assert!(!trying.await.unwrap(), "half of it let a stranger in");
    }
}

#[tokio::test]
async fn a_writer_that_pauses_before_a_restriction_opens_nothing() {
    let guarded = Guarded::start().await;
    let (half, rest) = guarded.halves();
    // Nothing that ran began like this.
    let half = format!("# changed\n{half}");
    let begin = || {
        let mut file = File::create(guarded.path()).unwrap();
        file.write_all(half.as_bytes()).unwrap();
        file
    };
    guarded.written_in_two(begin, |mut file| file.write_all(rest.as_bytes()).unwrap()).await;
}

#[tokio::test]
async fn a_beginning_of_what_runs_is_not_taken_at_once() {
    let guarded = Guarded::start().await;
    let (half, rest) = guarded.halves();
    let whole = format!("{half}{rest}# changed\n");
    let write = |text: &str| fs::write(guarded.path(), text).unwrap();
    guarded.written_in_two(|| write(&half), |()| write(&whole)).await;
}

#[tokio::test]
async fn a_hangup_has_no_half_read() {
    let guarded = Guarded::start().await;
    let (half, rest) = guarded.halves();
    let whole = format!("{half}{rest}# changed\n");
    let half = format!("# changed\n{}", half.trim_end());
    let write = || {
        fs::write(guarded.path(), &half).unwrap();
        guarded.gateway.signal("HUP");
    };
    guarded.written_in_two(write, |()| fs::write(guarded.path(), &whole).unwrap()).await;
}
