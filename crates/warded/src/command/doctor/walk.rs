//! In which order are the steps taken, and what does each need of the one before? Where a client would stop, the walk
//! stops.

use std::{sync::Arc, time::Duration};

use warded_client::{
    channel::{Channel, Fixed},
    clock::SystemClock,
    fetch::Fetch,
    session::Session,
};
use warded_core::{Clock, Issuer, ResourceUri, UnixTime};

use super::{Doctor, call, client, entry, issuer, knock, own, server, shown, token, way, wire::Wire};
use crate::diagnosis::Chart;

/// What stands in the place of words that repeat a secret.
const WITHHELD: &str = "(words that repeat what was sent)";

/// What every step works with.
pub(super) struct Walk<'d> {
    pub(super) server: &'d ResourceUri,
    /// The only issuer that the user wants to deal with.
    pub(super) issuer: Option<&'d Issuer>,
    pub(super) logs_in: bool,
    pub(super) wire: Arc<Wire>,
    pub(super) fetch: Fetch,
    pub(super) session: Session,
    pub(super) patience: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl Walk<'_> {
    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// The client's own way to the server: with all that goes with each of its requests.
    pub(super) fn channel(&self) -> &Channel {
        self.session.channel()
    }

    /// The header fields of the user's own.
    pub(super) fn own(&self) -> &Fixed {
        self.channel().fixed()
    }

    /// Whether words repeat what the user sends of their own. The server's own URL is the user's word, whatever is in it.
    fn repeats(&self, words: &str) -> bool {
        let others = words.replace(self.server.as_str(), "").replace(self.server.origin(), "");
        self.own().stand_in(&others)
    }
}

/// By what a client gets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// A token.
    Token,
    /// Header fields of the user's own, and no token.
    Own,
}

/// A client would go no further.
#[derive(Debug)]
pub(super) struct Stopped;

/// Walks the way to a server.
pub(super) async fn walk(doctor: &Doctor) -> anyhow::Result<Chart> {
    let wire = Arc::<Wire>::default();
    let patience = doctor.patience();
    let fetch = doctor.login.fetch(&doctor.server)?;
    let fetch = fetch.with_time_limits(patience, patience).watched_by(Arc::clone(&wire) as _);
    // A person must know where to log in; everything else stands in the report.
    let session = doctor.login.session_over(fetch.clone(), &doctor.server, true, patience)?;
    let clock = Arc::new(SystemClock);
    let (server, logs_in) = (&doctor.server, doctor.logs_in);
    let issuer = doctor.login.issuer();
    let walk = Walk { server, issuer, logs_in, wire, fetch, session, patience, clock };
    let mut chart = Chart::default();
    // Where it stopped, and why, stands in the chart.
    let entrance = steps(&walk, &mut chart).await.ok();
    // What the server has said goes many ways before it is written down: a scope that it names is asked for.
    chart.withhold(|words| walk.repeats(words), WITHHELD);
    chart.verdict = shown::verdict(&chart, entrance);
    Ok(chart)
}

/// Each step gives the next what it needs, or nothing where the way ends.
async fn steps(walk: &Walk<'_>, chart: &mut Chart) -> Result<Entrance, Stopped> {
    let knocked = knock::knock(walk).await;
    way::look(chart.step("way", "The way to the server"), &knocked, walk)?;
    if walk.own().is_instead_of_token() {
        return own::look(chart.step("call", "A call with what you send of your own"), knocked, walk).await;
    }
    let challenged = knock::look(chart.step("first-call", "A call without a token"), knocked, walk)?;
    let step = chart.step("server", "What the server says of itself");
    let described = server::look(step, &challenged, walk).await?;
    if let (None, Some(opened)) = (&described.introduction, &challenged.opened) {
        let step = chart.step("call", "A call with what you send of your own");
        return own::opened(step, opened, walk).await;
    }
    let step = chart.step("issuer", "What the issuer says of itself");
    let discovered = issuer::look(step, &challenged, described, walk).await?;
    let step = chart.step("client", "As whom, and what for");
    let survey = client::look(step, &discovered, &challenged, walk)?;
    let step = chart.step("login", "A token");
    let entered = entry::look(step, &discovered, &challenged, walk).await?;
    let step = chart.step("token", "The token, as the server will see it");
    let known = token::look(step, &discovered, &survey, &entered, &challenged, walk).await;
    let step = chart.step("call", "A call with the token");
    call::look(step, entered, known, challenged, walk).await;
    Ok(Entrance::Token)
}
