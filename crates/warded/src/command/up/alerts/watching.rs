//! A journal before another one that tells of what passes.

use std::sync::Arc;

use warded_store::journal::{Closing, Journal, JournalFailed, Opening, Standing, Stray, Ticket, Unbound};

use super::{Alert, Alerts};

/// Tells somebody of what the journal is told.
#[derive(Debug)]
pub(in crate::command::up) struct Alerting {
    alerts: Arc<Alerts>,
    journal: Arc<dyn Journal>,
}

impl Alerting {
    /// Tells of what goes there.
    pub(in crate::command::up) fn before(journal: Arc<dyn Journal>, alerts: Arc<Alerts>) -> Arc<dyn Journal> {
        Arc::new(Self { alerts, journal })
    }
}

impl Journal for Alerting {
    fn open(&self, opening: Opening) -> Result<Ticket, JournalFailed> {
        // Copied only where somebody is told of anything.
        let whose = self.alerts.is_anybody_told().then(|| opening.clone());
        let ticket = self.journal.open(opening)?;
        Ok(match whose {
            Some(whose) => ticket.remembering(whose),
            None => ticket,
        })
    }

    fn close(&self, ticket: Ticket, server: &str, closing: Closing) {
        let (call, opening) = (ticket.call(), ticket.whose());
        let whose = opening.map(|opening| &opening.whose);
        self.alerts.tell(closing.code, |code| Alert {
            code,
            server: server.into(),
            token: whose.map(|whose| whose.token.clone()),
            issuer: whose.map(|whose| whose.issuer.clone()),
            subject: whose.and_then(|whose| whose.subject.clone()),
            client: whose.and_then(|whose| whose.client.clone()),
            from: opening.and_then(|opening| opening.from),
            call: Some(call),
            ..Alert::default()
        });
        self.journal.close(ticket, server, closing);
    }

    fn refuse(&self, opening: Opening, closing: Closing) {
        self.alerts.tell(closing.code, |code| Alert {
            code,
            server: Arc::clone(&opening.server),
            token: Some(opening.whose.token.clone()),
            issuer: Some(opening.whose.issuer.clone()),
            subject: opening.whose.subject.clone(),
            client: opening.whose.client.clone(),
            from: opening.from,
            ..Alert::default()
        });
        self.journal.refuse(opening, closing);
    }

    fn stray(&self, stray: Stray, closing: Closing) {
        self.alerts.tell(closing.code, |code| Alert {
            code,
            server: Arc::clone(&stray.server),
            meant: stray.meant.clone(),
            // Made-up ones would each be an alert of their own.
            token: stray.is_genuine.then(|| stray.token.clone()),
            issuer: stray.issuer.clone(),
            from: stray.from,
            ..Alert::default()
        });
        self.journal.stray(stray, closing);
    }

    fn unbound(&self, unbound: Unbound) {
        self.journal.unbound(unbound);
    }

    fn count(&self, server: &str, code: &'static str) {
        self.alerts.tell(Some(code), |code| Alert { code, server: server.into(), ..Alert::default() });
        self.journal.count(server, code);
    }

    fn standing(&self) -> Standing {
        self.journal.standing()
    }
}
