use std::fmt::Write as _;

use super::{
    event::Event,
    heap::Heap,
    machine::Machine,
    split::{ABSENT, COMPARED},
    value::{Mark, Presence, Shape, Value},
};
use crate::{
    language::Language,
    library::Library,
    project::{File, PLAINLY, Project},
};

mod csharp;
mod deferred;
mod go;
mod java;
mod javascript;
mod rust;
mod told;

/// What is said of every call whose path ends like that: each argument, a map with the presence of its keys.
fn met(files: &[(&str, &str)], what: &str) -> String {
    let files = files.iter().map(|(path, text)| {
        let language = Language::of(path.as_ref()).unwrap();
        File::new(path.as_ref(), language, text, PLAINLY)
    });
    let project = Project::new(files.collect());
    let library = Library::known();
    let mut out = String::new();
    for function in project.functions() {
        let ran = Machine::run(&project, library, function);
        for event in ran.events {
            let Event::Called { what: path, arguments, heap, .. } = event else { continue };
            if !path.ends_with(what) {
                continue;
            }
            let arguments: Vec<_> = arguments
                .iter()
                .map(|given| {
                    let name = given.name.as_deref().map_or(String::new(), |name| format!("{name}="));
                    format!("{name}{}", shown(&given.value, &heap))
                })
                .collect();
            let name = &project.function(function).name;
            let _ = writeln!(
                out,
                "{}: {path}({})",
                if name.is_empty() { "file" } else { name },
                arguments.join(", ")
            );
        }
    }
    out
}

fn shown(value: &Value, heap: &Heap) -> String {
    match &value.shape {
        Shape::Object(id) => {
            let Some(object) = heap.get(*id) else { return "gone".to_owned() };
            let keys: Vec<_> = object
                .slots
                .iter()
                .map(|(key, slot)| {
                    let mark = match slot.presence {
                        Presence::Always => "",
                        Presence::Maybe => "?",
                        Presence::Never => "!",
                    };
                    let inner = slot.value.object().map(|_| format!("={}", shown(&slot.value, heap)));
                    format!("{key}{mark}{}", inner.unwrap_or_default())
                })
                .collect();
            format!("{{{}{}}}", keys.join(" "), if object.open.is_some() { " .." } else { "" })
        }
        Shape::Unknown(name) => name.as_deref().unwrap_or("_").to_owned(),
        Shape::OneOf(several) => several.iter().map(|one| shown(one, heap)).collect::<Vec<_>>().join("|"),
        Shape::Text(text) => format!("{text:?}"),
        Shape::Foreign(path) => path.to_string(),
        other => format!("{other:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
    }
}

#[test]
fn parameters_are_followed() {
    let client = r#"
import httpx, requests
from .helpers import add_resource, prepare

class Client:
    def __init__(self, server_url, resource=None):
        self.resource = resource
        self.extra = {"resource": server_url}

    def plain(self, code):
        requests.post("https://as/token", data={"grant_type": "authorization_code", "code": code})

    def written(self, code):
        data = {"grant_type": "authorization_code"}
        data["resource"] = self.resource
        requests.post("https://as/token", data=data)

    def conditional(self, code):
        data = {"grant_type": "authorization_code"}
        if self.resource:
            data["resource"] = self.resource
        else:
            log(data)
        requests.post("https://as/token", data=data)

    def both(self, code):
        data = dict(grant_type="x")
        if code:
            data["resource"] = self.resource
        else:
            data.update(resource="b")
        requests.post("https://as/token", data=data)

    def returns_early(self, code):
        data = dict(grant_type="x")
        if not self.resource:
            raise ValueError()
        data["resource"] = self.resource
        requests.post("https://as/token", data=data)

    def helped(self, code):
        data = dict(grant_type="x")
        add_resource(data, self.resource)
        self._more(data)
        requests.post("https://as/token", data=data)

    def _more(self, data):
        data["client_id"] = "x"

    def prepared(self):
        requests.post("https://as/token", data=prepare("r"))

    def spread(self, r):
        requests.post("https://as/token", data={"a": 1, **self.extra})
        requests.post("https://as/token", data={"a": 1, **({"resource": r} if r else {})})
        requests.post("https://as/token", data=[("a", 1)] + ([("resource", r)] if r else []))

    async def given(self, data):
        async with httpx.AsyncClient() as client:
            await client.post("https://as/token", data=data)

    def looped(self, items):
        data = {}
        for k, v in items:
            data[k] = v
        requests.post("https://as/token", data=data)

    def calls_given(self):
        self.given({"grant_type": "x"})
"#;
    let helpers = r#"
def add_resource(body, resource):
    body["resource"] = resource

def prepare(resource):
    body = {"grant_type": "refresh_token"}
    body.setdefault("resource", resource)
    return body
"#;
    insta::assert_snapshot!(met(&[("app/client.py", client), ("app/helpers.py", helpers)], ".post"));
}

/// At each end that gives claims back: whether their audience was compared on all ways, some, or none.
fn ends(path: &str, source: &str) -> String {
    let language = Language::of(path.as_ref()).unwrap();
    let project = Project::new(vec![File::new(path.as_ref(), language, source, PLAINLY)]);
    let library = Library::known();
    let mut out = String::new();
    for function in project.functions().skip(1) {
        let ran = Machine::run(&project, library, function);
        for event in ran.events {
            let Event::Ended { value, heap } = event else { continue };
            let claims = value.marks.iter().filter_map(|mark| match mark {
                Mark::Claims(claims) => Some(claims),
                _ => None,
            });
            let compared: Vec<_> = claims
                .map(|claims| {
                    let of = heap.get(claims).unwrap();
                    (of.presence(COMPARED), of.presence(ABSENT))
                })
                .collect();
            let _ =
                writeln!(out, "{}: {} {compared:?}", project.function(function).name, shown(&value, &heap));
        }
    }
    out
}

#[test]
fn claims_are_followed() {
    let shown = ends(
        "a.py",
        r#"
import jwt
from fastapi import HTTPException

def none(token, key):
    claims = jwt.decode(token, key)
    return claims

def compared(token, key):
    claims = jwt.decode(token, key)
    if claims["aud"] != AUD:
        raise HTTPException(401)
    return claims

def absent(token, key):
    claims = jwt.decode(token, key)
    aud = claims.get("aud")
    if aud and aud != AUD:
        raise HTTPException(401)
    return claims

def list_or_text(token, key):
    claims = jwt.decode(token, key)
    aud = claims.get("aud")
    audiences = aud if isinstance(aud, list) else [aud]
    if AUD not in audiences:
        return None
    return claims

def switched(token, key):
    claims = jwt.decode(token, key)
    if strict and claims["aud"] != AUD:
        raise HTTPException(401)
    return claims

def helped(token, key):
    claims = jwt.decode(token, key)
    if not fits(claims):
        return None
    return claims

def fits(claims):
    for one in claims["aud"]:
        if one == AUD:
            return True
    return False

def swallowed(token, key):
    try:
        claims = jwt.decode(token, key)
        if AUD != claims["aud"]:
            raise ValueError()
    except ValueError:
        log()
    return claims

def warned(token, key):
    claims = jwt.decode(token, key)
    if AUD != claims["aud"]:
        log()
    return claims
"#,
    );
    insta::assert_snapshot!(shown);
}
