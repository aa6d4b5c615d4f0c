//! Each group of rows as coarse as it needs to be.
//!
//! Source: LeFevre, DeWitt, Ramakrishnan, ICDE 2006 (strict multidimensional partitioning). A group of rows is split
//! in two at the median of a column of numbers, or into the groups of the next finer level of a hierarchy, as long as
//! every part keeps the rules; the column in which the group is widest comes first. The result is good, not the best.
//!
//! Not here: leaving rows out, rules on a population.

use crate::group::Grouping;
use crate::spread::Spread;
use crate::task::{Partition, Task};
use crate::{Error, Hierarchy};
use std::collections::BTreeMap;

/// Rows that become one class, with what is written for each quasi-identifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The rows, in order.
    pub rows: Vec<u32>,
    /// For each quasi-identifier, its text.
    pub labels: Vec<String>,
    /// For each quasi-identifier, the share of all values the text may stand for.
    pub(crate) shares: Vec<f64>,
}

/// Splits the rows of a task as far as its rules allow.
///
/// # Errors
/// If all rows together do not keep the rules, or there are rules on a population.
pub fn mondrian(task: &Task<'_>) -> Result<Vec<Part>, Error> {
    if task.people > 0 {
        let (rule, remedy) = ("a rule on a population", "write search = \"lattice\"");
        return Err(Error::Unsupported { rule, search: "mondrian", remedy });
    }
    let all: Vec<u32> = (0..task.rows as u32).collect();
    if !keeps(task, &all) {
        return Err(Error::NoSolution { allowed: 0 });
    }
    let (mut open, mut done) = (vec![all], Vec::new());
    while let Some(rows) = open.pop() {
        match split(task, &rows) {
            Some(parts) => open.extend(parts),
            None => done.push(part(task, rows)),
        }
    }
    done.sort_by_key(|part| part.rows.first().copied());
    Ok(done)
}

/// The first split that every part survives, widest column first.
fn split(task: &Task<'_>, rows: &[u32]) -> Option<Vec<Vec<u32>>> {
    if (rows.len() as u64) < task.k.saturating_mul(2) {
        return None;
    }
    let mut columns: Vec<(f64, usize)> = (0..task.quasi.len()).map(|at| (width(task, rows, at), at)).collect();
    columns.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let candidates = columns.into_iter().filter(|(width, _)| *width > 0.0);
    candidates.filter_map(|(_, at)| parts_of(task, rows, at)).find(|parts| parts.iter().all(|rows| keeps(task, rows)))
}

/// The share of the column's values that these rows may stand for; 0 where they all have the same.
fn width(task: &Task<'_>, rows: &[u32], at: usize) -> f64 {
    let (column, hierarchy) = task.quasi[at];
    let codes = column.codes();
    let first = codes[rows[0] as usize];
    if rows.iter().all(|row| codes[*row as usize] == first) {
        return 0.0;
    }
    match hierarchy.numbers() {
        Some(numbers) => {
            let (low, high) = ends(numbers, rows.iter().map(|row| codes[*row as usize]));
            let (least, most) = ends(numbers, 0..numbers.len() as u32);
            if low.is_finite() {
                ((high - low) / (most - least.max(f64::MIN))).clamp(f64::MIN_POSITIVE, 1.0)
            } else {
                1.0
            }
        }
        None => {
            let level = hierarchy.at(common(hierarchy, codes, rows));
            level.share[level.of[first as usize] as usize]
        }
    }
}

fn ends(numbers: &[f64], codes: impl Iterator<Item = u32>) -> (f64, f64) {
    codes
        .map(|code| numbers[code as usize])
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)))
}

/// The finest level at which all rows have one text; the number of levels if there is none.
fn common(hierarchy: &Hierarchy, codes: &[u32], rows: &[u32]) -> usize {
    let first = codes[rows[0] as usize] as usize;
    let same = |level: &usize| {
        let of = &hierarchy.at(*level).of;
        rows.iter().all(|row| of[codes[*row as usize] as usize] == of[first])
    };
    (0..hierarchy.levels()).find(same).unwrap_or(hierarchy.levels())
}

