//! What does a call reach for that a policy has rules about? Tools, resources and prompts, message by message.

use bytes::Bytes;

use crate::{
    authorize::readings,
    call::{Call, Message, Target},
};

/// One thing that a message reaches for.
pub(super) struct Reached<'a> {
    /// The place of the message.
    pub(super) at: usize,
    pub(super) method: &'a str,
    pub(super) what: What<'a>,
    /// As JSON, byte for byte as it goes on.
    pub(super) arguments: Option<&'a str>,
    /// All parameters of the message, the same way.
    pub(super) params: Option<&'a str>,
    /// As a server may take a URI for, beside how it was sent.
    others: Vec<String>,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'a> {
    Tool(&'a str),
    Prompt(&'a str),
    Resource(&'a str),
}

impl What<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Tool(name) | Self::Prompt(name) | Self::Resource(name) => name,
        }
    }
}

impl Reached<'_> {
    /// In which ways a resource may be spelled, first as it was sent; none where nobody can say what is read.
    pub(super) fn spellings(&self) -> Vec<&str> {
        match (self.what, &*self.others) {
            (What::Resource(_), []) | (What::Tool(_) | What::Prompt(_), _) => Vec::new(),
            (What::Resource(sent), others) => {
                let others = others.iter().map(String::as_str).filter(|other| *other != sent);
                std::iter::once(sent).chain(others).collect()
            }
        }
    }
}

/// Everything that a call reaches for.
pub(super) fn of<'a>(call: &'a Call, message: &'a Bytes) -> Vec<Reached<'a>> {
    let each = |(at, sent): (usize, &'a Message)| {
        let method = sent.method().unwrap_or_default();
        sent.targets().iter().map(move |target| {
            let (what, others) = match target {
                Target::Tool(name) => (What::Tool(name), Vec::new()),
                Target::Prompt(name) => (What::Prompt(name), Vec::new()),
                Target::Resource(uri) => {
                    (What::Resource(uri), readings::of(uri).into_iter().flatten().collect())
                }
                // Values of its variables are names of resources, and nobody knows of which.
                Target::Template(template) => (What::Resource(template), Vec::new()),
            };
            Reached {
                at,
                method,
                what,
                arguments: sent.arguments(message),
                params: sent.params(message),
                others,
            }
        })
    };
    call.messages().iter().enumerate().flat_map(each).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::authorize::policy) fn tool<'a>(name: &'a str, arguments: Option<&'a str>) -> Reached<'a> {
        Reached {
            at: 0,
            method: "tools/call",
            what: What::Tool(name),
            arguments,
            params: arguments,
            others: Vec::new(),
        }
    }
}
