//! The configuration is read again, when one of its files changes and on SIGHUP. All of it holds from one request to the
//! next, or none of it: what is not fit leaves everything as it was, and says so.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use futures_util::{Stream, StreamExt as _};
use tokio::{
    runtime::Handle,
    task::{AbortHandle, spawn_blocking},
    time::{Instant, sleep_until},
};
use warded_gateway::Current;

use super::{
    Up,
    files::{Files, Watch},
    fixed::Fixed,
    ground::Ground,
    made::{Made, NotLaunched, Wish},
    metrics::Seen,
    settled::settled,
    wanted::{Unread, Wanted},
};
use crate::config;

/// How much time passes between two readings at least.
const LEAST_REST: Duration = Duration::from_secs(1);
/// A file that never rests is taken all the same, after it was read so often.
const MOST_READINGS: u32 = 5;

/// Where the configuration comes from.
#[derive(Clone)]
pub(crate) struct Origin {
    /// The flags, which go before the file.
    pub(crate) up: Up,
    /// The file.
    pub(crate) path: PathBuf,
}

/// What runs, and what could take its place.
pub(super) struct Reloading {
    pub(super) files: Option<Watched>,
    pub(super) source: String,
    pub(super) fixed: Fixed,
    pub(super) made: Made,
    pub(super) ground: Arc<Ground>,
    pub(super) current: Arc<Current>,
    pub(super) seen: Arc<ArcSwap<Seen>>,
}

/// The files of a configuration under watch: before anybody is told that it runs, so that no change is missed.
pub(super) struct Watched {
    origin: Origin,
    files: Files,
    watch: Watch,
}

impl Watched {
    /// Watches what a configuration consists of, which looked like this before it was read.
    pub(super) fn of(origin: Origin, files: Files) -> Self {
        let watch = Watch::over(&files);
        looked(&watch, &files);
        Self { origin, files, watch }
    }
}

/// What changed since files looked like this is not missed.
fn looked(watch: &Watch, files: &Files) {
    if !files.are_as_before() {
        watch.look_soon();
    }
}

/// Why everything stays as it is.
enum Stays {
    Unread(Unread),
    Unfit(Box<Wanted>, NotLaunched),
    Fixed(&'static str),
    /// It has changed while it was made.
    Moved,
}

/// Reads again for as long as it is held.
pub(super) struct Following(AbortHandle);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Reloading {
    /// Reads again on each of these signals and whenever a file has changed.
    pub(super) fn follow(self, hangups: impl Stream<Item = ()> + Send + 'static) -> Following {
        Following(tokio::spawn(self.look_on(hangups)).abort_handle())
    }

    async fn look_on(mut self, hangups: impl Stream<Item = ()> + Send + 'static) {
        let mut hangups = std::pin::pin!(hangups);
        let Some(Watched { origin, mut files, mut watch }) = self.files.take() else {
            while hangups.next().await.is_some() {
                tracing::info!("there is no file from which the configuration could be read again");
            }
            return;
        };
        let (mut rests_until, mut moved) = (Instant::now(), 0);
        loop {
            tokio::select! {
                Some(()) = hangups.next() => {}
                () = async { sleep_until(rests_until).await; watch.told().await } => {
                    if files.are_as_before() {
                        continue;
                    }
                }
            }
            settled(self.runs(&origin.path), &files, &watch).await;
            let began = Instant::now();
            let reading = (self, Handle::current(), origin.clone(), files, moved);
            // A large fleet takes a while to read, and calls go on meanwhile.
            let reading = spawn_blocking(move || {
                let (mut this, runtime, origin, files, mut moved) = reading;
                let seen = runtime.block_on(this.read_again(&origin, &files, &mut moved));
                (this, seen, moved)
            });
            let Ok((this, seen, again)) = reading.await else { return };
            (self, files, moved) = (this, seen, again);
            rests_until = Instant::now() + rest(began.elapsed());
            // A file that was written while it was read is read once more: half of it may look like a whole.
            watch = watch.next(&files);
            looked(&watch, &files);
        }
    }

