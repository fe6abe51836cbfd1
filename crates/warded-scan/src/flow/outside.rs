//! Calls of what is not of the project: what libraries do is known, and whatever they are given may be run.

use std::sync::Arc;

use super::{
    call::Answers,
    callback::turn_around,
    event::{Compare, Event, Given},
    heap::{Is, Object},
    inbound::carried,
    machine::Machine,
    token::is_audience_key,
    value::{Mark, Marks, Shape, Value},
};
use crate::{
    ir::{Expression, Span, Takes, Target, Text},
    language::Language,
    library::{Call, Does},
    project::{Place, are_types},
};

/// What goes on through a call. What an error says of an audience is none: `Errorf`, `NewError`, `wrapErr`.
fn passed_on(called: Option<&str>, given: &Marks) -> Marks {
    let marks = carried(called, given);
    let makes_error = || {
        let name = called.and_then(|called| called.rsplit('.').next()).unwrap_or_default();
        ["err", "Err", "Exception"].iter().any(|word| name.contains(word))
    };
    marks.only(|mark| mark.audience().is_none() || !makes_error())
}

/// How deep parameters may stand in what is given.
const PARTS_DEEP: usize = 1;

/// What a call is marked with by all that goes into it.
fn marks_of(callee: &Value, receiver: Option<&Value>, given: &[Given]) -> Marks {
    // What a token is written to whose claims were verified gives these claims.
    let mut marks = callee.marks.only(|mark| matches!(mark, Mark::Claims(_)));
    for value in given.iter().map(|given| &given.value).chain(receiver) {
        marks.join(&value.marks);
    }
    // What may be nothing is not what a function makes of it.
    marks.without(Mark::Optional)
}

