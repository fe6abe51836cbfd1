//! What stands in the policy files? Each is read once, however many servers have it.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use warded_policy::{Document, MAX_POLICY_BYTES, Read, Reading, read};

use crate::{
    config::{Located, serving::Serving},
    finding::{Finding, SourceFile, table},
};

/// The files that a configuration names, by how it names them.
#[derive(Debug)]
pub(super) struct Files {
    read: HashMap<PathBuf, PolicyFile>,
    found: Vec<Finding>,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct PolicyFile {
    /// How the configuration calls it.
    pub(super) named: String,
    /// Where it is read.
    path: PathBuf,
    /// Where it lies, whatever it is called.
    pub(super) place: PathBuf,
    pub(super) source: Arc<SourceFile>,
    /// What it says; none where it is no policy.
    pub(super) document: Option<Document>,
}

impl Files {
    pub(super) fn open(serving: &Serving, folder: &Path) -> Self {
        let named = serving.policies.iter();
        let named = named.chain(serving.servers.iter().flat_map(|served| &served.policies));
        let mut files = Self { read: HashMap::new(), found: Vec::new() };
        let mut failed = HashSet::new();
        for named in named {
            if files.read.contains_key(&named.value) || failed.contains(&named.value) {
                continue;
            }
            match files.opened(named, folder) {
                Ok(file) => {
                    files.read.insert(named.value.clone(), file);
                }
                Err(why) => {
                    failed.insert(named.value.clone());
                    files.found.push(unreadable(named, &why));
                }
            }
        }
        files
    }

    /// The file of this name; none where it could not be read.
    pub(super) fn of(&self, named: &Path) -> Option<&PolicyFile> {
        self.read.get(named)
    }

    /// Everything that was found in them.
    pub(super) fn found(&self) -> impl Iterator<Item = Finding> {
        self.found.iter().cloned()
    }

    /// What they say, by where they are.
    pub(super) fn texts(&self) -> impl Iterator<Item = (PathBuf, Arc<str>)> {
        self.read.values().map(|file| (file.path.clone(), Arc::clone(&file.source.text)))
    }

    fn opened(&mut self, named: &Located<PathBuf>, folder: &Path) -> Result<PolicyFile, String> {
        let path = folder.join(&named.value);
        let text = text(&path)?;
        // Never leniently: what is not understood may be what denies.
        let Read { document, findings } = read(&text, Reading::Strict);
        let source = Arc::new(SourceFile { name: path.display().to_string(), text: text.into() });
        self.found.extend(findings.iter().map(|finding| Finding::in_policy(finding, &source)));
        let place = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        Ok(PolicyFile { named: named.value.display().to_string(), path, place, source, document })
    }
}

fn text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let most = MAX_POLICY_BYTES as u64;
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > MAX_POLICY_BYTES {
        return Err(format!("is larger than {MAX_POLICY_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

fn unreadable(named: &Located<PathBuf>, why: &str) -> Finding {
    let message = format!("the policy file `{}` {why}", named.value.display());
    Finding::new(&table::POLICY_FILE_INVALID, message).at(named.span, "this file")
}
