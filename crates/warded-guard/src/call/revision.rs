//! By which rules is a message read? One line for each difference between the revisions of MCP that matters to a guard.

use warded_core::Refusal;

use super::{envelope::Envelope, message::Kind};

/// A revision of MCP.
///
/// ```
/// use warded_guard::Revision;
///
/// assert!(Revision::V2026_07_28 > Revision::V2025_11_25);
/// assert_eq!(Revision::ALL.first(), Some(&Revision::V2026_07_28));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Revision {
    /// The first with Streamable HTTP, and the only one with batches.
    V2025_03_26,
    /// The first that names itself in a header.
    V2025_06_18,
    /// The last with sessions.
    V2025_11_25,
    /// The first that repeats parts of a message in headers.
    V2026_07_28,
}

impl Revision {
    /// Every revision, the newest first.
    pub const ALL: [Self; 4] = [Self::V2026_07_28, Self::V2025_11_25, Self::V2025_06_18, Self::V2025_03_26];

    /// Its name on the wire.
    ///
    /// ```
    /// assert_eq!(warded_guard::Revision::V2025_11_25.name(), "2025-11-25");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The revision of that name.
    ///
    /// ```
    /// use warded_guard::Revision;
    ///
    /// assert_eq!(Revision::named("2025-11-25"), Some(Revision::V2025_11_25));
    /// assert_eq!(Revision::named("2024-11-05"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.name() == name)
    }

    /// Whether requests repeat their method and name in headers.
    pub(super) fn mirrors(self) -> bool {
        self >= Self::V2026_07_28
    }

    /// Whether this revision has such messages.
    pub(super) fn permits(self, envelope: &Envelope) -> Result<(), Refusal> {
        // 2025-06-18, Changelog: batches are gone.
        if envelope.is_batch && self != Self::V2025_03_26 {
            return Err(Refusal::CallBatch);
        }
        // 2025-03-26, Lifecycle: `initialize` is not part of a batch, since nothing is agreed before it.
        if envelope.is_batch && envelope.messages.iter().any(|message| message.method() == Some("initialize"))
        {
            return Err(Refusal::CallMalformed { why: "`initialize` stands in a batch" });
        }
        // 2026-07-28, Streamable HTTP, Sending Messages: clients do not answer any more.
        if self.mirrors() && envelope.messages.iter().any(|message| message.kind() == Kind::Response) {
            return Err(Refusal::CallMalformed { why: "this revision has no responses from clients" });
        }
        Ok(())
    }
}
