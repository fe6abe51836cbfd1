//! Requests for tokens and authorizations among what was met: which grant, and whether `resource` is in them.

use super::{
    event::{Event, Given},
    heap::{Heap, Is, Object},
    value::{Marks, Presence, Shape, Value},
};
use crate::{
    library::{Call, Does},
    project::Place,
};

/// Which kind of token request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// An authorization code for a token.
    Code,
    /// A refresh token for another token.
    Refresh,
    /// The program in its own name.
    ClientCredentials,
    /// A token for another token.
    Exchange,
    /// Something else, or nobody knows.
    Other,
}

impl Grant {
    fn of(text: &str) -> Self {
        match text {
            "authorization_code" => Self::Code,
            "refresh_token" => Self::Refresh,
            "client_credentials" => Self::ClientCredentials,
            "urn:ietf:params:oauth:grant-type:token-exchange" => Self::Exchange,
            _ => Self::Other,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// A token.
    Token(Grant),
    /// An authorization.
    Authorization,
}

/// A request for a token or an authorization.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// What for.
    pub(crate) asks: Asks,
    /// Whether `resource` is in it.
    pub(crate) resource: Presence,
    /// What it is, and where it was written.
    pub(crate) value: Option<(Value, Place)>,
    /// Whether it may have parameters that nobody here has written, and what flowed into these.
    pub(crate) open: Option<Marks>,
    /// Where its parameters were put together.
    pub(crate) born: Option<Place>,
}

/// The request that a call sends or makes, if it is one.
pub(crate) fn of(event: &Event<'_>) -> Option<Request> {
    let Event::Called { known, arguments, heap, receiver, .. } = event else { return None };
    let look = Look { known, arguments, heap, receiver: receiver.as_ref() };
    match known.does {
        Does::Verify
        | Does::Compare
        | Does::Option
        | Does::Write
        | Does::Build
        | Does::Keep
        | Does::Gives => None,
        Does::TokenRequest => {
            let grant = known.grant.as_deref().map(Grant::of);
            let parameters = look.first(&known.body).unwrap_or_default();
            let grant = grant.or_else(|| parameters.grant()).unwrap_or(Grant::Other);
            Some(look.with_resource(parameters.request(Asks::Token(grant))))
        }
        Does::AuthorizeRequest => {
            let parameters = look.first(&known.body).unwrap_or_default();
            Some(parameters.request(Asks::Authorization))
        }
        Does::Send | Does::Encode => {
            let parameters = look.first(&known.body)?;
            if let Some(grant) = parameters.grant() {
                return Some(parameters.request(Asks::Token(grant)));
            }
            (known.does == Does::Encode && parameters.has("response_type"))
                .then(|| parameters.request(Asks::Authorization))
        }
    }
}

/// Whether any of these is given, as far as that is known: see [`Call`]. What nobody here has written may be in there.
pub(crate) fn gives(event: &Event<'_>, paths: &[String]) -> Presence {
    let Event::Called { known, arguments, heap, receiver, .. } = event else { return Presence::Never };
    let look = Look { known, arguments, heap, receiver: receiver.as_ref() };
    paths.iter().map(|path| look.presence(path)).max().unwrap_or(Presence::Never)
}

/// What is given at the first of these places: see [`Call`].
pub(crate) fn given(event: &Event<'_>, paths: &[String]) -> Option<Value> {
    let Event::Called { known, arguments, heap, receiver, .. } = event else { return None };
    let look = Look { known, arguments, heap, receiver: receiver.as_ref() };
    paths.iter().find_map(|path| look.argument(path))
}

/// A call whose arguments are looked at.
struct Look<'e> {
    known: &'e Call,
    arguments: &'e [Given],
    heap: &'e Heap,
    receiver: Option<&'e Value>,
}

