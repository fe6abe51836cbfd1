//! What do parameters name besides `name` and `uri`? The `ref` of a completion, and the resources of a subscription.

use std::sync::Arc;

use super::strict::{Outcome, Reader, Seen};

/// Members of what a completion refers to.
pub(super) const REFERENCE: &[&str] = &["name", "type", "uri"];
/// Members of what a subscription asks for.
pub(super) const FILTER: &[&str] =
    &[WATCHED, "promptsListChanged", "resourcesListChanged", "toolsListChanged"];
const WATCHED: &str = "resourceSubscriptions";
/// Most resources that one message may watch: every one of them is held against every rule.
const MAX_WATCHED: usize = 1024;

/// The prompt or the resources whose arguments are completed (MCP, Completion, Reference Types).
#[derive(Default)]
pub(super) struct Reference<'t> {
    pub(super) name: Seen<'t>,
    pub(super) uri: Seen<'t>,
}

impl<'t> Reference<'t> {
    /// Reads the value of the member; none where it is no object.
    pub(super) fn read(reader: &mut Reader<'t>) -> Outcome<Option<Self>> {
        let first = reader.value()?;
        if first != b'{' {
            return reader.pass(first).map(|()| None);
        }
        let mut reference = Self::default();
        reader.object(|reader, name| {
            let field = match name {
                b"name" => &mut reference.name,
                b"uri" => &mut reference.uri,
                _ => return reader.other(name, REFERENCE),
            };
            *field = reader.member()?;
            Ok(())
        })?;
        Ok(Some(reference))
    }
}

/// The resources that somebody wants to hear of.
#[derive(Default)]
pub(super) enum Watched {
    #[default]
    Nothing,
    Resources(Vec<Arc<str>>),
    /// No list of texts.
    Other,
    TooMany,
}

impl Watched {
    /// Reads what somebody wants to hear of (MCP 2026-07-28, Subscriptions, Notification Filter). What is no object asks
    /// for nothing.
    pub(super) fn of_filter(reader: &mut Reader<'_>) -> Outcome<Self> {
        let first = reader.value()?;
        if first != b'{' {
            return reader.pass(first).map(|()| Self::Nothing);
        }
        let mut watched = Self::Nothing;
        reader.object(|reader, name| {
            if name != WATCHED.as_bytes() {
                return reader.other(name, FILTER);
            }
            watched = Self::read(reader)?;
            Ok(())
        })?;
        Ok(watched)
    }

    fn read(reader: &mut Reader<'_>) -> Outcome<Self> {
        match reader.value()? {
            b'[' => {}
            // A client that has nothing to watch may say so.
            first => {
                let is_null = reader.seen(first)? == Seen::Null;
                return Ok(if is_null { Self::Nothing } else { Self::Other });
            }
        }
        let mut watched = Self::Resources(Vec::new());
        reader.list(|reader, first| {
            match (reader.seen(first)?, &mut watched) {
                (Seen::Text(_), Self::Resources(uris)) if uris.len() == MAX_WATCHED => {
                    watched = Self::TooMany;
                }
                (Seen::Text(uri), Self::Resources(uris)) => uris.push(Arc::from(&*uri)),
                (_, Self::TooMany) => {}
                _ => watched = Self::Other,
            }
            Ok(())
        })?;
        Ok(watched)
    }
}
