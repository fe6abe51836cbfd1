//! Documents in which servers say which authorization servers they trust (RFC 9728).

use super::{
    event::Event,
    heap::Is,
    machine::Machine,
    value::{Mark, Shape, Value},
};
use crate::project::Place;

impl Machine<'_> {
    /// What a part of such a document is, where that is one.
    pub(super) fn of_metadata(&mut self, of: &Value, name: &str, part: &Value, at: &Place) -> Option<Mark> {
        // What somebody here has written is no document of another one.
        let is_read = part.each().all(|one| matches!(one.shape, Shape::Unknown(_) | Shape::Foreign(_)));
        if !is_read || !of.each().any(|one| self.is_document(one)) {
            return None;
        }
        match name {
            "resource" | "Resource" => Some(Mark::MetadataResource),
            _ if SERVERS.contains(&name) => {
                self.tell(Event::MetadataUsed { at: at.clone() });
                None
            }
            _ => None,
        }
    }

    /// A value was compared with another one.
    pub(super) fn compare_metadata(&mut self, value: &Value) {
        if value.marks.has(Mark::MetadataResource) {
            self.tell(Event::MetadataCompared);
        }
    }

    /// Whether it may be such a document: it is called so, or came over the network.
    fn is_document(&self, of: &Value) -> bool {
        let name = match &of.shape {
            Shape::Unknown(Some(name)) | Shape::Foreign(name) => name,
            Shape::Object(id) => {
                match self.heap.as_ref().and_then(|heap| heap.get(*id)).map(|object| &object.is) {
                    Some(Is::Foreign(path)) => path,
                    _ => return false,
                }
            }
            _ => return false,
        };
        let name = name.to_ascii_lowercase();
        // What a server puts together to say it of itself is believed by others.
        !name.contains("builder") && DOCUMENTS.iter().any(|part| name.contains(part))
    }
}

/// What such a document calls the authorization servers.
pub(crate) const SERVERS: &[&str] =
    &["authorization_servers", "authorizationServers", "AuthorizationServers"];

/// What is in the names of such documents, and of what reads them.
const DOCUMENTS: &[&str] = &["metadata", "prm", "protected", ".json", "json.loads", "json.parse"];
