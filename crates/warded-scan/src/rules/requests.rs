//! The requests for tokens and authorizations that were met, each where a reader would look for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Seen, made};
use crate::{
    flow::{
        event::Event,
        heap::{Heap, Is, Object},
        inbound::QUERY,
        request::{self, Asks, By, Grant, Request},
        value::{Marks, Presence},
    },
    ir::Kind,
    language::Language,
    library::Does,
    project::{ClassRef, FunctionRef, Place, Project},
    rule::Confidence,
    rules::upstream,
};

/// A request, on all ways there.
#[derive(Debug)]
pub(super) struct Asked {
    /// Where it is sent; where a function of the project sends whatever it is given, where that one is called.
    pub(super) at: Place,
    /// What is asked for, as it is on one of the ways.
    pub(super) request: Request,
    /// Whether `resource` is in it, on all ways together.
    pub(super) resource: Presence,
    /// Whose login it is, where that is an identity provider that many programs log in at.
    pub(super) upstream: Option<&'static str>,
    /// How it comes to that.
    pub(super) steps: Vec<(Place, String)>,
}

impl Asked {
    /// How sure it is that this matters.
    pub(super) fn confidence(&self) -> Confidence {
        match (self.upstream, self.request.by) {
            (Some(_), _) => Confidence::Low,
            (None, By::Library | By::Text) => Confidence::High,
            (None, By::Unknown | By::Parameters) => Confidence::Medium,
        }
    }

    /// What is wrong, with who it is asked of where that says something.
    pub(super) fn told(&self, what: &str) -> String {
        match self.upstream {
            Some(host) => format!("{what}; it goes to {host}, which may be a login of the server itself"),
            None => what.to_owned(),
        }
    }
}

/// One way to a request.
struct Way {
    request: Request,
    steps: Vec<(Place, String)>,
    /// Whether the function that puts the parameters together was run by itself, not for a caller.
    is_own: bool,
    /// Where it is sent, whoever is told of it.
    sent: Place,
}

/// All requests that were met.
pub(super) fn all(seen: &Seen<'_>) -> Vec<Asked> {
    let mut ways: BTreeMap<Place, Vec<Way>> = BTreeMap::new();
    for (root, ran) in &seen.ran {
        for event in &ran.events {
            if let Some(request) = request::of(event) {
                note(seen.project, *root, event, request, &mut ways);
            }
        }
    }
    leave_to_callers(&mut ways);
    leave_one_of_each(&mut ways);
    leave_the_last(&mut ways);
    let bound = bound_later(seen);
    let sent: BTreeSet<Place> = ways.values().flatten().filter_map(|way| way.request.born.clone()).collect();
    for (root, ran) in &seen.ran {
        let unsent = unsent(seen.project, *root, &ran.events, &sent);
        for (told, request) in unsent {
            let Some(born) = request.born.clone().filter(|born| !sent.contains(born)) else { continue };
            // Whoever is given it makes it whole.
            if request.resource == Presence::Never && bound.contains(&born) {
                continue;
            }
            let steps = vec![(born, "the parameters are put together here".to_owned())];
            ways.entry(told.clone()).or_default().push(Way { request, steps, is_own: true, sent: told });
        }
    }
    ways.into_iter().filter_map(|(at, ways)| on_all_ways(at, ways)).collect()
}

fn note(
    project: &Project<'_>,
    root: FunctionRef,
    event: &Event<'_>,
    request: Request,
    ways: &mut BTreeMap<Place, Vec<Way>>,
) {
    let Event::Called { at, trail, known, .. } = event else { return };
    let text = &project.file(at.file).text;
    let is_otherwise = known.unless.iter().any(|word| text.contains(word.as_str()));
    if is_otherwise || made::is_asked_through(project, event) || is_used_up(project, event) {
        return;
    }
    let maker = request.born.as_ref().and_then(|born| enclosing(project, born));
    let sender = enclosing(project, at);
    // Whoever puts the parameters together can mend it, not whoever sends what it is given.
    let home = if maker.is_none() || maker == sender {
        at
    } else {
        let by_maker = trail.iter().rev().find(|call| enclosing(project, call) == maker);
        // What a constructor puts together, another method of that class sends.
        let is_kin = |call: &&Place| {
            let of = |function: FunctionRef| Some((function.file, project.function(function).class?));
            let kin = maker.and_then(of);
            kin.is_some() && enclosing(project, call).and_then(of) == kin
        };
        let by_kin = || trail.iter().rev().find(is_kin).filter(|_| !is_kin(&at));
        // What a helper began without a word about which grant it is, is completed by whoever asked it.
        let is_begun = maker.is_some_and(|maker| !says_grant(project, maker));
        let by_asker = || trail.iter().find(|call| maker.is_some_and(|maker| names(project, call, maker)));
        let by_asker = || by_asker().filter(|_| is_begun);
        // What somebody else puts together and gives away goes through a function that sends anything.
        let by_itself = || request.born.as_ref().filter(|_| !trail.is_empty() && !is_kin(&at));
        by_maker.or_else(by_kin).or_else(by_asker).or_else(by_itself).unwrap_or(at)
    };
    let is_named = matches!(known.does, Does::TokenRequest | Does::AuthorizeRequest);
    if !is_named && enclosing(project, home).is_some_and(|function| is_completed(project, function)) {
        return;
    }
    let is_own = enclosing(project, home) == Some(root);
    let steps = steps(&request, at, trail);
    ways.entry(home.clone()).or_default().push(Way { request, steps, is_own, sent: at.clone() });
}

