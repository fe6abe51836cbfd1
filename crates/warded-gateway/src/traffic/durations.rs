//! How long did things take? Numbers in steps, each an atomic: an observation waits for nobody.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// The upper ends of the steps, in microseconds; above the last one there is one more.
const ENDS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    10_000_000, 60_000_000,
];

/// How many things took how long.
#[derive(Debug, Default)]
pub struct Durations {
    steps: [AtomicU64; ENDS.len() + 1],
    microseconds: AtomicU64,
}

impl Durations {
    /// Something took so long.
    pub fn saw(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let step = ENDS.iter().position(|end| took <= *end).unwrap_or(ENDS.len());
        if let Some(step) = self.steps.get(step) {
            step.fetch_add(1, Relaxed);
        }
        self.microseconds.fetch_add(took, Relaxed);
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.steps.iter().map(|step| step.load(Relaxed)).sum()
    }

    /// How long they took together, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "it is shown, and a century of microseconds fits")]
    pub fn seconds(&self) -> f64 {
        self.microseconds.load(Relaxed) as f64 / 1e6
    }

    /// The steps: the upper end in seconds, and how many took at most so long and longer than the step before.
    #[expect(clippy::cast_precision_loss, reason = "the ends are small numbers")]
    pub fn steps(&self) -> Vec<(f64, u64)> {
        let ends = ENDS.iter().map(|end| *end as f64 / 1e6).chain([f64::INFINITY]);
        ends.zip(self.steps.iter().map(|step| step.load(Relaxed))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_as_long_as_the_end_of_a_step_belongs_to_it() {
        let durations = Durations::default();
        for micros in [0, 500, 501, 60_000_000, 60_000_001] {
            durations.saw(Duration::from_micros(micros));
        }
        let steps: Vec<_> = durations.steps().into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(steps, [(0.0005, 2), (0.001, 1), (60.0, 1), (f64::INFINITY, 1)]);
        assert_eq!(durations.count(), 5);
        assert!((durations.seconds() - 120.001_002).abs() < 1e-9);
    }
}
