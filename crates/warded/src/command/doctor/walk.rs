//! In which order are the steps taken, and what does each need of the one before? Where a client would stop, the walk
//! stops.

use std::{sync::Arc, time::Duration};

use warded_client::{channel::Channel, clock::SystemClock, fetch::Fetch, session::Session};
use warded_core::{Clock, Issuer, ResourceUri, UnixTime};

use super::{Doctor, call, client, entry, issuer, knock, server, shown, token, way, wire::Wire};
use crate::diagnosis::Chart;

/// What every step works with.
pub(super) struct Walk<'d> {
    pub(super) server: &'d ResourceUri,
    /// The only issuer that the user wants to deal with.
    pub(super) issuer: Option<&'d Issuer>,
    pub(super) logs_in: bool,
    pub(super) wire: Arc<Wire>,
    pub(super) fetch: Fetch,
    pub(super) channel: Channel,
    pub(super) session: Session,
    pub(super) patience: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl Walk<'_> {
    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }
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
    let channel = Channel::to(doctor.server.clone(), &fetch, patience)?;
    let clock = Arc::new(SystemClock);
    let (server, logs_in) = (&doctor.server, doctor.logs_in);
    let issuer = doctor.login.issuer();
    let walk = Walk { server, issuer, logs_in, wire, fetch, channel, session, patience, clock };
    let mut chart = Chart::default();
    // Where it stopped, and why, stands in the chart.
    steps(&walk, &mut chart).await.ok();
    chart.verdict = shown::verdict(&chart);
    Ok(chart)
}

/// Each step gives the next what it needs, or nothing where the way ends.
async fn steps(walk: &Walk<'_>, chart: &mut Chart) -> Result<(), Stopped> {
    let knocked = knock::knock(walk).await;
    way::look(chart.step("way", "The way to the server"), &knocked, walk)?;
    let challenged = knock::look(chart.step("first-call", "A call without a token"), knocked, walk)?;
    let step = chart.step("server", "What the server says of itself");
    let introduced = server::look(step, &challenged, walk).await?;
    let step = chart.step("issuer", "What the issuer says of itself");
    let discovered = issuer::look(step, &challenged, introduced, walk).await?;
    let step = chart.step("client", "As whom, and what for");
    let survey = client::look(step, &discovered, &challenged, walk)?;
    let step = chart.step("login", "A token");
    let entered = entry::look(step, &discovered, &challenged, walk).await?;
    let step = chart.step("token", "The token, as the server will see it");
    let known = token::look(step, &discovered, &survey, &entered, &challenged, walk).await;
    let step = chart.step("call", "A call with the token");
    call::look(step, entered, known, challenged, walk).await;
    Ok(())
}
