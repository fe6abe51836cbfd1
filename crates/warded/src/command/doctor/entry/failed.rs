//! No token: what is that called, and at whom is it?

use warded_client::{
    fetch::Passage, login::LoginFailed, obtain::ObtainFailed, register::RegisterFailed,
    session::SessionFailed,
};
use warded_core::Shown;

use crate::{
    command::doctor::trouble,
    diagnosis::{Diagnosis, Party, Step, table},
};

/// Writes down why there is none.
pub(super) fn failed(step: &mut Step, failure: &SessionFailed, passages: &[Passage]) {
    let message = failure.to_string();
    let (diagnosis, at): (&'static Diagnosis, _) = match failure {
        SessionFailed::Discover(failure) => return trouble::discovery(step, failure, passages),
        SessionFailed::Register(RegisterFailed::Fetch(failure)) => {
            return trouble::fetch(step, Party::Issuer, failure, passages);
        }
        SessionFailed::Register(RegisterFailed::Unsupported { .. } | RegisterFailed::Unnamed { .. }) => {
            (&table::REGISTRATION_CLOSED, Party::You)
        }
        SessionFailed::Register(RegisterFailed::Obtain(_)) => (&table::AUTHENTICATION_UNKNOWN, Party::Issuer),
        SessionFailed::Register(_) => (&table::REGISTRATION_REFUSED, Party::Issuer),
        SessionFailed::Login(LoginFailed::Device) => (&table::ENDPOINT_MISSING, Party::Issuer),
        SessionFailed::Login(LoginFailed::Unanswered | LoginFailed::RefusedElsewhere) => {
            (&table::LOGIN_UNANSWERED, Party::You)
        }
        SessionFailed::Login(LoginFailed::Obtain(failure))
        | SessionFailed::Obtain(failure)
        | SessionFailed::Ungranted(failure) => {
            return unobtained(step, failure, passages);
        }
        SessionFailed::PossessionWanted { .. } => (&table::POSSESSION_IMPOSSIBLE, Party::Server),
        SessionFailed::IssuerChanged { .. } => (&table::ISSUER_UNEXPECTED, Party::Server),
        SessionFailed::Store(_) => (&table::STORE_UNUSABLE, Party::You),
        _ => (&table::LOGIN_FAILED, Party::You),
    };
    step.find(diagnosis, at, message);
}

fn unobtained(step: &mut Step, failure: &ObtainFailed, passages: &[Passage]) {
    let message = failure.to_string();
    let (diagnosis, at): (&'static Diagnosis, _) = match failure {
        ObtainFailed::Fetch(failure) => return trouble::fetch(step, Party::Issuer, failure, passages),
        ObtainFailed::Denied { error, .. } | ObtainFailed::Refused { error, .. }
            if error.as_str() == "invalid_target" =>
        {
            step.breaks(Party::Issuer, "issues no tokens for what the server calls itself", "RFC 8707 §2");
            (&table::RESOURCE_REFUSED, Party::Issuer)
        }
        ObtainFailed::Denied { .. } | ObtainFailed::CodeMissing => (&table::LOGIN_DENIED, Party::You),
        ObtainFailed::IssuerMissing { .. } | ObtainFailed::IssuerOther { .. } => {
            step.breaks(Party::Issuer, "does not answer under its own name", "RFC 9207 §2.4");
            (&table::LOGIN_MIXED_UP, Party::Issuer)
        }
        ObtainFailed::OtherAudience { resource, said } => {
            let said = Shown::new(said.as_str());
            step.breaks(
                Party::Issuer,
                format!("issued a token for {said}, and {resource} was asked for"),
                "RFC 8707 §2",
            );
            (&table::RESOURCE_IGNORED, Party::Issuer)
        }
        ObtainFailed::DeviceExpired => (&table::LOGIN_UNANSWERED, Party::You),
        ObtainFailed::Authentication => (&table::AUTHENTICATION_UNKNOWN, Party::Issuer),
        ObtainFailed::Refused { .. }
        | ObtainFailed::Status { .. }
        | ObtainFailed::Malformed { .. }
        | ObtainFailed::TokenType { .. }
        | ObtainFailed::OtherKey
        | ObtainFailed::SubjectReturned => (&table::TOKEN_REFUSED, Party::Issuer),
        _ => (&table::LOGIN_FAILED, Party::You),
    };
    step.find(diagnosis, at, message);
}
