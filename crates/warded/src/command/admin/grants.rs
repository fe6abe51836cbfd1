//! What people have allowed applications, and taking it back.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_store::{StandingGrant, journal::Act};

use super::{Desk, whose::Whose};
use crate::{
    cli::{Answer, Format},
    report,
};

/// How many are read from the store at once.
const PAGE: u32 = 500;

#[derive(Debug, Args)]
pub(crate) struct Grants {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List what is allowed
    List {
        /// Only what this person has allowed
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Only what this application may
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
        limit: usize,
    },
    /// Show one
    Show {
        /// Its id
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Take back what a person allowed an application at a server, with every token, and ask anew
    Revoke {
        /// The id of the grant
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
}

impl Grants {
    pub(super) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        match &self.action {
            Action::List { user, client, limit } => {
                let grants = self.list(desk, (user.as_deref(), client.as_deref()), *limit).await?;
                Ok(match desk.format {
                    Format::Json => {
                        let rows: Vec<_> = grants.iter().map(json).collect();
                        Answer::of(report::document(&json!({ "grants": rows })))
                    }
                    Format::Text => Answer::of(table(grants.iter(), desk.now)),
                })
            }
            Action::Show { id } => {
                let grant = self.find(desk, id).await?;
                Ok(desk.said(&json(&grant), &table(std::iter::once(&grant), desk.now)))
            }
            Action::Revoke { id } => {
                let found = self.find(desk, id).await?;
                let grant = &found.grant;
                let act = Act {
                    action: "grants/revoke",
                    names: vec![grant.server.as_str().into()],
                    issuer: Some(grant.issuer.as_str().into()),
                    subject: Some(grant.user.as_str().into()),
                    client: Some(grant.client.as_str().into()),
                    has_failed: false,
                };
                desk.doing(act, revoke(desk, &found)).await?;
                let text = format!("{} is over; the application has to ask again\n", report::escaped(id));
                Ok(desk.said(&json!({ "revoked": id }), &text))
            }
        }
    }

    async fn list(
        &self,
        desk: &Desk,
        (user, client): (Option<&str>, Option<&str>),
        limit: usize,
    ) -> anyhow::Result<Vec<StandingGrant>> {
        let is_meant = self.whose.filter(desk)?;
        let is_of = |found: &StandingGrant| {
            client.is_none_or(|client| found.grant.client == client) && is_meant(&found.grant)
        };
        if let Some(name) = user {
            let user = desk.user(name).await?;
            let grants = desk.store.grants_of_user(&user.id, desk.now).await?;
            return Ok(grants.into_iter().filter(is_of).take(limit).collect());
        }
        let mut listed = Vec::new();
        for issuer in self.whose.issuers(desk)? {
            let mut after = String::new();
            while listed.len() < limit {
                let page = desk.store.grants(&issuer, &after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after.clone_from(&last.grant.id);
                // A sweep comes once an hour; until then some are there that are over.
                let stands = |found: &StandingGrant| desk.now < found.until && is_of(found);
                listed.extend(page.into_iter().filter(stands));
            }
        }
        listed.truncate(limit);
        Ok(listed)
    }

    /// The grant of that id; where it is another issuer's or server's than the one that is named, there is none.
    async fn find(&self, desk: &Desk, id: &str) -> anyhow::Result<StandingGrant> {
        let is_meant = self.whose.filter(desk)?;
        let found = desk.store.grant(id).await?.filter(|found| is_meant(&found.grant));
        found.with_context(|| format!("there is no grant `{}`", report::escaped(id)))
    }
}

/// Ends the grant, and forgets that the person agreed: the application would get the next one without a question.
async fn revoke(desk: &Desk, found: &StandingGrant) -> anyhow::Result<()> {
    let grant = &found.grant;
    desk.store.withdraw(&grant.issuer, &grant.user, &grant.client, &grant.server).await?;
    // Where nobody of that name is known any more.
    desk.store.revoke(&grant.id).await?;
    Ok(())
}

pub(super) fn json(found: &StandingGrant) -> Value {
    let grant = &found.grant;
    json!({
        "grant": grant.id,
        "issuer": grant.issuer.as_str(),
        "sub": grant.user,
        "client_id": grant.client,
        "server": grant.server,
        "resource": grant.resource.as_str(),
        "scope": grant.scopes.to_string(),
        "auth_time": grant.auth_time.map(UnixTime::seconds),
        "used": found.used.map(UnixTime::seconds),
        "until": found.until.seconds(),
        "ends": grant.ends.seconds(),
        "bound": grant.key.is_some(),
        "redirect_origin": grant.redirect_origin,
    })
}

pub(super) fn table<'a>(grants: impl Iterator<Item = &'a StandingGrant>, now: UnixTime) -> String {
    let mut rows =
        vec![["GRANT", "SERVER", "CLIENT", "WHO", "SCOPES", "USED", "UNTIL"].map(str::to_owned).to_vec()];
    rows.extend(grants.map(|found| {
        let grant = &found.grant;
        vec![
            grant.id.clone(),
            report::escaped(&grant.server),
            report::escaped(&grant.client),
            report::escaped(&grant.user),
            grant.scopes.to_string(),
            found.used.map_or("never".to_owned(), |used| report::moment(used, now)),
            report::date(found.until),
        ]
    }));
    report::table(&rows)
}
