//! Ways in which gateways were found to leak, as far as they concern whoever checks tokens.

/// What holds a case.
#[derive(Clone, Copy)]
pub(crate) enum Held {
    /// Rows of another case.
    Rows(&'static str),
    /// A test: its file and name.
    Test(&'static str, &'static str),
}

use Held::{Rows, Test};

pub(crate) struct Leak {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) held: &'static [Held],
}

const fn leak(name: &'static str, what: &'static str, held: &'static [Held]) -> Leak {
    Leak { name, what, held }
}

const GATEWAY: &str = "crates/warded/tests/up/attacks.rs";
const PASSAGE: &str = "crates/warded/tests/up/passage/smuggled.rs";
/// The running gateway.
const UP: &str = "crates/warded/tests/up/leaks.rs";
const MATRIX: &str = "crates/warded/tests/up/matrix.rs";
const SESSIONS: &str = "crates/warded/tests/up/sessions.rs";
const PERMISSIVE: &str = "crates/warded-guard/tests/attacks/permissive.rs";
const ROTATION: &str = "crates/warded-guard/tests/attacks/rotation.rs";
const CALLS: &str = "crates/warded-guard/tests/guard/calls.rs";

/// Numbered as they were found; those left out concern issuers, counters and policies.
pub(crate) const LEAKS: &[Leak] = &[
    leak(
        "G01",
        "an audience that need not be there, or need only be among others",
        &[Rows("P02"), Rows("P14"), Test(UP, "a_token_that_names_no_server_or_several_opens_none")],
    ),
    leak(
        "G02",
        "an ID token in place of an access token",
        &[Rows("P23"), Test(UP, "a_token_of_another_kind_opens_nothing")],
    ),
    leak(
        "G03",
        "headers copied to the server behind, the credential among them",
        &[
            Rows("P26"),
            Test(
                "crates/warded-guard/tests/guard/credentials.rs",
                "nothing_that_goes_on_says_who_the_caller_is",
            ),
            Test(PASSAGE, "no_byte_of_a_token_reaches_a_server_behind"),
            Test(UP, "what_goes_behind_is_what_mcp_says_and_nothing_else"),
        ],
    ),
    leak(
        "G04",
        "a lenient mode that forwards what it did not check",
        &[
            Test(PERMISSIVE, "a_permissive_server_waives_what_it_says_and_forwards_no_credential"),
            Test(UP, "a_lenient_server_sends_on_nothing_that_it_did_not_check"),
        ],
    ),
    leak(
        "G05",
        "no token, let through",
        &[Test(UP, "a_lenient_server_sends_on_nothing_that_it_did_not_check")],
    ),
    leak(
        "G06",
        "a challenge whose document is that of the request's own host or path",
        &[
            Test("crates/warded-guard/tests/guard/answers.rs", "a_forged_host_leads_nowhere"),
            Test(UP, "every_challenge_leads_to_the_document_of_the_identifier_that_was_configured"),
        ],
    ),
    leak(
        "G07",
        "an exchange that launders the neighbour's token",
        &[
            Rows("P01"),
            Test("crates/warded-core/src/token.rs", "a_residue_finds_its_token_and_becomes_a_subject_token"),
        ],
    ),
    leak(
        "G08",
        "a session id that anybody can write, or use",
        &[
            Rows("P29"),
            Test(SESSIONS, "a_session_belongs_to_one_caller_at_one_server"),
            Test(GATEWAY, "a_session_is_no_credential"),
            Test(MATRIX, "nothing_of_one_caller_at_one_server_is_of_use_to_another_or_elsewhere"),
        ],
    ),
    leak(
        "G09",
        "one useless key that spoils a set; a token without a key name; a new key that is not looked for",
        &[
            Test(
                ROTATION,
                "a_key_that_was_replaced_without_warning_is_found_after_the_pause_and_the_old_one_is_forgotten",
            ),
            Test(ROTATION, "an_issuer_that_is_away_makes_nobody_a_bad_caller_and_lets_nobody_in"),
            Test(UP, "keys_that_are_of_no_use_spoil_no_others"),
        ],
    ),
    leak(
        "G10",
        "headers that repeat parts of a message, twice or not as the message",
        &[
            Test(CALLS, "headers_say_what_the_message_says"),
            Test(UP, "headers_and_message_are_one_or_nothing"),
        ],
    ),
    leak(
        "G11",
        "an issuer that is announced and not compared",
        &[Rows("P22"), Test(UP, "claims_count_where_their_own_issuer_signed_them")],
    ),
    leak(
        "G12",
        "a session of one server, continued with a token of another",
        &[
            Test(SESSIONS, "a_session_belongs_to_one_caller_at_one_server"),
            Test(GATEWAY, "a_session_is_no_credential"),
            Test(MATRIX, "nothing_of_one_caller_at_one_server_is_of_use_to_another_or_elsewhere"),
        ],
    ),
    leak(
        "G13",
        "claims that are used before anybody vouches for them",
        &[Rows("P16"), Rows("P18"), Test(UP, "claims_count_where_their_own_issuer_signed_them")],
    ),
    leak(
        "G14",
        "scopes that are asked of calls to tools only",
        &[
            Test(
                "crates/warded-guard/tests/guard/scopes.rs",
                "nothing_at_all_goes_without_the_required_scope",
            ),
            Test("crates/warded/tests/up/scopes.rs", "every_kind_of_rule_holds_behind_the_gateway"),
        ],
    ),
    leak(
        "G15",
        "a token of one host that is good at another of the same machine",
        &[
            Rows("P01"),
            Test("crates/warded/tests/up/crossing.rs", "a_token_opens_its_own_server_and_no_other"),
            Test(MATRIX, "nothing_of_one_caller_at_one_server_is_of_use_to_another_or_elsewhere"),
        ],
    ),
    leak(
        "G17",
        "a message of which only the beginning, or nothing, is judged",
        &[Test(UP, "what_was_not_judged_is_not_sent")],
    ),
    leak(
        "G18",
        "keys that some readers compare without case",
        &[
            Test(CALLS, "what_two_readers_read_in_two_ways_is_refused"),
            Test(UP, "what_was_not_judged_is_not_sent"),
        ],
    ),
    leak(
        "G19",
        "a credential that is removed only where there is a session; one server for each host name",
        &[
            Rows("P29"),
            Test("crates/warded/tests/up/crossing.rs", "each_identifier_is_described_where_clients_look"),
            Test(PASSAGE, "no_byte_of_a_token_reaches_a_server_behind"),
            Test(UP, "every_endpoint_that_the_issuer_names_is_there"),
        ],
    ),
    leak(
        "G20",
        "keys that stand twice, of which one is judged and another acted on",
        &[
            Rows("G18"),
            Test("crates/warded/tests/up/answers.rs", "what_was_judged_is_what_is_sent"),
            Test(UP, "what_was_not_judged_is_not_sent"),
        ],
    ),
    leak("G21", "what cannot be read is passed on", &[Test(UP, "what_was_not_judged_is_not_sent")]),
    leak(
        "G22",
        "calls in a batch",
        &[
            Test(
                "crates/warded-guard/tests/guard/scopes.rs",
                "a_batch_with_one_refused_element_is_refused_whole",
            ),
            Test(UP, "what_was_not_judged_is_not_sent"),
        ],
    ),
    leak(
        "G24",
        "a web page that drives a server; headers of callers that go on",
        &[
            Test(
                "crates/warded-guard/tests/guard/credentials.rs",
                "a_web_page_of_another_origin_drives_nobody",
            ),
            Test(UP, "a_page_of_another_origin_drives_nobody"),
            Test(UP, "a_filter_loses_nothing_but_what_is_hidden"),
        ],
    ),
    leak(
        "G25",
        "an issuer or an audience that need not be there",
        &[Rows("P02"), Rows("P22"), Test(UP, "a_token_that_names_no_server_or_several_opens_none")],
    ),
    leak(
        "G26",
        "the client's name in place of an audience; an audience learnt from the first token; an unknown issuer that falls through to another",
        &[Rows("P22"), Test(UP, "nothing_is_learnt_from_a_token")],
    ),
];