/// Whether a function says which grant it asks with.
fn says_grant(project: &Project<'_>, function: FunctionRef) -> bool {
    let text = &project.file(function.file).text;
    let text = text.get(project.function(function).span.clone()).unwrap_or_default();
    ["_code", "refresh_token", "client_credentials", "password", "grant-type:"]
        .iter()
        .any(|grant| text.contains(grant))
}

/// Whether the function around a place calls that one, by its name.
fn names(project: &Project<'_>, place: &Place, called: FunctionRef) -> bool {
    let name = &*project.function(called).name;
    let span = enclosing(project, place).map(|around| project.function(around).span.clone());
    let text = span.and_then(|span| project.file(place.file).text.get(span)).unwrap_or_default();
    name.len() > 2 && text.contains(&format!("{name}("))
}

/// Whether it is a client of Go that is made of a token which was got right before, and is used right there and nowhere
/// else: nothing is refreshed.
fn is_used_up(project: &Project, event: &Event<'_>) -> bool {
    let Event::Called { what, at, .. } = event else { return false };
    let function = enclosing(project, at).map(|function| project.function(function).span.clone());
    let Some(span) = function.filter(|_| &**what == "golang.org/x/oauth2.Config.Client") else {
        return false;
    };
    let text = &project.file(at.file).text;
    let before = text.get(span.start..at.start as usize).unwrap_or_default();
    let after = text.get(at.end as usize..span.end).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let Some(name) = line.trim().strip_suffix(":=").map(str::trim) else { return false };
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    // What is said in a text is no use.
    let is_said = |start: usize| {
        let line = after.get(..start).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        line.matches('"').count() % 2 == 1 || line.trim_start().starts_with("//")
    };
    let uses: Vec<_> = after.match_indices(name).filter(|(start, _)| !is_said(*start)).collect();
    let is_called = |(start, _): &(usize, &str)| {
        let before = after.get(..*start).and_then(|text| text.chars().next_back());
        let next = after.get(start + name.len()..).and_then(|text| text.chars().next());
        before.is_some_and(|letter| is_part(letter) || letter == '.')
            || next.is_some_and(|letter| is_part(letter) || letter == '.')
    };
    before.contains(".Exchange(") && !uses.is_empty() && uses.iter().all(is_called)
}

/// Where a function is given the grant, whoever gives it is told, and not that function as well.
fn leave_to_callers(ways: &mut BTreeMap<Place, Vec<Way>>) {
    let by_callers: BTreeSet<Place> = ways
        .iter()
        .flat_map(|(at, ways)| ways.iter().filter(move |way| way.sent != *at).map(|way| way.sent.clone()))
        .collect();
    let is_unknown = |request: &Request| {
        request.by == By::Library && request.asks == Asks::Token(Grant::Other) && request.born.is_none()
    };
    for (at, ways) in ways.iter_mut().filter(|(at, _)| by_callers.contains(*at)) {
        ways.retain(|way| way.sent != *at || !is_unknown(&way.request));
    }
    ways.retain(|_, ways| !ways.is_empty());
}

