//! Documents in which servers say which authorization servers they trust (RFC 9728).

use super::{
    event::Event,
    heap::Is,
    machine::Machine,
    value::{Mark, Shape, Value},
};
use crate::project::{ClassRef, FunctionRef, Place};

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
                // What the document itself does with them is done for whoever asks it.
                let inside = self.calls.last().filter(|called| self.is_of_document(called.function));
                let at = if let Some(called) = inside { called.from.clone()? } else { at.clone() };
                self.tell(Event::MetadataUsed { at });
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
                    Some(Is::Instance(class)) => return self.is_class_of_documents(*class),
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

impl Machine<'_> {
    /// Whether that is a function of such documents themselves.
    fn is_of_document(&self, function: FunctionRef) -> bool {
        let class = self.project.function(function).class;
        class.is_some_and(|id| self.is_class_of_documents(ClassRef { file: function.file, id }))
    }

    /// Whether objects of that class are such documents: `ProtectedResourceMetadata`.
    fn is_class_of_documents(&self, class: ClassRef) -> bool {
        let name = self.project.class(class).name.to_ascii_lowercase();
        name.contains("protectedresource") && !name.contains("builder") && !name.contains("handler")
    }
}

/// What such a document calls the authorization servers.
pub(crate) const SERVERS: &[&str] =
    &["authorization_servers", "authorizationServers", "AuthorizationServers", "getAuthorizationServers"];

/// What is in the names of such documents, and of what reads them.
const DOCUMENTS: &[&str] = &["metadata", "prm", "protected", ".json", "json.loads", "json.parse"];
