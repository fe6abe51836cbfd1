//! What is remembered of a request? Opens a record before a call is made, and closes it exactly once.

use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use http::Extensions;
use tokio::time::Instant;
use warded_core::{
    Fault, Fingerprint, FingerprintKey, InboundToken, Issuer, PolicyRule, Refusal, Shown, TokenDigest,
    VerifiedToken,
};
use warded_store::journal::{Closing, Journal, Objection, Opening, Outcome, Stray, Ticket, Whose};

use crate::{
    answer::{Asked, Stop},
    call::{Call, Called, Message},
    guard::Rules,
    memory::Seen,
    request::RequestId,
};

/// How many messages of a batch a record names.
const MAX_NAMES: usize = 16;
/// No token is as short as that.
const MAX_PLAIN: usize = 32;

/// A journal, and the key under which it names tokens.
#[derive(Clone)]
pub(crate) struct Books {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) names: Arc<FingerprintKey>,
}

impl fmt::Debug for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Books").field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// What is known of a request so far: it grows while the request passes through the steps.
#[derive(Debug)]
pub(crate) struct Witness {
    server: Arc<str>,
    books: Option<Books>,
    begun: Instant,
    request: RequestId,
    from: Option<IpAddr>,
    fingerprint: Option<Fingerprint>,
    digest: Option<TokenDigest>,
    issuer: Option<Box<str>>,
    seen: Seen,
    whose: Option<Arc<Whose>>,
    /// Whether the caller is known to be whose token it is.
    is_known: bool,
    revision: Option<&'static str>,
    method: Option<Cow<'static, str>>,
    names: Vec<Arc<str>>,
    /// The rules that would have denied the call, if they were not only looked at.
    shadowed: Vec<Objection>,
}

impl Witness {
    /// Sees a request come. From where, whoever accepted the connection noted as a `SocketAddr` among its extensions;
    /// never a header, which anybody can write.
    pub(crate) fn of(
        server: Arc<str>,
        books: Option<Books>,
        begun: Instant,
        request: RequestId,
        noted: &Extensions,
    ) -> Self {
        Self {
            server,
            books,
            begun,
            request,
            from: noted.get::<SocketAddr>().map(|from| from.ip().to_canonical()),
            fingerprint: None,
            digest: None,
            issuer: None,
            seen: Seen::default(),
            whose: None,
            is_known: false,
            revision: None,
            method: None,
            names: Vec::new(),
            shadowed: Vec::new(),
        }
    }

    /// What the token is called, where there is a journal that calls it anything.
    pub(crate) fn named(&mut self, token: &VerifiedToken) -> Option<Box<str>> {
        self.whose(token).map(|whose| whose.token.clone())
    }

    /// These rules would have denied the call.
    pub(crate) fn sees_shadowed(&mut self, rules: impl Iterator<Item = PolicyRule>) {
        for rule in rules {
            tracing::debug!(server = &*self.server, request = %self.request, "the policy would have denied a call, by {rule}");
            if self.books.is_some() && self.shadowed.len() < MAX_NAMES {
                self.shadowed.push(objection(&rule));
            }
        }
    }

    /// Names the token, before it is spent.
    pub(crate) fn sees_token(&mut self, token: &InboundToken) {
        self.fingerprint = self.books.as_ref().map(|books| token.fingerprint(&books.names));
        self.digest = self.books.as_ref().map(|_| token.digest());
    }

    /// The token was named before, when it was admitted here for the first time.
    pub(crate) fn knows_token(&mut self, whose: Option<Arc<Whose>>) {
        self.whose = whose;
        self.seen = Seen::Here;
    }

    /// The token is known here from now on.
    pub(crate) fn lets_in(&mut self, rules: &Rules) {
        self.seen = Seen::Here;
        if let Some(token) = self.digest {
            rules.memory.let_in(token, &self.server);
        }
    }

    /// The token goes no further: was it let in before, here or elsewhere?
    pub(crate) fn remembers(&mut self, rules: &Rules) {
        if let Some(token) = self.digest {
            self.seen = rules.memory.whereabouts(token, &self.server);
        }
    }

