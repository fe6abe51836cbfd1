//! Which files does a configuration consist of, and has one of them changed? The file itself, and every file that it
//! names: secrets, certificates.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use serde_json::Value;
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

/// For how long nothing more must change before it is read: whoever writes a file does so in several steps.
const QUIET: Duration = Duration::from_millis(250);
/// A file that never rests is read all the same.
const RESTLESS: Duration = Duration::from_secs(3);

/// How a file looked; none where it was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    length: u64,
    modified: Option<SystemTime>,
    place: u64,
}

/// The files of one configuration, as they looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Files(BTreeMap<PathBuf, Option<Look>>);

impl Files {
    /// The file at `path`, and what it names.
    pub(super) fn of(path: &Path, source: &str) -> Self {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut files = BTreeMap::from([(path.to_owned(), look(path))]);
        // Where it cannot be read, nothing that it names matters.
        let config = serde_saphyr::from_str::<Value>(source).unwrap_or_default();
        let mut left = vec![&config];
        while let Some(value) = left.pop() {
            match value {
                Value::Array(values) => left.extend(values),
                Value::Object(values) => left.extend(values.values()),
                Value::String(text) => {
                    let secret = text.strip_prefix("file:");
                    let path = folder.join(secret.unwrap_or(text));
                    let seen = look(&path);
                    if secret.is_some() || seen.is_some() {
                        files.insert(path, seen);
                    }
                }
                _ => {}
            }
        }
        Self(files)
    }

    /// The same files, as they looked earlier where that is known.
    pub(super) fn seen_as_in(mut self, earlier: &Self) -> Self {
        for (path, seen) in &mut self.0 {
            if let Some(earlier) = earlier.0.get(path) {
                seen.clone_from(earlier);
            }
        }
        self
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
    /// None where the system cannot watch; then a signal says when to look.
    _watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Watches these files.
    pub(super) fn over(files: &Files) -> Self {
        let changed = Arc::new(Notify::new());
        let watcher = watcher(files, Arc::clone(&changed)).inspect_err(|error| {
            tracing::warn!(%error, "changes of the configuration are not noticed; SIGHUP reads it again");
        });
        Self { changed, _watcher: watcher.ok() }
    }

    /// Waits until something has changed and is at rest.
    pub(super) async fn settled(&self) {
        self.changed.notified().await;
        let began = Instant::now();
        while began.elapsed() < RESTLESS && timeout(QUIET, self.changed.notified()).await.is_ok() {}
    }

    /// Lets the next wait end.
    pub(super) fn look_soon(&self) {
        self.changed.notify_one();
    }
}

/// Folders are watched, not files: editors, and orchestrators that swap a link, put another file in the place.
fn watcher(files: &Files, changed: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let places = files.places();
    let names: Vec<_> = places.values().flatten().cloned().collect();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // The store may lie in the same folder, and is written all the time.
        let is_ours = |event: &Event| {
            !matches!(event.kind, EventKind::Access(_))
                && event.paths.iter().filter_map(|path| path.file_name()).any(|name| {
                    names.iter().any(|ours| ours == name) || name.as_encoded_bytes().starts_with(b"..")
                })
        };
        if event.as_ref().map_or(true, is_ours) {
            changed.notify_one();
        }
    })?;
    for folder in places.keys() {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_configuration_consists_of_what_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let source = "servers: { notes: { upstream: 'http://127.0.0.1:1/mcp', upstream_auth: { kind: bearer, value: file:key } } }
network: { roots: [roots.pem, gone.pem] }
store: sqlite:warded.db
";
        let write = |name: &str, text: &str| fs::write(at(name), text).unwrap();
        write("warded.yaml", source);
        write("roots.pem", "roots");
        write("warded.db", "store");
        let files = Files::of(&at("warded.yaml"), source);
        assert_eq!(files.0.keys().collect::<Vec<_>>(), [&at("key"), &at("roots.pem"), &at("warded.yaml")]);
        assert!(files.are_as_before());
        let watch = Watch::over(&files);
        write("warded.db", "another");
        assert!(files.are_as_before(), "the store is none of them");
        for (name, text) in [("key", "k1"), ("roots.pem", "others"), ("warded.yaml", "servers: {}")] {
            let files = Files::of(&at("warded.yaml"), source);
            write(name, text);
            watch.settled().await;
            assert!(!files.are_as_before(), "{name}");
        }
        // As many editors do it.
        let files = Files::of(&at("warded.yaml"), source);
        write("new", "servers: {}");
        fs::rename(at("new"), at("warded.yaml")).unwrap();
        watch.settled().await;
        assert!(!files.are_as_before());
    }
}