impl Machine<'_> {
    /// A call of something that is not of the project.
    pub(super) fn outside(
        &mut self,
        callee: &Value,
        receiver: Option<&Value>,
        method: Option<&Text>,
        given: &[Given],
        whole: &Expression,
    ) -> Answers {
        let (at, span) = (self.place(&whole.span), &whole.span);
        if let (Some(receiver), Some(method)) = (receiver, method)
            && let Some(value) = self
                .of_option(receiver, method)
                .or_else(|| self.on_something_held(receiver, method, given, whole))
        {
            return self.sole(value);
        }
        if let Some(method) = method {
            self.write_query(method, given, &at);
        }
        let language = self.project.file(self.file()).language;
        let path = path_of(callee, method);
        let marks = passed_on(path.as_deref(), &marks_of(callee, receiver, given));
        if is_about_types(path.as_deref()) {
            for given in given {
                self.typed(&given.value, &at);
            }
            return self.sole(Value::unknown());
        }
        let name = if let Shape::Unknown(name) = &callee.shape { name.as_deref() } else { None };
        self.hears(path.as_deref().or(name), given, &at);
        let known = path.as_ref().and_then(|path| self.library.find(language, path));
        let known = known.map(|known| self.project.in_version(self.file(), known));
        let known = known.filter(|known| known.does_with(given.iter().filter_map(|one| one.name.as_deref())));
        if let (None, Some(text)) = (known, self.serialized(path.as_deref().or(name), given)) {
            return self.sole(text);
        }
        if let Some((index, of_library)) = known.and_then(Call::called)
            && let Some(answers) = self.call_given(index, of_library, given, whole)
        {
            return answers;
        }
        if let Some(known) = known.filter(|known| known.does == Does::Compare) {
            return self.fits(known, receiver, given, whole);
        }
        if let (None, Some(path)) = (known, path.as_deref())
            && let Some(answers) = self.checked(path, receiver, given, whole)
        {
            return answers;
        }
        if let (None, Shape::Unknown(_)) = (method, &callee.shape)
            && callee.marks.has(Mark::Parameter)
        {
            // Whoever gave the function may write to whatever it is given.
            self.let_go(given);
        }
        if known.is_none_or(|known| known.hands.is_none()) {
            self.run_callbacks(receiver, given, span);
        }
        let mut result = self.answer_of(path.as_ref(), &at).with(&marks);
        if let (Some(receiver), Some(method)) = (receiver, method)
            && let Some(about) = self.audience_of(receiver, method, given, whole)
        {
            result = self.audience_by_method(whole, &about, result);
        }
        if let Some(method) = method {
            result = by_name(method, given, language, result);
        }
        if let (None, Some(receiver), Some(method)) = (known, receiver, method)
            && let Some(value) = self.on_unknown_container(receiver, method, given, &at)
        {
            return self.sole(value);
        }
        self.take_in_audience(receiver, method, given);
        if let (None, Some(receiver), Some(method)) = (known, receiver, method)
            && self.goes_on(receiver, method, given, span)
        {
            return self.sole(receiver.clone().with(&marks));
        }
        let known = known.or_else(|| {
            let path = path.as_deref()?;
            let passes = given.iter().any(|given| self.has_grant(&given.value, PARTS_DEEP));
            passes.then(|| self.library.passes(language, path)).flatten()
        });
        if let (Some(known), Some(what)) = (known, path) {
            result = self.known(known, receiver, given, result, &at);
            if matches!(known.does, Does::Gives | Does::Option | Does::Write | Does::Build | Does::Keep) {
                return self.sole(result);
            }
            if let Some(heap) = &self.heap {
                let event = Event::Called {
                    known,
                    what,
                    receiver: receiver.cloned(),
                    arguments: given.into(),
                    heap: Arc::new(heap.clone()),
                    result: result.clone(),
                    at,
                    trail: self.trail(),
                    under: self.under.clone(),
                };
                self.tell(event);
            }
            if let Some(index) = known.hands {
                self.hand_over(index, &result, given, span);
            }
        }
        self.sole(result)
    }

    /// What a method of Rust gives of an `Option` that may be nothing, where it goes on only if it is there.
    fn of_option(&self, receiver: &Value, method: &str) -> Option<Value> {
        let is_asked = receiver.marks.has(Mark::Optional)
            && matches!(receiver.shape, Shape::Unknown(_))
            && matches!(method, "expect" | "unwrap" | "ok_or" | "ok_or_else")
            && self.project.file(self.file()).language == Language::Rust;
        is_asked.then(|| receiver.clone().surely())
    }

    /// What something gives of which nothing more is known.
    fn answer_of(&mut self, path: Option<&Text>, at: &Place) -> Value {
        let path = path.filter(|path| !path.starts_with('?'));
        let object = path.map(|path| Object::new(Is::Foreign(path.clone()), at.clone()));
        let made = object.and_then(|object| Some(self.heap.as_mut()?.make(object)));
        made.unwrap_or_else(Value::unknown)
    }

    /// What the name of a function says that it does with what it is given.
    fn hears(&mut self, called: Option<&str>, given: &[Given], at: &Place) {
        if self.turns_away(called, given) {
            self.turned_away(at);
        }
        if let Some(called) = called {
            self.verifies(called, given);
        }
    }

    /// Whether a method goes on with what it is called on, which is being put together.
    fn goes_on(&mut self, receiver: &Value, method: &Text, given: &[Given], span: &Span) -> bool {
        if FINISHES.contains(&&**method) {
            self.let_go(given);
        }
        let is_built = self.is_being_built(receiver);
        if is_built && BODIES.contains(&&**method) {
            let answer = self.heap.clone().map(|heap| (receiver.clone(), heap));
            self.passed_on(method, Some(receiver), given, &answer.into_iter().collect(), span);
        }
        is_built
    }

    /// The token of which a method gives the audience, or a part of it. Where types are written down, something that is
    /// called a token is one, wherever it was verified.
    fn audience_of(
        &mut self,
        receiver: &Value,
        method: &Text,
        given: &[Given],
        whole: &Expression,
    ) -> Option<Value> {
        let language = self.project.file(self.file()).language;
        if CUTS.contains(&&**method) && are_types(language) {
            // What is left of it is that of others too.
            self.cut(receiver, whole);
            return None;
        }
        if !asks_audience(method, given) {
            return None;
        }
        let is_known = receiver.marks.iter().any(|mark| matches!(mark, Mark::Claims(_)));
        if is_known || !are_types(language) || !self.is_called_token(receiver) {
            return Some(receiver.clone());
        }
        let token = self.typed_token(whole);
        Some(token.map_or_else(|| receiver.clone(), |token| receiver.clone().marked(Mark::Claims(token))))
    }

    /// Whether a value, or its type, is called like a token or what it says.
    fn is_called_token(&self, value: &Value) -> bool {
        let Some(name) = self.name_of(value) else { return false };
        let name = name.rsplit('.').next().unwrap_or(&name).to_ascii_lowercase();
        // Whoever logs in, or asks for more, is no caller with a token.
        let is_other = ["idtoken", "refresh"].iter().any(|part| name.contains(part));
        !is_other && ["token", "jwt", "claims"].iter().any(|part| name.contains(part))
    }

    /// What a method of a container, of a request that came in, or of something that is given a function gives.
    fn on_something_held(
        &mut self,
        receiver: &Value,
        method: &Text,
        given: &[Given],
        whole: &Expression,
    ) -> Option<Value> {
        let (at, each) = (self.place(&whole.span), receiver.each().cloned().collect::<Vec<_>>());
        let done: Vec<_> = each.iter().filter_map(|one| self.on_container(one, method, given, &at)).collect();
        if let Some(value) = done.into_iter().reduce(Value::or) {
            return Some(value);
        }
        if let Some(fields) = self.on_record(receiver, method, &at) {
            return Some(fields);
        }
        if let Some(text) = self.on_text(receiver, method, given, whole) {
            return Some(text);
        }
        if let Some(credential) = self.asked_for_credential(receiver, given) {
            return Some(credential);
        }
        self.with_callback(receiver, method, given, &whole.span)
    }

    /// Whether anything was sent since that many events, or may have been.
    pub(super) fn has_sent(&self, since: usize) -> bool {
        let sends = [Does::Send, Does::Pass, Does::Encode, Does::TokenRequest];
        let mut since = self.events.iter().skip(since);
        since.any(|event| matches!(event, Event::Called { known, .. } if sends.contains(&known.does)))
    }

    /// A function of the project that is called like one that sends was given the parameters of a token request, and how
    /// it sends them was not understood.
    pub(super) fn passed_on(
        &mut self,
        name: &Text,
        receiver: Option<&Value>,
        given: &[Given],
        answers: &Answers,
        span: &Span,
    ) {
        let language = self.project.file(self.file()).language;
        let Some(known) = self.library.passes(language, name) else { return };
        let at = self.place(span);
        for (result, heap) in answers {
            let before = self.heap.replace(heap.clone());
            if given.iter().any(|given| self.has_grant(&given.value, PARTS_DEEP)) {
                self.tell(Event::Called {
                    known,
                    what: name.clone(),
                    receiver: receiver.cloned(),
                    arguments: given.into(),
                    heap: Arc::new(heap.clone()),
                    result: result.clone(),
                    at: at.clone(),
                    trail: self.trail(),
                    under: self.under.clone(),
                });
            }
            self.heap = before;
        }
    }

    /// Whether a function gives back the parameters of a token request: whoever called it sends them.
    pub(super) fn gives_grant(&mut self, answers: &Answers) -> bool {
        answers.iter().any(|(value, heap)| {
            let before = self.heap.replace(heap.clone());
            let gives = value.object().is_some() && self.has_grant(value, PARTS_DEEP);
            self.heap = before;
            gives
        })
    }

    /// Whether somewhere in there are the parameters of a token request.
    fn has_grant(&self, value: &Value, left: usize) -> bool {
        value.each().any(|one| {
            let Some(object) = one.object().and_then(|id| self.heap.as_ref()?.get(id)) else {
                return super::text::asks_for_token(one);
            };
            object.slots.contains_key("grant_type")
                || object.items.iter().any(|item| self.is_grant(item))
                || (left > 0 && object.slots.values().any(|slot| self.has_grant(&slot.value, left - 1)))
        })
    }

    /// Whether it is the pair that says which grant it is.
    fn is_grant(&self, item: &Value) -> bool {
        let pair = item.object().and_then(|id| self.heap.as_ref()?.get(id));
        let key = pair.filter(|pair| pair.items.len() == 2).and_then(|pair| pair.items.first());
        key.and_then(Value::text).is_some_and(|key| &**key == "grant_type")
    }

    /// The answers of a function that nobody knows, where its name says that it checks the audience that it is given.
    fn checked(
        &mut self,
        path: &str,
        receiver: Option<&Value>,
        given: &[Given],
        whole: &Expression,
    ) -> Option<Answers> {
        if let Some(answers) = self.asked_for_any(path, receiver, given) {
            return Some(answers);
        }
        let name = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
        if !CHECKS.iter().any(|check| name.contains(check)) {
            return None;
        }
        let asked = receiver.filter(|_| !given.is_empty());
        let asked = asked.and_then(|receiver| self.asked_for_audience(whole, receiver, &name));
        let all: Vec<_> = given.iter().map(|given| &given.value).chain(asked.as_ref().or(receiver)).collect();
        let audience =
            all.iter().position(|value| value.marks.iter().any(|mark| mark.audience().is_some()))?;
        let with = all.iter().enumerate().find(|(index, _)| *index != audience);
        let with = with.map_or_else(Value::unknown, |(_, value)| (*value).clone());
        let audience = all[audience].clone();
        let mut answers = self.both_ways(&audience, &with, Compare::Member, whole);
        if name.contains("disjoint") {
            turn_around(&mut answers);
        }
        Some(answers)
    }

    /// Whether a call tells whoever came that he may not: `res.status(401)`, `http.Error(w, .., 403)`, `reject(error)`.
    fn turns_away(&self, path: Option<&str>, given: &[Given]) -> bool {
        let name = path.map_or("", |path| path.rsplit('.').next().unwrap_or(path)).to_ascii_lowercase();
        if matches!(name.as_str(), "unauthorized" | "forbidden" | "forbid" | "reject" | "fail") {
            return true;
        }
        let object = |value: &Value| value.object().and_then(|id| self.heap.as_ref()?.get(id));
        let calls_on = matches!(name.as_str(), "next" | "done" | "cb" | "callback" | "verified");
        given.iter().any(|given| {
            let status = object(&given.value)
                .and_then(|of| of.slots.iter().find(|(key, slot)| is_status(key) && is_refusal(&slot.value)));
            let is_error = object(&given.value).is_some_and(|of| match &of.is {
                Is::Foreign(path) => path.ends_with("Error"),
                Is::Instance(class) => self.project.class(*class).name.ends_with("Error"),
                _ => false,
            });
            is_refusal(&given.value)
                || status.is_some()
                || (calls_on && (is_error || matches!(given.value.shape, Shape::Bool(false))))
        })
    }

    /// The one answer that there is.
    pub(super) fn sole(&mut self, value: Value) -> Answers {
        self.heap.take().map(|heap| (value, heap)).into_iter().collect()
    }

    /// Functions that are given away may be run.
    pub(super) fn run_callbacks(&mut self, receiver: Option<&Value>, given: &[Given], span: &Span) {
        // What a list gives to a function is what is in it.
        let marks = receiver.map(|receiver| receiver.marks.clone()).unwrap_or_default();
        for given in given {
            let Shape::Function(closure) = &given.value.shape else { continue };
            let before = self.heap.clone();
            let parameters = &self.project.function(closure.function).parameters;
            let unknown: Vec<_> = parameters
                .iter()
                .map(|parameter| Given {
                    name: None,
                    value: match &parameter.target {
                        Target::Name(name) => Value::named(name),
                        _ => Value::unknown(),
                    }
                    .with(&marks),
                    spread: Takes::One,
                    at: given.at.clone(),
                })
                .collect();
            let answers = self.run_in_place(closure, &unknown, span);
            self.heap = before;
            for (_, heap) in answers {
                self.join(Some(heap));
            }
        }
    }
}