fn parts_of(task: &Task<'_>, rows: &[u32], at: usize) -> Option<Vec<Vec<u32>>> {
    let (column, hierarchy) = task.quasi[at];
    let codes = column.codes();
    if let Some(numbers) = hierarchy.numbers() {
        let mut values: Vec<f64> = rows.iter().map(|row| numbers[codes[*row as usize] as usize]).collect();
        values.sort_by(f64::total_cmp);
        let median = values[values.len() / 2];
        // Rows at the median go where they leave the parts most even, but all to one side.
        let below = values.partition_point(|value| *value < median);
        let upto = values.partition_point(|value| *value <= median);
        let middle = values.len() / 2;
        let inclusive = below == 0 || (upto < values.len() && upto.abs_diff(middle) < below.abs_diff(middle));
        let low = |row: &&u32| {
            let value = numbers[codes[**row as usize] as usize];
            value < median || (inclusive && value <= median)
        };
        let (low, high): (Vec<&u32>, Vec<&u32>) = rows.iter().partition(low);
        let parts = [low, high].map(|part| part.into_iter().copied().collect::<Vec<u32>>());
        return parts.iter().all(|part| !part.is_empty()).then(|| parts.into());
    }
    let level = common(hierarchy, codes, rows).checked_sub(1)?;
    let of = &hierarchy.at(level).of;
    let mut parts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    rows.iter().for_each(|row| parts.entry(of[codes[*row as usize] as usize]).or_default().push(*row));
    (parts.len() > 1).then(|| parts.into_values().collect())
}

/// Whether these rows as one class keep every rule.
fn keeps(task: &Task<'_>, rows: &[u32]) -> bool {
    if (rows.len() as u64) < task.k {
        return false;
    }
    let one = Grouping { of: vec![0; rows.len()], first: vec![0] };
    let spread = |codes: &[u32]| {
        let codes: Vec<u32> = rows.iter().map(|row| codes[*row as usize]).collect();
        Spread::of(&one, &codes)
    };
    let spreads = task.sensitive.iter().map(|sensitive| spread(sensitive.column.codes())).collect();
    let class = Partition { first: vec![rows[0]], sizes: vec![rows.len() as u64], people: Vec::new(), spreads };
    class.keeps(0, task)
}

fn part(task: &Task<'_>, rows: Vec<u32>) -> Part {
    let (labels, shares) = (0..task.quasi.len()).map(|at| written(task, &rows, at)).unzip();
    Part { rows, labels, shares }
}

/// What is written for these rows: the value, the ends of their numbers, or the text of their common level.
fn written(task: &Task<'_>, rows: &[u32], at: usize) -> (String, f64) {
    let (column, hierarchy) = task.quasi[at];
    let codes = column.codes();
    let level = common(hierarchy, codes, rows);
    let first = codes[rows[0] as usize];
    let single = 1.0 / hierarchy.domain().max(1) as f64;
    if level == 0 {
        return (hierarchy.label(0, first).to_owned(), single);
    }
    let Some(numbers) = hierarchy.numbers() else {
        if level == hierarchy.levels() {
            return (crate::hierarchy::ANY.to_owned(), 1.0);
        }
        let groups = hierarchy.at(level);
        return (hierarchy.label(level, first).to_owned(), groups.share[groups.of[first as usize] as usize]);
    };
    let by_number = |a: &&u32, b: &&u32| {
        let number = |row: &u32| numbers[codes[*row as usize] as usize];
        number(a).total_cmp(&number(b))
    };
    let end = |row: Option<&u32>| row.map_or("", |row| column.value(*row as usize).trim());
    let (low, high) = (end(rows.iter().min_by(by_number)), end(rows.iter().max_by(by_number)));
    let (least, most) = ends(numbers, rows.iter().map(|row| codes[*row as usize]));
    let within = numbers.iter().filter(|number| (least..=most).contains(*number)).count();
    let label = if low.is_empty() { format!("none or up to {high}") } else { format!("{low} to {high}") };
    (label, within as f64 * single)
}
