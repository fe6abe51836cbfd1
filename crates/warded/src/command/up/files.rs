//! Which files does a configuration consist of, and has one of them changed? The file itself, and every file that it
//! names and that is read with it: secrets, roots, certificates, keys, policies.

use std::{
    collections::{BTreeMap, HashSet},
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

use crate::config::{
    fleet::Assessment,
    serving::{ProxyChoice, SecretPlace, Value},
};

/// For how long nothing more must change before it is read: whoever writes a file does so in several steps.
pub(super) const QUIET: Duration = Duration::from_millis(250);
/// A file that never rests is read all the same.
const RESTLESS: Duration = Duration::from_secs(3);
/// How often it is looked where the system says nothing.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// How a file looked; none where it was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    length: u64,
    modified: Option<SystemTime>,
    place: u64,
}

/// The files of one configuration, as they looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files(BTreeMap<PathBuf, Option<Look>>);

impl Files {
    /// The file at `path`, as it looks now: before it is read, so that whoever writes it meanwhile is noticed.
    pub(super) fn at(path: &Path) -> Self {
        Self(BTreeMap::from([(path.to_owned(), look(path))]))
    }

    /// With those that it names, before they are read.
    pub(super) fn naming(mut self, folder: &Path, assessment: &Assessment) -> Self {
        let named = named(assessment).into_iter().map(|path| folder.join(path));
        self.0.extend(named.map(|path| (path.clone(), look(&path))));
        self
    }

    /// The same files, as they look now.
    pub(super) fn again(&self) -> Self {
        Self(self.0.keys().map(|path| (path.clone(), look(path))).collect())
    }

    /// Waits until they look the same for a moment.
    pub(super) async fn at_rest(&self) {
        let (began, mut seen) = (Instant::now(), self.again());
        while began.elapsed() < RESTLESS {
            sleep(QUIET).await;
            if seen.are_as_before() {
                return;
            }
            seen = self.again();
        }
    }

    /// Whether they look as they did.
    pub(super) fn are_as_before(&self) -> bool {
        self.0.iter().all(|(path, seen)| look(path) == *seen)
    }

    /// The folders that they lie in, and their names there.
    fn places(&self) -> BTreeMap<PathBuf, Vec<OsString>> {
        let mut places = BTreeMap::<PathBuf, Vec<OsString>>::new();
        for path in self.0.keys() {
            let Some(name) = path.file_name() else { continue };
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            places.entry(folder.unwrap_or(Path::new(".")).to_owned()).or_default().push(name.to_owned());
        }
        places
    }
}

/// The files that a configuration is made from. What merely stands in it and happens to be a file, such as an argument of
/// a command, is none of them: callers may have the command write it as often as they like.
fn named(assessment: &Assessment) -> Vec<&Path> {
    let (serving, outward) = (&assessment.serving, &assessment.serving.outward);
    let mut secrets = Vec::new();
    for served in &serving.servers {
        secrets.extend(served.credential.iter().map(|credential| &credential.secret));
        secrets.extend(served.grant.iter().map(|grant| &grant.secret));
        let variables = served.command.iter().flat_map(|command| &command.variables);
        secrets.extend(variables.filter_map(|(_, value)| match value {
            Value::Secret(place, _) => Some(place),
            Value::Plain(_) => None,
        }));
    }
    secrets.extend(assessment.asked.iter().map(|asked| &asked.secret));
    secrets.extend(assessment.logins.iter().map(|login| &login.secret));
    let registrations =
        assessment.built_in.iter().filter_map(|built_in| built_in.registration_token.as_ref());
    let resources = assessment.elsewhere.iter().filter_map(|server| server.secret.as_ref());
    secrets.extend(registrations.chain(resources).map(|(place, _)| place));
    secrets.extend(serving.watching.alerts.iter().filter_map(|alerted| alerted.secret.as_ref()));
    secrets.extend(outward.certified.iter().map(|certified| &certified.key.value));
    if let ProxyChoice::Kept(place, _) = &outward.proxy {
        secrets.push(place);
    }
    let files = secrets.into_iter().filter_map(|place| match place {
        SecretPlace::File(path) => Some(path.as_path()),
        SecretPlace::Environment(_) => None,
    });
    let certificates = outward.roots.iter().chain(outward.certified.iter().map(|own| &own.certificate));
    let keys = assessment.key_files.iter().map(|kept| &kept.file);
    let own = serving.servers.iter().flat_map(|served| &served.policies);
    let others = certificates.chain(keys).chain(&serving.policies).chain(own);
    files.chain(others.map(|file| file.value.as_path())).collect()
}

