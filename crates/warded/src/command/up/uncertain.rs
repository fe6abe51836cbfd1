//! Which calls were under way when this node was killed? Nobody knows whether they were made, so they stay counted, and it is
//! said once which they are.

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use warded_policy::{Amount, Decimal};
use warded_store::{Settled, Taken, Uncertain};

use super::ground::Ground;
use crate::report;

/// Calls that are listed; there may be as many as connections.
const LISTED: usize = 25;

/// What earlier runs of this node have left, told to the log and from now on nobody's.
pub(super) async fn taken_over(ground: &Ground) -> anyhow::Result<Vec<Uncertain>> {
    let left = ground.store.uncertain(ground.node(), &ground.run).await;
    let left = left.context("what earlier runs have left unsettled cannot be read")?;
    for uncertain in &left {
        let (request, since) = (&uncertain.request, report::date(uncertain.since));
        let counted = counted(uncertain);
        tracing::warn!(
            %request,
            %since,
            counted,
            "this call was under way when the node ended: nobody knows whether it was made, and it stays counted"
        );
    }
    // After it was told: whoever ends in between tells it again.
    let settled = left.iter().map(|uncertain| ground.store.settle(uncertain.id, Settled::Committed));
    try_join_all(settled).await.context("what earlier runs have left cannot be settled")?;
    Ok(left)
}

/// For people: which calls, and what was counted for them; nothing where there are none.
pub(super) fn as_text(left: &[Uncertain]) -> String {
    if left.is_empty() {
        return String::new();
    }
    let calls =
        if left.len() == 1 { "One call was".to_owned() } else { format!("{} calls were", left.len()) };
    let mut text = format!(
        "{calls} under way when this node ended. Nobody knows whether the server behind did what was asked, so they stay \
         counted. In the journal they are:\n"
    );
    let mut rows = vec![["REQUEST", "SINCE", "COUNTED"].map(str::to_owned).to_vec()];
    for uncertain in left.iter().take(LISTED) {
        let since = report::date(uncertain.since);
        rows.push(vec![report::escaped(&uncertain.request), since, report::escaped(&counted(uncertain))]);
    }
    text += &report::table(&rows);
    if let Some(more @ 1..) = left.len().checked_sub(LISTED) {
        text += &format!("... and {more} more; the log has them all\n");
    }
    text + "\n"
}

/// The same for programs.
pub(super) fn as_json(left: &[Uncertain]) -> Value {
    let of = |uncertain: &Uncertain| {
        json!({
            "request": uncertain.request,
            "since": uncertain.since.seconds(),
            "counted": uncertain.taken.iter().map(shown).collect::<Vec<_>>(),
        })
    };
    left.iter().map(of).collect()
}

fn counted(uncertain: &Uncertain) -> String {
    uncertain.taken.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Whose own a counter is stays out of it: whoever reads the journal finds the caller.
fn shown(taken: &Taken) -> String {
    let amount = Decimal::from(Amount::from_millionths(taken.amount));
    format!("{amount} of {}: {}.{}", taken.place, taken.scope, taken.name)
}
