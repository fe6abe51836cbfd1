//! The people who log in at the built-in issuers.

mod password;
mod removed;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use warded_issuer::operator;
use warded_store::{User, journal::Act};
use zeroize::Zeroizing;

use super::{Desk, grants, sessions};
use crate::{
    cli::{Answer, Format},
    report,
};

#[derive(Debug, Args)]
pub(crate) struct Users {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a person; the password is asked for, or read from standard input or a file, never from an argument
    Add {
        /// What the person types to log in
        name: String,
        /// A file that holds the password; `-` is standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// The person has no password, and logs in elsewhere: the name of one of `logins`
        #[arg(long, value_name = "NAME", requires = "subject", conflicts_with = "password_file")]
        login: Option<String>,
        /// What the person is called there, for good: `sub`, `oid` at Entra, the number of the account at GitHub
        #[arg(long, value_name = "SUBJECT", requires = "login", allow_hyphen_values = true)]
        subject: Option<String>,
    },
    /// List everybody
    List {
        /// Those who were removed and log in elsewhere, by what they are called there
        #[arg(long)]
        removed: bool,
    },
    /// Show a person: logins elsewhere, browsers, applications with access
    Show {
        /// Whom
        name: String,
    },
    /// Give a person another password, and end all sessions and grants
    SetPassword {
        /// Whom
        name: String,
        /// A file that holds the password; `-` is standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Remove a person, with all sessions and grants; whoever logs in elsewhere stays out until added again or readmitted
    Remove {
        /// Whom
        name: String,
    },
    /// Let somebody who was removed and logs in elsewhere come in again as anybody else would; nobody is added
    Readmit {
        /// Where the person logs in: the name of one of `logins`
        #[arg(long, value_name = "NAME", required_unless_present = "provider", conflicts_with = "provider")]
        login: Option<String>,
        /// Or the provider itself, as `list --removed` names it: also one that none of `logins` leads to any more
        #[arg(long, value_name = "PROVIDER")]
        provider: Option<String>,
        /// What the person is called there; `list --removed` says it
        #[arg(long, value_name = "SUBJECT", allow_hyphen_values = true)]
        subject: String,
    },
}

impl Users {
    /// Whether it may be the first thing that is done with a store.
    pub(crate) fn begins(&self) -> bool {
        matches!(self.action, Action::Add { .. })
    }

    pub(crate) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let (store, random) = (&*desk.store, &*desk.random);
        match &self.action {
            Action::Add { name, password_file, login, subject } => {
                let user = if let (Some(login), Some(subject)) = (login, subject) {
                    let authority = desk.authority(login)?;
                    let add = operator::add_person(store, name, &authority, subject, desk.now, random);
                    desk.doing(act("users/add", name, None), async { Ok(add.await?) }).await?
                } else {
                    let password = password::read(name, password_file.as_deref())?;
                    let add = operator::add_user(store, name, &password, desk.now, random);
                    desk.doing(act("users/add", name, None), async { Ok(add.await?) }).await?
                };
                Ok(match desk.format {
                    Format::Json => {
                        Answer::of(report::document(&json!({ "name": user.name, "sub": user.id })))
                    }
                    Format::Text if user.name != *name => Answer::of(format!(
                        "{} came in there already, and is one of those whom you have added now\n",
                        report::escaped(&user.name)
                    )),
                    Format::Text => Answer::of(format!("{} can log in now\n", report::escaped(&user.name))),
                })
            }
            Action::List { removed: true } => removed::list(desk).await,
            Action::Readmit { login, provider, subject } => {
                let place = removed::Place::of(desk, login.as_deref(), provider.as_deref())?;
                removed::readmit(desk, &place, subject).await
            }
            Action::List { removed: false } => Ok(listed(&store.users().await?, desk.format)),
            Action::Show { name } => show(&desk.user(name).await?, desk).await,
            Action::SetPassword { name, password_file } => {
                let user = desk.user(name).await?;
                let password = password::read(name, password_file.as_deref())?;
                let set = async {
                    let is_set = operator::set_password(store, name, &password, random).await?;
                    is_set.then_some(()).with_context(|| nobody(name))
                };
                desk.doing(act("users/set-password", name, Some(&user)), set).await?;
                Ok(desk.said(
                    &json!({ "changed": name, "sub": user.id }),
                    &format!("{} has another password, and is logged in nowhere\n", report::escaped(name)),
                ))
            }
            Action::Remove { name } => {
                let user = desk.user(name).await?;
                let is_known_elsewhere = !store.identities_of(&user.id).await?.is_empty();
                let remove = async {
                    operator::remove_user(store, name).await?.then_some(()).with_context(|| nobody(name))
                };
                desk.doing(act("users/remove", name, Some(&user)), remove).await?;
                let until =
                    if is_known_elsewhere { ", until you add them again or readmit them" } else { "" };
                let text = format!("{} can no longer log in{until}\n", report::escaped(name));
                Ok(desk.said(&json!({ "removed": name }), &text))
            }
        }
    }
}