/// Regular files only: what is read from a pipe is read once.
fn look(path: &Path) -> Option<Look> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Look { length: metadata.len(), modified: metadata.modified().ok(), place: place(&metadata) })
}

/// Where it lies on the disk: a file that was put in the place of another of the same size in the same moment is another.
#[cfg(unix)]
fn place(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Where it lies on the disk; not known here.
#[cfg(not(unix))]
fn place(_: &fs::Metadata) -> u64 {
    0
}

/// Waits for changes of files.
pub(super) struct Watch {
    changed: Arc<Notify>,
    unclosed: Arc<Unclosed>,
    /// None where the system cannot watch; then they are looked at now and then.
    _watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Watches these files.
    pub(super) fn over(files: &Files) -> Self {
        Self::with(files, Arc::default())
    }

    /// Watches these files from now on. Whoever is writing one of them told the watch before, and tells this one no more than
    /// when it is closed.
    pub(super) fn next(&self, files: &Files) -> Self {
        let names: HashSet<_> = files.places().into_values().flatten().collect();
        self.unclosed.names().retain(|name| names.contains(name));
        Self::with(files, Arc::clone(&self.unclosed))
    }

    fn with(files: &Files, unclosed: Arc<Unclosed>) -> Self {
        let changed = Arc::new(Notify::new());
        let watcher = watcher(files, Arc::clone(&changed), Arc::clone(&unclosed)).inspect_err(|error| {
            tracing::warn!(%error, "changes of the configuration are not told by the system, and noticed late");
        });
        Self { changed, unclosed, _watcher: watcher.ok() }
    }

    /// Waits until something may have changed: until the system says so, or for a while where it says nothing, as network
    /// file systems do, and folders that are not there yet.
    pub(super) async fn told(&self) {
        let _told = timeout(BETWEEN_LOOKS, self.changed.notified()).await;
        // Many changes are one look.
        sleep(QUIET).await;
    }

    /// Whether somebody has written to one of the files and not closed it yet, as far as the system says.
    pub(super) fn is_being_written(&self) -> bool {
        !self.unclosed.names().is_empty()
    }

    /// Lets the next wait end.
    pub(super) fn look_soon(&self) {
        self.changed.notify_one();
    }
}

/// The names of files that were written to and not closed since.
#[derive(Default)]
struct Unclosed(Mutex<HashSet<OsString>>);

impl Unclosed {
    fn names(&self) -> MutexGuard<'_, HashSet<OsString>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, kind: EventKind, name: &OsStr) {
        let mut names = self.names();
        match kind {
            // Elsewhere nobody tells when it is closed.
            EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => {
                names.insert(name.to_owned());
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(_))
            | EventKind::Remove(_) => {
                names.remove(name);
            }
            _ => {}
        }
    }
}

/// The names of the files that an event is about.
fn named_in(event: &Event) -> impl Iterator<Item = &OsStr> {
    event.paths.iter().filter_map(|path| path.file_name())
}

