//! What no policy and its calls show: how either answers, and whose counters they are. Each row names the tests that hold
//! what it says of Warded.

use std::{fs, path::Path};

/// A row: what it is about, what Intercept does (77f0429), what Warded does.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) intercept: &'static str,
    pub(crate) warded: &'static str,
    /// The files and the tests.
    tests: &'static [(&'static str, &'static str)],
}

const DENIALS: &str = "warded-guard/tests/guard/policy/denials.rs";
const TRICKS: &str = "warded/tests/policy/tricks.rs";

/// How a caller is answered.
pub(crate) const WIRE: &[Row] = &[
    Row {
        what: "a denied tool call",
        intercept: "A result, `{\"content\": [{\"type\": \"text\", \"text\": \"[INTERCEPT POLICY DENIED] MESSAGE\"}], \"isError\": true}`, with the id of the call: over HTTP with the status 200, over stdio on a line of its own.",
        warded: "The same, whether the server is reached over HTTP or stdio. By revision 2026-07-28 it has `resultType`, too, as every result of it.",
        tests: &[
            (DENIALS, "a_denied_tool_call_is_a_result_that_is_an_error_and_goes_no_further"),
            (DENIALS, "results_of_the_latest_revision_say_that_they_are_complete"),
            (TRICKS, "the_denied_call_is_denied_however_it_is_written"),
        ],
    },
    Row {
        what: "a denied notification",
        intercept: "The same result, with the id `null`.",
        warded: "The same.",
        tests: &[
            (DENIALS, "a_denied_notification_is_answered_without_an_id_and_goes_no_further"),
            (TRICKS, "a_notification_is_denied_as_well"),
        ],
    },
    Row {
        what: "a denied resource or prompt",
        intercept: "Passed on: only `tools/call` is judged.",
        warded: "The error -32000, with a message that begins with `[INTERCEPT POLICY DENIED]`: it has no such result.",
        tests: &[(DENIALS, "denied_resources_and_prompts_have_an_error_to_be_told_in")],
    },
    Row {
        what: "a call of a hidden tool",
        intercept: "Denied as any call, with the message `Tool \"NAME\" is hidden by policy`.",
        warded: "The same.",
        tests: &[("warded/tests/policy/hidden.rs", "nobody_calls_a_hidden_tool")],
    },
    Row {
        what: "a hidden tool in a list",
        intercept: "Left out of the answer to `tools/list`, which is written anew: what it has beside `tools` and `nextCursor` is lost. An answer that cannot be read is passed on as it is.",
        warded: "Cut out of the answer, also where it comes as events, or once more on a stream that is resumed; every other byte stays.",
        tests: &[
            (
                "warded-guard/tests/guard/policy/hidden.rs",
                "a_hidden_tool_is_in_no_list_whoever_looks_and_however_it_comes",
            ),
            ("warded/tests/policy/hidden.rs", "a_hidden_tool_is_in_no_list_over_any_transport"),
        ],
    },
    Row {
        what: "a call that waits for approval",
        intercept: "By newer pages (provisional): the error -32003 with the id of the approval and `human_instructions`, and a message that begins with `[INTERCEPT APPROVAL REQUIRED]`.",
        warded: "The same: `approval_id`, `expires_at` and `human_instructions` in `data`.",
        tests: &[
            (
                "warded-guard/tests/guard/policy/approvals.rs",
                "a_call_waits_until_it_is_approved_and_is_then_made_once",
            ),
            ("warded/tests/policy/approved.rs", "what_is_approved_is_made_once_and_nothing_else_is"),
        ],
    },
    Row {
        what: "a batch with a denied call",
        intercept: "Over HTTP the others are passed on, and a single one that is left without its list. Over stdio, and at `/message`, the whole batch is passed on, and nothing of it is judged.",
        warded: "None of it is made. The denied call is answered as any; each other request with the error -32000, which says why.",
        tests: &[
            (DENIALS, "a_batch_with_a_denied_call_is_not_sent_and_every_request_of_it_is_answered"),
            (TRICKS, "a_batch_with_a_denied_call_is_not_sent_at_all"),
        ],
    },
    Row {
        what: "a call that cannot be read, or is read in two ways",
        intercept: "Passed on, and not judged: such as `arguments` that are no object, or text that is no JSON. Of `name` and `Name` the last one is judged.",
        warded: "Refused, and never passed on.",
        tests: &[
            (TRICKS, "keys_that_one_parser_reads_and_the_other_does_not_are_refused"),
            (TRICKS, "what_the_policy_cannot_read_is_not_passed_on"),
        ],
    },
    Row {
        what: "a call that nothing can be said of: counters that cannot be read, or too much work",
        intercept: "The denial `Internal policy error`; with `--state-fail-mode open` it is passed on. There is no bound on the work.",
        warded: "The status 503, and no result that looks as if a rule had denied. An amount that is no number is the denial `Internal policy error` here, too.",
        tests: &[
            (DENIALS, "a_policy_that_cannot_decide_lets_nothing_through"),
            ("warded/tests/policy/files.rs", "a_store_that_is_away_lets_nothing_through_that_is_counted"),
        ],
    },
];

/// What is around a policy.
pub(crate) const AROUND: &[Row] = &[
    Row {
        what: "whose a counter is",
        intercept: "Of everybody who uses the database: two servers with a tool of one name have one counter for it, as long as no `--state-prefix` tells them apart.",
        warded: "Of the server, where it stands in the server's own file. In a file for all servers it counts over all of them. `per: subject`, `client`, `token` or `server` parts it.",
        tests: &[
            (
                "warded-guard/tests/guard/policy/counters.rs",
                "a_shared_policy_counts_over_all_servers_and_an_own_one_over_its_server",
            ),
            (
                "warded-guard/tests/guard/policy/counters.rs",
                "everybody_has_a_limit_of_their_own_where_the_policy_says_so",
            ),
            (
                "warded/tests/policy/counted.rs",
                "a_policy_for_all_servers_counts_over_all_of_them_unless_it_says_otherwise",
            ),
        ],
    },
    Row {
        what: "several files",
        intercept: "One file for one server.",
        warded: "Each file decides on its own, and the first that denies ends it. Two files of one server that keep the same counter, such as `rate_limit: 5/hour` for one tool, are an error.",
        tests: &[("warded-policy/tests/judging/counting.rs", "no_counter_is_kept_by_two_files_of_one_place")],
    },
    Row {
        what: "a server that was never reached",
        intercept: "What the call was counted for stays counted.",
        warded: "It is given back.",
        tests: &[(
            "warded/tests/policy/counted.rs",
            "a_server_behind_that_was_never_reached_leaves_nothing_counted",
        )],
    },
    Row {
        what: "how large a file may be",
        intercept: "There is no bound but that of the YAML reader on aliases.",
        warded: "16 MiB; a pattern 1 MiB and all of them 256 MiB once they are compiled. More is an error.",
        tests: &[
            ("warded-policy/src/read/tests/hostile.rs", "a_file_that_is_too_large_is_refused_unread"),
            (
                "warded-policy/src/read/patterns.rs",
                "patterns_that_take_too_much_together_are_refused_and_said_so_once",
            ),
        ],
    },
];

#[test]
fn every_row_is_held_by_tests_that_are_there() {
    for row in WIRE.iter().chain(AROUND) {
        assert!(!row.tests.is_empty(), "{}", row.what);
        for (file, test) in row.tests {
            let text =
                fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap();
            assert!(text.contains(&format!("fn {test}(")), "{file} has no test {test}");
        }
    }
}