/// Methods of functions that are there to write to what they are given.
const FINISHES: &[&str] = &["accept", "customize"];

/// Methods that give a request that is put together its body.
const BODIES: &[&str] = &["body", "bodyValue", "syncBody"];

/// Methods that leave a part of a text away.
const CUTS: &[&str] = &["substring", "Substring", "subSequence"];

/// What functions have in their names that compare two things.
const CHECKS: &[&str] = &[
    "check",
    "valid",
    "verif",
    "match",
    "compare",
    "equal",
    "allow",
    "accept",
    "disjoint",
    "issubset",
    "intersect",
];

/// Whether that is what the status of an answer is called.
pub(super) fn is_status(name: &str) -> bool {
    matches!(name, "status" | "statusCode" | "status_code" | "StatusCode" | "code")
}

/// What is called: a method of something that nobody knows, by its name alone.
fn path_of(callee: &Value, method: Option<&Text>) -> Option<Text> {
    match &callee.shape {
        Shape::Foreign(path) => Some(path.clone()),
        _ => method.map(|method| format!("?.{method}").into()),
    }
}

/// Whether it is a status that turns somebody away.
pub(super) fn is_refusal(value: &Value) -> bool {
    match &value.shape {
        Shape::Text(text) => matches!(&**text, "401" | "403"),
        Shape::Foreign(path) => {
            let name = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
            name.ends_with("unauthorized") || name.ends_with("forbidden")
        }
        Shape::Unknown(Some(name)) => matches!(&**name, "UNAUTHORIZED" | "FORBIDDEN"),
        _ => false,
    }
}

