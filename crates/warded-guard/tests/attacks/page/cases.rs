//! What may be tried at a server that checks tokens.

use super::leaks::Held::{self, Test};

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// What holds beside the rows of that name.
    pub(crate) held: &'static [Held],
}

const fn case(name: &'static str, what: &'static str, held: &'static [Held]) -> Case {
    Case { name, what, held }
}

const ROTATION: &str = "crates/warded-guard/tests/attacks/rotation.rs";
const GATEWAY: &str = "crates/warded/tests/up/attacks.rs";

pub(crate) const CASES: &[Case] = &[
    case(
        "P01",
        "a genuine token of the neighbour",
        &[Test(GATEWAY, "the_neighbours_tokens_open_nothing_whatever_a_request_calls_itself")],
    ),
    case("P02", "no audience", &[]),
    case("P03", "an audience that is no text", &[]),
    case("P04", "an audience that is a pattern", &[]),
    case("P05", "a host that begins or ends like the server's", &[]),
    case("P06", "a sibling path, the origin alone", &[]),
    case(
        "P07",
        "a slash more or less",
        &[Test("crates/warded-core/tests/judge.rs", "what_is_nearly_a_servers_name_is_a_strangers")],
    ),
    case("P08", "letters of another case", &[]),
    case("P09", "the usual port, another port", &[]),
    case("P10", "another scheme", &[]),
    case("P11", "user info", &[]),
    case("P12", "percent-encodings, dot segments, look-alike letters, blanks", &[]),
    case("P13", "a fragment or a query", &[]),
    case("P14", "several audiences", &[]),
    case("P15", "a list inside one text", &[]),
    case("P16", "no algorithm, no signature", &[]),
    case("P17", "a shared secret that is public", &[]),
    case(
        "P18",
        "a signature or a key name that is not quite right",
        &[Test(
            "crates/warded-core/tests/hostile.rs",
            "every_hostile_token_is_refused_for_its_own_reason_and_every_good_one_is_admitted",
        )],
    ),
    case("P19", "a key that the token brings along or points to; nobody looks there", &[]),
    case("P20", "extensions, encryption, members twice, size, depth, encodings", &[]),
    case("P21", "times", &[Test("crates/warded-core/tests/judge.rs", "each_time_is_checked_to_the_second")]),
    case("P22", "another issuer, or the same one spelt otherwise", &[]),
    case(
        "P23",
        "an ID token, or any other type",
        &[Test(
            "crates/warded-core/tests/judge.rs",
            "where_types_are_relaxed_what_gives_another_token_away_is_refused",
        )],
    ),
    case(
        "P24",
        "a refresh token, a code, an assertion, a logout token, a token bound to somebody else; opaque tokens",
        &[],
    ),
    case("P25", "a token in the URL, a cookie, a form", &[]),
    case(
        "P26",
        "two credentials, or a header that speaks for somebody",
        &[Test("crates/warded/tests/up/hosts.rs", "two_credentials_on_one_request_are_none")],
    ),
    case("P27", "other forms of the header", &[]),
    case("P28", "other revisions, or none", &[]),
    case(
        "P29",
        "somebody's session",
        &[
            Test("crates/warded/tests/up/sessions.rs", "a_session_belongs_to_one_caller_at_one_server"),
            Test(GATEWAY, "a_session_is_no_credential"),
        ],
    ),
    case(
        "P30",
        "a host or path of the neighbour",
        &[
            Test("crates/warded/tests/up/hosts.rs", "an_ambiguous_host_is_refused_with_a_good_token_too"),
            Test(GATEWAY, "the_neighbours_tokens_open_nothing_whatever_a_request_calls_itself"),
        ],
    ),
    case(
        "P31",
        "a token that was good: expired, taken back, signed with a key that was withdrawn",
        &[
            Test(ROTATION, "a_token_whose_key_was_withdrawn_is_refused_although_it_was_admitted"),
            Test(
                ROTATION,
                "a_token_that_was_taken_back_is_refused_within_the_stated_seconds_although_it_was_admitted",
            ),
            Test(
                ROTATION,
                "an_opaque_token_that_was_taken_back_is_refused_within_the_stated_seconds_although_it_was_admitted",
            ),
            Test(
                "crates/warded-guard/tests/standing/grants.rs",
                "the_tokens_of_a_grant_that_was_taken_back_are_refused_at_once",
            ),
        ],
    ),
    case(
        "P32",
        "the caller's token, sent on",
        &[
            Test("crates/warded/tests/up/passage/smuggled.rs", "no_byte_of_a_token_reaches_a_server_behind"),
            Test(
                "crates/warded/tests/up/passage/every.rs",
                "every_spelling_is_stopped_in_every_place_under_every_revision",
            ),
            Test(GATEWAY, "whatever_a_caller_writes_beside_its_token_nothing_of_it_goes_behind"),
        ],
    ),
];
