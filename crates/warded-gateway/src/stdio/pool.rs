//! Which processes are there? They outlive a configuration that is read again, as long as what runs is defined alike.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use aws_lc_rs::rand::SecureRandom;
use futures_util::future::join_all;
use tokio::process::{ChildStdin, Command};
#[cfg(unix)]
use tokio::sync::OnceCell;

#[cfg(unix)]
use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::keeper::{BECOME, Keeper};
use super::{
    definition::Definition,
    headcount::Headcount,
    home::Home,
    process::{self, Group},
};

/// Everything that runs for servers behind.
pub struct Pool {
    by_server: Mutex<HashMap<String, OfServer>>,
    random: Arc<dyn SecureRandom + Send + Sync>,
    keeping: Keeping,
}

/// What runs for one server, and what ran.
#[derive(Default)]
struct OfServer {
    homes: Vec<Weak<Home>>,
    headcount: Arc<Headcount>,
}

impl Pool {
    /// Nothing runs yet, and what will run ends with its handles only.
    pub fn new(random: Arc<dyn SecureRandom + Send + Sync>) -> Self {
        Self { by_server: Mutex::default(), random, keeping: Keeping::default() }
    }

    /// What runs also ends where we have no time to end it: the program keeps it, as [`super::keeper`] says. It is
    /// started with the first process that there is to keep.
    #[cfg(unix)]
    #[must_use]
    pub fn kept_by(mut self, program: PathBuf) -> Self {
        self.keeping = Keeping { program: Some(program.into()), keeper: Arc::default() };
        self
    }

    /// What runs for a server: the processes that are there, if they were defined alike. Those of another definition go
    /// on until nobody holds them any more.
    pub(super) fn home(&self, definition: Definition) -> Arc<Home> {
        let mut by_server = self.by_server();
        // A configuration that comes to nothing leaves the one before it where it is.
        let OfServer { homes, headcount } = by_server.entry(definition.server.clone()).or_default();
        homes.retain(|home| home.strong_count() > 0);
        let same = homes.iter().filter_map(Weak::upgrade).find(|home| *home.definition() == definition);
        same.unwrap_or_else(|| {
            let (random, keeping) = (Arc::clone(&self.random), self.keeping.clone());
            let home = Home::new(definition, random, keeping, Arc::clone(headcount));
            homes.push(Arc::downgrade(&home));
            home
        })
    }

    fn by_server(&self) -> MutexGuard<'_, HashMap<String, OfServer>> {
        self.by_server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted of each server that is a command, by their names. What is gone is forgotten.
    pub fn headcounts(&self) -> Vec<(String, Arc<Headcount>)> {
        let mut by_server = self.by_server();
        by_server.retain(|_, of| of.homes.iter().any(|home| home.strong_count() > 0));
        let mut all: Vec<_> =
            by_server.iter().map(|(server, of)| (server.clone(), Arc::clone(&of.headcount))).collect();
        drop(by_server);
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }

    /// Ends everything, and takes nothing new. It takes a few seconds at most.
    pub async fn end(&self) {
        let homes: Vec<_> = {
            let by_server = self.by_server();
            by_server.values().flat_map(|of| &of.homes).filter_map(Weak::upgrade).collect()
        };
        join_all(homes.iter().map(|home| home.end())).await;
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool")
    }
}

/// Who sees to it that nothing outlives us.
#[derive(Clone, Default)]
pub(super) struct Keeping {
    #[cfg(unix)]
    program: Option<Arc<Path>>,
    #[cfg(unix)]
    keeper: Arc<OnceCell<Keeper>>,
}

#[cfg(unix)]
impl Keeping {
    pub(super) fn command(&self, definition: &Definition) -> Command {
        let Some(program) = &self.program else {
            return process::plainly(definition);
        };
        let mut command = Command::new(&**program);
        command.arg(BECOME).arg(&definition.program).args(&definition.arguments);
        command
    }

    /// Has a group kept, and only then lets it begin.
    pub(super) async fn keeps(&self, group: &Group, input: &mut ChildStdin) -> io::Result<()> {
        use tokio::io::AsyncWriteExt as _;

        let Some(program) = &self.program else { return Ok(()) };
        let started = || std::future::ready(Keeper::start(program.to_path_buf()));
        let keeper = self.keeper.get_or_try_init(started).await?;
        let group = group.pid().ok_or(io::ErrorKind::NotFound)?;
        if !keeper.keeps(group).await {
            return Err(io::Error::other("nobody keeps it"));
        }
        input.write_all(b"\n").await
    }

    pub(super) async fn lets_go(&self, group: &Group) {
        if let (Some(keeper), Some(group)) = (self.keeper.get(), group.pid()) {
            keeper.lets_go(group).await;
        }
    }
}

#[cfg(not(unix))]
impl Keeping {
    pub(super) fn command(&self, definition: &Definition) -> Command {
        process::plainly(definition)
    }

    pub(super) async fn keeps(&self, _: &Group, _: &mut ChildStdin) -> io::Result<()> {
        Ok(())
    }

    pub(super) async fn lets_go(&self, _: &Group) {}
}
