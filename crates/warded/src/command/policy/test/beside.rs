//! Which tests are meant, and of which policies?

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use warded_guard::ScopeRules;
use warded_policy::{Place, Policy};

use super::said::{self, Said};
use crate::{
    command::policy::{
        facts::At,
        file::{PolicyFile, bounded, policies, together},
        server::Configured,
    },
    report,
};

/// How files of tests end.
const ENDS: [&str; 2] = [".test.yaml", ".test.yml"];

/// A file of tests, with the policy that it is about.
#[derive(Debug)]
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) said: Said,
    pub(super) policy: Policy,
    pub(super) server: At,
    /// Which scopes calls need, by the policy and, where a server of it is named, by the configuration.
    pub(super) scopes: ScopeRules,
}

/// Reads all of them before the first is run.
pub(super) fn suites(named: &[PathBuf], server: Option<&Configured>) -> anyhow::Result<Vec<Suite>> {
    let files = if named.is_empty() {
        found()?
    } else {
        // `*.yaml` names a policy and its tests, and they are run once.
        let mut files: Vec<PathBuf> = Vec::new();
        for file in named {
            let tests = tests_of(file)?;
            if !files.contains(&tests) {
                files.push(tests);
            }
        }
        files
    };
    files.iter().map(|file| suite(file, server)).collect()
}

/// Every file of tests in this folder.
fn found() -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(".").context("cannot read this folder")? {
        let name = entry.context("cannot read this folder")?.file_name();
        files.extend(stem(Path::new(&name)).map(|_| PathBuf::from(&name)));
    }
    if files.is_empty() {
        bail!("there is no file of tests in this folder: those of `notes.yaml` stand in `notes.test.yaml`");
    }
    files.sort();
    Ok(files)
}

/// The name of the policy of a file of tests, without its end.
fn stem(file: &Path) -> Option<&str> {
    let name = file.file_name().and_then(OsStr::to_str)?;
    ENDS.iter().find_map(|end| name.strip_suffix(end)).filter(|stem| !stem.is_empty())
}

/// The file itself, or the one beside a policy.
fn tests_of(file: &Path) -> anyhow::Result<PathBuf> {
    if stem(file).is_some() {
        return Ok(file.to_owned());
    }
    if file.is_dir() {
        bail!(
            "{} is a folder: name files of it, such as {}",
            file.display(),
            file.join("*.test.yaml").display()
        );
    }
    let stem = file.file_stem().and_then(OsStr::to_str).context("a policy is a file")?;
    let beside = ENDS.map(|end| file.with_file_name(format!("{stem}{end}")));
    match beside.iter().find(|beside| beside.exists()) {
        Some(beside) => Ok(beside.clone()),
        None if !file.exists() => bail!("there is no {}", file.display()),
        None => bail!("{} has no tests: there is no {}", file.display(), beside[0].display()),
    }
}

fn suite(file: &Path, configured: Option<&Configured>) -> anyhow::Result<Suite> {
    let name = file.display().to_string();
    let source = File::open(file).map_err(Into::into).and_then(bounded);
    let source = source.with_context(|| format!("cannot read {name}"))?;
    let said = said::read(&source, &name)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let of = |names: &[String]| names.iter().map(|name| folder.join(name)).collect::<Vec<_>>();
    let shared = policies(&of(&said.shared))?;
    let own = match (&*said.policy, stem(file)) {
        ([], Some(stem)) => {
            let beside = [".yaml", ".yml"].map(|end| file.with_file_name(format!("{stem}{end}")));
            let found = beside.iter().find(|beside| beside.exists());
            // A file that is about shared policies needs none of its own.
            match found {
                Some(policy) => vec![policy.clone()],
                None if shared.is_empty() => {
                    bail!("{name}: there is no {}; `policy: FILE` names another one", beside[0].display())
                }
                None => Vec::new(),
            }
        }
        (names, _) => of(names),
    };
    let own = policies(&own)?;
    let server = match configured {
        None => said.server.at(),
        Some(Configured { at, .. }) => match said.server.differs(at) {
            None => at.clone(),
            Some(differs) => {
                bail!("{name}: these tests are about another server: {}", report::escaped(&differs))
            }
        },
    };
    let place = Place::Server(server.name.as_str().into());
    let shared = shared.iter().map(|file: &PolicyFile| (file, Place::Shared));
    let policy = together(shared.chain(own.iter().map(|file| (file, place.clone()))))?;
    let mut scopes = configured.map_or_else(ScopeRules::default, |configured| configured.scopes.clone());
    scopes.adds(&policy.scopes());
    Ok(Suite { name, source, said, policy, server, scopes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_a_policy_stand_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(tests_of(&at("a.yaml")).is_err());
        fs::write(at("a.test.yaml"), "").unwrap();
        for file in ["a.yaml", "a.yml", "a.test.yaml"] {
            assert_eq!(tests_of(&at(file)).unwrap(), at("a.test.yaml"), "{file}");
        }
        assert_eq!(stem(Path::new(".test.yaml")), None);
        fs::write(at("a.yaml"), "version: 1\n").unwrap();
        fs::write(at("a.test.yaml"), "tests: [{ tool: a, expect: allow }]\n").unwrap();
        assert_eq!(suites(&[at("a.test.yaml"), at("a.yaml"), at("a.test.yaml")], None).unwrap().len(), 1);
    }
}