    /// Whose token it is that was admitted: what is kept beside the verdict, so that nobody need say it again.
    pub(crate) fn whose(&mut self, token: &VerifiedToken) -> Option<Arc<Whose>> {
        if self.whose.is_none() {
            let claims = token.claims();
            self.whose = self.fingerprint.map(|name| {
                Arc::new(Whose {
                    subject: claims.subject().map(Into::into),
                    client: claims.client().map(Into::into),
                    issuer: token.issuer().as_str().into(),
                    token: name.to_string().into(),
                    waived: token.waived().iter().map(Refusal::code).collect(),
                })
            });
        }
        self.whose.clone()
    }

    /// Whose token it claims to be: an issuer that the server trusts.
    pub(crate) fn sees_issuer(&mut self, issuer: &Issuer) {
        self.issuer = self.books.as_ref().map(|_| issuer.as_str().into());
    }

    /// The caller is known from here on.
    pub(crate) fn sees_caller(&mut self, token: &VerifiedToken) {
        self.is_known = self.whose(token).is_some();
    }

    /// What is asked is known from here on.
    pub(crate) fn sees_call(&mut self, called: &Called) {
        match called {
            Called::Get => self.method = Some(Cow::Borrowed("GET")),
            Called::Delete => self.method = Some(Cow::Borrowed("DELETE")),
            Called::Post { call, .. } => {
                self.revision = Some(call.revision().name());
                self.method = Some(methods(call));
                let names = call.messages().iter().filter_map(Message::kept_name).take(MAX_NAMES);
                self.names = names.map(|name| told_of(name, call.mentions_token())).collect();
            }
        }
    }

    /// Opens the record of a call that may be made.
    pub(crate) fn opens(mut self, asked: &Asked) -> Result<Record, Stop> {
        let Some(books) = self.books.take() else {
            return Ok(Record { open: None, server: self.server, begun: self.begun });
        };
        match self.opening(asked, None).map(|opening| books.journal.open(opening)) {
            Some(Ok(ticket)) => {
                Ok(Record { open: Some((books.journal, ticket)), server: self.server, begun: self.begun })
            }
            // What nobody is known for is not opened at all; it cannot be, and is not let through either.
            Some(Err(_)) | None => Err(Fault::JournalUnavailable.into()),
        }
    }

    /// Records or counts what stopped.
    pub(crate) fn stopped(mut self, asked: &Asked, stop: &Stop) {
        let Some(books) = self.books.take() else {
            return;
        };
        let closing = closing(stop, self.begun);
        // Whoever repeats a proof has seen a request, and is not known to be the one who made it.
        let is_repeated = matches!(stop, Stop::Refused(Refusal::Proof(_)));
        if let Some(opening) = self.opening(asked, denying(stop)).filter(|_| !is_repeated) {
            books.journal.refuse(opening, closing);
        } else if let Some(stray) = self.stray(asked, stop) {
            books.journal.stray(stray, closing);
        } else {
            books.journal.count(&self.server, stop.entry().code);
        }
    }

    /// A token that this server does not let in, and whose it is instead, as far as anything is known of it. Audiences are
    /// looked at behind the signature, so that nobody makes one up; and what another server lets in, signature and all, is
    /// genuine, whyever it is refused here. Of what nobody knows there is a record so that it is found when it turns up elsewhere. What was
    /// let in here has only become old.
    fn stray(&self, asked: &Asked, stop: &Stop) -> Option<Stray> {
        let (is_genuine, meant) = match (stop, &self.seen) {
            (Stop::Refused(refusal), seen) => match (meant(refusal), seen) {
                (Some(Meant(meant)), _) => (true, meant),
                (None, Seen::At(server)) => (true, Some((&**server).into())),
                // Most conversations with proofs begin with one of these.
                (None, Seen::Nowhere) if matches!(refusal, Refusal::Proof(_)) => return None,
                (None, Seen::Nowhere) => (false, None),
                (None, Seen::Here) => return None,
            },
            (Stop::Failed(_) | Stop::Later(..), Seen::At(server)) => (true, Some((&**server).into())),
            _ => return None,
        };
        Some(Stray {
            is_genuine,
            server: Arc::clone(&self.server),
            resource: asked.identifier.as_str().into(),
            request: Some(self.request),
            from: self.from,
            meant,
            issuer: self.issuer.clone(),
            token: self.fingerprint?.to_string().into(),
        })
    }

