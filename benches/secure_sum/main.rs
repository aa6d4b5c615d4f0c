//! What a contribution costs next to the Prio3 of the `prio` crate, in CPU time of this process.
//!
//! `cargo bench --bench secure_sum` runs every operation under criterion and then prints the ratios of
//! `docs/performance.md`. For the ratios all operations take turns, so that a machine that slows down
//! slows all of them. Not here: signatures, logs, noise, files; `docs/performance.md` has the whole run.

mod clock;
mod limits;
mod operations;
mod table;

use clock::ProcessCpu;
use criterion::Criterion;
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(ProcessCpu)
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut operations = operations::all();
    for operation in &mut operations {
        let name = operation.name.clone();
        criterion.bench_function(&name, |bencher| bencher.iter(|| (operation.run)()));
    }
    criterion.final_summary();
    // `cargo test --benches`, lists and profiles pass other flags and want no table.
    let asked = |flag: &str| std::env::args().any(|arg| arg == flag);
    if asked("--bench") && !["--list", "--test", "--profile-time"].into_iter().any(asked) {
        table::print(&mut operations);
    }
}
