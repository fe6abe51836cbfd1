//! The names of everything that is shown, each with what it says. The page about operating Warded lists the same.

use prometheus_client::metrics::MetricType;

/// One family of metrics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    /// Its name; counters are shown with `_total` behind it.
    pub(super) name: &'static str,
    pub(super) kind: MetricType,
    /// What it says.
    pub(super) help: &'static str,
}

const fn counter(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: MetricType::Counter, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: MetricType::Gauge, help }
}

const fn histogram(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: MetricType::Histogram, help }
}

pub(super) const REQUESTS: Family = counter("warded_requests", "Requests by server and how they ended");
pub(super) const REFUSALS: Family =
    counter("warded_refusals", "Requests that were stopped, by server and code");
pub(super) const SHADOWED: Family = counter(
    "warded_policy_shadowed",
    "Calls that a policy would have denied that is only looked at (`shadow: true`)",
);
pub(super) const DURATIONS: Family = histogram(
    "warded_request_duration_seconds",
    "How long calls took that were let through, streams included",
);
pub(super) const IN_FLIGHT: Family =
    gauge("warded_requests_in_flight", "Calls that were let through and go on, streams included");
pub(super) const UPSTREAM_REQUESTS: Family = counter("warded_upstream_requests", "Calls to servers behind");
pub(super) const UPSTREAM_FAILURES: Family =
    counter("warded_upstream_failures", "Calls that a server behind gave no usable answer to");
pub(super) const UPSTREAM_FIRST_BYTE: Family =
    histogram("warded_upstream_first_byte_seconds", "How long servers behind took to begin an answer");
pub(super) const UPSTREAM_WAITING: Family =
    gauge("warded_upstream_requests_waiting", "Calls whose answer has not begun");
pub(super) const STREAMS: Family = gauge("warded_streams_open", "Streams of events that are open");
pub(super) const TOKENS_KEPT: Family =
    gauge("warded_upstream_tokens_kept", "Tokens for a server behind that are kept");
pub(super) const TOKENS_ASKED: Family =
    counter("warded_upstream_tokens_asked", "Times that an issuer was asked for a token for a server behind");
pub(super) const TOKENS_FAILED: Family =
    counter("warded_upstream_tokens_failed", "Times that there was no token, by the code of what calls got");
pub(super) const TOKENS_WAITING: Family =
    gauge("warded_upstream_tokens_waiting", "Calls that wait for a token for the server behind");
pub(super) const PROCESSES: Family =
    gauge("warded_processes_running", "Processes that run for a server that is a command");
pub(super) const PROCESSES_STARTED: Family =
    counter("warded_processes_started", "Processes that were started");
pub(super) const PROCESSES_ENDED: Family = counter("warded_processes_ended", "Processes that ended, by what");
pub(super) const PROCESSES_REFUSED: Family =
    counter("warded_processes_refused", "Calls that got no process, since there were too many");
pub(super) const CONNECTIONS: Family = gauge("warded_connections_open", "Connections of callers");
pub(super) const ACCEPTED: Family = counter("warded_connections", "Connections that were accepted");
pub(super) const REMEMBERED: Family = gauge("warded_tokens_remembered", "Tokens whose verdict is remembered");
pub(super) const REMEMBERED_BYTES: Family = gauge("warded_token_memory_bytes", "What they take");
pub(super) const HITS: Family =
    counter("warded_token_memory_hits", "Tokens that were remembered when they came");
pub(super) const MISSES: Family = counter("warded_token_memory_misses", "Tokens that had to be judged");
pub(super) const KEYS_AGE: Family =
    gauge("warded_issuer_keys_age_seconds", "How long ago an issuer's keys were fetched");
pub(super) const KEYS_FAILING: Family =
    gauge("warded_issuer_keys_failing", "1 where the last fetch of an issuer's keys failed");
pub(super) const KEYS_AT_HAND: Family =
    gauge("warded_issuer_keys_at_hand", "1 where an issuer's keys may be used; 0 means 503 for its tokens");
pub(super) const GENERATION: Family =
    gauge("warded_configuration_generation", "Configurations that held so far, this one included");
pub(super) const HELD_SINCE: Family =
    gauge("warded_configuration_since_seconds", "Since when this one holds, in seconds since 1970");
