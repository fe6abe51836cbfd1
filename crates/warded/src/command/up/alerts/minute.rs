//! How many alerts may there be? So many in a minute, each kind once; the rest is one alert with numbers when the minute
//! has ended, so that a flood is told and does not become one.

use std::{collections::HashMap, future::pending, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use warded_core::UnixTime;

use super::alert::{Alert, Kind};

const MINUTE: Duration = Duration::from_mins(1);

/// A minute that begins with its first alert.
#[derive(Debug)]
pub(super) struct Minute {
    ends: Option<Instant>,
    /// What was told, and how often it came again. As many as may be told, and no more.
    told: HashMap<Kind, u64>,
    /// What had been held back in all when it began.
    held_back: u64,
}

impl Minute {
    pub(super) fn begin(held_back: u64) -> Self {
        Self { ends: None, told: HashMap::new(), held_back }
    }

    /// The alert, where it may be told; otherwise whether it was one too many, and not one of those that were told.
    pub(super) fn admits(&mut self, alert: Alert, at_most: u32) -> Result<Alert, bool> {
        self.ends.get_or_insert_with(|| Instant::now() + MINUTE);
        let kind = alert.kind();
        if let Some(times) = self.told.get_mut(&kind) {
            *times = times.saturating_add(1);
            return Err(false);
        }
        if self.told.len() >= usize::try_from(at_most).unwrap_or(usize::MAX) {
            return Err(true);
        }
        self.told.insert(kind, 0);
        Ok(alert)
    }

    /// Waits until it has ended, which it never does where nothing has begun it.
    pub(super) async fn over(&self) {
        match self.ends {
            Some(ends) => sleep_until(ends).await,
            None => pending().await,
        }
    }

    /// Ends it: what is left to be told of it, where anything is.
    pub(super) fn ends(&mut self, held_back: u64, now: UnixTime) -> Option<Value> {
        let over = std::mem::replace(self, Self::begin(held_back));
        let repeated: Vec<_> = over
            .told
            .iter()
            .filter(|(_, times)| **times > 0)
            .map(|(kind, times)| kind.repeated(*times))
            .collect();
        let held_back = held_back.saturating_sub(over.held_back);
        (held_back > 0 || !repeated.is_empty()).then(|| {
            json!({
                "kind": "summary",
                "time": now.to_string(),
                "held_back": held_back,
                "repeated": repeated,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(token: &str) -> Alert {
        Alert {
            code: "audience-elsewhere",
            server: "notes".into(),
            token: Some(token.into()),
            ..Alert::default()
        }
    }

    #[test]
    fn a_flood_is_as_many_alerts_as_may_be_and_one_with_numbers() {
        let now = UnixTime::from_seconds(0);
        let mut minute = Minute::begin(0);
        let mut held_back = 0;
        for number in 0..1000 {
            for _ in 0..2 {
                held_back += u64::from(minute.admits(alert(&number.to_string()), 3) == Err(true));
            }
        }
        assert_eq!(held_back, 2 * 997);
        let summary = minute.ends(held_back, now).unwrap();
        assert_eq!((&summary["kind"], &summary["held_back"]), (&json!("summary"), &json!(2 * 997)));
        let repeated = summary["repeated"].as_array().unwrap();
        assert!(repeated.len() == 3 && repeated.iter().all(|kind| kind["times"] == 1), "{repeated:?}");
        // The next minute is a new one, and where nothing happens nobody hears of it.
        assert!(minute.admits(alert("0"), 3).is_ok());
        assert_eq!(minute.ends(held_back, now), None);
    }
}