impl Look<'_> {
    /// The first of these that is given: see [`Call`].
    fn first(&self, paths: &[String]) -> Option<Parameters> {
        paths.iter().find_map(|path| match path.strip_suffix('+') {
            Some(from) => self.options(from.parse().ok()?),
            None => self.argument(path).map(|value| self.parameters(&value)),
        })
    }

    /// What is given as that argument itself.
    fn whole(&self, name: &str) -> Option<&Value> {
        if name == "self" {
            return self.receiver;
        }
        let given = match name.parse::<usize>() {
            Ok(index) => self.arguments.iter().filter(|given| given.name.is_none()).nth(index),
            Err(_) => self.arguments.iter().find(|given| given.name.as_deref() == Some(name)),
        };
        given.map(|given| &given.value)
    }

    fn presence(&self, path: &str) -> Presence {
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        if let Some(from) = first.strip_suffix('+') {
            let all = from.parse().ok().and_then(|from| self.options(from)?.object);
            return all.zip(parts.next()).map_or(Presence::Never, |(all, part)| all.presence(part));
        }
        let whole = self.whole(first);
        whole.map_or(Presence::Never, |value| self.presence_in(value, &parts))
    }

    fn presence_in<'p>(&self, value: &Value, parts: &(impl Iterator<Item = &'p str> + Clone)) -> Presence {
        let each = value.each().map(|one| {
            let mut parts = parts.clone();
            let Some(part) = parts.next() else {
                return if one.truth() == Some(false) { Presence::Never } else { Presence::Always };
            };
            match (one.object().and_then(|id| self.heap.get(id)), one.truth()) {
                (Some(object), _) => match object.slot(part) {
                    Some(slot) => self.presence_in(&slot.value, &parts).min(object.presence(part)),
                    None => object.presence(part),
                },
                (None, Some(false)) => Presence::Never,
                (None, _) => Presence::Maybe,
            }
        });
        each.reduce(Presence::join).unwrap_or(Presence::Never)
    }

    /// All arguments from that one on, as one.
    fn options(&self, from: usize) -> Option<Parameters> {
        let given = self.arguments.iter().filter(|given| given.name.is_none()).skip(from);
        given.map(|given| self.parameters(&given.value)).reduce(Parameters::and)
    }

    fn argument(&self, path: &str) -> Option<Value> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        if let Some(from) = first.strip_suffix('+') {
            let object = self.options(from.parse().ok()?)?.object?;
            return object.slot(parts.next()?).map(|slot| slot.value.clone());
        }
        let mut value = self.whole(first)?;
        for part in parts {
            let object = self.heap.get(value.object()?)?;
            match object.slot(part) {
                Some(slot) => value = &slot.value,
                None => return object.open.is_some().then(Value::unknown),
            }
        }
        Some(value.clone())
    }

    /// `resource` may have a place of its own.
    fn with_resource(&self, mut request: Request) -> Request {
        for path in &self.known.resource {
            let Some((of, key)) = path.rsplit_once('.') else { continue };
            let object = self.argument(of).and_then(|of| of.object()).and_then(|id| self.heap.get(id));
            let Some(object) = object else { continue };
            request.resource = request.resource.max(object.presence(key));
            if let Some(slot) = object.slot(key) {
                request.value.get_or_insert_with(|| (slot.value.clone(), slot.at.clone()));
            }
        }
        request
    }

    /// The parameters that a value stands for: a map, a list of pairs, a text.
    fn parameters(&self, value: &Value) -> Parameters {
        let all = value.each().map(|one| self.of_one(one));
        all.reduce(Parameters::join).unwrap_or_default()
    }

    fn of_one(&self, value: &Value) -> Parameters {
        match &value.shape {
            Shape::Object(id) => match self.heap.get(*id) {
                Some(object) => {
                    Parameters { object: Some(self.as_map(object, MAX_LISTS)), text: String::new() }
                }
                None => Parameters::unknown(value),
            },
            Shape::Text(text) => Parameters { object: None, text: text.to_string() },
            Shape::Template(parts) => {
                let texts = parts.iter().filter_map(Value::text).map(AsRef::as_ref).collect::<Vec<&str>>();
                let inner = parts.iter().filter(|part| part.object().is_some()).map(|part| self.of_one(part));
                let text = Parameters { object: None, text: texts.join("\u{0}") };
                inner.fold(text, |mut all, one| {
                    all.object = one.object.or(all.object);
                    all
                })
            }
            Shape::Null => Parameters { object: None, text: String::new() },
            _ => Parameters::unknown(value),
        }
    }

    /// A list of pairs is a map, and so is one of options.
    fn as_map(&self, object: &Object, left: usize) -> Object {
        let mut map = object.clone();
        for item in &object.items {
            let Some(id) = item.object() else {
                // Nobody knows what it adds.
                if matches!(item.shape, Shape::Unknown(_) | Shape::OneOf(_)) {
                    map.open.get_or_insert_default().join(&item.marks);
                }
                continue;
            };
            let Some(part) = self.heap.get(id) else { continue };
            if let [key, value] = part.items.as_slice() {
                if let Some(key) = key.text() {
                    let slot = super::value::Slot {
                        presence: Presence::Always,
                        value: value.clone(),
                        at: object.born.clone(),
                    };
                    map.slots.entry(key.clone()).or_insert(slot);
                }
            } else if left > 0 {
                let part = self.as_map(part, left - 1);
                for (key, slot) in part.slots {
                    map.slots.entry(key).or_insert(slot);
                }
                if let Some(marks) = part.open {
                    map.open.get_or_insert_default().join(&marks);
                }
            }
        }
        map
    }
}

