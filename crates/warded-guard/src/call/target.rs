//! What does a message reach for? The tools, prompts and resources by which a rule may decide.

use std::fmt;

/// One thing that a message reaches for, by its name, byte for byte.
///
/// ```
/// use warded_guard::{Message, Target};
///
/// fn reads_private(message: &Message) -> bool {
///     let is_private = |target: &Target| matches!(target, Target::Resource(uri) if uri.starts_with("note://private/"));
///     message.targets().iter().any(is_private)
/// }
/// # let _ = reads_private;
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// A tool that is called.
    Tool(Box<str>),
    /// A prompt that is fetched, or whose arguments are completed.
    Prompt(Box<str>),
    /// A resource that is read, listed below, watched or otherwise named by its URI.
    Resource(Box<str>),
    /// A template of resources whose variables are completed (RFC 6570).
    Template(Box<str>),
}

impl Target {
    /// Its name or URI.
    ///
    /// ```
    /// let target = warded_guard::Target::Tool("delete_note".into());
    /// assert_eq!(target.name(), "delete_note");
    /// ```
    pub fn name(&self) -> &str {
        match self {
            Self::Tool(name) | Self::Prompt(name) | Self::Resource(name) | Self::Template(name) => name,
        }
    }
}

/// Callers choose names, and one may choose its own token.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tool(_) => "Tool",
            Self::Prompt(_) => "Prompt",
            Self::Resource(_) => "Resource",
            Self::Template(_) => "Template",
        })
    }
}
