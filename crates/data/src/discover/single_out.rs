//! How far combinations of columns single people out.
//!
//! A row is singled out by columns if no other row has the same values there (the Article 29 Working Party's opinion
//! 05/2014 calls it singling out; Sweeney 2000 measured it for date of birth, sex and postal code). The search is
//! greedy: it adds the column that singles out most further rows, then leaves out what turned out not to be needed.
//!
//! Assumption: the rows at hand are the population. In a larger one fewer people stand alone.

use serde::Serialize;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// Most cells kept, eight bytes each.
const CELLS: usize = 4 << 20;
/// Most rows compared.
const ROWS: usize = 50_000;
/// Most columns in a combination.
const DEEPEST: usize = 6;
/// Where adding columns stops: nearly everybody is singled out already.
const ENOUGH: f64 = 0.95;

/// A uniform sample of rows, as hashes (Vitter 1985, algorithm R, with a fixed generator).
pub(crate) struct Rows {
    width: usize,
    room: usize,
    seen: u64,
    state: u64,
    cells: Vec<u64>,
}

impl Rows {
    pub(crate) fn new(width: usize) -> Self {
        let room = (CELLS / width.max(1)).clamp(1, ROWS);
        Self { width, room, seen: 0, state: 0x9e37_79b9_7f4a_7c15, cells: Vec::new() }
    }

    /// Takes a row in, as hashes of its cells.
    pub(crate) fn push(&mut self, hashes: &[u64]) {
        if hashes.len() != self.width || self.width == 0 {
            return;
        }
        self.seen += 1;
        if self.len() < self.room {
            self.cells.extend_from_slice(hashes);
            return;
        }
        // SplitMix64 (Steele et al. 2014); which rows are looked at is no secret.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let place = usize::try_from((z ^ (z >> 31)) % self.seen).unwrap_or(usize::MAX);
        if let Some(row) = self.cells.chunks_exact_mut(self.width).nth(place) {
            row.copy_from_slice(hashes);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    fn column(&self, column: usize) -> impl Iterator<Item = u64> {
        self.cells.iter().skip(column).step_by(self.width.max(1)).copied()
    }
}

/// What single columns and combinations of them do.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SinglingOut {
    /// How many rows were compared.
    pub rows: u64,
    /// The columns looked at, the one that singles out most first.
    pub columns: Vec<AloneSinglesOut>,
    /// Each column added to the ones before, with the share of rows that are then alone.
    pub steps: Vec<Step>,
    /// The columns that are needed for the last share.
    pub combination: Vec<String>,
    /// The share of rows that the combination singles out.
    pub share: f64,
}

/// One column by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AloneSinglesOut {
    /// Its header.
    pub column: String,
    /// Distinct values among the rows compared.
    pub distinct: u64,
    /// The share of rows whose value no other row has.
    pub share: f64,
    /// The share of rows that nobody would single out any more by all columns without this one.
    pub needed: f64,
}

/// One column added.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The column added.
    pub column: String,
    /// The share of rows that all columns so far single out.
    pub share: f64,
}

