//! Where does an operator work? At the store, with the journal at hand: nothing is changed without a record of it.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use aws_lc_rs::rand::SecureRandom;
use clap::Args;
use tokio::sync::Mutex;
use warded_core::UnixTime;
use warded_store::{
    Store,
    journal::{Act, segments::WhenFull},
};

use crate::{
    cli::{Answer, Format, Global},
    command::{
        kept,
        up::{
            books::{Books, Shelf},
            randomness,
        },
    },
    config::{
        fleet::Assessment,
        serving::{ADMIN_NODE, DEFAULT_JOURNAL},
    },
    runtime,
};

/// Where the store and the journal are.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The file of the store [default: the configuration's, or warded.db]
    #[arg(long, value_name = "FILE", global = true)]
    store: Option<PathBuf>,
    /// The folder of the journal [default: the configuration's, or warded-journal beside the store]
    #[arg(long, value_name = "FOLDER", global = true)]
    journal: Option<PathBuf>,
}

/// The store, and the journal that is opened when something is changed.
pub(crate) struct Desk {
    /// What the configuration says, where there is one.
    pub(super) assessment: Option<Assessment>,
    pub(super) store: Arc<dyn Store>,
    pub(super) random: Arc<dyn SecureRandom + Send + Sync>,
    pub(super) now: UnixTime,
    pub(super) format: Format,
    /// The name of the configuration, for messages.
    pub(super) config: String,
    journal: PathBuf,
    keep: Option<u32>,
    /// The file that says whose turn it is.
    turn: PathBuf,
    books: Mutex<Option<Open>>,
}

/// The journal, as long as it is our turn: two that keep it at once would each write what the other has not read.
struct Open {
    books: Books,
    _turn: File,
}

impl Place {
    /// Does something at the desk, and closes it, whatever came of it. Only what `begins` a store makes one where there is none:
    /// whoever mistyped its name would be shown an empty one.
    pub(crate) fn at_desk(
        &self,
        global: &Global,
        now: UnixTime,
        begins: bool,
        work: impl AsyncFnOnce(&Desk) -> anyhow::Result<Answer>,
    ) -> anyhow::Result<Answer> {
        runtime::block_on(async {
            let assessment = kept::assessment(global, now)?;
            let path = kept::path(self.store.as_deref(), assessment.as_ref(), global);
            if !begins && !path.exists() {
                bail!(
                    "there is no store `{}`; --store names another file. `warded up`, or whoever adds the first person or \
                     application, makes it",
                    path.display()
                );
            }
            let store = Arc::new(kept::open(&path, assessment.as_ref(), global).await?);
            let desk = Desk {
                store: Arc::clone(&store) as _,
                random: randomness(),
                now,
                format: global.format,
                config: global.config().display().to_string(),
                journal: self.journal(assessment.as_ref(), &path, global),
                keep: assessment.as_ref().and_then(|assessment| assessment.serving.journal.keep),
                turn: turn(&path),
                books: Mutex::default(),
                assessment,
            };
            let answer = work(&desk).await;
            let closed = match desk.books.into_inner() {
                Some(Open { books, _turn }) => books.close().await,
                None => Ok(()),
            };
            drop(desk.store);
            store.close().await;
            in_the_end(answer, closed)
        })
    }

    /// Beside the store, where nothing says otherwise: whoever changes it from another folder writes to the same journal.
    fn journal(&self, assessment: Option<&Assessment>, store: &Path, global: &Global) -> PathBuf {
        let beside = |file: &Path| file.parent().unwrap_or(Path::new("")).to_owned();
        match (&self.journal, assessment) {
            (Some(journal), _) => journal.clone(),
            (None, Some(assessment)) => beside(global.config()).join(&assessment.serving.journal.folder),
            (None, None) => beside(store).join(DEFAULT_JOURNAL),
        }
    }
}

impl Desk {
    /// Does something that is on record before it is done. Where nothing comes of it, that is recorded, too.
    pub(super) async fn doing<T>(
        &self,
        act: Act,
        done: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        self.record(act.clone()).await?;
        let outcome = done.await;
        if outcome.is_err() {
            self.record(Act { has_failed: true, ..act }).await?;
        }
        outcome
    }

    async fn record(&self, act: Act) -> anyhow::Result<()> {
        let mut opened = self.books.lock().await;
        let opened = match &mut *opened {
            Some(opened) => opened,
            none => none.insert(self.open().await.context("nothing is changed without a record of it")?),
        };
        opened.books.act(act).await
    }

    /// Waits for whoever else is at work, and opens the journal.
    async fn open(&self) -> anyhow::Result<Open> {
        let (path, shown) = (self.turn.clone(), || format!("cannot wait at {}", self.turn.display()));
        let turn = tokio::task::spawn_blocking(move || {
            let turn = File::options().create(true).truncate(false).write(true).open(path)?;
            turn.lock()?;
            Ok::<_, io::Error>(turn)
        });
        let turn = turn.await.context("nobody waits")?.with_context(shown)?;
        let place = Shelf {
            folder: &self.journal,
            node: ADMIN_NODE,
            // Whatever calls do on a full disk: a change can wait.
            when_full: WhenFull::Refuse,
            keep: self.keep,
        };
        let books = Books::open(&place, &self.store, &*self.random).await?;
        Ok(Open { books, _turn: turn })
    }
}

/// What was done stands, and so does its record; but where nobody vouches for the end of that, this is said, too. The answer is
/// told all the same: a secret in it is told to nobody again.
fn in_the_end(answer: anyhow::Result<Answer>, closed: anyhow::Result<()>) -> anyhow::Result<Answer> {
    match (answer, closed) {
        (Ok(answer), Err(error)) => {
            writeln!(anstream::stderr(), "error: {error:#}").ok();
            Ok(Answer { exit: 1, ..answer })
        }
        (answer, _) => answer,
    }
}

/// Beside the store: whoever changes one store takes turns, whatever folder the journal is in.
fn turn(store: &Path) -> PathBuf {
    let mut beside = store.as_os_str().to_owned();
    beside.push(".admin");
    beside.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The old one is dead by then.
    #[test]
    fn a_secret_is_told_even_where_the_end_of_the_journal_is_lost() {
        let lost = || Err(anyhow::anyhow!("the end of the journal is lost"));
        let answer = in_the_end(Ok(Answer::of("client secret   s")), lost()).unwrap();
        assert_eq!((answer.text.as_str(), answer.exit), ("client secret   s", 1));
        assert_eq!(in_the_end(Ok(Answer::of("done")), Ok(())).unwrap().exit, 0);
        let failed = in_the_end(Err(anyhow::anyhow!("there is nobody")), lost());
        assert_eq!(failed.err().unwrap().to_string(), "there is nobody");
    }
}
