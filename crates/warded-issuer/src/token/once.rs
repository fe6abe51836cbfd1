//! What is good once is used up, last of all: what is refused before leaves no mark.

use warded_core::dpop::ProofFlaw;

use crate::{AuthorizationServer, client::Known, dpop::Sender, refused::Refused};

/// Uses up what the client showed to be itself, and what it showed of its key (RFC 7523 §3, RFC 9449 §11.1).
pub(super) async fn use_up(
    server: &AuthorizationServer,
    known: &Known,
    sender: &Sender,
) -> Result<(), Refused> {
    known.use_up(server).await?;
    let Some(proof) = sender.proof() else {
        return Ok(());
    };
    let now = server.clock.now();
    // What came in between took its time, and a mark that nobody keeps any more would be no mark.
    if now >= proof.until() {
        return Err(Refused::Proof(ProofFlaw::Stale { at: proof.issued() }.entry()));
    }
    let is_first = server.store.first_use(proof.mark(), proof.until(), now).await?;
    if is_first { Ok(()) } else { Err(Refused::Proof(ProofFlaw::Replayed.entry())) }
}
