//! Bounds what one unit contributes, whatever its rows look like.
//!
//! Of every unit, at most `groups_per_unit` groups are kept and in each at most `rows_per_unit` rows.
//! Which ones is decided by a hash of the unit and of the group or value, so it depends on that unit's
//! own rows only: neither the order of rows nor any other unit can change it, and adding or removing
//! the unit moves nobody else's rows.
//!
//! Assumption: no two units share the 128-bit hash by which they are told apart.
//! Not here: joining a customer's rows into one figure, which is the query's business.

use super::counts::BoundedCounts;
use super::keys::BoundedKeys;
use super::noise::Sensitivity;
use super::price::Unit;
use super::quantiles::BoundedBins;
use super::sums::{BoundedSums, GroupSum};
use crate::Error;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What one unit may contribute at most, and the range its values are clipped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Rows kept per unit in each group.
    pub rows_per_unit: u32,
    /// Groups kept per unit.
    pub groups_per_unit: u32,
    /// Least value; lower ones count as this. Ignored where rows are only counted.
    pub low: i64,
    /// Largest value; higher ones count as this. Ignored where rows are only counted.
    pub high: i64,
}

impl Bounds {
    /// One row in one group per unit, values in `0..=1`.
    pub const fn once() -> Self {
        Self { rows_per_unit: 1, groups_per_unit: 1, low: 0, high: 1 }
    }

    /// Clips values to `low..=high`.
    #[must_use]
    pub const fn within(self, low: i64, high: i64) -> Self {
        Self { low, high, ..self }
    }

    /// Keeps up to this many groups per unit.
    #[must_use]
    pub const fn groups(self, groups_per_unit: u32) -> Self {
        Self { groups_per_unit, ..self }
    }

    /// Keeps up to this many rows per unit in each group.
    #[must_use]
    pub const fn rows(self, rows_per_unit: u32) -> Self {
        Self { rows_per_unit, ..self }
    }

    pub(crate) fn check(&self, unit: Unit) -> Result<(), Error> {
        let product = u64::from(self.rows_per_unit) * u64::from(self.groups_per_unit);
        let span = self.high.checked_sub(self.low).filter(|span| (1..1 << 48).contains(span));
        if product == 0 || product > 1 << 16 || span.is_none() {
            return Err(Error::Bounds { low: self.low, high: self.high });
        }
        if unit == Unit::Row && product != 1 {
            return Err(Error::RowsAreOnce);
        }
        Ok(())
    }

    /// The change of a vector in which each kept row moves numbers by `change` in all.
    pub(crate) fn sensitivity(&self, change: u64) -> Sensitivity {
        let in_group = u128::from(self.rows_per_unit) * u128::from(change);
        let groups = u128::from(self.groups_per_unit);
        Sensitivity { l1: groups * in_group, l2_squared: groups * in_group * in_group }
    }
}

/// What bounding kept and dropped, in the clear: for the analyst's eyes, never to be published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Rows kept.
    pub rows: u64,
    /// Rows dropped because their unit had more than its bounds allow.
    pub dropped: u64,
    /// Kept rows whose value was clipped to the range.
    pub clipped: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    unit: u128,
    group: u32,
    value: i64,
}

/// Rows as they come, in any order, each with its unit and declared group.
///
/// # Privacy
/// Holds the rows in the clear: no `Debug`, no `Clone`.
pub struct UnitRows {
    unit: Unit,
    bounds: Bounds,
    entries: Vec<Entry>,
}

impl UnitRows {
    /// No rows yet.
    ///
    /// # Errors
    /// If a bound is zero, the range is empty or wider than `2^48`, or the unit is a row and the bounds are not
    /// one row in one group.
    pub fn new(unit: Unit, bounds: Bounds) -> Result<Self, Error> {
        bounds.check(unit)?;
        Ok(Self { unit, bounds, entries: Vec::new() })
    }

    /// Adds a row of the unit called `id`: `value` is the index of an answer, or a figure in steps.
    ///
    /// Where the unit is the row, `id` is ignored.
    pub fn push(&mut self, id: &[u8], group: u32, value: i64) {
        let unit = if self.unit == Unit::Row { self.entries.len() as u128 } else { hash(&[b"unit", id]) };
        self.entries.push(Entry { unit, group, value });
    }

    /// Counts rows by group and answer: a disjoint histogram.
    ///
    /// # Errors
    /// If a row names a group or an answer beyond those declared.
    pub fn counts(self, groups: usize, answers: usize) -> Result<BoundedCounts, Error> {
        let mut counts = table(groups, answers)?;
        let (unit, bounds) = (self.unit, self.bounds);
        let kept = self.bound(groups, |group, value| {
            let answer = usize::try_from(value).ok().filter(|answer| *answer < answers);
            let answer = answer.ok_or(Error::NoSuchAnswer { answer: value, answers })?;
            if let Some(count) = counts.get_mut(group * answers + answer) {
                *count += 1;
            }
            Ok(false)
        })?;
        Ok(BoundedCounts::bounded(unit, bounds, answers, counts, kept))
    }

    /// Counts and sums clipped values by group.
    ///
    /// # Errors
    /// If a row names a group beyond those declared, or a sum overflows.
    pub fn sums(self, groups: usize) -> Result<BoundedSums, Error> {
        table(groups, 1)?;
        let mut sums = vec![GroupSum::default(); groups];
        let (unit, bounds) = (self.unit, self.bounds);
        let kept = self.bound(groups, |group, value| {
            let clipped = value.clamp(bounds.low, bounds.high);
            if let Some(sum) = sums.get_mut(group) {
                sum.count += 1;
                sum.sum += i128::from(clipped);
            }
            Ok(clipped != value)
        })?;
        BoundedSums::bounded(unit, bounds, &sums, kept)
    }

