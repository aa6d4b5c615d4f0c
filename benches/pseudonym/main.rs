//! What joint pseudonyms cost, next to the scalar multiplications nobody can do without, in CPU time of this process.
//!
//! `cargo bench --bench pseudonym` runs every operation under criterion and then prints the ratios of
//! `docs/performance.md`, for which all operations take turns. The limit is decoding an element, multiplying it in
//! constant time and encoding the product, one by one, with `curve25519-dalek`. Not here: other libraries, which
//! `benches/peers/oprf` measures in a build of its own.

#[path = "../secure_sum/clock.rs"]
mod clock;
mod operations;

use clock::{ProcessCpu, milliseconds};
use criterion::Criterion;
use operations::Operation;
use std::time::Duration;

/// Turns of which the median counts.
const TURNS: usize = 21;

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(ProcessCpu)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut operations = operations::all();
    for operation in &mut operations {
        criterion.bench_function(operation.name, |bencher| bencher.iter(|| (operation.run)()));
    }
    criterion.final_summary();
    let asked = |flag: &str| std::env::args().any(|arg| arg == flag);
    if asked("--bench") && !["--list", "--test", "--profile-time"].into_iter().any(asked) {
        print(&mut operations);
    }
}

/// The median time of one identifier in each operation, and the limit's share of it.
fn print(operations: &mut [Operation]) {
    let mut times = vec![Vec::new(); operations.len()];
    for _ in 0..TURNS {
        for (operation, times) in operations.iter_mut().zip(&mut times) {
            times.push(milliseconds(|| (operation.run)()));
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[TURNS / 2] * 1e3 / operations::BATCH as f64
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    println!("| operation, per identifier in a batch of {} | us | limit / this |\n|---|---|---|", operations::BATCH);
    for (operation, time) in operations.iter().zip(&medians) {
        println!("| {} | {time:.1} | {:.2} |", operation.name, medians[0] / time);
    }
}
