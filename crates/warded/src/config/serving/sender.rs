//! What is demanded of whoever presents a token?

use warded_guard::Dpop;

use crate::{
    config::{self, Server},
    finding::{Finding, table},
};

pub(super) fn dpop(server: &Server) -> Dpop {
    match server.dpop.as_ref().map(|written| written.value) {
        Some(config::Dpop::Off) => Dpop::Off,
        Some(config::Dpop::Required) => Dpop::Required,
        Some(config::Dpop::Optional) | None => Dpop::Optional,
    }
}

pub(super) fn nonce(server: &Server, findings: &mut Vec<Finding>) -> bool {
    let Some(written) = server.dpop_nonce.as_ref().filter(|written| written.value) else {
        return false;
    };
    if dpop(server) == Dpop::Off {
        let message = "`dpop_nonce` asks for nonces in proofs, and `dpop: off` refuses proofs";
        let finding = Finding::new(&table::DPOP_NONCE_UNUSED, message).at(written.span, "has no effect");
        let dpop_at = server.dpop.as_ref().map(|dpop| dpop.span);
        findings.push(dpop_at.map_or(finding.clone(), |span| finding.at(span, "off")));
    }
    true
}
