//! What do parameters name besides `name` and `uri`? The `ref` of a completion, and the resources of a subscription.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::strict::{Any, Members, Names, Place, Seen};

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
pub(super) struct Reference {
    pub(super) name: Option<Seen>,
    pub(super) uri: Option<Seen>,
}

impl<'de> Members<'de> for Reference {
    fn read<A: MapAccess<'de>>(mut members: A, place: Place<'_, 'de>) -> Result<Self, A::Error> {
        let mut reference = Self::default();
        let mut names = Names::of(place);
        while let Some(name) = names.next(&mut members, REFERENCE)? {
            let field = match &*name {
                "name" => &mut reference.name,
                "uri" => &mut reference.uri,
                _ => {
                    members.next_value_seed(Any::passed(place))?;
                    continue;
                }
            };
            *field = Some(members.next_value_seed(Any::kept(place))?);
        }
        Ok(reference)
    }
}

/// What somebody wants to hear of (MCP 2026-07-28, Subscriptions, Notification Filter).
#[derive(Default)]
pub(super) struct Filter {
    pub(super) watched: Watched,
}

/// The resources that somebody wants to hear of.
#[derive(Default)]
pub(super) enum Watched {
    #[default]
    Nothing,
    Resources(Vec<Box<str>>),
    /// No list of texts.
    Other,
    TooMany,
}

impl<'de> Members<'de> for Filter {
    fn read<A: MapAccess<'de>>(mut members: A, place: Place<'_, 'de>) -> Result<Self, A::Error> {
        let mut filter = Self::default();
        let mut names = Names::of(place);
        while let Some(name) = names.next(&mut members, FILTER)? {
            if name == WATCHED {
                filter.watched = members.next_value_seed(Uris(place))?;
            } else {
                members.next_value_seed(Any::passed(place))?;
            }
        }
        Ok(filter)
    }
}

/// Reads a list of URIs.
struct Uris<'n, 'de>(Place<'n, 'de>);

impl<'de> DeserializeSeed<'de> for Uris<'_, 'de> {
    type Value = Watched;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Watched, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Uris<'_, 'de> {
    type Value = Watched;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of URIs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Watched, A::Error> {
        let place = self.0.deeper()?;
        let mut watched = Watched::Resources(Vec::new());
        while let Some(item) = items.next_element_seed(Any::kept(place))? {
            watched = match (watched, item) {
                (Watched::Resources(uris), Seen::Text(_)) if uris.len() == MAX_WATCHED => Watched::TooMany,
                (Watched::Resources(mut uris), Seen::Text(uri)) => {
                    uris.push(uri);
                    Watched::Resources(uris)
                }
                (Watched::TooMany, _) => Watched::TooMany,
                _ => Watched::Other,
            };
        }
        Ok(watched)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Watched, A::Error> {
        Any::passed(self.0).visit_map(members).map(|_| Watched::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Watched, E> {
        Ok(Watched::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Watched, E> {
        Ok(Watched::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Watched, E> {
        Ok(Watched::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Watched, E> {
        Ok(Watched::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Watched, E> {
        Ok(Watched::Other)
    }

    /// A client that has nothing to watch may say so.
    fn visit_unit<E>(self) -> Result<Watched, E> {
        Ok(Watched::Nothing)
    }
}