/// What the name of a method says of what it gives.
fn by_name(method: &str, given: &[Given], language: Language, result: Value) -> Value {
    let is_optional = language == Language::Python && is_looked_up(method, given);
    let result = if is_optional { result.marked(Mark::Optional) } else { result };
    let is_refusal = matches!(result.shape, Shape::Unknown(_)) && super::event::REFUSALS.contains(&method);
    let result =
        if is_refusal { Value::from(Shape::Foreign(method.into())).with(&result.marks) } else { result };
    if is_from_client(method) { result.marked(Mark::Request) } else { result }
}

/// Whether something is looked up that need not be there: `settings.get("AUDIENCE")`. What has a `/` in it is an address.
pub(super) fn is_looked_up(method: &str, given: &[Given]) -> bool {
    let [key] = given else { return false };
    let is_key = |key: &Text| !key.contains('/');
    method == "get" && key.name.is_none() && key.value.text().is_some_and(is_key)
}

/// Whether only the type of something is asked for: that says nothing of its value.
fn is_about_types(path: Option<&str>) -> bool {
    matches!(
        path,
        Some(
            "typeof" | "instanceof" | "isinstance" | "Array.isArray" | "Number.isInteger" | "Number.isFinite"
        )
    )
}

/// Whether a method gives the audience of claims: `getAudience()`, `getClaim("aud")`.
fn asks_audience(method: &str, given: &[Given]) -> bool {
    match given.first().map(|given| given.value.text()) {
        None => {
            let method = method.strip_prefix("get").unwrap_or(method).to_ascii_lowercase();
            matches!(method.as_str(), "audience" | "audiences" | "aud")
        }
        Some(_) => given.first().is_some_and(|key| is_audience_key(&key.value)),
    }
}

/// Whether that is what gives something that whoever sent a request chose.
pub(super) fn is_from_client(name: &str) -> bool {
    matches!(
        name,
        "headers"
            | "Headers"
            | "Header"
            | "query"
            | "Query"
            | "query_params"
            | "cookies"
            | "getHeader"
            | "GetHeader"
            | "getParameter"
            | "getHeaders"
    )
}
