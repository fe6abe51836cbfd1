//! With what do servers behind get to work? Tokens that issuers give for them, and processes that run for them.

use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;

use super::{
    families,
    page::{Page, of, signed},
};

impl Page {
    pub(super) fn tokens(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let tallies = self.purses.tallies();
        let mut kept = of(encoder, families::TOKENS_KEPT)?;
        for (server, tally) in &tallies {
            kept.gauge(&[("server", server)], signed(tally.kept()))?;
        }
        let mut asked = of(encoder, families::TOKENS_ASKED)?;
        for (server, tally) in &tallies {
            asked.counter(&[("server", server)], tally.asked())?;
        }
        let mut failures = of(encoder, families::TOKENS_FAILED)?;
        for (server, tally) in &tallies {
            for (code, count) in tally.failures() {
                failures.counter(&[("server", server), ("code", code)], count)?;
            }
        }
        let mut waiting = of(encoder, families::TOKENS_WAITING)?;
        for (server, tally) in &tallies {
            waiting.gauge(&[("server", server)], signed(tally.waiting()))?;
        }
        Ok(())
    }

    pub(super) fn commands(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let headcounts = self.processes.headcounts();
        let mut running = of(encoder, families::PROCESSES)?;
        for (server, headcount) in &headcounts {
            running.gauge(&[("server", server)], signed(headcount.running()))?;
        }
        let mut started = of(encoder, families::PROCESSES_STARTED)?;
        for (server, headcount) in &headcounts {
            started.counter(&[("server", server)], headcount.started())?;
        }
        let mut ended = of(encoder, families::PROCESSES_ENDED)?;
        for (server, headcount) in &headcounts {
            for (by, count) in headcount.ended() {
                ended.counter(&[("server", server), ("by", by)], count)?;
            }
        }
        let mut refused = of(encoder, families::PROCESSES_REFUSED)?;
        for (server, headcount) in &headcounts {
            refused.counter(&[("server", server)], headcount.refused())?;
        }
        Ok(())
    }
}
