//! Who asks one issuer? A task for each question, so that no request that is hung up takes a question with it that
//! others wait for, and so many of them at once and no more.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit, watch},
    time::timeout,
};
use warded_core::{Clock, IntrospectionAnswer, Issuer, MAX_ANSWER_BYTES, SubjectToken, TokenDigest};

use super::{
    IntrospectFailed, IntrospectionSetup,
    book::{Book, Entry, Outcome, Whose},
};
use crate::{
    endpoint::{Endpoint, Which},
    fetch::Fetch,
    obtain::Client,
    outage::Outage,
};

/// Questions at once: for anybody, and for those alone whose token was good before.
const FOR_ANYBODY: usize = 16;
const FOR_KNOWN: usize = 16;
/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// One issuer, and what is being asked of it.
pub(super) struct Desk {
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    issuer: Issuer,
    endpoint: Endpoint,
    client: Client,
    turns: Semaphore,
    reserved: Semaphore,
    book: Mutex<Book>,
    outage: Outage,
}

impl Desk {
    pub(super) fn new(fetch: Fetch, clock: Arc<dyn Clock>, setup: IntrospectionSetup) -> Self {
        let IntrospectionSetup { issuer, endpoint, client } = setup;
        Self {
            endpoint: Endpoint::new(fetch.clone(), Arc::clone(&clock), issuer.clone(), Which::Introspection)
                .at(endpoint),
            fetch: fetch.with_body_limit(MAX_ANSWER_BYTES),
            clock,
            issuer,
            client,
            turns: Semaphore::new(FOR_ANYBODY),
            reserved: Semaphore::new(FOR_KNOWN),
            book: Mutex::default(),
            outage: Outage::default(),
        }
    }

    pub(super) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. Whoever floods us with tokens that are made up waits with everybody else who is not known.
    async fn turn(&self, whose: Whose) -> Option<SemaphorePermit<'_>> {
        let turn = async {
            match whose {
                Whose::Stranger => self.turns.acquire().await,
                Whose::Known => tokio::select! {
                    turn = self.reserved.acquire() => turn,
                    turn = self.turns.acquire() => turn,
                },
            }
        };
        timeout(PATIENCE, turn).await.ok()?.ok()
    }

    async fn run(self: Arc<Self>, subject: SubjectToken, whose: Whose, tell: watch::Sender<Option<Outcome>>) {
        let token = subject.digest();
        let outcome = match self.turn(whose).await {
            Some(_turn) => {
                let outcome = self.question(subject, token).await.map(Arc::new);
                self.notice(outcome.as_ref().err());
                outcome
            }
            None => Err(IntrospectFailed::Busy),
        };
        self.book().end(token, &outcome, self.clock.now());
        tell.send_replace(Some(outcome));
    }

    /// RFC 7662 §2.1, §2.2.
    async fn question(
        &self,
        subject: SubjectToken,
        about: TokenDigest,
    ) -> Result<IntrospectionAnswer, IntrospectFailed> {
        let target = self.endpoint.target().await?;
        let token = subject.into_form_value();
        let form = [("token", token.as_str()), ("token_type_hint", "access_token")];
        let (request, _) = self.client.sign(&form, &self.issuer)?;
        let sent = self.clock.now();
        let fetched = self.fetch.post(&target, request).await?;
        // §2.3: it does not know us, which says nothing about the token.
        let status = fetched.status.as_u16();
        if matches!(status, 400 | 401 | 403) {
            return Err(IntrospectFailed::ClientRefused { status });
        }
        // RFC 9110 §15.5: nobody answers there any more. Whatever else it is, it would be the same elsewhere.
        if matches!(status, 404 | 405 | 410) {
            self.endpoint.forget().await;
        }
        // A signed answer (RFC 9701) was not asked for, and is not read as if it were plain.
        Ok(IntrospectionAnswer::parse(fetched.json()?, about)?.of_question(sent))
    }

    /// An outage is told once when it begins and once when it ends, and no more than one of them a minute.
    fn notice(&self, failure: Option<&IntrospectFailed>) {
        if !self.outage.is_news(failure.is_some(), self.clock.now()) {
            return;
        }
        let issuer = &self.issuer;
        if let Some(failure) = failure {
            tracing::warn!(%issuer, %failure, "the issuer cannot be asked about its tokens; they are answered with 503");
        } else {
            tracing::info!(%issuer, "the issuer answers again about its tokens");
        }
    }
}

/// Asks, or waits for whoever asks about the same token already.
pub(super) async fn ask(desk: &Arc<Desk>, subject: SubjectToken) -> Outcome {
    let entry = desk.book().enter(subject.digest(), desk.clock.now());
    let mut hear = match entry {
        Entry::Known(answer) => return Ok(answer),
        Entry::Full => return Err(IntrospectFailed::Busy),
        Entry::Running(hear) => hear,
        Entry::Begun(whose, tell, hear) => {
            tokio::spawn(Arc::clone(desk).run(subject, whose, tell));
            hear
        }
    };
    let outcome = hear.wait_for(Option::is_some).await;
    outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or(Err(IntrospectFailed::Interrupted))
}

#[cfg(test)]
pub(super) mod tests {
    use warded_core::{Fleet, IssuerRules, IssuerSpec, Mode, ResourceUri, Server, ServerSpec, Validation};

    /// A server whose one issuer is asked about its tokens.
    pub(in crate::introspect) fn server() -> Server {
        let mut rules = IssuerRules::default();
        rules.validation = Validation::Introspection;
        let issuer = IssuerSpec {
            url: warded_core::Issuer::parse("https://login.example.com").unwrap(),
            rules,
            audiences: vec![],
            across_tiers: vec![],
        };
        let server = ServerSpec {
            name: "notes".into(),
            resource: ResourceUri::parse("https://notes.example.com/mcp").unwrap(),
            aliases: vec![],
            issuers: vec![0],
            tier: "default".into(),
            mode: Mode::Strict,
        };
        Fleet::prove(vec![server], vec![issuer]).unwrap().server("notes").unwrap()
    }
}
