//! Does a request call off others? What its caller has open then gets nothing back for an error, since the caller has picked it.

use super::Proven;
use crate::{
    call::Called,
    guard::Rules,
    ledger::{CallingOff, Who},
};

/// From here on something is called off, until that is dropped: it has to stand before the server hears of it, and until it has.
pub(crate) fn calls_off(proven: &Proven, rules: &Rules) -> Option<CallingOff> {
    let policing = rules.policing.as_ref()?;
    let does = match &proven.called {
        Called::Post { call, .. } => {
            call.messages().iter().any(|sent| sent.method() == Some("notifications/cancelled"))
        }
        // Whatever is open in a session ends with it.
        Called::Delete => true,
        Called::Get => false,
    };
    let (claims, issuer) = (proven.token.claims(), proven.token.issuer().as_str());
    does.then(|| policing.ledger.called_off.begins(Who::of(issuer, claims.subject(), claims.client())))
}
