//! How are two things measured beside each other? In turns, nine rounds of each; what counts is the median of the nine
//! ratios. Every benchmark of the workspace uses this file, so that `cargo xtask bench` can ask each of them the same.
//!
//! Without arguments a benchmark prints its table. `--pairs` prints the names of what it compares, and
//! `--repeat NAME bare|whole N` runs one side N times and prints nothing, for callgrind.

use std::time::{Duration, Instant};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(200);

/// Two ways to do something: the least that it can cost, and ours.
pub(crate) struct Pair {
    /// One word.
    pub(crate) name: String,
    /// How many bytes each of them is about.
    pub(crate) bytes: usize,
    /// The floor.
    pub(crate) bare: Box<dyn FnMut()>,
    /// What is measured.
    pub(crate) whole: Box<dyn FnMut()>,
}

/// What the two sides are called in the table.
pub(crate) struct Title {
    pub(crate) case: &'static str,
    pub(crate) bare: &'static str,
    pub(crate) whole: &'static str,
}

/// Does what the command line asks for.
pub(crate) fn run(title: &Title, pairs: Vec<Pair>) {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--pairs"] => pairs.iter().for_each(|pair| println!("{}", pair.name)),
        ["--repeat", name, side, count] => repeat(pairs, name, side, count.parse().unwrap()),
        _ => compare(title, pairs),
    }
}

fn repeat(pairs: Vec<Pair>, name: &str, side: &str, count: u32) {
    let pair = pairs.into_iter().find(|pair| pair.name == name).unwrap();
    let mut call = if side == "whole" { pair.whole } else { pair.bare };
    for _ in 0..count {
        call();
    }
}

fn compare(title: &Title, pairs: Vec<Pair>) {
    let Title { case, bare, whole } = title;
    println!(
        "| {case} | bytes | {bare}, µs | {whole}, µs | ratio, median of {ROUNDS} | least to most | allocations | bytes allocated |"
    );
    println!("| --- | --: | --: | --: | --: | --- | --: | --: |");
    for mut pair in pairs {
        let mut samples = Vec::new();
        for _ in 0..ROUNDS {
            let bare = time(&mut pair.bare);
            let whole = time(&mut pair.whole);
            samples.push((whole / bare, bare, whole));
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, bare, whole) = samples[ROUNDS / 2];
        let allocated = allocation_counter::measure(&mut pair.whole);
        println!(
            "| {} | {} | {bare:.2} | {whole:.2} | {ratio:.3} | {:.3} to {:.3} | {} | {} |",
            pair.name,
            pair.bytes,
            samples[0].0,
            samples[ROUNDS - 1].0,
            allocated.count_total,
            allocated.bytes_total,
        );
    }
}

/// Microseconds a call, over one round.
#[expect(clippy::disallowed_methods, reason = "measuring time is what a benchmark is for")]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn time(call: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u64;
    while start.elapsed() < ROUND {
        for _ in 0..16 {
            call();
        }
        calls += 16;
    }
    start.elapsed().as_secs_f64() * 1e6 / calls as f64
}