    /// Once: what was seen goes with it.
    fn opening(&mut self, asked: &Asked, denied: Option<Objection>) -> Option<Opening> {
        let whose = self.whose.take().filter(|_| self.is_known)?;
        Some(Opening {
            server: Arc::clone(&self.server),
            resource: asked.identifier.shared(),
            request: Some(self.request),
            from: self.from,
            revision: self.revision,
            method: self.method.take(),
            names: std::mem::take(&mut self.names),
            denied,
            shadowed: std::mem::take(&mut self.shadowed),
            whose,
        })
    }
}

/// The rule by which a call was stopped.
fn denying(stop: &Stop) -> Option<Objection> {
    match stop {
        Stop::Refused(
            Refusal::PolicyDenied { rule }
            | Refusal::PolicyHidden { rule }
            | Refusal::PolicyHeld { rule, .. }
            | Refusal::PolicyUnheld { rule, .. },
        ) => Some(objection(rule)),
        _ => None,
    }
}

fn objection(rule: &PolicyRule) -> Objection {
    Objection { rule: Arc::clone(&rule.name), policy: Arc::clone(&rule.file), line: rule.line }
}

/// For whom a token is: for somebody, or for nobody.
struct Meant(Option<Box<str>>);

/// For whom a token is that was refused because it is not for this server.
fn meant(refusal: &Refusal) -> Option<Meant> {
    match refusal {
        Refusal::AudienceElsewhere { server } | Refusal::AudienceShared { server: Some(server), .. } => {
            Some(Meant(Some(server.clone())))
        }
        Refusal::AudienceShared { other, server: None } => Some(Meant(Some(other.as_str().into()))),
        Refusal::AudienceUnknown { audience } => Some(Meant(Some(audience.as_str().into()))),
        Refusal::AudienceMissing => Some(Meant(None)),
        _ => None,
    }
}

/// The methods of all messages.
fn methods(call: &Call) -> Cow<'static, str> {
    let told = |message: &Message| told_of(message.kept_method(), call.mentions_token());
    match call.messages() {
        [only] => told(only),
        several => several.iter().take(MAX_NAMES).map(told).collect::<Vec<_>>().join(" ").into(),
    }
}

/// A name as a journal may keep it. Callers write names: one that is long enough to be the caller's own token, in a
/// message that has the token in it somewhere, is not kept.
fn told_of<T: AsRef<str> + From<String>>(name: T, mentions_token: bool) -> T {
    let text = name.as_ref();
    let told = if mentions_token && text.len() > MAX_PLAIN {
        "(not shown: the message has its caller's token in it)".to_owned()
    } else if Shown::is_plain(text) {
        return name;
    } else {
        Shown::new(text).as_str().to_owned()
    };
    told.into()
}

fn closing(stop: &Stop, begun: Instant) -> Closing {
    let outcome = match stop {
        Stop::Refused(_) => Outcome::Refused,
        Stop::Failed(_) | Stop::Later(..) => Outcome::Failed,
    };
    let entry = stop.entry();
    Closing {
        outcome,
        code: Some(entry.code),
        status: Some(entry.status),
        bytes: 0,
        duration_ms: since(begun),
    }
}

fn since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// An open record. Whatever becomes of it, it is closed once: dropped, it says that the caller went away.
#[derive(Debug)]
pub(crate) struct Record {
    open: Option<(Arc<dyn Journal>, Ticket)>,
    server: Arc<str>,
    begun: Instant,
}

impl Record {
    /// The answer ended in this way.
    pub(crate) fn ends(mut self, outcome: Outcome, status: u16, bytes: u64) {
        let duration_ms = since(self.begun);
        self.close(Closing { outcome, code: None, status: Some(status), bytes, duration_ms });
    }

    /// There was no answer.
    pub(crate) fn stops(mut self, stop: &Stop) {
        let closing = closing(stop, self.begun);
        self.close(closing);
    }

    fn close(&mut self, closing: Closing) {
        if let Some((journal, ticket)) = self.open.take() {
            journal.close(ticket, &self.server, closing);
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let duration_ms = since(self.begun);
        self.close(Closing { outcome: Outcome::Abandoned, code: None, status: None, bytes: 0, duration_ms });
    }
}