impl Desk {
    /// The person of that name.
    pub(super) async fn user(&self, name: &str) -> anyhow::Result<User> {
        self.store.user_named(name).await?.with_context(|| nobody(name))
    }

    /// Under which name a login vouches for people.
    fn authority(&self, login: &str) -> anyhow::Result<String> {
        let mut logins = self.assessment.iter().flat_map(|assessment| &assessment.logins);
        let login = logins.find(|known| known.name == login).with_context(|| {
            format!("there is no login named `{}` in {}", report::escaped(login), self.config)
        })?;
        // With any secret: nobody is asked.
        Ok(login.provider(Zeroizing::new("-".to_owned()))?.authority().to_owned())
    }

    /// An answer for programs, or one for people.
    pub(super) fn said(&self, value: &Value, text: &str) -> Answer {
        match self.format {
            Format::Json => Answer::of(report::document(value)),
            Format::Text => Answer::of(text),
        }
    }
}

fn nobody(name: &str) -> String {
    format!("there is nobody named `{}`", report::escaped(name))
}

fn act(action: &'static str, name: &str, user: Option<&User>) -> Act {
    let subject = user.map(|user| user.id.as_str().into());
    Act { action, names: vec![name.into()], subject, ..Act::default() }
}

fn listed(users: &[User], format: Format) -> Answer {
    let rows = users.iter().map(|user| json!({ "name": user.name, "sub": user.id }));
    let lines = users.iter().map(|user| report::escaped(&user.name) + "\n");
    match format {
        Format::Json => Answer::of(report::document(&json!({ "users": rows.collect::<Vec<_>>() }))),
        Format::Text => Answer::of(lines.collect::<String>()),
    }
}

async fn show(user: &User, desk: &Desk) -> anyhow::Result<Answer> {
    let identities = desk.store.identities_of(&user.id).await?;
    let sessions = desk.store.sessions_of(&user.id, desk.now).await?;
    let grants = desk.store.grants_of_user(&user.id, desk.now).await?;
    if desk.format == Format::Json {
        let identities = identities.iter();
        let identities =
            identities.map(|known| json!({ "provider": known.provider, "subject": known.subject }));
        return Ok(Answer::of(report::document(&json!({
            "name": user.name,
            "sub": user.id,
            "created": user.created.seconds(),
            "password": user.password.is_some(),
            "identities": identities.collect::<Vec<_>>(),
            "sessions": sessions.iter().map(sessions::json).collect::<Vec<_>>(),
            "grants": grants.iter().map(grants::json).collect::<Vec<_>>(),
        }))));
    }
    let mut rows = vec![
        vec!["name".to_owned(), report::escaped(&user.name)],
        vec!["sub".to_owned(), user.id.clone()],
        vec!["added".to_owned(), report::date(user.created)],
        vec!["password".to_owned(), if user.password.is_some() { "yes" } else { "no" }.to_owned()],
    ];
    rows.extend(identities.iter().map(|known| {
        vec![
            "logs in at".to_owned(),
            format!("{} as {}", report::escaped(&known.provider), report::escaped(&known.subject)),
        ]
    }));
    let mut text = report::table(&rows);
    if !sessions.is_empty() {
        text += &format!("\n{}", sessions::table(sessions.iter()));
    }
    if !grants.is_empty() {
        text += &format!("\n{}", grants::table(grants.iter(), desk.now));
    }
    Ok(Answer::of(text))
}
