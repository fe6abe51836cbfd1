//! The browsers in which people are logged in.

use std::fmt::Write as _;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_store::{Session, journal::Act};

use super::Desk;
use crate::{
    cli::{Answer, Format},
    report,
};

#[derive(Debug, Args)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the browsers in which a person is logged in
    List {
        /// Who
        name: String,
    },
    /// Log a person out: of all browsers, or of one
    End {
        /// Whom
        name: String,
        /// The browser, as the list names it
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
}

impl Sessions {
    pub(super) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let (Action::List { name } | Action::End { name, .. }) = &self.action;
        let user = desk.user(name).await?;
        let sessions = desk.store.sessions_of(&user.id, desk.now).await?;
        let Action::End { session, .. } = &self.action else {
            return Ok(match desk.format {
                Format::Json => {
                    let rows: Vec<_> = sessions.iter().map(json).collect();
                    Answer::of(report::document(&json!({ "sessions": rows })))
                }
                Format::Text => Answer::of(table(sessions.iter())),
            });
        };
        let is_meant = |known: &&Session| session.as_ref().is_none_or(|wanted| *wanted == id(known));
        let meant: Vec<_> = sessions.iter().filter(is_meant).collect();
        if let (Some(session), true) = (session, meant.is_empty()) {
            bail!("{} has no session `{}`", report::escaped(name), report::escaped(session));
        }
        let act = Act {
            action: "sessions/end",
            names: meant.iter().map(|session| id(session).into()).collect(),
            subject: Some(user.id.as_str().into()),
            ..Act::default()
        };
        let end = async {
            for session in &meant {
                desk.store.end_session(&session.digest).await?;
            }
            Ok(())
        };
        desk.doing(act, end).await?;
        let ended: Vec<_> = meant.iter().map(|session| id(session)).collect();
        let text = format!("{} is logged out of {} browsers\n", report::escaped(name), ended.len());
        Ok(desk.said(&json!({ "ended": ended }), &text))
    }
}

/// A name for a session that leads to no cookie: the store has but its hash, and this is the beginning of that.
fn id(session: &Session) -> String {
    session.digest.as_bytes().iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to memory does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn json(session: &Session) -> Value {
    json!({
        "session": id(session),
        "issuer": session.issuer.as_str(),
        "since": session.since.seconds(),
        "auth_time": session.auth_time.map(UnixTime::seconds),
        "expires": session.expires.seconds(),
    })
}

pub(super) fn table<'a>(sessions: impl Iterator<Item = &'a Session>) -> String {
    let mut rows = vec![["SESSION", "ISSUER", "LOGGED IN", "UNTIL"].map(str::to_owned).to_vec()];
    rows.extend(sessions.map(|session| {
        let (since, until) = (report::date(session.since), report::date(session.expires));
        vec![id(session), session.issuer.to_string(), since, until]
    }));
    report::table(&rows)
}