pub(super) const STALE: Family = gauge(
    "warded_configuration_stale",
    "1 where the file says something that does not hold, since it is not fit",
);
pub(super) const RELOAD_FAILURES: Family =
    counter("warded_configuration_failures", "Times that a changed configuration was not fit");
pub(super) const ALERTS_SENT: Family = counter("warded_alerts_sent", "Alerts that their receiver took");
pub(super) const ALERTS_FAILED: Family = counter("warded_alerts_failed", "Alerts that were given up");
pub(super) const ALERTS_HELD_BACK: Family =
    counter("warded_alerts_held_back", "Alerts beyond the limit, told as a number");
pub(super) const JOURNAL_FAILING: Family =
    gauge("warded_journal_failing", "1 where the journal's disk takes nothing");
pub(super) const JOURNAL_WAITING: Family = gauge("warded_journal_waiting", "Records that wait to be written");
pub(super) const JOURNAL_LOST: Family =
    counter("warded_journal_lost", "Records that found no room; the journal tells how many");
pub(super) const READY: Family = gauge("warded_ready", "0 where something is lacking, as /readyz says");
pub(super) const SERVERS: Family = gauge("warded_servers", "Servers that are served");
pub(super) const BUILD: Family =
    Family { name: "warded_build", kind: MetricType::Info, help: "Which version runs" };
pub(super) const STARTED: Family =
    gauge("process_start_time_seconds", "When the process began, in seconds since 1970");
pub(super) const RESIDENT: Family =
    gauge("process_resident_memory_bytes", "What the process holds in memory");
pub(super) const FILES: Family = gauge("process_open_fds", "Files and sockets that are open");

#[cfg(test)]
mod tests {
    use super::*;

    /// All of them, in the order in which they are shown.
    const ALL: [Family; 43] = [
        REQUESTS,
        REFUSALS,
        SHADOWED,
        DURATIONS,
        IN_FLIGHT,
        UPSTREAM_REQUESTS,
        UPSTREAM_FAILURES,
        UPSTREAM_FIRST_BYTE,
        UPSTREAM_WAITING,
        STREAMS,
        TOKENS_KEPT,
        TOKENS_ASKED,
        TOKENS_FAILED,
        TOKENS_WAITING,
        PROCESSES,
        PROCESSES_STARTED,
        PROCESSES_ENDED,
        PROCESSES_REFUSED,
        CONNECTIONS,
        ACCEPTED,
        REMEMBERED,
        REMEMBERED_BYTES,
        HITS,
        MISSES,
        KEYS_AGE,
        KEYS_FAILING,
        KEYS_AT_HAND,
        GENERATION,
        HELD_SINCE,
        STALE,
        RELOAD_FAILURES,
        ALERTS_SENT,
        ALERTS_FAILED,
        ALERTS_HELD_BACK,
        JOURNAL_FAILING,
        JOURNAL_WAITING,
        JOURNAL_LOST,
        READY,
        SERVERS,
        BUILD,
        STARTED,
        RESIDENT,
        FILES,
    ];

    /// As it is shown.
    fn shown(family: &Family) -> String {
        match family.kind {
            MetricType::Counter => format!("{}_total", family.name),
            MetricType::Info => format!("{}_info", family.name),
            _ => family.name.to_owned(),
        }
    }

    #[test]
    fn the_page_about_operating_lists_what_there_is_and_nothing_else() {
        let page = include_str!("../../../../../../docs/operate.md");
        let ours = |word: &&str| word.starts_with("warded_") || word.starts_with("process_");
        let rows =
            page.lines().filter(|line| line.starts_with("| `warded_") || line.starts_with("| `process_"));
        // The last table names metrics, too, and begins its rows with what is wrong.
        let listed = rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`'));
        let mut listed: Vec<_> = listed.filter(ours).map(str::to_owned).collect();
        let mut there: Vec<_> = ALL.iter().map(shown).collect();
        listed.sort();
        listed.dedup();
        there.sort();
        assert_eq!(there, listed.iter().filter(|name| there.contains(name)).cloned().collect::<Vec<_>>());
        let unknown: Vec<_> = page
            .split('`')
            .filter(ours)
            .filter(|name| {
                name.contains('_')
                    && !there.iter().any(|there| there == name)
                    && *name != "warded_guard=trace,info"
                    && *name != "warded_gateway"
            })
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
