//! Precision and recall.

use super::mark::{Mark, Outcome};

/// How many of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) found: usize,
    pub(super) missed: usize,
    pub(super) unfounded: usize,
}

impl<'a> FromIterator<&'a Mark> for Tally {
    fn from_iter<I: IntoIterator<Item = &'a Mark>>(marks: I) -> Self {
        let mut tally = Self::default();
        for mark in marks {
            match mark.outcome {
                Outcome::Found => tally.found += 1,
                Outcome::Missed => tally.missed += 1,
                Outcome::False => tally.unfounded += 1,
            }
        }
        tally
    }
}

impl Tally {
    /// How much of what was told is so.
    pub(super) fn precision(self) -> Option<f64> {
        share(self.found, self.found + self.unfounded)
    }

    /// How much of what is so was told.
    pub(super) fn recall(self) -> Option<f64> {
        share(self.found, self.found + self.missed)
    }

    /// The harmonic mean of both.
    pub(super) fn f1(self) -> Option<f64> {
        share(2 * self.found, 2 * self.found + self.unfounded + self.missed)
    }

    /// A row of a table.
    pub(super) fn row(self, name: &str) -> String {
        let shown = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.3}"));
        format!(
            "| {name} | {} | {} | {} | {} | {} | {} |",
            self.found,
            self.missed,
            self.unfounded,
            shown(self.precision()),
            shown(self.recall()),
            shown(self.f1())
        )
    }
}

/// The head of a table of such rows.
pub(super) fn head(name: &str) -> String {
    format!(
        "\n| {name} | found | missed | false | precision | recall | F1 |\n| --- | --: | --: | --: | --: | --: | --: |"
    )
}

fn share(part: usize, whole: usize) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    (whole > 0).then(|| part as f64 / whole as f64)
}
