//! A journal of a bad day, and somebody who asks it.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use warded_core::{Clock, UnixTime};
use warded_store::{
    Nodes as _,
    journal::{
        Closing, Endpoint, Journal as _, Opening, Outcome, Stray, Unbound, Whose,
        checkpoint::{Checkpoint, Checkpoints as _, JournalKey},
        segments::{Segments, Terms},
    },
    sqlite::Sqlite,
};

/// 2027-01-15 08:00:00 UTC.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ALICE: &str = "a11ce0000000000000000001";
pub(crate) const BOB: &str = "b0b000000000000000000002";
pub(crate) const MALLORY: &str = "e71100000000000000000003";
/// What a terminal would obey.
pub(crate) const WILD: &str = "\u{1b}[31mroot\u{202e}";

/// A clock that the scene sets.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
    clock: Arc<Hand>,
}

pub(crate) fn opening(server: &str, subject: &str, token: &str) -> Opening {
    Opening {
        server: server.into(),
        resource: format!("https://mcp.example.com/{server}/mcp").into(),
        request: None,
        from: Some("192.0.2.7".parse().unwrap()),
        revision: Some("2025-11-25"),
        method: Some("tools/call".into()),
        names: vec!["read_note".into()],
        denied: None,
        shadowed: vec![],
        whose: Arc::new(Whose {
            subject: Some(subject.into()),
            client: Some("editor".into()),
            issuer: "https://login.example.com".into(),
            token: token.into(),
            waived: vec![],
        }),
    }
}

pub(crate) fn answered() -> Closing {
    Closing { outcome: Outcome::Answered, code: None, status: Some(200), bytes: 512, duration_ms: 7 }
}

pub(crate) fn refused(code: &'static str, status: u16) -> Closing {
    Closing { outcome: Outcome::Refused, code: Some(code), status: Some(status), bytes: 0, duration_ms: 1 }
}

pub(crate) fn stray(server: &str, meant: Option<&str>, token: &str) -> Stray {
    Stray {
        server: server.into(),
        resource: format!("https://mcp.example.com/{server}/mcp").into(),
        request: None,
        from: Some("198.51.100.23".parse().unwrap()),
        meant: meant.map(Into::into),
        is_genuine: true,
        issuer: Some("https://login.example.com".into()),
        token: token.into(),
    }
}