/// Folders are watched, not files: editors, and orchestrators that swap a link, put another file in the place. One that
/// cannot be watched takes none of the others with it.
fn watcher(
    files: &Files,
    changed: Arc<Notify>,
    unclosed: Arc<Unclosed>,
) -> notify::Result<RecommendedWatcher> {
    let places = files.places();
    let names: Vec<_> = places.values().flatten().cloned().collect();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if let Ok(event) = &event {
            for name in named_in(event).filter(|name| names.iter().any(|ours| ours == name)) {
                unclosed.hear(event.kind, name);
            }
        }
        // The store may lie in the same folder, and is written all the time.
        let is_ours = |event: &Event| {
            !matches!(event.kind, EventKind::Access(_))
                && named_in(event).any(|name| {
                    names.iter().any(|ours| ours == name) || name.as_encoded_bytes().starts_with(b"..")
                })
        };
        if event.as_ref().map_or(true, is_ours) {
            changed.notify_one();
        }
    })?;
    for folder in places.keys() {
        if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
            let folder = folder.display();
            tracing::warn!(%folder, %error, "the folder cannot be watched; its files are looked at now and then");
        }
    }
    Ok(watcher)
}

#[cfg(test)]
mod tests {
    use warded_core::UnixTime;

    use super::*;
    use crate::config::{fleet::assess, load};

    const SOURCE: &str = "
public_url: https://mcp.example.com
servers:
  notes:
    upstream: 'http://127.0.0.1:1/mcp'
    upstream_auth: { kind: bearer, value: file:key }
    issuers: [corp]
  disk:
    stdio: [python3, srv.py, --db, data.db]
    folder: work
    env: { DATA: data.db, TOKEN: file:nowhere/token }
issuers:
  corp: { url: 'https://login.example.com', keys: 'file:keys.json' }
network: { roots: [roots.pem, gone.pem] }
store: sqlite:warded.db
";

    fn files(folder: &Path) -> Files {
        let assessment = assess(&load(SOURCE).unwrap(), UnixTime::from_seconds(0));
        Files::at(&folder.join("warded.yaml")).naming(folder, &assessment)
    }

    #[tokio::test]
    async fn a_configuration_consists_of_what_is_read_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(at(name), text).unwrap();
        for name in ["warded.yaml", "roots.pem", "warded.db", "data.db", "srv.py", "python3"] {
            write(name, name);
        }
        let before = files(folder.path());
        let names = ["gone.pem", "key", "keys.json", "nowhere/token", "roots.pem", "warded.yaml"];
        assert_eq!(before.0.keys().collect::<Vec<_>>(), names.map(at).iter().collect::<Vec<_>>());
        assert!(before.are_as_before());
        for name in ["warded.db", "data.db", "srv.py", "python3"] {
            write(name, "another");
            assert!(before.are_as_before(), "what callers can have written is none of them: {name}");
        }
        // A folder that is not there is no reason to miss what happens in the others.
        let watch = Watch::over(&before);
        for (name, text) in [("key", "k1"), ("roots.pem", "others"), ("warded.yaml", "servers: {}")] {
            let before = files(folder.path());
            write(name, text);
            watch.changed.notified().await;
            assert!(!before.are_as_before(), "{name}");
            before.at_rest().await;
        }
        // As many editors do it.
        let before = files(folder.path());
        write("new", "servers: {}");
        fs::rename(at("new"), at("warded.yaml")).unwrap();
        watch.changed.notified().await;
        assert!(!before.are_as_before());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_began_to_write_under_the_watch_before_is_still_writing_under_the_next() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("warded.yaml"), "servers: {}\n").unwrap();
        let before = files(folder.path());
        let watch = Watch::over(&before);
        let file = fs::File::create(folder.path().join("warded.yaml")).unwrap();
        while !watch.is_being_written() {
            watch.changed.notified().await;
        }
        let next = watch.next(&files(folder.path()));
        drop(watch);
        assert!(next.is_being_written());
        drop(file);
        while next.is_being_written() {
            tokio::task::yield_now().await;
        }
        // A file that is none of them any more keeps nobody waiting.
        next.unclosed.names().insert("gone".into());
        assert!(!next.next(&files(folder.path())).is_being_written());
    }
}
