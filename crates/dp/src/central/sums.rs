//! (C) Complementary sums: the mean of a bounded figure without splitting epsilon.
//!
//! Released are `A = sum(x - low)` and `B = sum(high - x)`. A row adds `x - low` to one and `high - x` to
//! the other, `high - low` together, so that the joint L1 sensitivity is `(high - low) * rows * groups`.
//! The mean is `low + (high - low) A / (A + B)`, the number of rows `(A + B) / (high - low)`.

use super::bounding::{Bounds, Kept};
use super::noise::Noise;
use super::noisy::NoisyTable;
use super::price::{Account, Mechanism, Unit};
use crate::Error;

/// How many rows a group has and what their clipped values add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSum {
    /// Rows.
    pub count: u64,
    /// Sum of their values, each clipped to the range.
    pub sum: i128,
}

/// Exact complementary sums of bounded rows by group.
///
/// # Privacy
/// In the clear: no `Debug`, no `Clone`; only [`BoundedSums::release`] makes a result of it.
pub struct BoundedSums {
    unit: Unit,
    bounds: Bounds,
    /// `A` and `B` of each group.
    sums: Vec<i64>,
    kept: Kept,
}

impl BoundedSums {
    /// Counts and sums of values clipped to `low..=high` that an engine has aggregated; the unit is the row.
    ///
    /// # Errors
    /// If the range is empty or wider than `2^48`, a sum cannot come from so many values of the range (they
    /// were not clipped), or it overflows.
    pub fn of_rows(low: i64, high: i64, groups: &[GroupSum]) -> Result<Self, Error> {
        let bounds = Bounds::once().within(low, high);
        bounds.check(Unit::Row)?;
        let rows = groups.iter().fold(0, |sum: u64, group| sum.saturating_add(group.count));
        Self::bounded(Unit::Row, bounds, groups, Kept { rows, ..Kept::default() })
    }

    pub(crate) fn bounded(unit: Unit, bounds: Bounds, groups: &[GroupSum], kept: Kept) -> Result<Self, Error> {
        if groups.is_empty() {
            return Err(Error::TableSize { groups: 0, columns: 2 });
        }
        let mut sums = Vec::with_capacity(2 * groups.len());
        for (group, sum) in groups.iter().enumerate() {
            sums.extend(complementary(&bounds, group, *sum)?);
        }
        Ok(Self { unit, bounds, sums, kept })
    }

    /// What bounding kept, dropped and clipped, in the clear: never to be published.
    pub const fn kept(&self) -> Kept {
        self.kept
    }

    /// Whom a release would hide.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// Charges the account, then adds noise and returns the result.
    ///
    /// # Errors
    /// If the noise cannot be calibrated or the account refuses; nothing is released then.
    pub fn release<A: Account>(&self, mechanism: Mechanism, account: &mut A) -> Result<NoisySums, A::Error> {
        let noise = self.noise(mechanism)?;
        account.charge(&mechanism.price(self.unit))?;
        Ok(NoisySums::new(self.unit, self.bounds, noise.add(&self.sums)?, noise))
    }

    pub(crate) fn noise(&self, mechanism: Mechanism) -> Result<Noise, Error> {
        Noise::new(mechanism, self.bounds.sensitivity(self.bounds.high.abs_diff(self.bounds.low)))
    }

    /// The numbers that get noise.
    #[cfg(test)]
    pub(crate) fn vector(&self) -> &[i64] {
        &self.sums
    }
}

fn complementary(bounds: &Bounds, group: usize, sum: GroupSum) -> Result<[i64; 2], Error> {
    let count = i128::from(sum.count);
    let above = sum.sum.checked_sub(count * i128::from(bounds.low)).ok_or(Error::Overflow)?;
    let below = (count * i128::from(bounds.high)).checked_sub(sum.sum).ok_or(Error::Overflow)?;
    if above < 0 || below < 0 {
        return Err(Error::NotClipped { group });
    }
    let fits = |value: i128| i64::try_from(value).ok().filter(|value| *value < 1 << 62).ok_or(Error::Overflow);
    Ok([fits(above)?, fits(below)?])
}

/// Complementary sums with noise.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisySums {
    unit: Unit,
    bounds: Bounds,
    table: NoisyTable,
}

impl NoisySums {
    pub(crate) fn new(unit: Unit, bounds: Bounds, raw: Vec<i64>, noise: Noise) -> Self {
        Self { unit, bounds, table: NoisyTable::new(raw, 2, noise) }
    }

    /// The noisy `sum(x - low)` and `sum(high - x)` of a group; `None` beyond the last group.
    pub fn raw(&self, group: usize) -> Option<(i64, i64)> {
        self.table.raw(group).and_then(|sums| Some((*sums.first()?, *sums.get(1)?)))
    }

    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.table.groups()
    }

    /// Whom the release hides.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// The bounds that were enforced.
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The noise on either sum of the original groups.
    pub const fn noise(&self) -> &Noise {
        self.table.noise()
    }

    /// The variance of either sum of a group; zero beyond the last group.
    pub fn variance(&self, group: usize) -> f64 {
        self.table.variance(group)
    }

    pub(crate) fn draws(&self, group: usize) -> u32 {
        self.table.draws(group)
    }

    /// Adds groups up into the parents of a hierarchy, as [`super::NoisyCounts::rolled_up`].
    ///
    /// # Errors
    /// If a group has no parent or a parent beyond the last, or a sum overflows.
    pub fn rolled_up(&self, parent_of: &[usize], parents: usize) -> Result<Self, Error> {
        Ok(Self { unit: self.unit, bounds: self.bounds, table: self.table.rolled_up(parent_of, parents)? })
    }
}
