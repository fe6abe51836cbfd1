//! What a framework gives a handler: `authorization: str = Header(None)`, `token: Annotated[str, Depends(scheme)]`.

use super::{credential, is_credential};
use crate::{
    flow::{
        MAX_CALLS,
        heap::{Is, Object},
        machine::Machine,
        value::{Mark, Marks, Shape, Value},
    },
    ir::{Argument, Expression, Kind, Text},
    library::Holds,
    project::{FileId, Place},
};

impl Machine<'_> {
    /// What such a call says that the parameter of that name is.
    pub(super) fn injected(&mut self, file: FileId, name: &Text, said: &Expression) -> Option<Value> {
        let Kind::Call { callee, arguments, .. } = &said.kind else { return None };
        let (Kind::Name(called) | Kind::Member(_, called)) = &callee.kind else { return None };
        match &**called {
            "Header" => {
                let key = alias(arguments).unwrap_or(name);
                is_credential(key).then(credential)
            }
            "Query" => {
                let at = Place::new(file, &said.span);
                let query = self.query(&at)?.object()?;
                self.entry_of(query, alias(arguments).unwrap_or(name), &at)
            }
            "Depends" | "Security" => {
                let named = arguments.iter().find(|argument| argument.name.as_deref() == Some("dependency"));
                let given = named.or_else(|| arguments.iter().find(|argument| argument.name.is_none()))?;
                self.depended_on(file, &given.value)
            }
            _ => None,
        }
    }

    /// What something gives that a framework calls for each request: a scheme of a library, or a function of the project
    /// that takes the credential out of the request.
    fn depended_on(&mut self, file: FileId, on: &Expression) -> Option<Value> {
        let on_it = self.in_file(file, |machine| machine.evaluate(on));
        match &on_it.shape {
            Shape::Object(id) => {
                let Is::Foreign(path) = &self.heap.as_ref()?.get(*id)?.is else { return None };
                let path: Text = format!("{path}.__call__").into();
                let language = self.project.file(file).language;
                if self.library.holds(language, &path) == Some(Holds::Credential) {
                    return Some(credential());
                }
                // Of what the others give, a part is the credential.
                let part = format!("{path}.credentials");
                if self.library.holds(language, &part) != Some(Holds::Credential) {
                    return None;
                }
                let mut made = Object::new(Is::Foreign(path), Place::new(file, &on.span));
                made.open = Some(Marks::default());
                Some(self.heap.as_mut()?.make(made))
            }
            Shape::Function(closure) => {
                let closure = closure.clone();
                // They may depend on each other without end.
                if self.calls.len() > MAX_CALLS {
                    return None;
                }
                let before = self.heap.clone();
                let answers = self.run_for_nobody(&closure, &on.span);
                let gave = self.either_of(answers);
                self.heap = before;
                gave.marks.has(Mark::Inbound).then(credential)
            }
            _ => None,
        }
    }
}

/// Under which name it is looked for, where that is another one.
fn alias(arguments: &[Argument]) -> Option<&Text> {
    let given = arguments.iter().find(|argument| argument.name.as_deref() == Some("alias"))?;
    match &given.value.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}