/// Where several calls are about the same parameters, the one that says most counts.
fn leave_one_of_each(ways: &mut BTreeMap<Place, Vec<Way>>) {
    let mut best: BTreeMap<Place, Vec<(Asks, By, Place)>> = BTreeMap::new();
    for (at, ways) in ways.iter() {
        for request in ways.iter().map(|way| &way.request) {
            let Some(born) = &request.born else { continue };
            // A helper may put together what one asks with, and what another one does.
            let of_helper = best.entry(born.clone()).or_default();
            let Some(known) = of_helper.iter_mut().find(|(asks, ..)| *asks == request.asks) else {
                of_helper.push((request.asks.clone(), request.by, at.clone()));
                continue;
            };
            // The last one of those that nobody knows is the one that sends, or the one that is given what it gives.
            let is_last = request.by == By::Unknown && known.1 == By::Unknown && !is_within(at, &known.2);
            if request.by < known.1 || is_last {
                (known.1, known.2) = (request.by, at.clone());
            }
        }
    }
    for (at, ways) in ways.iter_mut() {
        ways.retain(|way| {
            let of_helper = way.request.born.as_ref().and_then(|born| best.get(born));
            let best = of_helper.and_then(|all| all.iter().find(|(asks, ..)| *asks == way.request.asks));
            best.is_none_or(|(_, by, place)| way.request.by == *by && (*by != By::Unknown || place == at))
        });
    }
    ways.retain(|_, ways| !ways.is_empty());
}

fn is_within(inner: &Place, outer: &Place) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/// Where several that nobody knows are given the same parameters one after the other, and somebody else is told of that,
/// the last one sends: whoever was given them before may have written to them.
fn leave_the_last(ways: &mut BTreeMap<Place, Vec<Way>>) {
    for ways in ways.values_mut() {
        let is_given = |way: &Way| way.request.by == By::Unknown && way.request.born.is_some();
        let given = ways.iter().filter(|way| is_given(way));
        let last: Vec<_> = given.map(|way| (way.request.born.clone(), way.sent.clone())).collect();
        let is_last = |way: &Way| {
            let last = last.iter().rfind(|(born, _)| *born == way.request.born);
            last.is_none_or(|(_, sent)| *sent == way.sent)
        };
        ways.retain(|way| !is_given(way) || is_last(way));
    }
}

