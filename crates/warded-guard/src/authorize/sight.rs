//! What does a caller see? What it could use: by the rules that would judge the call.

use std::sync::Arc;

use warded_core::Scopes;
use warded_policy::Policy;

use super::Needs;

/// What a caller sees of the lists of a server.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    needs: Arc<Needs>,
    /// With everything that is implied.
    held: Scopes,
    /// What hides tools from everybody.
    hiding: Option<Arc<Policy>>,
}

impl Sight {
    pub(super) fn of(needs: Arc<Needs>, held: Scopes) -> Self {
        Self { needs, held, hiding: None }
    }

    /// The same without what a policy hides.
    pub(crate) fn without(self, hiding: Option<&Arc<Policy>>) -> Self {
        Self { hiding: hiding.cloned(), ..self }
    }

    /// Whether it may call this tool.
    pub(crate) fn shows_tool(&self, name: &str) -> bool {
        let is_hidden = self.hiding.as_ref().is_some_and(|policy| policy.hides(name));
        !is_hidden && self.covers(&self.needs.tool(name))
    }

    /// Whether it may get this prompt.
    pub(crate) fn shows_prompt(&self, name: &str) -> bool {
        self.covers(&self.needs.prompt(name))
    }

    /// Whether it may read this resource.
    pub(crate) fn shows_resource(&self, uri: &str) -> bool {
        self.covers(&self.needs.resource(uri))
    }

    /// Whether it may read anything that comes out of this template.
    pub(crate) fn shows_template(&self, template: &str) -> bool {
        self.covers(&self.needs.template(template))
    }

    fn covers(&self, needed: &Scopes) -> bool {
        needed.missing_from(&self.held).is_empty()
    }
}
