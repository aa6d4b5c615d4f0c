//! Checking written rows again, from their text alone, by other code than that which made them.
//!
//! Rows are read back from the file, grouped as texts in ordered maps, and every rule is computed from its definition
//! in floating point: nothing here is shared with the grouping, the counting or the search. What cannot be seen in the
//! output, the distribution of sensitive values over all rows of the input, is handed in as counted texts.

use crate::hierarchy::Hierarchy;
use crate::rule::Rule;
use crate::task::PopulationRule;
use crate::{Column, Error, Table};
use std::collections::BTreeMap;
use std::io::Read;

/// Slack for sums of floating-point shares, relative.
const SLACK: f64 = 1e-9;

/// What written rows must keep.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    columns: Vec<String>,
    quasi: Vec<String>,
    k: u64,
    rows: u64,
    allowed: u64,
    sensitive: Vec<SensitiveDemand>,
}

#[derive(Clone, Debug)]
struct SensitiveDemand {
    column: String,
    rules: Vec<Rule>,
    /// How many rows of the input hold each value.
    whole: BTreeMap<String, u64>,
    /// The path of each value to the top of its hierarchy.
    paths: BTreeMap<String, Vec<String>>,
}

/// Proof that written rows were read back and keep what was demanded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "rows may be put in place only with this in hand"]
pub struct Verified {
    /// Rows that were read back.
    pub rows: u64,
    /// Classes they make.
    pub classes: u64,
    /// The smallest of them.
    pub smallest: u64,
}

impl Demand {
    /// Columns in order, quasi-identifiers, k; `rows` is how many the input had, `allowed` how many may lack.
    pub fn new(columns: &[&str], quasi: &[&str], k: u64, rows: u64, allowed: u64) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { columns: owned(columns), quasi: owned(quasi), k, rows, allowed, sensitive: Vec::new() }
    }

    /// Adds the rules of a sensitive column, with the input's column as reference.
    #[must_use]
    pub fn sensitive(mut self, column: &Column, rules: &[Rule], tree: Option<&Hierarchy>) -> Self {
        let (mut whole, mut paths) = (BTreeMap::new(), BTreeMap::new());
        (0..column.codes().len()).for_each(|row| *whole.entry(column.value(row).to_owned()).or_default() += 1);
        for (code, value) in column.values().iter().enumerate().filter(|_| tree.is_some()) {
            let path = (0..tree.map_or(0, Hierarchy::levels))
                .filter_map(|level| tree.map(|tree| tree.label(level, code as u32).to_owned()));
            paths.insert(value.clone(), path.collect());
        }
        self.sensitive.push(SensitiveDemand { column: column.name().to_owned(), rules: rules.to_vec(), whole, paths });
        self
    }

    /// Reads written rows back and checks every demand.
    ///
    /// # Errors
    /// The first demand that is not kept, or why the text cannot be read.
    pub fn verify(&self, written: impl Read, delimiter: u8) -> Result<Verified, Error> {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(written);
        let unreadable = |error: csv::Error| Error::Unreadable { what: error.to_string() };
        let header: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
        if header != self.columns {
            return broken(format!("the columns are {header:?}, not {:?}", self.columns));
        }
        let at = |name: &String| header.iter().position(|column| column == name);
        let quasi: Option<Vec<usize>> = self.quasi.iter().map(at).collect();
        let sensitive: Option<Vec<usize>> = self.sensitive.iter().map(|demand| at(&demand.column)).collect();
        let Some((quasi, sensitive)) = quasi.zip(sensitive) else {
            return broken("a quasi-identifier or a sensitive column is missing".to_owned());
        };
        let mut classes: BTreeMap<Vec<String>, Vec<Vec<String>>> = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            let fields = |places: &[usize]| places.iter().map(|at| record[*at].to_owned()).collect();
            classes.entry(fields(&quasi)).or_default().push(fields(&sensitive));
        }
        self.judge(&classes)
    }

    fn judge(&self, classes: &BTreeMap<Vec<String>, Vec<Vec<String>>>) -> Result<Verified, Error> {
        let rows: u64 = classes.values().map(|rows| rows.len() as u64).sum();
        let smallest = classes.values().map(|rows| rows.len() as u64).min().unwrap_or_default();
        if rows == 0 || rows > self.rows || self.rows - rows > self.allowed {
            return broken(format!("{rows} of {} rows are written, and {} may lack", self.rows, self.allowed));
        }
        if smallest < self.k {
            return broken(format!("a class has {smallest} rows, fewer than k = {}", self.k));
        }
        for (at, demand) in self.sensitive.iter().enumerate() {
            for rows in classes.values() {
                let values: Vec<&str> = rows.iter().map(|row| row[at].as_str()).collect();
                demand.check(&values)?;
            }
        }
        Ok(Verified { rows, classes: classes.len() as u64, smallest })
    }
}

fn broken<T>(what: String) -> Result<T, Error> {
    Err(Error::Broken { what })
}

