//! The query and the release, the same on every engine.

use crate::rows::{HIGH, SEGMENTS, label};
use crate::turn::{Figure, best, tell};
use crate::{Outcome, STATISTICS};
use guildhall_data::{Answer, ColumnSpec, Empty, Engine, Format, Kind, Query, TableSpec, check_row, check_sql};
use guildhall_dp::central::{BoundedBins, BoundedCounts, BoundedSums, Clipping, GroupSum, Mechanism, QuantileQuery};
use guildhall_dp::{Filter, Limit, Loss};

/// Cents between two candidates for the median.
const STEP: i64 = 25;
/// Candidates are 0.00, 0.25, ..., 500.00.
const CANDIDATES: usize = (HIGH / STEP) as usize + 1;

/// `segment` text, `cents` whole numbers.
pub(crate) fn spec() -> TableSpec {
    let column = |name: &str, kind| ColumnSpec { name: name.into(), kind, empty: Empty::Refuse };
    let columns = vec![column("segment", Kind::Text), column("cents", Kind::Integer)];
    TableSpec { columns, format: Format::default(), sheet: None, skip: vec![] }
}

fn query(statistic: &str) -> Outcome<Query> {
    let spec = spec();
    let clipped = format!("case when cents > {HIGH} then {HIGH} else cents end");
    let mut keys = vec![check_row(&spec, "segment")?];
    let mut figures = vec![check_sql(&spec, "count(*)")?];
    match statistic {
        "sum" | "mean" => figures.push(check_sql(&spec, &format!("sum({clipped})"))?),
        "median" => keys.push(check_row(&spec, &format!("({clipped}) / {STEP}"))?),
        _ => {}
    }
    Ok(Query::grouped(&keys, &figures))
}

/// The exact answer: per segment its numbers; for the median, its count in every bin.
fn ask(engine: &dyn Engine, statistic: &str) -> Outcome<Vec<Vec<u64>>> {
    let width = match statistic {
        "count" => 1,
        "median" => CANDIDATES + 1,
        _ => 2,
    };
    let labels: Vec<String> = (0..SEGMENTS).map(label).collect();
    let mut table = vec![vec![0u64; width]; SEGMENTS];
    let number = |answer: &Answer<'_>| match answer {
        Answer::Integer(n) => u64::try_from(*n).unwrap_or(0),
        _ => 0,
    };
    engine.select(&query(statistic)?, &mut |row| {
        let [Answer::Text(segment), numbers @ ..] = row else { return Ok(()) };
        let Some(group) = labels.iter().position(|l| l == segment).and_then(|at| table.get_mut(at)) else {
            return Ok(());
        };
        match (statistic, numbers) {
            // Nothing lies below the first candidate.
            ("median", [bin, count]) => group[number(bin) as usize + 1] = number(count),
            _ => numbers.iter().zip(group).for_each(|(from, to)| *to = number(from)),
        }
        Ok(())
    })?;
    Ok(table)
}

/// Adds the noise and gives the figure of every segment, in the unit of the rows.
fn release(statistic: &str, table: &[Vec<u64>]) -> Outcome<Vec<f64>> {
    let mechanism = Mechanism::Laplace { epsilon: "1".parse()? };
    let mut budget = Filter::new(Limit::Approx { loss: Loss::of("1".parse()?, 0, 0), delta_bits: 40 })?;
    match statistic {
        "count" => {
            let counts = BoundedCounts::of_rows(SEGMENTS, 1, table.concat())?.release(mechanism, &mut budget)?;
            Ok((0..SEGMENTS).filter_map(|group| counts.raw(group)?.first().map(|n| *n as f64)).collect())
        }
        "median" => {
            let candidates = (0..CANDIDATES as i64).map(|index| index * STEP).collect();
            let query = QuantileQuery { probabilities: vec!["1/2".parse()?], mechanism };
            let bins = BoundedBins::of_rows(candidates, SEGMENTS, table.concat())?.release(&query, &mut budget)?;
            (0..SEGMENTS).map(|group| Ok(bins.quantile(group, 0)?.base.value / 100.0)).collect()
        }
        _ => {
            let group = |row: &Vec<u64>| GroupSum { count: row[0], sum: i128::from(row[1]) };
            let groups: Vec<GroupSum> = table.iter().map(group).collect();
            let sums = BoundedSums::of_rows(0, HIGH, &groups)?.release(mechanism, &mut budget)?;
            let sum = |group| sums.raw(group).map_or(f64::NAN, |(sum, _)| sum as f64 / 100.0);
            if statistic == "sum" {
                return Ok((0..SEGMENTS).map(sum).collect());
            }
            (0..SEGMENTS).map(|group| Ok(sums.mean(group, None, Clipping::Unbounded)?.base.value / 100.0)).collect()
        }
    }
}

/// The figure without noise, to judge the error by; of the median, to the cent within its bin.
fn truth(statistic: &str, table: &[Vec<u64>]) -> Vec<f64> {
    let one = |row: &Vec<u64>| match statistic {
        "count" => row[0] as f64,
        "sum" => row[1] as f64 / 100.0,
        "mean" => row[1] as f64 / row[0] as f64 / 100.0,
        _ => {
            let half = row.iter().sum::<u64>() as f64 / 2.0;
            let mut below = 0.0;
            for (bin, count) in row.iter().enumerate() {
                if below + *count as f64 >= half {
                    let inside = (half - below) / *count as f64;
                    return (bin as f64 - 1.0 + inside) * STEP as f64 / 100.0;
                }
                below += *count as f64;
            }
            f64::NAN
        }
    };
    table.iter().map(one).collect()
}

fn error(released: &[f64], truth: &[f64]) -> f64 {
    released.iter().zip(truth).map(|(a, b)| (a - b).abs()).sum::<f64>() / truth.len() as f64
}

/// Times the private query, the query it is made of without the release, and the release by itself.
fn measure(engine: &dyn Engine, statistic: &str, turns: usize) -> Outcome<[Figure; 3]> {
    let table = ask(engine, statistic)?;
    let truth = truth(statistic, &table);
    // In turn, so that a machine that becomes busier is so for both.
    let whole = || ask(engine, statistic).and_then(|table| release(statistic, &table));
    let (mut private, mut same) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        same.push(best(1, || ask(engine, statistic), |_| 0.0)?);
        private.push(best(1, whole, |released| error(released, &truth))?);
    }
    let alone = best(turns, || release(statistic, &table), |_| 0.0)?;
    Ok([Figure::least(&private), Figure::least(&same), alone])
}

/// As [`measure`], telling the parent.
pub(crate) fn tell_one(engine: &dyn Engine, statistic: &str, turns: usize) -> Outcome<()> {
    let figures = measure(engine, statistic, turns)?;
    for (what, figure) in ["private", "same", "release"].into_iter().zip(figures) {
        tell(what, statistic, figure);
    }
    Ok(())
}

/// As [`tell_one`], for every statistic.
pub(crate) fn tell_all(engine: &dyn Engine, turns: usize) -> Outcome<()> {
    for statistic in STATISTICS {
        tell_one(engine, statistic, turns)?;
    }
    Ok(())
}
