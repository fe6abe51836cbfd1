//! From a refusal to a token: what is kept, else a refresh, else a person.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use tokio::time::timeout;
use warded_core::UnixTime;

use super::{
    COOLING, Grant, Inner, LOGINS, SessionFailed, Spent, Want, insufficient_scope,
    known::{Failure, Means, Refused},
    possession::Proofs,
    refresh::Sought,
};
use crate::{
    discover::discover,
    fetch::Streamed,
    login::{LoginFailed, Notice},
    tokens::{Behalf, Locked, Place, Record},
};

/// For how many seconds an issuer that could not answer is left alone, and so is a server that does not say who issues.
const MOMENT: i64 = 5;
/// How long a refresh of another process takes, mostly; what takes longer waits for a person.
const BRIEFLY: Duration = Duration::from_secs(1);

impl Inner {
    /// A token that the server has not refused yet. Whoever comes while somebody else is at it waits, and takes what
    /// comes of it: one login for all.
    pub(super) async fn renew(
        &self,
        refused: Option<Arc<Record>>,
        turn: u64,
        want: &Want,
        spent: &mut Spent,
    ) -> Result<Arc<Record>, SessionFailed> {
        let _renewing = self.renewing.lock().await;
        spent.refused.extend(refused.clone());
        let is_refused =
            |record: &Record| refused.as_ref().is_some_and(|refused| refused.is_same_token(record));
        if let Some(record) = self.at_hand(spent.behalf.as_ref()).0
            && !is_refused(&record)
            && is_enough(&record, want)
        {
            return Ok(record);
        }
        if let Some(error) = self.failure_since(turn, spent) {
            return Err(error);
        }
        let turn = {
            let mut state = self.state();
            state.turn += 1;
            state.turn
        };
        let outcome = self.obtain(refused.as_deref(), want, spent).await;
        let mut state = self.state();
        state.failure = None;
        match &outcome {
            Ok(record) => state.record = Some(Arc::clone(record)),
            Err(error) if is_about_one_request(error) => {}
            Err(error) => {
                let (at, behalf, error) = (self.prover.clock().now(), spent.behalf.clone(), error.clone());
                state.failure = Some(Failure { turn, at, behalf, error });
            }
        }
        outcome
    }

    /// What went wrong while somebody waited; and where somebody was asked, also a while later. What may be better in a moment
    /// is asked again in a moment, and not by each request that comes: an issuer that is down has enough to do.
    fn failure_since(&self, turn: u64, spent: &Spent) -> Option<SessionFailed> {
        let failure = self.state().failure.clone()?;
        // What one subject was refused says nothing about the next. Who issues is the same for all.
        if failure.behalf != spent.behalf && !matches!(failure.error, SessionFailed::Discover(_)) {
            return None;
        }
        let age = self.prover.clock().now().since(failure.at);
        let lasts = match &failure.error {
            SessionFailed::Login(_) | SessionFailed::Register(_) | SessionFailed::Ungranted(_) => COOLING,
            // There was nobody to ask then.
            SessionFailed::Obtain(error) if error.is_final() && self.may_ask(spent) => return None,
            SessionFailed::Obtain(error) if error.is_final() => COOLING,
            SessionFailed::Obtain(_)
            | SessionFailed::Discover(_)
            | SessionFailed::FreshTokenRefused { .. } => MOMENT,
            _ => 0,
        };
        (failure.turn > turn || (0..lasts).contains(&age)).then_some(failure.error)
    }

    /// Renews a token that is about to end, unless somebody is at it.
    pub(super) async fn renew_ahead(&self, record: &Record) {
        let Ok(_renewing) = self.renewing.try_lock() else {
            return;
        };
        // A failure is no reason to stop: the token may be good for a while, and the server will say if not.
        let fresh = self.refresh_ahead(record).await.ok().flatten();
        let mut state = self.state();
        match fresh {
            Some(fresh) => (state.record, state.failed_ahead) = (Some(fresh), None),
            None => state.failed_ahead = Some(self.prover.clock().now()),
        }
    }

    /// Hears whether the server takes a token. It may have refused the same one when that was fresh, before it knew its
    /// issuer's new key, or because its clock is behind: that says nothing about the next login.
    pub(super) fn hear(&self, record: Option<&Record>, answer: &Streamed) {
        let lacks_scopes =
            || answer.status == StatusCode::FORBIDDEN && insufficient_scope(answer, record).is_some();
        if answer.status.is_success() || lacks_scopes() {
            let mut state = self.state();
            let is_it = |refused: &mut Refused| {
                record.is_some_and(|record| refused.is_about(&record.place().source, &record.terms().behalf))
            };
            state.refused.take_if(is_it);
            state.failure.take_if(|failure| failure.is_of_server());
        }
    }

    /// Waits for the right to change what is kept: another process may have a login open, and its token will do. Whoever has
    /// waited says since when.
    async fn locked(&self, place: &Place) -> Result<(Locked, Option<UnixTime>), SessionFailed> {
        if let Some(lock) = self.store.try_lock(place)? {
            return Ok((lock, None));
        }
        let since = Some(self.prover.clock().now());
        if let Ok(lock) = timeout(BRIEFLY, self.store.lock(place)).await {
            return Ok((lock?, since));
        }
        // A query may hold a key, and what people are told ends up in logs.
        let path = self.server().path_and_query().split('?').next().unwrap_or_default();
        (self.tell)(Notice::Waiting { server: format!("{}{path}", self.server().origin()) });
        Ok((self.store.lock(place).await?, since))
    }

