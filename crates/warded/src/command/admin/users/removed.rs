//! Who was removed and stays out? Whoever logs in elsewhere is known by what the provider calls them; Warded has forgotten
//! the rest.

use anyhow::{Context as _, bail};
use serde_json::json;
use warded_issuer::operator;
use warded_store::{Standing, journal::Act};
use zeroize::Zeroizing;

use super::Desk;
use crate::{
    cli::{Answer, Format},
    report,
};

/// Those who were removed, and by which logins they would come.
pub(super) async fn list(desk: &Desk) -> anyhow::Result<Answer> {
    let removed = desk.store.removed_identities().await?;
    let logins = desk.logins_by_authority();
    let logins_at = |provider: &str| -> Vec<&str> {
        let there = logins.iter().filter(|(_, authority)| authority == provider);
        there.map(|(name, _)| name.as_str()).collect()
    };
    if desk.format == Format::Json {
        let rows = removed.iter().map(|known| {
            json!({
                "provider": known.provider,
                "subject": known.subject,
                "logins": logins_at(&known.provider),
            })
        });
        return Ok(Answer::of(report::document(&json!({ "removed": rows.collect::<Vec<_>>() }))));
    }
    if removed.is_empty() {
        return Ok(Answer::of(""));
    }
    let mut rows = vec![["SUBJECT", "LOGIN", "PROVIDER"].map(str::to_owned).to_vec()];
    rows.extend(removed.iter().map(|known| {
        let logins = logins_at(&known.provider).join(", ");
        let logins = if logins.is_empty() { "-".to_owned() } else { report::escaped(&logins) };
        vec![report::escaped(&known.subject), logins, report::escaped(&known.provider)]
    }));
    Ok(Answer::of(report::table(&rows)))
}

/// Where somebody is known who was removed.
pub(super) struct Place {
    /// As it was named: a login, or the provider itself.
    named: String,
    /// Under which name people are known there.
    provider: String,
}

impl Place {
    /// By a login of the configuration, or by what [`list`] says of those whose login is no longer in it.
    pub(super) fn of(desk: &Desk, login: Option<&str>, provider: Option<&str>) -> anyhow::Result<Self> {
        let Some(login) = login else {
            let provider = provider.context("neither a login nor a provider is named")?.to_owned();
            return Ok(Self { named: provider.clone(), provider });
        };
        let provider =
            desk.authority(login).context("those of other logins are named by `--provider PROVIDER`")?;
        Ok(Self { named: login.to_owned(), provider })
    }
}

/// Lets somebody come in again as anybody else would, and adds nobody.
pub(super) async fn readmit(desk: &Desk, place: &Place, subject: &str) -> anyhow::Result<Answer> {
    let Place { named, provider } = place;
    let shown = (report::escaped(subject), report::escaped(named));
    match desk.store.standing(provider, subject).await? {
        Standing::Removed => {}
        Standing::Here(user, _) => {
            bail!("`{}` at `{}` is {}, and was not removed", shown.0, shown.1, report::escaped(&user.name))
        }
        Standing::New => bail!(
            "nobody whom `{}` calls `{}` was removed; `warded admin users list --removed` names those who were",
            shown.1,
            shown.0
        ),
    }
    let act =
        Act { action: "users/readmit", names: vec![named.as_str().into(), subject.into()], ..Act::default() };
    let readmit = async {
        let is_readmitted = operator::readmit(&*desk.store, provider, subject).await?;
        if is_readmitted { Ok(()) } else { bail!("somebody else has just let `{}` in again", shown.0) }
    };
    desk.doing(act, readmit).await?;
    let said = json!({ "readmitted": { "provider": provider, "subject": subject } });
    let text = format!("{} may come in by {} again, where its `admit` lets them\n", shown.0, shown.1);
    Ok(desk.said(&said, &text))
}

impl Desk {
    /// Every login, and under which name it vouches for people.
    fn logins_by_authority(&self) -> Vec<(String, String)> {
        let logins = self.assessment.iter().flat_map(|assessment| &assessment.logins);
        logins
            .filter_map(|login| {
                // With any secret: nobody is asked.
                let provider = login.provider(Zeroizing::new("-".to_owned())).ok()?;
                Some((login.name.clone(), provider.authority().to_owned()))
            })
            .collect()
    }
}