impl SensitiveDemand {
    fn check(&self, values: &[&str]) -> Result<(), Error> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        values.iter().for_each(|value| *counts.entry(value).or_default() += 1);
        if let Some(stranger) = counts.keys().find(|value| !self.whole.contains_key(**value)) {
            return broken(format!("{:?} holds {stranger:?}, which the input does not", self.column));
        }
        for rule in &self.rules {
            let (found, kept) = self.judge(*rule, &counts);
            if !kept {
                return broken(format!(
                    "{:?} breaks {rule:?} in a class of {} rows: {found}",
                    self.column,
                    values.len()
                ));
            }
        }
        Ok(())
    }

    /// The figure behind a rule, from its definition, and whether it is within the limit.
    fn judge(&self, rule: Rule, counts: &BTreeMap<&str, u64>) -> (f64, bool) {
        let size: u64 = counts.values().sum();
        let total: u64 = self.whole.values().sum();
        let p = |value: &str| counts.get(value).map_or(0.0, |count| *count as f64 / size as f64);
        let q = |value: &str| self.whole.get(value).map_or(0.0, |count| *count as f64 / total as f64);
        let values = || self.whole.keys().map(String::as_str);
        let at_most = |found: f64, limit: f64| (found, found <= limit + SLACK * limit.abs().max(1.0));
        let gain = |value: &str| (p(value) - q(value)) / q(value);
        match rule {
            Rule::DistinctL(l) => (counts.len() as f64, counts.len() as u64 >= u64::from(l)),
            Rule::EntropyL(l) => {
                let bits: f64 = counts.keys().map(|value| -p(value) * p(value).log2()).sum();
                (bits.exp2(), bits.exp2() >= l * (1.0 - SLACK))
            }
            Rule::RecursiveL { c, l } => {
                let mut sorted: Vec<u64> = counts.values().copied().collect();
                sorted.sort_unstable();
                let rest: u64 = sorted.iter().rev().skip(l as usize - 1).sum();
                let most = sorted.last().copied().unwrap_or_default();
                (most as f64 / rest as f64, (most as f64) < c * rest as f64)
            }
            Rule::EqualT(t) => at_most(values().map(|value| (p(value) - q(value)).abs()).sum::<f64>() / 2.0, t),
            Rule::OrderedT(t) => at_most(ordered(values().map(|value| (value, p(value) - q(value))).collect()), t),
            Rule::HierarchicalT(t) => at_most(self.hierarchical(&|value| p(value) - q(value)), t),
            Rule::Alpha(alpha) => at_most(counts.keys().map(|value| p(value)).fold(0.0, f64::max), alpha),
            Rule::Beta(beta) => at_most(counts.keys().map(|value| gain(value)).fold(0.0, f64::max), beta),
            Rule::EnhancedBeta(beta) => {
                let over = counts.keys().map(|value| (gain(value), beta.min(-q(value).ln())));
                let worst = over.filter(|(gain, _)| *gain > SLACK).find(|(gain, most)| *gain > most + SLACK);
                worst.map_or((0.0, true), |(gain, _)| (gain, false))
            }
            Rule::Delta(delta) => {
                at_most(counts.keys().map(|value| (p(value).ln() - q(value).ln()).abs()).fold(0.0, f64::max), delta)
            }
        }
    }

    /// The cost of moving shares along the paths of the hierarchy: half the sum over all nodes below the top of what
    /// must pass through them, over the number of steps from a value to the top.
    fn hierarchical(&self, extra: &dyn Fn(&str) -> f64) -> f64 {
        let height = self.paths.values().map(Vec::len).max().unwrap_or(1);
        let mut through: BTreeMap<(usize, &str), f64> = BTreeMap::new();
        for value in self.whole.keys() {
            for (level, label) in self.paths.get(value).into_iter().flatten().enumerate() {
                *through.entry((level, label)).or_default() += extra(value);
            }
        }
        let tops = through.keys().filter(|(level, _)| *level + 1 == height).count();
        // Two values meet `h` levels up at the cost `h`, so that each of the two paths below pays a half per step.
        let steps = if tops > 1 { height } else { height - 1 };
        let moved: f64 = through.iter().filter(|((level, _), _)| *level < steps).map(|(_, extra)| extra.abs()).sum();
        moved / 2.0 / steps.max(1) as f64
    }
}

/// The cost of moving shares along ordered numbers.
fn ordered(extras: Vec<(&str, f64)>) -> f64 {
    let mut by_number: Vec<(f64, f64)> =
        extras.iter().map(|(value, extra)| (value.trim().parse().unwrap_or(f64::NAN), *extra)).collect();
    by_number.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut carried, mut moved) = (0.0, 0.0f64);
    for (_, extra) in &by_number {
        carried += extra;
        moved += f64::abs(carried);
    }
    if by_number.len() > 1 { moved / (by_number.len() - 1) as f64 } else { 0.0 }
}

/// Checks rules on a population again: each class of written rows against people whose values lie under its texts.
///
/// # Errors
/// The first rule that is not kept.
pub fn verify_population(
    written: &Table,
    quasi: &[&str],
    people: &[Vec<String>],
    rules: &[PopulationRule],
) -> Result<(), Error> {
    let columns = written.select(quasi)?;
    let mut classes: BTreeMap<Vec<&str>, (u64, u64)> = BTreeMap::new();
    for row in 0..written.rows() {
        classes.entry(columns.iter().map(|column| column.value(row)).collect()).or_default().0 += 1;
    }
    for person in people {
        classes.entry(person.iter().map(String::as_str).collect()).or_default().1 += 1;
    }
    for (rows, people) in classes.values() {
        for rule in rules {
            let presence = *rows as f64 / (*people).max(1) as f64;
            let kept = match rule {
                PopulationRule::KMap(k) => *rows == 0 || people >= k,
                PopulationRule::Presence { low, high } => {
                    *rows == 0 || (*low - SLACK..=*high + SLACK).contains(&presence)
                }
            };
            if !kept {
                return broken(format!("{rule:?}: {rows} rows stand for {people} people"));
            }
        }
    }
    Ok(())
}
