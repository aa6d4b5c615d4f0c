//! A small release pipeline of which any one step can be spoiled: bound, clip, total, noise, publish.

use super::Flaw;
use super::noise::{discrete_laplace, naive_laplace, polya_difference};
use crate::{Error, NoiseScale};
use guildhall_kpi::Rational;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// Largest amount that one unit may add.
pub(super) const LIMIT: i64 = 10;

/// Groups whose keys are public.
const GROUPS: u8 = 3;

/// Noisy counts of unknown keys below this are withheld; at epsilon 1 that costs a delta of at most `1e-6`
/// (`tau = 1 + ceil(ln(1 / ((1 + a) delta)) / epsilon)`, section 3.3 of the note).
const DELTA: f64 = 1e-6;

/// One row of data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Whose it is.
    pub(super) unit: u32,
    /// Its group.
    pub(super) group: u8,
    /// Its amount.
    pub(super) amount: i64,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// The number of units.
    Count,
    /// The number of units, twice, with half of epsilon each.
    Twice,
    /// The sum of amounts, a unit's total clipped.
    Sum,
    /// The number of units in every group, a unit in one group only.
    Groups,
    /// The same for one unknown key: whether it is published, and its count.
    Keys,
    /// The number of units in each of two bins, where neighbours have a unit in another bin.
    Bins,
}

impl Query {
    /// The most that one unit changes.
    pub(super) const fn sensitivity(self) -> u64 {
        match self {
            Self::Sum => LIMIT as u64,
            Self::Twice | Self::Bins => 2,
            Self::Count | Self::Groups | Self::Keys => 1,
        }
    }

    /// Figures per output.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Count | Self::Sum => 1,
            Self::Twice | Self::Keys | Self::Bins => 2,
            Self::Groups => GROUPS as usize,
        }
    }

    /// What it asks, in one line.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Count => "a count",
            Self::Twice => "two counts that share epsilon",
            Self::Sum => "a sum of clipped amounts",
            Self::Groups => "counts per group",
            Self::Keys => "counts of unknown keys, small ones withheld",
            Self::Bins => "a histogram, one unit changes its bin",
        }
    }
}

/// A query with noise, perhaps flawed.
pub(super) struct Pipeline {
    flaw: Option<Flaw>,
    query: Query,
    epsilon: f64,
    scale: f64,
}

impl Pipeline {
    pub(super) fn new(flaw: Option<Flaw>, query: Query, epsilon: Rational) -> Result<Self, Error> {
        let calibrated = if flaw == Some(Flaw::ReplaceOne) { 1 } else { query.sensitivity() };
        let scale = NoiseScale::new(calibrated.into(), epsilon)?.to_f64();
        Ok(Self { flaw, query, epsilon: epsilon.to_f64(), scale })
    }

    /// The delta that withholding small counts claims.
    pub(super) fn delta(&self) -> Rational {
        Rational::new(1, 1_000_000).unwrap_or(Rational::ZERO)
    }

    /// The flawless totals.
    pub(super) fn exact(query: Query, rows: &[Row]) -> Vec<i64> {
        Self { flaw: None, query, epsilon: 1.0, scale: 1.0 }.totals(rows)
    }

    /// Runs it once.
    pub(super) fn release(&self, rows: &[Row], random: &mut ChaCha12Rng) -> Vec<f64> {
        let totals = self.totals(rows);
        let noisy = if self.has(Flaw::SeedReused) {
            self.noisy(&totals, rows, &mut ChaCha12Rng::seed_from_u64(1))
        } else {
            self.noisy(&totals, rows, random)
        };
        if self.query == Query::Keys { self.published(&totals, &noisy) } else { noisy }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn totals(&self, rows: &[Row]) -> Vec<i64> {
        match self.query {
            Query::Count => vec![units(rows, |_| true)],
            Query::Twice => vec![units(rows, |_| true); 2],
            Query::Sum => vec![self.sum(rows)],
            Query::Keys => vec![units(rows, |row| row.group == 0)],
            Query::Bins => (0..2).map(|bin| units(rows, |row| row.group == bin)).collect(),
            Query::Groups => {
                let kept = self.bounded(rows);
                (0..GROUPS).map(|group| units(&kept, |row| row.group == group)).collect()
            }
        }
    }

    /// Keeps the rows of each unit's first group.
    fn bounded(&self, rows: &[Row]) -> Vec<Row> {
        let first = |unit: u32| rows.iter().find(|row| row.unit == unit).map(|row| row.group);
        let keeps = |row: &&Row| self.has(Flaw::GroupsUnbounded) || first(row.unit) == Some(row.group);
        rows.iter().filter(keeps).copied().collect()
    }

    /// Clips each unit's total and adds them up.
    fn sum(&self, rows: &[Row]) -> i64 {
        let totals: Vec<i64> = per_unit(rows);
        let clipped: Vec<i64> = totals.iter().map(|total| (*total).clamp(0, LIMIT)).collect();
        match self.flaw {
            Some(Flaw::NoClip) => rows.iter().map(|row| row.amount).sum(),
            Some(Flaw::ClipUnused) => totals.iter().sum(),
            _ => clipped.iter().sum(),
        }
    }

    fn noisy(&self, totals: &[i64], rows: &[Row], random: &mut impl Rng) -> Vec<f64> {
        let once = self.noise(rows, random);
        let draw =
            |total: &i64| *total as f64 + if self.has(Flaw::NoiseReused) { once } else { self.noise(rows, random) };
        totals.iter().map(draw).collect()
    }

    fn noise(&self, rows: &[Row], random: &mut impl Rng) -> f64 {
        let scale = self.scale;
        match self.flaw {
            Some(Flaw::HalvedScale | Flaw::EpsilonTwice) => discrete_laplace(scale / 2.0, random),
            Some(Flaw::NarrowScale) => discrete_laplace(scale * 0.9, random),
            Some(Flaw::FloatNoise) => naive_laplace(scale, random),
            Some(Flaw::NoiseFromData) => {
                let largest = per_unit(rows).into_iter().map(|total| total.clamp(0, LIMIT)).max().unwrap_or(1);
                discrete_laplace(largest as f64 / self.epsilon, random)
            }
            Some(Flaw::OneSided) => discrete_laplace(scale, random).abs(),
            Some(Flaw::ShareMissing) => polya_difference(scale, 2.0 / 3.0, random),
            _ => discrete_laplace(scale, random),
        }
    }

    /// A key without rows does not exist; others are published from a threshold on.
    fn published(&self, totals: &[i64], noisy: &[f64]) -> Vec<f64> {
        let (total, noisy) = (totals.iter().sum::<i64>(), noisy.iter().sum::<f64>());
        let a = (-self.epsilon).exp();
        let threshold = 1.0 + ((1.0 / ((1.0 + a) * DELTA)).ln() / self.epsilon).ceil();
        if total > 0 && (self.has(Flaw::KeysUnthresholded) || noisy >= threshold) {
            vec![1.0, noisy]
        } else {
            vec![0.0; 2]
        }
    }
}

/// The number of distinct units among some rows.
fn units(rows: &[Row], of: impl Fn(&Row) -> bool) -> i64 {
    let mut units: Vec<u32> = rows.iter().filter(|row| of(row)).map(|row| row.unit).collect();
    units.sort_unstable();
    units.dedup();
    units.len() as i64
}

/// The total amount of each unit.
fn per_unit(rows: &[Row]) -> Vec<i64> {
    let mut totals = std::collections::BTreeMap::new();
    for row in rows {
        *totals.entry(row.unit).or_insert(0) += row.amount;
    }
    totals.into_values().collect()
}
