//! The server behind, where it is a command: its words, its environment, and how many of it run.

use std::{path::PathBuf, time::Duration};

use super::{
    super::{Located, Server, Span},
    SecretPlace, upstream,
};
use crate::finding::{Finding, Rule, table};

/// The command that is a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Command {
    /// The program.
    pub program: String,
    /// What follows it.
    pub arguments: Vec<String>,
    /// What stands in its environment besides what every program needs.
    pub variables: Vec<(String, Value)>,
    /// The folder that it works in, as it is written.
    pub folder: Option<PathBuf>,
    /// Most processes at a time.
    pub max_children: usize,
    /// How long a process is kept that nobody uses.
    pub idle: Duration,
    /// Where it is written.
    pub at: Span,
}

impl Command {
    /// What is run and how, wherever it is written: two that are alike have one text.
    pub(super) fn likeness(&self) -> String {
        let variables = self.variables.iter().map(|(name, value)| match value {
            Value::Plain(text) => format!("{name}={text:?}"),
            Value::Secret(place, _) => format!("{name}={place:?}"),
        });
        let variables: Vec<_> = variables.collect();
        format!("{:?}", (&self.program, &self.arguments, &self.folder, variables))
    }
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A text that anybody may know.
    Plain(String),
    /// Where a secret is, and where that is written.
    Secret(SecretPlace, Span),
}

const DEFAULT_CHILDREN: usize = 32;
const MAX_CHILDREN: u16 = 4096;
const DEFAULT_IDLE: Duration = Duration::from_mins(15);
const MAX_IDLE: u32 = 24 * 60 * 60;

/// Reads the command of a server.
pub(super) fn command(server: &Server, findings: &mut Vec<Finding>) -> Option<Command> {
    let Some(stdio) = &server.stdio else {
        unused(server, findings);
        return None;
    };
    if let Some(upstream) = &server.upstream {
        let message = "a server has `upstream` and `stdio`";
        let finding = Finding::new(&table::UPSTREAM_TWICE, message).at(stdio.span, "this command");
        findings.push(finding.at(upstream.span, "and this URL"));
    }
    if let Some(auth) = &server.upstream_auth {
        let message = "`upstream_auth` has no effect with `stdio`: a process is shown no headers";
        let finding = Finding::new(&table::STDIO_UNUSED, message).at(auth.kind.span, "has no effect");
        findings.push(finding.help("Give the process its secret in `env`, as `NAME: env:NAME`."));
    }
    let (max_children, idle) = (max_children(server, findings), idle(server, findings));
    let variables = variables(server, findings);
    let (program, arguments) = words(stdio, findings)?;
    Some(Command {
        program,
        arguments,
        variables,
        folder: server.folder.as_ref().map(|folder| PathBuf::from(&folder.value)),
        max_children: max_children.unwrap_or(DEFAULT_CHILDREN),
        idle: idle.unwrap_or(DEFAULT_IDLE),
        at: stdio.span,
    })
}

fn invalid(message: &str, at: Span, label: &str) -> Finding {
    Finding::new(&table::STDIO_INVALID, message).at(at, label)
}

fn words(
    stdio: &Located<Vec<Located<String>>>,
    findings: &mut Vec<Finding>,
) -> Option<(String, Vec<String>)> {
    let Some((program, arguments)) = stdio.value.split_first() else {
        findings.push(invalid("`stdio` names no command", stdio.span, "no words"));
        return None;
    };
    if let Some(word) = stdio.value.iter().find(|word| word.value.contains('\0')) {
        findings.push(invalid("no word of a command can hold a NUL", word.span, "this word"));
        return None;
    }
    let text = &program.value;
    // `./My Server/run` is a path; `npx -y @some/server` is what a shell would take apart.
    let is_path = text.starts_with(['/', '.', '\\']) || text.get(1..2) == Some(":");
    if text.trim().is_empty() || (text.contains(char::is_whitespace) && !is_path) {
        let finding = invalid("the first word of `stdio` is not a program", program.span, "this word");
        let parts: Vec<_> = text.split_whitespace().collect();
        findings.push(match parts.len() {
            0 | 1 => finding,
            _ => finding.help(format!("Did you mean `{}`?", serde_json::json!(parts))),
        });
        return None;
    }
    Some((text.clone(), arguments.iter().map(|word| word.value.clone()).collect()))
}

fn variables(server: &Server, findings: &mut Vec<Finding>) -> Vec<(String, Value)> {
    let mut variables = Vec::new();
    for (name, value) in server.env.iter() {
        let text = &value.value;
        let is_name = !name.value.is_empty() && !name.value.contains(['=', '\0', ' ']);
        if !is_name || text.contains('\0') {
            let finding = invalid("this is no variable that a process can have", name.span, "this variable");
            findings.push(finding.help("A name has neither `=` nor blanks."));
            continue;
        }
        let is_reference = ["env:", "file:"].iter().any(|kind| text.starts_with(kind));
        let value = match upstream::place(text) {
            Some(place) => Value::Secret(place, value.span),
            None if is_reference => {
                let finding = invalid("the reference is not complete", value.span, "this reference");
                findings.push(finding.help("Write `env:NAME` or `file:PATH`."));
                continue;
            }
            None => Value::Plain(text.clone()),
        };
        variables.push((name.value.clone(), value));
    }
    variables
}

fn unused(server: &Server, findings: &mut Vec<Finding>) {
    let keys = [
        ("env", server.env.iter().next().map(|(name, _)| name.span)),
        ("folder", server.folder.as_ref().map(|folder| folder.span)),
        ("max_children", server.max_children.as_ref().map(|most| most.span)),
        ("idle", server.idle.as_ref().map(|idle| idle.span)),
    ];
    for (key, at) in keys {
        if let Some(at) = at {
            let message = format!("`{key}` has no effect without `stdio`");
            findings.push(Finding::new(&table::STDIO_UNUSED, message).at(at, "has no effect"));
        }
    }
}

const LIMIT: &Rule = &table::LIMIT_INVALID;

fn max_children(server: &Server, findings: &mut Vec<Finding>) -> Option<usize> {
    let written = server.max_children.as_ref()?;
    if (1..=MAX_CHILDREN).contains(&written.value) {
        return Some(written.value.into());
    }
    let message = format!("`max_children` must lie between 1 and {MAX_CHILDREN}");
    findings.push(Finding::new(LIMIT, message).at(written.span, "this many").help("Leave it out for 32."));
    None
}

fn idle(server: &Server, findings: &mut Vec<Finding>) -> Option<Duration> {
    let written = server.idle.as_ref()?;
    let seconds = written.value.seconds();
    if (1..=MAX_IDLE).contains(&seconds) {
        return Some(Duration::from_secs(seconds.into()));
    }
    let message = "`idle` must lie between 1s and 1d";
    let finding = Finding::new(LIMIT, message).at(written.span, format!("{seconds}s"));
    findings.push(finding.help("Write at most `1d`."));
    None
}
