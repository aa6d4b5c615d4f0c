//! The table of `docs/performance.md`, put together from what the workers tell.

use crate::rows::count;
use crate::turn::{Figure, told};
use crate::{Outcome, STATISTICS};
use std::collections::BTreeMap;
use std::process::Command;

type Figures = BTreeMap<(String, String), Figure>;

/// Runs every worker and prints its figures.
pub(crate) fn print() -> Outcome<()> {
    println!("{} rows; CPU seconds, the least of several turns\n", count());
    #[cfg(feature = "datafusion")]
    {
        let mut figures = Figures::new();
        for statistic in STATISTICS {
            figures.extend(worker(&["datafusion", "native", statistic])?);
            figures.extend(worker(&["datafusion", "private", statistic])?);
        }
        engine("DataFusion, from Parquet", &figures);
        limits(&worker(&["limit"])?);
    }
    let mut figures = worker(&["sqlite", "native"])?;
    figures.extend(worker(&["sqlite", "private"])?);
    engine("SQLite, in memory", &figures);
    Ok(())
}

fn worker(words: &[&str]) -> Outcome<Figures> {
    let output = Command::new(std::env::current_exe()?).arg("worker").args(words).output()?;
    if !output.status.success() {
        return Err(format!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(told).collect())
}

fn engine(name: &str, figures: &Figures) {
    println!(
        "{name}\n\n| statistic | without privacy CPU | query CPU | release CPU | private CPU | private / without | private wall | memory MB | error |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for statistic in STATISTICS {
        let of = |what: &str| figures.get(&(what.to_owned(), statistic.to_owned())).copied();
        let found = of("native").zip(of("same")).zip(of("private")).zip(of("release"));
        let Some((((native, same), private), release)) = found else { continue };
        // The query of a private median is a histogram; without privacy one would ask for the median.
        let without = if name.starts_with("SQLite") && statistic != "median" { same } else { native };
        println!(
            "| {statistic} | {:.3} | {:.3} | {:.3} | {:.3} | {:.2} | {:.3} | {:.0} | {:.4} |",
            without.cpu,
            same.cpu,
            release.cpu,
            private.cpu,
            private.cpu / without.cpu,
            private.wall,
            private.memory,
            private.error,
        );
    }
    println!();
}

#[cfg(feature = "datafusion")]
fn limits(figures: &Figures) {
    println!("| what cannot be avoided | CPU |\n|---|---|");
    for ((_, what), figure) in figures {
        println!("| {what} | {:.3} |", figure.cpu);
    }
    println!();
}
