//! Which tokens for servers behind would open something else, too?

/// Why tokens for servers behind would open something else. The positions are those in the list of specs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnwardConflict {
    /// A token for one server behind opens another.
    Shared {
        /// Whose token it is.
        at: usize,
        /// Whose audience stands in it.
        other: usize,
        /// The audience.
        value: Box<str>,
    },
    /// A token for a server behind opens one of ours.
    Own {
        /// Whose token it is.
        at: usize,
        /// Our server.
        server: Box<str>,
        /// Its audience.
        value: Box<str>,
    },
    /// Callers' tokens may name it beside a server of ours, so each of those opens both.
    Companion {
        /// Whose token it is.
        at: usize,
        /// The audience.
        value: Box<str>,
    },
    /// It is opaque, so nobody here sees for whom it is; and a server of ours waives that of this issuer's tokens.
    Waived {
        /// Whose token it is.
        at: usize,
        /// Our server.
        server: Box<str>,
    },
}