impl Scene {
    /// An empty folder with a store and no journal.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: Arc::new(Hand(AtomicI64::new(NOW))) }
    }

    /// Everything that is looked for, once, among calls that nobody minds.
    pub(crate) fn of_a_bad_day() -> Self {
        let scene = Self::new();
        let journal = scene.journal();
        let at = |seconds| {
            // A record stays behind the one that was made before it, whatever the machine is busy with.
            journal.flush().unwrap();
            scene.clock.0.store(NOW + seconds, Ordering::SeqCst);
        };
        let long = journal.open(opening("notes", "alice", ALICE)).unwrap();
        at(5);
        let mut listed = opening("notes", "alice", ALICE);
        (listed.method, listed.names) = (Some("tools/list".into()), vec![]);
        journal.refuse(listed, refused("origin-foreign", 403));
        at(10);
        journal.stray(stray("files", Some("notes"), ALICE), refused("audience-elsewhere", 401));
        at(15);
        journal.stray(stray("files", None, MALLORY), refused("audience-missing", 401));
        at(20);
        journal
            .stray(stray("notes", Some("https://*.example.com"), MALLORY), refused("audience-unknown", 401));
        at(25);
        journal.refuse(opening("files", "bob", BOB), refused("token-in-message", 403));
        at(30);
        journal.unbound(Unbound {
            issuer: "https://mcp.example.com/issuers/default".into(),
            endpoint: Endpoint::Token,
            client: WILD.into(),
            from: Some("203.0.113.9".parse().unwrap()),
        });
        at(35);
        journal.refuse(opening("files", WILD, BOB), refused("scope-missing", 403));
        (0..3).for_each(|_| journal.count("files", "expired"));
        at(40);
        journal.close(long, "notes", answered());
        at(45);
        let _open = journal.open(opening("files", "bob", BOB)).unwrap();
        at(50);
        scene.closes(journal);
        scene
    }

    /// Time goes by.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Opens the journal as `warded up` does.
    pub(crate) fn journal(&self) -> Segments {
        let last = self.with_store(async |store| {
            let last = store.checkpoint("node").await.unwrap();
            if let Some(last) = last.clone() {
                keep(store, &Checkpoint { sealed: false, ..last }).await;
            }
            last
        });
        let mut terms = Terms::of("node");
        terms.key = Some(JournalKey::new(&[7; 32]).unwrap());
        terms.last = last;
        Segments::open(&self.folder.path().join("warded-journal"), terms, Arc::clone(&self.clock) as _)
            .unwrap()
    }

    /// Ends a journal as `warded up` does.
    pub(crate) fn closes(&self, journal: Segments) {
        let vouched = journal.checkpoints();
        drop(journal);
        let last = vouched.borrow().clone().unwrap();
        self.with_store(async |store| keep(store, &last).await);
    }

    /// Another node of the same folder refuses somebody so often.
    pub(crate) fn of_another_node(&self, count: u32, subject: &str) {
        let journal = self.folder.path().join("warded-journal");
        let other = Segments::open(&journal, Terms::of("other"), Arc::clone(&self.clock) as _).unwrap();
        (0..count).for_each(|_| other.refuse(opening("notes", subject, BOB), answered()));
    }

    /// Another node ends in order, as the store knows, in the same folder or in one that the store takes for another; its own
    /// file is then removed.
    pub(crate) fn loses_another_node(&self, folder: u8) {
        let journal = self.folder.path().join("warded-journal");
        let mut terms = Terms::of("other");
        terms.key = Some(JournalKey::new(&[8; 32]).unwrap());
        let other = Segments::open(&journal, terms, Arc::clone(&self.clock) as _).unwrap();
        other.refuse(opening("notes", "bob", BOB), answered());
        let vouched = other.checkpoints();
        drop(other);
        std::fs::remove_file(journal.join("other.00000000000000000001.jsonl")).unwrap();
        let other = vouched.borrow().clone().unwrap();
        self.with_store(async |store| {
            let own = store.checkpoint("node").await.unwrap().unwrap();
            for (last, folder) in [(own, 1), (other, folder)] {
                keep(store, &Checkpoint { folder: Some([folder; 16]), ..last }).await;
            }
        });
    }

    /// Adds a record that was never made, as anybody can who can write the folder.
    pub(crate) fn forges(&self) {
        let journal = self.folder.path().join("warded-journal");
        let forger = Segments::open(&journal, Terms::of("node"), Arc::clone(&self.clock) as _).unwrap();
        forger.refuse(opening("files", "framed", ALICE), answered());
    }

    fn with_store<T>(&self, asked: impl AsyncFnOnce(&Sqlite) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Sqlite::open(self.folder.path().join("warded.db")).await.unwrap();
            let answer = asked(&store).await;
            store.close().await;
            answer
        })
    }

    pub(crate) fn public_key() -> String {
        JournalKey::new(&[7; 32]).unwrap().public().to_string()
    }

    /// The one file of the journal.
    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("warded-journal").join("node.00000000000000000001.jsonl")
    }

    /// Asks, in the folder.
    pub(crate) fn audit(&self, arguments: &[&str]) -> (String, i32) {
        asked_in(self.folder.path(), arguments)
    }
}

async fn keep(store: &Sqlite, last: &Checkpoint) {
    let at = UnixTime::from_seconds;
    assert!(store.hold_node(&last.node, &[1; 16], at(NOW), at(0)).await.unwrap());
    assert!(store.keep_checkpoint(last, &[1; 16]).await.unwrap());
}

pub(crate) fn asked_in(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warded")).arg("audit").args(arguments).current_dir(folder).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (said, output.status.code().unwrap())
}