    async fn obtain(
        &self,
        refused: Option<&Record>,
        want: &Want,
        spent: &mut Spent,
    ) -> Result<Arc<Record>, SessionFailed> {
        // Asked anew each time: a server may have changed its issuer, and what is known of the old one is not for
        // the new one.
        let (challenge, named) = (want.challenge.as_ref(), self.asked.issuer.as_ref());
        let discovered = discover(&self.fetch, self.server(), challenge, named).await?;
        let proofs = want.proofs.settle(&discovered)?;
        // Before anybody is asked: a person would log in, and hear afterwards that it was in vain.
        if self.asked.bearer && proofs == Proofs::Demanded {
            return Err(SessionFailed::BearerRefused);
        }
        let place = self.place(&discovered)?;
        // What another issuer was asked for says nothing about this one, and what another subject holds is not theirs to ask
        // for.
        let is_theirs = |refused: &Record| spent.behalf.as_ref() == Some(&refused.terms().behalf);
        let refused = refused.filter(|refused| *refused.place() == place && is_theirs(refused));
        let scopes = self.scopes(&discovered, refused, want)?;
        if let Some(means) = spent.fresh
            && !want.is_for_scopes
            && let Some(refused) = refused
        {
            let whose = (place.source.clone(), refused.terms().behalf.clone());
            let (mut state, now) = (self.state(), self.prover.clock().now());
            let again = Refused::again(state.refused.take(), whose, means, now);
            state.refused = Some(again);
        }
        let (lock, waited) = self.locked(&place).await?;
        let whose = self.whose()?;
        // It took a while: what is read now may be about somebody else.
        if !spent.is_of(&whose.behalf) {
            return Err(SessionFailed::SubjectChanged);
        }
        let vain = self.in_vain(&place, &whose.behalf);
        // What another process was given meanwhile may be good; what comes out of a refresh is like what was refused.
        spent.refreshed |= vain.is_some();
        if let Some(client) = self.known_client(&discovered, &place)? {
            let (place, client, server) = (&place, &client, &discovered.server);
            let (scopes, behalf) = (&scopes, &whose.behalf);
            let sought = Sought { place, client, server, scopes, behalf, proofs, want };
            if let Some(record) = self.kept(&sought, spent, &lock).await? {
                return Ok(Arc::new(record));
            }
        }
        if vain.is_some_and(|refused| refused.is_about_logins()) {
            return Err(SessionFailed::FreshTokenRefused { issuer: discovered.issuer });
        }
        if !self.may_ask(spent) {
            let nobody = spent.unattended;
            return Err(if nobody { SessionFailed::Unattended } else { SessionFailed::TooManyLogins });
        }
        let now = self.prover.clock().now();
        // A person's no is no answer to whoever asks none.
        let is_person = matches!(self.asked.grant, Grant::User(_));
        if is_person && waited.is_some_and(|since| lock.was_refused_since(since, now)) {
            return Err(LoginFailed::RefusedElsewhere.into());
        }
        spent.logins += 1;
        spent.fresh = Some(Means::Login);
        let mut asked = self.ask(&discovered, &place, &scopes, proofs, (&lock, &whose)).await;
        // The issuer may have dropped a scope that the last token had. Whoever asks for it each time is shut out for good.
        if asked.as_ref().is_err_and(SessionFailed::is_invalid_scope) && self.may_ask(spent) {
            let now_wanted = self.scopes(&discovered, None, want)?;
            if now_wanted != scopes {
                spent.logins += 1;
                asked = self.ask(&discovered, &place, &now_wanted, proofs, (&lock, &whose)).await;
            }
        }
        if let Err(SessionFailed::Login(failure)) = &asked
            && failure.is_of_person()
        {
            lock.note_refusal(self.prover.clock().now());
        }
        Ok(Arc::new(asked?))
    }

    /// What the server has just refused though its issuer had just issued it for them.
    fn in_vain(&self, place: &Place, behalf: &Behalf) -> Option<Refused> {
        let (refused, now) = (self.state().refused.clone(), self.prover.clock().now());
        refused.filter(|refused| refused.is_about(&place.source, behalf) && refused.is_cooling(now))
    }

    /// Whether somebody may be asked for a token, on behalf of this request.
    pub(super) fn may_ask(&self, spent: &Spent) -> bool {
        let is_alone = spent.unattended && matches!(self.asked.grant, Grant::User(_));
        !is_alone && spent.logins < LOGINS
    }
}

/// Whether a failure says nothing to other requests.
fn is_about_one_request(error: &SessionFailed) -> bool {
    matches!(
        error,
        SessionFailed::ScopesRefused { .. }
            | SessionFailed::TooManyLogins
            | SessionFailed::Unattended
            | SessionFailed::SubjectChanged
    )
}

/// Whether a token was asked for with what the server wants.
fn is_enough(record: &Record, want: &Want) -> bool {
    let wanted = want.challenge.as_ref().and_then(|challenge| challenge.scope.as_ref());
    !want.is_for_scopes || wanted.is_none_or(|scopes| scopes.missing_from(&record.terms().scopes).is_empty())
}
