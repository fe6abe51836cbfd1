//! What rules about configurations are asked about, and what helps them to say it.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use aho_corasick::AhoCorasick;

use super::{
    File,
    secret::{self, Held},
    server::{self, Server},
    tree::Node,
};
use crate::{
    finding::{Finding, Spot},
    rule::{Confidence, Rule},
};

/// A rule about configurations and how it finds what it is about.
pub(crate) struct Check {
    /// The rule.
    pub(crate) rule: &'static Rule,
    /// What it finds.
    pub(crate) find: fn(&[Looked<'_>]) -> Vec<Finding>,
}

/// A configuration that was read.
pub(crate) struct Looked<'f> {
    pub(crate) file: &'f File,
    pub(crate) source: &'f str,
    pub(crate) root: Node,
    pub(crate) servers: Vec<Server>,
}

impl<'f> Looked<'f> {
    pub(crate) fn new(file: &'f File, source: &'f str, root: Node) -> Self {
        let servers = server::servers(&root, file.product, source);
        Self { file, source, root, servers }
    }

    /// All secrets that are written out, each place once.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&Server, Held<'_>)> {
        let of = |server| move |held| (server, held);
        let all = self.servers.iter();
        let all = all.flat_map(move |server| server.pieces.iter().flat_map(secret::held).map(of(server)));
        // Behind a name of YAML, the same place belongs to several servers.
        let mut seen = BTreeSet::new();
        all.filter(move |(_, held)| seen.insert((held.text.span.start, held.text.span.end)))
    }

    pub(crate) fn finding(&self, rule: &'static Rule, span: Range<usize>, message: String) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::High,
            spot: self.spot(span),
            message,
            steps: Vec::new(),
            fix: None,
        }
    }

    pub(crate) fn path(&self) -> Arc<str> {
        self.file.path.clone()
    }

    /// Who may read the file.
    pub(crate) fn mode(&self) -> Option<u32> {
        self.file.mode
    }

    pub(crate) fn spot(&self, span: Range<usize>) -> Spot {
        Spot { path: self.file.path.clone(), span }
    }
}

/// How many characters of a secret tell it apart.
const TELLING: usize = 16;

/// Takes secrets out of what is said. Whoever writes a configuration also chooses its keys, and messages name those.
pub(crate) fn hide(findings: &mut [Finding], looked: &[Looked<'_>]) {
    let held = looked.iter().flat_map(Looked::held).map(|(_, held)| held.text.value);
    let telling = held.filter(|value| value.len() >= 4);
    let telling: BTreeSet<String> = telling.map(|value| plain(value.chars().take(TELLING))).collect();
    let Ok(secrets) = AhoCorasick::new(&telling) else { return };
    let hidden = |message: &str| {
        let quoted = message.split('`').enumerate();
        let parts: Vec<_> = quoted
            .map(|(at, part)| if at % 2 == 1 && secrets.is_match(&plain(part.chars())) { "…" } else { part })
            .collect();
        parts.join("`")
    };
    for finding in findings {
        finding.message = hidden(&finding.message);
        finding.steps.iter_mut().for_each(|step| step.says = hidden(&step.says));
        let tells = |fix: &crate::finding::Fix| {
            secrets.is_match(&plain(fix.says.chars()))
                || fix.edits.iter().any(|edit| secrets.is_match(&plain(edit.text.chars())))
        };
        if finding.fix.as_ref().is_some_and(tells) {
            finding.fix = None;
        }
    }
}

/// As it reads in the name of a variable, too, which is made of the names in a file.
fn plain(text: impl Iterator<Item = char>) -> String {
    text.map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' }).collect()
}
