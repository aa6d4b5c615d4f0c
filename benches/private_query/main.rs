//! What privacy costs on top of a query: count, sum, mean and median of 10 million rows in 20 groups.
//!
//! Each figure comes from a process of its own, so that memory is that of one query. *Private* is the query through
//! `guildhall-data` and the release through `guildhall-dp`; *query* and *release* are the two by themselves. *Without*
//! privacy one asks DataFusion itself, without any of our code; SQLite through `guildhall-data` for the same count, sum or
//! mean, and for the exact median by a window function, for which the private query counts a histogram instead. CPU time is
//! that of all threads of the process, the least of several turns; loading is outside, reading Parquet is inside.
//!
//! `cargo bench -p guildhall --bench private_query --features datafusion`; rows from `GUILDHALL_ROWS`. The peers are measured by
//! `benches/peers/private_query.py` on rows of the same distribution.

#[cfg(feature = "datafusion")]
mod fusion;
#[cfg(feature = "datafusion")]
mod limit;
mod private;
mod rows;
mod sqlite;
mod table;
mod turn;

use std::error::Error;

/// Anything that goes wrong ends the bench.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// What is asked.
const STATISTICS: [&str; 4] = ["count", "sum", "mean", "median"];

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["worker", rest @ ..] => work(rest),
        // `cargo test --benches` and lists pass other flags and want no table.
        _ if words.contains(&"--bench") && !words.contains(&"--list") => table::print(),
        _ => Ok(()),
    }
}

fn work(words: &[&str]) -> Outcome<()> {
    match words {
        ["sqlite", "private"] => sqlite::private(),
        ["sqlite", "native"] => sqlite::native(),
        #[cfg(feature = "datafusion")]
        ["datafusion", "private", statistic] => fusion::private(statistic),
        #[cfg(feature = "datafusion")]
        ["datafusion", "native", statistic] => fusion::native(statistic),
        #[cfg(feature = "datafusion")]
        ["limit"] => limit::measure(),
        _ => Err(format!("no such worker: {words:?}").into()),
    }
}
