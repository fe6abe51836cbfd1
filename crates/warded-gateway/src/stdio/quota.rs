//! How much of what a process complains about is written down? So much in a second; the rest is counted.

use std::time::Duration;

use tokio::time::Instant;

/// Most lines in one second.
const A_SECOND: u32 = 20;

/// What may still be written down.
#[derive(Debug)]
pub(super) struct Quota {
    since: Instant,
    used: u32,
    left_out: u64,
}

impl Quota {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), used: 0, left_out: 0 }
    }

    /// Whether one more may be, and how many before it were not.
    pub(super) fn one_more(&mut self) -> Option<u64> {
        if self.since.elapsed() >= Duration::from_secs(1) {
            (self.since, self.used) = (Instant::now(), 0);
        }
        if self.used == A_SECOND {
            self.left_out += 1;
            return None;
        }
        self.used += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_counted_and_not_written_down() {
        let mut quota = Quota::new();
        assert_eq!((0..1000).filter_map(|_| quota.one_more()).count(), 20);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(quota.one_more(), Some(980));
        assert_eq!(quota.one_more(), Some(0));
    }
}