    /// Puts what the file says now in the place of what runs, or says why not. The files that it was read from.
    /// `moved` is how often in a row they have changed meanwhile.
    async fn read_again(&mut self, origin: &Origin, before: &Files, moved: &mut u32) -> Files {
        let now = self.ground.clock.now();
        let looked = before.again();
        let read = Wanted::again(&origin.up, &origin.path, now);
        let files = read.as_ref().map_or(looked, |wanted| wanted.files.clone());
        let outcome = match read {
            Ok(wanted) => self.take(wanted, &origin.up, *moved < MOST_READINGS).await,
            Err(unread) => Err(Stays::Unread(unread)),
        };
        *moved = if matches!(outcome, Err(Stays::Moved)) { *moved + 1 } else { 0 };
        match outcome {
            Ok(()) => {
                self.ground.reloads.succeeded(self.ground.clock.now());
                tracing::info!(
                    servers = self.made.served.len(),
                    "the configuration was read again and holds now"
                );
            }
            Err(Stays::Moved) => {
                tracing::info!("the configuration has changed while it was read: it is read once more");
            }
            Err(stays) => {
                self.ground.reloads.failed();
                stays.tell();
            }
        }
        files
    }

    /// What runs, by the files that it was read from.
    fn runs(&self, path: &Path) -> Vec<(PathBuf, Arc<str>)> {
        let mut runs = self.made.policies.texts().to_vec();
        runs.push((path.to_owned(), self.source.as_str().into()));
        runs
    }

    async fn take(&mut self, wanted: Wanted, up: &Up, may_wait: bool) -> Result<(), Stays> {
        let said = match config::said(&wanted.source) {
            Ok(said) => said,
            // Nobody could say what has changed.
            Err(finding) => return Err(Stays::Unfit(Box::new(wanted), NotLaunched::Unfit(vec![*finding]))),
        };
        let fixed = Fixed::of(&said);
        if let Some(key) = self.fixed.changed(&fixed, up) {
            return Err(Stays::Fixed(key));
        }
        let wish = Wish { assessment: &wanted.assessment, folder: &wanted.folder, said: &said };
        let made = match Made::of(&wish, &self.ground, Some(&self.made)).await {
            Ok(made) => made,
            Err(not) => return Err(Stays::Unfit(Box::new(wanted), not)),
        };
        made.outside.warmed().await;
        // Whoever has begun to write since has half of it there, and half of it may be a whole that lets more come in.
        if may_wait && !wanted.files.are_as_before() {
            return Err(Stays::Moved);
        }
        self.current.swap(Arc::clone(&made.gateway));
        self.seen.store(Arc::new(made.announced(&self.ground)));
        // With what ran before go the terms of servers that are not what they were.
        (self.made, self.fixed, self.source) = (made, fixed, wanted.source);
        Ok(())
    }
}

/// For how long nothing is read again where reading it has taken so long: a file that never rests must not take all of a
/// machine. Nobody waits who sends a signal.
fn rest(took: Duration) -> Duration {
    (took * 4).max(LEAST_REST)
}

impl Stays {
    /// Says it as `warded check` would.
    fn tell(self) {
        const STAYS: &str = "the configuration was not read again; everything runs on as before";
        let why = match self {
            Self::Unread(unread) => unread.said(),
            Self::Unfit(wanted, NotLaunched::Unfit(findings)) => wanted.said(&findings),
            Self::Unfit(_, NotLaunched::Failed(error)) => format!("{error:#}"),
            Self::Fixed(key) => {
                format!(
                    "`{key}` has another value, and that needs a restart: stop it and start it again, or write what was there"
                )
            }
            Self::Moved => "it has changed meanwhile".to_owned(),
        };
        tracing::error!("{STAYS}: {}", anstream::adapter::strip_str(&why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_not_read_all_the_time() {
        assert_eq!(rest(Duration::ZERO), LEAST_REST);
        assert_eq!(rest(Duration::from_secs(2)), Duration::from_secs(8));
    }
}