/// Authorization requests that a function puts together and that nobody was seen to send.
fn unsent(
    project: &Project<'_>,
    root: FunctionRef,
    events: &[Event<'_>],
    sent: &BTreeSet<Place>,
) -> BTreeMap<Place, Request> {
    let mut all: BTreeMap<Place, Request> = BTreeMap::new();
    for event in events {
        let Event::Ended { heap, value } = event else { continue };
        let written = written_as_one(heap);
        // What is given back as it is may get more by whoever called.
        let given_back = value.object().and_then(|id| heap.get(id));
        let given_back =
            given_back.filter(|object| !request::is_builder(object) && !is_address(heap, object));
        let given_back = given_back.map(|object| object.born.clone());
        let asked = heap.objects().filter_map(|object| {
            // What is put together and given back is whole where it is used.
            let is_loose = is_put_together(project, object);
            let is_own = matches!(object.is, Is::Instance(_)) && !request::is_builder(object);
            if is_own
                && (!is_spelled(project, object) || is_of(project, root, object) || is_kept(heap, object))
            {
                return None;
            }
            let token = request::for_token(object).filter(|_| {
                is_loose
                    && !made_by_others(project, root, object)
                    && !heap.objects().any(|other| {
                        has_taken(other, object) && !keeps(heap, object, other) || keeps(heap, other, object)
                    })
            });
            let token =
                token.map(|request| (written_in(project, root, object, "grant_type", request), false));
            let authorization = || {
                let request = request::of_object(object)?;
                let is_given_back = request.born == given_back;
                // What another function began, who writes what is asked for is told of.
                let is_begun = || !sent.contains(&object.born);
                Some(if !is_given_back && (is_loose || is_begun()) {
                    written_in(project, root, object, "response_type", request)
                } else {
                    request
                })
            };
            token.or_else(|| authorization().map(|request| (request, true)))
        });
        for (request, is_own) in asked {
            if request.born == given_back {
                continue;
            }
            let Some(born) = request.born.clone() else { continue };
            let is_elsewhere = is_own && enclosing(project, &born) != Some(root);
            if is_elsewhere || is_completed(project, root) {
                continue;
            }
            // Of several addresses to which the same is written one is sent.
            let told = written.get(&born).cloned().unwrap_or(born);
            // Where a function gives up early they are not whole.
            let known = all.entry(told).or_insert_with(|| request.clone());
            if known.resource < request.resource {
                *known = request;
            }
        }
    }
    all
}

/// Where several objects get what is asked for at one place, that place, by where each of them was made.
fn written_as_one(heap: &Heap) -> BTreeMap<Place, Place> {
    let mut by_writing: BTreeMap<&Place, BTreeSet<&Place>> = BTreeMap::new();
    for object in heap.objects() {
        if let Some(slot) = object.slot("response_type") {
            by_writing.entry(&slot.at).or_default().insert(&object.born);
        }
    }
    let several = by_writing.into_iter().filter(|(_, born)| born.len() > 1);
    several.flat_map(|(at, born)| born.into_iter().map(move |born| (born.clone(), at.clone()))).collect()
}

/// Whether it is an address: whoever is given one goes there.
fn is_address(heap: &Heap, object: &Object) -> bool {
    let query = object.slot("searchParams").and_then(|slot| heap.get(slot.value.object()?));
    query.is_some_and(|query| query.slots.contains_key(QUERY))
}

/// Where an address was begun to which `resource` is added by whoever was given it.
fn bound_later(seen: &Seen<'_>) -> BTreeSet<Place> {
    let ended = seen.ran.iter().flat_map(|(_, ran)| &ran.events).filter_map(|event| match event {
        Event::Ended { heap, .. } => Some(heap),
        _ => None,
    });
    let queries = ended.flat_map(|heap| heap.objects()).filter(|object| object.slots.contains_key(QUERY));
    queries
        .filter(|query| query.presence("resource") != Presence::Never)
        .map(|query| query.born.clone())
        .collect()
}

/// Whether one function made the thing, another one wrote the grant to it, and both are elsewhere: the second one is told.
fn made_by_others(project: &Project<'_>, root: FunctionRef, object: &Object) -> bool {
    let Some(grant) = object.slot("grant_type") else { return false };
    let (maker, writer) = (enclosing(project, &object.born), enclosing(project, &grant.at));
    maker != Some(root) && writer != Some(root) && maker != writer
}

/// A request whose grant that function wrote is its own, wherever the thing was made that it is written to.
fn written_in(
    project: &Project<'_>,
    root: FunctionRef,
    object: &Object,
    key: &str,
    mut request: Request,
) -> Request {
    let is_here = |at: &Place| enclosing(project, at) == Some(root);
    let written = object.slot(key).map(|slot| &slot.at);
    if let Some(at) = written.filter(|at| is_here(at) && !is_here(&object.born)) {
        request.born = Some(at.clone());
    }
    request
}

/// Whether a token request is recognized by what is put together alone: elsewhere than in these languages maps are written
/// down for too many other reasons.
fn is_put_together(project: &Project<'_>, object: &Object) -> bool {
    matches!(project.file(object.born.file).language, Language::Java | Language::Rust)
}

/// Whether a function is a method of the class of an object: what it is made with, whoever makes it says.
fn is_of(project: &Project<'_>, function: FunctionRef, object: &Object) -> bool {
    let Is::Instance(class) = object.is else { return false };
    let of = project.function(function).class.map(|id| ClassRef { file: function.file, id });
    of.is_some_and(|of| project.home(of) == project.home(class))
}

/// Whether another object keeps it: that one sends it, or what it is made into.
fn is_kept(heap: &Heap, object: &Object) -> bool {
    let mut others = heap.objects().filter(|other| matches!(other.is, Is::Instance(_)));
    others.any(|other| {
        let mut parts = other.slots.values().filter_map(|slot| heap.get(slot.value.object()?));
        other.born != object.born && parts.any(|part| part.born == object.born)
    })
}

/// Whether the class of an object says that it is spelled as requests are: which fields are `grant_type` there.
fn is_spelled(project: &Project<'_>, object: &Object) -> bool {
    let Is::Instance(class) = object.is else { return false };
    let of = project.class(project.home(class));
    let file = project.file(class.file);
    let text = file.text.get(of.span.clone()).unwrap_or_default();
    match file.language {
        Language::Rust => {
            let before = file.text.get(..of.span.start).unwrap_or_default();
            let attributes = before.rsplit(['}', ';']).next().unwrap_or_default();
            attributes.contains("Serialize") || text.contains("derive(") && text.contains("Serialize")
        }
        _ => ["\"grant_type\"", "\"response_type\""].iter().any(|key| is_annotated(text, key)),
    }
}

/// Whether an annotation says that: `@JsonProperty("grant_type")`, `[JsonPropertyName("grant_type")]`.
fn is_annotated(text: &str, key: &str) -> bool {
    text.match_indices(key).any(|(at, _)| {
        let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        let called = line.rsplit_once('(').map(|(called, _)| called).unwrap_or_default();
        let name = called.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
        let before = called.strip_suffix(name.unwrap_or_default()).unwrap_or_default();
        name.is_some_and(|name| !name.is_empty()) && before.trim_end().ends_with(['@', '[', ':'])
    })
}

/// Whether one object has been given the parameters of another one.
fn has_taken(one: &Object, other: &Object) -> bool {
    let grant = |object: &Object| object.slot("grant_type").map(|slot| slot.at.clone());
    one.born != other.born && grant(one).is_some_and(|at| Some(at) == grant(other))
}

/// Whether one object that is a request itself keeps the other one: then it is told of that one.
fn keeps(heap: &Heap, one: &Object, other: &Object) -> bool {
    let mut parts = one.slots.values().filter_map(|slot| heap.get(slot.value.object()?));
    one.slot("grant_type").is_some() && one.born != other.born && parts.any(|part| part.born == other.born)
}

/// What it comes to. What a function does by itself counts; where others put the parameters together, what they do.
fn on_all_ways(at: Place, ways: Vec<Way>) -> Option<Asked> {
    let (own, mut others): (Vec<Way>, Vec<Way>) = ways.into_iter().partition(|way| way.is_own);
    let is_closed = |way: &Way| way.request.open.is_none();
    // Where whoever calls says what is asked for, what he says counts.
    if own.iter().all(|way| way.request.is_guessed) {
        let is_said = |way: &Way| !way.request.is_guessed;
        if others.iter().any(is_said) {
            others.retain(is_said);
        }
    }
    let is_left_open = |way: &Way| !is_closed(way) && way.request.value.is_none();
    let is_given = |way: &Way| is_closed(way) && way.request.resource == Presence::Always;
    let by_callers = !others.is_empty()
        && (own.iter().all(|way| way.request.is_guessed)
            || own.iter().all(is_left_open) && others.iter().all(is_given));
    let mut kept = if by_callers { others } else { own };
    if kept.iter().any(is_closed) {
        kept.retain(is_closed);
    }
    let resource = kept.iter().map(|way| way.request.resource).reduce(Presence::join)?;
    let names_server = |way: &Way| way.request.asks == Asks::Token(Grant::Assertion);
    let way = kept.into_iter().min_by_key(|way| (way.request.resource, names_server(way)))?;
    let upstream = way.request.url.as_ref().and_then(upstream::host);
    Some(Asked { at, request: way.request, resource, upstream, steps: way.steps })
}

/// How a request came to be.
fn steps(request: &Request, at: &Place, trail: &[Place]) -> Vec<(Place, String)> {
    let born = request.born.iter().filter(|born| *born != at);
    let born = born.map(|born| (born.clone(), "the parameters are put together here".to_owned()));
    let calls = trail.iter().map(|call| (call.clone(), "called from here".to_owned()));
    calls.chain(born).chain(std::iter::once((at.clone(), "sent here".to_owned()))).collect()
}

/// The innermost function around a place.
pub(super) fn enclosing(project: &Project<'_>, place: &Place) -> Option<FunctionRef> {
    let functions = &project.file(place.file).module().functions;
    let around = functions.iter().enumerate().filter(|(_, function)| {
        function.span.start <= place.start as usize && place.end as usize <= function.span.end
    });
    let (index, _) = around.min_by_key(|(_, function)| function.span.len())?;
    Some(FunctionRef { file: place.file, id: crate::ir::FunctionId(u32::try_from(index).ok()?) })
}

/// Providers of the MCP SDKs, whose requests the SDK completes.
const COMPLETED: &[&str] =
    &["OAuthClientProvider", "ClientCredentialsOAuthProvider", "PrivateKeyJWTOAuthProvider"];

/// Whether the MCP SDK adds `resource` to what this function gives.
fn is_completed(project: &Project<'_>, function: FunctionRef) -> bool {
    let Some(class) = project.function(function).class else { return false };
    let class = project.class(ClassRef { file: function.file, id: class });
    class.bases.iter().any(|base| match &base.kind {
        Kind::Name(name) | Kind::Member(_, name) => COMPLETED.contains(&&**name),
        _ => false,
    })
}

/// What flowed into the `resource` of a request.
pub(super) fn marks(request: &Request) -> Marks {
    request.value.as_ref().map(|(value, _)| value.marks.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
