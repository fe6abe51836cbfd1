//! What of the twelve is no matter of grants, and the tests that show it. Whoever renames or removes one of those is told
//! here what was shown by it.

use std::{fs, path::Path};

/// Number, what is shown, where below `crates`, and by which test.
#[rustfmt::skip]
const ELSEWHERE: &[(u8, &str, &str, &str)] = &[
    (1, "the authorization endpoint", "warded-issuer/tests/issuer/resource.rs", "nobody_is_asked_about_a_server_that_does_not_exist"),
    (1, "other spellings that are the same", "warded-issuer/tests/issuer/resource.rs", "a_program_gets_a_token_for_the_server_that_it_names_and_for_nobody_in_particular_none"),
    (1, "a client that is pinned", "warded-issuer/tests/issuer/resource.rs", "a_pinned_client_gets_its_server_and_no_other"),
    (1, "an identifier that moves", "warded-issuer/tests/issuer/resource.rs", "an_identifier_that_moves_to_another_server_takes_no_grant_along"),
    (2, "a store that was away", "warded-issuer/tests/issuer/faults.rs", "a_code_survives_a_store_that_was_away"),
    (2, "keys that cannot be read", "warded-issuer/tests/issuer/keys.rs", "keys_that_cannot_be_read_now_burn_nothing"),
    (2, "a client's host that is away", "warded-issuer/tests/issuer/documents.rs", "a_host_that_is_away_burns_nothing"),
    (3, "at two nodes", "warded-issuer/tests/issuer/races.rs", "of_fifty_who_refresh_with_one_token_one_gets_a_token_and_its_family_dies"),
    (3, "an answer that was lost", "warded-issuer/tests/issuer/retry.rs", "whoever_lost_the_answer_gets_the_same_one_for_as_long_as_the_operator_says"),
    (3, "a replay among good refreshes", "warded-issuer/tests/issuer/races.rs", "a_replay_among_good_refreshes_leaves_nothing_that_works"),
    (3, "whoever hangs up", "warded-issuer/tests/issuer/revoked.rs", "whoever_hangs_up_in_the_middle_of_a_replay_ends_the_grant_all_the_same"),
    (4, "late replays", "warded-issuer/tests/issuer/token.rs", "a_code_is_good_once_and_its_replay_ends_what_came_of_it"),
    (4, "a code that is too old", "warded-issuer/tests/issuer/token.rs", "a_code_that_lies_around_is_no_good"),
    (6, "the authorization endpoint", "warded-issuer/tests/issuer/authorize.rs", "parameters_stand_once"),
    (6, "a body that never ends", "warded-issuer/tests/issuer/slow.rs", "half_a_body_holds_no_connection"),
    (7, "addresses", "warded-client/src/fetch/special.rs", "what_is_not_global_unicast_is_special"),
    (7, "addresses in disguise", "warded-client/src/fetch/special.rs", "an_address_in_disguise_is_judged_by_what_it_hides"),
    (7, "learned URLs", "warded-client/src/fetch/reach.rs", "a_learned_url_reaches_public_addresses_only"),
    (7, "doors of ours", "warded-issuer/tests/issuer/documents.rs", "a_strangers_id_makes_us_knock_at_no_door_of_ours"),
    (7, "size, redirects, another id, errors", "warded-issuer/tests/issuer/documents.rs", "a_description_that_does_not_fit_is_refused_and_not_remembered"),
    (7, "slow bodies", "warded-issuer/tests/issuer/documents.rs", "a_slow_host_holds_up_whoever_names_it_and_nobody_else"),
    (7, "a change after consent", "warded-issuer/tests/issuer/documents.rs", "a_description_that_changed_after_consent_is_asked_about_again"),
    (7, "jwks_uri and logo_uri", "warded-issuer/tests/issuer/documents.rs", "where_a_client_says_more_is_read_and_not_followed"),
    (7, "jwks_uri", "warded-issuer/tests/issuer/keys.rs", "a_set_that_does_not_fit_is_refused_and_not_remembered"),
    (7, "self-granted resources", "warded-issuer/tests/issuer/register.rs", "nobody_becomes_a_caller_by_registering"),
    (7, "any port of loopback", "warded-issuer/tests/issuer/register.rs", "a_client_of_this_computer_answers_at_any_port_of_its_name"),
    (7, "javascript: and other redirects", "warded-issuer/tests/issuer/register.rs", "what_cannot_be_accepted_is_not"),
    (8, "consent before anybody is sent away", "warded-issuer/tests/issuer/people/attacks.rs", "nobody_is_sent_away_but_by_the_button_under_the_question"),
    (8, "what consent is for", "warded-issuer/tests/issuer/consents.rs", "an_agreement_is_for_one_person_application_place_server_and_name_of_it_and_for_no_more_than_it_said"),
    (8, "CSRF", "warded-issuer/tests/issuer/browser.rs", "a_form_of_another_site_browser_or_question_does_nothing"),
    (8, "framing", "warded-issuer/tests/issuer/browser.rs", "pages_cannot_be_framed_scripted_or_remembered"),
    (8, "prompt=none", "warded-issuer/tests/issuer/authorize.rs", "whoever_must_not_be_asked_is_not"),
    (9, "iss on success", "warded-issuer/tests/issuer/authorize.rs", "the_answer_names_its_issuer_once_and_carries_the_state_back"),
    (9, "iss on errors", "warded-issuer/tests/issuer/authorize.rs", "what_else_is_wrong_is_told_to_the_client_with_its_state_and_our_name"),
    (9, "the Host header and metadata", "warded-issuer/tests/issuer/discovery.rs", "what_a_request_calls_us_changes_nothing"),
    (9, "issuers below a path", "warded-issuer/tests/issuer/discovery.rs", "the_document_is_the_same_at_all_three_urls_and_names_the_issuer_byte_for_byte"),
    (9, "another provider's answer", "warded-issuer/tests/issuer/people/attacks.rs", "a_provider_that_mixes_itself_up_with_another_learns_no_code_and_is_nobody"),
    (9, "two issuers at one store", "warded-issuer/tests/issuer/token.rs", "one_issuers_codes_tokens_and_clients_are_nothing_at_another"),
    (10, "a flood of kids", "warded-issuer/tests/issuer/keys.rs", "nobody_makes_us_fetch_keys_for_what_was_not_granted"),
    (10, "a race with one jti", "warded-issuer/tests/issuer/races.rs", "of_fifty_who_present_one_assertion_one_is_the_client"),
    (11, "forged and deep act", "warded-issuer/tests/issuer/exchange.rs", "who_acts_for_whom_is_told_in_full_and_not_without_end"),
    (11, "may_act", "warded-issuer/tests/issuer/exchange.rs", "a_token_that_says_who_may_act_lets_nobody_else"),
    (11, "no longer than the subject", "warded-issuer/tests/issuer/exchange.rs", "a_server_acts_for_its_caller_at_the_one_other_server"),
    (11, "a subject that was taken back", "warded-issuer/tests/issuer/exchange.rs", "what_is_over_or_was_taken_back_is_not_exchanged"),
    (11, "tokens of another server", "warded-issuer/tests/issuer/exchange.rs", "nothing_is_exchanged_that_the_table_does_not_say"),
    (12, "dpop_jkt that is none", "warded-issuer/tests/issuer/dpop.rs", "a_code_that_was_asked_for_with_a_key_is_redeemed_with_that_key"),
    (12, "sub of a program", "warded-issuer/tests/issuer/token.rs", "a_program_speaks_in_its_own_name_and_never_in_a_persons"),
    (12, "introspection by another server", "warded-issuer/tests/issuer/introspection.rs", "a_server_learns_nothing_of_a_token_for_another"),
    (12, "an old key after rotation", "warded-issuer/tests/issuer/tokens_of.rs", "what_the_old_key_signed_is_good_to_its_end_after_another_has_followed"),
    (12, "at+jwt", "warded-issuer/tests/issuer/token.rs", "a_token_says_what_rfc_9068_asks_and_names_one_server"),
];

#[test]
fn what_is_shown_elsewhere_is_still_shown_there() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (number, what, file, test) in ELSEWHERE {
        let source = fs::read_to_string(crates.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let named = format!("fn {test}()");
        let (before, _) =
            source.split_once(&named).unwrap_or_else(|| panic!("{number}, {what}: no {test} in {file}"));
        // What stands right above it.
        let above = before.trim_end_matches("async ").trim_end().rsplit("\n\n").next().unwrap();
        let runs = above.contains("#[test]") || above.contains("#[tokio::test");
        assert!(runs && !above.contains("#[ignore"), "{number}, {what}: {test} is no test that runs");
    }
}
