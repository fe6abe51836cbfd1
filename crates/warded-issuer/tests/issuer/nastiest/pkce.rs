//! Number 5: A code without its verifier (RFC 7636, RFC 9700 §2.1.1): no question is asked without a challenge, so there is none
//! to strip afterwards.

use super::{Cast, Scene, declines, refuses};
use crate::stage::{VERIFIER, challenge};

asked! {
    plain: |question| question.set("code_challenge_method", "plain") => "invalid_request" "challenge-missing";
    no_method: |question| question.without("code_challenge_method") => "invalid_request" "challenge-missing";
    another_method: |question| question.set("code_challenge_method", "s256") => "invalid_request" "challenge-missing";
    no_challenge: |question| question.without("code_challenge") => "invalid_request" "challenge-missing";
    an_empty_challenge: |question| question.set("code_challenge", "") => "invalid_request" "challenge-missing";
    a_challenge_that_is_the_verifier_of_plain: |question| {
        question.set("code_challenge", VERIFIER);
        question.without("code_challenge_method");
    } => "invalid_request" "challenge-missing";
    nothing_of_it: |question| {
        question.without("code_challenge");
        question.without("code_challenge_method");
    } => "invalid_request" "challenge-missing";
    a_challenge_of_42: |question| question.set("code_challenge", challenge().trim_start_matches('E')) => "invalid_request" "challenge-missing";
    a_challenge_of_129: |question| question.set("code_challenge", &"a".repeat(129)) => "invalid_request" "challenge-missing";
}

macro_rules! verifiers {
    ($($cast:ident $kind:ident)+) => {
        $(mod $kind {
            use super::*;
            table! { $cast:
                no_verifier: |ask| ask.form.without("code_verifier") => { code: 400 "invalid_request" "parameter-missing"; }
                an_empty_one: |ask| ask.form.set("code_verifier", "") => { code: 400 "invalid_request" "parameter-missing"; }
                the_challenge: |ask| ask.form.set("code_verifier", challenge()) => { code: 400 "invalid_grant" "verifier-wrong"; }
                of_42: |ask| ask.form.set("code_verifier", VERIFIER.trim_start_matches('d')) => { code: 400 "invalid_grant" "verifier-wrong"; }
                of_129: |ask| ask.form.set("code_verifier", &"a".repeat(129)) => { code: 400 "invalid_grant" "verifier-wrong"; }
                another: |ask| ask.form.set("code_verifier", &"a".repeat(43)) => { code: 400 "invalid_grant" "verifier-wrong"; }
                in_another_case: |ask| ask.form.set("code_verifier", &VERIFIER.to_lowercase()) => { code: 400 "invalid_grant" "verifier-wrong"; }
                with_padding: |ask| ask.form.set("code_verifier", &format!("{VERIFIER}=")) => { code: 400 "invalid_grant" "verifier-wrong"; }
                twice: |ask| ask.form.twice("code_verifier") => { code: 400 "invalid_request" "parameter-repeated"; }
            }
        })+
    };
}

// A secret is no excuse: the code may have been another's (RFC 9700 §2.1.1).
verifiers! {
    Plain of_a_public_client
    Secret of_one_with_a_secret
}