    /// Counts values between public candidates by group, for quantiles.
    ///
    /// # Errors
    /// If candidates do not rise strictly, or a row names a group beyond those declared.
    pub fn bins(self, groups: usize, candidates: &[i64]) -> Result<BoundedBins, Error> {
        let bins = candidates.len() + 1;
        let mut counts = table(groups, bins)?;
        let (unit, bounds) = (self.unit, self.bounds);
        let kept = self.bound(groups, |group, value| {
            let bin = candidates.partition_point(|candidate| *candidate <= value);
            if let Some(count) = counts.get_mut(group * bins + bin) {
                *count += 1;
            }
            Ok(false)
        })?;
        BoundedBins::bounded(unit, bounds, candidates.to_vec(), counts, kept)
    }

    fn bound(self, groups: usize, mut keep: impl FnMut(usize, i64) -> Result<bool, Error>) -> Result<Kept, Error> {
        let last = self.entries.iter().map(|entry| entry.group as usize).max();
        if let Some(group) = last.filter(|last| *last >= groups) {
            return Err(Error::NoSuchGroup { group, groups });
        }
        select(
            self.entries,
            self.bounds,
            |group| group.to_le_bytes().to_vec(),
            |group, value| keep(group as usize, value),
        )
    }
}

/// Rows whose groups are not declared but named by the data.
///
/// # Privacy
/// Holds the rows in the clear: no `Debug`, no `Clone`.
pub struct KeyRows {
    unit: Unit,
    bounds: Bounds,
    entries: Vec<Entry>,
    index: BTreeMap<String, u32>,
}

impl KeyRows {
    /// No rows yet.
    ///
    /// # Errors
    /// As [`UnitRows::new`].
    pub fn new(unit: Unit, bounds: Bounds) -> Result<Self, Error> {
        bounds.check(unit)?;
        Ok(Self { unit, bounds, entries: Vec::new(), index: BTreeMap::new() })
    }

    /// Adds a row of the unit called `id` under a key.
    pub fn push(&mut self, id: &[u8], key: &str) {
        let unit = if self.unit == Unit::Row { self.entries.len() as u128 } else { hash(&[b"unit", id]) };
        let next = u32::try_from(self.index.len()).unwrap_or(u32::MAX);
        let group = match self.index.get(key) {
            Some(group) => *group,
            None => *self.index.entry(key.to_owned()).or_insert(next),
        };
        self.entries.push(Entry { unit, group, value: 0 });
    }

    /// Counts rows by key.
    ///
    /// # Errors
    /// Never for rows that fit into memory.
    pub fn keys(self) -> Result<BoundedKeys, Error> {
        let mut names = vec![String::new(); self.index.len()];
        for (name, group) in self.index {
            if let Some(place) = names.get_mut(group as usize) {
                *place = name;
            }
        }
        let label = |group: u32| names.get(group as usize).map(|name| name.as_bytes().to_vec()).unwrap_or_default();
        let mut counts = vec![0u64; names.len()];
        let kept = select(self.entries, self.bounds, label, |group, _| {
            if let Some(count) = counts.get_mut(group as usize) {
                *count += 1;
            }
            Ok(false)
        })?;
        Ok(BoundedKeys::bounded(self.unit, self.bounds, names.into_iter().zip(counts).collect(), kept))
    }
}

/// Calls `keep` for every row that stays; it says whether the value was clipped.
fn select(
    mut entries: Vec<Entry>,
    bounds: Bounds,
    label: impl Fn(u32) -> Vec<u8>,
    mut keep: impl FnMut(u32, i64) -> Result<bool, Error>,
) -> Result<Kept, Error> {
    entries.sort_unstable();
    let mut kept = Kept::default();
    for rows in entries.chunk_by(|a, b| a.unit == b.unit) {
        let before = kept.rows;
        for rows in lowest(rows.chunk_by(|a, b| a.group == b.group).collect(), bounds.groups_per_unit, |rows| {
            rows.first().map_or(0, |row| hash(&[b"group", &row.unit.to_le_bytes(), &label(row.group)]))
        }) {
            for row in lowest(rows.iter().collect(), bounds.rows_per_unit, |row| rank(row, &label(row.group))) {
                kept.rows += 1;
                kept.clipped += u64::from(keep(row.group, row.value)?);
            }
        }
        kept.dropped += rows.len() as u64 - (kept.rows - before);
    }
    Ok(kept)
}

/// The `most` items of lowest rank; all of them, without ranking, where there are no more.
fn lowest<T>(mut items: Vec<T>, most: u32, rank: impl FnMut(&T) -> u128) -> Vec<T> {
    if items.len() > most as usize {
        items.sort_by_cached_key(rank);
        items.truncate(most as usize);
    }
    items
}

fn rank(row: &Entry, label: &[u8]) -> u128 {
    hash(&[b"row", &row.unit.to_le_bytes(), label, &row.value.to_le_bytes()])
}

/// The first 128 bits of SHA-256 over length-prefixed parts.
fn hash(parts: &[&[u8]]) -> u128 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

fn table(groups: usize, columns: usize) -> Result<Vec<u64>, Error> {
    let cells = groups.checked_mul(columns).filter(|cells| (1..=1 << 26).contains(cells));
    cells.map(|cells| vec![0; cells]).ok_or(Error::TableSize { groups, columns })
}
