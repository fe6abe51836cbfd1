//! What only shows when servers, their identifiers and what lies behind them are seen together.

use std::collections::HashMap;

use warded_core::{ResourceUri, ServerSpec};
use warded_gateway::UpstreamUrl;

use super::{Command, SecretPlace, Served, Serving, stdio::Value};
use crate::{
    config::{Located, Span},
    finding::{Finding, table},
};

impl Serving {
    /// `specs` are the servers in the core's words, in the same order.
    pub(in crate::config) fn doubt<'a>(
        &self,
        specs: impl Iterator<Item = &'a ServerSpec>,
        findings: &mut Vec<Finding>,
    ) {
        let mut identifiers = HashMap::new();
        for spec in specs {
            for uri in std::iter::once(&spec.resource).chain(&spec.aliases) {
                identifiers.insert(uri.clone(), spec.name.clone());
            }
        }
        self.doubt_secrets(findings);
        let mut behind: HashMap<String, &Served> = HashMap::new();
        let mut commands: HashMap<String, (&Served, &Command)> = HashMap::new();
        for server in &self.servers {
            if let Some(command) = &server.command {
                let (other, like) = *commands.entry(command.likeness()).or_insert((server, command));
                if other.name.value != server.name.value {
                    findings.push(run_twice(server, command, other, like));
                }
            }
            let Some(upstream) = &server.upstream else { continue };
            findings.extend(self.is_loop(server, upstream, &identifiers));
            findings.extend(plain(server, upstream));
            match behind.get(&upstream.value.to_string()) {
                Some(other) => findings.extend(shared(server, upstream, other)),
                None => {
                    behind.insert(upstream.value.to_string(), server);
                }
            }
        }
        for (place, at) in self.open() {
            let message = format!("`{}` can be reached from other machines, in plain HTTP", place.address);
            findings.push(Finding::new(&table::LISTEN_OPEN, message).at(at, "not loopback"));
        }
    }

    /// Whoever is shown a secret can show it to whomever else takes it.
    fn doubt_secrets(&self, findings: &mut Vec<Finding>) {
        let mut shown: HashMap<&SecretPlace, (&Served, Span)> = HashMap::new();
        let every =
            self.servers.iter().flat_map(|server| server.secrets().map(move |secret| (server, secret)));
        for (server, (secret, at)) in every {
            match shown.get(secret) {
                // Under two names in one environment, it is one process's.
                Some((other, place)) if other.name.value != server.name.value => {
                    let (one, two) = (&other.name.value, &server.name.value);
                    let message =
                        format!("`{one}` and `{two}` show the same secret to what lies behind them");
                    let finding = Finding::new(&table::UPSTREAM_SECRET_SHARED, message);
                    findings.push(finding.at(at, "this secret").at(*place, "and this one"));
                }
                Some(_) => {}
                None => {
                    shown.insert(secret, (server, at));
                }
            }
        }
    }

    /// Warded as its own server behind would call itself until something breaks.
    fn is_loop(
        &self,
        server: &Served,
        upstream: &Located<UpstreamUrl>,
        identifiers: &HashMap<ResourceUri, Box<str>>,
    ) -> Option<Finding> {
        let named = ResourceUri::parse(&upstream.value.to_string()).ok();
        let named = named.and_then(|uri| identifiers.get(&uri));
        let (_, port) = upstream.value.host_and_port();
        let listens = self.listen.iter().any(|place| place.address.port() == port);
        let is_here = listens && port != 0 && upstream.value.is_loopback();
        let why = match named {
            Some(name) => format!("it is the identifier of the server `{name}`, which Warded answers itself"),
            None if is_here => "Warded listens there itself".to_owned(),
            None => return None,
        };
        let message =
            format!("`{}` cannot lie behind the server `{}`: {why}", upstream.value, server.name.value);
        Some(Finding::new(&table::UPSTREAM_LOOP, message).at(upstream.span, "this URL"))
    }
}

impl Served {
    /// What is shown to the server behind, and where that is written.
    fn secrets(&self) -> impl Iterator<Item = (&SecretPlace, Span)> {
        let header = self.credential.iter().map(|credential| (&credential.secret, credential.at));
        let variables = self.command.iter().flat_map(|command| &command.variables);
        header.chain(variables.filter_map(|(_, value)| match value {
            Value::Secret(place, at) => Some((place, *at)),
            Value::Plain(_) => None,
        }))
    }
}

fn plain(server: &Served, upstream: &Located<UpstreamUrl>) -> Option<Finding> {
    (upstream.value.is_plain_http() && !upstream.value.is_loopback()).then(|| {
        let message =
            format!("calls to the server behind `{}` cross a network in plain HTTP", server.name.value);
        Finding::new(&table::UPSTREAM_PLAIN_HTTP, message).at(upstream.span, "plain http")
    })
}

fn run_twice(server: &Served, command: &Command, other: &Served, like: &Command) -> Finding {
    let (one, two) = (&other.name.value, &server.name.value);
    let message = format!("`{one}` and `{two}` run the same command in the same way");
    let finding = Finding::new(&table::UPSTREAM_SHARED, message).at(command.at, "this command");
    finding.at(like.at, "and this one")
}

fn shared(server: &Served, upstream: &Located<UpstreamUrl>, other: &Served) -> Option<Finding> {
    let place = other.upstream.as_ref()?.span;
    let (one, two) = (&other.name.value, &server.name.value);
    let message = format!("`{one}` and `{two}` lead to the same server behind");
    let finding = Finding::new(&table::UPSTREAM_SHARED, message).at(upstream.span, "this URL");
    Some(finding.at(place, "and this one"))
}
