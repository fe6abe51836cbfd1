//! What stands on the page of metrics, in the format of `OpenMetrics`. Labels are names that the operator gave and codes of
//! ours: no caller can add to them.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use arc_swap::ArcSwap;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text},
    registry::Registry,
};
use warded_client::keys::Keys;
use warded_core::{Clock, UnixTime};
use warded_gateway::{Current, Durations, Health, Purses, stdio::Pool};
use warded_guard::Memory;
use warded_store::journal::Journal;

use super::{
    Meters, OUTCOMES,
    families::{self, Family},
    process,
};
use crate::command::up::{alerts::Told, reloads::Reloads};

/// What is looked at of the configuration that holds now.
#[derive(Debug)]
pub(in crate::command::up) struct Seen {
    pub(in crate::command::up) keys: Arc<Keys>,
    pub(in crate::command::up) memory: Arc<Memory>,
    pub(in crate::command::up) servers: usize,
    /// Whether every token is judged by keys that are fetched.
    pub(in crate::command::up) asks_only: bool,
}

/// Everything that is shown, read when somebody asks.
#[derive(Debug)]
pub(in crate::command::up) struct Page {
    pub(in crate::command::up) clock: Arc<dyn Clock>,
    pub(in crate::command::up) started: UnixTime,
    pub(in crate::command::up) meters: Arc<Meters>,
    pub(in crate::command::up) reloads: Arc<Reloads>,
    pub(in crate::command::up) told: Arc<Told>,
    pub(in crate::command::up) purses: Arc<Purses>,
    pub(in crate::command::up) processes: Arc<Pool>,
    pub(in crate::command::up) health: Arc<Health>,
    pub(in crate::command::up) journal: Option<Arc<dyn Journal>>,
    pub(in crate::command::up) current: Arc<Current>,
    pub(in crate::command::up) seen: Arc<ArcSwap<Seen>>,
}

impl Page {
    /// The text.
    pub(in crate::command::up) fn text(self: &Arc<Self>) -> Result<String, fmt::Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Arc::clone(self)));
        let mut page = String::new();
        text::encode(&mut page, &registry)?;
        Ok(page)
    }
}

/// One family of metrics that is being written.
pub(super) struct Shown<'a>(MetricEncoder<'a>);

impl Shown<'_> {
    pub(super) fn counter(&mut self, labels: &[(&str, &str)], value: u64) -> fmt::Result {
        // An empty set of labels would be written as one.
        if labels.is_empty() {
            return self.0.encode_counter::<NoLabelSet, _, u64>(&value, None);
        }
        self.0.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)
    }

    pub(super) fn gauge(&mut self, labels: &[(&str, &str)], value: i64) -> fmt::Result {
        if labels.is_empty() {
            return self.0.encode_gauge(&value);
        }
        self.0.encode_family(&labels)?.encode_gauge(&value)
    }

    fn durations(&mut self, labels: &[(&str, &str)], durations: &Durations) -> fmt::Result {
        let steps = durations.steps();
        let count = steps.iter().map(|(_, count)| count).sum();
        let mut of = self.0.encode_family(&labels)?;
        of.encode_histogram::<NoLabelSet>(durations.seconds(), count, &steps, None)
    }
}

pub(super) fn of<'a>(
    encoder: &'a mut DescriptorEncoder<'_>,
    family: Family,
) -> Result<Shown<'a>, fmt::Error> {
    encoder.encode_descriptor(family.name, family.help, None, family.kind).map(Shown)
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.calls(&mut encoder)?;
        self.upstreams(&mut encoder)?;
        self.tokens(&mut encoder)?;
        self.commands(&mut encoder)?;
        self.process(&mut encoder)?;
        self.learned(&mut encoder)?;
        self.configuration(&mut encoder)
    }
}

impl Page {
    fn calls(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let meters = self.meters.all();
        let mut requests = of(encoder, families::REQUESTS)?;
        for (server, meter) in &meters {
            for (outcome, count) in OUTCOMES.iter().zip(&meter.outcomes) {
                let count = count.load(Relaxed);
                // A fleet of thousands has many ways in which nothing ended.
                if count > 0 || *outcome == "answered" && !server.is_empty() {
                    requests.counter(&[("server", server), ("outcome", outcome)], count)?;
                }
            }
        }
        let mut refusals = of(encoder, families::REFUSALS)?;
        for (server, meter) in &meters {
            let counts = meter.refusals.get().map(|counts| &**counts).unwrap_or_default();
            for (code, count) in meter.codes.0.iter().zip(counts) {
                let count = count.load(Relaxed);
                if count > 0 {
                    refusals.counter(&[("server", server), ("code", code)], count)?;
                }
            }
        }
        let mut shadowed = of(encoder, families::SHADOWED)?;
        for (server, meter) in &meters {
            let count = meter.shadowed.load(Relaxed);
            if count > 0 {
                shadowed.counter(&[("server", server)], count)?;
            }
        }
        let servers = || meters.iter().filter(|(server, _)| !server.is_empty());
        let mut durations = of(encoder, families::DURATIONS)?;
        for (server, meter) in servers().filter(|(_, meter)| meter.durations.count() > 0) {
            durations.durations(&[("server", server)], &meter.durations)?;
        }
        let mut in_flight = of(encoder, families::IN_FLIGHT)?;
        for (server, meter) in servers() {
            in_flight.gauge(&[("server", server)], signed(meter.in_flight()))?;
        }
        Ok(())
    }