/// How deep lists of options may stand in each other.
const MAX_LISTS: usize = 4;

#[derive(Default)]
struct Parameters {
    object: Option<Object>,
    text: String,
}

impl Parameters {
    fn unknown(value: &Value) -> Self {
        let mut object = Object::new(Is::Map, Place { file: crate::project::FileId(0), start: 0, end: 0 });
        object.open = Some(value.marks.clone());
        Self { object: Some(object), text: String::new() }
    }

    fn join(mut self, other: Self) -> Self {
        match (&mut self.object, other.object) {
            (Some(mine), Some(others)) => mine.join(&others),
            (mine @ None, others) => *mine = others,
            (_, None) => {}
        }
        self.text.push_str(&other.text);
        self
    }

    /// Both at once.
    fn and(mut self, other: Self) -> Self {
        match (&mut self.object, other.object) {
            (Some(mine), Some(others)) => {
                mine.slots.extend(others.slots);
                if let Some(marks) = others.open {
                    mine.open.get_or_insert_default().join(&marks);
                }
            }
            (mine @ None, others) => *mine = others,
            (_, None) => {}
        }
        self.text.push_str(&other.text);
        self
    }

    fn has(&self, key: &str) -> bool {
        self.object.as_ref().is_some_and(|object| object.slots.contains_key(key)) || self.says(key)
    }

    /// Whether the text has that parameter.
    fn says(&self, key: &str) -> bool {
        self.text.contains(&format!("{key}="))
    }

    fn grant(&self) -> Option<Grant> {
        if let Some(slot) = self.object.as_ref().and_then(|object| object.slots.get("grant_type")) {
            return Some(slot.value.text().map_or(Grant::Other, |text| Grant::of(text)));
        }
        let (_, rest) = self.text.split_once("grant_type=")?;
        Some(Grant::of(rest.split(['&', '\u{0}']).next().unwrap_or_default()))
    }

    fn request(self, asks: Asks) -> Request {
        let said = self.says("resource");
        let slot = self.object.as_ref().and_then(|object| object.slots.get("resource"));
        let resource = match &self.object {
            _ if said => Presence::Always,
            Some(object) => object.presence("resource"),
            None => Presence::Never,
        };
        // What is nothing is not sent.
        let resource = match slot {
            Some(slot) if slot.value.truth() == Some(false) => Presence::Never,
            Some(slot) if slot.value.each().any(|one| one.truth() == Some(false)) => {
                resource.min(Presence::Maybe)
            }
            _ => resource,
        };
        Request {
            asks,
            resource,
            value: slot.map(|slot| (slot.value.clone(), slot.at.clone())),
            open: self.object.as_ref().and_then(|object| object.open.clone()),
            born: self.object.map(|object| object.born),
        }
    }
}
