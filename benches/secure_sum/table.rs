//! The table of `docs/performance.md`: medians of CPU time with all operations taking turns.

use crate::clock::milliseconds;
use crate::limits::{Units, Work, bandwidth};
use crate::operations::{COLUMNS, FORM, FormWorld, MEMBERS, Operation, Post, bits};
use guildhall_mpc::{Contribution, Threshold};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

/// A figure per operation.
type Figures = BTreeMap<String, f64>;

/// Turns of every operation; each time in the table is the median of as many.
const TURNS: usize = 41;
/// Contributions that are checked with one thread and with two.
const CHECKED: usize = 1000;

/// Times everything and prints ratios next to their targets.
pub(crate) fn print(operations: &mut [Operation]) {
    let times = medians(operations);
    let uploads = operations.iter().map(|o| (o.name.clone(), o.upload as f64)).collect();
    println!("\nMedians of {TURNS} turns, milliseconds of CPU\n\n| operation | ms |\n|---|---|");
    times.iter().for_each(|(name, time)| println!("| {name} | {time:.3} |"));
    ratios(&times, &uploads);
    limits(&times, &uploads);
    distances(&times);
    threads();
}

const FIVE: &str = "(5, 3, 4)";
const WHOLE: &str = "trustee with decoding and box";

fn ratios(times: &Figures, uploads: &Figures) {
    println!("\n| workload | what | this | Prio3 | ratio | target |\n|---|---|---|---|---|---|");
    let sum_vec = "Prio3 SumVec";
    for (ours, limits) in [("(3, 2, 3)", [1.6, 1.8, 1.05]), (FIVE, [2.3, 2.6, 1.07])] {
        compare(times, COLUMNS, [ours, "member", sum_vec, "member"], "ms", Some(limits[0]));
        compare(times, COLUMNS, [ours, "trustee", sum_vec, "trustee"], "ms", Some(limits[1]));
        compare(times, COLUMNS, [ours, WHOLE, sum_vec, "trustee"], "ms", Some(limits[1]));
        compare(uploads, COLUMNS, [ours, "member", sum_vec, "member"], "bytes", Some(limits[2]));
    }
    for prio3 in [sum_vec, "Prio3 Histogram"] {
        compare(times, FORM, [FIVE, "member", prio3, "member"], "ms", None);
        compare(times, FORM, [FIVE, "trustee", prio3, "trustee"], "ms", None);
        compare(uploads, FORM, [FIVE, "member", prio3, "member"], "bytes", None);
    }
}

fn limits(times: &Figures, uploads: &Figures) {
    println!("\n| what | this | target |\n|---|---|---|");
    let form = |who: &str| format!("{FORM}/{FIVE}/{who}");
    absolute(times, &form("member"), "ms", 1.0, 3.5);
    absolute(times, &form("trustee"), "ms", 1.0, 1.3);
    absolute(times, &form(WHOLE), "ms", 1.0, 1.3);
    absolute(uploads, &form("member"), "kB", 1e-3, 85.0);
    absolute(times, &format!("{FORM}/opening of {MEMBERS} members"), "s", 1e-3, 2.0);
}

/// How far each time is from what its multiplications, AES and hashing need.
fn distances(times: &Figures) {
    let units = Units::measure();
    println!("\n{}, reading memory {:.1} GB/s\n", units.describe(), bandwidth());
    println!("| operation | multiplications, thousands | limit, ms | this, ms | distance |\n|---|---|---|---|---|");
    let three = Threshold::new(3, 2, 3).expect("a safe triple");
    let (bits, form) = (bits(), FormWorld::new().circuit());
    for (name, work) in [
        (format!("{COLUMNS}/(3, 2, 3)/member"), Work::of_member(three, &bits)),
        (format!("{COLUMNS}/(3, 2, 3)/trustee"), Work::of_trustee(three, &bits)),
        (format!("{COLUMNS}/{FIVE}/member"), Work::of_member(Threshold::FIVE, &bits)),
        (format!("{COLUMNS}/{FIVE}/trustee"), Work::of_trustee(Threshold::FIVE, &bits)),
        (format!("{FORM}/{FIVE}/member"), Work::of_member(Threshold::FIVE, &form)),
        (format!("{FORM}/{FIVE}/trustee"), Work::of_trustee(Threshold::FIVE, &form)),
    ] {
        let (limit, this) = (units.milliseconds(&work), times.get(&name).copied().unwrap_or(f64::NAN));
        println!("| {name} | {} | {limit:.2} | {this:.2} | {:.1} |", work.thousands(), this / limit);
    }
}

fn medians(operations: &mut [Operation]) -> Figures {
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

fn compare(figures: &Figures, workload: &str, names: [&str; 4], unit: &str, limit: Option<f64>) {
    let [ours, who, prio3, whose] = names;
    let of = |name: &str, who: &str| figures.get(&format!("{workload}/{name}/{who}")).copied().unwrap_or(f64::NAN);
    let (this, that) = (of(ours, who), of(prio3, whose));
    let digits = if unit == "ms" { 2 } else { 0 };
    let target = limit.map_or_else(|| "none".to_owned(), |limit| verdict(this / that, limit));
    println!(
        "| {workload}, {ours} | {who}, {unit} | {this:.digits$} | {that:.digits$} ({prio3}) | {:.2} | {target} |",
        this / that
    );
}

fn absolute(figures: &Figures, name: &str, unit: &str, scale: f64, limit: f64) {
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
