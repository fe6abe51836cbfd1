//! Parameters that a function makes a text of, however it does that.

use super::{call::Answers, event::Given, heap::Heap, machine::Machine, taken::is_request, value::Value};

/// What is in the names of functions that make a text of parameters.
const SERIALIZES: &[&str] = &[
    "stringify",
    "serializ",
    "serialis",
    "encode",
    "querystring",
    "toquery",
    "buildquery",
    "toform",
    "formdata",
    "toparams",
    "searchparams",
];

impl Machine<'_> {
    /// What the text is of that a function gives which is called like one that makes texts of parameters: the parameters
    /// of a request that it was given. A bundle has such functions in it, and many write one of their own.
    pub(super) fn serialized(&self, called: Option<&str>, given: &[Given]) -> Option<Value> {
        let name = called?.rsplit(['.', '/']).next()?;
        serialized(name, given, self.heap.as_ref()?)
    }
}

/// The same of a function of the project, unless what it gives is known: it may have added to them. What it does with
/// every kind of value on its way there does not matter.
pub(super) fn serialized_by(name: &str, given: &[Given], before: Option<&Heap>, answers: &mut Answers) {
    if answers.iter().any(|(value, _)| value.object().is_some()) {
        return;
    }
    let parameters = before.and_then(|heap| Some((serialized(name, given, heap)?, heap.clone())));
    if let Some(parameters) = parameters {
        *answers = vec![parameters];
    }
}

fn serialized(name: &str, given: &[Given], heap: &Heap) -> Option<Value> {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    let parameters = &given.first()?.value;
    let is_text = SERIALIZES.iter().any(|part| name.contains(part));
    (is_text && is_request(heap.get(parameters.object()?)?)).then(|| parameters.clone())
}
