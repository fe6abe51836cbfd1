//! What does one decision cost: by ten rules, by ten thousand over a thousand tools, and by as many policies of Cedar?
//!
//! Everybody decides the same calls by rules that mean the same, in one process and in turns. Nothing here passes or fails
//! by a time; a decision that comes out otherwise than it should ends the run.

mod cedar;
mod ours;
mod rules;

use std::{hint::black_box, time::Instant};

use anyhow::{Result, ensure};
use mimalloc::MiMalloc;

use crate::{cedar::Cedar, ours::Ours, rules::Fleet};

/// As in the product.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

/// How many rounds there are, unless the first argument says otherwise.
const ROUNDS: usize = 51;

/// For how long one contestant decides at a time, in nanoseconds.
const TURN: u128 = 4_000_000;

/// One that decides a call of the tool of this number; whether it is allowed.
type Decides<'a> = Box<dyn Fn(usize) -> bool + 'a>;

struct Contestant<'a> {
    name: &'static str,
    /// How many tools its calls are of, in turn.
    tools: usize,
    decides: Decides<'a>,
    /// How many decisions make a turn.
    count: usize,
    nanoseconds: Vec<f64>,
}

fn main() -> Result<()> {
    let rounds = match std::env::args().nth(1) {
        Some(rounds) => rounds.parse()?,
        None => ROUNDS,
    };
    let (few, many) = (Fleet { tools: 1 }, Fleet { tools: 1_000 });
    let (ours_few, ours_many) = (Ours::of(&few)?, Ours::of(&many)?);
    let (cedar_few, cedar_many) = (Cedar::of(&few)?, Cedar::of(&many)?);
    let good = rules::arguments(true);
    agree(&[&ours_few.decides(), &cedar_few.decides()], &few)?;
    agree(&[&ours_many.decides(), &cedar_many.decides()], &many)?;
    let ready_few = cedar_few.ready(&good)?;
    let ready_many = cedar_many.ready(&good)?;

    let mut all = [
        of("Warded, 10 rules", 1, |tool| ours_few.is_allowed(tool, &good)),
        of("Warded, 10,000 rules over 1,000 tools", 1, |tool| ours_many.is_allowed(tool, &good)),
        of("the same, each time another tool", many.tools, |tool| ours_many.is_allowed(tool, &good)),
        of("Cedar, 10 policies", 1, |tool| cedar_few.is_allowed(tool, &good)),
        of("Cedar, 10 policies, arguments read before", 1, |_| cedar_few.is_permitted(&ready_few)),
        of("Cedar, 10,000 policies", 1, |tool| cedar_many.is_allowed(tool, &good)),
        of("Cedar, 10,000 policies, arguments read before", 1, |_| cedar_many.is_permitted(&ready_many)),
    ];
    for contestant in &mut all {
        contestant.warm();
    }
    for round in 0..rounds {
        let mut order: Vec<_> = all.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for contestant in order {
            contestant.turn();
        }
    }
    tell(&all);
    Ok(())
}

fn of<'a>(name: &'static str, tools: usize, decides: impl Fn(usize) -> bool + 'a) -> Contestant<'a> {
    Contestant { name, tools, decides: Box::new(decides), count: 1, nanoseconds: Vec::new() }
}

impl Contestant<'_> {
    /// Decides for a while, and finds out how many decisions make a turn.
    fn warm(&mut self) {
        for _ in 0..8 {
            let taken = self.decide();
            let each = (taken / self.count as u128).max(1);
            self.count = usize::try_from(TURN / each).unwrap_or(1).clamp(1, 1_000_000);
        }
    }

    fn turn(&mut self) {
        let taken = self.decide();
        self.nanoseconds.push(taken as f64 / self.count as f64);
    }

    fn decide(&self) -> u128 {
        let begin = Instant::now();
        for at in 0..self.count {
            assert!(black_box((self.decides)(black_box(at % self.tools))), "{} denies", self.name);
        }
        begin.elapsed().as_nanos()
    }
}

/// Makes sure that all decide alike, whatever is wrong with a call.
fn agree(all: &[&dyn Fn(usize, &str) -> bool], fleet: &Fleet) -> Result<()> {
    for tool in [0, fleet.tools - 1] {
        for arguments in
            rules::bad().into_iter().map(|bad| (bad, false)).chain([(rules::arguments(true), true)])
        {
            for decides in all {
                ensure!(decides(tool, &arguments.0) == arguments.1, "{tool}: {}", arguments.0);
            }
        }
    }
    Ok(())
}

fn tell(all: &[Contestant<'_>]) {
    let first = &all[0].nanoseconds;
    println!("| what decides | ns, median | least | most | beside the first |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for Contestant { name, nanoseconds, .. } in all {
        let ratios = nanoseconds.iter().zip(first).map(|(one, first)| one / first).collect();
        let (least, middle, most) = spread(nanoseconds.clone());
        let (_, ratio, _) = spread(ratios);
        println!("| {name} | {middle:.0} | {least:.0} | {most:.0} | {ratio:.2} |");
    }
}

/// The least, the median and the most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}