/// Ranks columns by what they and their combinations single out.
pub(crate) fn rank(rows: &Rows, columns: &[(usize, &str)]) -> SinglingOut {
    let count = rows.len();
    if count < 2 || columns.is_empty() {
        return SinglingOut { rows: count as u64, ..SinglingOut::default() };
    }
    let (steps, chosen) = greedy(rows, columns);
    let combination = prune(rows, chosen);
    let named =
        |column: usize| columns.iter().find(|(place, _)| *place == column).map_or("", |(_, name)| name).to_owned();
    let all: Vec<usize> = columns.iter().map(|(column, _)| *column).collect();
    let together = alone(rows, &all);
    let mut single: Vec<AloneSinglesOut> = columns
        .iter()
        .map(|(column, name)| {
            let others: Vec<usize> = all.iter().copied().filter(|other| other != column).collect();
            let classes = classes(rows, &[*column]);
            AloneSinglesOut {
                column: (*name).to_owned(),
                distinct: u64::from(classes.1),
                share: share(&classes, count),
                needed: (together - alone(rows, &others)).max(0.0),
            }
        })
        .collect();
    single.sort_by(|a, b| {
        (b.share, b.needed, b.distinct)
            .partial_cmp(&(a.share, a.needed, a.distinct))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    SinglingOut {
        rows: count as u64,
        columns: single,
        steps: steps.into_iter().map(|(column, share)| Step { column: named(column), share }).collect(),
        share: alone(rows, &combination),
        combination: combination.into_iter().map(named).collect(),
    }
}

/// Adds the column that singles out most, again and again.
fn greedy(rows: &Rows, columns: &[(usize, &str)]) -> (Vec<(usize, f64)>, Vec<usize>) {
    let (mut steps, mut chosen) = (Vec::new(), Vec::new());
    let mut current: Classes = (vec![0; rows.len()], 1);
    let mut reached = -1.0;
    while chosen.len() < DEEPEST && reached < ENOUGH {
        let left = columns.iter().map(|(column, _)| *column).filter(|column| !chosen.contains(column));
        let best = left
            .map(|column| {
                let classes = refine(&current, rows.column(column));
                (share(&classes, rows.len()), classes.1, column, classes)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(b.2.cmp(&a.2)));
        let Some((share, count, column, classes)) = best.filter(|(_, count, ..)| *count > current.1) else { break };
        debug_assert!(count > current.1);
        (reached, current) = (share, classes);
        chosen.push(column);
        steps.push((column, share));
    }
    (steps, chosen)
}

/// Leaves out columns without which nearly as many rows are singled out.
fn prune(rows: &Rows, mut chosen: Vec<usize>) -> Vec<usize> {
    let all = alone(rows, &chosen);
    for column in chosen.clone() {
        let without: Vec<usize> = chosen.iter().copied().filter(|other| *other != column).collect();
        if !without.is_empty() && alone(rows, &without) >= all - 0.001 {
            chosen = without;
        }
    }
    chosen
}

/// For each row the class of rows with the same values, and how many classes there are.
type Classes = (Vec<u32>, u32);

fn classes(rows: &Rows, columns: &[usize]) -> Classes {
    columns.iter().fold((vec![0; rows.len()], 1), |classes, column| refine(&classes, rows.column(*column)))
}

fn refine(classes: &Classes, column: impl Iterator<Item = u64>) -> Classes {
    let mut next = 0;
    let mut seen: HashMap<(u32, u64), u32, BuildHasherDefault<DefaultHasher>> = HashMap::default();
    let mut class = |pair| {
        *seen.entry(pair).or_insert_with(|| {
            next += 1;
            next - 1
        })
    };
    let refined = classes.0.iter().copied().zip(column).map(&mut class).collect();
    (refined, next)
}

fn alone(rows: &Rows, columns: &[usize]) -> f64 {
    share(&classes(rows, columns), rows.len())
}

/// The share of rows that are the only one of their class.
#[expect(clippy::cast_precision_loss, reason = "counts of a sample are far below 2^52")]
fn share((classes, count): &Classes, rows: usize) -> f64 {
    let mut sizes = vec![0u32; *count as usize];
    classes.iter().for_each(|class| sizes[*class as usize] += 1);
    sizes.iter().filter(|size| **size == 1).count() as f64 / rows.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &[[u64; 3]]) -> Rows {
        let mut rows = Rows::new(3);
        table.iter().for_each(|row| rows.push(row));
        rows
    }

    const COLUMNS: [(usize, &str); 3] = [(0, "a"), (1, "b"), (2, "c")];

    #[test]
    fn two_columns_single_out_what_neither_does_alone() {
        let table = rows(&[[1, 1, 0], [1, 2, 0], [2, 1, 0], [2, 2, 0]]);
        let found = rank(&table, &COLUMNS);
        assert_eq!(found.combination, ["a", "b"]);
        assert!((found.share - 1.0).abs() < 1e-12);
        assert!(found.columns.iter().all(|column| column.share.abs() < 1e-12));
        assert_eq!(found.steps.len(), 2, "c adds nothing");
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        // b is chosen first, since it singles out one row; a and c then do all of it without b.
        let table = rows(&[[1, 9, 1], [1, 1, 2], [2, 1, 1], [2, 2, 2], [3, 2, 1], [3, 2, 2]]);
        let found = rank(&table, &COLUMNS);
        assert_eq!(found.combination, ["a", "c"]);
    }

    #[test]
    fn nothing_to_rank() {
        assert_eq!(rank(&rows(&[[1, 2, 3]]), &COLUMNS).share, 0.0);
        assert!(rank(&rows(&[[1, 2, 3], [1, 2, 3]]), &[]).columns.is_empty());
    }

    #[test]
    fn the_sample_is_bounded() {
        let mut rows = Rows::new(100);
        let row = vec![7; 100];
        (0..60_000).for_each(|_| rows.push(&row));
        assert!(rows.len() <= CELLS / 100 && rows.seen == 60_000);
    }
}
