//! What does a message reach for? The tools, prompts and resources by which a rule may decide.

use std::{fmt, slice, sync::Arc};

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
    Tool(Arc<str>),
    /// A prompt that is fetched, or whose arguments are completed.
    Prompt(Arc<str>),
    /// A resource that is read, listed below, watched or otherwise named by its URI.
    Resource(Arc<str>),
    /// A template of resources whose variables are completed (RFC 6570).
    Template(Arc<str>),
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

/// The targets of one message. Nearly every one has one at most.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum Targets {
    #[default]
    None,
    One(Target),
    Several(Vec<Target>),
}

impl Targets {
    pub(super) fn as_slice(&self) -> &[Target] {
        match self {
            Self::None => &[],
            Self::One(target) => slice::from_ref(target),
            Self::Several(targets) => targets,
        }
    }
}

impl Extend<Target> for Targets {
    fn extend<I: IntoIterator<Item = Target>>(&mut self, more: I) {
        for target in more {
            *self = match std::mem::take(self) {
                Self::None => Self::One(target),
                Self::One(first) => Self::Several(vec![first, target]),
                Self::Several(mut targets) => {
                    targets.push(target);
                    Self::Several(targets)
                }
            };
        }
    }
}
