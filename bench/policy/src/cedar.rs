//! Decisions of `cedar-policy`: without a schema, as a gateway in front of any server has none, and without entities.

use anyhow::Result;
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};

use crate::rules::{Fleet, tool};

/// Policies, and what requests name.
#[derive(Debug)]
pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    principal: EntityUid,
    action: EntityUid,
    tools: Vec<EntityUid>,
}

impl Cedar {
    pub(crate) fn of(fleet: &Fleet) -> Result<Self> {
        let tools = (0..fleet.tools).map(|number| format!("Tool::\"{}\"", tool(number)).parse());
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: fleet.cedar().parse()?,
            entities: Entities::empty(),
            principal: "User::\"ada\"".parse()?,
            action: "Action::\"call\"".parse()?,
            tools: tools.collect::<Result<_, _>>()?,
        })
    }

    /// From the arguments as they come in a message.
    pub(crate) fn is_allowed(&self, tool: usize, arguments: &str) -> bool {
        self.request(tool, arguments).is_ok_and(|request| self.is_permitted(&request))
    }

    /// A request whose arguments are read.
    pub(crate) fn ready(&self, arguments: &str) -> Result<Request> {
        self.request(0, arguments)
    }

    pub(crate) fn is_permitted(&self, request: &Request) -> bool {
        let answer = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        answer.decision() == Decision::Allow
    }

    fn request(&self, tool: usize, arguments: &str) -> Result<Request> {
        let context = Context::from_json_value(serde_json::from_str(arguments)?, None)?;
        let (principal, action) = (self.principal.clone(), self.action.clone());
        Ok(Request::new(principal, action, self.tools[tool].clone(), context, None)?)
    }

    pub(crate) fn decides(&self) -> impl Fn(usize, &str) -> bool {
        |tool, arguments| self.is_allowed(tool, arguments)
    }
}