    fn upstreams(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let meters: Vec<_> = self.meters.all().into_iter().filter(|(server, _)| !server.is_empty()).collect();
        let mut requests = of(encoder, families::UPSTREAM_REQUESTS)?;
        for (server, meter) in &meters {
            requests.counter(&[("server", server)], meter.traffic.calls())?;
        }
        let mut failures = of(encoder, families::UPSTREAM_FAILURES)?;
        for (server, meter) in &meters {
            failures.counter(&[("server", server)], meter.traffic.failures())?;
        }
        let mut first_byte = of(encoder, families::UPSTREAM_FIRST_BYTE)?;
        for (server, meter) in meters.iter().filter(|(_, meter)| meter.traffic.first_byte().count() > 0) {
            first_byte.durations(&[("server", server)], meter.traffic.first_byte())?;
        }
        let mut waiting = of(encoder, families::UPSTREAM_WAITING)?;
        for (server, meter) in &meters {
            waiting.gauge(&[("server", server)], signed(meter.traffic.waiting()))?;
        }
        let mut streams = of(encoder, families::STREAMS)?;
        for (server, meter) in &meters {
            streams.gauge(&[("server", server)], signed(meter.traffic.streams()))?;
        }
        Ok(())
    }

    fn process(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        of(encoder, families::CONNECTIONS)?.gauge(&[], signed(self.current.connections()))?;
        of(encoder, families::ACCEPTED)?.counter(&[], self.current.accepted())?;
        of(encoder, families::READY)?.gauge(&[], i64::from(self.health.lacking().is_empty()))?;
        of(encoder, families::BUILD)?.0.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
        of(encoder, families::STARTED)?.gauge(&[], self.started.seconds())?;
        if let Some(resident) = process::resident() {
            of(encoder, families::RESIDENT)?.gauge(&[], signed(resident))?;
        }
        if let Some(files) = process::files() {
            of(encoder, families::FILES)?.gauge(&[], signed(files))?;
        }
        Ok(())
    }

    fn learned(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let seen = self.seen.load();
        of(encoder, families::REMEMBERED)?.gauge(&[], signed(seen.memory.tokens() as u64))?;
        of(encoder, families::REMEMBERED_BYTES)?.gauge(&[], signed(seen.memory.bytes()))?;
        of(encoder, families::HITS)?.counter(&[], seen.memory.hits())?;
        of(encoder, families::MISSES)?.counter(&[], seen.memory.misses())?;
        let (conditions, now) = (seen.keys.conditions(), self.clock.now());
        let mut age = of(encoder, families::KEYS_AGE)?;
        for condition in &conditions {
            if let Some(had_at) = condition.had_at {
                age.gauge(&[("issuer", condition.issuer.as_str())], now.since(had_at))?;
            }
        }
        let mut failing = of(encoder, families::KEYS_FAILING)?;
        for condition in &conditions {
            failing.gauge(&[("issuer", condition.issuer.as_str())], condition.is_failing.into())?;
        }
        let mut at_hand = of(encoder, families::KEYS_AT_HAND)?;
        for condition in &conditions {
            at_hand.gauge(&[("issuer", condition.issuer.as_str())], condition.is_at_hand.into())?;
        }
        of(encoder, families::SERVERS)?.gauge(&[], signed(seen.servers as u64))
    }

    fn configuration(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        of(encoder, families::GENERATION)?.gauge(&[], signed(self.reloads.generation()))?;
        of(encoder, families::HELD_SINCE)?.gauge(&[], self.reloads.held_since())?;
        of(encoder, families::STALE)?.gauge(&[], self.reloads.is_stale().into())?;
        of(encoder, families::RELOAD_FAILURES)?.counter(&[], self.reloads.failures())?;
        of(encoder, families::ALERTS_SENT)?.counter(&[], self.told.sent())?;
        of(encoder, families::ALERTS_FAILED)?.counter(&[], self.told.failed())?;
        of(encoder, families::ALERTS_HELD_BACK)?.counter(&[], self.told.held_back())?;
        let standing = self.journal.as_ref().map(|journal| journal.standing()).unwrap_or_default();
        of(encoder, families::JOURNAL_FAILING)?.gauge(&[], standing.failing.into())?;
        of(encoder, families::JOURNAL_WAITING)?.gauge(&[], signed(standing.waiting))?;
        of(encoder, families::JOURNAL_LOST)?.counter(&[], standing.lost)
    }
}
