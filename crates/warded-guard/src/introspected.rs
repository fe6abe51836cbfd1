//! Is an opaque token for this server? Its issuer is asked, and the core judges what it says.

use std::sync::Arc;

use warded_core::{Fault, InboundToken, Possession, Residue, Route, UnixTime, Verdict, VerifiedToken};

use crate::{answer::Stop, guard::Rules, record::Witness};

/// Spends a token whose issuer is to be asked about it. Whatever is no clear answer is our fault: never a pass, and never
/// a 401 for a token that may be good.
pub(crate) async fn hear(
    token: InboundToken,
    rules: &Rules,
    possession: &Possession,
    now: UnixTime,
    witness: &mut Witness,
) -> Result<(Arc<VerifiedToken>, Residue), Stop> {
    let unavailable = || Stop::from(Fault::IntrospectionUnavailable);
    let Route::Introspect(asking) = token.route(&rules.server) else {
        return Err(unavailable());
    };
    witness.sees_issuer(asking.issuer());
    let asked = rules.introspections.ask(asking.issuer(), asking.subject()).await;
    let answer = asked.map_err(|failure| {
        tracing::debug!(server = rules.server.name(), %failure, "a token's issuer could not be asked");
        unavailable()
    })?;
    match token.judge_introspected(&rules.server, &answer, possession, now) {
        Verdict::Admit(token, residue) => {
            let token = Arc::from(token);
            // For as long as the issuer's word is good.
            rules.memory.remember_named(&token, None, witness.whose(&token));
            Ok((token, residue))
        }
        Verdict::Refuse(refusal) => Err(refusal.into()),
        Verdict::Unable(fault) => Err(fault.into()),
    }
}
