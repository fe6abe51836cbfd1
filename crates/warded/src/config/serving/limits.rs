//! How much may anybody take? Within bounds that can be called limits.

use std::{ops::RangeInclusive, time::Duration};

use warded_gateway::Limits;

use crate::{
    config::{self, Lifetime, Located, Span},
    finding::{Finding, table},
};

const NUMBERS: RangeInclusive<u32> = 1..=1_000_000;
/// Every browser sends a dozen headers of its own.
const HEADERS: RangeInclusive<u32> = 20..=1_000;
/// Tokens of some providers fill 16 KiB.
const HEAD: RangeInclusive<usize> = 8 * 1024..=1024 * 1024;
const TIMES: RangeInclusive<u32> = 1..=60 * 60;

pub(super) fn drafted(written: &config::Limits, findings: &mut Vec<Finding>) -> Limits {
    let mut limits = Limits::default();
    for (name, written, into) in [
        ("connections", &written.connections, &mut limits.connections),
        ("connections_per_address", &written.connections_per_address, &mut limits.connections_per_address),
        ("requests", &written.requests, &mut limits.requests),
        ("requests_per_server", &written.requests_per_server, &mut limits.requests_per_server),
    ] {
        if let Some(number) = number(name, written.as_ref(), NUMBERS, findings) {
            *into = usize::try_from(number).unwrap_or(usize::MAX);
        }
    }
    if let Some(streams) = number("streams", written.streams.as_ref(), 1..=10_000, findings) {
        limits.streams = streams;
    }
    if let Some(headers) = number("headers", written.headers.as_ref(), HEADERS, findings) {
        limits.headers = usize::try_from(headers).unwrap_or(usize::MAX);
    }
    if let Some(head) = &written.head {
        if HEAD.contains(&head.value.bytes()) {
            limits.head = head.value.bytes();
        } else {
            findings.push(outside(
                "head",
                "8KiB",
                "1MiB",
                head.span,
                &format!("{} bytes", head.value.bytes()),
            ));
        }
    }
    for (name, written, into) in [
        ("handshake", &written.handshake, &mut limits.handshake),
        ("first_byte", &written.first_byte, &mut limits.first_byte),
        ("idle", &written.idle, &mut limits.idle),
        ("body", &written.body, &mut limits.body),
        ("stalled", &written.stalled, &mut limits.stalled),
        ("connect", &written.connect, &mut limits.connect),
        ("silence", &written.silence, &mut limits.silence),
    ] {
        if let Some(time) = time(name, written.as_ref(), findings) {
            *into = time;
        }
    }
    limits
}

fn number(
    name: &str,
    written: Option<&Located<u32>>,
    bounds: RangeInclusive<u32>,
    findings: &mut Vec<Finding>,
) -> Option<u32> {
    let written = written?;
    if bounds.contains(&written.value) {
        return Some(written.value);
    }
    let (least, most) = (bounds.start().to_string(), bounds.end().to_string());
    findings.push(outside(name, &least, &most, written.span, "this number"));
    None
}

fn time(name: &str, written: Option<&Located<Lifetime>>, findings: &mut Vec<Finding>) -> Option<Duration> {
    let written = written?;
    let seconds = written.value.seconds();
    if TIMES.contains(&seconds) {
        return Some(Duration::from_secs(seconds.into()));
    }
    findings.push(outside(name, "1s", "1h", written.span, &format!("{seconds}s")));
    None
}

fn outside(name: &str, least: &str, most: &str, at: Span, label: &str) -> Finding {
    let message = format!("`limits.{name}` must lie between {least} and {most}");
    let finding = Finding::new(&table::LIMIT_INVALID, message).at(at, label);
    finding.help(format!("Write at least `{least}` and at most `{most}`."))
}
