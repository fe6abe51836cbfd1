//! What rules about configurations are asked about, and what helps them to say it.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

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
    /// Nothing in an empty file.
    pub(crate) root: Option<Node>,
    /// How far it could be read.
    pub(crate) end: usize,
    pub(crate) servers: Vec<Server>,
}

impl<'f> Looked<'f> {
    pub(crate) fn new(file: &'f File, source: &'f str, root: Option<Node>, end: usize) -> Self {
        let servers =
            root.as_ref().map(|root| server::servers(root, file.product, source)).unwrap_or_default();
        Self { file, source, root, end, servers }
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
