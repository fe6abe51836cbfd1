//! What may be done at each server? The policy files that the configuration names, read and put together: all of them, or
//! nothing is served.

mod files;

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use warded_guard::ScopeRules;
use warded_policy::{Part, Place, Policy, Unfit};

use self::files::{Files, PolicyFile};
use crate::{
    config::{
        Located,
        fleet::Assessment,
        serving::{Served, Serving},
    },
    finding::{Finding, Severity, table},
};

/// The policies of all servers.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    by_server: BTreeMap<String, Held>,
    /// What the files say, by where they lie.
    texts: Vec<(PathBuf, Arc<str>)>,
    doubts: Vec<Finding>,
}

/// The policy of one server.
#[derive(Clone, Debug)]
struct Held {
    policy: Arc<Policy>,
    /// What its files say, so that another policy is told from it.
    said: Arc<Value>,
}

/// Everything that is found in policy files, and what is wrong with how they are named.
pub(crate) fn findings(assessment: &Assessment, folder: &Path) -> Vec<Finding> {
    Policies::read(assessment, folder).map_or_else(|findings| findings, |policies| policies.doubts)
}

impl Policies {
    /// Reads every file that is named. Where one is no policy, there is none for any server.
    pub(crate) fn read(assessment: &Assessment, folder: &Path) -> Result<Self, Vec<Finding>> {
        let serving = &assessment.serving;
        let mut reading = Reading { files: Files::open(serving, folder), findings: Vec::new() };
        let shared = reading.put_together(&serving.policies, &[], None);
        let mut by_server = BTreeMap::new();
        for served in &serving.servers {
            let held = if served.policies.is_empty() {
                // Most servers of a fleet: made once.
                shared.clone()
            } else {
                reading.put_together(&serving.policies, &served.policies, Some(&served.name.value))
            };
            by_server.extend(held.map(|held| (served.name.value.clone(), held)));
        }
        let Reading { files, mut findings } = reading;
        findings.extend(files.found());
        if !is_unfit(&findings) {
            findings.extend(unheld(serving, &by_server));
        }
        let policies = Self { by_server, texts: files.texts().collect(), doubts: Vec::new() };
        findings.extend(policies.unknown_scopes(assessment));
        if is_unfit(&findings) {
            return Err(findings);
        }
        Ok(Self { doubts: findings, ..policies })
    }

    /// Exchanges for servers with a policy that name scopes which nobody there asks for.
    fn unknown_scopes(&self, assessment: &Assessment) -> Vec<Finding> {
        let exchanges = assessment.built_in.iter().flat_map(|built_in| &built_in.exchanges);
        let unknown = exchanges.filter_map(|exchanged| {
            let served = &assessment.serving.servers;
            let served = served.iter().find(|served| served.name.value == exchanged.allowed.to)?;
            self.of(&served.name.value)?;
            exchanged.unknown_scope(&self.scopes(served).known())
        });
        unknown.collect()
    }

    /// The policy of a server; none where it has none.
    pub(super) fn of(&self, server: &str) -> Option<&Arc<Policy>> {
        // One that says nothing costs nothing.
        self.by_server.get(server).map(|held| &held.policy).filter(|policy| !policy.is_empty())
    }

    /// What the policy of a server says, for those who compare two of them.
    pub(super) fn said(&self, server: &str) -> Option<&Value> {
        self.by_server.get(server).map(|held| &*held.said)
    }

    /// The scopes that calls of a server need, with those that its policy adds: issuers must give them, or nobody could ever make
    /// such a call.
    pub(crate) fn scopes(&self, served: &Served) -> ScopeRules {
        let mut rules = served.scopes.clone();
        self.of(&served.name.value).iter().for_each(|policy| rules.adds(&policy.scopes()));
        rules
    }

    /// What is doubtful, and keeps nothing from being served.
    pub(super) fn doubts(&self) -> &[Finding] {
        &self.doubts
    }

    /// The files and what they say.
    pub(super) fn texts(&self) -> &[(PathBuf, Arc<str>)] {
        &self.texts
    }
}

/// Whether something was found with which nothing is served.
fn is_unfit(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.rule.severity >= Severity::High)
}

/// Servers whose policy files came to no policy: without one, everything would pass there, and nobody would have said why.
fn unheld(serving: &Serving, by_server: &BTreeMap<String, Held>) -> Option<Finding> {
    let named =
        |served: &Served| serving.policies.first().or(served.policies.first()).map(|named| named.span);
    let mut servers = serving.servers.iter().filter(|served| !by_server.contains_key(&served.name.value));
    let (served, span) = servers.find_map(|served| Some((served, named(served)?)))?;
    let message = format!("the policy files of `{}` make no policy", served.name.value);
    Some(Finding::new(&table::POLICY_INVALID, message).at(span, "here"))
}

struct Reading {
    files: Files,
    findings: Vec<Finding>,
}

impl Reading {
    /// Puts files together as one server has them: those for every server are asked first. None where there are none, or where
    /// they are not fit; then it was said why.
    fn put_together(
        &mut self,
        shared: &[Located<PathBuf>],
        own: &[Located<PathBuf>],
        server: Option<&str>,
    ) -> Option<Held> {
        let repeated = self.repeated(shared, own);
        let is_repeated = !repeated.is_empty();
        self.findings.extend(repeated);
        if is_repeated || shared.len() + own.len() == 0 {
            return None;
        }
        let place = |named: usize| match server.filter(|_| named >= shared.len()) {
            Some(server) => Place::Server(server.into()),
            None => Place::Shared,
        };
        let files: Vec<_> = shared.iter().chain(own).map(|named| self.files.of(&named.value)).collect();
        let files: Vec<&PolicyFile> = files.into_iter().collect::<Option<_>>()?;
        let parts = files.iter().enumerate().map(|(at, file)| {
            let document = file.document.as_ref()?;
            Some(Part { document, place: place(at), file: &file.named })
        });
        let parts: Vec<_> = parts.collect::<Option<_>>()?;
        match Policy::of(&parts) {
            Ok(policy) => {
                let said = files
                    .iter()
                    .map(|file| json!([file.named, digest(&SHA256, file.source.text.as_bytes()).as_ref()]));
                Some(Held { policy: Arc::new(policy), said: Arc::new(said.collect()) })
            }
            Err(unfit) => {
                let Unfit { file, finding } = *unfit;
                let file = files.iter().find(|read| *read.named == *file);
                let found = file.map(|file| Finding::in_policy(&finding, &file.source));
                // What is wrong with the files for all is wrong at every server.
                self.findings.extend(found.filter(|found| !self.findings.contains(found)));
                None
            }
        }
    }

    /// A file that stands twice among those of one server would count every call twice.
    fn repeated(&self, shared: &[Located<PathBuf>], own: &[Located<PathBuf>]) -> Vec<Finding> {
        let mut seen = HashMap::new();
        let mut repeated = Vec::new();
        for (at, named) in shared.iter().chain(own).enumerate() {
            let Some(file) = self.files.of(&named.value) else { continue };
            // Said once of those for all, and not at every server again.
            let is_told = !own.is_empty() && at < shared.len();
            if let Some(first) = seen.insert(&file.place, named.span).filter(|_| !is_told) {
                let message = format!("the policy file `{}` stands twice", named.value.display());
                let finding = Finding::new(&table::POLICY_FILE_INVALID, message).at(named.span, "here");
                repeated.push(finding.at(first, "and here").help("Name it once."));
            }
        }
        repeated
    }
}

#[cfg(test)]
mod tests;
