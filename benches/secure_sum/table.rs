//! The table of `docs/performance.md`: medians of CPU time with all operations taking turns.

use crate::clock::milliseconds;
use crate::operations::{COLUMNS, FORM, FormWorld, MEMBERS, Operation, Post};
use guildhall_mpc::{Contribution, Threshold};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

/// Turns of every operation; each time in the table is the median of as many.
const TURNS: usize = 41;
/// Contributions that are checked with one thread and with two.
const CHECKED: usize = 1000;

/// Times everything and prints ratios next to their targets.
pub(crate) fn print(operations: &mut [Operation]) {
    let times = medians(operations);
    let uploads = operations.iter().map(|o| (o.name.clone(), o.upload as f64)).collect();
    println!("\nMedians of {TURNS} turns, milliseconds of CPU\n");
    for (name, time) in &times {
        println!("| {name} | {time:.3} |");
    }
    println!("\n| workload | who | this | Prio3 | ratio | target |\n|---|---|---|---|---|---|");
    let sum_vec = "Prio3 SumVec";
    for (ours, limits) in [("(3, 2, 3)", [1.6, 1.8, 1.05]), ("(5, 3, 4)", [2.3, 2.6, 1.07])] {
        compare(&times, COLUMNS, ours, "member", sum_vec, Some(limits[0]));
        compare(&times, COLUMNS, ours, "trustee", sum_vec, Some(limits[1]));
        compare(&uploads, COLUMNS, ours, "member", sum_vec, Some(limits[2]));
    }
    for prio3 in [sum_vec, "Prio3 Histogram"] {
        compare(&times, FORM, "(5, 3, 4)", "member", prio3, None);
        compare(&times, FORM, "(5, 3, 4)", "trustee", prio3, None);
        compare(&uploads, FORM, "(5, 3, 4)", "member", prio3, None);
    }
    println!("\n| limit | this | target |\n|---|---|---|");
    let form = |who: &str| format!("{FORM}/(5, 3, 4)/{who}");
    absolute(&times, &form("member"), "ms", 1.0, 3.5);
    absolute(&times, &form("trustee"), "ms", 1.0, 1.3);
    absolute(&times, &form("trustee with decoding and box"), "ms", 1.0, 1.3);
    absolute(&uploads, &form("member"), "kB", 1e-3, 85.0);
    absolute(&times, &format!("{FORM}/opening of {MEMBERS} members"), "s", 1e-3, 2.0);
    threads();
}

fn medians(operations: &mut [Operation]) -> BTreeMap<String, f64> {
    let mut samples = vec![Vec::with_capacity(TURNS); operations.len()];
    for _ in 0..TURNS {
        for (operation, times) in operations.iter_mut().zip(&mut samples) {
            times.push(milliseconds(|| (operation.run)()));
        }
    }
    operations.iter().zip(samples).map(|(operation, times)| (operation.name.clone(), median(times))).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn compare(figures: &BTreeMap<String, f64>, work: &str, ours: &str, who: &str, prio3: &str, limit: Option<f64>) {
    let of = |name: &str| figures.get(&format!("{work}/{name}/{who}")).copied().unwrap_or(f64::NAN);
    let (this, that) = (of(ours), of(prio3));
    let target = limit.map_or_else(String::new, |limit| verdict(this / that, limit));
    let unit = if this > 1000.0 { "bytes of upload" } else { who };
    println!("| {work}, {ours} | {unit} | {this:.2} | {that:.2} ({prio3}) | {:.2} | {target} |", this / that);
}

fn absolute(figures: &BTreeMap<String, f64>, name: &str, unit: &str, scale: f64, limit: f64) {
    let value = figures.get(name).copied().unwrap_or(f64::NAN) * scale;
    println!("| {name}, {unit} | {value:.2} | {} |", verdict(value, limit));
}

fn verdict(value: f64, limit: f64) -> String {
    format!("{limit} {}", if value <= limit { "met" } else { "MISSED" })
}

/// Checks many contributions with one thread and with two.
fn threads() {
    let world = FormWorld::new();
    let post = Post::new(Threshold::FIVE, world.circuit(), world.presence());
    let made: Vec<Contribution> = (0..100).map(|_| post.contribute(&world.encode())).collect();
    println!("\n| threads | {CHECKED} checks, s | CPU, s | speed-up |\n|---|---|---|---|");
    let mut first = 0.0;
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        let started = Instant::now();
        let check = |i: usize| post.check(&made[i % made.len()]);
        let cpu = milliseconds(|| pool.install(|| (0..CHECKED).into_par_iter().for_each(check))) / 1e3;
        let wall = started.elapsed().as_secs_f64();
        first = if threads == 1 { wall } else { first };
        println!("| {threads} | {wall:.2} | {cpu:.2} | {:.2} |", first / wall);
    }
}
