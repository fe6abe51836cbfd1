//! May this token make this call? Scopes decide; what is missing is told, so that a client can step up.

use std::{collections::BTreeMap, fmt, sync::Arc};

use http::request;
use warded_core::{Residue, Scopes, VerifiedToken};

use crate::{
    answer::{Asked, Stop},
    call::{Call, Called, Message, Read},
};

/// Which scopes the calls of one server need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct ScopeRules {
    /// What every request needs.
    pub required: Scopes,
    /// What calls of single tools need in addition.
    pub tools: BTreeMap<Box<str>, Scopes>,
}

impl ScopeRules {
    /// Everything that a client may ever need here.
    pub fn supported(&self) -> Scopes {
        self.tools.values().fold(self.required.clone(), |all, tool| all.union(tool))
    }

    /// What it takes to call this tool.
    fn of_tool(&self, tool: &str) -> Option<&Scopes> {
        self.tools.get(tool)
    }

    /// What a request needs: a batch needs what all of its messages need.
    fn of_call(&self, call: &Call) -> Scopes {
        call.messages()
            .iter()
            .filter_map(|message| self.of_tool(message.tool()?))
            .fold(self.required.clone(), |all, tool| all.union(tool))
    }

    /// The tools that a token cannot call.
    pub(crate) fn hidden_from(&self, held: &Scopes) -> Vec<Box<str>> {
        let is_hidden = |needs: &Scopes| !needs.missing_from(held).is_empty();
        self.tools.iter().filter(|(_, needs)| is_hidden(needs)).map(|(tool, _)| tool.clone()).collect()
    }
}

/// A call that may be made. Only the guard makes one.
#[non_exhaustive]
pub struct Permitted {
    /// Method, target and headers, without any credential.
    pub parts: request::Parts,
    /// What is asked.
    pub called: Called,
    /// Who asks.
    pub token: Arc<VerifiedToken>,
    /// What is left of the caller's token: whoever sends something on asks it first.
    pub residue: Residue,
}

/// Neither the target nor a header is shown: callers write them, and one may write its own token there.
impl fmt::Debug for Permitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Permitted");
        shown.field("called", &self.called).field("token", &self.token).finish_non_exhaustive()
    }
}

/// Judges a call by the scopes of its token.
pub(crate) fn permit(read: Read, rules: &ScopeRules, asked: &mut Asked) -> Result<Permitted, Stop> {
    let Read { parts, called, token, residue } = read;
    let needed = match &called {
        Called::Post { call, .. } => rules.of_call(call),
        Called::Get | Called::Delete => rules.required.clone(),
    };
    if let Err(refusal) = token.permits(&needed) {
        // MCP, Scope Challenge Handling: a client that asks for what is missing only would lose what it holds.
        asked.scope = needed.union(token.claims().scopes());
        return Err(refusal.into());
    }
    Ok(Permitted { parts, called, token, residue })
}

impl Message {
    /// The tool that this message calls, whether it waits for the answer or not.
    pub fn tool(&self) -> Option<&str> {
        if self.method() == Some("tools/call") { self.name() } else { None }
    }
}
